"""docs/http.md section 5: the answer to a write carries the row and its tag as they are at the commit."""

import pytest

from midair import stamp

SCHEMA = """
CREATE TABLE revised (id int PRIMARY KEY, v text, n int DEFAULT 0);
CREATE TABLE revised_base (LIKE revised INCLUDING ALL);
CREATE TABLE revised_plain (LIKE revised INCLUDING ALL);
CREATE TABLE revised_late (LIKE revised INCLUDING ALL);
CREATE TABLE revised_by_statement (LIKE revised INCLUDING ALL);
CREATE FUNCTION revise() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        EXECUTE format('UPDATE %I SET n = coalesce(n, 0) + 1 WHERE id = $1', TG_TABLE_NAME) USING NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE FUNCTION revise_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() = 1 THEN
        EXECUTE format('UPDATE %I SET n = coalesce(n, 0) + 1', TG_TABLE_NAME);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER revise AFTER INSERT OR UPDATE ON revised FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise AFTER INSERT OR UPDATE ON revised_plain FOR EACH ROW EXECUTE FUNCTION revise();
CREATE CONSTRAINT TRIGGER revise AFTER INSERT OR UPDATE ON revised_late DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION revise();
CREATE TRIGGER revise AFTER INSERT OR UPDATE ON revised_by_statement EXECUTE FUNCTION revise_all();
CREATE TRIGGER revise AFTER INSERT OR UPDATE ON revised_base FOR EACH ROW EXECUTE FUNCTION revise();
CREATE VIEW revised_view AS SELECT * FROM revised_base;
CREATE TABLE hidden_base (id int PRIMARY KEY, v text, n int NOT NULL DEFAULT 5);
CREATE VIEW instead AS SELECT id, v, n FROM hidden_base;
CREATE FUNCTION instead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO hidden_base VALUES (NEW.id, upper(NEW.v));
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE hidden_base SET v = upper(NEW.v), n = hidden_base.n + 1 WHERE id = OLD.id;
    ELSE
        DELETE FROM hidden_base WHERE id = OLD.id;
        RETURN OLD;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER instead INSTEAD OF INSERT OR UPDATE OR DELETE ON instead FOR EACH ROW EXECUTE FUNCTION instead();

CREATE TABLE nodes (id int PRIMARY KEY, parent_id int REFERENCES nodes, v text);
CREATE TABLE ring_a (id int PRIMARY KEY, b_id int, v text);
CREATE TABLE ring_b (id int PRIMARY KEY, a_id int REFERENCES ring_a, v text);
ALTER TABLE ring_a ADD FOREIGN KEY (b_id) REFERENCES ring_b;
CREATE TABLE renamed (k text PRIMARY KEY, of_k text REFERENCES renamed ON UPDATE CASCADE, v text);
CREATE TABLE docs (id int PRIMARY KEY, v text);
CREATE TABLE lines (id int PRIMARY KEY, doc_id int REFERENCES docs, v text);
CREATE TABLE logged (id int PRIMARY KEY, v text);
CREATE TABLE log (id serial PRIMARY KEY, logged_id int REFERENCES logged, v text);
CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN INSERT INTO log (logged_id, v) VALUES (NEW.id, NEW.v); RETURN NULL; END $$;
CREATE TRIGGER log_it AFTER INSERT OR UPDATE OF v ON logged FOR EACH ROW EXECUTE FUNCTION log_it();
"""
STAMPED = ["revised", "revised_base", "revised_late", "revised_by_statement", "nodes", "ring_a", "ring_b", "renamed", "docs", "lines",
           "logged", "log"]
TOUCHES = ["nodes.parent_id", "ring_a.b_id", "ring_b.a_id", "lines.doc_id", "log.logged_id"]


@pytest.fixture(scope="module")
def config():
    return {"resources": {"*": {"if_match": "optional"}, "revised_view": {"key": "id"},
                          "instead": {"key": "id"}}}


@pytest.fixture(scope="module")
def database(cluster):
    made = cluster.create_database()
    made.sql(SCHEMA)
    stamp(made, *STAMPED, options=[part for touch in TOUCHES for part in ("--touch", touch)])
    made.sql("CREATE OR REPLACE VIEW revised_view AS SELECT * FROM revised_base")
    yield made
    made.close()


def as_committed(client, answer, url):
    """The answer shows what a GET shows, and the next write with its tag succeeds."""
    shown = client.get(url).expect(200)
    assert answer.json() == shown.json()
    assert answer.etag == shown.etag
    return shown.etag


TABLES = ["revised", "revised_plain", "revised_late", "revised_by_statement", "revised_view", "instead", "logged"]


@pytest.mark.parametrize("table", TABLES)
def test_rows_that_triggers_revise(client, table):
    url = f"/{table}/1"
    tag = as_committed(client, client.post(f"/{table}", {"id": 1, "v": "a"}).expect(201), url)
    tag = as_committed(client, client.patch(url, {"v": "b"}, if_match=tag).expect(200), url)
    tag = as_committed(client, client.put(url, {"v": "c"}, if_match=tag).expect(200), url)
    tag = as_committed(client, client.patch(url, {"$set": {"v": "d"}}, type="application/vnd.midair.update+json",
                                            if_match=tag).expect(200), url)
    tag = as_committed(client, client.patch(url, [{"op": "replace", "path": "/v", "value": "e"}],
                                            type="application/json-patch+json", if_match=tag).expect(200), url)
    answer = client.patch(url, {"v": "f"}, if_match=tag, prefer="return=minimal").expect(204)
    assert answer.etag == client.get(url).etag
    tag = as_committed(client, client.patch(url, {"v": "g"}).expect(200), url)
    tag = as_committed(client, client.put(url, {"v": "h"}).expect(200), url)
    client.delete(url, if_match=tag).expect(204) if table != "logged" else None
    if table != "logged":
        as_committed(client, client.put(url, {"v": "i"}, if_none_match="*").expect(201), url)
        client.delete(url, if_match="*").expect(204)


@pytest.mark.parametrize("table", TABLES)
def test_many_rows_that_triggers_revise(client, table):
    keys = [3, 1, 2] if table != "logged" else [13, 11, 12]

    def check(answer, order):
        rows = answer.json()
        assert [row["id"] for row in rows] == order
        for row in rows:
            assert row == client.get(f"/{table}/{row['id']}").expect(200).json()
        return rows

    rows = check(client.post(f"/{table}", [{"id": key, "v": "a"} for key in keys]).expect(201), keys)
    if table not in ("revised_view", "instead", "revised_by_statement"):
        rows = check(client.patch(f"/{table}", [{"id": r["id"], "v": "b", "etag": r["etag"]} for r in rows]).expect(200), keys)
        rows = check(client.put(f"/{table}", [{"id": r["id"], "v": "c", "etag": r["etag"]} for r in rows]).expect(200), keys)
    check(client.patch(f"/{table}?id=in.({','.join(map(str, keys))})&order=id", {"v": "d"}, if_match="*").expect(200), sorted(keys))
    if table not in ("revised_view", "instead"):
        check(client.post(f"/{table}?on_conflict=id", [{"id": key, "v": "e"} for key in keys],
                          prefer="resolution=merge-duplicates").expect(200, 201), keys)
    if table != "logged":
        client.delete(f"/{table}?id=in.(1,2,3)", if_match="*").expect(200, 204)


def test_touch_reaches_rows_of_the_same_array(client):
    rows = client.post("/nodes", [{"id": 1, "v": "a"}, {"id": 2, "parent_id": 1, "v": "b"},
                                  {"id": 3, "parent_id": 2, "v": "c"}]).expect(201).json()
    assert [row["id"] for row in rows] == [1, 2, 3]
    for row in rows:
        assert row == client.get(f"/nodes/{row['id']}").json()
    rows = client.patch("/nodes", [{"id": r["id"], "v": "x", "etag": r["etag"]} for r in rows]).expect(200).json()
    for row in rows:
        assert row == client.get(f"/nodes/{row['id']}").json()
    client.patch("/nodes", [{"id": r["id"], "v": "y", "etag": r["etag"]} for r in rows]).expect(200)


def test_a_row_that_is_its_own_parent(client):
    answer = client.post("/nodes", {"id": 9, "parent_id": 9, "v": "a"}).expect(201)
    tag = as_committed(client, answer, "/nodes/9")
    as_committed(client, client.patch("/nodes/9", {"v": "b"}, if_match=tag).expect(200), "/nodes/9")


def test_a_ring_of_touching_links(client, database):
    database.sql("INSERT INTO ring_a VALUES (1, NULL, 'a'); INSERT INTO ring_b VALUES (1, 1, 'b'); "
                 "UPDATE ring_a SET b_id = 1")
    for table in ("ring_a", "ring_b", "ring_a"):
        url = f"/{table}/1"
        answer = client.patch(url, {"v": "x"}, if_match=client.get(url).etag).expect(200)
        tag = as_committed(client, answer, url)
        as_committed(client, client.patch(url, {"v": "y"}, if_match=tag).expect(200), url)


def test_a_key_that_cascades_into_its_own_row(client):
    tag = as_committed(client, client.post("/renamed", {"k": "a", "of_k": "a"}).expect(201), "/renamed/a")
    answer = client.patch("/renamed/a", {"k": "b"}, if_match=tag).expect(200)
    assert answer.json()["of_k"] == "b"
    as_committed(client, answer, "/renamed/b")


def test_parents_that_are_shown_with_the_child_that_touches_them(client):
    client.post("/docs", {"id": 1, "v": "d"}).expect(201)
    url = "/lines/1?select=*,docs(*)"
    answer = client.post("/lines?select=*,docs(*)", {"id": 1, "doc_id": 1, "v": "l"}).expect(201)
    tag = as_committed(client, answer, url)
    answer = client.patch(url, {"v": "m"}, if_match=tag).expect(200)
    tag = as_committed(client, answer, url)
    client.put(url, {"doc_id": 1, "v": "n"}, if_match=tag).expect(200)
    many = client.patch("/lines?select=*,docs(*)&id=eq.1", {"v": "o"}, if_match="*").expect(200).json()
    assert many[0]["docs"] == client.get(url).json()["docs"]


def test_a_row_that_a_trigger_deletes_again(client, database):
    database.sql("CREATE TABLE fleeting (id int PRIMARY KEY, v text); "
                 "CREATE FUNCTION flee() RETURNS trigger LANGUAGE plpgsql AS "
                 "$$ BEGIN DELETE FROM fleeting WHERE id = NEW.id; RETURN NULL; END $$; "
                 "CREATE TRIGGER flee AFTER INSERT ON fleeting FOR EACH ROW EXECUTE FUNCTION flee(); NOTIFY midair, 'reload'")
    from midair import eventually
    eventually(lambda: client.get("/fleeting").status == 200)
    assert client.post("/fleeting", {"id": 1, "v": "a"}).expect(201).etag is None
    client.get("/fleeting/1").problem(404)
