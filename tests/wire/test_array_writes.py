"""docs/http.md section 8: an array is written as one statement would write it, after its preconditions are evaluated."""

import pytest

import tables
from midair import race

SCHEMA = """
CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, note text DEFAULT 'given', place int UNIQUE,
                    weight int CHECK (weight > 0));
CREATE TABLE loose (id int PRIMARY KEY, parent_id int REFERENCES loose, note text DEFAULT 'given', place int UNIQUE,
                    weight int CHECK (weight > 0));
CREATE TABLE serials (id serial PRIMARY KEY, a int, b int DEFAULT 7, c text DEFAULT 'c');
CREATE VIEW seen AS SELECT * FROM loose;
CREATE TABLE owners (id int PRIMARY KEY);
CREATE TABLE pets (id int PRIMARY KEY, owner_id int REFERENCES owners, friend_id int REFERENCES pets, note text);
INSERT INTO owners VALUES (1);
"""
MERGE, IGNORE = "resolution=merge-duplicates", "resolution=ignore-duplicates"
TABLES = ["/nodes", "/loose", "/seen"]
database = tables.database(SCHEMA, stamped=["nodes"])


@pytest.fixture(scope="module")
def config():
    return {"resources": {"loose": {"if_match": "optional"}, "seen": {"key": "id"}}}


@pytest.fixture(autouse=True)
def empty(database):
    database.sql("TRUNCATE nodes, loose, serials, pets RESTART IDENTITY")


def rows(database, table):
    return database.sql(f"SELECT id, parent_id, note FROM {table} ORDER BY id")


CHILD_FIRST = [{"id": 3, "parent_id": 2, "note": "c"}, {"id": 2, "parent_id": 1}, {"id": 1}]
WAYS = [
    ("POST", lambda c, u, r: c.post(u, r)),
    ("POST that merges", lambda c, u, r: c.post(u, r, prefer=MERGE)),
    ("POST that ignores", lambda c, u, r: c.post(u, r, prefer=IGNORE)),
    ("PUT", lambda c, u, r: c.put(u, r)),
    ("PUT that only creates", lambda c, u, r: c.put(u, r, if_none_match="*")),
]


@pytest.mark.parametrize("send", [w[1] for w in WAYS], ids=[w[0] for w in WAYS])
@pytest.mark.parametrize("table", TABLES)
def test_a_row_may_come_before_the_one_that_it_refers_to(client, database, table, send):
    if table == "/seen" and send in (WAYS[1][1], WAYS[2][1]):
        pytest.skip("ON CONFLICT needs a table")
    answer = send(client, table, CHILD_FIRST).expect(201)
    assert [row["id"] for row in answer.json()] == [3, 2, 1]
    assert rows(database, table[1:]) == [(1, None, "given"), (2, 1, "given"), (3, 2, "c")]


@pytest.mark.parametrize("send", [w[1] for w in WAYS], ids=[w[0] for w in WAYS])
def test_a_reference_to_no_row_is_still_refused(client, database, send):
    send(client, "/nodes", CHILD_FIRST[:2]).problem(409)
    assert rows(database, "nodes") == []


def test_two_rows_may_refer_to_each_other(client, database):
    client.post("/loose", [{"id": 1, "parent_id": 2}, {"id": 2, "note": "x", "parent_id": 1}]).expect(201)
    client.delete("/loose", [{"id": 1}, {"id": 2}]).expect(204)
    assert rows(database, "loose") == []


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 2, 1), (2, 3, 1)])
def test_rows_that_refer_to_each_other_are_deleted_in_any_order(client, database, order):
    for table in ("/nodes", "/loose"):
        tags = {row["id"]: row["etag"] for row in client.post(table, CHILD_FIRST).expect(201).json()}
        client.delete(table, [{"id": key, "etag": tags[key]} for key in order]).expect(204)
        assert rows(database, table[1:]) == []


def test_new_rows_and_changes_may_refer_to_each_other(client, database):
    client.put("/loose", [{"id": 1, "note": "old"}]).expect(201)
    client.put("/loose", [{"id": 1, "parent_id": 9, "note": "new"}, {"id": 9, "parent_id": 1}]).expect(200)
    assert rows(database, "loose") == [(1, 9, "new"), (9, 1, "given")]


def test_rows_are_numbered_and_shown_in_the_order_of_the_array(client):
    made = client.post("/serials", [{"a": 1}, {"a": 2, "b": 2}, {}, {"a": 4}, {"c": "x"}, {}, {"b": None, "a": 7}])
    assert [(r["id"], r["a"], r["b"], r["c"]) for r in made.expect(201).json()] == [
        (1, 1, 7, "c"), (2, 2, 2, "c"), (3, None, 7, "c"), (4, 4, 7, "c"), (5, None, 7, "x"), (6, None, 7, "c"),
        (7, 7, None, "c")]


@pytest.mark.parametrize("count", [100, 101, 400])
def test_many_turns_between_two_sets_of_members(client, database, count):
    array = [{"a": i} if i % 2 else {"a": i, "b": i} for i in range(count)]
    made = client.post("/serials", array).expect(201).json()
    assert [(r["a"], r["b"]) for r in made] == [(i, 7 if i % 2 else i) for i in range(count)]
    assert database.one("SELECT count(*) FROM serials") == count


def test_many_turns_and_a_row_before_the_one_that_it_refers_to(client, database):
    array = [{"id": 1, "parent_id": 300}] + [{"id": i} if i % 2 else {"id": i, "note": "x"} for i in range(2, 301)]
    client.post("/loose", array).expect(201)
    assert database.one("SELECT count(*) FROM loose") == 300


@pytest.mark.parametrize("more, status", [(0, 201), (1, 400)])
def test_the_number_of_sets_of_members_is_bounded(create, start, more, status):
    wide = ", ".join(f"c{i} int" for i in range(110))
    server = start(create(f"CREATE TABLE wide (id serial PRIMARY KEY, {wide})"))
    with server.client() as client:
        array = [{f"c{i}": 1} for i in range(100 + more)]
        client.post("/wide", array).expect(status)


@pytest.mark.parametrize("select", ["", "?select=id,note", "?select=id,owners(id),note", "?order=id.desc"])
def test_what_is_shown_of_rows_with_different_members(client, database, select):
    array = [{"id": 2, "owner_id": 1, "friend_id": 1}, {"id": 1, "note": "x"}]
    made = client.post(f"/pets{select}", array, prefer="return=representation").expect(201).json()
    assert [row["id"] for row in made] == [2, 1]
    if "owners" in select:
        assert [row["owners"] for row in made] == [{"id": 1}, None]


def test_rows_below_a_parent(client, database):
    array = [{"id": 2, "friend_id": 1}, {"id": 1, "note": "x"}]
    client.post("/owners/1/pets", array).expect(201)
    client.post("/owners/9/pets", [{"id": 4, "friend_id": 3}, {"id": 3, "note": "x"}]).problem(404)
    assert database.sql("SELECT id, owner_id, friend_id FROM pets ORDER BY id") == [(1, 1, None), (2, 1, 1)]


def test_a_row_twice_in_one_array(client, database):
    twice = [{"id": 1, "note": "a"}, {"id": 1, "weight": 5}]
    client.put("/loose", twice).problem(400)
    client.post("/loose", twice).problem(409)
    client.put("/loose", [{"id": 1, "note": "old"}]).expect(201)
    for send in (client.put, client.patch, client.delete):
        send("/loose", twice).problem(400)
    assert rows(database, "loose") == [(1, None, "old")]


# ---- preconditions come before content (RFC 9110 13.2.2) ----

REFUSED = [
    ("a value of another type", {"weight": "heavy"}),
    ("a number out of range", {"weight": 99999999999}),
    ("a check", {"weight": -1}),
    ("a unique key", {"place": 2}),
    ("a foreign key", {"parent_id": 77}),
]
ARRAYS = [
    ("PATCH", lambda c, r, **k: c.patch("/nodes", r, **k)),
    ("PUT", lambda c, r, **k: c.put("/nodes", r, **k)),
    ("POST that merges", lambda c, r, **k: c.post("/nodes", r, prefer=MERGE, **k)),
]


@pytest.fixture
def tags(client, database):
    database.sql("INSERT INTO nodes (id, place) VALUES (1, 1), (2, 2), (3, 3)")
    return {row["id"]: row["etag"] for row in client.get("/nodes").json()}


@pytest.mark.parametrize("value", [v[1] for v in REFUSED], ids=[v[0] for v in REFUSED])
@pytest.mark.parametrize("send", [a[1] for a in ARRAYS], ids=[a[0] for a in ARRAYS])
@pytest.mark.parametrize("bad, good", [(1, 3), (3, 1)], ids=["before", "behind"])
def test_a_refused_value_does_not_hide_a_stale_or_missing_tag(client, database, tags, value, send, bad, good):
    refused = {"id": bad, "etag": tags[bad], **value}
    before = database.sql("SELECT * FROM nodes ORDER BY id")
    stale = send(client, [refused, {"id": good, "note": "x", "etag": tags[2]}]).problem(412)
    assert [loser["link"] for loser in stale["failed"]] == [f"/nodes/{good}"]
    send(client, [refused, {"id": good, "note": "x"}]).problem(428)
    send(client, [{"id": bad, **value}]).problem(428)
    send(client, [refused, {"id": good, "note": "x", "etag": tags[good]}]).problem(400, 409)
    assert database.sql("SELECT * FROM nodes ORDER BY id") == before


@pytest.mark.parametrize("value", [v[1] for v in REFUSED], ids=[v[0] for v in REFUSED])
def test_a_refused_new_row_does_not_hide_a_stale_tag(client, database, tags, value):
    array = [{"id": 9, **value}, {"id": 3, "note": "x", "etag": tags[2]}]
    for send in (ARRAYS[1][1], ARRAYS[2][1]):
        send(client, array).problem(412)
        send(client, array[:1] + [{"id": 3, "note": "x"}]).problem(428)
        send(client, array[:1]).problem(400, 409)
    assert database.one("SELECT count(*) FROM nodes") == 3


def test_a_row_that_refers_to_a_deleted_one_does_not_hide_a_stale_tag(client, database, tags):
    database.sql("UPDATE nodes SET parent_id = 1 WHERE id = 2")
    client.delete("/nodes", [{"id": 1, "etag": tags[1]}, {"id": 3, "etag": tags[1]}]).problem(412)
    client.delete("/nodes", [{"id": 1, "etag": tags[1]}]).problem(409)
    assert database.one("SELECT count(*) FROM nodes") == 3


def test_every_stale_row_is_listed(client, database, tags):
    database.sql("UPDATE nodes SET note = 'theirs' WHERE id <> 2")
    array = [{"id": key, "weight": -1, "etag": tags[key]} for key in (3, 2, 1)]
    failed = client.patch("/nodes", array).problem(412)["failed"]
    assert sorted(loser["link"] for loser in failed) == ["/nodes/1", "/nodes/3"]


@pytest.mark.concurrent
def test_of_many_arrays_that_create_the_same_rows_one_wins(server, database):
    clients = [server.client() for _ in range(6)]
    for attempt in range(1, 6):
        array = [{"id": 10 * attempt, "parent_id": 10 * attempt + 1}, {"id": 10 * attempt + 1, "note": "x"}]
        statuses = race(6, lambda i, array=array: clients[i].put("/nodes", array).status)
        assert sorted(statuses) == [201] + [428] * 5
        assert database.one("SELECT sum(version) FROM nodes WHERE id / 10 = %s", attempt) == 2
