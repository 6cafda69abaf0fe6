"""RFC 9110 9 and docs/http.md section 5: what each method does on items, collections and midair's own resources."""

import email.utils

import pytest

from midair import JSON, MERGE, PATCH, UPDATE, Midair


@pytest.fixture(scope="module")
def config():
    return {"server": {"max_body": "16k"},
            "resources": {"open_orders": {"key": "id"}, "klanten": {"put_validators": "strict"},
                          "pairs": {"methods": "GET, HEAD, OPTIONS, PATCH"}}}


@pytest.fixture
def order(database):
    return f"/orders/{database.insert('orders', note='n', count=3)}"


# GET and HEAD


def test_9_3_1_item(client, order):
    answer = client.get(order).expect(200)
    assert answer.type == JSON
    body = answer.json()
    assert set(body) == {"id", "customer_id", "status", "note", "total", "count", "created", "modified", "version", "etag"}
    assert body["etag"] == answer.etag
    assert body["note"] == "n" and body["count"] == 3 and body["version"] == 1 and body["customer_id"] is None


def test_9_3_1_collection_is_a_bare_array(client):
    body = client.get("/orders?limit=3").expect(200, 206).json()
    assert isinstance(body, list) and len(body) == 3
    for element in body:
        assert element["etag"] == client.tag(f"/orders/{element['id']}")


@pytest.mark.parametrize("url", ["/orders/1", "/orders?limit=2", "/", "/_openapi.json", "/orders/1?select=id",
                                 "/orders/987654321", "/nowhere"])
def test_9_3_2_head_is_get_without_content(client, url):
    whole, head = client.get(url), client.head(url)
    assert head.status == whole.status and head.body == b""
    moving = {"date", "server-timing", "x-request-id", "request-id", "content-length"}
    fields = [[(n.lower(), v) for n, v in r.headers if n.lower() not in moving] for r in (whole, head)]
    assert sorted(fields[0]) == sorted(fields[1])
    assert head.get("Content-Length") in (None, str(len(whole.body)))


# DELETE


def test_9_3_5_delete(client, order):
    answer = client.delete(order, if_match=client.tag(order)).expect(204)
    assert answer.body == b"" and answer.get("Content-Length") in (None, "0")
    client.get(order).problem(404)
    client.delete(order, if_match="*").problem(404)


def test_9_3_5_delete_may_carry_content(client, order):
    """Restangular sends the element."""
    client.delete(order, {"id": 1, "note": "x"}, if_match=client.tag(order)).expect(204)
    client.get("/orders/1").expect(200)


# PATCH and PUT answer with the new state


@pytest.mark.parametrize("type, body", [
    (JSON, {"note": "new"}), (MERGE, {"note": "new"}), (UPDATE, {"$set": {"note": "new"}}),
    (PATCH, [{"op": "add", "path": "/note", "value": "new"}]),
], ids=["json", "merge-patch", "update", "json-patch"])
def test_rfc5789_patch(client, order, type, body):
    before = client.get(order).expect(200)
    answer = client.patch(order, body, type=type, if_match=before.etag).expect(200)
    assert answer.type == JSON and answer.get("Content-Location") == order
    after = client.get(order).expect(200)
    assert answer.json() == after.json() and answer.etag == after.etag != before.etag
    assert answer.get("Last-Modified") is None, "8.8.2: the second is not over"
    assert after.json() == {**before.json(), "note": "new", "version": 2, "modified": after.json()["modified"],
                            "etag": after.etag}


def test_9_3_4_put(client, order):
    answer = client.put(order, {"note": "new"}, if_match="*").expect(200)
    after = client.get(order).expect(200)
    assert answer.json() == after.json() and answer.etag == after.etag
    assert answer.get("Content-Location") == order


def test_9_3_4_put_that_creates(client):
    answer = client.put("/orders/700001", {"note": "new"}, if_none_match="*").expect(201)
    after = client.get("/orders/700001").expect(200)
    assert answer.json() == after.json() and answer.etag == after.etag
    assert answer.get("Content-Location") == "/orders/700001"
    assert answer.get("Location") in (None, "/orders/700001")
    assert after.json()["version"] == 1 and after.json()["created"] == after.json()["modified"]


def test_9_3_4_strict_validators(client, database):
    key = database.insert("klanten", naam="a")
    answer = client.put(f"/klanten/{key}", {"naam": "b"}, if_match="*").expect(200, 204)
    assert answer.etag is None and answer.get("Last-Modified") is None
    client.patch(f"/klanten/{key}", {"naam": "c"}, if_match="*").expect(200)
    assert client.get(f"/klanten/{key}").etag


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_rfc7240_return_minimal(client, order, method):
    answer = client.request(method, order, {"note": "new"}, if_match="*", prefer="return=minimal").expect(204)
    assert answer.body == b"" and answer.etag == client.tag(order)
    assert "return=minimal" in answer.get("Preference-Applied")


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_rfc7240_return_representation(client, order, method):
    answer = client.request(method, order, {"note": "new"}, if_match="*", prefer="return=representation").expect(200)
    assert answer.json()["note"] == "new"


@pytest.mark.parametrize("prefer", ["return=junk", "nothing", "return", "return=minimal=x", ";;;", ", ,", "a=\"b"])
def test_rfc7240_unknown_preferences_are_ignored(client, order, prefer):
    client.patch(order, {"note": "x"}, if_match="*", prefer=prefer).expect(200)


def test_rfc7240_minimal_creation(client):
    answer = client.post("/orders", {"note": "small"}, prefer="return=minimal").expect(201)
    assert answer.body == b"" and answer.etag
    assert client.get(answer.get("Location")).expect(200).json()["note"] == "small"


# 405, 501


@pytest.mark.parametrize("method, url", [
    ("POST", "/orders/1"), ("PUT", "/"), ("POST", "/"), ("DELETE", "/"), ("PATCH", "/"), ("POST", "/order_names"), ("DELETE", "/order_names?status=eq.new"),
    ("PATCH", "/order_names?status=eq.new"), ("PUT", "/order_names"), ("POST", "/_ready"), ("DELETE", "/_metrics"),
    ("PUT", "/pairs/a,b"), ("DELETE", "/pairs/a,b"), ("POST", "/pairs"),
])
def test_15_5_6_method_not_allowed(client, method, url):
    body = {} if method in ("POST", "PUT", "PATCH") else None
    answer = client.request(method, url, body, if_match="*")
    answer.problem(405)
    allow = answer.members("Allow")
    assert allow and method.lower() not in allow, answer
    assert "get" in allow and "head" in allow and "options" in allow
    listed = client.options(url).expect(200, 204)
    assert sorted(listed.members("Allow")) == sorted(allow)


@pytest.mark.parametrize("method", ["FROB", "get", "Patch", "PROPFIND", "GETT", "TRACE"])
def test_9_1_unknown_methods(client, method):
    client.request(method, "/orders/1").problem(501)
    client.get("/orders/1").expect(200)


def test_view_without_a_key_is_read_only(client):
    assert client.get("/order_names?limit=2").expect(200, 206).json()
    client.get("/order_names/1").problem(404)


def test_view_with_a_configured_key_has_items(client, order):
    url = order.replace("orders", "open_orders")
    answer = client.get(url).expect(200)
    assert set(answer.json()) == {"id", "status", "note", "count", "etag"}
    client.patch(url, {"note": "through the view"}, if_match=answer.etag).expect(200)
    assert client.get(order).json()["note"] == "through the view"


def test_keyless_table_is_a_collection_alone(client):
    body = client.get("/keyless").expect(200).json()
    assert [(r["a"], r["b"]) for r in sorted(body, key=lambda r: r["a"])] == [(1, "one"), (2, "two")]
    client.get("/keyless/1").problem(404)


# OPTIONS


def test_9_3_7_options_of_an_item(client, order):
    answer = client.options(order).expect(200, 204)
    assert set(answer.members("Allow")) == {"get", "head", "put", "patch", "delete", "options"}
    accepted = answer.members("Accept-Patch")
    for type_ in (JSON, MERGE, PATCH, UPDATE):
        assert type_ in accepted


def test_9_3_7_options_of_a_collection(client):
    answer = client.options("/orders").expect(200, 204)
    assert {"get", "head", "post", "options"} <= set(answer.members("Allow"))
    assert JSON in answer.members("Accept-Post")


@pytest.mark.parametrize("url", ["/", "/_ready", "/_openapi.json"])
def test_9_3_7_options_of_midairs_own(client, url):
    assert set(client.options(url).expect(200, 204).members("Allow")) == {"get", "head", "options"}


def test_9_3_7_options_of_nothing(client):
    client.options("/nowhere").problem(404)


def test_9_3_7_options_of_the_server(client):
    client.options("*").expect(200, 204)


# Media types: 406, 415, 413


@pytest.mark.parametrize("accept, status", [
    ("*/*", 200), ("application/*", 200), ("application/json", 200), ("APPLICATION/JSON", 200), ("", 200),
    ("application/json;q=0.001", 200), ("text/html, */*;q=0.1", 200), ("application/json; charset=utf-8", 200),
    ("text/html", 406), ("image/*", 406), ("application/json;q=0", 406), ("*/*;q=0", 406),
    ("text/html, application/json;q=0.0", 406), ("application/*;q=0, application/json", 200),
    ("application/json;q=0, */*", 406), ("application/problem+json", 406),
    ("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", 200),  # java.net.HttpURLConnection
    ("text/html, *;q=.2", 200), ("*", 200), ("text/html, */*;q=.001", 200), ("text/html, */*;q=.2;x=y", 200),
    ("text/html, *;q=0", 406), ("text/html, *;q=.0", 406), ("text/html, */*;q=.", 406), ("text/html, */*;q=.2.3", 406),
    ("text/html, */*;q=.2345", 406), ("text/html, */*;q=2", 406), ("text/html, **", 406), ("text/html, */", 406),
    ("text/html, *json", 406), ("text/html, *;q=-.2", 406),
])
@pytest.mark.parametrize("url", ["/orders/1", "/orders?limit=1"])
def test_12_5_1_accept(client, url, accept, status):
    answer = client.get(url, accept=accept)
    if status == 406:
        answer.problem(406)
    else:
        answer.expect(200, 206)
        assert answer.type == JSON


def test_12_5_1_repeated_accept_lines(client):
    client.get("/orders/1", headers=[("Accept", "text/html"), ("Accept", "application/json")]).expect(200)


@pytest.mark.parametrize("method, url, type", [
    ("PATCH", "/orders/1", "text/plain"), ("PATCH", "/orders/1", "application/xml"), ("PATCH", "/orders/1", "application/jsonx"),
    ("PATCH", "/orders/1", "application/x-www-form-urlencoded"), ("PATCH", "/orders/1", "multipart/form-data; boundary=x"),
    ("PATCH", "/orders/1", "application/json; charset=latin1"), ("PATCH", "/orders/1", "json"),
    ("POST", "/orders", "text/plain"), ("POST", "/orders", "application/xml"), ("POST", "/orders", MERGE),
    ("POST", "/orders", PATCH), ("PUT", "/orders/1", "text/plain"), ("PUT", "/orders/1", MERGE), ("PUT", "/orders/1", PATCH),
    ("PUT", "/orders/1", UPDATE),
])
def test_15_5_16_unsupported_media_type(client, database, method, url, type):
    before = database.one("SELECT count(*), max(xmin::text::bigint) FROM orders")
    answer = client.request(method, url, b'{"note": "x"}', type=type, if_match="*")
    answer.problem(415)
    assert database.one("SELECT count(*), max(xmin::text::bigint) FROM orders") == before
    if method == "PATCH":
        for accepted in (JSON, MERGE, PATCH, UPDATE):
            assert accepted in answer.members("Accept-Patch")
    if method == "POST":
        assert JSON in answer.members("Accept-Post")


@pytest.mark.parametrize("type", [
    "application/json;charset=utf-8", 'application/json; charset="UTF-8"', "Application/JSON", "application/json ;charset=UTF-8",
    "application/json; version=1",
])
def test_8_3_parameters_of_the_media_type(client, order, type):
    client.patch(order, {"note": "x"}, type=type, if_match="*").expect(200)


@pytest.mark.parametrize("coding", ["gzip", "br", "identity, gzip", "junk"])
def test_8_4_coded_content_is_not_read(client, order, coding):
    answer = client.patch(order, {"note": "x"}, content_encoding=coding, if_match="*")
    answer.problem(415)
    assert answer.get("Accept-Encoding") == "identity", "15.5.16: which codings would be accepted"
    assert answer.get("Accept-Patch") is None, "the media type was not the reason"


@pytest.mark.parametrize("method, url", [("POST", "/orders"), ("PUT", "/orders/1"), ("POST", "/rpc/nothing")])
def test_8_4_coded_content_of_any_method(client, method, url):
    answer = client.request(method, url, b"\x1f\x8b", type=JSON, content_encoding="gzip", if_match="*")
    if answer.status != 404:
        answer.problem(415)
        assert answer.get("Accept-Encoding") == "identity"


@pytest.mark.parametrize("value", ["bytes 0-9/20", "bytes */20", "items 0-1/*", "junk", "", "bytes 0-9/20, bytes 10-19/20"])
@pytest.mark.parametrize("url", ["item", "new item", "array"])
def test_14_5_put_of_a_part_is_refused(client, database, order, url, value):
    """A server that stored the part as the whole would lose the rest."""
    before = database.one("SELECT count(*), max(xmin::text::bigint) FROM orders")
    target = {"item": order, "new item": "/orders/98765", "array": "/orders"}[url]
    content = [{"id": 1, "note": "part"}] if url == "array" else {"note": "part"}
    problem = client.put(target, content, content_range=value, if_match="*").problem(400)
    assert "Content-Range" in problem["detail"]
    assert database.one("SELECT count(*), max(xmin::text::bigint) FROM orders") == before


@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_14_5_content_range_means_nothing_with_other_methods(client, order, method):
    body = {"note": "whole"} if method == "PATCH" else None
    client.request(method, order, body, content_range="bytes 0-9/20", if_match="*").expect(200, 204)


def test_15_5_14_content_at_the_limit_and_past_it(client, order):
    def body(size):
        return b'{"note": "' + b"x" * (size - 12) + b'"}'

    assert len(body(16384)) == 16384
    client.patch(order, body(16384), if_match="*").expect(200)
    tag = client.tag(order)
    client.patch(order, body(16385), if_match="*").problem(413)
    client.post("/orders", b"[" + b" " * 20000 + b"]").problem(413)
    assert client.tag(order) == tag


# X-HTTP-Method-Override


def test_override_is_off(client, order):
    client.post(order, {"note": "x"}, x_http_method_override="PATCH", if_match="*").problem(405)
    client.post(order, x_http_method_override="DELETE", if_match="*").problem(405)
    client.get(order).expect(200)


def test_override_switched_on(start, database):
    key = database.insert("orders", note="n")
    server = start(database, server={"method_override": "on"})
    with server.client() as client:
        url = f"/orders/{key}"
        client.post(url, {"note": "x"}, x_http_method_override="PATCH").problem(428)
        client.post(url, {"note": "x"}, x_http_method_override="PATCH", if_match='"stale"').problem(412)
        client.post(url, {"note": "x"}, x_http_method_override="PATCH", if_match="*").expect(200)
        client.post(url, {"note": "x"}, x_http_method_override="FROB", if_match="*").problem(405, 501)
        before = database.one("SELECT count(*) FROM orders")
        client.post("/orders", {"note": "x"}, x_http_method_override="FROB").problem(400, 405, 501)
        assert database.one("SELECT count(*) FROM orders") == before
        assert client.get(url, x_http_method_override="DELETE", if_match="*").status == 200
        client.post(url, x_http_method_override="DELETE", if_match="*").expect(204)
    assert database.row("orders", id=key) is None


# midair's own resources


def test_1_index_lists_the_resources(client):
    answer = client.get("/").expect(200)
    assert answer.type == JSON
    text = answer.text
    for name in ("orders", "customers", "MixedCase", "order_names"):
        assert name in text
    assert "_hidden" not in text and "parcels" not in text


def test_1_openapi(client):
    for answer in (client.get("/_openapi.json"), client.get("/", accept="application/openapi+json")):
        document = answer.expect(200).json()
        assert document["openapi"].startswith("3.1")
        assert any(path.startswith("/orders") for path in document["paths"])
        assert answer.type in (JSON, "application/openapi+json", "application/vnd.oai.openapi+json")


@pytest.mark.parametrize("url", ["/_live", "/_ready", "/_metrics"])
def test_1_operation(client, url):
    client.get(url).expect(200)


@pytest.mark.parametrize("url", ["/_nothing", "/_", "/_readyx", "/_ready/x", "/_hidden", "/_hidden/1"])
def test_1_names_with_an_underscore_are_midairs(client, url):
    client.get(url).problem(404)


def test_10_2_1_date(client, order):
    for answer in (client.get(order), client.get("/nowhere"), client.patch(order, {}, if_match='"x"')):
        assert abs(email.utils.parsedate_to_datetime(answer.get("Date")).timestamp() - __import__("time").time()) < 5


def test_switching_methods_off_by_configuration(database, start):
    database.insert("places", "name", name="here", note="n")
    server = start(database, resources={"*": {"methods": "GET, HEAD"}})
    with server.client() as client:
        client.get("/places/here").expect(200)
        for method in ("PUT", "PATCH", "DELETE"):
            client.request(method, "/places/here", {} if method[0] == "P" else None, if_match="*").problem(405)


def test_served_under_another_name(database, start):
    server = start(database, resources={"hidden": {"table": "_hidden"}, "packages": {"table": "elsewhere.parcels"}},
                   settings={"schemas": "public, elsewhere"})
    with server.client() as client:
        assert client.get("/hidden/1").expect(200).json()["note"] == "hidden"
        assert client.get("/packages/1").expect(200).json()["note"] == "far"


def test_the_harness_sees_a_server_that_refuses_its_configuration(database):
    with pytest.raises(SystemError):
        with Midair(database, server={"no_such_setting": "1"}):
            pass
