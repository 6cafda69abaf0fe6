"""Rows of the three kinds of state that tags come from, for the tests of preconditions.

Tags are made from the stamps (`orders`), from xmin where a table has no stamps (`loose`), and from the content where a
view has neither (`open_orders`, a view of `orders`). Each test gets a row of its own from the fixture `row`; a test
with `@kinds` runs once for each kind, and one with `@writes` once for each writing method. Import the fixtures that
a test module uses: `from preconditions import config, row`."""

import contextlib
import datetime
import email.utils

import pytest

ORIGIN = "https://app.example"
MISSING = 987654321  # the key of no row


class Kind:
    """A resource whose tags come from one kind of state."""

    def __init__(self, name, resource, table):
        self.name, self.resource, self.table = name, resource, table

    def __repr__(self):
        return self.name


KINDS = [Kind("version", "orders", "orders"), Kind("xmin", "loose", "loose"), Kind("content", "open_orders", "orders")]
VERSION, XMIN, CONTENT = KINDS
kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)
by_state = pytest.mark.parametrize("kind", [VERSION, XMIN], ids=repr)
WRITES = ["PUT", "PATCH", "DELETE"]
writes = pytest.mark.parametrize("method", WRITES)


@pytest.fixture(scope="module")
def config():
    return {
        "server": {"cors_origins": ORIGIN},
        "resources": {
            "loose": {"if_match": "required"},
            "open_orders": {"key": "id", "if_match": "required"},
        },
    }


class Row:
    """A row of its own for one test."""

    def __init__(self, kind, database, client, key=None):
        self.kind, self.database, self.client = kind, database, client
        self.id = key or database.insert(kind.table, note="as it was", count=1)
        self.url = f"/{kind.resource}/{self.id}"

    def tag(self):
        return self.client.tag(self.url)

    def state(self):
        """The row with the transaction that wrote it: even a write that changes nothing shows."""
        found = self.database.sql(f"SELECT xmin::text, ctid::text, * FROM {self.kind.table} WHERE id = %s", self.id)
        return found[0] if found else None

    def note(self):
        return self.database.row(self.kind.table, id=self.id)["note"]

    def write_by_psql(self, note="by psql"):
        self.database.sql(f"UPDATE {self.kind.table} SET note = %s WHERE id = %s", note, self.id)

    def send(self, method, headers=(), note="by midair", client=None, **more):
        client = client or self.client
        if method == "DELETE":
            return client.delete(self.url, headers=headers, **more)
        body = {"note": note}
        if method == "PUT":
            body = {"id": self.id, "status": "new", "note": note, "count": 2}
        return client.request(method, self.url, body, headers=headers, **more)


@pytest.fixture
def row(kind, database, client):
    return Row(kind, database, client)


def done(response, method):
    """The write happened."""
    response.expect(204 if method == "DELETE" else 200)


@contextlib.contextmanager
def nothing_changes(row):
    before = row.state()
    yield
    assert row.state() == before


def http_date(moment):
    return email.utils.format_datetime(moment.astimezone(datetime.timezone.utc), usegmt=True)


def utc(**shift):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**shift)
