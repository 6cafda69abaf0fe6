"""What PostgREST 13 does to the letter, in places where midair's own dialect does something else (docs/postgrest.md)."""

import contextlib

import pytest

import midair as harness

SCHEMA = """
CREATE TABLE goods (
    id     integer PRIMARY KEY,
    name   text DEFAULT 'thing',
    note   text DEFAULT 'none',
    price  integer,
    double integer GENERATED ALWAYS AS (price * 2) STORED
);
CREATE TABLE parts (id integer PRIMARY KEY, good_id integer REFERENCES goods, label text);
CREATE FUNCTION crash() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the pump is dry' USING ERRCODE = '58000'; END $$;
"""
ROWS = """
INSERT INTO goods (id, name, note, price) VALUES (3, 'c', 'x', 30), (1, 'a', 'x', 10), (2, 'b', 'x', 20);
INSERT INTO parts VALUES (2, 1, 'second'), (1, 1, 'first');
"""
REP = {"prefer": "return=representation"}


@pytest.fixture(scope="module")
def database(cluster):
    made = harness.create(cluster, SCHEMA)
    yield made
    made.close()


@pytest.fixture(scope="module")
def servers(database):
    """servers(configuration): a midair with it, which serves all tests of the module that ask for the same one."""
    with contextlib.ExitStack() as stack:
        running = {}

        def get(config):
            if repr(config) not in running:
                running[repr(config)] = stack.enter_context(harness.Midair(database, **config))
            return running[repr(config)]
        yield get


@pytest.fixture
def make(database, servers):
    """make(dialect, …): a client of a midair with these settings; each test finds the same rows."""
    database.sql("DELETE FROM parts; DELETE FROM goods; " + ROWS)

    def maker(dialect="postgrest", resources=None, **server):
        running = servers({"server": {"dialect": dialect, **server}, "resources": resources, "settings": {"log_sql": "on"}})
        client = running.client()
        client.server = running
        return client
    return maker


# ---- order ----


def ids(client, url):
    return [row["id"] for row in client.get(url).expect(200).json()]


@pytest.mark.parametrize("dialect, setting, ordered", [("postgrest", None, False), ("postgrest", "none", False),
                                                       ("postgrest", "key", True), ("midair", None, True),
                                                       ("midair", "key", True), ("midair", "none", False)])
def test_order_without_order(make, dialect, setting, ordered):
    client = make(dialect, resources={"*": {"default_order": setting}})
    assert (ids(client, "/goods") == [1, 2, 3]) == ordered
    embedded = client.get("/goods?select=parts(id)&id=eq.1").expect(200).json()[0]["parts"]
    assert ([part["id"] for part in embedded] == [1, 2]) == ordered
    assert ids(client, "/goods?order=id.desc") == [3, 2, 1]


# ---- tags that nobody sees ----


def selects(client, table):
    return [line for line in client.server.log().splitlines() if "SELECT" in line and table in line and "pg_class" not in line]


@pytest.mark.parametrize("dialect, accept, tagged", [("postgrest", None, False), ("postgrest", "text/csv", False),
                                                     ("postgrest", "application/vnd.pgrst.object+json", True),
                                                     ("midair", None, True), ("midair", "text/csv", False)])
def test_lists_that_show_no_tags_compute_none(make, dialect, accept, tagged):
    client = make(dialect)
    client.get("/goods?id=eq.1", accept=accept).expect(200)
    assert ("xmin" in selects(client, "goods")[-1]) == tagged


# ---- writes ----


def test_put_keeps_what_the_content_leaves_out(make):
    client = make()
    put = client.put("/goods?id=eq.1", {"id": 1, "name": "new"}, **REP).expect(200).json()
    assert put == [{"id": 1, "name": "new", "note": "x", "price": 10, "double": 20}]
    assert client.put("/goods/2", {"price": 1}, **REP).expect(200).json()["note"] == "x"
    client.put("/goods?id=eq.1", {"id": 1}).expect(200, 204)
    made = client.put("/goods?id=eq.9", {"id": 9, "price": 4}, **REP).expect(201).json()
    assert made == [{"id": 9, "name": "thing", "note": "none", "price": 4, "double": 8}]
    many = client.put("/goods", [{"id": 1, "price": 7}, {"id": 2, "name": "z"}], **REP).expect(200).json()
    assert [(row["note"], row["price"]) for row in many] == [("x", 7), ("x", 1)]


def test_put_replaces_in_midairs_own_dialect(make):
    put = make("midair").put("/goods/1", {"id": 1, "price": 5}, **REP).expect(200).json()
    assert (put["name"], put["note"], put["price"]) == ("thing", "none", 5)


@pytest.mark.parametrize("method, url, body", [
    ("POST", "/goods", {"id": 8, "double": 3}), ("POST", "/goods", [{"id": 8, "double": 3}]),
    ("PATCH", "/goods?id=eq.1", {"double": 3}), ("PATCH", "/goods/1", {"double": 3}),
    ("PUT", "/goods?id=eq.1", {"id": 1, "double": 3}), ("PUT", "/goods/1", {"id": 1, "double": 3})])
def test_values_of_generated_columns(make, method, url, body):
    client = make()
    error = client.request(method, url, body).expect(400).json()
    assert error["code"] == "428C9" and '"double"' in error["message"]
    assert ids(client, "/goods?order=id") == [1, 2, 3]
    assert client.get("/goods?id=eq.1").json()[0]["double"] == 20


def test_generated_columns_are_ignored_in_midairs_own_dialect(make):
    client = make("midair")
    assert client.patch("/goods/1", {"double": 3, "price": 4}).expect(200).json()["double"] == 8


def rows_of(client):
    return {row["id"]: (row["name"], row["note"], row["price"]) for row in client.get("/goods").json()}


@pytest.mark.parametrize("missing, expected", [("missing=default", ("n", "none", 10)), (None, ("n", None, 10)),
                                               ("missing=null", ("n", None, 10))])
def test_patch_with_columns(make, missing, expected):
    client = make()
    answer = client.patch("/goods?id=eq.1&columns=name,note", {"name": "n", "price": 99}, prefer=missing).expect(204)
    assert rows_of(client)[1] == expected
    assert (missing or "") in answer.get("Preference-Applied", "")
    assert rows_of(client)[2] == ("b", "x", 20)


def test_merged_rows_with_missing_default(make):
    client = make()
    prefer = "resolution=merge-duplicates, missing=default"
    client.post("/goods?columns=id,name,note", [{"id": 1}, {"id": 2, "note": "m"}, {"id": 7}], prefer=prefer).expect(200, 201)
    rows = rows_of(client)
    assert (rows[1], rows[2], rows[7]) == (("thing", "none", 10), ("thing", "m", 20), ("thing", "none", None))
    client.post("/goods?columns=id,price", {"id": 2}, prefer=prefer).expect(200, 201)
    assert rows_of(client)[2] == ("thing", "m", None)
    error = client.post("/goods?columns=id,nix", {"id": 2}, prefer=prefer).expect(400).json()
    assert error["code"] == "PGRST204"


def test_a_tag_guards_a_merged_row_with_missing_default(make):
    client = make(resources={"*": {"etag_field": "etag"}})
    tag = client.get("/goods/1").expect(200).json()["etag"]
    prefer = "resolution=merge-duplicates, missing=default"
    client.post("/goods?columns=id,note,etag", [{"id": 1, "etag": tag}], prefer=prefer).expect(400)
    client.post("/goods?columns=id,note", [{"id": 1, "etag": tag}], prefer=prefer).expect(200)
    assert rows_of(client)[1] == ("a", "none", 10)
    client.post("/goods?columns=id,note", [{"id": 1, "etag": tag}], prefer=prefer).expect(412)


# ---- fields ----


@pytest.mark.parametrize("accept, status", [("undefined", 406), ("null", 406), ("undefined, application/json", 200),
                                            ("*/*", 200), ("", 200), ("*", 200), ("nix/nix", 406)])
def test_accept_that_names_no_type(make, accept, status):
    answer = make().get("/goods", accept=accept).expect(status)
    if status == 406:
        assert answer.json()["code"] == "PGRST107" and accept in answer.json()["message"]


def test_accept_that_names_no_type_in_midairs_own_dialect(make):
    make("midair").get("/goods", accept="undefined").expect(200)


@pytest.mark.parametrize("type, status", [
    ("application/json; charset", 201), ("application/json;charset=", 201), ("application/json; utf-8", 201),
    ("application/json; charset=latin1", 201), ("application/json;", 201), ("application/json; charset=utf-8; charset=x", 201),
    ("charset=utf-8", 415), (";charset=utf-8", 415), ("application/jsonx; charset=utf-8", 415)])
def test_parameters_of_content_type(make, type, status):
    client = make()
    client.post("/goods", b'{"id": 8}', type=type).expect(status)
    assert (8 in rows_of(client)) == (status == 201)


def test_content_that_is_not_utf_8_whatever_its_type_says(make):
    make().post("/goods", b'{"id": 8, "name": "\xe9"}', type="application/json; charset=latin1").expect(400)


@pytest.mark.parametrize("target, expected", [("/goods?note=eq.x&id=eq.1", "/goods?id=eq.1&note=eq.x"), ("/goods", "/goods"),
                                              ("/goods?", "/goods"), ("/goods?select=id&&id=gt.1&", "/goods?id=gt.1&select=id"),
                                              ("/goods/1?select=id", "/goods/1?select=id")])
def test_content_location_of_reads(make, target, expected):
    client = make()
    for method in ("GET", "HEAD"):
        assert client.request(method, target).expect(200).get("Content-Location") == expected


def test_content_location_has_the_base_path_and_no_call_has_one(make):
    client = make(base_path="/api")
    assert client.get("/goods?b=1&id=eq.1").status == 400
    assert client.get("/goods?select=id&id=eq.1").expect(200).get("Content-Location") == "/api/goods?id=eq.1&select=id"
    assert client.post("/rpc/crash", {}).expect(500).get("Content-Location") is None


def names_of(answer):
    return [part.split(";")[0].strip() for part in answer.get("Server-Timing").split(",")]


def test_parts_of_server_timing(make):
    client = make()
    assert names_of(client.get("/goods").expect(200)) == ["parse", "plan", "transaction", "response", "total"]
    assert names_of(client.post("/goods", {"id": 1}).expect(409)) == ["parse", "plan", "transaction", "total"]
    assert names_of(client.get("/goods?id=nix.1").expect(400)) == ["total"]
    assert names_of(client.get("/nix").expect(404)) == ["total"]


# ---- embedded rows ----


@pytest.mark.parametrize("page, shown", [("", True), ("&goods.limit=1", True), ("&goods.offset=0", True),
                                         ("&goods.offset=1", False), ("&goods.limit=0", False),
                                         ("&goods.limit=5&goods.offset=2", False)])
@pytest.mark.parametrize("dialect", ["postgrest", "midair"])
def test_pages_of_an_embedded_parent(make, page, shown, dialect):
    client = make(dialect)
    rows = client.get(f"/parts?select=id,goods(name){page}&order=id").expect(200).json()
    assert [row["goods"] for row in rows] == ([{"name": "a"}] if shown else [None]) * 2
    inner = client.get(f"/parts?select=id,goods!inner(name){page}&order=id", prefer="count=exact").expect(200).json()
    assert len(inner) == (2 if shown else 0)


# ---- errors ----


def test_messages_of_server_errors(make):
    hidden = make().post("/rpc/crash", {}).expect(500).json()
    assert "pump" not in str(hidden)
    shown = make(verbose_errors="on").post("/rpc/crash", {}).expect(500).json()
    assert shown == {"code": "58000", "message": "the pump is dry", "details": None, "hint": None}


def test_messages_of_server_errors_in_midairs_own_dialect(make):
    client = make("midair", verbose_errors="on")
    problem = client.post("/rpc/crash", {}).problem(500)
    assert problem["details"] == "the pump is dry" and problem["code"] == "58000"
    assert "pump" not in problem["detail"]
    assert client.get("/goods?nix=eq.1").problem(400)["details"] is None
