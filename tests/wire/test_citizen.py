"""docs/http.md section 10: being a good HTTP citizen."""

import email.utils
import gzip
import time

import pytest

from midair import eventually

ORIGIN = "https://app.example"
EXPOSED = {"etag", "last-modified", "location", "content-range", "link", "preference-applied", "retry-after"}


@pytest.fixture(scope="module")
def config():
    return {"server": {"cors_origins": f"{ORIGIN}, https://other.example:8443", "gzip_min": "200"}}


ANSWERS = [
    ("200", "GET", "/orders/1", None, {}, 200),
    ("200 of a list", "GET", "/orders?limit=2", None, {}, (200, 206)),
    ("201", "POST", "/orders", {"note": "x"}, {}, 201),
    ("204", "PATCH", "/orders/2", {"note": "x"}, {"If-Match": "*", "Prefer": "return=minimal"}, 204),
    ("304", "GET", "/orders/1", None, {"If-None-Match": "*"}, 304),
    ("400", "GET", "/orders?nope", None, {}, 400),
    ("400 of the URL", "GET", "/orders/%zz", None, {}, 400),
    ("400 of the content", "POST", "/orders", "{", {}, 400),
    ("404 of the resource", "GET", "/nowhere", None, {}, 404),
    ("404 of the row", "GET", "/orders/987654321", None, {}, 404),
    ("405", "POST", "/orders/1", {}, {}, 405),
    ("406", "GET", "/orders/1", None, {"Accept": "text/html"}, 406),
    ("409", "POST", "/orders", {"id": 1}, {}, 409),
    ("412", "PATCH", "/orders/1", {"note": "x"}, {"If-Match": '"x"'}, 412),
    ("412 of nothing", "PUT", "/orders/987654321", {"note": "x"}, {"If-Match": '"x"'}, 412),
    ("415", "PATCH", "/orders/1", "x", {"Content-Type": "text/plain", "If-Match": "*"}, 415),
    ("428", "PATCH", "/orders/1", {"note": "x"}, {}, 428),
    ("501", "FROB", "/orders/1", None, {}, 501),
    ("the index", "GET", "/", None, {}, 200),
    ("readiness", "GET", "/_ready", None, {}, 200),
    ("options", "OPTIONS", "/orders/1", None, {}, (200, 204)),
]
every_answer = pytest.mark.parametrize("label, method, url, body, headers, status", ANSWERS, ids=[a[0] for a in ANSWERS])


def ask(client, method, url, body, headers, status, **more):
    return client.request(method, url, body, headers=headers, **more).expect(*(status if isinstance(status, tuple) else (status,)))


# CORS

# No browser sends a method that a preflight did not allow, and the front reads no fields of a message whose method it does not know.
every_answer_to_browsers = pytest.mark.parametrize("label, method, url, body, headers, status", [a for a in ANSWERS if a[0] != "501"],
                                                   ids=[a[0] for a in ANSWERS if a[0] != "501"])


@every_answer_to_browsers
def test_cors_on_every_answer(client, label, method, url, body, headers, status):
    answer = ask(client, method, url, body, headers, status, origin=ORIGIN)
    assert answer.all("Access-Control-Allow-Origin") == [ORIGIN]
    assert EXPOSED <= set(answer.members("Access-Control-Expose-Headers"))
    assert "origin" in answer.members("Vary")


@every_answer
@pytest.mark.parametrize("origin", ["https://evil.example", "http://app.example", "https://app.example.evil.example", "https://app.example:443",
                                    "null", "https://other.example", "https://APP.example.", "*"])
def test_cors_for_nobody_else(client, label, method, url, body, headers, status, origin):
    """Nor may their pages write."""
    writes = method in ("POST", "PUT", "PATCH", "DELETE")
    answer = ask(client, method, url, body, headers, 403 if writes else status, origin=origin)
    assert answer.all("Access-Control-Allow-Origin") == []


def test_cors_second_origin(client):
    assert client.get("/orders/1", origin="https://other.example:8443").get("Access-Control-Allow-Origin") == "https://other.example:8443"


@every_answer
def test_vary_by_origin_even_without_one(client, label, method, url, body, headers, status):
    assert "origin" in ask(client, method, url, body, headers, status).members("Vary")


@pytest.mark.parametrize("url", ["/orders", "/orders/1", "/"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "PUT", "DELETE", "POST"])
def test_preflight(client, url, method):
    answer = client.options(url, origin=ORIGIN, access_control_request_method=method,
                            access_control_request_headers="if-match, if-none-match, content-type, prefer, x-own").expect(200, 204)
    assert answer.get("Access-Control-Allow-Origin") == ORIGIN
    allowed = answer.members("Access-Control-Allow-Headers")
    for name in ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "content-type", "prefer"):
        assert name in allowed or "*" in allowed, name
    if url == "/orders/1" and method in ("GET", "PUT", "PATCH", "DELETE"):
        assert method.lower() in answer.members("Access-Control-Allow-Methods")


def test_preflight_of_a_stranger(client):
    answer = client.options("/orders/1", origin="https://evil.example", access_control_request_method="PUT")
    assert answer.get("Access-Control-Allow-Origin") is None


def test_any_origin(start, database):
    server = start(database, server={"cors_origins": "*"})
    with server.client() as client:
        assert client.get("/orders/1", origin="https://anybody.example").get("Access-Control-Allow-Origin") in ("*", "https://anybody.example")
        assert client.patch("/orders/1", {}, origin="https://anybody.example").expect(428).get("Access-Control-Allow-Origin")


def test_no_cors_unless_configured(start, database):
    server = start(database)
    with server.client() as client:
        assert not [n for n, _ in client.get("/orders/1", origin=ORIGIN).headers if n.lower().startswith("access-control")]


# Caching


@every_answer
def test_cache_control(client, label, method, url, body, headers, status):
    answer = ask(client, method, url, body, headers, status)
    if label in ("200", "200 of a list", "304", "412"):
        assert answer.get("Cache-Control") == "private, no-cache"


@pytest.mark.parametrize("url", ["/orders/1", "/orders?limit=2"])
def test_vary(client, url):
    members = client.get(url).members("Vary")
    for name in ("accept", "accept-encoding"):
        assert name in members


def test_last_modified_is_never_later_than_date(client, database):
    """A row from the future: another clock wrote it."""
    key = database.insert("orders", note="future")
    database.sql("ALTER TABLE orders DISABLE TRIGGER USER")
    database.sql("UPDATE orders SET modified = now() + interval '1 day' WHERE id = %s", key)
    database.sql("ALTER TABLE orders ENABLE TRIGGER USER")
    answer = client.get(f"/orders/{key}").expect(200)
    assert answer.get("Last-Modified") is None
    client.patch(f"/orders/{key}", {"note": "x"}, if_match=answer.etag).expect(200)
    for i in range(20):
        client.patch("/orders/3", {"note": str(i)}, if_match="*").expect(200)
        answer = client.get("/orders/3").expect(200)
        if answer.get("Last-Modified"):
            moments = [email.utils.parsedate_to_datetime(answer.get(n)) for n in ("Last-Modified", "Date")]
            assert moments[0] < moments[1]


def test_cache_control_of_a_resource(start, database):
    server = start(database, resources={"orders": {"cache_control": "public, max-age=5"}})
    with server.client() as client:
        assert client.get("/orders/1").get("Cache-Control") == "public, max-age=5"
        assert client.get("/customers/1").get("Cache-Control") == "private, no-cache"


# Content coding


@pytest.fixture
def long(database):
    return f"/orders/{database.insert('orders', note='long ' * 400)}"


def test_8_4_gzip(client, long):
    plain = client.get(long).expect(200)
    packed = client.get(long, accept_encoding="gzip").expect(200)
    assert packed.get("Content-Encoding") == "gzip" and plain.get("Content-Encoding") is None
    assert gzip.decompress(packed.body) == plain.body and len(packed.body) < len(plain.body)
    assert packed.etag != plain.etag and packed.etag.startswith(plain.etag[:-1] + "~")
    assert "accept-encoding" in packed.members("Vary") and "accept-encoding" in plain.members("Vary")


def test_3_gzip_never_breaks_an_update(client, long):
    packed = client.get(long, accept_encoding="gzip").expect(200)
    again = client.patch(long, {"note": "x" * 1000}, if_match=packed.etag, accept_encoding="gzip").expect(200)
    client.patch(long, {"note": "y" * 1000}, if_match=packed.etag).problem(412)
    client.patch(long, {"note": "z" * 1000}, if_match=again.etag).expect(200)


def test_3_if_none_match_compares_whole_tags(client, long):
    plain, packed = client.get(long), client.get(long, accept_encoding="gzip")
    client.get(long, accept_encoding="gzip", if_none_match=packed.etag).expect(304)
    client.get(long, if_none_match=plain.etag).expect(304)
    client.get(long, accept_encoding="gzip", if_none_match=plain.etag).expect(200)
    client.get(long, if_none_match=packed.etag).expect(200)
    answer = client.get(long, accept_encoding="gzip", if_none_match=packed.etag)
    assert answer.etag == packed.etag


@pytest.mark.parametrize("accept, packed", [
    ("gzip", True), ("GZIP", True), ("x-gzip", True), ("deflate, gzip", True), ("*", True), ("gzip;q=0.5", True), ("br;q=1, gzip;q=0.1", True),
    ("gzip;q=0", False), ("identity", False), ("", False), ("br", False), ("*;q=0, identity", False), ("gzip;q=0, *", False), ("identity;q=1, gzip;q=0.5", False),
    ("gzip;q=junk", None), ("gzipx", False),
])
def test_12_5_3_accept_encoding(client, long, accept, packed):
    answer = client.get(long, accept_encoding=accept).expect(200)
    if packed is not None:
        assert (answer.get("Content-Encoding") == "gzip") == packed
    assert client.get("/orders/4").expect(200)


def test_gzip_only_above_the_size(client, start, database):
    server = start(database, server={"gzip_min": "100k"})
    with server.client() as other:
        assert other.get("/orders?limit=50", accept_encoding="gzip").get("Content-Encoding") is None


def test_gzip_of_lists_and_problems(client):
    answer = client.get("/orders?order=id&limit=40", accept_encoding="gzip").expect(200, 206)
    assert answer.get("Content-Encoding") == "gzip" and gzip.decompress(answer.body)[:1] == b"["
    answer = client.patch("/orders/1", {"note": "x"}, if_match='"x"', accept_encoding="gzip").expect(412)
    if answer.get("Content-Encoding") == "gzip":
        assert b"current_etag" in gzip.decompress(answer.body)


@pytest.mark.parametrize("coding", [None, "gzip"])
def test_head_of_packed_content(client, long, coding):
    head, whole = client.head(long, accept_encoding=coding), client.get(long, accept_encoding=coding)
    assert head.etag == whole.etag and head.get("Content-Encoding") == whole.get("Content-Encoding")
    assert head.get("Content-Length") in (None, str(len(whole.body)))


# Every answer


@every_answer
def test_date_server_timing_and_request_id(client, label, method, url, body, headers, status):
    answer = ask(client, method, url, body, headers, status)
    assert abs(email.utils.parsedate_to_datetime(answer.get("Date")).timestamp() - time.time()) < 5
    assert len(answer.all("Date")) == 1
    assert answer.get("X-Request-Id")
    if method not in ("FROB",):
        assert "dur=" in answer.get("Server-Timing", "")


def test_request_ids_differ_and_are_taken_over(client, server):
    assert client.get("/orders/1").get("X-Request-Id") != client.get("/orders/1").get("X-Request-Id")
    assert client.get("/orders/1", x_request_id="from-the-proxy-42").get("X-Request-Id") == "from-the-proxy-42"
    eventually(lambda: "from-the-proxy-42" in server.log())


@pytest.mark.parametrize("value", ["a b\"c", "x" * 5000, "\u00e9", "a\tb", "<script>", "a=b c=d"])
def test_hostile_request_ids(client, server, value):
    """It must not forge a line of the log nor a field of the answer."""
    answer = client.get("/orders/1", x_request_id=value)
    assert answer.status in (200, 400)
    assert len(answer.get("X-Request-Id") or "") <= 256
    assert all("x" * 1000 not in line for line in server.log().splitlines())


@every_answer
def test_framing(client, label, method, url, body, headers, status):
    answer = ask(client, method, url, body, headers, status)
    if answer.status in (204, 304):
        assert answer.body == b""
    elif method != "HEAD":
        assert answer.get("Content-Length") == str(len(answer.body)) or "chunked" in answer.members("Transfer-Encoding")
    if answer.body:
        assert answer.get("Content-Type")
    if answer.get("Location"):
        assert answer.status in (201, 303, 307, 308)


def test_keep_alive(server):
    with server.client() as client:
        client.get("/orders/1").expect(200)
        first = client.connection().socket.getsockname()
        for url in ("/nowhere", "/orders/1", "/orders/%zz"):
            client.get(url)
        client.patch("/orders/1", {"note": "x"}).expect(428)
        client.patch("/orders/1", "{", if_match="*").expect(400)
        client.post("/orders/1", {}).expect(405)
        client.patch("/orders/1", {"note": "x"}, if_match='"x"').expect(412)
        client.get("/orders/1").expect(200)
        assert client.connection().socket.getsockname() == first


def test_connection_close_is_honoured(server):
    with server.raw() as raw:
        raw.send(b"GET /orders/1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = raw.response()
        assert answer.status == 200 and "close" in answer.members("Connection")
        assert raw.is_closed()


def test_http_1_0(server):
    with server.raw() as raw:
        raw.send(b"GET /orders/1 HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert raw.response().status == 200
        assert raw.is_closed()


def test_pipelining_keeps_the_order(server):
    with server.raw() as raw:
        raw.send(b"".join(b"GET /orders/%d HTTP/1.1\r\nHost: localhost\r\n\r\n" % i for i in range(1, 21)))
        assert [raw.response().json()["id"] for _ in range(20)] == list(range(1, 21))
