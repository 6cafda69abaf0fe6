"""PostgREST's pagination and count (references/api/pagination_count), and links between pages (RFC 8288)."""

import re

import pytest

SCHEMA = """
CREATE TABLE pages (id int PRIMARY KEY, name text);
INSERT INTO pages SELECT i, 'p' || i FROM generate_series(1, 25) i;
CREATE TABLE many (id int PRIMARY KEY);
INSERT INTO many SELECT i FROM generate_series(1, 3000) i;
ANALYZE pages;
ANALYZE many;
"""


@pytest.fixture(scope="module")
def database(cluster, template):
    made = cluster.create_database(template)
    made.sql(SCHEMA)
    yield made
    made.close()


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
    "exact of many": ("/many?limit=1", {}, "exact", 206, "0-0/3000"), "an unknown count": ("/pages?limit=1", {}, "wild", 200, "0-0/*"),
}


@pytest.mark.parametrize("label", PAGES)
def test_pages(client, label):
    target, fields, count, status, content_range = PAGES[label]
    for method in ("GET", "HEAD"):
        answer = client.request(method, target, headers=fields, prefer=f"count={count}" if count else None).expect(status)
        if content_range:
            assert answer.get("Content-Range") == content_range
        if count in ("exact", "planned", "estimated") and status < 300:
            assert answer.get("Preference-Applied") == f"count={count}"
        if count == "wild":
            assert answer.get("Preference-Applied") is None


def test_behind_the_end(client):
    document = client.get("/pages?offset=99", prefer="count=exact").expect(416).json()
    assert document["code"] == "PGRST103" and document["details"] == "An offset of 99 was requested, but there are only 25 rows."


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
