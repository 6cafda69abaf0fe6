"""PostgREST's execution plans (references/observability, "Execution plan"): application/vnd.pgrst.plan, behind `plans = on`."""

import pytest

import tables
from midair import SHOP

PLAN = "application/vnd.pgrst.plan"
ANALYZE = PLAN + "+json; options=analyze"

FUNCTIONS = """
CREATE FUNCTION note_place(name text) RETURNS text LANGUAGE sql AS 'INSERT INTO places VALUES ($1) RETURNING name';
CREATE FUNCTION few(most bigint) RETURNS SETOF customers LANGUAGE sql STABLE AS 'SELECT * FROM customers WHERE id <= most';
CREATE FUNCTION silence() RETURNS void LANGUAGE sql STABLE AS '';
CREATE FUNCTION mark() RETURNS xml LANGUAGE sql STABLE AS $$ SELECT '<m/>'::xml $$;
"""


database = tables.database(FUNCTIONS + "INSERT INTO places VALUES ('here', 'as it was')", like=SHOP)


@pytest.fixture(scope="module")
def config():
    return {"server": {"plans": "on"}}


@pytest.fixture(scope="module")
def here(database):
    return database.row("places", name="here")


@pytest.fixture
def unchanged(database, here):
    yield
    assert database.sql("SELECT * FROM places") == [tuple(here.values())]


@pytest.mark.parametrize(
    "accept, type",
    [
        (PLAN, PLAN + '+text; for="application/json"'),
        (PLAN + "+text", PLAN + '+text; for="application/json"'),
        (PLAN + "+json", PLAN + '+json; for="application/json"'),
        (PLAN + '+json; for="text/csv"', PLAN + '+json; for="text/csv"'),
        (PLAN + '; for="application/vnd.pgrst.object"', PLAN + '+text; for="application/vnd.pgrst.object+json"'),
        (PLAN + '+json; for="application/vnd.pgrst.array+json;nulls=stripped"',
         PLAN + '+json; for="application/vnd.pgrst.array+json;nulls=stripped"'),
        (PLAN + "; options=verbose", PLAN + '+text; for="application/json"; options=verbose'),
        (PLAN + "; options=wal|buffers|analyze|settings|verbose",
         PLAN + '+text; for="application/json"; options=analyze|verbose|settings|buffers|wal'),
        (PLAN + "; options=nothing|verbose", PLAN + '+text; for="application/json"; options=verbose'),
        (PLAN + "; options=", PLAN + '+text; for="application/json"'),
        (PLAN + '+text; for="text/csv"; options=;', PLAN + '+text; for="text/csv"'),
        (PLAN + "; for=text/csv;options=verbose", PLAN + '+text; for="text/csv"; options=verbose'),
        (PLAN + '+json; for="application/json"; options=analyze;',
         PLAN + '+json; for="application/json"; options=analyze'),
        (PLAN + "+json, text/html", PLAN + '+json; for="application/json"'),
    ],
)
def test_the_type_says_what_was_explained(client, accept, type):
    for target in ("/customers?id=lt.4", "/customers/1"):
        answer = client.get(target, accept=accept).expect(200)
        assert answer.get("Content-Type") == type + "; charset=utf-8"
        assert answer.etag is None and answer.get("Last-Modified") is None and answer.get("Cache-Control") == "no-store"
        head = client.head(target, accept=accept).expect(200)
        assert head.get("Content-Type") == answer.get("Content-Type")


@pytest.mark.parametrize("accept, listed", [(PLAN + '; for="text/html"', PLAN), (PLAN + "+xml", PLAN + "+xml"),
                                            (PLAN + '; for="application/vnd.pgrst.plan"', PLAN), (PLAN + "; for=x", PLAN),
                                            (PLAN + ";q=0", PLAN)])
def test_what_is_not_shown_has_no_plan(client, accept, listed):
    error = client.get("/customers", accept=accept).problem(406)
    assert (error["code"], error["message"]) == ("PGRST107", "None of these media types are available: " + listed)


def nodes(plan):
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


@pytest.mark.parametrize(
    "label, target, relations",
    [
        ("a list", "/customers?id=in.(1,2)", {"customers"}),
        ("an item", "/customers/1", {"customers"}),
        ("an embed", "/orders?select=id,customers(name)", {"orders", "customers"}),
        ("a nested list", "/orders/1/items", {"orders", "items"}),
        ("a function", "/rpc/few?most=3&id=eq.2", {"customers"}),
        ("aggregates", "/customers?select=id.max()", {"customers"}),
    ],
)
def test_reads(client, label, target, relations):
    shown = client.get(target, accept=PLAN + "+json").expect(200).json()
    assert len(shown) == 1, label
    assert relations <= {n.get("Relation Name") for n in nodes(shown[0]["Plan"])}, label
    assert "cost=" in client.get(target, accept=PLAN).expect(200).text.split("\n")[0]
    assert all("Actual Rows" in n for n in nodes(client.get(target, accept=ANALYZE).expect(200).json()[0]["Plan"]))


def test_options(client):
    def shown(options):
        return client.get("/customers?id=lt.4", accept=f"{PLAN}+json; options={options}").expect(200).json()[0]

    assert "Output" not in shown("")["Plan"] and "Output" in shown("verbose")["Plan"]
    assert "Settings" in shown("settings") or "Settings" not in shown("")
    assert "Shared Hit Blocks" in shown("buffers")["Planning"]
    assert "WAL Records" in shown("analyze|wal")["Plan"]
    assert "Actual Rows" not in shown("verbose|buffers")["Plan"]
    error = client.get("/customers", accept=PLAN + "; options=wal").problem(400)
    assert error["code"] == "22023" and error["detail"] == "EXPLAIN option WAL requires ANALYZE"


def test_counts_are_in_the_plan(client):
    plain = client.get("/customers", accept=PLAN).expect(200).text
    counted = client.get("/customers", accept=PLAN, prefer="count=exact").expect(200).text
    assert "Aggregate" not in plain and "Aggregate" in counted


@pytest.mark.parametrize("options", ["", "; options=analyze"])
@pytest.mark.parametrize(
    "label, write, node",
    [
        ("post", lambda c, **m: c.post("/places", {"name": "new"}, **m), "Insert on places"),
        ("post of rows", lambda c, **m: c.post("/places", [{"name": "n1"}, {"name": "n2"}], **m), "Insert on places"),
        ("upsert", lambda c, **m: c.post("/places", {"name": "here", "note": "x"}, if_match="*",
                                         prefer="resolution=merge-duplicates", **m), "Conflict Resolution: UPDATE"),
        ("duplicates ignored", lambda c, **m: c.post("/places", {"name": "here"}, prefer="resolution=ignore-duplicates", **m),
         "Conflict Resolution: NOTHING"),
        ("put of a new row", lambda c, **m: c.put("/places/new", {"note": "x"}, if_none_match="*", **m), "Insert on places"),
        ("put", lambda c, **m: c.put("/places/here", {"note": "x"}, if_match="*", **m), "Update on places"),
        ("put by filter", lambda c, **m: c.put("/places?name=eq.here", {"name": "here"}, if_match="*", **m),
         "Update on places"),
        ("patch", lambda c, **m: c.patch("/places/here", {"note": "x"}, if_match="*", **m), "Update on places"),
        ("json patch", lambda c, **m: c.patch("/places/here", [{"op": "replace", "path": "/note", "value": "x"}], if_match="*",
                                              type="application/json-patch+json", **m), "Update on places"),
        ("patch by filter", lambda c, **m: c.patch("/places?note=not.is.null", {"note": "x"}, if_match="*", **m),
         "Update on places"),
        ("delete", lambda c, **m: c.delete("/places/here", if_match="*", **m), "Delete on places"),
        ("delete by filter", lambda c, **m: c.delete("/places?name=eq.here", if_match="*", **m), "Delete on places"),
        ("a function that writes", lambda c, **m: c.post("/rpc/note_place", {"name": "new"}, **m), "note_place"),
    ],
)
def test_writes_are_explained_and_not_made(client, unchanged, label, write, node, options):
    answer = write(client, accept=PLAN + options).expect(200)
    assert node in answer.text, label
    assert ("actual time" in answer.text) == bool(options), label
    assert answer.etag is None and answer.get("Location") is None and answer.get("Content-Range") is None, label


def test_a_write_by_filter_shows_how_its_rows_are_found(client, unchanged):
    shown = client.patch("/places?note=eq.none", {"note": "x"}, if_match="*", accept=PLAN + "+json").expect(200).json()
    assert len(shown) == 1 and "LockRows" in {n["Node Type"] for n in nodes(shown[0]["Plan"])}
    shown = client.patch("/places?name=eq.here", {"note": "x"}, if_match="*", accept=ANALYZE).expect(200).json()
    assert [s["Plan"]["Node Type"] for s in shown] == ["Limit", "ModifyTable"]
    assert "\n\nUpdate on" not in client.patch("/places?name=eq.here", {"note": "x"}, if_match="*", accept=PLAN).text


@pytest.mark.parametrize("options", ["", "; options=analyze"])
@pytest.mark.parametrize(
    "label, write, status",
    [
        ("patch without", lambda c, **m: c.patch("/places/here", {"note": "x"}, **m), 428),
        ("patch, stale", lambda c, **m: c.patch("/places/here", {"note": "x"}, if_match='"1.1.aaaaaaaaaaaaaaaaaaaa"', **m), 412),
        ("patch, none there", lambda c, **m: c.patch("/places/none", {"note": "x"}, if_match="*", **m), 404),
        ("patch by filter without", lambda c, **m: c.patch("/places?name=eq.here", {"note": "x"}, **m), 428),
        ("patch by filter, stale", lambda c, **m: c.patch("/places?name=eq.here", {"note": "x"}, if_match='"x"', **m), 412),
        ("put, it is there", lambda c, **m: c.put("/places/here", {"note": "x"}, if_none_match="*", **m), 412),
        ("put, it is not", lambda c, **m: c.put("/places/none", {"note": "x"}, if_match='"x"', **m), 412),
        ("delete without", lambda c, **m: c.delete("/places/here", **m), 428),
        ("delete, stale", lambda c, **m: c.delete("/places/here", if_match='"x"', **m), 412),
        ("upsert without", lambda c, **m: c.post("/places", {"name": "here"}, prefer="resolution=merge-duplicates", **m), 406),
        ("another row is stale", lambda c, **m: c.post("/places", {"name": "new"},
                                                       headers={"Midair-If-Match": '</places/here> "x"'}, **m), 412),
        ("a value that is none", lambda c, **m: c.post("/orders", {"customer_id": "x"}, **m), 400),
    ],
)
def test_a_plan_is_no_way_around_a_precondition(client, unchanged, label, write, status, options):
    answer = write(client, accept=PLAN + options)
    assert answer.status == status, repr(answer)
    assert answer.type == "application/problem+json", label


def test_what_the_work_comes_upon_is_an_error_where_it_is_carried_out(client, unchanged):
    client.delete("/customers/1", if_match="*", accept=PLAN).expect(200)
    assert client.delete("/customers/1", if_match="*", accept=ANALYZE).problem(409)["blocked_by"]
    client.post("/places", {"name": "here"}, accept=PLAN).expect(200)
    assert client.post("/places", {"name": "here"}, accept=ANALYZE).problem(409)["code"] == "23505"


@pytest.mark.parametrize(
    "label, write",
    [
        ("rows of two kinds", lambda c: c.post("/places", [{"name": "n1"}, {"name": "n2", "note": "x"}], accept=ANALYZE)),
        ("no rows", lambda c: c.post("/places", [], accept=ANALYZE)),
        ("an array of keys", lambda c: c.patch("/places", [{"name": "here", "note": "x"}], if_match="*", accept=ANALYZE)),
        ("a patch that needs each row", lambda c: c.patch("/places?name=eq.here", [{"op": "remove", "path": "/note"}],
                                                          type="application/json-patch+json", if_match="*", accept=ANALYZE)),
    ],
)
def test_several_statements_have_no_plan(client, unchanged, label, write):
    assert write(client).problem(406)["code"] == "PGRST107", label


def test_functions(client):
    assert "text/xml" in client.get("/rpc/mark", accept=PLAN + '; for="text/xml"').expect(200).get("Content-Type")
    assert client.get("/rpc/few?most=1", accept=PLAN + '; for="text/xml"').expect(406).json()["code"] == "PGRST107"
    assert "silence" in client.get("/rpc/silence", accept=PLAN).expect(200).text
    assert client.post("/rpc/few", {"most": 1}, accept=PLAN).expect(200).etag is None


def test_conditions_of_a_read_do_not_make_a_304_of_a_plan(client):
    tag = client.tag("/customers/1")
    assert client.get("/customers/1", accept=PLAN, if_none_match=tag).expect(200).text
    assert client.get("/customers/1", accept=PLAN, if_none_match="*").expect(200).text


def test_without_the_setting_there_are_no_plans(database, start, unchanged):
    with start(database).client() as client:
        for accept in (PLAN, PLAN + "+json", PLAN + "+text", ANALYZE):
            for answer in (client.get("/customers", accept=accept), client.get("/rpc/few?most=1", accept=accept),
                           client.delete("/places/here", accept=accept, if_match="*")):
                assert answer.problem(406)["code"] == "PGRST107"
        assert client.get("/customers?id=eq.1", accept=PLAN + ", */*;q=0.1").expect(200).type == "application/json"
