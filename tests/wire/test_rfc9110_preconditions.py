"""RFC 9110 13 and docs/http.md section 4: the whole table of preconditions, for tags by version, by xmin and by content."""

import contextlib
import datetime
import email.utils
import re
import threading
import time

import pytest

from midair import JSON, MERGE, PATCH, UPDATE, eventually, race

ORIGIN = "https://app.example"


class Kind:
    """A resource whose tags come from one kind of state."""

    def __init__(self, name, resource, table):
        self.name, self.resource, self.table = name, resource, table

    def __repr__(self):
        return self.name


KINDS = [Kind("version", "orders", "orders"), Kind("xmin", "loose", "loose"), Kind("content", "open_orders", "orders")]
VERSION, XMIN, CONTENT = KINDS
kinds = pytest.mark.parametrize("kind", KINDS, ids=repr)
by_state = pytest.mark.parametrize("kind", [VERSION, XMIN], ids=repr)
WRITES = ["PUT", "PATCH", "DELETE"]
writes = pytest.mark.parametrize("method", WRITES)


@pytest.fixture(scope="module")
def config():
    return {
        "server": {"cors_origins": ORIGIN},
        "resources": {
            "loose": {"if_match": "required"},
            "open_orders": {"key": "id", "if_match": "required"},
        },
    }


class Row:
    """A row of its own for one test."""

    def __init__(self, kind, database, client):
        self.kind, self.database, self.client = kind, database, client
        self.id = database.insert(kind.table, note="as it was", count=1)
        self.url = f"/{kind.resource}/{self.id}"

    def tag(self):
        return self.client.tag(self.url)

    def state(self):
        """The row with the transaction that wrote it: even a write that changes nothing shows."""
        found = self.database.sql(f"SELECT xmin::text, ctid::text, * FROM {self.kind.table} WHERE id = %s", self.id)
        return found[0] if found else None

    def note(self):
        return self.database.row(self.kind.table, id=self.id)["note"]

    def write_by_psql(self, note="by psql"):
        self.database.sql(f"UPDATE {self.kind.table} SET note = %s WHERE id = %s", note, self.id)

    def send(self, method, headers=(), note="by midair", client=None, **more):
        client = client or self.client
        if method == "DELETE":
            return client.delete(self.url, headers=headers, **more)
        body = {"note": note}
        if method == "PUT":
            body = {"id": self.id, "status": "new", "note": note, "count": 2}
        return client.request(method, self.url, body, headers=headers, **more)


@pytest.fixture
def row(kind, database, client):
    return Row(kind, database, client)


def done(response, method):
    """The write happened."""
    response.expect(204 if method == "DELETE" else 200)


@contextlib.contextmanager
def nothing_changes(row):
    before = row.state()
    yield
    assert row.state() == before


def http_date(moment):
    return email.utils.format_datetime(moment.astimezone(datetime.timezone.utc), usegmt=True)


def utc(**shift):
    return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**shift)


# If-Match that holds


HOLDING = {
    "the current tag": lambda t: t,
    "any state": lambda t: "*",
    "any state with white space": lambda t: " * ",
    "first of a list": lambda t: f'{t}, "other"',
    "last of a list": lambda t: f'"other", {t}',
    "middle of a list without white space": lambda t: f'"a",{t},"b"',
    "list with empty members (5.6.1)": lambda t: f', "a",, {t} ,',
    "beside a tag that holds a comma": lambda t: f'"a,b", {t}',
    "beside a tag that looks like a list": lambda t: f'"x,y,W/z", {t}',
    "beside an empty tag": lambda t: f'"", {t}',
    "beside a weak tag": lambda t: f'W/"a", {t}',
    "beside a tag of obs-text": lambda t: f'"\u00e9", {t}',
    "twice": lambda t: f"{t}, {t}",
    "list of 100": lambda t: ", ".join(f'"other{i}"' for i in range(99)) + ", " + t,
    "unquoted": lambda t: t.strip('"'),
    "with the suffix of a compressing proxy": lambda t: t[:-1] + '-gzip"',
}


@kinds
@writes
@pytest.mark.parametrize("label", HOLDING)
def test_13_1_1_if_match_holds(row, method, label):
    done(row.send(method, if_match=HOLDING[label](row.tag())), method)
    assert (row.state() is None) if method == "DELETE" else (row.note() == "by midair")


@kinds
@writes
def test_5_6_3_tabs_in_a_list(row, method, server):
    """Legal white space. Where the HTTP parser below refuses it, that is 400, and never a lost field."""
    tag = row.tag()
    before = row.state()
    with server.client() as other:
        answer = row.send(method, client=other, if_match=f'"a"\t,\t{tag}')
    if answer.status == 400:
        assert row.state() == before
    else:
        done(answer, method)


@kinds
@writes
@pytest.mark.parametrize("lines", [
    pytest.param(lambda t: [("If-Match", '"other"'), ("If-Match", t)], id="current in the second line"),
    pytest.param(lambda t: [("If-Match", t), ("If-Match", '"other"')], id="current in the first line"),
    pytest.param(lambda t: [("If-Match", '"a"'), ("Accept", "*/*"), ("if-match", t), ("IF-MATCH", '"b"')],
                 id="lines apart and spelled differently"),
    pytest.param(lambda t: [("iF-mAtCh", t)], id="name in mixed case"),
])
def test_5_3_repeated_lines_are_one_list(row, method, lines):
    done(row.send(method, lines(row.tag())), method)


@kinds
@writes
def test_5_3_repeated_lines_without_the_current_tag(row, method):
    with nothing_changes(row):
        row.send(method, [("If-Match", '"a"'), ("If-Match", '"b"')]).problem(412)


@kinds
@writes
def test_5_3_any_state_in_one_line_beside_a_tag_in_another(row, method):
    tag = row.tag()
    with nothing_changes(row):
        row.send(method, [("If-Match", "*"), ("If-Match", tag)]).problem(400)


# If-Match that does not hold


def other_digit(tag):
    """The tag with its last hexadecimal digit changed."""
    return tag[:-2] + ("0" if tag[-2] != "0" else "1") + '"'


FAILING = {
    "another tag": lambda t: '"other"',
    "the empty tag": lambda t: '""',
    "a weak current tag": lambda t: "W/" + t,
    "a list of weak tags": lambda t: f'W/{t}, W/"a"',
    "a version alone": lambda t: '"1"',
    "the tag without its digest": lambda t: '"' + ".".join(t.strip('"').split(".")[:2]) + '."',
    "the tag with a changed digit": other_digit,
    "the tag with one digit more": lambda t: t[:-1] + '0"',
    "the tag with one digit less": lambda t: t[:-2] + '"',
    "the tag after a zero": lambda t: '"0' + t[1:],
    "the tag after a plus": lambda t: '"+' + t[1:],
    "the tag in brackets": lambda t: '"(' + t.strip('"') + ')"',
    "a version out of range": lambda t: '"99999999999999999999.1.0123456789abcdef"',
    "a negative version": lambda t: '"-1.-1.0123456789abcdef"',
    "a moment out of range": lambda t: '"1.99999999999999999999.0123456789abcdef"',
    "dots alone": lambda t: '".."',
    "many dots": lambda t: '"' + "." * 500 + '"',
    "a tilde": lambda t: '"~"',
    "a long tag": lambda t: '"' + "x" * 4000 + '"',
    "a tag with SQL": lambda t: "\"1'||pg_sleep(1)||'\"",
    "a star as a tag": lambda t: '"*"',
    "a backslash (not an escape in tags)": lambda t: '"a\\"',
    "a list": lambda t: '"a", "b", "c"',
    "a tag with the current one inside": lambda t: f'"x,{t[1:]}',
}


@kinds
@writes
@pytest.mark.parametrize("label", FAILING)
def test_13_1_1_if_match_fails(row, method, label):
    tag = row.tag()
    with nothing_changes(row):
        answer = row.send(method, if_match=FAILING[label](tag))
        answer.problem(412)
        assert answer.etag == tag


@kinds
@writes
@pytest.mark.parametrize("moved_by", ["midair", "psql"])
def test_13_1_1_stale_tag(row, method, moved_by):
    stale = row.tag()
    if moved_by == "midair":
        row.send("PATCH", note="moved", if_match=stale).expect(200)
    else:
        row.write_by_psql("moved")
    with nothing_changes(row):
        row.send(method, if_match=stale).problem(412)
    assert row.note() == "moved"


@by_state
@writes
def test_2_psql_write_that_changes_nothing_still_moves_the_tag(row, method):
    stale = row.tag()
    row.database.sql(f"UPDATE {row.kind.table} SET note = note WHERE id = %s", row.id)
    with nothing_changes(row):
        row.send(method, if_match=stale).problem(412)


@kinds
@writes
@pytest.mark.parametrize("label", ["weak list member beside strangers", "weak alone"])
def test_13_1_1_weak_never_matches(row, method, label):
    tag = row.tag()
    value = f'"a", W/{tag}' if "list" in label else f"W/{tag}"
    with nothing_changes(row):
        row.send(method, if_match=value).problem(412)


@kinds
@writes
def test_3_tag_of_another_row_with_an_equal_version(row, method, database, client):
    other = Row(row.kind, database, client)
    assert other.tag() != row.tag()
    with nothing_changes(row):
        row.send(method, if_match=other.tag()).problem(412)


@writes
def test_3_tag_of_another_relation_with_equal_key_and_version(method, database, client):
    for table in ("orders", "customers", "loose"):
        values = {"name": "x"} if table == "customers" else {}
        database.insert(table, id=900000 + WRITES.index(method), **values)
    key = 900000 + WRITES.index(method)
    tags = {t: client.tag(f"/{t}/{key}") for t in ("orders", "customers", "loose")}
    assert len(set(tags.values())) == 3
    for name, tag in tags.items():
        if name != "orders":
            client.request(method, f"/orders/{key}", {"note": "x"} if method != "DELETE" else None,
                           if_match=tag).problem(412)
    assert database.row("orders", id=key)["version"] == 1


@by_state
@writes
def test_3_tag_does_not_come_back_after_delete_and_insert(row, method):
    tag, before = row.tag(), row.database.row(row.kind.table, id=row.id)
    row.database.sql(f"DELETE FROM {row.kind.table} WHERE id = %s", row.id)
    row.database.insert(row.kind.table, **before)
    assert row.database.row(row.kind.table, id=row.id)["note"] == before["note"]
    assert row.tag() != tag
    with nothing_changes(row):
        row.send(method, if_match=tag).problem(412)


def test_3_tag_does_not_come_back_after_delete_and_put(database, client):
    row = Row(VERSION, database, client)
    tag = row.tag()
    row.send("DELETE", if_match=tag).expect(204)
    row.send("PUT", if_none_match="*").expect(201)
    assert database.row("orders", id=row.id)["version"] == 1
    row.send("PATCH", if_match=tag).problem(412)


def test_3_tag_does_not_come_back_when_versions_are_counted_up_again(database, client):
    """A restored backup: the row is back at version 1 and is written up to the version that the client saw."""
    row = Row(VERSION, database, client)
    for i in range(3):
        row.write_by_psql(f"{i}")
    tag = row.tag()
    database.sql("DELETE FROM orders WHERE id = %s", row.id)
    database.insert("orders", id=row.id, note="as it was", count=1)
    for i in range(3):
        row.write_by_psql(f"{i}")
    assert database.row("orders", id=row.id)["version"] == 4
    row.send("PATCH", if_match=tag).problem(412)


# Fields that cannot be parsed


UNPARSABLE = {
    "star beside a tag": lambda t: f"*, {t}",
    "tag beside a star": lambda t: f"{t}, *",
    "two stars": lambda t: "*, *",
    "a word": lambda t: "junk",
    "a word beside a tag": lambda t: f"junk, {t}",
    "an open quote": lambda t: '"open',
    "an open quote after the tag": lambda t: f'{t}, "open',
    "a closing quote": lambda t: 'open"',
    "tags without a comma": lambda t: f'{t} "b"',
    "a lower-case weak mark": lambda t: 'w/"a"',
    "a weak mark alone": lambda t: "W/",
    "a weak mark with a space": lambda t: 'W/ "a"',
    "a weak word": lambda t: "W/junk",
    "a space in a tag": lambda t: '"a b"',
    "a tab in a tag": lambda t: '"a\tb"',
    "DEL in a tag": lambda t: '"a\x7fb"',
    "something after a tag": lambda t: f"{t}x",
    "semicolons": lambda t: f'{t}; "b"',
    "single quotes": lambda t: "'" + t.strip('"') + "'",
    "a star and letters": lambda t: "*a",
}


@kinds
@writes
@pytest.mark.parametrize("label", UNPARSABLE)
def test_4_unparsable_if_match(row, method, label):
    tag = row.tag()
    with nothing_changes(row):
        row.send(method, if_match=UNPARSABLE[label](tag)).problem(400)


@kinds
@writes
@pytest.mark.parametrize("label", UNPARSABLE)
def test_4_unparsable_if_none_match(row, method, label):
    with nothing_changes(row):
        row.send(method, if_none_match=UNPARSABLE[label]('"x"')).problem(400)


@kinds
@pytest.mark.parametrize("label", UNPARSABLE)
def test_4_unparsable_if_none_match_of_get(row, label):
    row.client.get(row.url, if_none_match=UNPARSABLE[label](row.tag())).problem(400)


@kinds
@writes
def test_4_empty_if_match_is_no_way_around(row, method):
    with nothing_changes(row):
        row.send(method, if_match="").problem(400, 412)


@kinds
@writes
@pytest.mark.parametrize("name", ["If-Match ", "If_Match", "X-If-Match", "If-Matc", "If-Match\t"])
def test_10_a_lost_field_never_makes_a_write_unconditional(row, method, name, server):
    tag = row.tag()
    with nothing_changes(row), server.client() as other:
        row.send(method, [(name, tag)], client=other).expect(400, 428)


# No precondition at all


@kinds
@writes
def test_4_unconditional_write_is_428(row, method):
    with nothing_changes(row):
        document = row.send(method).problem(428)
    told = f"{document['detail']} {document.get('hint')}"
    assert "If-Match" in told, told


@writes
def test_4_428_comes_before_the_content(method, database, client):
    row = Row(VERSION, database, client)
    client.request(method, row.url, "{broken").problem(428)


@writes
@pytest.mark.parametrize("field", ["If-Modified-Since", "If-Range", "Range"])
def test_4_other_conditions_do_not_count_for_a_write(method, field, database, client):
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


def test_4_if_match_optional(lenient, database):
    key = database.insert("orders", note="a")
    with lenient.client() as client:
        stale = client.tag(f"/orders/{key}")
        client.patch(f"/orders/{key}", {"note": "b"}).expect(200)
        client.patch(f"/orders/{key}", {"note": "c"}, if_match=stale).problem(412)
        client.put(f"/orders/{key}", {"note": "d"}).expect(200)
        client.delete(f"/orders/{key}", if_match=stale).problem(412)
        client.delete(f"/orders/{key}").expect(204)
        client.delete(f"/orders/{key}").problem(404)


def test_4_if_match_delete(lenient, database):
    key = database.insert("customers", name="a")
    with lenient.client() as client:
        client.patch(f"/customers/{key}", {"name": "b"}).expect(200)
        client.put(f"/customers/{key}", {"name": "c"}).expect(200)
        client.delete(f"/customers/{key}").problem(428)
        client.delete(f"/customers/{key}", if_match="*").expect(204)


def test_4_if_match_required_for_one_resource(lenient, database):
    key = database.insert("tickets", title="a")
    with lenient.client() as client:
        for method in WRITES:
            client.request(method, f"/tickets/{key}", {"title": "b"}).problem(428)


def test_4_put_creates_where_if_match_is_optional(lenient, database):
    with lenient.client() as client:
        client.put("/orders/910001", {"note": "made"}).expect(201)
        client.put("/orders/910001", {"note": "made again"}).expect(200)
    assert database.row("orders", id=910001)["version"] == 2


def test_4_etag_in_the_body_counts_where_the_resource_says_so(lenient, database):
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
def test_4_etag_in_the_body_is_ignored_otherwise(method, database, client):
    row = Row(VERSION, database, client)
    tag = row.tag()
    with nothing_changes(row):
        client.request(method, row.url, {"note": "x", "etag": tag}).problem(428)
    stale = tag
    row.write_by_psql()
    client.request(method, row.url, {"note": "x", "etag": stale}, if_match=row.tag()).expect(200)


def test_3_weak_mark_of_a_compressing_proxy_where_the_resource_allows_it(lenient, database):
    key = database.insert("shouts", words="a")
    with lenient.client() as client:
        tag = client.tag(f"/shouts/{key}")
        client.patch(f"/shouts/{key}", {"words": "b"}, if_match=f"W/{tag}").expect(200)
        client.patch(f"/shouts/{key}", {"words": "c"}, if_match=f"W/{tag}").problem(412)
        client.patch(f"/shouts/{key}", {"words": "d"}, if_match='W/"other"').problem(412)
    assert database.row("shouts", id=key)["words"] == "B"


# Rows that are not there


MISSING = 987654321


@kinds
@pytest.mark.parametrize("value", ["*", '"other"', '"1.1.0123456789abcdef"'])
@pytest.mark.parametrize("method", ["GET", "HEAD", "PATCH", "DELETE"])
def test_4_missing_row_with_if_match_is_404(kind, method, value, client):
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
def test_4_tag_of_a_deleted_row_is_404(row, method):
    tag = row.tag()
    row.send("DELETE", if_match=tag).expect(204)
    row.send(method, if_match=tag).problem(404)


@kinds
def test_4_put_with_the_tag_of_a_deleted_row_is_412(row):
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


# If-Match of GET and HEAD


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("label", HOLDING)
def test_13_1_1_if_match_of_get_holds(row, method, label):
    row.client.request(method, row.url, if_match=HOLDING[label](row.tag())).expect(200)


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("value", ['"other"', 'W/"weak"', '"a", "b"'])
def test_13_1_1_if_match_of_get_fails(row, method, value):
    row.client.request(method, row.url, if_match=value).expect(412)


# If-None-Match


MATCHING = {
    "the current tag": lambda t: t,
    "its weak form (13.1.2 compares weakly)": lambda t: "W/" + t,
    "any": lambda t: "*",
    "list": lambda t: f'"other", {t}',
    "list with a weak form": lambda t: f'"other", W/{t}, "more"',
    "beside a tag that holds a comma": lambda t: f'"a,b",{t}',
    "with empty members": lambda t: f",, {t},",
    "with the suffix of a compressing proxy": lambda t: t[:-1] + '-gzip"',
}


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("label", MATCHING)
def test_13_1_2_if_none_match_of_get(row, method, label):
    tag = row.tag()
    answer = row.client.request(method, row.url, if_none_match=MATCHING[label](tag)).expect(304)
    assert answer.body == b"" and answer.etag == tag


@kinds
@writes
@pytest.mark.parametrize("label", MATCHING)
def test_13_1_2_if_none_match_of_a_write(row, method, label):
    tag = row.tag()
    with nothing_changes(row):
        answer = row.send(method, if_none_match=MATCHING[label](tag))
        answer.problem(412)
        assert answer.etag == tag


@kinds
@pytest.mark.parametrize("value", ['"other"', 'W/"other"', '"a", "b,c"', '""', '"*"'])
def test_13_1_2_if_none_match_of_get_without_a_match(row, value):
    answer = row.client.get(row.url, if_none_match=value).expect(200)
    assert answer.json()["note"] == "as it was"


@kinds
def test_13_1_2_stale_tag_gets_the_new_state(row):
    stale = row.tag()
    row.write_by_psql("new")
    answer = row.client.get(row.url, if_none_match=stale).expect(200)
    assert answer.json()["note"] == "new" and answer.etag != stale
    row.client.get(row.url, if_none_match=answer.etag).expect(304)


def test_5_3_repeated_if_none_match_lines(database, client):
    row = Row(VERSION, database, client)
    client.get(row.url, headers=[("If-None-Match", '"a"'), ("If-None-Match", row.tag())]).expect(304)
    client.get(row.url, headers=[("If-None-Match", '"a"'), ("If-None-Match", '"b"')]).expect(200)


@kinds
def test_13_1_2_put_creates_once(kind, database, client):
    key = 920000 + KINDS.index(kind)
    body = {"id": key, "status": "new", "note": "mine", "count": 1}
    made = client.put(f"/{kind.resource}/{key}", body, if_none_match="*").expect(201)
    assert made.etag == client.tag(f"/{kind.resource}/{key}")
    again = client.put(f"/{kind.resource}/{key}", {**body, "note": "yours"}, if_none_match="*")
    document = again.problem(412)
    assert again.etag == made.etag == document["current_etag"]
    assert document["current"]["note"] == "mine"
    assert database.row(kind.table, id=key)["note"] == "mine"


@kinds
def test_4_creation_race_has_one_winner(kind, database, server):
    for attempt in range(10):
        key = 930000 + 1000 * KINDS.index(kind) + attempt

        def create(i, key=key):
            with server.client() as client:
                body = {"id": key, "status": "new", "note": f"racer {i}", "count": i}
                return client.put(f"/{kind.resource}/{key}", body, if_none_match="*").expect(201, 412)

        answers = race(12, create)
        won = [a for a in answers if a.status == 201]
        assert len(won) == 1
        assert database.row(kind.table, id=key)["note"] == won[0].json()["note"]


# Dates (version-stamped rows alone have them)


@pytest.fixture
def dated(database, client):
    row = Row(VERSION, database, client)
    row.date = row.client.get(row.url).expect(200).get("Last-Modified")
    assert row.date
    row.moment = email.utils.parsedate_to_datetime(row.date)
    return row


def formats(moment):
    """The three forms of 5.6.7."""
    return {
        "IMF-fixdate": http_date(moment),
        "RFC 850": moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
        "asctime": moment.strftime("%a %b ") + f"{moment.day:2d}" + moment.strftime(" %H:%M:%S %Y"),
    }


FORMATS = ["IMF-fixdate", "RFC 850", "asctime"]
NOT_DATES = ["junk", "0", "Tue, 32 Jan 2030 00:00:00 GMT", "Fri, 01 Jan 2030 25:00:00 GMT", "2030-01-01T00:00:00Z",
             "Fri, 01 Jan 2030 00:00:00 CET", "", "01 Jan 2030"]


@pytest.mark.parametrize("form", FORMATS)
@writes
def test_13_1_4_if_unmodified_since_holds(dated, method, form):
    done(dated.send(method, if_unmodified_since=formats(dated.moment)[form]), method)


@pytest.mark.parametrize("form", FORMATS)
@writes
def test_13_1_4_if_unmodified_since_fails(dated, method, form):
    date = formats(dated.moment - datetime.timedelta(seconds=1))[form]
    with nothing_changes(dated):
        answer = dated.send(method, if_unmodified_since=date)
        document = answer.problem(412)
        assert answer.etag == document["current_etag"] == dated.tag()


@writes
def test_13_1_4_if_unmodified_since_is_ignored_beside_if_match(dated, method):
    past, future = http_date(utc(days=-9)), http_date(utc(days=9))
    tag = dated.tag()
    with nothing_changes(dated):
        dated.send(method, if_match='"other"', if_unmodified_since=future).problem(412)
    done(dated.send(method, if_match=tag, if_unmodified_since=past), method)


@pytest.mark.parametrize("value", NOT_DATES)
@writes
def test_13_1_4_a_date_that_is_none_is_ignored(dated, method, value):
    with nothing_changes(dated):
        dated.send(method, if_unmodified_since=value).problem(428)


@writes
def test_13_1_4_two_dates_are_no_date(dated, method):
    with nothing_changes(dated):
        dated.send(method, [("If-Unmodified-Since", http_date(utc(days=1)))] * 2).problem(428)


def test_13_1_4_if_unmodified_since_of_get(dated):
    dated.client.get(dated.url, if_unmodified_since=dated.date).expect(200)
    dated.client.get(dated.url, if_unmodified_since=http_date(utc(days=-1))).problem(412)


@pytest.mark.parametrize("kind", [XMIN, CONTENT], ids=repr)
@writes
def test_13_1_4_without_a_modification_date_there_is_nothing_to_compare(row, method):
    assert row.client.get(row.url).get("Last-Modified") is None
    with nothing_changes(row):
        row.send(method, if_unmodified_since=http_date(utc(days=1))).problem(428)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_13_1_3_if_modified_since(dated, method, form):
    same = formats(dated.moment)[form]
    before = formats(dated.moment - datetime.timedelta(seconds=1))[form]
    answer = dated.client.request(method, dated.url, if_modified_since=same).expect(304)
    assert answer.etag == dated.tag()
    dated.client.request(method, dated.url, if_modified_since=before).expect(200)


@pytest.mark.parametrize("value", NOT_DATES)
def test_13_1_3_a_date_that_is_none_is_ignored(dated, value):
    dated.client.get(dated.url, if_modified_since=value).expect(200)


def test_13_1_3_is_ignored_beside_if_none_match(dated):
    future, past = http_date(utc(days=9)), http_date(utc(days=-9))
    dated.client.get(dated.url, if_none_match='"other"', if_modified_since=future).expect(200)
    dated.client.get(dated.url, if_none_match=dated.tag(), if_modified_since=past).expect(304)


@writes
def test_13_1_3_is_for_get_and_head_alone(dated, method):
    future = http_date(utc(days=9))
    done(dated.send(method, if_match=dated.tag(), if_modified_since=future), method)


def test_4_parts_of_a_second_are_truncated(database, client):
    row = Row(VERSION, database, client)
    for _ in range(5):
        row.write_by_psql()
        modified = database.row("orders", id=row.id)["modified"]
        answer = client.get(row.url).expect(200)
        assert email.utils.parsedate_to_datetime(answer.get("Last-Modified")) == modified.replace(microsecond=0)
        client.get(row.url, if_modified_since=answer.get("Last-Modified")).expect(304)


# Order of evaluation (13.2.2)


@writes
@pytest.mark.parametrize("label, headers, status", [
    ("If-Match false decides", {"If-Match": '"x"', "If-None-Match": '"y"'}, 412),
    ("If-Match true, then If-None-Match false", {"If-Match": "TAG", "If-None-Match": "TAG"}, 412),
    ("If-Match any, then If-None-Match any", {"If-Match": "*", "If-None-Match": "*"}, 412),
    ("If-Match true and If-None-Match true", {"If-Match": "TAG", "If-None-Match": '"y"'}, 200),
    ("If-Unmodified-Since true, then If-None-Match false", {"If-Unmodified-Since": "FUTURE", "If-None-Match": "TAG"}, 412),
    ("If-Unmodified-Since false, If-None-Match true", {"If-Unmodified-Since": "PAST", "If-None-Match": '"y"'}, 412),
    ("all true", {"If-Match": "TAG", "If-Unmodified-Since": "PAST", "If-None-Match": '"y"', "If-Modified-Since": "FUTURE"}, 200),
], ids=lambda v: v if isinstance(v, str) else "")
def test_13_2_2_order_for_writes(dated, method, label, headers, status):
    words = {"TAG": dated.tag(), "FUTURE": http_date(utc(days=9)), "PAST": http_date(utc(days=-9))}
    headers = {n: words.get(v, v) for n, v in headers.items()}
    if status == 412:
        with nothing_changes(dated):
            dated.send(method, headers).problem(412)
    else:
        done(dated.send(method, headers), method)


@pytest.mark.parametrize("label, headers, status", [
    ("If-Match false before If-None-Match", {"If-Match": '"x"', "If-None-Match": "TAG"}, 412),
    ("If-Match true, then If-None-Match", {"If-Match": "TAG", "If-None-Match": "TAG"}, 304),
    ("If-Unmodified-Since false before If-None-Match", {"If-Unmodified-Since": "PAST", "If-None-Match": "TAG"}, 412),
    ("If-Match true, If-Unmodified-Since ignored", {"If-Match": "TAG", "If-Unmodified-Since": "PAST"}, 200),
    ("If-Match true, then If-Modified-Since", {"If-Match": "TAG", "If-Modified-Since": "FUTURE"}, 304),
    ("If-None-Match true, If-Modified-Since ignored", {"If-None-Match": '"y"', "If-Modified-Since": "FUTURE"}, 200),
], ids=lambda v: v if isinstance(v, str) else "")
def test_13_2_2_order_for_get(dated, label, headers, status):
    words = {"TAG": dated.tag(), "FUTURE": http_date(utc(days=9)), "PAST": http_date(utc(days=-9))}
    dated.client.get(dated.url, headers={n: words.get(v, v) for n, v in headers.items()}).expect(status)


@pytest.mark.parametrize("url", ["/orders", "/orders/1", "/"])
@pytest.mark.parametrize("headers", [
    {"If-Match": '"stale"'}, {"If-Match": "junk"}, {"If-None-Match": "*"}, {"If-Unmodified-Since": "junk"},
    {"If-Match": '*, "a"'},
], ids=str)
def test_4_preconditions_of_options_are_ignored(url, headers, client):
    client.options(url, headers=headers).expect(200, 204)


# What 304, 412 and 428 carry


def cors_of(answer):
    assert answer.get("Access-Control-Allow-Origin") == ORIGIN, repr(answer)
    exposed = answer.members("Access-Control-Expose-Headers")
    for name in ("etag", "last-modified", "location", "content-range", "link", "preference-applied", "retry-after"):
        assert name in exposed, repr(answer)


@kinds
def test_15_4_5_304_repeats_the_fields_of_200(row):
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
def test_4_412_carries_the_fields_of_200(row, method):
    whole = row.client.get(row.url, origin=ORIGIN).expect(200)
    answer = row.send(method, if_match='"stale"', origin=ORIGIN)
    answer.problem(412)
    assert answer.etag == whole.etag
    assert answer.get("Vary") and "origin" in answer.members("Vary")
    assert answer.get("Cache-Control")
    cors_of(answer)


@kinds
@writes
def test_10_428_carries_cors(row, method):
    answer = row.send(method, origin=ORIGIN)
    answer.problem(428)
    cors_of(answer)


@kinds
@writes
def test_4_412_document(row, method):
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
def test_4_412_of_head_has_no_body(row):
    answer = row.client.head(row.url, if_match='"other"').expect(412)
    assert answer.body == b"" and answer.etag == row.tag()


def test_4_412_lists_what_was_sent_with_any_state(client):
    document = client.put(f"/orders/{MISSING}", {"note": "x"}, if_match="*").problem(412)
    assert document["expected"] == ["*"]


# Variants (docs/http.md section 3)


@kinds
@writes
def test_3_tag_of_a_projection_guards_the_whole_row(row, method):
    plain = row.client.get(row.url).expect(200)
    part = row.client.get(row.url + "?select=id,note").expect(200)
    assert part.etag != plain.etag and part.etag.startswith(plain.etag[:-1] + "~")
    row.client.get(row.url, if_none_match=part.etag).expect(200)
    row.client.get(row.url + "?select=id,note", if_none_match=plain.etag).expect(200)
    row.client.get(row.url + "?select=id,note", if_none_match=part.etag).expect(304)
    done(row.send(method, if_match=part.etag), method)


@kinds
@writes
def test_3_tag_of_a_projection_goes_stale_with_any_column(row, method):
    part = row.client.get(row.url + "?select=id,status").expect(200)
    row.write_by_psql()
    with nothing_changes(row):
        row.send(method, if_match=part.etag).problem(412)


@kinds
@pytest.mark.parametrize("variant", ["~", "~x", "~" + "0" * 100, "~a~b"])
def test_3_the_variant_part_says_nothing_about_the_state(row, variant):
    row.send("PATCH", if_match=row.tag()[:-1] + variant + '"').expect(200)


@kinds
def test_3_a_variant_of_a_stale_tag_is_stale(row):
    stale = row.tag()
    row.write_by_psql()
    with nothing_changes(row):
        row.send("PATCH", if_match=stale[:-1] + '~x"').problem(412)


@pytest.mark.parametrize("kind", [VERSION], ids=repr)
def test_3_form_of_the_tag(row):
    stored = row.database.row("orders", id=row.id)
    match = re.fullmatch(r'"(\d+)\.(\d+)\.([0-9A-Za-z_-]+)"', row.tag())
    assert match
    assert int(match.group(1)) == stored["version"]
    moment = stored["modified"]
    assert int(match.group(2)) == round(moment.replace(microsecond=0).timestamp()) * 1000000 + moment.microsecond
    assert len(match.group(3)) >= 11  # 64 bits in base64url; 16 in hexadecimal


@kinds
def test_3_tags_are_strict_and_strong(row):
    for answer in (row.client.get(row.url), row.client.get(row.url + "?select=id"), row.client.get(f"/{row.kind.resource}"),
                   row.client.get(row.url, accept_encoding="gzip")):
        assert re.fullmatch(r'"[\x21\x23-\x7e]+"', answer.expect(200).etag), answer.etag
        assert len(answer.all("ETag")) == 1


# Races between writers (docs/http.md section 4: atomic)


@kinds
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_4_of_n_writers_with_one_tag_exactly_one_wins(row, method, server):
    for attempt in range(8):
        tag = row.tag()
        version = row.database.row(row.kind.table, id=row.id).get("version")

        def write(i, tag=tag, attempt=attempt):
            with server.client() as client:
                return row.send(method, note=f"{attempt}/{i}", client=client, if_match=tag).expect(200, 412)

        answers = race(16, write)
        won = [a for a in answers if a.status == 200]
        assert len(won) == 1
        assert row.note() == won[0].json()["note"]
        if version:
            assert row.database.row(row.kind.table, id=row.id)["version"] == version + 1
        for lost in answers:
            if lost.status == 412:
                assert lost.etag == won[0].etag and lost.json()["current"]["note"] == row.note()


@kinds
def test_4_of_n_deleters_with_one_tag_exactly_one_wins(row, server):
    tag = row.tag()

    def remove(_):
        with server.client() as client:
            return client.delete(row.url, if_match=tag).status

    statuses = race(12, remove)
    assert sorted(statuses) == [204] + [404] * 11


@kinds
def test_4_writers_and_deleters_with_one_tag(row, server):
    tag = row.tag()

    def act(i):
        with server.client() as client:
            return row.send("DELETE" if i % 2 else "PATCH", note=str(i), client=client, if_match=tag).status

    statuses = race(12, act)
    assert len([s for s in statuses if s in (200, 204)]) == 1, statuses
    assert set(statuses) <= {200, 204, 404, 412}


@kinds
@writes
@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_4_a_writer_beside_midair_that_has_not_committed_yet(row, method, ending, server):
    """The check waits for the other's outcome and goes by it."""
    tag = row.tag()
    answers = []
    with contextlib.closing(row.database.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"UPDATE {row.kind.table} SET note = 'by the other' WHERE id = %s", [row.id])

        def write():
            with server.client() as client:
                answers.append(row.send(method, client=client, if_match=tag))

        thread = threading.Thread(target=write)
        thread.start()
        eventually(lambda: row.database.one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
        cursor.execute(ending)
        thread.join()
    if ending == "COMMIT":
        answers[0].problem(412)
        assert row.note() == "by the other"
    else:
        done(answers[0], method)


@kinds
def test_4_two_tabs_one_after_the_other(row):
    """The lost update that midair exists for."""
    first = row.tag()
    second = row.tag()
    row.send("PATCH", note="first", if_match=first).expect(200)
    row.send("PATCH", note="second", if_match=second).problem(412)
    assert row.note() == "first"


@kinds
def test_4_a_chain_of_returned_tags(row):
    tag = row.tag()
    seen = {tag}
    for i in range(30):
        answer = row.send("PUT" if i % 2 else "PATCH", note=f"step {i}", if_match=tag).expect(200)
        tag = answer.etag
        assert tag not in seen and tag == answer.json()["etag"]
        seen.add(tag)
    assert tag == row.tag()


def test_4_repeating_the_very_same_write(database, client):
    """13.1.1 lets it be answered 2xx where that is certain; it is never applied twice."""
    row = Row(VERSION, database, client)
    tag = row.tag()
    row.send("PATCH", note="same", if_match=tag).expect(200)
    version = database.row("orders", id=row.id)["version"]
    row.send("PATCH", note="same", if_match=tag).expect(200, 412)
    assert database.row("orders", id=row.id)["version"] == version


def test_4_pipelined_writes_with_one_tag(database, server, client):
    """Two requests sent at once on one connection: the second sees what the first did."""
    row = Row(VERSION, database, client)
    tag = row.tag()
    with server.raw() as raw:
        for i in range(2):
            body = b'{"note": "pipelined %d"}' % i
            raw.send(b"PATCH %s HTTP/1.1\r\nHost: x\r\nIf-Match: %s\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n%s" % (row.url.encode(), tag.encode(), len(body), body))
        assert [raw.response().status for _ in range(2)] == [200, 412]


def test_4_media_types_of_patch_all_check(database, client):
    row = Row(VERSION, database, client)
    bodies = {
        JSON: {"note": "x"}, MERGE: {"note": "x"}, UPDATE: {"$set": {"note": "x"}},
        PATCH: [{"op": "replace", "path": "/note", "value": "x"}],
    }
    for type_, body in bodies.items():
        with nothing_changes(row):
            client.patch(row.url, body, type=type_, if_match='"stale"').problem(412)
            client.patch(row.url, body, type=type_).problem(428)
        client.patch(row.url, body, type=type_, if_match=row.tag()).expect(200)


def test_2_a_fast_writer_never_makes_the_date_stand_still(database, client):
    row = Row(VERSION, database, client)
    last = database.row("orders", id=row.id)["modified"]
    for _ in range(20):
        row.send("PATCH", note=str(time.monotonic()), if_match="*").expect(200)
        now = database.row("orders", id=row.id)["modified"]
        assert now > last
        last = now
