"""PostgREST's "Preferences", clause by clause in its dialect: handling, timezone, return, count, resolution, missing,
max-affected and tx, and what Preference-Applied says of them."""

import itertools

import pytest

import tables
from midair import SHOP, eventually

_names = itertools.count(1)

SCHEMA = r"""
CREATE TABLE stamps (id integer PRIMARY KEY, t timestamptz, day date DEFAULT '2020-01-01', many timestamptz[],
                     span tstzrange, note text);
INSERT INTO stamps VALUES (1, '2023-10-18 12:37:59.611+00', '2023-10-18', '{2023-10-18 12:00+00}',
                           '[2023-10-18 12:00+00,2023-10-18 13:00+00)', 'a'),
                          (2, '2023-01-18 12:00:00+00', NULL, NULL, NULL, 'b'), (3, 'infinity', NULL, NULL, NULL, 'c');
CREATE TABLE stamp_notes (id integer PRIMARY KEY, stamp integer REFERENCES stamps, at timestamptz, text text);
INSERT INTO stamp_notes VALUES (1, 1, '2023-10-18 12:00+00', 'x'), (2, 1, '2023-10-18 13:00+00', 'y');
CREATE FUNCTION in_zone() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('TimeZone') $$;
CREATE FUNCTION stamp(which integer) RETURNS timestamptz LANGUAGE sql STABLE AS 'SELECT t FROM stamps WHERE id = $1';
CREATE FUNCTION place_rows(n integer) RETURNS SETOF places LANGUAGE sql
    AS $$ INSERT INTO places SELECT 'rpc' || i || '/' || n, 'many' FROM generate_series(1, n) i RETURNING * $$;
CREATE FUNCTION place_table(n integer) RETURNS TABLE (made text) LANGUAGE sql
    AS $$ INSERT INTO places SELECT 'tab' || i || '/' || n, 'many' FROM generate_series(1, n) i RETURNING name $$;
CREATE FUNCTION place_void(n integer) RETURNS void LANGUAGE sql
    AS $$ INSERT INTO places SELECT 'void' || i || '/' || n, 'many' FROM generate_series(1, n) i $$;
CREATE FUNCTION place_one(n integer) RETURNS places LANGUAGE sql
    AS $$ INSERT INTO places VALUES ('one' || n, 'many') RETURNING * $$;
CREATE VIEW stamp_view AS SELECT id, t, note FROM stamps;
"""


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest"}, "settings": {"tx_end": "commit-allow-override"},
            "resources": {"stamp_view": {"key": "id"}}}


database = tables.database(SCHEMA, like=SHOP)


def fresh():
    return f"n{next(_names)}"


def places(database, *names, note="x"):
    for name in names:
        database.insert("places", "name", name=name, note=note)


# handling


@pytest.mark.parametrize(
    "label, prefer, invalid",
    [
        ("one", ["handling=strict, anything"], "anything"),
        ("several", ["handling=strict, foo, bar"], "foo, bar"),
        ("in lines of their own", ["handling=strict", "something, else"], "something, else"),
        ("before it", ["foo, handling=strict"], "foo"),
        ("a value that is none", ["handling=strict, return=everything"], "return=everything"),
        ("a preference of the past", ["handling=strict, params=single-object"], "params=single-object"),
        ("beside good ones", ["return=minimal, handling=strict, x=1, count=exact"], "x=1"),
        ("a zone that cannot be one", ["handling=strict, timezone=a b"], "timezone=a b"),
    ],
)
@pytest.mark.parametrize(
    "method, target, body",
    [("GET", "/places?limit=1", None), ("HEAD", "/places?limit=1", None), ("POST", "/places", {"name": "never"}),
     ("PATCH", "/places?name=eq.none", {"note": "never"}), ("DELETE", "/places?name=eq.none", None),
     ("POST", "/rpc/place_void", {"n": 1}), ("GET", "/rpc/in_zone", None)],
)
def test_strict_handling(client, database, label, prefer, invalid, method, target, body):
    answer = client.request(method, target, body, headers=[("Prefer", line) for line in prefer]).expect(400)
    if method != "HEAD":
        assert answer.json() == {"code": "PGRST122", "message": "Invalid preferences given with handling=strict",
                                 "details": "Invalid preferences: " + invalid, "hint": None}, label
    assert database.one("SELECT count(*) FROM places WHERE note = 'never' OR name = 'never'") == 0


@pytest.mark.parametrize(
    "prefer, applied",
    [
        (["handling=lenient, anything"], "handling=lenient"),
        (["handling=lenient", "anything"], "handling=lenient"),
        (["anything"], None),
        (["handling=never"], None),
        (["handling=strict"], "handling=strict"),
        (["Handling=Strict"], "handling=strict"),
        (["handling=lenient, handling=strict, foo"], "handling=lenient"),
        ([""], None),
        ([",,"], None),
    ],
)
def test_lenient_handling(client, prefer, applied):
    answer = client.get("/places?limit=1", headers=[("Prefer", line) for line in prefer]).expect(200)
    assert answer.get("Preference-Applied") == applied


# timezone


@pytest.mark.parametrize(
    "zone, first, second",
    [
        ("America/Los_Angeles", "2023-10-18T05:37:59.611-07:00", "2023-01-18T04:00:00-08:00"),
        ("Europe/Brussels", "2023-10-18T14:37:59.611+02:00", "2023-01-18T13:00:00+01:00"),
        ("Asia/Kolkata", "2023-10-18T18:07:59.611+05:30", "2023-01-18T17:30:00+05:30"),
        ("UTC", "2023-10-18T12:37:59.611+00:00", "2023-01-18T12:00:00+00:00"),
        ("europe/brussels", "2023-10-18T14:37:59.611+02:00", "2023-01-18T13:00:00+01:00"),
        ("Etc/GMT+3", "2023-10-18T09:37:59.611-03:00", "2023-01-18T09:00:00-03:00"),
    ],
)
@pytest.mark.parametrize("handling", ["", "handling=strict, "])
def test_time_zones(client, zone, first, second, handling):
    applied = handling + "timezone=" + zone
    answer = client.get("/stamps?select=t&order=id", prefer=applied).expect(200)
    assert [r["t"] for r in answer.json()] == [first, second, "infinity"]
    assert answer.get("Preference-Applied") == applied
    one = client.get("/stamps/1", prefer=applied).expect(200)
    assert one.json()["t"] == first and one.get("Preference-Applied") == applied
    assert client.get("/rpc/stamp?which=2", prefer=applied).expect(200).json() == second


def test_a_time_zone_reaches_everything(client, database):
    zone = {"prefer": "timezone=Asia/Tokyo"}
    row = client.get("/stamps/1", **zone).expect(200).json()
    assert row["many"] == ["2023-10-18T21:00:00+09:00"] and "21:00:00+09" in row["span"] and row["day"] == "2023-10-18"
    # values without an offset are read in it: in filters, in content, in arguments
    assert [r["id"] for r in client.get("/stamps?t=eq.2023-01-18T21:00:00", **zone).expect(200).json()] == [2]
    assert client.get("/stamps?t=eq.2023-01-18T21:00:00").expect(200).json() == []
    counted = client.get("/stamps?t=eq.2023-01-18T21:00:00", prefer="timezone=Asia/Tokyo, count=estimated").expect(200)
    assert counted.get("Content-Range") == "0-0/1"
    rep = {"prefer": "timezone=Asia/Tokyo, return=representation"}
    made = client.post("/stamps?select=id,t", {"id": 11, "t": "2024-06-01T09:00:00"}, **rep).expect(201)
    assert made.json() == [{"id": 11, "t": "2024-06-01T09:00:00+09:00"}]
    assert made.get("Preference-Applied") == "return=representation, timezone=Asia/Tokyo"
    client.post("/stamps", [{"id": 12, "t": "2024-06-01T09:00:00"}, {"id": 13, "t": "2024-06-01T10:00:00"}], **zone).expect(201)
    client.post("/stamps", [{"id": 13, "t": "2024-06-01T11:00:00"}],
                prefer="timezone=Asia/Tokyo, resolution=merge-duplicates").expect(200)
    client.patch("/stamps?id=eq.12", {"t": "2024-06-01T12:00:00"}, **zone).expect(204)
    client.put("/stamps?id=eq.14", {"id": 14, "t": "2024-06-01T13:00:00"}, **zone).expect(201)
    client.patch("/stamps/14", {"t": "2024-06-01T14:00:00"}, **zone).expect(204)
    utc = "SELECT string_agg(to_char(t AT TIME ZONE 'UTC', 'HH24'), ',' ORDER BY id) FROM stamps WHERE id > 10"
    assert database.one(utc) == "00,03,02,05"
    deleted = client.delete("/stamps?id=gt.10&select=t&order=id", **rep).expect(200).json()
    assert sorted(r["t"] for r in deleted)[0] == "2024-06-01T09:00:00+09:00"
    assert client.get("/rpc/in_zone", **zone).expect(200).json() == "Asia/Tokyo"
    assert client.get("/stamps?id=eq.1&select=t", accept="text/csv", **zone).expect(200).text.endswith("21:37:59.611+09")
    assert client.get("/stamps?id=eq.1&select=note,stamp_notes(at)&stamp_notes.order=id", **zone).expect(200).json() == [
        {"note": "a", "stamp_notes": [{"at": "2023-10-18T21:00:00+09:00"}, {"at": "2023-10-18T22:00:00+09:00"}]}]


@pytest.mark.parametrize("zone", ["Jupiter/Red_Spot", "Invalid/Timezone", "+25:00:99", "00:00:30", "..", "pg_catalog"])
def test_time_zones_that_are_not_there(client, database, zone):
    for prefer in ("timezone=" + zone, "handling=lenient, timezone=" + zone):
        answer = client.get("/stamps?select=t&id=eq.1", prefer=prefer).expect(200)
        assert answer.json() == [{"t": "2023-10-18T12:37:59.611+00:00"}]
        assert answer.get("Preference-Applied") == ("handling=lenient" if "handling" in prefer else None)
        assert client.get("/rpc/in_zone", prefer=prefer).expect(200).json() == "UTC"
    name = fresh()
    client.post("/places", {"name": name}, prefer="timezone=" + zone).expect(201)
    places(database, *[])
    for method, target, body in [("GET", "/stamps", None), ("GET", "/stamps/1", None), ("POST", "/places", {"name": "z"}),
                                 ("PATCH", f"/places?name=eq.{name}", {"note": "z"}), ("DELETE", f"/places/{name}", None),
                                 ("POST", "/rpc/place_void", {"n": 1})]:
        error = client.request(method, target, body, prefer="handling=strict, timezone=" + zone).expect(400).json()
        assert error == {"code": "PGRST122", "message": "Invalid preferences given with handling=strict",
                         "details": "Invalid preferences: timezone=" + zone, "hint": None}
    assert database.one("SELECT count(*) FROM places WHERE name IN ('z', 'void1/1')") == 0
    assert database.row("places", name=name)["note"] is None


def test_time_zones_end_with_the_request(start, fresh_database):
    fresh_database.sql(SCHEMA)
    with start(fresh_database, settings={"pool_size": 1}, server={"dialect": "postgrest"}).client() as client:
        client.get("/stamps", prefer="timezone=Asia/Tokyo").expect(200)
        client.get("/stamps", prefer="timezone=Nowhere").expect(200)
        assert client.get("/rpc/in_zone").expect(200).json() == "UTC"
        assert client.get("/stamps?select=t&id=eq.1").expect(200).json() == [{"t": "2023-10-18T12:37:59.611+00:00"}]


def state(tag):
    return tag.strip('"').split("~")[0]


@pytest.mark.parametrize("target", ["/products/{}", "/stamps/{}"])
def test_tags_in_time_zones(client, database, target):
    """Another zone is another representation of the same state."""
    key = database.insert("products", "sku", sku=fresh(), name="a") if "products" in target else 2
    target = target.format(key)
    if "products" in target:
        eventually(lambda: client.get(target).expect(200).get("Last-Modified"))
    plain = client.get(target).expect(200)
    tokyo = client.get(target, prefer="timezone=Asia/Tokyo").expect(200)
    paris = client.get(target, prefer="timezone=Europe/Paris").expect(200)
    assert len({plain.etag, tokyo.etag, paris.etag}) == 3
    assert {state(a.etag) for a in (plain, tokyo, paris)} == {state(plain.etag)}
    assert tokyo.get("Last-Modified") == plain.get("Last-Modified")
    client.get(target, prefer="timezone=Asia/Tokyo", if_none_match=tokyo.etag).expect(304)
    client.get(target, prefer="timezone=Europe/Paris", if_none_match=tokyo.etag).expect(200)
    client.get(target, if_none_match=tokyo.etag).expect(200)
    client.get(target, prefer="timezone=Asia/Tokyo", if_none_match=plain.etag).expect(200)
    client.get(target, prefer="timezone=Nowhere", if_none_match=plain.etag).expect(304)
    assert "Prefer" in plain.get("Vary")
    # each of them is good for a write, in whatever zone that is made
    column = "name" if "products" in target else "note"
    changed = client.patch(target, {column: "b"}, if_match=tokyo.etag, prefer="timezone=Europe/Paris").expect(204)
    client.patch(target, {column: "lost"}, if_match=tokyo.etag).expect(412)
    stale = client.patch(target, {column: "lost"}, if_match=paris.etag, prefer="timezone=Asia/Tokyo").expect(412)
    assert state(stale.etag) == state(changed.etag)
    client.delete(target, if_match=paris.etag, prefer="timezone=Asia/Tokyo").expect(412)
    client.patch(target, {column: "c"}, if_match=changed.etag).expect(204)
    listed = [client.get(target.rsplit("/", 1)[0], prefer=p).expect(200).etag
              for p in (None, "timezone=Asia/Tokyo", "timezone=Europe/Paris")]
    assert len(set(listed)) == 3


def test_trees_in_time_zones(client, database):
    target = "/stamps/1?select=id,stamp_notes(id,at)"
    plain = client.get(target).expect(200)
    tokyo = client.get(target, prefer="timezone=Asia/Tokyo").expect(200)
    assert plain.etag != tokyo.etag
    database.sql("UPDATE stamp_notes SET text = 'z' WHERE id = 1")
    client.patch("/stamps/1", {"note": "lost"}, if_match=tokyo.etag).expect(412)
    tokyo = client.get(target, prefer="timezone=Asia/Tokyo").expect(200)
    client.patch("/stamps/1", {"note": "d"}, if_match=tokyo.etag).expect(204)
    plain = client.get(target).expect(200)
    client.patch("/stamps/1", {"note": "e"}, if_match=plain.etag, prefer="timezone=Asia/Tokyo").expect(204)


@pytest.mark.parametrize("target", ["/moments", "/stamp_view"])
def test_where_a_time_zone_would_change_keys_or_tags(client, database, target):
    """A URL names one row for everybody, and a tag one state."""
    if target == "/moments":
        database.sql("INSERT INTO moments VALUES ('2024-01-01 00:00+00', 'x') ON CONFLICT DO NOTHING")
    answer = client.get(target, prefer="timezone=Asia/Tokyo").expect(200)
    assert answer.get("Preference-Applied") is None and "+09:00" not in answer.text
    error = client.get(target, prefer="handling=strict, timezone=Asia/Tokyo").expect(400).json()
    assert error["details"] == "Invalid preferences: timezone=Asia/Tokyo"


# return


def test_return_of_a_post(client, database):
    a, b, c = fresh(), fresh(), fresh()
    plain = client.post("/places", {"name": a}).expect(201)
    minimal = client.post("/places", {"name": b}, prefer="return=minimal").expect(201)
    for answer in (plain, minimal):
        assert answer.body == b"" and answer.get("Content-Type") is None and answer.get("Content-Range") == "*/*"
    assert plain.get("Preference-Applied") is None and minimal.get("Preference-Applied") == "return=minimal"
    only = client.post("/places?select=note", {"name": c}, prefer="return=headers-only").expect(201)
    assert only.body == b"" and only.get("Location") == f"/places?name=eq.{c}"
    assert only.get("Preference-Applied") == "return=headers-only" and only.get("Content-Range") == "*/*"
    assert client.get(only.get("Location")).expect(200).json()[0]["name"] == c
    shown = client.post("/places?select=name", {"name": fresh()}, prefer="return=representation").expect(201)
    assert list(shown.json()[0]) == ["name"] and shown.get("Preference-Applied") == "return=representation"


@pytest.mark.parametrize(
    "label, target, body, location",
    [
        ("several parts", "/pairs", {"a": "x 1", "b": "y/&=é"}, "/pairs?a=eq.x%201&b=eq.y%2F%26%3D%C3%A9"),
        ("an array of one", "/pairs", [{"a": "x2", "b": "y"}], "/pairs?a=eq.x2&b=eq.y"),
        ("an array of two", "/pairs", [{"a": "x3", "b": "y"}, {"a": "x4", "b": "y"}], None),
        ("a key by itself", "/orders", {}, "/orders?id=eq."),
        ("no key", "/keyless", {"a": 1}, None),
        ("a column that is not shown", "/pairs?select=note", {"a": "x5", "b": "y"}, "/pairs?a=eq.x5&b=eq.y"),
    ],
)
def test_location(client, label, target, body, location):
    answer = client.post(target, body, prefer="return=headers-only").expect(201)
    got = answer.get("Location")
    if location is None:
        assert got is None, label
        return
    assert got == location or (location.endswith("eq.") and got.startswith(location)), label
    assert len(client.get(got).expect(200).json()) == 1


def test_location_below_a_base_path(start, fresh_database):
    server = start(fresh_database, server={"dialect": "postgrest", "base_path": "/api"})
    with server.client() as client:
        answer = client.post("/places", {"name": "x"}, prefer="return=headers-only").expect(201)
        assert answer.get("Location") == "/api/places?name=eq.x"
        client.get(answer.get("Location").removeprefix("/api")).expect(200)


@pytest.mark.parametrize("prefer, body", [(None, False), ("return=minimal", False), ("return=headers-only", False),
                                          ("return=representation", True)])
def test_return_of_other_writes(client, database, prefer, body):
    name = fresh()
    places(database, name)
    applied = prefer
    for method, target, content, full, empty in [
        ("PATCH", f"/places?name=eq.{name}&select=note", {"note": "b"}, 200, 204),
        ("PUT", f"/places?name=eq.{name}&select=note", {"name": name, "note": "b"}, 200, 204),
        ("POST", "/places?select=note", [{"name": name, "note": "b"}], 200, 200),
        ("DELETE", f"/places?name=eq.{name}&select=note", None, 200, 204),
    ]:
        more = ", resolution=merge-duplicates" if method == "POST" else ""
        answer = client.request(method, target, content, prefer=(prefer or "wait=1") + more)
        answer.expect(full if body else empty)
        assert (answer.json() == [{"note": "b"}]) if body else (answer.body == b""), method
        assert answer.get("Preference-Applied") == ", ".join(
            ([more[2:]] if more else []) + ([applied] if applied else [])) or not (more or applied), method
        assert body or answer.get("Content-Type") is None


# count


def test_count_of_writes(client, database):
    names = [fresh() for _ in range(4)]
    count = {"prefer": "count=exact"}
    one = client.post("/places", {"name": names[0], "note": "cnt"}, **count).expect(201)
    assert (one.get("Content-Range"), one.get("Preference-Applied")) == ("*/1", "count=exact")
    rest = [{"name": n, "note": "cnt"} for n in names[1:]]
    assert client.post("/places", rest, **count).expect(201).get("Content-Range") == "*/3"
    assert client.post("/places", [], **count).expect(201).get("Content-Range") == "*/0"
    merged = client.post("/places", rest, prefer="count=exact, resolution=merge-duplicates").expect(200)
    assert merged.get("Content-Range") == "*/3"
    target = "/places?note=eq.cnt"
    assert client.patch(target, {"note": "cnt"}).expect(204).get("Content-Range") == "0-3/*"
    assert client.patch(target, {"note": "cnt"}, **count).expect(204).get("Content-Range") == "0-3/4"
    assert client.patch("/places?name=eq.none", {"note": "x"}).expect(204).get("Content-Range") == "*/*"
    assert client.patch("/places?name=eq.none", {"note": "x"}, **count).expect(204).get("Content-Range") == "*/0"
    assert client.delete(target + f"&name=eq.{names[0]}").expect(204).get("Content-Range") == "*/*"
    full = client.delete(target, prefer="count=exact, return=representation").expect(200)
    assert full.get("Content-Range") == "*/3" and len(full.json()) == 3
    assert full.get("Preference-Applied") == "return=representation, count=exact"
    assert client.delete(target, **count).expect(204).get("Content-Range") == "*/0"


@pytest.mark.parametrize("count", ["exact", "planned", "estimated"])
def test_count_of_calls(client, count):
    prefer = {"prefer": "count=" + count}
    for target, shown in [("in_zone", "0-0/1"), ("stamp?which=1", "0-0/1")]:
        answer = client.get("/rpc/" + target, **prefer).expect(200)
        assert (answer.get("Content-Range"), answer.get("Preference-Applied")) == (shown, "count=" + count)
        assert client.get("/rpc/" + target).expect(200).get("Content-Range") == "0-0/*"
    rows = client.post("/rpc/place_rows?limit=2&offset=1", {"n": 4}, prefer=f"count={count}, tx=rollback").expect(206)
    assert rows.get("Content-Range") == "1-2/4"
    assert rows.get("Preference-Applied") == f"count={count}, tx=rollback"


# max-affected


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_max_affected(client, database, method):
    mark = fresh()
    places(database, *(fresh() for _ in range(14)), note=mark)
    target, body = f"/places?note=eq.{mark}", {"note": mark} if method == "PATCH" else None

    def write(prefer):
        return client.request(method, target, body, prefer=prefer)

    for most in (0, 1, 10, 13):
        assert write(f"handling=strict, max-affected={most}").expect(400).json() == {
            "code": "PGRST124", "message": "Query result exceeds max-affected preference constraint",
            "details": "The query affects 14 rows", "hint": None}
    assert database.one("SELECT count(*) FROM places WHERE note = %s", mark) == 14
    undone = write("handling=strict, max-affected=14, tx=rollback").expect(204)
    assert undone.get("Preference-Applied") == "tx=rollback, handling=strict, max-affected=14"
    lenient = write("handling=lenient, max-affected=1, tx=rollback").expect(204)
    assert lenient.get("Preference-Applied") == "tx=rollback, handling=lenient"
    assert write("max-affected=1").expect(204).get("Preference-Applied") is None
    none = client.request(method, "/places?name=eq.none", body, prefer="handling=strict, max-affected=0").expect(204)
    assert none.get("Preference-Applied") == "handling=strict, max-affected=0"


def test_max_affected_says_nothing_of_reads_and_inserts(client):
    answer = client.get("/customers?limit=2", prefer="handling=strict, max-affected=1").expect(200)
    assert answer.get("Preference-Applied") == "handling=strict"
    answer = client.post("/places", [{"name": fresh()}, {"name": fresh()}], prefer="handling=strict, max-affected=1")
    assert answer.expect(201).get("Preference-Applied") == "handling=strict"


@pytest.mark.parametrize("function", ["place_rows", "place_table"])
def test_max_affected_of_calls(client, database, function):
    answer = client.post("/rpc/" + function, {"n": 5}, prefer="handling=strict, max-affected=4").expect(400)
    assert answer.json() == {"code": "PGRST124", "message": "Query result exceeds max-affected preference constraint",
                             "details": "The query affects 5 rows", "hint": None}
    assert database.one("SELECT count(*) FROM places WHERE name LIKE '%/5'") == 0
    kept = client.post("/rpc/" + function, {"n": 6}, prefer="handling=strict, max-affected=6").expect(200)
    assert len(kept.json()) == 6 and kept.get("Preference-Applied") == "handling=strict, max-affected=6"
    assert client.post("/rpc/" + function, {"n": 7}, prefer="max-affected=1").expect(200).get("Preference-Applied") is None


@pytest.mark.parametrize("function", ["place_void", "place_one", "in_zone"])
def test_max_affected_of_what_is_no_set(client, database, function):
    body = {} if function == "in_zone" else {"n": 9}
    error = client.post("/rpc/" + function, body, prefer="handling=strict, max-affected=20").expect(400).json()
    assert error == {"code": "PGRST128", "details": None, "hint": None,
                     "message": "Function must return SETOF or TABLE when max-affected preference is used with "
                                "handling=strict"}
    assert database.one("SELECT count(*) FROM places WHERE name IN ('void1/9', 'one9')") == 0


# tx, and all of them together


def test_transactions_of_calls(client, database):
    undone = client.post("/rpc/place_rows", {"n": 2}, prefer="tx=rollback").expect(200)
    assert undone.get("Preference-Applied") == "tx=rollback" and len(undone.json()) == 2
    assert database.row("places", name="rpc1/2") is None
    assert client.post("/rpc/place_void", {"n": 2}, prefer="tx=rollback").expect(204).get("Preference-Applied") == "tx=rollback"
    assert database.row("places", name="void1/2") is None
    assert client.post("/rpc/place_void", {"n": 3}, prefer="tx=commit").expect(204).get("Preference-Applied") == "tx=commit"
    assert database.row("places", name="void1/3") is not None


def test_the_order_of_what_was_applied(client, database):
    name = fresh()
    places(database, fresh(), fresh())
    prefer = ["timezone=UTC, handling=strict", "tx=commit", "count=exact, return=minimal", "missing=default",
              "resolution=merge-duplicates, max-affected=3"]
    answer = client.post("/places?columns=name,note", [{"name": name}], headers=[("Prefer", p) for p in prefer]).expect(201)
    assert answer.get("Preference-Applied") == ("resolution=merge-duplicates, missing=default, return=minimal, count=exact, "
                                                "tx=commit, handling=strict, timezone=UTC")
    answer = client.patch(f"/places?name=eq.{name}", {"note": "x"}, headers=[("Prefer", p) for p in prefer]).expect(204)
    assert answer.get("Preference-Applied") == ("return=minimal, count=exact, tx=commit, handling=strict, timezone=UTC, "
                                                "max-affected=3")
    answer = client.get("/places?limit=1", headers=[("Prefer", p) for p in prefer]).expect(206)
    assert answer.get("Preference-Applied") == "count=exact, handling=strict, timezone=UTC"


def test_a_resolution_without_a_key_is_left_aside(client):
    answer = client.post("/keyless", {"a": 1}, prefer="resolution=merge-duplicates, return=representation").expect(201)
    assert answer.get("Preference-Applied") == "return=representation"
