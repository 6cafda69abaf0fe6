"""RFC 9110 7.2 and 7.4: a request for another host is not served, nor is a write from a page of another origin."""

import pytest

OURS = "https://app.example"


@pytest.fixture(scope="module")
def config():
    return {"server": {"server_names": "api.example.org, *.shop.example", "cors_origins": OURS}}


HOSTS = [
    ("api.example.org", 200), ("API.EXAMPLE.ORG:443", 200), ("eu.shop.example", 200), ("localhost", 200), ("localhost:8080", 200),
    ("127.0.0.1", 200), ("10.0.0.9:1", 200), ("[::1]:80", 200), ("a.localhost", 200),
    ("evil.example", 421), ("evil.example:8080", 421), ("api.example.org.evil.example", 421), ("shop.example", 421),
    ("xapi.example.org", 421), ("localhost.evil.example", 421), ("127.0.0.1.evil.example", 421), ("2130706433", 421), ("127.1", 421),
]


@pytest.mark.parametrize("host, status", HOSTS)
@pytest.mark.parametrize("url", ["/orders/1", "/", "/_ready", "/_openapi.json"])
def test_7_2_host_names_the_server(client, url, host, status):
    """A page whose name was made to resolve to this server (DNS rebinding) names itself in Host."""
    answer = client.get(url, headers={"Host": host})
    if status == 421:
        assert host in answer.problem(421)["detail"]
    else:
        answer.expect(200)


@pytest.mark.parametrize("host", [h for h, status in HOSTS if status == 421])
def test_7_4_a_write_for_another_host_changes_nothing(client, database, host):
    before = database.one("SELECT count(*), max(version) FROM orders")
    client.post("/orders", {"note": "x"}, headers={"Host": host}).problem(421)
    client.patch("/orders/1", {"note": "x"}, headers={"Host": host}, if_match="*").problem(421)
    client.delete("/orders/1", headers={"Host": host}, if_match="*").problem(421)
    assert database.one("SELECT count(*), max(version) FROM orders") == before


def test_7_2_the_authority_of_an_absolute_target_counts(client):
    client.get(f"http://evil.example:{client.port}/orders/1").problem(421)
    client.get(f"http://localhost:{client.port}/orders/1").expect(200)


def test_7_2_without_names_addresses_and_localhost_are_served(start, database):
    with start(database).client() as own:
        for host, status in [("127.0.0.1", 200), ("localhost", 200), ("[::1]", 200), ("api.example.org", 421), ("midair", 421)]:
            own.get("/orders/1", headers={"Host": host}).expect(status)


def test_7_2_a_star_is_any_host(start, database):
    with start(database, server={"server_names": "*"}).client() as own:
        own.get("/orders/1", headers={"Host": "whatever.example"}).expect(200)


WRITES = [
    ("POST, as a form would send it", "POST", "/orders", b"note=x", "text/plain"),
    ("POST of JSON", "POST", "/orders", {"note": "x"}, None),
    ("POST without content", "POST", "/orders", None, None),
    ("PUT", "PUT", "/orders/1", {"note": "x"}, None),
    ("PATCH", "PATCH", "/orders/1", {"note": "x"}, None),
    ("DELETE", "DELETE", "/orders/1", None, None),
    ("DELETE by filter", "DELETE", "/orders?id=gt.0", None, None),
    ("POST of a function", "POST", "/rpc/nothing", {}, None),
]


@pytest.mark.parametrize("label, method, url, body, type", WRITES, ids=[w[0] for w in WRITES])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil", "http://app.example",
                                    "https://app.example:8443", "", "junk", "http://127.0.0.1:1"])
def test_writes_from_pages_of_other_origins_are_refused(client, database, label, method, url, body, type, origin):
    before = database.one("SELECT count(*), max(version) FROM orders")
    client.request(method, url, body, type=type, origin=origin, if_match="*").problem(403)
    assert database.one("SELECT count(*), max(version) FROM orders") == before


@pytest.mark.parametrize("origin", [OURS, None, "SAME"])
def test_writes_from_pages_of_allowed_origins_are_made(client, origin):
    origin = f"http://127.0.0.1:{client.port}" if origin == "SAME" else origin
    client.post("/orders", {"note": "x"}, origin=origin).expect(201)


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
def test_reads_from_pages_of_other_origins_are_answered_without_cors(client, method):
    answer = client.request(method, "/orders/1", origin="https://evil.example").expect(200, 204)
    assert answer.get("Access-Control-Allow-Origin") is None


@pytest.mark.parametrize("origins", ["", "*"])
def test_writes_of_any_origin_where_none_or_all_are_configured(start, database, origins):
    server = {"cors_origins": origins} if origins else {}
    with start(database, server=server).client() as own:
        own.post("/orders", {"note": "x"}, origin="https://evil.example").expect(201)
