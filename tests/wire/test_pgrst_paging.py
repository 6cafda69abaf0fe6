"""PostgREST's pagination and count (references/api/pagination_count), and links between pages (RFC 8288)."""

import re

import pytest

import midair as harness
import tables
from midair import SHOP

SCHEMA = """
CREATE TABLE pages (id int PRIMARY KEY, name text);
INSERT INTO pages SELECT i, 'p' || i FROM generate_series(1, 25) i;
CREATE TABLE many (id int PRIMARY KEY);
INSERT INTO many SELECT i FROM generate_series(1, 3000) i;
ANALYZE pages;
ANALYZE many;
"""


database = tables.database(SCHEMA, like=SHOP)


@pytest.fixture(scope="module")
def postgrest(database):
    """The same database in the dialect of PostgREST."""
    with harness.Midair(database, server={"dialect": "postgrest"}) as running, running.client() as made:
        yield made


@pytest.fixture(scope="module")
def config():
    return {"resources": {"many": {"max_rows": 1000}}}


PAGES = {
    "all": ("/pages", {}, None, 200, "0-24/*"), "limit": ("/pages?limit=10", {}, None, 200, "0-9/*"), "offset": ("/pages?offset=20", {}, None, 200, "20-24/*"),
    "exact": ("/pages?limit=10", {}, "exact", 206, "0-9/25"), "exact, all": ("/pages", {}, "exact", 200, "0-24/25"),
    "exact, last page": ("/pages?limit=10&offset=20", {}, "exact", 206, "20-24/25"), "exact, behind the end": ("/pages?offset=26", {}, "exact", 416, None),
    "exact, at the end": ("/pages?offset=25", {}, "exact", 206, "*/25"), "exact, none": ("/pages?id=lt.0", {}, "exact", 200, "*/0"),
    "behind the end without a count": ("/pages?offset=99", {}, None, 200, "*/*"), "limit 0": ("/pages?limit=0", {}, None, 200, "*/*"),
    "range": ("/pages", {"Range-Unit": "items", "Range": "0-4"}, None, 200, "0-4/*"), "range, exact": ("/pages", {"Range": "items=5-9"}, "exact", 206, "5-9/25"),
    "range, open": ("/pages", {"Range-Unit": "items", "Range": "20-"}, "exact", 206, "20-24/25"), "range, backwards": ("/pages", {"Range": "items=9-5"}, None, 416, None),
    "planned": ("/pages?limit=10", {}, "planned", 206, "0-9/25"), "planned of nothing": ("/pages?id=lt.0&offset=50", {}, "planned", 206, "*/1"),
    "estimated, few": ("/pages?limit=10", {}, "estimated", 206, "0-9/25"), "estimated, filtered": ("/pages?limit=1&id=lte.7", {}, "estimated", 206, "0-0/7"),
    "estimated, many": ("/many?limit=10", {}, "estimated", 206, "0-9/3000"), "max_rows": ("/many", {}, "exact", 206, "0-999/3000"),
    "range within limit": ("/pages?limit=10", {"Range": "0-1"}, None, 200, "0-1/*"), "limit within range": ("/pages?limit=2", {"Range": "0-9"}, None, 200, "0-1/*"),
    "range from within limit": ("/pages?limit=10", {"Range": "8-30"}, "exact", 206, "8-9/25"), "range and offset": ("/pages?offset=5", {"Range": "0-9"}, None, 200, "5-9/*"),
    "range, offset and limit": ("/pages?offset=2&limit=3", {"Range": "3-10"}, None, 200, "3-4/*"), "open range and limit": ("/pages?limit=10", {"Range": "5-"}, None, 200, "5-9/*"), "open range and offset": ("/pages?offset=20", {"Range": "5-"}, None, 200, "20-24/*"),
    "range outside of limit": ("/pages?limit=5", {"Range": "5-9"}, None, 416, None), "range before offset": ("/pages?offset=10", {"Range": "0-9"}, None, 416, None), "range and limit 0": ("/pages?limit=0", {"Range": "0-9"}, None, 200, "*/*"),
    "range of one": ("/pages", {"Range": "0-0"}, "exact", 206, "0-0/25"), "range beyond the end": ("/pages", {"Range": "20-99"}, None, 200, "20-24/*"), "range behind the end": ("/pages", {"Range": "100-199"}, "exact", 416, "*/25"),
    "range at the end": ("/pages", {"Range": "25-30"}, "exact", 206, "*/25"), "range of another unit": ("/pages", {"Range-Unit": "bytes", "Range": "0-1"}, None, 200, "0-24/*"), "range in bytes": ("/pages", {"Range": "bytes=0-1"}, None, 200, "0-24/*"),
    "range that is none": ("/pages", {"Range": "some"}, None, 200, "0-24/*"), "several ranges": ("/pages", {"Range": "items=0-1,3-4"}, None, 200, "0-24/*"), "the last ones": ("/pages", {"Range": "items=-5"}, None, 200, "0-24/*"),
    "range past all numbers": ("/pages", {"Range": "0-99999999999999999999"}, None, 200, "0-24/*"), "range of nothing": ("/pages?id=lt.0", {"Range": "0-1"}, None, 200, "*/*"), "range of nothing, from one": ("/pages?id=lt.0", {"Range": "1-2"}, "exact", 416, "*/0"),
    "offset 0": ("/pages?offset=0", {}, None, 200, "0-24/*"), "offset 0 of nothing": ("/pages?offset=0&id=lt.0", {}, "exact", 200, "*/0"), "offset before the first": ("/pages?offset=-4", {}, None, 200, "0-24/*"), "limit below 0": ("/pages?limit=-1", {}, None, 416, None),
    "limit and offset of nothing": ("/pages?limit=&offset=", {}, None, 200, "0-24/*"), "limit 0, counted": ("/pages?limit=0", {}, "exact", 206, "*/25"), "limit past all numbers": ("/pages?limit=9223372036854775807&offset=9223372036854775807", {}, None, 200, "*/*"),
    "no such number": ("/pages?limit=99999999999999999999", {}, None, 400, None), "exact, filtered": ("/pages?id=gt.20&limit=2", {}, "exact", 206, "0-1/5"), "exact, in logic": ("/pages?or=(id.eq.1,id.eq.3)&limit=1&offset=1", {}, "exact", 206, "1-1/2"),
    "exact of groups": ("/pages?select=name,count()&order=name&limit=2", {}, "exact", 206, "0-1/25"), "exact with embeds": ("/orders?select=id,items(id)&limit=2&id=in.(1,2,3)", {}, "exact", 206, "0-1/3"),
    "exact with an inner embed": ("/orders?select=id,items!inner(id)&items.id=eq.1&limit=5", {}, "exact", 200, "0-0/1"), "exact without any": ("/orders?select=id,items(id)&items=is.null&id=lt.0", {}, "exact", 200, "*/0"),
    "exact with a page of an embed": ("/orders?select=id,items(id)&items.limit=1&id=in.(1,2)", {}, "exact", 200, "0-1/2"), "planned, all": ("/pages", {}, "planned", 200, "0-24/25"), "planned, offset and limit": ("/pages?limit=2&offset=3", {}, "planned", 206, "3-4/25"),
    "planned with an embed": ("/pages?limit=1&select=id", {"Range": "0-3"}, "planned", 206, "0-0/25"), "estimated with an inner embed": ("/orders?select=id,items!inner(id)&items.id=eq.1", {}, "estimated", 200, "0-0/1"),
    "estimated, at the limit": ("/many?limit=1&id=lte.1000", {}, "estimated", 206, "0-0/1000"), "estimated, all": ("/pages", {}, "estimated", 200, "0-24/25"), "estimated of nothing": ("/pages?id=lt.0", {}, "estimated", 200, "*/0"),
    "max_rows below limit": ("/many?limit=2000", {}, None, 200, "0-999/*"), "max_rows below range": ("/many", {"Range": "0-1999"}, "exact", 206, "0-999/3000"), "max_rows from an offset": ("/many?offset=2500", {}, "exact", 206, "2500-2999/3000"), "limit below max_rows": ("/many?limit=999", {}, None, 200, "0-998/*"),
    "limit at max_rows": ("/many?limit=1000", {}, None, 200, "0-999/*"), "exact of many": ("/many?limit=1", {}, "exact", 206, "0-0/3000"), "no count": ("/pages?limit=1", {}, "none", 200, "0-0/*"), "an unknown count": ("/pages?limit=1", {}, "wild", 200, "0-0/*"),
}


@pytest.mark.parametrize("label", PAGES)
def test_pages(client, label):
    target, fields, count, status, content_range = PAGES[label]
    for method in ("GET", "HEAD"):
        answer = client.request(method, target, headers=fields, prefer=f"count={count}" if count else None).expect(status)
        if content_range:
            assert answer.get("Content-Range") == content_range
        if status >= 400 and method == "HEAD":
            assert answer.body == b""
        if count in ("exact", "planned", "estimated") and status < 300:
            assert answer.get("Preference-Applied") == f"count={count}"
        if count in ("wild", "none"):
            assert answer.get("Preference-Applied") is None
        if method == "HEAD" and status < 300:
            assert (answer.etag, answer.get("Link"), answer.get("Content-Length")) == whole and answer.body == b""
        whole = (answer.etag, answer.get("Link"), answer.get("Content-Length"))


UNSATISFIABLE = {
    "behind the end": ("/pages?offset=99", {}, "exact", "An offset of 99 was requested, but there are only 25 rows."),
    "behind the end, by Range": ("/pages", {"Range": "26-30"}, "exact", "An offset of 26 was requested, but there are only 25 rows."),
    "of nothing": ("/pages?id=lt.0&offset=1", {}, "exact", "An offset of 1 was requested, but there are only 0 rows."),
    "backwards": ("/pages", {"Range": "1-0"}, None, "The lower boundary must be lower than or equal to the upper boundary in the Range header."),
    "negative": ("/pages?limit=-1", {}, None, "Limit should be greater than or equal to zero."),
    "negative, of an embed": ("/orders?select=id,items(id)&items.limit=-2", {}, None, "Limit should be greater than or equal to zero."),
    "outside of the page": ("/pages?limit=2", {"Range": "2-3"}, None, "The Range header lies outside of the limit and offset parameters."),
}


@pytest.mark.parametrize("label", UNSATISFIABLE)
def test_ranges_that_cannot_be(client, postgrest, label):
    target, fields, count, details = UNSATISFIABLE[label]
    prefer = f"count={count}" if count else None
    document = client.get(target, headers=fields, prefer=prefer).problem(416)
    assert (document["code"], document["details"]) == ("PGRST103", details)
    answer = postgrest.get(target, headers=fields, prefer=prefer).expect(416)
    assert answer.json() == {"code": "PGRST103", "message": "Requested range not satisfiable", "details": details, "hint": None}
    assert (answer.get("Content-Range") or "").startswith("*/") == (count == "exact")


def test_ranges_are_for_reading(client):
    """A Range in a write is no filter, and none of its business (RFC 9110 14.2)."""
    changed = client.patch("/pages?id=in.(1,2)", {"name": "p1"}, headers={"Range": "0-0"}, if_match="*").expect(200)
    assert len(changed.json()) == 2
    client.patch("/pages?id=eq.2", {"name": "p2"}, if_match="*").expect(200)


def links(answer):
    return dict((rel, target) for target, rel in re.findall(r'<([^>]*)>; rel="(\w+)"', answer.get("Link") or ""))


def test_links_lead_through_the_list(client):
    url, seen = "/pages?limit=10&select=id&name=like.p*", []
    while url:
        answer = client.get(url, prefer="count=exact").expect(200, 206)
        seen += [r["id"] for r in answer.json()]
        url = links(answer).get("next")
    assert seen == list(range(1, 26))


LINKS = {
    "all of it": ("/pages", None, {}), "first page": ("/pages?limit=10", None, {"next": "/pages?limit=10&offset=10"}),
    "first page, counted": ("/pages?limit=10", "exact", {"next": "/pages?limit=10&offset=10", "last": "/pages?limit=10&offset=20"}),
    "middle": ("/pages?limit=10&offset=10", "exact", {"first": "/pages?limit=10&offset=0", "prev": "/pages?limit=10&offset=0",
               "next": "/pages?limit=10&offset=20", "last": "/pages?limit=10&offset=20"}),
    "end": ("/pages?limit=10&offset=20", None, {"first": "/pages?limit=10&offset=0", "prev": "/pages?limit=10&offset=10"}),
    "exactly full": ("/pages?limit=25", "exact", {}), "nothing": ("/pages?limit=0", None, {}),
    "other parameters stay": ("/pages?select=id&limit=10&order=id.desc", None, {"next": "/pages?select=id&order=id.desc&limit=10&offset=10"}),
}


@pytest.mark.parametrize("label", LINKS)
def test_links(client, label):
    target, count, expected = LINKS[label]
    assert links(client.get(target, prefer=f"count={count}" if count else None)) == expected


def test_links_hold_no_markup(client):
    answer = client.get("/pages?limit=1&name=neq.%3E;a\"b", prefer="count=exact")
    assert answer.status == 400 or (answer.get("Link").count("<") == answer.get("Link").count(">") and 'a"b' not in answer.get("Link"))


def test_aggregates_can_be_switched_off(database, start):
    with start(database, server={"aggregates": "off"}).client() as client:
        for target in ("/pages?select=count()", "/pages?select=id.max()", "/customers?select=id,orders(count())"):
            answer = client.get(target).expect(400)
            assert answer.json()["code"] == "PGRST123"
        client.get("/pages?select=id").expect(200)
