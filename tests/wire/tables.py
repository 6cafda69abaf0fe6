"""Databases and tables that many test files use.

`database(…)` is the fixture of that name for a module that has tables of its own:

    database = tables.database(SCHEMA, like=SHOP, stamped=["films"])

Each module gets a database of its own, and so does each test that asks the fixture `create` (conftest.py) for one. Tests
that change rows of a module's database insert the rows that they change.
"""

import pytest

import midair as harness

# Two parents with one child each; nothing is stamped.
PARENTS = """
CREATE TABLE parents (id int PRIMARY KEY, name text);
CREATE TABLE children (id int PRIMARY KEY, parent_id int REFERENCES parents, name text);
INSERT INTO parents VALUES (1, 'one'), (2, 'two');
INSERT INTO children VALUES (1, 1, 'a'), (2, 2, 'b');
"""


def item(*names):
    """SQL that makes tables of one row each: id 1 and a note."""
    return "".join(f"CREATE TABLE {name} (id int PRIMARY KEY, note text); INSERT INTO {name} VALUES (1, 'as it was');"
                   for name in names)


def database(sql="", like=None, stamped=(), after=""):
    """The fixture `database` of a module: see midair.create; `after` is SQL for the end, for what outlives a database."""
    @pytest.fixture(scope="module", name="database")
    def made(cluster):
        new = harness.create(cluster, sql, like, stamped)
        yield new
        if after:
            new.sql(after)
        new.close()

    return made
