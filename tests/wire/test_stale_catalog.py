"""docs/http.md section 11: a request that fails because the database's structure has changed since the catalog was read
is tried again with a new catalog. Nothing here reloads: midair does not listen to a channel."""

import re
import threading

import pytest

import tables
from midair import JSON, UPDATE

pytestmark = pytest.mark.concurrent

SCHEMA = """
CREATE TABLE towns (id int PRIMARY KEY, name text, size int NOT NULL DEFAULT 0);
CREATE TABLE streets (id int PRIMARY KEY, town_id int REFERENCES towns, name text, n int NOT NULL DEFAULT 0,
                      extra text DEFAULT 'x');
INSERT INTO towns SELECT i, 'town ' || i, i FROM generate_series(1, 9) i;
INSERT INTO streets SELECT i, 1 + i % 9, 'street ' || i FROM generate_series(1, 40) i;
CREATE VIEW narrow AS SELECT id, name, extra FROM streets;
CREATE FUNCTION answer() RETURNS TABLE (a int, b int) LANGUAGE sql STABLE AS 'SELECT 1, 2';
CREATE FUNCTION add(x int, y int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x + y';
"""

OPTIONAL = {"*": {"if_match": "optional"}}


@pytest.fixture
def database(create):
    return create(SCHEMA)


@pytest.fixture
def server(database, start):
    return start(database, settings={"channel": "", "lane_threshold": 2}, resources=OPTIONAL)


@pytest.fixture
def client(server):
    with server.client() as made:
        yield made
    assert server.alive()


def rereads(client):
    return int(re.search(r"^midair_catalog_rereads_total (\d+)$", client.get("/_metrics").text, re.M).group(1))


def warm(client):
    """Long enough for statements to be prepared on every connection."""
    for _ in range(6):
        client.get("/streets/1").expect(200)
        client.get("/streets?limit=3").expect(200)
        client.get("/towns/1/streets").expect(200)
        client.get("/towns?select=id,streets(*)").expect(200)
        client.get("/narrow?id=eq.1").expect(200)
        client.get("/rpc/answer").expect(200)
        client.patch("/streets/1", {"name": "warm"}).expect(200)
        client.patch("/towns/2/streets/1", {"name": "warm"}).expect(200)
        client.post("/streets", {"id": 1000}).expect(201)
        client.delete("/streets/1000").expect(200, 204)


DROP_EXTRA = "DROP VIEW narrow; ALTER TABLE streets DROP COLUMN extra"
RENAME = "DROP VIEW narrow; ALTER TABLE streets RENAME COLUMN extra TO surplus"
NEW_TABLE = tables.item("fresh")

# label, DDL, method, path, content, what the answer says
ROWS = [
    ("item, column dropped", DROP_EXTRA, "GET", "/streets/1", None, '"name"'),
    ("list, column dropped", DROP_EXTRA, "GET", "/streets?limit=3", None, '"name"'),
    ("list by filter, column dropped", DROP_EXTRA, "GET", "/streets?n=eq.0&limit=1", None, '"name"'),
    ("nested list, column dropped", DROP_EXTRA, "GET", "/towns/2/streets", None, '"name"'),
    ("nested item, column dropped", DROP_EXTRA, "GET", "/towns/2/streets/1", None, '"name"'),
    ("embed, column dropped", DROP_EXTRA, "GET", "/towns?select=id,streets(*)&limit=2", None, '"streets"'),
    ("PATCH, column dropped", DROP_EXTRA, "PATCH", "/streets/1", {"name": "after"}, "after"),
    ("nested PATCH, column dropped", DROP_EXTRA, "PATCH", "/towns/2/streets/1", {"name": "after"}, "after"),
    ("PUT, column dropped", DROP_EXTRA, "PUT", "/streets/1", {"id": 1, "town_id": 2, "name": "after"}, "after"),
    ("PUT of a new row, column dropped", DROP_EXTRA, "PUT", "/streets/77", {"id": 77, "name": "after"}, "after"),
    ("POST, column dropped", DROP_EXTRA, "POST", "/streets", {"id": 78, "name": "after"}, "after"),
    ("POST of an array, column dropped", DROP_EXTRA, "POST", "/streets", [{"id": 79, "name": "after"}], "after"),
    ("PATCH of an array, column dropped", DROP_EXTRA, "PATCH", "/streets", [{"id": 1, "name": "after"}], "after"),
    ("PATCH by filter, column dropped", DROP_EXTRA, "PATCH", "/streets?id=eq.1", {"name": "after"}, "after"),
    ("PUT of an array, column dropped", DROP_EXTRA, "PUT", "/streets", [{"id": 1, "town_id": 1, "name": "after"}], "after"),
    ("DELETE, column dropped", DROP_EXTRA, "DELETE", "/streets/1", None, ""),
    ("item, column renamed", RENAME, "GET", "/streets/1", None, '"surplus"'),
    ("list, column renamed", RENAME, "GET", "/streets?limit=3", None, '"surplus"'),
    ("select of a column's new name", RENAME, "GET", "/streets?select=surplus&limit=1", None, '"surplus"'),
    ("order by a column's new name", RENAME, "GET", "/streets?order=surplus&limit=1", None, '"surplus"'),
    ("filter by a column's new name", RENAME, "GET", "/streets?surplus=eq.x&limit=1", None, '"surplus"'),
    ("PATCH of a column's new name", RENAME, "PATCH", "/streets/1", {"surplus": "after"}, "after"),
    ("POST of a column's new name", RENAME, "POST", "/streets", {"id": 80, "surplus": "after"}, "after"),
    ("PATCH of an array, new name", RENAME, "PATCH", "/streets", [{"id": 1, "surplus": "after"}], "after"),
    ("columns= with a column's new name", RENAME, "POST", "/streets?columns=id,surplus", [{"id": 81, "surplus": "after"}], "after"),
    ("list of a new table", NEW_TABLE, "GET", "/fresh", None, "as it was"),
    ("item of a new table", NEW_TABLE, "GET", "/fresh/1", None, "as it was"),
    ("PATCH of a new table", NEW_TABLE, "PATCH", "/fresh/1", {"note": "after"}, "after"),
    ("POST to a new table", NEW_TABLE, "POST", "/fresh", {"id": 2, "note": "after"}, "after"),
    ("a table's new name", "ALTER TABLE streets RENAME TO roads", "GET", "/roads/1", None, '"name"'),
    ("a table made anew", "DROP TABLE streets CASCADE; CREATE TABLE streets (id int PRIMARY KEY, single text); "
     "INSERT INTO streets VALUES (1, 'one')", "GET", "/streets/1", None, "one"),
    ("a new foreign key", "CREATE TABLE lamps (id int PRIMARY KEY, street_id int REFERENCES streets); INSERT INTO lamps VALUES (5, 1)",
     "GET", "/streets?select=id,lamps(id)&id=eq.1", None, '"lamps":[{"id":5}]'),
    ("a new nested list", "CREATE TABLE lamps (id int PRIMARY KEY, street_id int REFERENCES streets); INSERT INTO lamps VALUES (5, 1)",
     "GET", "/streets/1/lamps", None, "5"),
    ("a new unique column", "ALTER TABLE streets ADD COLUMN code text UNIQUE", "POST", "/streets?on_conflict=code",
     {"id": 82, "code": "after"}, "after"),
    ("the key is text now", "DROP VIEW narrow; ALTER TABLE streets ALTER COLUMN id TYPE text USING 'k' || id", "GET",
     "/streets/k1", None, '"k1"'),
    ("a number is text now, item", "ALTER TABLE streets ALTER COLUMN n TYPE text USING 'n' || n", "GET", "/streets/1", None, '"n0"'),
    ("a number is text now, list", "ALTER TABLE streets ALTER COLUMN n TYPE text USING 'n' || n", "GET", "/streets?id=eq.1", None, '"n0"'),
    ("a number is text now, filter", "ALTER TABLE streets ALTER COLUMN n TYPE text USING 'n' || n", "GET", "/streets?n=eq.n0&limit=1",
     None, '"n0"'),
    ("a new function", "CREATE FUNCTION fresh() RETURNS int LANGUAGE sql STABLE AS 'SELECT 42'", "GET", "/rpc/fresh", None, "42"),
    ("a function with other columns", "DROP FUNCTION answer(); CREATE FUNCTION answer() RETURNS TABLE (c text) LANGUAGE sql STABLE "
     "AS 'SELECT ''after''::text'", "GET", "/rpc/answer", None, '"c":"after"'),
    ("a function with another parameter", "DROP FUNCTION add(int, int); CREATE FUNCTION add(x int, z int) RETURNS int "
     "LANGUAGE sql IMMUTABLE AS 'SELECT x * z'", "POST", "/rpc/add", {"x": 6, "z": 7}, "42"),
    ("a function's body replaced", "CREATE OR REPLACE FUNCTION add(x int, y int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT x - y'",
     "POST", "/rpc/add", {"x": 50, "y": 8}, "42"),
    ("a view with other columns", "DROP VIEW narrow; CREATE VIEW narrow AS SELECT id, n AS number FROM streets", "GET", "/narrow?id=eq.1",
     None, '"number"'),
    ("a view with more columns", "CREATE OR REPLACE VIEW narrow AS SELECT id, name, extra, n FROM streets", "GET",
     "/narrow?select=n&id=eq.1", None, '"n"'),
    ("the document of the API", DROP_EXTRA, "GET", "/_openapi.json", None, "openapi"),
]


@pytest.mark.parametrize("ddl, method, path, content, says", [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_the_first_request_after_a_change_succeeds(client, database, ddl, method, path, content, says):
    warm(client)
    database.sql(ddl)
    headers = {"Prefer": "return=representation, resolution=merge-duplicates"} if method == "POST" else {}
    if content is not None:
        headers["Content-Type"] = JSON if method in ("POST", "PUT") else "application/merge-patch+json"
    answer = client.request(method, path, content, headers=headers).expect(200, 201, 204)
    assert says in answer.text, repr(answer)
    if answer.type == JSON and answer.body:
        answer.json()


def test_a_repeated_write_is_made_once(client, database):
    warm(client)
    for turn in range(1, 5):
        database.sql(f"DROP VIEW IF EXISTS narrow; ALTER TABLE streets DROP COLUMN extra; ALTER TABLE streets ADD COLUMN extra int DEFAULT {turn}")
        client.patch("/streets/1", {"$inc": {"n": 1}}, type=UPDATE).expect(200)
        assert database.one("SELECT n FROM streets WHERE id = 1") == turn
        client.post("/streets", {"id": 2000 + turn}).expect(201)


@pytest.mark.parametrize("path", ["/nothing", "/nothing/1", "/streets?nothing=eq.1", "/streets?select=nothing", "/rpc/nothing",
                                  "/towns/1/nothing", "/streets?select=nothing(*)"])
def test_a_flood_of_mistakes_reads_nothing_again(client, database, path):
    for _ in range(100):
        client.get(path).problem(400, 404)
    assert rereads(client) == 0
    database.sql("CREATE TABLE another (id int PRIMARY KEY)")
    for _ in range(100):
        client.get(path).problem(400, 404)
    assert rereads(client) == 1


@pytest.mark.parametrize("statement", [
    "TRUNCATE emptied", "REFRESH MATERIALIZED VIEW seen", "VACUUM FULL streets", "ANALYZE", "CREATE TEMP TABLE passing (id int PRIMARY KEY)",
    "CREATE INDEX ON streets (name)", "INSERT INTO towns VALUES (100)", "COMMENT ON TABLE towns IS 'x'",
])
def test_what_changes_nothing_reads_nothing_again(client, database, statement):
    database.sql("CREATE TABLE emptied (id int); CREATE MATERIALIZED VIEW seen AS SELECT * FROM towns")
    client.get("/emptied").expect(200)
    before = rereads(client)
    database.sql(statement)
    client.get("/nothing").problem(404)
    assert rereads(client) == before


def test_errors_of_the_databases_own_code_read_nothing_again(client, database):
    database.sql("""CREATE FUNCTION broken() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT nothing FROM streets); END';
        CREATE FUNCTION raising() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE SQLSTATE '42P01'; END$$""")
    client.post("/rpc/broken").problem(400)
    before = rereads(client)
    for _ in range(20):
        client.post("/rpc/broken").problem(400)
        client.post("/rpc/raising").problem(404)
    assert rereads(client) == before


def test_a_mistake_in_the_new_catalog_keeps_the_old_one(start, database):
    database.sql("CREATE TABLE declared (id int PRIMARY KEY)")
    server = start(database, settings={"channel": ""}, resources={**OPTIONAL, "declared": {"max_rows": "5"}})
    with server.client() as client:
        database.sql("DROP TABLE declared")
        for _ in range(5):
            client.get("/nothing").problem(404)
            client.get("/towns/1").expect(200)
        assert rereads(client) == 0
        database.sql("CREATE TABLE declared (id text PRIMARY KEY, n int); CREATE TABLE nothing (id int PRIMARY KEY)")
        client.get("/nothing").expect(200)
        client.get("/declared").expect(200)


# Each change is one transaction, after which everything that the requests below name is there.
CHANGES = [
    "ALTER TABLE streets RENAME COLUMN extra TO surplus",
    "ALTER TABLE streets RENAME COLUMN surplus TO extra",
    "ALTER TABLE streets DROP COLUMN extra, ADD COLUMN extra text DEFAULT 'y'",
    "ALTER TABLE streets ALTER COLUMN size TYPE bigint",
    "ALTER TABLE streets ALTER COLUMN size TYPE text",
    "ALTER TABLE streets ALTER COLUMN size TYPE integer USING size::integer",
    "DROP TABLE side; CREATE TABLE side (id int PRIMARY KEY, a text); INSERT INTO side VALUES (1, 'one')",
    "DROP TABLE side; CREATE TABLE side (b text, id bigint PRIMARY KEY); INSERT INTO side VALUES ('two', 1)",
    "CREATE OR REPLACE FUNCTION add(x int, y int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT y + x'",
    "DROP FUNCTION answer(); CREATE FUNCTION answer() RETURNS TABLE (c text) LANGUAGE sql STABLE AS 'SELECT ''c''::text'",
    "DROP FUNCTION answer(); CREATE FUNCTION answer() RETURNS TABLE (a int, b int) LANGUAGE sql STABLE AS 'SELECT 1, 2'",
]


def requests(client, i):
    """One of each kind, on rows of the thread's own."""
    own = f"/streets/{i}"
    yield client.get(own)
    yield client.get("/streets?limit=5&order=id")
    yield client.get(f"/streets?select=*,towns(id)&id=eq.{i}")
    yield client.get("/towns?select=id,streets(*)&limit=3")
    yield client.get(f"/towns/{1 + i % 9}/streets")
    yield client.get(f"/towns/{1 + i % 9}/streets/{i}")
    yield client.get("/side/1")
    yield client.get("/side?id=eq.1")
    yield client.get("/rpc/answer")
    yield client.post("/rpc/add", {"x": 1, "y": 2})
    yield client.get("/_openapi.json")
    yield client.patch(own, {"name": "p"}, if_match="*")
    yield client.patch(own, [{"op": "replace", "path": "/name", "value": "j"}], if_match="*", type="application/json-patch+json")
    yield client.patch(own, {"$inc": {"n": 1}}, type=UPDATE)
    yield client.patch(f"/towns/{1 + i % 9}/streets/{i}", {"name": "n"}, if_match="*")
    yield client.patch(f"/streets?id=eq.{i}", {"name": "f"})
    yield client.patch("/streets", [{"id": i, "name": "a"}])
    yield client.put(f"/streets/{100 + i}", {"id": 100 + i, "name": "made"}, if_match=None)
    yield client.delete(f"/streets/{100 + i}", if_match="*")
    yield client.post("/streets", {"id": 200 + i})
    yield client.delete(f"/streets?id=eq.{200 + i}")


def test_no_request_fails_while_the_structure_changes(create, start):
    database = create(SCHEMA + "DROP VIEW narrow; ALTER TABLE streets ADD COLUMN size int DEFAULT 1;" + tables.item("side"))
    server = start(database, settings={"channel": "", "lane_threshold": 2}, resources=OPTIONAL)
    stop, wrong, served = threading.Event(), [], [0] * 5

    def work(i):
        with server.client() as own:
            while not stop.is_set() and not wrong:
                for answer in requests(own, i + 1):
                    if answer.status >= 400:
                        wrong.append(answer)
                    served[i] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(len(served))]
    for thread in threads:
        thread.start()
    try:
        for _ in range(4):
            for change in CHANGES:
                before = sum(served)
                database.sql(change)
                while sum(served) < before + 40 and not wrong:  # a request of each kind meets each change
                    stop.wait(0.002)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[0]
    assert all(server.alive() and n > 100 for n in served), served
    increments = database.sql("SELECT n FROM streets WHERE id BETWEEN 1 AND 5")
    assert all(n > 0 for (n,) in increments)
