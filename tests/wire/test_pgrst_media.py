"""PostgREST's media types out ("Media Types", "Resource Representation"): object, array, nulls=stripped, CSV, and their tags."""

import csv
import io

import pytest

import midair as harness

OBJECT = "application/vnd.pgrst.object+json"
ARRAY = "application/vnd.pgrst.array+json"


@pytest.fixture(scope="module")
def config():
    return {"resources": {"places": {"if_match": "optional"}}}


@pytest.fixture
def place(database, request):
    name = f"m {abs(hash(request.node.name)) % 10**9}"
    database.sql("DELETE FROM places WHERE name = %s", name)
    database.insert("places", "name", name=name, note=None)
    return name


def escaped(text):
    return text.replace(" ", "%20")


@pytest.mark.parametrize(
    "label, accept, target, type, body",
    [
        ("list", None, "/customers?id=eq.1&select=id,notes", "application/json", [{"id": 1, "notes": None}]),
        ("object", OBJECT, "/customers?id=eq.1&select=id,notes", OBJECT, {"id": 1, "notes": None}),
        ("object stripped", OBJECT + ";nulls=stripped", "/customers?id=eq.1&select=id,notes", OBJECT, {"id": 1}),
        ("array", ARRAY, "/customers?id=eq.1&select=id,notes", ARRAY, [{"id": 1, "notes": None}]),
        ("array stripped", ARRAY + ";nulls=stripped", "/customers?id=eq.1&select=id,notes", ARRAY, [{"id": 1}]),
        ("item", None, "/customers/1?select=id", "application/json", {"id": 1}),
        ("item as object", OBJECT, "/customers/1?select=id", OBJECT, {"id": 1}),
        ("item as array", ARRAY, "/customers/1?select=id", ARRAY, [{"id": 1}]),
        ("item stripped", OBJECT + "; nulls=stripped", "/customers/1?select=id,notes", OBJECT, {"id": 1}),
        ("a choice", "text/html, " + OBJECT, "/customers?id=eq.1&select=id", OBJECT, {"id": 1}),
        ("weights", "text/csv;q=0.1, application/json;q=0.2", "/customers?id=eq.1&select=id", "application/json", [{"id": 1}]),
        ("anything", "*/*", "/customers?id=eq.1&select=id", "application/json", [{"id": 1}]),
        ("nothing but the type", "application/*", "/customers/1?select=id", "application/json", {"id": 1}),
        ("object by its short name", OBJECT[:-5], "/customers?id=eq.1&select=id", OBJECT, {"id": 1}),
        ("short and stripped", OBJECT[:-5] + ";nulls=stripped", "/customers?id=eq.1&select=id,notes", OBJECT, {"id": 1}),
        ("array by its short name", ARRAY[:-5] + ";nulls=stripped", "/customers/1?select=id,notes", ARRAY, [{"id": 1}]),
        ("letters of any case", "Application/VND.pgrst.Object+JSON", "/customers?id=eq.1&select=id", OBJECT, {"id": 1}),
        ("an empty parameter", OBJECT + ";", "/customers?id=eq.1&select=id", OBJECT, {"id": 1}),
        ("a star does not mean CSV", "text/*, application/json;q=0.5", "/customers/1?select=id", "application/json",
         {"id": 1}),
        ("unknown ones are passed over", "image/png, x/y;q=0.9, */*;q=0.1", "/customers/1?select=id", "application/json",
         {"id": 1}),
        ("what a browser sends", "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8",
         "/customers?id=eq.1&select=id", "application/json", [{"id": 1}]),
    ],
)
def test_envelopes(client, label, accept, target, type, body):
    answer = client.get(target, accept=accept).expect(200)
    assert answer.type == type, label
    shown = answer.json()
    for row in shown if isinstance(shown, list) else [shown]:
        row.pop("etag", None)
    assert shown == body, label
    assert client.head(target, accept=accept).expect(200).etag == answer.etag


@pytest.mark.parametrize(
    "accept, listed",
    [
        ("text/html", "text/html"),
        ("application/xml", "application/xml"),
        ("application/json;q=0", "application/json"),
        ("text/csv;q=0, text/plain", "text/csv, text/plain"),
        ("text/*", "text/*"),
        ("application/geo+json", "application/geo+json"),
        ("application/vnd.pgrst.plan", "application/vnd.pgrst.plan"),
        ("undefined/undefined", "undefined/undefined"),
        (OBJECT + "x", OBJECT + "x"),
        (", ".join(f"a/b{i}" for i in range(20)), ", ".join(f"a/b{i}" for i in range(16))),
    ],
)
def test_not_acceptable(client, accept, listed):
    for target in ("/customers", "/customers/1"):
        error = client.get(target, accept=accept).problem(406)
        assert (error["code"], error["message"]) == ("PGRST107", "None of these media types are available: " + listed)
    assert client.patch("/places?name=eq.nobody", {"note": "x"}, accept=accept).problem(406)["code"] == "PGRST107"


def test_bytes_that_are_no_text_do_not_break_the_error(client):
    error = client.get("/customers", headers={"Accept": b'x/y, text/\xff, "a'}).problem(406)
    assert error["code"] == "PGRST107" and "x/y" in error["message"]


@pytest.mark.parametrize("target, rows", [("/customers?id=eq.0", 0), ("/customers", 20),
                                          ("/customers?id=lt.3", 2), ("/customers?limit=0", 0)])
def test_an_object_is_one_row(client, target, rows):
    error = client.get(target, accept=OBJECT).expect(406).json()
    assert (error["code"], error["details"]) == ("PGRST116", f"The result contains {rows} rows")


def test_one_row_has_the_tag_of_its_item(client, database, place):
    target = f"/places?name=eq.{escaped(place)}"
    item = client.tag(f"/places/{escaped(place)}").strip('"')
    answer = client.get(target, accept=OBJECT).expect(200)
    assert answer.etag.strip('"').startswith(item + "~")
    assert client.get(target, accept=OBJECT, if_none_match=answer.etag).status == 304
    assert client.get(target, accept=OBJECT + ";nulls=stripped", if_none_match=answer.etag).status == 200
    assert answer.get("Content-Range") == "0-0/*"
    changed = client.patch(target, {"note": "x"}, accept=OBJECT, if_match=answer.etag).expect(200)
    assert changed.json()["note"] == "x" and changed.type == OBJECT
    client.patch(target, {"note": "y"}, accept=OBJECT, if_match=answer.etag).expect(412)
    client.patch(target, {"note": "y"}, accept=OBJECT, if_match=changed.etag).expect(200)


def test_every_envelope_has_its_own_tag(client):
    accepts = [None, OBJECT, OBJECT + ";nulls=stripped", ARRAY, ARRAY + ";nulls=stripped", "text/csv"]
    tags = [client.get("/customers/1", accept=accept).expect(200).etag for accept in accepts]
    assert len(set(tags)) == len(accepts)
    assert len({t.strip('"').split("~")[0] for t in tags}) == 1
    for tag in tags:
        client.get("/customers/1", if_match=tag).expect(200)


def test_every_envelope_of_a_list_has_its_own_tag(client):
    """Equal bytes under another media type are another representation."""
    target = "/customers?id=lt.3&select=id"
    answers = [client.get(target, accept=accept).expect(200) for accept in (None, ARRAY, ARRAY + ";nulls=stripped", "text/csv")]
    assert len({a.etag for a in answers}) == 4
    assert answers[0].body == answers[1].body
    for answer, accept in zip(answers, (None, ARRAY, ARRAY + ";nulls=stripped", "text/csv")):
        assert client.get(target, accept=accept, if_none_match=answer.etag).status == 304
        assert "accept" in answer.members("Vary")
    assert client.get(target, accept=ARRAY, if_none_match=answers[0].etag).status == 200
    assert client.get(target, if_none_match=answers[1].etag).status == 200


def test_a_write_of_other_than_one_row_is_undone(client, database):
    for name in ("s1", "s2"):
        database.insert("places", "name", name=name, note="single")
    target = "/places?note=eq.single"
    writes = [
        lambda: client.patch(target, {"note": "z"}, accept=OBJECT),
        lambda: client.delete(target, accept=OBJECT),
        lambda: client.patch("/places?note=eq.nobody", {"note": "z"}, accept=OBJECT),
        lambda: client.delete("/places?note=eq.nobody", accept=OBJECT),
        lambda: client.post("/places", [{"name": "s3"}, {"name": "s4"}], accept=OBJECT),
        lambda: client.post("/places", [], accept=OBJECT),
        lambda: client.post("/places", [{"name": "s5"}, {"name": "s1"}], accept=OBJECT,
                            prefer="resolution=merge-duplicates"),
        lambda: client.patch(target, {"note": "z"}, accept=OBJECT, prefer="return=minimal"),
    ]
    for write in writes:
        assert write().expect(406).json()["code"] == "PGRST116"
    assert database.one("SELECT count(*) FROM places WHERE note = 'single'") == 2
    assert database.one("SELECT count(*) FROM places WHERE name IN ('s3', 's4', 's5')") == 0
    made = client.post("/places", [{"name": "s6", "note": "one"}], accept=OBJECT).expect(201)
    assert made.json()["name"] == "s6" and made.etag and made.get("Location").endswith("/s6")
    gone = client.delete("/places?name=eq.s6", accept=OBJECT, prefer="return=representation").expect(200)
    assert gone.json()["name"] == "s6"


def rows_of(answer):
    assert answer.type == "text/csv"
    return list(csv.reader(io.StringIO(answer.text, newline="")))


def test_csv(client, database):
    database.sql("DELETE FROM products WHERE sku LIKE 'csv%%'")
    database.insert("products", "sku", sku="csv1", name='a, "b"\nc', data='{"x": [1]}', price="0.10")
    database.insert("products", "sku", sku="csv2", name="")
    answer = client.get("/products?select=sku,name,price,d:data&sku=gte.csv1&sku=lte.csv2&order=sku", accept="text/csv").expect(200)
    assert rows_of(answer) == [["sku", "name", "price", "d"], ["csv1", 'a, "b"\nc', "0.10", '{"x": [1]}'],
                               ["csv2", "", "", ""]]
    assert answer.text.endswith('\r\ncsv2,"",,\r\n')
    assert client.get("/products?select=sku,name,price,d:data&sku=gte.csv1&sku=lte.csv2&order=sku",
                      accept="text/csv", if_none_match=answer.etag).status == 304
    item = client.get("/products/csv1?select=sku,price", accept="text/csv").expect(200)
    assert rows_of(item) == [["sku", "price"], ["csv1", "0.10"]]
    assert rows_of(client.get("/products?sku=eq.none&select=sku", accept="text/csv").expect(200)) == [["sku"]]
    assert "etag" not in rows_of(client.get("/products", accept="text/csv"))[0]


def test_csv_goes_round(client, database):
    database.sql("DELETE FROM places WHERE note = 'round'")
    for name in ("r,1", 'r"2', "r\n3", "r 4"):
        database.insert("places", "name", name=name, note="round")
    text = client.get("/places?select=name,note&note=eq.round&order=name", accept="text/csv").expect(200).body
    database.sql("DELETE FROM places WHERE note = 'round'")
    client.post("/places", text, type="text/csv").expect(201)
    assert database.one("SELECT count(*) FROM places WHERE name IN ('r,1', 'r\"2', E'r\\n3', 'r 4')") == 4


def test_writes_answer_in_csv(client):
    answer = client.post("/places?select=name,note", [{"name": "w1"}, {"name": "w2"}], accept="text/csv").expect(201)
    assert rows_of(answer) == [["name", "note"], ["w1", ""], ["w2", ""]]


def test_nulls_are_left_out_at_every_depth(client, database):
    database.sql("DELETE FROM products WHERE sku = 'deep'")
    database.insert("products", "sku", sku="deep", data='{"a": null, "b": [null, {"c": null, "d": 1.50}]}')
    answer = client.get("/products/deep?select=sku,data,price", accept=OBJECT + ";nulls=stripped").expect(200)
    shown = answer.json()
    shown.pop("etag")
    assert shown == {"sku": "deep", "data": {"b": [None, {"d": answer.json()["data"]["b"][1]["d"]}]}}
    assert "1.50" in answer.text


def test_errors_stay_problems(client):
    assert client.get("/customers?nope=eq.1", accept=OBJECT).expect(400).type == "application/problem+json"
    assert client.get("/customers/0", accept="text/csv").expect(404).type == "application/problem+json"


VALUES = """
CREATE FUNCTION a_json() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '{"a": null, "b": [{"c": null, "d": 1.50}]}'::json $$;
CREATE FUNCTION jsons(n int) RETURNS SETOF json LANGUAGE sql STABLE AS $$ SELECT '{"a": null, "b": 1}'::json FROM generate_series(1, n) $$;
CREATE FUNCTION a_number() RETURNS int LANGUAGE sql STABLE AS 'SELECT 3';
CREATE FUNCTION numbers(n int) RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT * FROM generate_series(1, n)';
CREATE FUNCTION few(most bigint) RETURNS SETOF customers LANGUAGE sql STABLE AS 'SELECT * FROM customers WHERE id <= most';
CREATE FUNCTION a_row() RETURNS customers LANGUAGE sql STABLE AS 'SELECT * FROM customers WHERE id = 1';
CREATE FUNCTION all_to(w text) RETURNS SETOF places LANGUAGE sql AS 'UPDATE places SET note = w WHERE note LIKE $$fn%$$ RETURNING *';
"""


@pytest.fixture(scope="module")
def functions(database, server):
    database.sql(VALUES)
    database.sql("NOTIFY midair, 'reload'")
    with server.client() as client:
        harness.eventually(lambda: client.get("/rpc/a_number").status == 200)


@pytest.mark.parametrize(
    "label, target, accept, type, body",
    [
        ("a value stripped", "a_json", ARRAY + ";nulls=stripped", ARRAY, '{"b":[{"d":1.50}]}'),
        ("as an object", "a_json", OBJECT + ";nulls=stripped", OBJECT, '{"b":[{"d":1.50}]}'),
        ("a number is an object too", "a_number", OBJECT, OBJECT, "3"),
        ("values stripped", "jsons?n=2", ARRAY + ";nulls=stripped", ARRAY, '[{"b":1},{"b":1}]'),
        ("rows stripped", "few?most=1&select=id,notes", ARRAY + ";nulls=stripped", ARRAY, '[{"id":1}]'),
        ("one row of a set", "few?most=1&select=id,notes", OBJECT, OBJECT, '{"id":1,"notes":null}'),
        ("one row of a set, stripped", "few?most=1&select=id,notes", OBJECT + ";nulls=stripped", OBJECT, '{"id":1}'),
        ("a row", "a_row?select=id", OBJECT, OBJECT, '{"id":1}'),
        ("CSV of rows", "few?most=2&select=id,notes", "text/csv", "text/csv", "id,notes\r\n1,\r\n2,\r\n"),
        ("CSV of a row", "a_row?select=id,name", "text/csv", "text/csv", "id,name\r\n1,customer 1\r\n"),
        ("CSV of a value", "a_number", "text/csv", "text/csv", "a_number\r\n3\r\n"),
        ("CSV of values", "numbers?n=2", "text/csv", "text/csv", "numbers\r\n1\r\n2\r\n"),
        ("CSV of none", "numbers?n=0", "text/csv", "text/csv", "numbers\r\n"),
    ],
)
def test_functions(client, functions, label, target, accept, type, body):
    answer = client.get("/rpc/" + target, accept=accept).expect(200)
    assert (answer.type, answer.text) == (type, body), label
    assert client.get("/rpc/" + target, accept=accept, if_none_match=answer.etag).status == 304, label
    assert client.head("/rpc/" + target, accept=accept).expect(200).etag == answer.etag, label


def test_a_function_of_other_than_one_row_is_undone(client, functions, database):
    for target, rows in (("few?most=0", 0), ("few?most=3", 3)):
        error = client.get("/rpc/" + target, accept=OBJECT).problem(406)
        assert (error["code"], error["details"]) == ("PGRST116", f"The result contains {rows} rows")
    for name in ("f1", "f2"):
        database.insert("places", "name", name=name, note="fn")
    error = client.post("/rpc/all_to", {"w": "fnord"}, accept=OBJECT).problem(406)
    assert (error["code"], error["details"]) == ("PGRST116", "The result contains 2 rows")
    assert database.one("SELECT count(*) FROM places WHERE note = 'fn'") == 2


def test_csv_of_embeds(client):
    shown = rows_of(client.get("/orders?select=id,customers(name),items(quantity)&id=eq.1", accept="text/csv").expect(200))
    assert shown[0] == ["id", "customers", "items"] and len(shown) == 2
    assert shown[1][1].startswith('{"name":') and shown[1][2].startswith("[")


@pytest.mark.parametrize(
    "label, method, target, type, body, status",
    [
        ("a form, as curl -d says of JSON", "PATCH", "/places/{}", "application/x-www-form-urlencoded", '{"note": "a form!"}', 415),
        ("a form", "PUT", "/places/{}", "application/x-www-form-urlencoded", "note=a+form%21", 415),
        ("CSV", "PATCH", "/places/{}", "text/csv", "note\na form!", 415),
        ("text", "PATCH", "/places/{}", "text/plain", "a form!", 415),
        ("text", "PUT", "/places/{}", "text/plain", "a form!", 415),
        ("bytes", "POST", "/places", "application/octet-stream", "a form!", 415),
        ("no type at all", "POST", "/places", "nonsense", "a form!", 415),
        ("a patch", "POST", "/places", "application/merge-patch+json", '{"name": "x"}', 415),
        ("another charset", "PATCH", "/places/{}", "application/json; charset=latin1", '{"note": "a form!"}', 415),
        ("the charset", "PATCH", "/places/{}", "application/json; charset=UTF-8", '{"note": "a form!"}', 200),
        ("parameters", "PATCH", "/places/{}", "application/json; x=y", '{"note": "a form!"}', 200),
    ],
)
def test_types_of_content(client, database, place, label, method, target, type, body, status):
    answer = client.request(method, target.format(escaped(place)), body, type=type)
    assert answer.status == status, repr(answer)
    assert (database.one("SELECT note FROM places WHERE name = %s", place) == "a form!") == (status == 200), label
    if status == 415:
        taken = answer.members("Accept-Patch" if method == "PATCH" else "Accept-Post")
        assert "application/json" in taken, label


@pytest.fixture(scope="module")
def dialect(database):
    with harness.Midair(database, server={"dialect": "postgrest"}) as running, running.client() as made:
        yield made


@pytest.mark.parametrize(
    "label, method, target, body, status",
    [
        ("patch", "PATCH", "/places?name=eq.{}", "note=a+form%21", 204),
        ("patch of an item", "PATCH", "/places/{}", "note=a+form%21", 204),
        ("put by filter", "PUT", "/places?name=eq.{}", "name={}&note=a+form%21", 200),
        ("an unknown column", "PATCH", "/places?name=eq.{}", "nope=1", 400),
        ("a bad escape", "PATCH", "/places?name=eq.{}", "note=%zz", 400),
        ("nothing", "PATCH", "/places?name=eq.{}", "", 400),
    ],
)
def test_the_dialect_takes_forms_with_every_write(dialect, database, place, label, method, target, body, status):
    answer = dialect.request(method, target.format(escaped(place)), body.replace("{}", escaped(place)),
                             type="application/x-www-form-urlencoded")
    assert answer.status in (status, 204 if status == 200 else status), repr(answer)
    assert (database.one("SELECT note FROM places WHERE name = %s", place) == "a form!") == (status < 300), label


def test_an_array_is_json_in_the_dialect(dialect):
    answer = dialect.get("/customers?id=eq.1&select=id,notes", accept=ARRAY).expect(200)
    assert answer.get("Content-Type") == "application/json; charset=utf-8" and answer.json() == [{"id": 1, "notes": None}]
    answer = dialect.get("/customers?id=eq.1&select=id,notes", accept=ARRAY + ";nulls=stripped").expect(200)
    assert answer.get("Content-Type") == ARRAY + ";nulls=stripped; charset=utf-8" and answer.json() == [{"id": 1}]
