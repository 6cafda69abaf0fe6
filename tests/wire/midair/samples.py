"""Sample databases: made and stamped once in each cluster, and copied for each module or test that wants one."""

from .environment import HERE
from .server import stamp


class Sample:
    """A schema below tests/wire and what `midair stamp` is told about it: lists of tables, each with its options."""

    def __init__(self, name, file, stamped):
        self.name, self.schema, self.stamped = name, HERE / file, stamped

    def template(self, cluster):
        """The name of the database that copies are made from; nothing may be connected to it."""
        if self.name not in cluster.samples:
            database = cluster.create_database(name=self.name)
            database.sql(self.schema.read_text(encoding="utf-8"))
            for tables, options in self.stamped:
                stamp(database, *tables, options=options)
            database.close()
            cluster.samples.add(self.name)
        return self.name


# Tables of every kind, for most tests; `klanten` is stamped under other column names.
SHOP = Sample("shop", "schema.sql", [
    (["customers", "orders", "items", "order_lines", "products", "places", "pairs", "tokens", "moments", '"MixedCase"',
      "boxes", "tickets", "events", "shouts", "scalars", "counters", "_hidden"], ()),
    (["klanten"], ("--columns", "created=aangemaakt,modified=gewijzigd,version=versie")),
])

# Parents and children of every kind, for nested routes, tags of ancestors and deletes.
FAMILY = Sample("family", "family.sql", [
    (["customers", "orders", "items", "notes", "tags", "lines", "marks", "users", "messages", "category", "countries",
      "cities", "streets", "moments", "happenings"], ()),
])


def create(cluster, sql="", like=None, stamped=(), options=()):
    """A new database: a copy of the sample `like` or an empty one, then `sql`, then `midair stamp` of some tables."""
    database = cluster.create_database(like.template(cluster) if like else "template0")
    if sql:
        database.sql(sql)
    if stamped:
        stamp(database, *stamped, options=options)
    return database
