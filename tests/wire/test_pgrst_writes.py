"""PostgREST's writes ("Tables and Views", "Preferences") in midair's own dialect: columns=, missing=, upserts, CSV, forms,
PUT by filter, tx= and max-affected; and what docs/http.md section 4 adds to upserts."""

import itertools

import pytest

_names = itertools.count(1)


@pytest.fixture(scope="module")
def config():
    return {"settings": {"tx_end": "commit-allow-override"}, "resources": {"places": {"if_match": "optional"}}}


def fresh(prefix="p"):
    return f"{prefix}{next(_names)}"


def note(database, name, table="places"):
    row = database.row(table, name=name)
    return row and row["note"]


MERGE = "resolution=merge-duplicates"
IGNORE = "resolution=ignore-duplicates"


# columns= and missing=


@pytest.mark.parametrize(
    "label, query, prefer, rows, expected",
    [
        ("others ignored", "?columns=sku,name", None, [{"sku": 0, "name": "a", "stock": 7}], [("a", 0)]),
        ("unknown members ignored", "?columns=sku", None, [{"sku": 0, "no_such": 1}], [("thing", 0)]),
        ("quoted names", '?columns=%22sku%22,%22stock%22', None, [{"sku": 0, "stock": 7, "name": "a"}], [("thing", 7)]),
        ("missing is default here", "?columns=sku,stock", None, [{"sku": 0}], [("thing", 0)]),
        ("missing=default", "?columns=sku,stock", "missing=default", [{"sku": 0}], [("thing", 0)]),
        ("rows that differ", "", None, [{"sku": 0, "stock": 3}, {"sku": 0, "name": "b"}], [("thing", 3), ("b", 0)]),
        ("a name twice", "?columns=sku,sku,name", None, [{"sku": 0, "name": "a"}], [("a", 0)]),
        ("empty list means all", "?columns=", None, [{"sku": 0, "name": "a"}], [("a", 0)]),
    ],
)
def test_columns_of_a_post(client, database, label, query, prefer, rows, expected):
    rows = [{**row, "sku": fresh("c")} for row in rows]
    client.post("/products" + query, rows, prefer=prefer).expect(201)
    got = [(r["name"], r["stock"]) for r in (database.row("products", sku=row["sku"]) for row in rows)]
    assert got == expected, label


def test_missing_null_says_null(client, database):
    a, b = fresh("n"), fresh("n")
    rows = [{"sku": a, "price": 3}, {"sku": b, "data": {"x": 1}}]
    answer = client.post("/products", rows, prefer="missing=null, return=representation").expect(201)
    assert "missing=null" in answer.get("Preference-Applied")
    assert [(r["price"], r["data"]) for r in answer.json()] == [(3, None), (None, {"x": 1})]
    refused = client.post("/products", [{"sku": fresh("n"), "name": "x"}, {"sku": fresh("n")}], prefer="missing=null")
    assert refused.expect(400).json()["code"] == "23502"


@pytest.mark.parametrize(
    "label, query, body, status, code",
    [
        ("unknown column", "?columns=sku,nope", {"sku": "x"}, 400, "PGRST204"),
        ("given twice", "?columns=sku&columns=name", {"sku": "x"}, 400, None),
        ("open quote", "?columns=%22sku", {"sku": "x"}, 400, None),
        ("text behind a quote", '?columns=%22sku%22x', {"sku": "x"}, 400, None),
        ("empty name", "?columns=sku,,name", {"sku": "x"}, 400, None),
        ("bad escape", "?columns=%zz", {"sku": "x"}, 400, None),
        ("rows that are no objects", "?columns=sku", [1], 400, None),
        ("null row", "?columns=sku", [None], 400, None),
        ("a scalar", "?columns=sku", "17", 400, None),
        ("injection is a name", "?columns=%22sku%5C%22)--%22", {"sku": "x"}, 400, None),
    ],
)
def test_columns_that_are_refused(client, database, label, query, body, status, code):
    before = database.one("SELECT count(*) FROM products")
    answer = client.post("/products" + query, body).expect(status)
    assert code is None or answer.json()["code"] == code, label
    assert database.one("SELECT count(*) FROM products") == before


def test_columns_of_a_patch(client, database):
    sku = database.insert("products", "sku", sku=fresh("c"), name="old", stock=1)
    tag = client.tag(f"/products/{sku}")
    client.patch(f"/products/{sku}?columns=name", {"name": "new", "stock": 99, "zzz": 1}, if_match=tag).expect(200)
    row = database.row("products", sku=sku)
    assert (row["name"], row["stock"]) == ("new", 1)


# Upserts


def test_merge_and_ignore(client, database):
    a, b, c = fresh(), fresh(), fresh()
    database.insert("places", "name", name=a, note="old")
    answer = client.post("/places", [{"name": a, "note": "new"}, {"name": b, "note": "first"}],
                         prefer=MERGE + ", return=representation").expect(201)
    assert {r["name"]: (r["note"], r["version"]) for r in answer.json()} == {a: ("new", 2), b: ("first", 1)}
    assert MERGE in answer.get("Preference-Applied")
    again = client.post("/places", [{"name": a, "note": "newer"}], prefer=MERGE + ", return=representation").expect(200)
    assert [r["note"] for r in again.json()] == ["newer"]
    answer = client.post("/places", [{"name": a, "note": "no"}, {"name": c, "note": "yes"}],
                         prefer=IGNORE + ", return=representation").expect(201)
    assert [r["name"] for r in answer.json()] == [c]
    assert (note(database, a), note(database, c)) == ("newer", "yes")
    nothing = client.post("/places", [{"name": a, "note": "no"}], prefer=IGNORE + ", return=representation").expect(200)
    assert nothing.json() == []


def test_upsert_of_one_object(client, database):
    name = fresh()
    client.post("/places", {"name": name, "note": "a"}, prefer=MERGE).expect(201)
    client.post("/places", {"name": name, "note": "b"}, prefer=MERGE).expect(200)
    assert note(database, name) == "b"


def test_merge_keeps_what_is_not_named(client, database):
    sku = fresh("m")
    database.insert("products", "sku", sku=sku, name="kept", stock=5)
    client.post("/products", [{"sku": sku, "stock": 6}], prefer=MERGE, if_match="*").expect(200)
    row = database.row("products", sku=sku)
    assert (row["name"], row["stock"], row["version"]) == ("kept", 6, 2)


def test_on_conflict_of_another_key(client, database):
    email = fresh() + "@example.org"
    made = database.insert("customers", name="a", email=email)
    client.post("/customers?on_conflict=email", [{"name": "b", "email": email}], prefer=MERGE, if_match="*").expect(200)
    assert database.row("customers", id=made)["name"] == "b"
    client.post("/customers?on_conflict=email", [{"name": "c", "email": email}], prefer=IGNORE).expect(200)
    assert database.row("customers", id=made)["name"] == "b"
    client.post("/customers?on_conflict=id", [{"id": made, "name": "d"}], prefer=MERGE, if_match="*").expect(200)
    assert database.row("customers", id=made)["name"] == "d"


@pytest.mark.parametrize(
    "label, query, prefer, status, code",
    [
        ("no unique constraint", "?on_conflict=name", MERGE, 400, "42P10"),
        ("part of a key and more", "?on_conflict=id,email", MERGE, 400, "42P10"),
        ("unknown column", "?on_conflict=nope", MERGE, 400, "PGRST204"),
        ("twice", "?on_conflict=id&on_conflict=id", MERGE, 400, None),
        ("without a resolution it is an insert", "?on_conflict=email", None, 409, "23505"),
    ],
)
def test_on_conflict_that_is_refused(client, database, label, query, prefer, status, code):
    email = fresh() + "@example.org"
    made = database.insert("customers", name="kept", email=email)
    answer = client.post("/customers" + query, [{"name": "b", "email": email}], prefer=prefer, if_match="*")
    assert answer.expect(status) and (code is None or answer.json()["code"] == code), label
    assert database.row("customers", id=made)["name"] == "kept"


def test_no_overwriting_without_a_precondition(client, database):
    a, b = fresh("s"), fresh("s")
    database.insert("products", "sku", sku=a, name="kept")
    for rows in ([{"sku": a, "name": "x"}], [{"sku": b, "name": "new"}, {"sku": a, "name": "x"}]):
        client.post("/products", rows, prefer=MERGE).expect(428)
        assert database.row("products", sku=a)["name"] == "kept"
        assert database.row("products", sku=b) is None
    client.post("/products", [{"sku": b, "name": "new"}], prefer=MERGE).expect(201)
    email = fresh() + "@example.org"
    made = database.insert("customers", name="kept", email=email)
    other = fresh() + "@example.org"
    rows = [{"name": "y", "email": other}, {"name": "x", "email": email}]
    client.post("/customers?on_conflict=email", rows, prefer=MERGE).expect(428)
    tag = client.tag(f"/customers/{made}")
    client.post("/customers?on_conflict=email", [{**rows[1], "etag": tag}], prefer=MERGE).expect(428)
    assert database.row("customers", id=made)["name"] == "kept"
    assert database.row("customers", email=other) is None


def test_upsert_with_tags_is_conditional(client, database):
    a, b, c = fresh("t"), fresh("t"), fresh("t")
    for sku in (a, b):
        database.insert("products", "sku", sku=sku, name="old", stock=1)
    tags = {sku: client.tag(f"/products/{sku}") for sku in (a, b)}
    rows = [{"sku": a, "name": "new", "etag": tags[a]}, {"sku": c, "name": "created"}]
    client.post("/products", rows, prefer=MERGE).expect(201)
    row = database.row("products", sku=a)
    assert (row["name"], row["stock"], row["version"]) == ("new", 1, 2)
    stale = [{"sku": a, "name": "lost", "etag": tags[a]}, {"sku": b, "name": "lost", "etag": tags[b]}]
    answer = client.post("/products", stale, prefer=MERGE).expect(412)
    assert [f["expected"] for f in answer.json()["failed"]] == [tags[a]]
    assert database.row("products", sku=b)["name"] == "old"
    assert database.row("products", sku=a)["name"] == "new"
    # a tag of another row never holds; a stale tag is heard even where none is needed
    client.post("/products", [{"sku": b, "name": "lost", "etag": client.tag(f"/products/{a}")}], prefer=MERGE).expect(412)
    name = fresh()
    database.insert("places", "name", name=name, note="old")
    old = client.tag(f"/places/{name}")
    database.sql("UPDATE places SET note = 'other' WHERE name = %s", name)
    client.post("/places", [{"name": name, "note": "lost", "etag": old}], prefer=MERGE).expect(412)
    assert note(database, name) == "other"


def test_upsert_is_conditional_where_nothing_asks_for_it(client, database):
    a, b = fresh("o"), fresh("o")
    for name in (a, b):
        database.insert("places", "name", name=name, note="old")
    old = client.tag(f"/places/{a}")
    database.sql("UPDATE places SET note = 'other' WHERE name = %s", a)
    rows = [{"name": a, "note": "lost"}]
    client.post("/places", rows, prefer=MERGE, if_match=old).expect(412)
    client.post("/places", rows[0], prefer=MERGE, if_match=old).expect(412)
    client.post("/places", rows, prefer=MERGE, if_match='"junk"').expect(412)
    client.post("/places", rows, prefer=MERGE, if_none_match="*").expect(412)
    client.post("/places", rows + [{"name": b, "note": "lost"}], prefer=MERGE, if_match=client.tag(f"/places/{b}")).expect(412)
    assert (note(database, a), note(database, b)) == ("other", "old")
    client.post("/places", rows, prefer=MERGE, if_match=client.tag(f"/places/{a}")).expect(200)
    client.post("/places", rows + [{"name": b, "note": "x"}], prefer=MERGE, if_match="*").expect(200)
    client.post("/places", [{"name": fresh("o"), "note": "new"}], prefer=MERGE, if_none_match="*").expect(201)
    assert (note(database, a), note(database, b)) == ("lost", "x")


def test_upsert_of_rows_without_a_key(client, database):
    known = database.insert("customers", name="old")
    tag = client.tag(f"/customers/{known}")
    rows = [{"name": "keyless"}, {"id": known, "name": "new", "etag": tag}, {"id": None, "name": "keyless too"}]
    answer = client.post("/customers", rows[:2], prefer=MERGE + ", return=representation").expect(201)
    assert [r["name"] for r in answer.json()] == ["keyless", "new"]
    assert client.post("/customers", rows[2:], prefer=MERGE).status in (201, 400)


def test_row_twice_in_one_upsert(client, database):
    name = fresh()
    client.post("/places", [{"name": name, "note": "a"}, {"name": name, "note": "b"}], prefer=MERGE).expect(400, 500)
    assert database.row("places", name=name) is None


# PUT by filter


def test_put_by_filter(client, database):
    sku = fresh("u")
    client.put(f"/products?sku=eq.{sku}", {"sku": sku, "name": "a"}, if_none_match="*").expect(201)
    client.put(f"/products?sku=eq.{sku}", {"sku": sku, "name": "b"}).expect(428)
    tag = client.tag(f"/products/{sku}")
    client.put(f"/products?sku=eq.{sku}", {"sku": sku, "name": "b"}, if_match=tag).expect(200)
    client.put(f"/products?sku=eq.{sku}", {"sku": sku, "name": "c"}, if_match=tag).expect(412)
    assert database.row("products", sku=sku)["name"] == "b"
    a, b = fresh(), fresh()
    client.put(f"/pairs?a=eq.{a}&b=eq.{b}", {"a": a, "b": b, "note": "x"}, if_none_match="*").expect(201)


@pytest.mark.parametrize(
    "label, query, body, status, code",
    [
        ("another operator", "?sku=gt.a", {"sku": "a"}, 405, "PGRST105"),
        ("another column too", "?sku=eq.a&name=eq.b", {"sku": "a"}, 405, "PGRST105"),
        ("limit", "?sku=eq.a&limit=1", {"sku": "a"}, 400, "PGRST114"),
        ("offset", "?sku=eq.a&offset=1", {"sku": "a"}, 400, "PGRST114"),
        ("another key in the content", "?sku=eq.a", {"sku": "b", "name": "x"}, 400, "PGRST115"),
        ("the key twice", "?sku=eq.a&sku=eq.b", {"sku": "a"}, 400, None),
    ],
)
def test_put_by_filter_that_is_refused(client, label, query, body, status, code):
    answer = client.put("/products" + query, body, if_none_match="*").expect(status)
    assert code is None or answer.json()["code"] == code, label


def test_put_by_half_a_key(client):
    assert client.put("/pairs?a=eq.x", {"a": "x", "b": "y"}).expect(405).json()["code"] == "PGRST105"
    assert client.put("/orders?id=eq.abc", {"id": 1}).expect(400).json()["code"] == "22P02"


# Other content


@pytest.mark.parametrize(
    "label, text, expected",
    [
        ("plain", "name,note\n{0},x\n{1},y\n", ["x", "y"]),
        ("no end of line", "name,note\n{0},x", ["x"]),
        ("CRLF", "name,note\r\n{0},x\r\n{1},y\r\n", ["x", "y"]),
        ("quoted", 'name,note\n{0},"a, ""b""\nc"\n', ['a, "b"\nc']),
        ("NULL", "name,note\n{0},NULL\n", [None]),
        ("empty is text", "name,note\n{0},\n", [""]),
        ("columns in another order", "note,name\nx,{0}\n", ["x"]),
        ("byte order mark", "\ufeffname,note\n{0},x\n", ["x"]),
        ("quoted names", '"name","note"\n{0},x\n', ["x"]),
    ],
)
def test_csv(client, database, label, text, expected):
    names = [fresh("v"), fresh("v")]
    client.post("/places", text.format(*names), type="text/csv").expect(201)
    rows = [database.row("places", name=n) for n in names]
    assert [r["note"] for r in rows if r] == expected, label


@pytest.mark.parametrize(
    "label, text",
    [
        ("too few fields", "name,note\nx\n"),
        ("too many fields", "name,note\nx,y,z\n"),
        ("open quote", 'name,note\n"x,y\n'),
        ("text behind a quote", 'name,note\n"x"y,z\n'),
        ("quote inside", 'name,note\nx"y,z\n'),
        ("a name twice", "name,name\nx,y\n"),
        ("an empty name", "name,\nx,y\n"),
        ("an unknown column", "name,nope\nx,y\n"),
        ("a blank line within", "name,note\n\nx,y\n"),
        ("not UTF-8", b"name,note\n\xff,y\n"),
        ("a NUL", b"name,note\n\x00,y\n"),
        ("nothing", ""),
    ],
)
def test_csv_that_is_refused(client, database, label, text):
    before = database.one("SELECT count(*) FROM places")
    client.post("/places", text, type="text/csv").expect(400)
    assert database.one("SELECT count(*) FROM places") == before, label


def test_csv_with_types(client, database):
    sku = fresh("v")
    client.post("/products", f'sku,stock,tags,price,until\n{sku},9007199254740993,"{{a,b}}",0.10,2024-02-29\n',
                type="text/csv").expect(201)
    row = database.row("products", sku=sku)
    assert (row["stock"], row["tags"], str(row["price"]), str(row["until"])) == (
        9007199254740993, ["a", "b"], "0.10", "2024-02-29")
    client.post("/products", f"sku,stock\n{fresh('v')},many\n", type="text/csv").expect(400)


def test_form(client, database):
    name = fresh("f")
    form = "application/x-www-form-urlencoded"
    client.post("/places", f"name={name}&note=a+b%26c", type=form).expect(201)
    assert note(database, name) == "a b&c"
    for bad in ("name=%zz", "=x", "name=x&name=y", "name=%00", "nope=1"):
        client.post("/places", bad, type=form).expect(400)


# Preferences


def test_transactions_that_are_rolled_back(client, database):
    name, sku = fresh("r"), fresh("r")
    database.insert("places", "name", name=name, note="old")
    undone = {"prefer": "tx=rollback, return=representation"}
    answer = client.post("/places", {"name": fresh("r"), "note": "x"}, **undone).expect(201)
    assert database.row("places", name=answer.json()["name"]) is None
    assert "tx=rollback" in answer.get("Preference-Applied")
    client.post("/places", [{"name": sku}, {"name": sku + "x"}], **undone).expect(201)
    client.put(f"/places/{sku}", {"note": "x"}, **undone).expect(201)
    assert database.row("places", name=sku) is None
    assert client.patch(f"/places/{name}", {"note": "new"}, **undone).expect(200).json()["note"] == "new"
    client.put(f"/places/{name}", {"note": "new"}, **undone).expect(200)
    client.patch(f"/places?name=eq.{name}", {"note": "new"}, **undone).expect(200)
    client.post("/places", [{"name": name, "note": "new"}], prefer="tx=rollback, " + MERGE).expect(200)
    client.delete(f"/places/{name}", **undone).expect(200)
    client.delete(f"/places?name=eq.{name}", **undone).expect(200)
    row = database.row("places", name=name)
    assert (row["note"], row["version"]) == ("old", 1)
    client.patch(f"/places/{name}", {"note": "new"}, prefer="tx=commit").expect(200)
    assert note(database, name) == "new"


@pytest.mark.parametrize(
    "tx_end, prefer, kept",
    [
        ("commit", "tx=rollback", True),
        ("commit-allow-override", None, True),
        ("rollback", "tx=commit", False),
        ("rollback-allow-override", None, False),
        ("rollback-allow-override", "tx=commit", True),
    ],
)
def test_tx_end(start, fresh_database, tx_end, prefer, kept):
    with start(fresh_database, settings={"tx_end": tx_end}).client() as client:
        answer = client.post("/places", {"name": "x"}, prefer=prefer).expect(201)
    assert (fresh_database.row("places", name="x") is not None) == kept
    heard = "override" in tx_end and prefer is not None
    assert ("tx=" in (answer.get("Preference-Applied") or "")) == heard


def test_max_affected(client, database):
    names = sorted(fresh("x") for _ in range(3))
    for name in names:
        database.insert("places", "name", name=name, note="group")
    strict = "handling=strict, max-affected="
    target = "/places?note=eq.group"
    answer = client.patch(target, {"note": "group"}, prefer=strict + "2").expect(400)
    assert answer.json()["code"] == "PGRST124"
    client.delete(target, prefer=strict + "2").expect(400)
    assert database.one("SELECT count(*) FROM places WHERE note = 'group'") == 3
    client.delete(target, prefer=strict + "3").expect(204)
    assert client.patch(target, {"note": "x"}, prefer="handling=strict, nonsense=1").expect(400).json()["code"] == "PGRST122"
