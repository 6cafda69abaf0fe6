"""No way around a precondition: tables, views and triggers of the database's own, keys of every kind, tags in the
content, and DDL in the middle. Each row once let a stale write through, or told of one that was not what it seemed."""

import time

import pytest

import midair as harness
import tables

SCHEMA = """
CREATE TABLE plain (id integer PRIMARY KEY, a text DEFAULT 'given', b text);
CREATE TABLE named (k text PRIMARY KEY, v text);
CREATE TABLE soft (id integer PRIMARY KEY, v text, gone boolean DEFAULT false);
CREATE FUNCTION hide() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE soft SET gone = true WHERE id = OLD.id; RETURN NULL; END $$;
CREATE TRIGGER hide BEFORE DELETE ON soft FOR EACH ROW EXECUTE FUNCTION hide();
CREATE TABLE lazy (id integer PRIMARY KEY, v text);
CREATE TRIGGER lazy BEFORE UPDATE ON lazy FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE late (id integer PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text);
CREATE TABLE shared (code text, v text, id integer);
CREATE TABLE unit (id integer PRIMARY KEY, at timestamp, n integer, f real);

CREATE TABLE base (id integer PRIMARY KEY, n integer);
CREATE VIEW by_trigger AS SELECT id, n FROM base UNION ALL SELECT id, n FROM base WHERE false;
CREATE FUNCTION put_base() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.02); UPDATE base SET n = NEW.n WHERE id = OLD.id; RETURN NEW; END $$;
CREATE TRIGGER put_base INSTEAD OF UPDATE ON by_trigger FOR EACH ROW EXECUTE FUNCTION put_base();
CREATE VIEW by_rule AS SELECT id, n, 0 AS pad FROM base GROUP BY id, n;
CREATE RULE put_base AS ON UPDATE TO by_rule DO INSTEAD
    UPDATE base SET n = NEW.n WHERE id = OLD.id RETURNING id, n, 0;
"""
RESOURCES = {
    "*": {"if_match": "optional"},
    "plain": {"body_etag": "on"},
    "by_trigger": {"key": "id", "key_unique": "trust"},
    "by_rule": {"key": "id", "key_unique": "trust"},
    "shared": {"key": "code"},
}
ROWS = """
TRUNCATE plain, named, soft, lazy, late, shared, unit, base;
INSERT INTO plain SELECT i, 'old', 'old' FROM generate_series(1, 9) i;
INSERT INTO named VALUES ('', 'empty'), ('one', 'first');
INSERT INTO soft (id, v) VALUES (1, 'old');
INSERT INTO lazy VALUES (1, 'old');
INSERT INTO late VALUES (1, 'old');
INSERT INTO shared VALUES ('A', 'old', 1), ('A', 'old', 2), (NULL, 'old', 3), ('', 'old', 4);
INSERT INTO unit VALUES (1, '2026-01-01', 1, 0.5);
INSERT INTO base VALUES (1, 0);
"""
STALE = '"1.1.aaaaaaaaaaaaaaaaaaaa"'


database = tables.database(SCHEMA, stamped=["soft", "named", "unit"])


@pytest.fixture(scope="module")
def config():
    return {"resources": RESOURCES}


@pytest.fixture(autouse=True)
def rows(database):
    database.sql(ROWS)


NO_TAGS = [("number", 5), ("null", None), ("array", []), ("array of a tag", [STALE]), ("object", {}), ("true", True),
           ("empty", ""), ("junk", "junk"), ("star beside a tag", f"*, {STALE}")]
CARRIERS = [
    ("item", lambda c, tag: c.patch("/plain/2", {"b": "lost", "etag": tag})),
    ("item, PUT", lambda c, tag: c.put("/plain/2", {"b": "lost", "etag": tag})),
    ("item, DELETE", lambda c, tag: c.delete("/plain/2", {"etag": tag})),
    ("by filter", lambda c, tag: c.patch("/plain?id=eq.2", {"b": "lost", "etag": tag})),
    ("bulk PATCH", lambda c, tag: c.patch("/plain", [{"id": 2, "b": "lost", "etag": tag}])),
    ("bulk PUT", lambda c, tag: c.put("/plain", [{"id": 2, "b": "lost", "etag": tag}])),
    ("POST that merges", lambda c, tag: c.post("/plain", [{"id": 2, "b": "lost", "etag": tag}],
                                               prefer="resolution=merge-duplicates")),
    ("PUT of one", lambda c, tag: c.put("/plain", {"id": 2, "b": "lost", "etag": tag})),
    ("bulk DELETE", lambda c, tag: c.delete("/plain", [{"id": 2, "etag": tag}])),
]


@pytest.mark.parametrize("send", [c[1] for c in CARRIERS], ids=[c[0] for c in CARRIERS])
@pytest.mark.parametrize("tag", [t[1] for t in NO_TAGS], ids=[t[0] for t in NO_TAGS])
def test_a_tag_in_the_content_that_is_none_is_no_missing_condition(client, database, send, tag):
    send(client, tag).problem(412 if tag == "" else 400)  # as an If-Match without members
    assert database.row("plain", id=2)["b"] == "old"


@pytest.mark.parametrize("send", [c[1] for c in CARRIERS], ids=[c[0] for c in CARRIERS])
def test_a_stale_tag_in_the_content_fails(client, database, send):
    send(client, STALE).problem(412)
    assert database.row("plain", id=2)["b"] == "old"


@pytest.mark.parametrize("send", [c[1] for c in CARRIERS], ids=[c[0] for c in CARRIERS])
def test_the_current_tag_in_the_content_holds(client, database, send):
    send(client, client.tag("/plain/2")).expect(200, 204)
    row = database.row("plain", id=2)
    assert row is None or row["b"] == "lost"


@pytest.mark.parametrize("body", [{"id": 2}, {"id": 2, "etag": STALE}, {}, "text", 5, None],
                         ids=["key", "key and tag", "empty", "string", "number", "null"])
def test_delete_of_a_collection_with_content_that_is_no_array_deletes_nothing(client, database, body):
    client.request("DELETE", "/plain", harness.dump(body), if_match="*").problem(400)
    assert database.one("SELECT count(*) FROM plain") == 9


def test_put_without_a_precondition_resets_what_it_leaves_out(client, database):
    client.put("/plain/1", {"b": "new"}).expect(200)
    assert database.row("plain", id=1) == {"id": 1, "a": "given", "b": "new"}


def test_a_row_with_an_empty_key_has_no_link_that_names_its_collection(client):
    created = client.delete("/named?k=eq.", if_match="*").expect(204) and client.post("/named", {"k": "", "v": "e"})
    created.expect(201)
    assert created.get("Location") is None and created.get("Content-Location") is None


@pytest.mark.concurrent
@pytest.mark.parametrize("view", ["by_trigger", "by_rule"])
@pytest.mark.parametrize("round", range(3))
def test_of_many_writers_of_a_view_that_is_rewritten_one_wins(server, database, view, round):
    with server.client() as client:
        tag = client.tag(f"/{view}/1")
    clients = [server.client() for _ in range(6)]
    statuses = harness.race(6, lambda i: clients[i].patch(f"/{view}/1", {"n": i + 1}, if_match=tag).status)
    assert sorted(statuses) == [200] + [412] * 5
    assert database.row("base", id=1)["n"] == statuses.index(200) + 1


@pytest.mark.parametrize("view", ["by_trigger", "by_rule"])
def test_a_writer_beside_midair_makes_the_tag_of_a_rewritten_view_stale(client, database, view):
    tag = client.tag(f"/{view}/1")
    database.sql("UPDATE base SET n = 50")
    client.patch(f"/{view}/1", {"n": 9}, if_match=tag).problem(412)
    client.patch(f"/{view}?id=eq.1", {"n": 9}, if_match=tag).problem(412)
    client.patch(f"/{view}", [{"id": 1, "n": 9, "etag": tag}]).problem(412)
    assert database.row("base", id=1)["n"] == 50


@pytest.mark.parametrize("condition", [{}, {"if_match": "*"}, {"if_match": "tag"}], ids=["none", "any", "tag"])
def test_a_delete_that_a_trigger_turns_into_an_update_is_done_once(client, database, condition):
    if condition.get("if_match") == "tag":
        condition = {"if_match": client.tag("/soft/1")}
    client.delete("/soft/1", **condition).expect(204)
    row = database.row("soft", id=1)
    assert row["gone"] and row["version"] == 2
    client.delete("/soft/1", if_match=STALE).problem(412)
    assert database.row("soft", id=1)["version"] == 2


@pytest.mark.parametrize("send", [
    lambda c, **k: c.patch("/lazy/1", {"v": "old"}, **k),
    lambda c, **k: c.put("/lazy/1", {"v": "old"}, **k),
    lambda c, **k: c.patch("/lazy/1", [{"op": "replace", "path": "/v", "value": "old"}], type=harness.PATCH, **k),
], ids=["PATCH", "PUT", "JSON Patch"])
def test_an_update_that_a_trigger_suppresses_shows_the_row_as_it_is(client, send):
    tag = client.tag("/lazy/1")
    answer = send(client, if_match=tag).expect(200)
    assert answer.json()["v"] == "old" and answer.etag == tag
    send(client).expect(200)
    send(client, if_match=STALE).problem(412)


@pytest.mark.parametrize("condition, status", [({}, 201), ({"if_none_match": "*"}, 201)])
def test_put_where_the_primary_key_is_deferrable(client, condition, status):
    client.put("/late/7", {"v": "new"}, **condition).expect(status)
    client.put("/late/7", {"v": "new"}, if_none_match="*").problem(412)
    client.put("/late", [{"id": 8, "v": "new"}, {"id": 7, "v": "other"}]).expect(200)
    client.put("/late", [{"id": 9, "v": "new"}, {"id": 7, "v": "x"}], if_none_match="*").problem(412)


SHARED = [
    ("a key that is NULL does not mean the empty one", lambda c: c.patch("/shared?id=eq.3", {"v": "lost"}), 409),
    ("the same, DELETE", lambda c: c.delete("/shared?id=eq.3"), 409),
    ("rows with the key of a selected one", lambda c: c.patch("/shared?id=eq.1", {"v": "lost"}), 409),
    ("the same, DELETE", lambda c: c.delete("/shared?id=eq.1"), 409),
    ("the same, JSON Patch", lambda c: c.patch("/shared?id=eq.1", [{"op": "replace", "path": "/v", "value": "lost"}],
                                               type=harness.PATCH), 409),
    ("creating what is there", lambda c: c.put("/shared/A", {"v": "lost"}, if_none_match="*"), 412),
]


@pytest.mark.parametrize("send, status", [s[1:] for s in SHARED], ids=[s[0] for s in SHARED])
def test_a_configured_key_that_is_not_unique(client, database, send, status):
    send(client).problem(status)
    assert database.one("SELECT count(*) FROM shared WHERE v = 'old'") == 4
    assert database.one("SELECT count(*) FROM shared") == 4


def reload(server, database):
    before = server.log().count("event=reloaded")
    database.sql("NOTIFY midair, 'reload'")
    harness.eventually(lambda: server.log().count("event=reloaded") > before)
    time.sleep(0.05)


ALTERED = [
    ("USING", "ALTER TABLE unit ALTER n TYPE bigint USING n * 100", "ALTER TABLE unit ALTER n TYPE integer"),
    ("added", "ALTER TABLE unit ADD more text DEFAULT 'x'", "ALTER TABLE unit DROP more"),
    ("renamed", "ALTER TABLE unit RENAME n TO m", "ALTER TABLE unit RENAME m TO n"),
]


@pytest.mark.parametrize("change, back", [a[1:] for a in ALTERED], ids=[a[0] for a in ALTERED])
def test_a_tag_does_not_outlive_a_change_of_the_columns(server, client, database, change, back):
    tag = client.tag("/unit/1")
    listed = client.tag("/unit")
    database.sql(change)
    try:
        reload(server, database)
        client.get("/unit/1", if_none_match=tag).expect(200)
        client.get("/unit", if_none_match=listed).expect(200)
        client.patch("/unit/1", {"at": None}, if_match=tag).problem(412)
        client.patch("/unit/1", {"at": None}, if_match=client.tag("/unit/1")).expect(200)
    finally:
        database.sql(back)
        reload(server, database)


def test_a_reload_without_a_change_leaves_tags_valid(server, client, database):
    tag = client.tag("/unit/1")
    reload(server, database)
    client.get("/unit/1", if_none_match=tag).expect(304)
    client.patch("/unit/1", {"n": 2}, if_match=tag).expect(200)


def test_statements_prepared_before_a_column_got_another_type_are_not_used_after(server, client, database):
    for _ in range(3):
        client.patch("/unit/1", {"at": "2026-01-01T00:00:00", "n": 1, "f": 0.1}).expect(200)
    database.sql("ALTER TABLE unit ALTER at TYPE timestamptz, ALTER n TYPE bigint, ALTER f TYPE double precision")
    try:
        reload(server, database)
        changed = {"at": "2026-01-01T00:00:00+05:00", "n": 5000000000, "f": 0.1}
        client.patch("/unit/1", changed).expect(200)
        found = client.get("/unit/1").json()
        assert (found["at"], found["n"], str(found["f"])) == ("2025-12-31T19:00:00+00:00", 5000000000, "0.1")
    finally:
        database.sql("UPDATE unit SET n = 1")
        database.sql("ALTER TABLE unit ALTER at TYPE timestamp, ALTER n TYPE integer, ALTER f TYPE real")
        reload(server, database)


# Rows of a view that groups, or joins two selections, cannot be locked: PostgreSQL says 0A000.
@pytest.mark.parametrize("named", ["/plain/1", "/base/1", "/by_rule/1", "/by_trigger/1", "/unit/1"])
@pytest.mark.parametrize("view", ["/by_trigger/1", "/by_rule/1"])
@pytest.mark.parametrize("holds", [True, False], ids=["holds", "stale"])
def test_rows_that_cannot_be_locked_are_guarded_by_others_and_guard_them(client, database, view, named, holds):
    tag = client.tag(named) if holds else STALE
    answer = client.patch(view, {"n": 5}, headers=[("Midair-If-Match", f"<{named}> {tag}")])
    answer.expect(200 if holds else 412)
    assert database.one("SELECT n FROM base") == (5 if holds else 0)


@pytest.mark.parametrize("view", ["/by_trigger/1", "/by_rule/1"])
@pytest.mark.parametrize("holds", [True, False], ids=["holds", "stale"])
def test_such_rows_guard_the_write_of_a_table(client, database, view, holds):
    tag = client.tag(view) if holds else STALE
    client.patch("/plain/1", {"b": "new"}, headers=[("Midair-If-Match", f"<{view}> {tag}")]).expect(200 if holds else 412)
    assert database.one("SELECT b FROM plain WHERE id = 1") == ("new" if holds else "old")


def test_unusable_content_for_such_a_row_is_told_apart_from_a_stale_tag(client, database):
    guard = f"</plain/1> {client.tag('/plain/1')}"
    client.patch("/by_trigger/1", {"n": "x"}, headers=[("Midair-If-Match", guard)]).problem(400)
    client.patch("/by_trigger/1", {"n": "x"}, if_match=STALE, headers=[("Midair-If-Match", guard)]).problem(412)
