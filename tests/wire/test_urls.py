"""docs/http.md section 1: resources and their URLs."""

from urllib.parse import quote

import pytest

import tables


def piece(value):
    return quote(value, safe="")


TEXT_KEYS = ["plain", "a/b", "a,b", "/", ",", "a/b,c/d", "100%", "%2F", "a%2Fb", "%", "a b", " lead", "trail ", "a+b", "+", "\u00fc",
             "\u65e5\u672c\u8a9e", "\U0001f600", "e\u0301", "a;b", "a:b", "a@b", "a&b=c", "?", "#", "a?b#c", "'", '"', "\\", "<x>", "[1]",
             "{}", "|", "^", "`", "~", "a..b", "...", "_x", "$1", "*", "(1)", "a\tb", "a\nb", "\x7f", "null", "true", "0", "eq.x",
             "x" * 500, "\u00e9" * 200, "\uffff", "\u200b"]


@pytest.mark.parametrize("key", TEXT_KEYS, ids=lambda k: repr(k)[:24])
def test_text_keys(client, database, key):
    url = f"/places/{piece(key)}"
    made = client.put(url, {"note": "made"}, if_none_match="*").expect(201)
    assert made.json()["name"] == key
    assert database.row("places", name=key)["note"] == "made"
    assert client.get(made.get("Content-Location")).expect(200).json()["name"] == key
    client.get(url, if_none_match=made.etag).expect(304)
    client.patch(url, {"note": "changed"}, if_match=made.etag).expect(200)
    client.delete(url, if_match="*").expect(204)
    made = client.post("/places", {"name": key}).expect(201)
    assert client.get(made.get("Location")).expect(200).json()["name"] == key
    assert all(" " < c < "\x7f" for c in made.get("Location"))
    client.delete(made.get("Location"), if_match=made.etag).expect(204)


def test_keys_that_look_alike_are_different(client, database):
    for key in ("a/b", "a%2Fb", "a%252Fb", "a,b", "a%2Cb", "A/B", "a\u0301", "\u00e1"):
        database.insert("places", "name", name=f"alike {key}", note=key)
    for key in ("a/b", "a%2Fb", "a%252Fb", "a,b", "a%2Cb", "A/B", "a\u0301", "\u00e1"):
        assert client.get(f"/places/{piece('alike ' + key)}").expect(200).json()["note"] == key


PAIRS = [("a", "b"), ("a,b", "c"), ("a", "b,c"), ("a/b", "c/d"), ("", "x"), ("x", ""), ("%2C", ","), ("\u00fc", "\u00df"), ("1", "2")]


@pytest.mark.parametrize("pair", PAIRS, ids=str)
def test_composite_text_keys(client, database, pair):
    url = f"/pairs/{piece(pair[0])},{piece(pair[1])}"
    made = client.put(url, {"note": "n"}, if_none_match="*").expect(201)
    assert (made.json()["a"], made.json()["b"]) == pair
    assert client.get(made.get("Content-Location")).expect(200).json()["note"] == "n"
    client.delete(url, if_match=made.etag).expect(204)
    assert database.row("pairs", a=pair[0], b=pair[1]) is None


def test_composite_keys_in_key_order(client, database):
    body = client.get("/order_lines/2,3").expect(200).json()
    assert (body["order_id"], body["line"]) == (2, 3)
    client.get("/order_lines/3,200").problem(404)


@pytest.mark.parametrize("url", ["/order_lines/1%2C1", "/order_lines/1", "/order_lines/1,1,1", "/order_lines/1,", "/order_lines/,1",
                                 "/order_lines/,", "/orders/1,1", "/orders/1,", "/orders/,1", "/pairs/onlyone", "/orders%2F1", "/orders%2f1"])
def test_wrong_number_of_pieces_names_nothing(client, url):
    client.get(url).problem(404)


@pytest.mark.parametrize("url", [
    "/orders/abc", "/orders/1.5", "/orders/1e3", "/orders/NaN", "/orders/null", "/orders/99999999999999999999", "/orders/9223372036854775808",
    "/orders/-9223372036854775809", "/orders/0x1", "/orders/1%20OR%201=1", "/orders/%271%27", "/orders/1;", "/orders/%E2%91%A0",
    "/orders/--1", "/orders/true", "/orders/1_000", "/tokens/not-a-uuid", "/tokens/1", "/tokens/00000000-0000-0000-0000-00000000000",
    "/tokens/00000000-0000-0000-0000-00000000000g", "/moments/whenever", "/moments/2024-13-01", "/moments/2024-02-30T00:00:00Z",
    "/boxes/2147483648", "/order_lines/1,x", "/order_lines/x,1", "/events/1,someday", "/events/1,2024-02-30",
])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE", "PUT"])
def test_key_that_cannot_be_a_value_names_nothing(client, method, url):
    body = {} if method[0] == "P" else None
    client.request(method, url, body, if_match=None if method == "PUT" else "*", if_none_match="*" if method == "PUT" else None).problem(404)


@pytest.mark.parametrize("spelling", ["01", "+1", "%201", "0001", "1%20"])
def test_other_spellings_of_a_key_are_the_same_state_or_nothing(client, spelling):
    answer = client.get(f"/orders/{spelling}").expect(200, 404)
    if answer.status == 200:
        assert answer.etag == client.tag("/orders/1") and answer.json()["id"] == 1
        client.get("/orders/1", if_match=answer.etag).expect(200)


def test_uuid_keys(client):
    made = client.post("/tokens", {"note": "x"}).expect(201)
    key = made.json()["id"]
    for spelling in (key, key.upper(), key.replace("-", ""), "{" + key + "}"):
        answer = client.get(f"/tokens/{piece(spelling)}").expect(200)
        assert answer.etag == made.etag
    client.patch(f"/tokens/{key.upper()}", {"note": "y"}, if_match=made.etag).expect(200)


def test_timestamptz_keys(client, database):
    made = client.post("/moments", {"at": "2024-05-06T07:08:09.123456+02:00", "note": "n"}).expect(201)
    assert client.get(made.get("Location")).expect(200).etag == made.etag
    for spelling in ("2024-05-06T05:08:09.123456Z", "2024-05-06T07:08:09.123456+02:00", "2024-05-06 05:08:09.123456+00", "20240506T050809.123456Z"):
        answer = client.get(f"/moments/{piece(spelling)}").expect(200)
        assert answer.etag == made.etag and answer.json()["note"] == "n"
    client.get("/moments/2024-05-06T05:08:09Z").problem(404)


@pytest.mark.parametrize("bad", ["%00", "a%00b", "%", "%4", "%zz", "%4g", "a%", "%ff", "%c0%80", "%c3", "%c3%28", "%ed%a0%80", "%f4%90%80%80",
                                 "%e2%82", "%f8%88%80%80%80", "%c1%bf", "%u0041"])
@pytest.mark.parametrize("place", ["/places/{}", "/{}", "/pairs/{},b", "/pairs/a,{}", "/orders?note=eq.{}", "/orders?{}=eq.1"])
def test_bad_escapes(client, place, bad):
    client.get(place.format(bad)).problem(400)


@pytest.mark.parametrize("raw", [b"/places/\xff", b"/places/\xc3\xbc", b"/pl\xe9ces"])
def test_raw_bytes_in_the_target(client, raw):
    """RFC 3986 knows no such bytes: refused, or taken for what UTF-8 says; never a failure inside."""
    assert client.request("GET", raw).status in (400, 404)


@pytest.mark.parametrize("url", ["/orders", "/orders/1", "/order_lines/1,1", "/places/slashed"])
def test_trailing_slash_names_the_same_resource(client, database, url):
    if "places" in url and not database.row("places", name="slashed"):
        database.insert("places", "name", name="slashed")
    plain, slashed = client.get(url).expect(200, 206), client.get(url + "/").expect(200, 206)
    assert plain.etag == slashed.etag and plain.body == slashed.body
    client.get(url + "/", if_none_match=plain.etag).expect(304)


@pytest.mark.parametrize("url", ["/Orders", "/ORDERS/1", "/mixedcase", "/order", "/orders_", "/public.orders", "/elsewhere.parcels", "/parcels",
                                 "/pg_class", "/pg_catalog.pg_class", "/events_old/1,2024-05-05x", "/orders;1", "/rpc", "/rpc/shout", "/orders/1/2/3"])
def test_unknown_resources(client, url):
    client.get(url).problem(404)


@pytest.mark.parametrize("url", ["/ord%65rs/1", "/%6f%72%64%65%72%73/%31"])
def test_pieces_are_decoded_once(client, url):
    assert client.get(url).expect(200).etag == client.tag("/orders/1")


def test_pieces_are_not_decoded_twice(client):
    client.get("/ord%2565rs/1").problem(404)
    client.get("/orders/%2531").problem(404)


def test_mixed_case_resource(client, database):
    database.sql('INSERT INTO "MixedCase" ("Id", "Name") VALUES (77, %s)', "n")
    body = client.get("/MixedCase/77").expect(200).json()
    assert body["Name"] == "n"
    assert client.get("/MixedCase?Id=eq.77&select=Name").expect(200).json()[0]["Name"] == "n"


def test_resource_name_that_needs_escapes(start, fresh_database):
    fresh_database.sql(tables.item('"a/b, c\u00e9"'))
    server = start(fresh_database)
    with server.client() as client:
        assert client.get("/" + piece("a/b, c\u00e9") + "/1").expect(200).json()["note"] == "as it was"
        made = client.post("/" + piece("a/b, c\u00e9"), {"id": 2}).expect(201)
        client.get(made.get("Location")).expect(200)


@pytest.mark.parametrize("base", ["/api", "/very/deep"])
def test_base_path(start, database, base):
    server = start(database, server={"base_path": base})
    with server.client() as client:
        assert client.get("/orders/1").expect(200).json()["id"] == 1
        made = client.post("/orders", {"note": "based"}).expect(201)
        assert made.get("Location") == f"{base}/orders/{made.json()['id']}"
        answer = client.patch(f"/orders/{made.json()['id']}", {"note": "x"}, if_match=made.etag).expect(200)
        assert answer.get("Content-Location") == made.get("Location")
        document = client.patch(f"/orders/{made.json()['id']}", {"note": "x"}, if_match='"x"').problem(412)
        assert base in str(document["link"])
        client.get("").expect(200)
        client.get("/").expect(200)
        client.get("/_live").expect(200)
    with server.client() as outside:
        outside.base = ""
        for url in ("/orders/1", base + "x/orders/1", "/x" + base + "/orders/1"):
            outside.get(url).problem(404)


def test_own_names_are_served_under_an_alias(start, database):
    server = start(database, resources={"visible": {"table": "_hidden"}})
    with server.client() as client:
        assert client.get("/visible/1").expect(200).json()["note"] == "hidden"
        client.get("/_hidden/1").problem(404)
        tag = client.tag("/visible/1")
        client.patch("/visible/1", {"note": "hidden"}, if_match=tag).expect(200)


def test_absolute_form(client, server):
    """RFC 9112 3.2.2."""
    assert client.get(f"http://127.0.0.1:{server.port}/orders/1").expect(200).etag == client.tag("/orders/1")


@pytest.mark.parametrize("url", ["/orders/1#x", "/orders/1?", "/orders/1?&", "/orders?&limit=1&"])
def test_empty_queries(client, url):
    client.get(url).expect(*((400,) if "#" in url else (200, 206)))


def test_url_at_the_limit_and_past_it(start, database):
    server = start(database, server={"max_url": "1024"})
    with server.client() as client:
        def url(size):
            return "/places/" + "x" * (size - 8)
        client.get(url(1024)).problem(404)
    with server.client() as client:
        client.get(url(1025)).problem(414)
