"""docs/http.md section 5: update operators are done by the database, so they commute."""

from decimal import Decimal

import pytest

from midair import UPDATE, race


@pytest.fixture
def counter(database):
    key = database.one("SELECT coalesce(max(id), 0) + 1 FROM counters")
    database.insert("counters", id=key, n=10, m=3, writer="nobody")
    return f"/counters/{key}"


OPERATORS = [
    ("$set", {"$set": {"n": 1, "writer": "me"}}, {"n": 1, "writer": "me"}),
    ("$set to null", {"$set": {"writer": None}}, {"writer": None}),
    ("$inc", {"$inc": {"n": 5}}, {"n": 15}),
    ("$inc by a negative number", {"$inc": {"n": -25}}, {"n": -15}),
    ("$inc by nothing", {"$inc": {"n": 0}}, {"n": 10}),
    ("$inc two", {"$inc": {"n": 1, "m": 2}}, {"n": 11, "m": 5}),
    ("$mul", {"$mul": {"n": 3}}, {"n": 30}),
    ("$min lower", {"$min": {"n": 4}}, {"n": 4}),
    ("$min higher", {"$min": {"n": 40}}, {"n": 10}),
    ("$max lower", {"$max": {"n": 4}}, {"n": 10}),
    ("$max higher", {"$max": {"n": 40}}, {"n": 40}),
    ("several", {"$inc": {"n": 1}, "$mul": {"m": 2}, "$set": {"writer": "all"}}, {"n": 11, "m": 6, "writer": "all"}),
    ("beyond what a double holds", {"$inc": {"n": 9007199254740983}}, {"n": 9007199254740993}),
]


@pytest.mark.quick
@pytest.mark.parametrize("label, body, changed", OPERATORS, ids=[row[0] for row in OPERATORS])
def test_operator(client, counter, label, body, changed):
    before = client.get(counter).json()
    answer = client.patch(counter, body, type=UPDATE, if_match=before["etag"]).expect(200)
    after = answer.json()
    for name in ("n", "m", "writer"):
        assert after[name] == changed.get(name, before[name])
    assert after["version"] == 2 and answer.etag == client.tag(counter)


def test_numeric_is_exact(client, database):
    key = database.insert("orders", total=0)
    for _ in range(10):
        client.patch(f"/orders/{key}", '{"$inc": {"total": 0.1}}', type=UPDATE, if_match="*").expect(200)
    assert database.row("orders", id=key)["total"] == Decimal("1.00")


@pytest.mark.concurrent
def test_increments_commute(client, server, database, counter):
    def work(i):
        with server.client() as own:
            for _ in range(25):
                own.patch(counter, {"$inc": {"n": 1, "m": -1}}, type=UPDATE, if_match="*").expect(200)

    race(8, work)
    row = database.row("counters", id=int(counter.split("/")[-1]))
    assert row["n"] == 10 + 200 and row["m"] == 3 - 200 and row["version"] == 201


@pytest.mark.concurrent
def test_maxima_commute(server, database, counter):
    def work(i):
        with server.client() as own:
            for j in range(10):
                own.patch(counter, {"$max": {"n": 1000 + i * 10 + j}, "$min": {"m": -i * 10 - j}}, type=UPDATE, if_match="*").expect(200)

    race(6, work)
    row = database.row("counters", id=int(counter.split("/")[-1]))
    assert row["n"] == 1059 and row["m"] == -59


@pytest.mark.concurrent
def test_with_a_tag_exactly_one_wins(client, server, database, counter):
    tag = client.tag(counter)

    def work(i):
        with server.client() as own:
            return own.patch(counter, {"$inc": {"n": 1}}, type=UPDATE, if_match=tag).expect(200, 412).status

    assert race(10, work).count(200) == 1
    assert database.row("counters", id=int(counter.split("/")[-1]))["n"] == 11


def test_constraints_hold(client, database):
    key = database.insert("orders", total=1)
    client.patch(f"/orders/{key}", {"$inc": {"total": -2}}, type=UPDATE, if_match="*").problem(400)
    assert database.row("orders", id=key)["total"] == 1


BAD = [
    ("empty", "{}"), ("an array", "[]"), ("unknown operator", '{"$spam": {"n": 1}}'), ("no operator", '{"n": 1}'),
    ("operator beside a column", '{"$inc": {"n": 1}, "m": 2}'), ("operand that is no object", '{"$inc": 1}'),
    ("text for a number", '{"$inc": {"n": "1x"}}'), ("null for a number", '{"$inc": {"n": null}}'),
    ("object for a number", '{"$inc": {"n": {}}}'), ("unknown column", '{"$inc": {"nope": 1}}'),
    ("a column twice", '{"$inc": {"n": 1}, "$mul": {"n": 2}}'), ("a column of text", '{"$inc": {"writer": 1}}'),
    ("overflow", '{"$inc": {"n": 9223372036854775807}}'), ("SQL as a column", '{"$inc": {"n = n, m": 1}}'),
    ("broken", '{"$inc": {'), ("an operator twice", '{"$inc": {"n": 1}, "$inc": {"m": 1}}'),
]


@pytest.mark.parametrize("label, body", BAD, ids=[row[0] for row in BAD])
def test_content_that_does_not_fit(client, counter, label, body):
    tag = client.tag(counter)
    client.patch(counter, body, type=UPDATE, if_match=tag).problem(400, 422)
    assert client.tag(counter) == tag


@pytest.mark.parametrize("column", ["version", "created", "modified"])
def test_stamps_are_not_operated_on(client, database, counter, column):
    before = database.row("counters", id=int(counter.split("/")[-1]))
    value = 50 if column == "version" else "2001-01-01T00:00:00Z"
    client.patch(counter, {"$set": {column: value, "n": 1}}, type=UPDATE, if_match="*").expect(200, 400)
    after = database.row("counters", id=int(counter.split("/")[-1]))
    assert after["created"] == before["created"] and after["version"] in (1, 2) and after["modified"] >= before["modified"]
