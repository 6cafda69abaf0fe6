"""docs/http.md section 8: PATCH and DELETE by filter, with a tag for each row."""

import pytest

from groups import Group, group
from midair import PATCH, UPDATE, race


@pytest.fixture(scope="module")
def config():
    return {"resources": {"places": {"if_match": "optional"}, "tokens": {"max_affected": 3}}}


def test_filter_without_a_condition_is_428(client, group):
    before = group.rows()
    client.patch(group.url, {"note": "x"}).problem(428)
    client.delete(group.url).problem(428)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("tags", ['"x"', 'W/"x"', '"x", "y"'])
def test_tags_that_rows_must_not_have_are_no_condition_of_a_filter(client, group, method, tags):
    before = group.rows()
    client.request(method, group.url, {"note": "lost"} if method == "PATCH" else None, if_none_match=tags).problem(428)
    client.put("/orders", [{"id": group.ids[0], "status": group.status, "note": "lost"}], if_none_match=tags).problem(428)
    assert group.rows() == before


def test_patch_by_filter_whatever_is_there(client, group):
    answer = client.patch(group.url, {"note": "x"}, if_match="*").expect(200)
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)
    assert group.notes() == ["x"] * 4


@pytest.mark.quick
def test_patch_by_filter_with_every_tag(client, group):
    tags = group.tags(client)
    client.patch(group.url, {"note": "x"}, if_match=", ".join(tags.values())).expect(200)
    assert group.notes() == ["x"] * 4 and all(r[3] == 2 for r in group.rows())


def test_patch_by_filter_with_tags_in_several_lines_and_some_of_others(client, group):
    lines = [("If-Match", t) for t in group.tags(client).values()] + [("If-Match", '"stranger"')]
    client.patch(group.url, {"note": "x"}, headers=lines).expect(200)
    assert group.notes() == ["x"] * 4


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("missing", range(4))
def test_filter_selects_one_row_without_a_listed_tag(client, group, method, missing):
    tags = list(group.tags(client).values())
    del tags[missing]
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags)).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("stale", range(4))
def test_filter_selects_one_row_that_moved(client, group, method, stale):
    tags = group.tags(client)
    group.database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[stale])
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags.values())).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_filter_selects_a_row_that_appeared(client, group, method):
    tags = group.tags(client)
    group.database.insert("orders", status=group.status, note="appeared")
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags.values())).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("value", ['"other"', 'W/"weak"', "junk", '*, "x"', ""])
def test_filter_with_tags_of_others(client, group, method, value):
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=value).problem(400, 412)
    assert group.rows() == before


def test_swapped_tags_do_not_hold(client, group, database):
    """A tag counts for its own row alone."""
    other = Group(database, 4)
    before = group.rows()
    client.patch(group.url, {"note": "x"}, if_match=", ".join(other.tags(client).values())).problem(412)
    assert group.rows() == before


def test_delete_by_filter(client, group):
    client.delete(group.url, if_match=", ".join(group.tags(client).values())).expect(200, 204)
    assert group.rows() == []


def test_delete_by_filter_whatever_is_there(client, group):
    client.delete(group.url, if_match="*").expect(200, 204)
    assert group.rows() == []


def test_a_filter_write_that_fails_changes_nothing(client, group):
    before = group.rows()
    client.patch(group.url, {"total": -1}, if_match="*").problem(400)
    client.patch(group.url, {"nope": -1}, if_match="*").problem(400)
    client.patch(group.url + "&nope=eq.1", {"note": "x"}, if_match="*").problem(400)
    assert group.rows() == before


def test_filter_that_selects_nothing(client, database):
    before = database.one("SELECT max(xmin::text::bigint) FROM orders")
    client.patch("/orders?note=eq.no-such-note", {"note": "x"}, if_match="*").expect(200, 204)
    client.delete("/orders?note=eq.no-such-note", if_match="*").expect(200, 204)
    assert database.one("SELECT max(xmin::text::bigint) FROM orders") == before


def test_operators_by_filter(client, group, database):
    client.patch(group.url, {"$inc": {"count": 10}}, type=UPDATE, if_match="*").expect(200)
    assert sorted(r[0] for r in database.sql("SELECT count FROM orders WHERE status = %s", group.status)) == [10, 11, 12, 13]


def test_json_patch_by_filter(client, group):
    client.patch(group.url, [{"op": "replace", "path": "/note", "value": "x"}], type=PATCH, if_match="*").expect(200)
    assert group.notes() == ["x"] * 4
    before = group.rows()
    step = [{"op": "test", "path": "/count", "value": 2}, {"op": "replace", "path": "/note", "value": "y"}]
    client.patch(group.url, step, type=PATCH, if_match="*").problem(409, 422)
    assert group.rows() == before


def test_filter_return_minimal(client, group):
    answer = client.patch(group.url, {"note": "x"}, if_match="*", prefer="return=minimal").expect(204)
    assert answer.body == b"" and group.notes() == ["x"] * 4


def test_unstamped_and_optional_need_no_condition(client, database):
    for i in range(3):
        database.insert("places", "name", name=f"free {i}", note="free")
    client.patch("/places?note=eq.free", {"note": "freed"}).expect(200)
    client.delete("/places?note=eq.freed").expect(200, 204)
    assert database.one("SELECT count(*) FROM places WHERE name LIKE 'free%%'") == 0


def test_max_affected(client, database):
    for _ in range(4):
        database.insert("tokens", note="crowd")
    client.patch("/tokens?note=eq.crowd", {"note": "moved"}, if_match="*").problem(400, 409, 413, 422)
    client.delete("/tokens?note=eq.crowd", if_match="*").problem(400, 409, 413, 422)
    assert database.one("SELECT count(*) FROM tokens WHERE note = 'crowd'") == 4


@pytest.mark.concurrent
def test_of_n_filter_writers_with_the_same_tags_exactly_one_wins(client, server, group):
    listed = ", ".join(group.tags(client).values())

    def write(i):
        with server.client() as own:
            return own.patch(group.url, {"note": f"w{i}"}, if_match=listed).expect(200, 412).status

    statuses = race(8, write)
    assert statuses.count(200) == 1
    assert len(set(group.notes())) == 1 and all(r[3] == 2 for r in group.rows())


@pytest.mark.concurrent
def test_filter_writer_against_item_writers(client, server, group):
    """Either the filter's write or some item's write: never both."""
    tags = group.tags(client)
    listed = ", ".join(tags.values())

    def write(i):
        with server.client() as own:
            if i == 0:
                return own.patch(group.url, {"note": "filter"}, if_match=listed).expect(200, 412).status
            return own.patch(f"/orders/{group.ids[i - 1]}", {"note": "item"}, if_match=tags[group.ids[i - 1]]).expect(200, 412).status

    statuses = race(5, write)
    if statuses[0] == 200:
        assert statuses[1:] == [412] * 4 and group.notes() == ["filter"] * 4
    else:
        assert 200 in statuses[1:] and "filter" not in group.notes()


# A filter that selects nothing


@pytest.fixture(scope="module")
def dialect(database):
    from midair import Midair
    with Midair(database, server={"dialect": "postgrest"}) as running:
        with running.client() as made:
            yield made


EMPTY = {
    "PATCH": ("PATCH", {"note": "x"}, {}), "DELETE": ("DELETE", None, {}),
    "an update": ("PATCH", {"$inc": {"count": 1}}, {"type": UPDATE}),
    "a JSON patch": ("PATCH", [{"op": "remove", "path": "/note"}], {"type": PATCH}),
    "with the representation": ("PATCH", {"note": "x"}, {"prefer": "return=representation"}),
    "no change at all": ("PATCH", {}, {}),
}
empty = pytest.mark.parametrize("form", EMPTY)


@empty
@pytest.mark.parametrize("which", ["midair", "postgrest"])
@pytest.mark.parametrize("tags", ["{tag}", '"other"', 'W/"weak"', '{tag}, "other"', ""])
def test_tags_do_not_hold_of_an_empty_selection(client, dialect, database, form, which, tags):
    group = Group(database, 1)
    tags = tags.format(tag=group.tags(client)[group.ids[0]])
    database.sql("DELETE FROM orders WHERE id = %s", group.ids[0])  # a colleague
    method, body, more = EMPTY[form]
    answer = (client if which == "midair" else dialect).request(method, group.url, body, if_match=tags, **more)
    assert answer.status == 412, answer
    if which == "midair":
        assert answer.problem(412)["current"] is None


@empty
@pytest.mark.parametrize("which", ["midair", "postgrest"])
def test_a_star_holds_of_an_empty_selection(client, dialect, database, form, which):
    group = Group(database, 0)
    method, body, more = EMPTY[form]
    answer = (client if which == "midair" else dialect).request(method, group.url, body, if_match="*", **more)
    assert answer.expect(200, 204).get("Content-Range") == "*/0"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_below_a_parent_its_tag_holds_of_an_empty_selection(client, database, method):
    parent = Group(database, 1).ids[0]
    tag, url = client.tag(f"/orders/{parent}"), f"/orders/{parent}/items?product=eq.none"
    body = {"product": "x"} if method == "PATCH" else None
    client.request(method, url, body, if_match=tag).expect(200, 204)
    database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", parent)
    client.request(method, url, body, if_match=tag).problem(412)
    client.request(method, url, body, if_match='"other"').problem(412)


@pytest.mark.parametrize("content", ["{broken", '{"nope": 1}', '{"id": 1, "id": 2}', "5"])
@pytest.mark.parametrize("fresh", [True, False], ids=["current", "stale"])
def test_13_2_2_a_stale_tag_comes_before_the_content(client, group, content, fresh):
    tags = ", ".join(group.tags(client).values())
    before = group.rows()
    client.patch(group.url, content, if_match=tags if fresh else '"stale"').problem(400 if fresh else 412)
    client.patch("/orders?id=eq.987654321", content, if_match='"stale"').problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_if_none_match_any_satisfies_nothing_where_no_row_can_be_created(client, group, method):
    content = {"note": "x"} if method == "PATCH" else None
    client.request(method, group.url, content, if_none_match="*").problem(412)
    client.request(method, "/orders?id=eq.987654321", content, if_none_match="*").problem(428)
    client.request(method, "/orders/987654321", content, if_none_match="*").problem(404)
    client.request(method, f"/orders/{group.ids[0]}", content, if_none_match="*").problem(412)
