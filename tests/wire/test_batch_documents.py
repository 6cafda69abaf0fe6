"""docs/http.md section 8, POST /_batch: documents that are no batch change nothing; limits, methods and settings."""

import pytest

import tables
from batches import SCHEMA, STAMPED, batch, everything, req, send, statuses

database = tables.database(SCHEMA, stamped=STAMPED)


@pytest.fixture(scope="module")
def config():
    return {"server": {"batch_max": "50"}}


# ---- documents that are no batch ----

BAD = {
    "no object": ([], "requests"),
    "no requests": ({}, "requests"),
    "requests that are no array": ({"requests": {}}, "requests"),
    "a further member": ({"requests": [], "more": 1}, "requests"),
    "a request that is no object": ({"requests": [1]}, "Request 1"),
    "no id": ({"requests": [{"method": "GET", "url": "/orders"}]}, "Request 1"),
    "an empty id": ({"requests": [req("", "GET", "/orders")]}, "Request 1"),
    "an id that cannot stand in a URL": ({"requests": [req("a/b", "GET", "/orders")]}, "Request 1"),
    "an id of another type": ({"requests": [req({}, "GET", "/orders")]}, "Request 1"),
    "an id twice": ({"requests": [req("1", "GET", "/orders"), req("1", "GET", "/orders")]}, "Request 2"),
    "an id of a group": ({"requests": [req("1", "GET", "/orders", group="g"), req("g", "GET", "/orders")]}, "Request 2"),
    "a group with an id's name": ({"requests": [req("1", "GET", "/orders"), req("2", "GET", "/orders", group="1")]}, "Request 2"),
    "no method": ({"requests": [{"id": "1", "url": "/orders"}]}, "Request 1"),
    "no url": ({"requests": [{"id": "1", "method": "GET"}]}, "Request 1"),
    "a url with a fragment": ({"requests": [req("1", "GET", "/orders#x")]}, "Request 1"),
    "a url with a line end": ({"requests": [req("1", "GET", "/orders\r\nX: y")]}, "Request 1"),
    "an unknown member": ({"requests": [req("1", "GET", "/orders", iff=1)]}, "iff"),
    "headers that are no object": ({"requests": [req("1", "GET", "/orders", headers=["a"])]}, "headers"),
    "a header that is no string": ({"requests": [req("1", "GET", "/orders", headers={"If-Match": 1})]}, "headers"),
    "a header with a line end": ({"requests": [req("1", "GET", "/orders", headers={"If-Match": "*\r\nX: y"})]}, "headers"),
    "a header name that is none": ({"requests": [req("1", "GET", "/orders", headers={"If Match": "*"})]}, "headers"),
    "a group that is no name": ({"requests": [req("1", "GET", "/orders", group=5)]}, "atomicityGroup"),
    "a group without an outer name": ({"requests": [req("1", "GET", "/orders", group="/a")]}, "atomicityGroup"),
    "a group without an inner name": ({"requests": [req("1", "GET", "/orders", group="a/")]}, "atomicityGroup"),
    "groups that are too deep": ({"requests": [req("1", "GET", "/orders", group="a/a/a/a/a/a/a/a/a")]}, "deep"),
    "a group in two parts": ({"requests": [req("1", "GET", "/orders", group="g"), req("2", "GET", "/orders"),
                                           req("3", "GET", "/orders", group="g")]}, "Request 3"),
    "dependsOn that is no array": ({"requests": [req("1", "GET", "/orders", needs="0")]}, "dependsOn"),
    "an unknown dependency": ({"requests": [req("1", "GET", "/orders", needs=["0"])]}, "Request 1"),
    "a dependency on itself": ({"requests": [req("1", "GET", "/orders", needs=["1"])]}, "itself"),
    "a dependency on a later one": ({"requests": [req("1", "GET", "/orders", needs=["2"]), req("2", "GET", "/orders")]},
                                    "request 2 (id 2), which comes later"),
    "a cycle": ({"requests": [req("1", "GET", "/orders", needs=["2"]), req("2", "GET", "/orders", needs=["1"])]},
                "it and request 2 (id 2) depend on each other"),
    "a dependency on its own group": ({"requests": [req("1", "GET", "/orders", group="g", needs=["g"])]}, "that it is in"),
    "a forward reference in a URL": ({"requests": [req("1", "GET", "/$2"), req("2", "GET", "/orders")]}, "$2"),
    "a reference to itself": ({"requests": [req("1", "GET", "/$1")]}, "$1"),
    "an unknown reference in a URL": ({"requests": [req("1", "GET", "/$9/lines")]}, "$9"),
    "an unknown reference as a tag": ({"requests": [req("1", "GET", "/orders", headers={"If-Match": "$9"})]}, "$9"),
    "a forward reference in a body": ({"requests": [req("1", "POST", "/orders", {"status": "$2"}), req("2", "GET", "/orders")]}, "$2"),
    "a reference that dependsOn does not list": ({"requests": [req("1", "GET", "/orders"), req("2", "POST", "/orders", {"status": "$1"})]},
                                                "dependsOn"),
    "a lock of a write": ({"requests": [req("1", "POST", "/orders", {}, "g", lock="update")]}, "lock"),
    "a lock without a group": ({"requests": [req("1", "GET", "/orders/1", lock="update")]}, "lock"),
    "a lock of no kind": ({"requests": [req("1", "GET", "/orders/1", group="g", lock="exclusive")]}, "lock"),
    "isolation without a group": ({"requests": [req("1", "GET", "/orders/1", isolation="serializable")]}, "isolation"),
    "isolation of no kind": ({"requests": [req("1", "GET", "/orders/1", group="g", isolation="chaos")]}, "isolation"),
    "a key in a group": ({"requests": [req("1", "POST", "/orders", {}, "g", headers={"Idempotency-Key": "k"})]}, "Idempotency-Key"),
    "more than there may be": ({"requests": [req(str(i), "POST", "/orders", {}) for i in range(51)]}, "Request 51"),
}


@pytest.mark.parametrize("document, said", BAD.values(), ids=BAD)
def test_a_document_that_is_no_batch_changes_nothing(client, database, document, said):
    if isinstance(document, dict) and isinstance(document.get("requests"), list):
        document = {**document, "requests": document["requests"][:50] + [req("good", "POST", "/orders", {})] + document["requests"][50:]}
        if said == "Request 51":
            document["requests"].pop()
    before = everything(database)
    problem = client.post("/_batch", document).problem(400)
    if document not in ({}, []):
        assert said in problem["detail"], problem["detail"]
    assert everything(database) == before


def test_as_many_requests_as_there_may_be(client):
    assert statuses(batch(client, *[req(str(i), "GET", "/orders/0") for i in range(50)], Prefer="continue-on-error")) == [404] * 50


@pytest.mark.parametrize("method, status", [("GET", 405), ("PUT", 405), ("DELETE", 405), ("OPTIONS", 204)])
def test_methods(client, method, status):
    assert client.request(method, "/_batch").expect(status).get("Allow") == "POST, OPTIONS"


def test_media_types(client):
    client.post("/_batch", b"--x", type="multipart/mixed; boundary=x").problem(415)
    client.post("/_batch", {"requests": []}, Accept="text/csv").problem(406)
    client.post("/_batch", b"{").problem(400)
    client.post("/_batch", {"requests": []}, If_Match='"a"').problem(412)


def test_a_key_for_requests_that_are_not_one_transaction(client, database):
    before = everything(database)
    for requests in ([req("1", "POST", "/orders", {})], [req("1", "POST", "/orders", {}, "g"), req("2", "POST", "/orders", {}, "h")]):
        send(client, *requests, headers={"Idempotency-Key": "k"}).problem(400)
    assert everything(database) == before


def test_there_may_be_no_batches(create, start):
    client = start(create(SCHEMA), server={"batch_max": "0"}).client()
    client.post("/_batch", {"requests": []}).problem(404)


@pytest.mark.parametrize("url", ["/api/codes/c", "/codes/c", "codes/c"])
def test_urls_below_a_base_path(create, start, url):
    database = create(SCHEMA, stamped=["codes"])
    database.sql("INSERT INTO codes VALUES ('c', 'x')")
    client = start(database, server={"base_path": "/api"}).client()
    got = batch(client, req("1", "GET", url), req("2", "GET", "/$1"), req("3", "GET", "/codes/$1"))
    assert statuses(got) == [200, 200, 200]


def test_the_front_of_a_batch_is_that_of_its_requests(create, start):
    """A page of another origin may not write, whatever the requests of the batch say of their origin."""
    database = create(SCHEMA, stamped=["orders"])
    client = start(database, server={"cors_origins": "https://good.example"}).client()
    send(client, req("1", "POST", "/orders", {}), Origin="https://bad.example").problem(403)
    good = send(client, req("1", "POST", "/orders", {}, headers={"Origin": "https://bad.example"}), Origin="https://good.example")
    assert good.json()["responses"][0]["status"] == 201
    assert good.get("Access-Control-Allow-Origin") == "https://good.example"
    assert database.one("SELECT count(*) FROM orders") == 1


def test_postgrest_dialect(create, start):
    database = create(SCHEMA, stamped=["orders", "lines"])
    client = start(database, server={"dialect": "postgrest"}).client()
    got = batch(client, req("1", "POST", "/orders", {}, "g", headers={"Prefer": "return=representation"}),
                req("2", "POST", "/lines", {"order_id": "$1"}, "g", ["1"]))
    assert statuses(got) == [201, 201]
    assert database.one("SELECT count(*) FROM lines") == 1
