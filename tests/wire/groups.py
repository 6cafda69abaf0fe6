"""Some orders of one test, found by their status; for the tests of lists and of writes by filter.

Import what a test module uses: `from groups import Group, group`."""

import itertools

import pytest

_labels = itertools.count(1)


class Group:
    """Some orders of one test, found by their status."""

    def __init__(self, database, count):
        self.status = f"group {next(_labels)}"
        self.database = database
        self.ids = [database.insert("orders", status=self.status, note=f"n{i}", count=i) for i in range(count)]
        self.url = f"/orders?status=eq.{self.status.replace(' ', '%20')}"

    def rows(self):
        return self.database.sql("SELECT id, xmin::text, note, version FROM orders WHERE status = %s ORDER BY id", self.status)

    def notes(self):
        return [r[2] for r in self.rows()]

    def tags(self, client):
        return {r["id"]: r["etag"] for r in client.get(self.url).expect(200).json()}


@pytest.fixture
def group(database):
    return Group(database, 4)
