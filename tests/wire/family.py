"""The databases of the tests about parents and children."""

import midair as harness

SCHEMA = harness.HERE / "family.sql"
STAMPED = ["customers", "orders", "items", "notes", "tags", "lines", "marks", "users", "messages", "category", "countries",
           "cities", "streets", "moments", "happenings"]


def make(cluster, *options):
    """A database with the families, stamped."""
    made = cluster.create_database()
    made.sql(SCHEMA.read_text(encoding="utf-8"))
    harness.stamp(made, *STAMPED, options=options)
    return made
