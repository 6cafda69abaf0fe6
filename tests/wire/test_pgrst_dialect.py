"""dialect = postgrest: defaults, statuses and error bodies as clients of PostgREST expect them (docs/http.md section 7)."""

import itertools

import pytest

_names = itertools.count(1)

OBJECT = "application/vnd.pgrst.object+json"


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest"}}


def fresh():
    return f"d{next(_names)}"


def test_writes_say_little_by_default(client, database):
    name = fresh()
    made = client.post("/places", {"name": name, "note": "a"}).expect(201)
    assert made.body == b""
    changed = client.patch(f"/places?name=eq.{name}", {"note": "b"}).expect(204)
    assert changed.body == b"" and database.row("places", name=name)["note"] == "b"
    client.delete(f"/places?name=eq.{name}").expect(204)
    assert database.row("places", name=name) is None


@pytest.mark.quick
def test_representations_are_arrays_without_tags(client):
    name = fresh()
    rep = {"prefer": "return=representation"}
    assert [r["name"] for r in client.post("/places", {"name": name}, **rep).expect(201).json()] == [name]
    changed = client.patch(f"/places?name=eq.{name}", {"note": "b"}, **rep).expect(200).json()
    assert [r["note"] for r in changed] == ["b"] and "etag" not in changed[0]
    put = client.put(f"/places?name=eq.{name}", {"name": name, "note": "c"}, **rep).expect(200).json()
    assert [r["note"] for r in put] == ["c"]
    assert client.patch("/places?name=eq.none", {"note": "b"}, **rep).expect(200).json() == []
    assert client.delete("/places?name=eq.none", **rep).expect(200).json() == []
    assert [r["name"] for r in client.delete(f"/places?name=eq.{name}", **rep).expect(200).json()] == [name]


def test_headers_only(client):
    name = fresh()
    answer = client.post("/places", {"name": name}, prefer="return=headers-only").expect(201)
    assert answer.body == b"" and name in answer.get("Location")
    assert "return=headers-only" in answer.get("Preference-Applied")


def test_status_of_upserts(client):
    name = fresh()
    merge = {"prefer": "resolution=merge-duplicates"}
    client.post("/places", [{"name": name}], **merge).expect(201)
    client.post("/places", [{"name": name, "note": "x"}], **merge).expect(200)
    client.post("/places", [{"name": name}], prefer="resolution=ignore-duplicates").expect(201)
    client.put(f"/places?name=eq.{fresh()}", {"note": "x"}).expect(201)


def test_no_precondition_is_needed_but_heard(client, database):
    made = database.insert("orders", note="a")
    tag = client.get(f"/orders?id=eq.{made}", accept=OBJECT).expect(200).etag
    client.patch(f"/orders?id=eq.{made}", {"note": "b"}, if_match=tag).expect(204)
    client.patch(f"/orders?id=eq.{made}", {"note": "c"}, if_match=tag).expect(412)
    assert database.row("orders", id=made)["note"] == "b"


def test_rows_must_name_the_same_columns(client, database):
    a, b = fresh(), fresh()
    rows = [{"name": a}, {"name": b, "note": "x"}]
    error = client.post("/places", rows).expect(400).json()
    assert (error["code"], error["message"]) == ("PGRST102", "All object keys must match")
    assert database.row("places", name=a) is None
    client.post("/places?columns=name,note", rows).expect(201)
    client.post("/places", [{"name": fresh()}, {"name": fresh(), "note": "x"}], prefer="missing=default").expect(201)
    error = client.post("/products?columns=sku,name", [{"sku": fresh()}]).expect(400).json()
    assert error["code"] == "23502"
    client.post("/products?columns=sku,name", [{"sku": fresh()}], prefer="missing=default").expect(201)


@pytest.mark.parametrize("prefer, status", [("max-affected=1", 204), ("handling=strict, max-affected=1", 400),
                                            ("handling=lenient, max-affected=1", 204),
                                            ("handling=strict, max-affected=2", 204)])
def test_max_affected_needs_strict(client, database, prefer, status):
    mark = fresh()
    for _ in range(2):
        database.insert("places", "name", name=fresh(), note=mark)
    answer = client.patch(f"/places?note=eq.{mark}", {"note": mark}, prefer=prefer).expect(status)
    assert status == 204 or answer.json()["code"] == "PGRST124"


@pytest.mark.parametrize(
    "label, method, target, body, status, code",
    [
        ("unknown table", "GET", "/nope", None, 404, "PGRST205"),
        ("unknown column", "GET", "/orders?nope=eq.1", None, 400, "42703"),
        ("bad filter", "GET", "/orders?id=1", None, 400, "PGRST100"),
        ("bad order", "GET", "/orders?order=id.sideways", None, 400, "PGRST100"),
        ("bad value", "GET", "/orders?id=eq.x", None, 400, "22P02"),
        ("broken JSON", "POST", "/orders", "{", 400, "PGRST102"),
        ("no content", "POST", "/orders", "", 400, "PGRST102"),
        ("a scalar", "POST", "/orders", "17", 400, "PGRST102"),
        ("unknown column in content", "POST", "/orders", '{"nope": 1}', 400, "PGRST204"),
        ("unique", "POST", "/customers", '{"name": "x", "email": "c1@example.org"}', 409, "23505"),
        ("foreign key", "POST", "/items", '{"order_id": 0}', 409, "23503"),
        ("not null", "POST", "/items", '{"order_id": null}', 400, "23502"),
        ("check", "POST", "/orders", '{"total": -1}', 400, "23514"),
        ("method", "POST", "/_live", "{}", 405, None),
        ("unique that is none", "POST", "/orders?on_conflict=note", "[{}]", 201, None),
    ],
)
def test_errors_are_bare_objects(client, label, method, target, body, status, code):
    answer = client.request(method, target, body).expect(status)
    if code:
        error = answer.json()
        assert set(error) == {"code", "message", "details", "hint"} and error["code"] == code, (label, error)
        assert error["message"] and answer.type == "application/json"
        assert "c1@example.org" not in answer.text


def test_strict_preferences(client):
    assert client.get("/orders?limit=1", prefer="handling=strict, nonsense").expect(400).json()["code"] == "PGRST122"
    client.get("/orders?limit=1", prefer="handling=lenient, nonsense").expect(200)


def test_lists_have_content_range(client):
    assert client.get("/customers?id=lt.4").expect(200).get("Content-Range") == "0-2/*"
    assert client.get("/customers?id=eq.0").expect(200).get("Content-Range") == "*/*"
    assert client.get("/customers?id=lt.4", prefer="count=exact").expect(200).get("Content-Range") == "0-2/3"
    assert client.head("/customers", prefer="count=exact").expect(200).get("Content-Range").endswith("/20")
