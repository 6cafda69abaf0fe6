"""RFC 9110 13.1.1: If-Match, for tags by version, by xmin and by content."""

import pytest

from preconditions import VERSION, WRITES, Row, by_state, config, done, kinds, nothing_changes, row, writes

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


@pytest.mark.quick
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
def test_psql_write_that_changes_nothing_still_moves_the_tag(row, method):
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
def test_tag_of_another_row_with_an_equal_version(row, method, database, client):
    other = Row(row.kind, database, client)
    assert other.tag() != row.tag()
    with nothing_changes(row):
        row.send(method, if_match=other.tag()).problem(412)


@writes
def test_tag_of_another_relation_with_equal_key_and_version(method, database, client):
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
def test_tag_does_not_come_back_after_delete_and_insert(row, method):
    tag, before = row.tag(), row.database.row(row.kind.table, id=row.id)
    row.database.sql(f"DELETE FROM {row.kind.table} WHERE id = %s", row.id)
    row.database.insert(row.kind.table, **before)
    assert row.database.row(row.kind.table, id=row.id)["note"] == before["note"]
    assert row.tag() != tag
    with nothing_changes(row):
        row.send(method, if_match=tag).problem(412)


def test_tag_does_not_come_back_after_delete_and_put(database, client):
    row = Row(VERSION, database, client)
    tag = row.tag()
    row.send("DELETE", if_match=tag).expect(204)
    row.send("PUT", if_none_match="*").expect(201)
    assert database.row("orders", id=row.id)["version"] == 1
    row.send("PATCH", if_match=tag).problem(412)


def test_tag_does_not_come_back_when_versions_are_counted_up_again(database, client):
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
def test_unparsable_if_match(row, method, label):
    tag = row.tag()
    with nothing_changes(row):
        row.send(method, if_match=UNPARSABLE[label](tag)).problem(400)


@kinds
@writes
@pytest.mark.parametrize("label", UNPARSABLE)
def test_unparsable_if_none_match(row, method, label):
    with nothing_changes(row):
        row.send(method, if_none_match=UNPARSABLE[label]('"x"')).problem(400)


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("label", sorted(set(UNPARSABLE) - {"a tab in a tag", "DEL in a tag"}))
def test_unparsable_if_none_match_of_a_read_is_ignored(row, method, label):
    """13.1.2: a read can always be answered in full. A control byte makes the whole header one that is refused."""
    row.client.request(method, row.url, if_none_match=UNPARSABLE[label](row.tag())).expect(200)


@kinds
@pytest.mark.parametrize("label", ["a word", "star beside a tag", "an open quote"])
def test_unparsable_if_none_match_of_a_read_still_displaces_the_date(row, label):
    date = row.client.get(row.url).get("Last-Modified")
    row.client.get(row.url, if_none_match=UNPARSABLE[label]('"x"'), if_modified_since=date or "x").expect(200)


EMPTY = ["", " ", ",", ", ,", " , "]


@kinds
@writes
@pytest.mark.parametrize("value", EMPTY)
def test_empty_if_match_is_no_way_around(row, method, value):
    """A list without members holds for no state (13.1.1)."""
    with nothing_changes(row):
        row.send(method, if_match=value).problem(412)


@kinds
@writes
@pytest.mark.parametrize("value", EMPTY)
def test_empty_if_match_beside_another_condition_that_holds(row, method, value):
    with nothing_changes(row):
        row.send(method, if_match=value, if_none_match='"other"').problem(412)


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("value", EMPTY)
def test_empty_if_match_of_a_read(row, method, value):
    row.client.request(method, row.url, if_match=value).expect(412)


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("value", EMPTY)
def test_empty_if_none_match_of_a_read_is_ignored(row, method, value):
    row.client.request(method, row.url, if_none_match=value).expect(200)


@kinds
@writes
@pytest.mark.parametrize("value", EMPTY)
def test_empty_if_none_match_is_no_condition(row, method, value):
    """It adds nothing to a stale If-Match, nor takes from one that holds."""
    with nothing_changes(row):
        row.send(method, if_none_match=value, if_match='"stale"').problem(412)
    row.send(method, if_none_match=value, if_match=row.tag()).expect(200, 201, 204)


@kinds
@writes
@pytest.mark.parametrize("name", ["If-Match ", "If_Match", "X-If-Match", "If-Matc", "If-Match\t"])
def test_a_lost_field_never_makes_a_write_unconditional(row, method, name, server):
    tag = row.tag()
    with nothing_changes(row), server.client() as other:
        row.send(method, [(name, tag)], client=other).expect(400, 428)


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
