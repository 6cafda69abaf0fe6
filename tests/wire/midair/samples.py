"""The sample database of schema.sql, stamped by midair itself."""

from .environment import HERE
from .server import stamp

SCHEMA = HERE / "schema.sql"


# The tables of schema.sql that are stamped, and those under other column names.
STAMPED = ["customers", "orders", "items", "order_lines", "products", "places", "pairs", "tokens", "moments",
           '"MixedCase"', "boxes", "tickets", "events", "shouts", "scalars", "counters", "_hidden"]
RENAMED = ["klanten"]
RENAMED_OPTIONS = ["--columns", "created=aangemaakt,modified=gewijzigd,version=versie"]


def make_template(postgres, name="shop"):
    """A database with the sample schema, stamped by midair itself; others are copied from it."""
    database = postgres.create_database(name=name)
    database.sql(SCHEMA.read_text(encoding="utf-8"))
    stamp(database, *STAMPED)
    stamp(database, *RENAMED, options=RENAMED_OPTIONS)
    database.close()
    return name
