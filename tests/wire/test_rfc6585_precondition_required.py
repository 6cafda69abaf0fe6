"""RFC 6585 3 and docs/http.md section 4: a write without a condition, and the settings that allow one."""

import pytest

from preconditions import MISSING, VERSION, WRITES, Row, config, done, http_date, kinds, nothing_changes, row, utc, writes


@pytest.mark.quick
@kinds
@writes
def test_unconditional_write_is_428(row, method):
    with nothing_changes(row):
        document = row.send(method).problem(428)
    told = f"{document['detail']} {document.get('hint')}"
    assert "If-Match" in told, told


@writes
def test_428_comes_before_the_content(method, database, client):
    row = Row(VERSION, database, client)
    client.request(method, row.url, "{broken").problem(428)


@writes
@pytest.mark.parametrize("field", ["If-Modified-Since", "If-Range", "Range"])
def test_other_conditions_do_not_count_for_a_write(method, field, database, client):
    row = Row(VERSION, database, client)
    value = "bytes=0-1" if field == "Range" else http_date(utc(days=-1))
    with nothing_changes(row):
        row.send(method, [(field, value)]).problem(428)


@pytest.fixture(scope="module")
def lenient(database):
    """The same tables under other rules."""
    from midair import Midair
    with Midair(database, resources={
        "*": {"if_match": "optional"},
        "customers": {"if_match": "delete"},
        "tickets": {"if_match": "required"},
        "klanten": {"body_etag": "on", "if_match": "required"},
        "shouts": {"weak_tags": "accept", "if_match": "required"},
    }) as running:
        yield running


def test_if_match_optional(lenient, database):
    key = database.insert("orders", note="a")
    with lenient.client() as client:
        stale = client.tag(f"/orders/{key}")
        client.patch(f"/orders/{key}", {"note": "b"}).expect(200)
        client.patch(f"/orders/{key}", {"note": "c"}, if_match=stale).problem(412)
        client.put(f"/orders/{key}", {"note": "d"}).expect(200)
        client.delete(f"/orders/{key}", if_match=stale).problem(412)
        client.delete(f"/orders/{key}").expect(204)
        client.delete(f"/orders/{key}").problem(404)


def test_if_match_delete(lenient, database):
    key = database.insert("customers", name="a")
    with lenient.client() as client:
        client.patch(f"/customers/{key}", {"name": "b"}).expect(200)
        client.put(f"/customers/{key}", {"name": "c"}).expect(200)
        client.delete(f"/customers/{key}").problem(428)
        client.delete(f"/customers/{key}", if_match="*").expect(204)


def test_if_match_required_for_one_resource(lenient, database):
    key = database.insert("tickets", title="a")
    with lenient.client() as client:
        for method in WRITES:
            client.request(method, f"/tickets/{key}", {"title": "b"}).problem(428)


def test_put_creates_where_if_match_is_optional(lenient, database):
    with lenient.client() as client:
        client.put("/orders/910001", {"note": "made"}).expect(201)
        client.put("/orders/910001", {"note": "made again"}).expect(200)
    assert database.row("orders", id=910001)["version"] == 2


def test_etag_in_the_body_counts_where_the_resource_says_so(lenient, database):
    key = database.insert("klanten", naam="a")
    with lenient.client() as client:
        tag = client.tag(f"/klanten/{key}")
        client.patch(f"/klanten/{key}", {"naam": "b", "etag": tag}).expect(200)
        client.patch(f"/klanten/{key}", {"naam": "c", "etag": tag}).problem(412)
        client.put(f"/klanten/{key}", {"naam": "d", "etag": tag}).problem(412)
        client.patch(f"/klanten/{key}", {"naam": "e"}).problem(428)
        now = client.tag(f"/klanten/{key}")
        client.patch(f"/klanten/{key}", {"naam": "f", "etag": now}, if_match=tag).problem(412)
        client.put(f"/klanten/{key}", {"naam": "g", "etag": now}).expect(200)
    assert database.row("klanten", id=key)["naam"] == "g"


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_etag_in_the_body_is_ignored_otherwise(method, database, client):
    row = Row(VERSION, database, client)
    tag = row.tag()
    with nothing_changes(row):
        client.request(method, row.url, {"note": "x", "etag": tag}).problem(428)
    stale = tag
    row.write_by_psql()
    client.request(method, row.url, {"note": "x", "etag": stale}, if_match=row.tag()).expect(200)


def test_weak_mark_of_a_compressing_proxy_where_the_resource_allows_it(lenient, database):
    key = database.insert("shouts", words="a")
    with lenient.client() as client:
        tag = client.tag(f"/shouts/{key}")
        client.patch(f"/shouts/{key}", {"words": "b"}, if_match=f"W/{tag}").expect(200)
        client.patch(f"/shouts/{key}", {"words": "c"}, if_match=f"W/{tag}").problem(412)
        client.patch(f"/shouts/{key}", {"words": "d"}, if_match='W/"other"').problem(412)
    assert database.row("shouts", id=key)["words"] == "B"


# If-None-Match with tags says which states the client does not want to see, and not which one it saw.


NONE_MATCH = [("another tag", '"nope"', 428), ("other tags", '"a", W/"b"', 428), ("its tag", "{tag}", 412),
              ("its tag, weakly", "W/{tag}", 412), ("its tag among others", '"nope", {tag}', 412)]
none_match = pytest.mark.parametrize("label, field, status", NONE_MATCH, ids=[row[0] for row in NONE_MATCH])


@kinds
@writes
@none_match
def test_tags_that_a_row_must_not_have_are_no_precondition(row, method, label, field, status):
    field = field.format(tag=row.tag())
    with nothing_changes(row):
        row.send(method, [("If-None-Match", field)]).problem(status)
    done(row.send(method, [("If-Match", row.tag()), ("If-None-Match", '"nope"')]), method)


@none_match
def test_nor_for_other_forms_of_a_write(database, client, label, field, status):
    row = Row(VERSION, database, client)
    tag = row.tag()
    fields = [("If-None-Match", field.format(tag=tag))]
    item, rows = {"id": row.id, "note": "by midair"}, f"/orders?id=eq.{row.id}"
    forms = {
        "PATCH by filter": lambda: client.patch(rows, {"note": "by midair"}, headers=fields),
        "DELETE by filter": lambda: client.delete(rows, headers=fields),
        "PUT by filter": lambda: client.put(rows, item, headers=fields),
        "PATCH of an array": lambda: client.patch("/orders", [item], headers=fields),
        "PUT of an array": lambda: client.put("/orders", [item], headers=fields),
        "DELETE of an array": lambda: client.request("DELETE", "/orders", [{"id": row.id}], headers=fields),
        "upsert": lambda: client.post("/orders", [item], headers=fields, prefer="resolution=merge-duplicates"),
        "upsert of one": lambda: client.post("/orders", item, headers=fields, prefer="resolution=merge-duplicates"),
        "an update": lambda: client.patch(row.url, {"$inc": {"count": 1}}, headers=fields,
                                          type="application/vnd.midair.update+json"),
        "a JSON patch": lambda: client.patch(row.url, [{"op": "remove", "path": "/note"}], headers=fields,
                                             type="application/json-patch+json"),
        "content that is broken": lambda: client.patch(row.url, "{", headers=fields),
    }
    for name, send in forms.items():
        with nothing_changes(row):
            answer = send()
            assert answer.status == status, (name, answer)


@writes
def test_nor_for_children(method, database, client):
    parent = Row(VERSION, database, client)
    key = database.insert("items", order_id=parent.id, product="a")
    url = f"{parent.url}/items/{key}"
    for field, status in [('"nope"', 428), (parent.tag(), 428), (client.tag(url), 412)]:
        client.request(method, url, None if method == "DELETE" else {"product": "b"}, if_none_match=field).problem(status)
    assert database.row("items", id=key)["product"] == "a"


@pytest.mark.parametrize("method, status", [("PUT", 428), ("PATCH", 404), ("DELETE", 404)])
def test_nor_where_there_is_no_row(method, status, database, client):
    url = f"/orders/{MISSING}"
    client.request(method, url, None if method == "DELETE" else {"note": "x"}, if_none_match='"nope"').problem(status)
    assert database.row("orders", id=MISSING) is None
    client.put("/orders", [{"id": MISSING, "note": "x"}], if_none_match='"nope"').expect(201)  # an upsert may insert
    client.delete(url, if_match="*").expect(204)
