"""RFC 9110 15.4.5 and docs/http.md section 4: what answers with 304, 412 and 428 carry."""

import pytest

from midair import eventually
from preconditions import MISSING, ORIGIN, VERSION, config, done, kinds, row, writes


def cors_of(answer):
    assert answer.get("Access-Control-Allow-Origin") == ORIGIN, repr(answer)
    exposed = answer.members("Access-Control-Expose-Headers")
    for name in ("etag", "last-modified", "location", "content-range", "link", "preference-applied", "retry-after"):
        assert name in exposed, repr(answer)


@kinds
def test_15_4_5_304_repeats_the_fields_of_200(row):
    if row.kind is VERSION:
        eventually(lambda: row.client.get(row.url).get("Last-Modified"))
    whole = row.client.get(row.url, origin=ORIGIN).expect(200)
    answer = row.client.get(row.url, origin=ORIGIN, if_none_match=whole.etag).expect(304)
    for name in ("ETag", "Vary", "Cache-Control", "Access-Control-Allow-Origin"):
        assert whole.get(name) and answer.get(name) == whole.get(name), name
    assert answer.get("Last-Modified") in (None, whole.get("Last-Modified"))
    assert answer.get("Date")
    assert answer.body == b""
    assert answer.get("Content-Length") in (None, "0", str(len(whole.body)))
    cors_of(answer)


@kinds
@writes
def test_412_carries_the_fields_of_200(row, method):
    whole = row.client.get(row.url, origin=ORIGIN).expect(200)
    answer = row.send(method, if_match='"stale"', origin=ORIGIN)
    answer.problem(412)
    assert answer.etag == whole.etag
    assert answer.get("Vary") and "origin" in answer.members("Vary")
    assert answer.get("Cache-Control")
    cors_of(answer)


@kinds
@writes
def test_428_carries_cors(row, method):
    answer = row.send(method, origin=ORIGIN)
    answer.problem(428)
    cors_of(answer)


@kinds
@writes
def test_412_document(row, method):
    stale = row.tag()
    row.write_by_psql("theirs")
    whole = row.client.get(row.url).expect(200)
    answer = row.send(method, [("If-Match", stale), ("If-Match", '"b,c"')])
    document = answer.problem(412)
    assert document["current_etag"] == answer.etag == whole.etag
    assert document["expected"] == [stale, '"b,c"']
    assert document["current"] == whole.json()
    assert document["current"]["note"] == "theirs"
    link = document["link"] if isinstance(document["link"], str) else document["link"]["href"]
    assert link.endswith(row.url)
    for name in ("type", "title", "status", "detail", "instance", "code", "message", "details", "hint"):
        assert name in document, name
    # With what it says the client can go on.
    done(row.send(method, if_match=document["current_etag"]), method)


@kinds
def test_412_of_head_has_no_body(row):
    answer = row.client.head(row.url, if_match='"other"').expect(412)
    assert answer.body == b"" and answer.etag == row.tag()


def test_412_lists_what_was_sent_with_any_state(client):
    document = client.put(f"/orders/{MISSING}", {"note": "x"}, if_match="*").problem(412)
    assert document["expected"] == ["*"]


@pytest.mark.parametrize("label, method, fields, words, not_words", [
    ("POST with a tag", "POST", {"if_match": '"x"'}, "cannot name a state of the collection", "The row"),
    ("POST with two tags", "POST", {"if_match": '"x", "y"'}, "cannot name a state of the collection", "The row"),
    ("POST with an empty If-Match", "POST", {"if_match": ""}, "cannot name a state of the collection", "The row"),
    ("POST only where there is none", "POST", {"if_none_match": "*"}, "The collection exists", "The row"),
    ("GET with a tag", "GET", {"if_match": '"x"'}, "The collection has another tag", "The row"),
])
def test_4_412_of_a_collection_says_what_is_true(client, database, label, method, fields, words, not_words):
    before = database.one("SELECT count(*) FROM orders")
    detail = client.request(method, "/orders", {"note": "x"} if method == "POST" else None, **fields).problem(412)["detail"]
    assert words in detail and not_words not in detail, label
    assert database.one("SELECT count(*) FROM orders") == before


@pytest.mark.parametrize("rows, words", [(1, "1 row is not"), (2, "2 rows are not")])
def test_4_412_of_a_filter_counts_the_rows(client, database, rows, words):
    ids = [database.insert("orders", note="n") for _ in range(rows)]
    answer = client.delete(f"/orders?id=in.({','.join(map(str, ids))})", if_match='"x"')
    assert words in answer.problem(412)["detail"]
