"""RFC 9110 13.2.1: what comes before preconditions and what comes after them; rows that are not there."""

import pytest

from midair import MERGE, PATCH, UPDATE
from preconditions import MISSING, VERSION, Row, config, kinds, nothing_changes, row, writes


@kinds
@pytest.mark.parametrize("value", ["*", '"other"', '"1.1.0123456789abcdef"'])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_missing_row_with_if_match_is_404(kind, method, value, client):
    body = {"note": "x"} if method == "PATCH" else None
    client.request(method, f"/{kind.resource}/{MISSING}", body, if_match=value).expect(404)


@kinds
@pytest.mark.parametrize("value", ["*", '"other"', '"1.1.0123456789abcdef"'])
def test_13_1_1_put_of_a_missing_row_with_if_match_is_412(kind, value, client, database):
    body = {"id": MISSING, "status": "new", "note": "x", "count": 1}
    answer = client.put(f"/{kind.resource}/{MISSING}", body, if_match=value)
    document = answer.problem(412)
    assert document["current"] is None and document["current_etag"] is None
    assert answer.etag is None
    assert database.row(kind.table, id=MISSING) is None


@kinds
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_tag_of_a_deleted_row_is_404(row, method):
    tag = row.tag()
    row.send("DELETE", if_match=tag).expect(204)
    row.send(method, if_match=tag).problem(404)


@kinds
def test_put_with_the_tag_of_a_deleted_row_is_412(row):
    tag = row.tag()
    row.send("DELETE", if_match=tag).expect(204)
    row.send("PUT", if_match=tag).problem(412)
    assert row.state() is None


@pytest.mark.parametrize("value", ["*", '"other"'])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_13_1_2_missing_row_with_if_none_match(method, value, client):
    body = {"note": "x"} if method == "PATCH" else None
    client.request(method, f"/orders/{MISSING}", body, if_none_match=value).expect(404)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
def test_13_2_1_unknown_resource_comes_before_preconditions(method, client):
    client.request(method, "/nowhere/1", {} if method[0] == "P" else None, if_match='"x"').problem(404)
    client.request(method, "/nowhere/1", {} if method[0] == "P" else None, if_match="junk").problem(404)
    client.request(method, "/nowhere/1", {} if method[0] == "P" else None).problem(404)


@writes
def test_13_2_1_method_comes_before_preconditions(method, client):
    client.request(method, "/order_names", {"status": "x"}, if_match='"stale"').problem(405)


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("value", ['"stale"', None])
def test_13_2_1_media_type_comes_before_preconditions(method, value, database, client):
    row = Row(VERSION, database, client)
    with nothing_changes(row):
        client.request(method, row.url, "<a/>", type="application/xml", if_match=value).problem(415)


BAD_CONTENT = {
    "broken JSON": "{broken",
    "no content": "",
    "an unknown column": '{"no_such_column": 1}',
    "a wrong type": '{"count": "many"}',
    "an array": "[1, 2]",
    "a number": "17",
    "a broken constraint": '{"total": -5}',
    "NULL where none may be": '{"status": null}',
    "bytes after the value": '{"note": "x"} more',
    "a duplicate name": '{"note": "x", "note": "y"}',
}


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("label", BAD_CONTENT)
def test_13_2_1_preconditions_come_before_content(method, label, database, client):
    row = Row(VERSION, database, client)
    stale = row.tag()
    row.write_by_psql()
    with nothing_changes(row):
        client.request(method, row.url, BAD_CONTENT[label], if_match=stale).problem(412)
        client.request(method, row.url, BAD_CONTENT[label], if_match=row.tag()).problem(400, 422)


@pytest.mark.parametrize("type, body", [
    pytest.param(PATCH, '[{"op": "test", "path": "/note", "value": "no"}]', id="a failing test"),
    pytest.param(PATCH, '[{"op": "remove", "path": "/nothing"}]', id="a path that is not there"),
    pytest.param(PATCH, "{}", id="not a JSON Patch"),
    pytest.param(UPDATE, '{"$nothing": {"count": 1}}', id="an unknown operator"),
    pytest.param(UPDATE, '{"$inc": {"note": 1}}', id="text plus a number"),
    pytest.param(MERGE, "{", id="broken"),
])
def test_13_2_1_preconditions_come_before_patch_documents(type, body, database, client):
    row = Row(VERSION, database, client)
    stale = row.tag()
    row.write_by_psql()
    with nothing_changes(row):
        client.patch(row.url, body, type=type, if_match=stale).problem(412)
        client.patch(row.url, body, type=type, if_match='"x"').problem(412)
        client.patch(row.url, body, type=type, if_match="junk").problem(400)
