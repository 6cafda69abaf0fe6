"""docs/http.md section 5 on collections: lists, creation of one and of many, writes by filter, upserts, bulk rows."""

import itertools

import pytest

from midair import PATCH, UPDATE, race

_labels = itertools.count(1)


@pytest.fixture(scope="module")
def config():
    return {"resources": {"places": {"if_match": "optional"}, "pairs": {"max_rows": 5}, "tokens": {"max_affected": 3}}}


class Group:
    """Some orders of one test, found by their status."""

    def __init__(self, database, count):
        self.status = f"group {next(_labels)}"
        self.database = database
        self.ids = [database.insert("orders", status=self.status, note=f"n{i}", count=i) for i in range(count)]
        self.url = f"/orders?status=eq.{self.status.replace(' ', '%20')}"

    def rows(self):
        return self.database.sql("SELECT id, xmin::text, note, version FROM orders WHERE status = %s ORDER BY id", self.status)

    def notes(self):
        return [r[2] for r in self.rows()]

    def tags(self, client):
        return {r["id"]: r["etag"] for r in client.get(self.url).expect(200).json()}


@pytest.fixture
def group(database):
    return Group(database, 4)


# Reading


def ids(answer):
    return [r["id"] for r in answer.expect(200, 206).json()]


def test_order_limit_offset(client, group):
    everything = sorted(group.ids)
    assert ids(client.get(group.url + "&order=id")) == everything
    assert ids(client.get(group.url + "&order=id.asc")) == everything
    assert ids(client.get(group.url + "&order=id.desc")) == everything[::-1]
    assert ids(client.get(group.url + "&order=id&limit=2")) == everything[:2]
    assert ids(client.get(group.url + "&order=id&limit=2&offset=1")) == everything[1:3]
    assert ids(client.get(group.url + "&order=id&offset=3")) == everything[3:]
    assert ids(client.get(group.url + "&limit=0")) == []
    assert ids(client.get(group.url + "&order=status,count.desc&limit=1")) == everything[3:]


def test_order_of_nulls(client, database):
    group = Group(database, 3)
    database.sql("UPDATE orders SET note = NULL WHERE id = %s", group.ids[1])
    a, none, b = group.ids
    assert ids(client.get(group.url + "&order=note.asc.nullsfirst")) == [none, a, b]
    assert ids(client.get(group.url + "&order=note.asc.nullslast")) == [a, b, none]
    assert ids(client.get(group.url + "&order=note.desc.nullslast")) == [b, a, none]
    assert ids(client.get(group.url + "&order=note.desc")) == [none, b, a]


@pytest.mark.parametrize("query, span", [
    ("&order=id", "0-3"), ("&order=id&limit=2", "0-1"), ("&order=id&limit=2&offset=1", "1-2"), ("&order=id&offset=3", "3-3"),
    ("&limit=0", "*"), ("&offset=100", "*"),
])
def test_14_4_content_range(client, group, query, span):
    answer = client.get(group.url + query)
    answer.expect(200, 206)
    shown, total = answer.get("Content-Range").removeprefix("items ").split("/")
    assert shown == span and total in ("*", "4")


def test_14_4_part_of_a_known_total_is_206(client, group):
    answer = client.get(group.url + "&limit=2", prefer="count=exact").expect(206)
    assert answer.get("Content-Range").endswith("0-1/4")
    client.get(group.url, prefer="count=exact").expect(200)


def test_select(client, group):
    rows = client.get(group.url + "&select=id,note&order=id").expect(200).json()
    assert [set(r) - {"etag"} for r in rows] == [{"id", "note"}] * 4
    assert [r["note"] for r in rows] == ["n0", "n1", "n2", "n3"]
    assert list(client.get(f"/orders/{group.ids[0]}?select=note,id").expect(200).json())[:2] == ["note", "id"]
    assert set(client.get(f"/orders/{group.ids[0]}?select=*").expect(200).json()) >= {"id", "note", "version"}


def test_elements_carry_tags_that_guard(client, group):
    for query in ("", "&select=id,note"):
        for element in client.get(group.url + query).expect(200).json():
            url = f"/orders/{element['id']}"
            client.patch(url, {"note": "x" + query}, if_match=element["etag"]).expect(200)
            client.patch(url, {"note": "y"}, if_match=element["etag"]).problem(412)


@pytest.mark.parametrize("value", ["a b", "a,b", "a.b", "a&b", "a=b", "a%b", "a+b", "é", "\U0001f600", "(x)", "'", '"', "\\",
                                   "eq.x", "null", "*", "a\tb", ";drop", "$1"])
def test_filter_values(client, database, value):
    from urllib.parse import quote
    key = database.insert("orders", note=f"filter {value}")
    found = client.get("/orders?note=eq." + quote(f"filter {value}", safe="")).expect(200).json()
    assert [r["id"] for r in found] == [key]


def test_filters_all_hold(client, group):
    assert ids(client.get(group.url + "&count=eq.2")) == [group.ids[2]]
    assert ids(client.get(group.url + "&count=eq.2&note=eq.n1")) == []
    assert ids(client.get(f"/orders?id=eq.{group.ids[0]}")) == [group.ids[0]]


def test_filter_on_quoted_names(client, database):
    database.sql('INSERT INTO "MixedCase" ("Id", "Name", "group") VALUES (501, %s, %s)', "N", "G")
    assert client.get("/MixedCase?Name=eq.N&group=eq.G").expect(200).json()[0]["Id"] == 501
    client.get("/MixedCase?name=eq.N").problem(400)


@pytest.mark.parametrize("query", [
    "limit=x", "limit=1.5", "limit=-x", "limit=99999999999999999999", "offset=-1.5", "offset=x", "order=nope", "order=id.up",
    "order=", "order=id..", "order=,", "select=nope", "nope=eq.1", "id=eq", "id=1", "id=spam.1", "id=eq.x",
    "id=eq.99999999999999999999", "id=eq.1'%20OR%201=1", "id;drop=eq.1", "%00=eq.1", "id=eq.%00", "id=eq.%ff", "id=eq.%zz",
    "order=id;drop%20table%20orders", "select=id;drop", "limit=1&limit=2",
], ids=str)
def test_query_that_cannot_be_understood(client, query):
    client.get("/orders?" + query).problem(400)


def test_nothing_found(client):
    answer = client.get("/orders?note=eq.no-such-note").expect(200)
    assert answer.json() == []


def test_tag_of_a_collection(client, group):
    first = client.get(group.url + "&order=id").expect(200)
    assert first.etag
    again = client.get(group.url + "&order=id", if_none_match=first.etag).expect(304)
    assert again.body == b"" and again.etag == first.etag
    client.head(group.url + "&order=id", if_none_match=first.etag).expect(304)
    client.get(group.url + "&order=id.desc", if_none_match=first.etag).expect(200)
    group.database.sql("UPDATE orders SET note = 'moved' WHERE id = %s", group.ids[2])
    assert client.get(group.url + "&order=id", if_none_match=first.etag).expect(200).etag != first.etag


def test_max_rows(client, database):
    for i in range(8):
        database.insert("pairs", "a", a="max", b=str(i))
    assert len(client.get("/pairs?a=eq.max").expect(200, 206).json()) == 5
    assert len(client.get("/pairs?a=eq.max&limit=8").expect(200, 206).json()) == 5
    assert len(client.get("/pairs?a=eq.max&limit=8&offset=5").expect(200, 206).json()) == 3


def test_etag_field_of_another_name_and_switched_off(start, database):
    server = start(database, resources={"orders": {"etag_field": "_tag"}, "customers": {"etag_field": ""}})
    with server.client() as client:
        body = client.get("/orders?limit=1").expect(200, 206).json()[0]
        assert "etag" not in body and body["_tag"].startswith('"')
        assert client.get("/orders/1").json()["_tag"] == client.tag("/orders/1")
        assert "etag" not in client.get("/customers/1").json()
        assert not any("tag" in name for name in client.get("/customers?limit=1").json()[0])


# POST


def test_9_3_3_one(client, database):
    answer = client.post("/orders", {"note": "made", "count": 2}).expect(201)
    body = answer.json()
    assert answer.get("Location") == f"/orders/{body['id']}"
    again = client.get(answer.get("Location")).expect(200)
    assert again.json() == body and again.etag == answer.etag == body["etag"]
    assert body["note"] == "made" and body["status"] == "new" and body["version"] == 1


def test_9_3_3_defaults_alone(client):
    assert client.post("/orders", {}).expect(201).json()["status"] == "new"


def test_9_3_3_many_with_equal_keys(client, database):
    rows = [{"note": f"many {i}", "count": i} for i in range(50)]
    body = client.post("/orders", rows).expect(201).json()
    assert [(r["note"], r["count"]) for r in body] == [(r["note"], r["count"]) for r in rows]
    for element in body[::10]:
        assert element["etag"] == client.tag(f"/orders/{element['id']}")


def test_9_3_3_many_with_differing_keys(client):
    body = client.post("/orders", [{"note": "a"}, {"count": 5}, {}, {"status": "s", "total": 1}]).expect(201).json()
    assert [(r["note"], r["count"], r["status"]) for r in body] == [("a", 0, "new"), (None, 5, "new"), (None, 0, "new"), (None, 0, "s")]


@pytest.mark.parametrize("bad", [{"count": "x"}, {"total": -1}, {"status": None}, {"customer_id": 987654321}, {"id": 1}, {"nope": 1}, 5, None, []],
                         ids=str)
def test_9_3_3_many_is_one_transaction(client, database, bad):
    before = database.one("SELECT count(*) FROM orders")
    client.post("/orders", [{"note": "a"}, {"note": "b"}, bad]).problem(400, 409)
    assert database.one("SELECT count(*) FROM orders") == before


def test_9_3_3_a_thousand(client, database):
    body = client.post("/orders", [{"note": f"thousand {i}"} for i in range(1000)]).expect(201).json()
    assert len({r["id"] for r in body}) == 1000


def test_9_3_3_none(client, database):
    before = database.one("SELECT count(*) FROM orders")
    answer = client.post("/orders", []).expect(200, 201)
    assert answer.json() == [] and database.one("SELECT count(*) FROM orders") == before


def test_9_3_3_identity_always(client, database):
    made = client.post("/tickets", {"title": "t"}).expect(201)
    assert client.get(made.get("Location")).json()["title"] == "t"


def test_9_3_3_partitions(client, database):
    made = client.post("/events", {"id": 60, "day": "2024-02-03", "what": "w"}).expect(201)
    assert made.get("Location") == "/events/60,2024-02-03"
    assert database.row("events_old", id=60)["what"] == "w"


def test_9_3_3_without_a_key(client, database):
    answer = client.post("/keyless", {"a": 9, "b": "nine"}).expect(201)
    assert answer.get("Location") is None
    assert database.row("keyless", a=9)["b"] == "nine"
    database.sql("DELETE FROM keyless WHERE a = 9")


@pytest.mark.parametrize("body", ["", "{", "null", "1", '"x"', "[1]", "[[]]", "[null]", '{"note": 1} x', '{"nope": 1}', '{"note":"a","note":"b"}'])
def test_9_3_3_content_that_does_not_fit(client, database, body):
    before = database.one("SELECT count(*) FROM orders")
    client.post("/orders", body).problem(400)
    assert database.one("SELECT count(*) FROM orders") == before


def test_9_3_3_existing_key(client, database):
    tag = client.tag("/orders/1")
    client.post("/orders", {"id": 1, "note": "again"}).problem(409)
    assert client.tag("/orders/1") == tag


# PATCH and DELETE by filter


def test_4_filter_without_a_condition_is_428(client, group):
    before = group.rows()
    client.patch(group.url, {"note": "x"}).problem(428)
    client.delete(group.url).problem(428)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("tags", ['"x"', 'W/"x"', '"x", "y"'])
def test_4_tags_that_rows_must_not_have_are_no_condition_of_a_filter(client, group, method, tags):
    before = group.rows()
    client.request(method, group.url, {"note": "lost"} if method == "PATCH" else None, if_none_match=tags).problem(428)
    client.put("/orders", [{"id": group.ids[0], "status": group.status, "note": "lost"}], if_none_match=tags).problem(428)
    assert group.rows() == before


def test_5_patch_by_filter_whatever_is_there(client, group):
    answer = client.patch(group.url, {"note": "x"}, if_match="*").expect(200)
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)
    assert group.notes() == ["x"] * 4


def test_5_patch_by_filter_with_every_tag(client, group):
    tags = group.tags(client)
    client.patch(group.url, {"note": "x"}, if_match=", ".join(tags.values())).expect(200)
    assert group.notes() == ["x"] * 4 and all(r[3] == 2 for r in group.rows())


def test_5_patch_by_filter_with_tags_in_several_lines_and_some_of_others(client, group):
    lines = [("If-Match", t) for t in group.tags(client).values()] + [("If-Match", '"stranger"')]
    client.patch(group.url, {"note": "x"}, headers=lines).expect(200)
    assert group.notes() == ["x"] * 4


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("missing", range(4))
def test_5_filter_selects_one_row_without_a_listed_tag(client, group, method, missing):
    tags = list(group.tags(client).values())
    del tags[missing]
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags)).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("stale", range(4))
def test_5_filter_selects_one_row_that_moved(client, group, method, stale):
    tags = group.tags(client)
    group.database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[stale])
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags.values())).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_5_filter_selects_a_row_that_appeared(client, group, method):
    tags = group.tags(client)
    group.database.insert("orders", status=group.status, note="appeared")
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=", ".join(tags.values())).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize("value", ['"other"', 'W/"weak"', "junk", '*, "x"', ""])
def test_5_filter_with_tags_of_others(client, group, method, value):
    before = group.rows()
    client.request(method, group.url, {"note": "x"} if method == "PATCH" else None, if_match=value).problem(400, 412)
    assert group.rows() == before


def test_5_swapped_tags_do_not_hold(client, group, database):
    """A tag counts for its own row alone."""
    other = Group(database, 4)
    before = group.rows()
    client.patch(group.url, {"note": "x"}, if_match=", ".join(other.tags(client).values())).problem(412)
    assert group.rows() == before


def test_5_delete_by_filter(client, group):
    client.delete(group.url, if_match=", ".join(group.tags(client).values())).expect(200, 204)
    assert group.rows() == []


def test_5_delete_by_filter_whatever_is_there(client, group):
    client.delete(group.url, if_match="*").expect(200, 204)
    assert group.rows() == []


def test_5_a_filter_write_that_fails_changes_nothing(client, group):
    before = group.rows()
    client.patch(group.url, {"total": -1}, if_match="*").problem(400)
    client.patch(group.url, {"nope": -1}, if_match="*").problem(400)
    client.patch(group.url + "&nope=eq.1", {"note": "x"}, if_match="*").problem(400)
    assert group.rows() == before


def test_5_filter_that_selects_nothing(client, database):
    before = database.one("SELECT max(xmin::text::bigint) FROM orders")
    client.patch("/orders?note=eq.no-such-note", {"note": "x"}, if_match="*").expect(200, 204)
    client.delete("/orders?note=eq.no-such-note", if_match="*").expect(200, 204)
    assert database.one("SELECT max(xmin::text::bigint) FROM orders") == before


def test_5_operators_by_filter(client, group, database):
    client.patch(group.url, {"$inc": {"count": 10}}, type=UPDATE, if_match="*").expect(200)
    assert sorted(r[0] for r in database.sql("SELECT count FROM orders WHERE status = %s", group.status)) == [10, 11, 12, 13]


def test_5_json_patch_by_filter(client, group):
    client.patch(group.url, [{"op": "replace", "path": "/note", "value": "x"}], type=PATCH, if_match="*").expect(200)
    assert group.notes() == ["x"] * 4
    before = group.rows()
    step = [{"op": "test", "path": "/count", "value": 2}, {"op": "replace", "path": "/note", "value": "y"}]
    client.patch(group.url, step, type=PATCH, if_match="*").problem(409, 422)
    assert group.rows() == before


def test_5_filter_return_minimal(client, group):
    answer = client.patch(group.url, {"note": "x"}, if_match="*", prefer="return=minimal").expect(204)
    assert answer.body == b"" and group.notes() == ["x"] * 4


def test_5_unstamped_and_optional_need_no_condition(client, database):
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


def test_4_of_n_filter_writers_with_the_same_tags_exactly_one_wins(client, server, group):
    listed = ", ".join(group.tags(client).values())

    def write(i):
        with server.client() as own:
            return own.patch(group.url, {"note": f"w{i}"}, if_match=listed).expect(200, 412).status

    statuses = race(8, write)
    assert statuses.count(200) == 1
    assert len(set(group.notes())) == 1 and all(r[3] == 2 for r in group.rows())


def test_4_filter_writer_against_item_writers(client, server, group):
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


# PUT of a collection: upsert by key; bulk rows with tags


def test_5_upsert_inserts(client, database):
    answer = client.put("/orders", [{"id": 610001, "note": "a"}, {"id": 610002, "note": "b"}]).expect(200, 201)
    assert [r["note"] for r in answer.json()] == ["a", "b"]
    assert database.row("orders", id=610002)["version"] == 1


def test_5_upsert_of_one_object(client, database):
    client.put("/orders", {"id": 610010, "note": "a"}).expect(200, 201)
    assert database.row("orders", id=610010)["note"] == "a"


def test_4_upsert_does_not_overwrite_without_a_condition(client, group, database):
    before = group.rows()
    client.put("/orders", [{"id": 610020, "note": "new"}, {"id": group.ids[0], "status": group.status, "note": "x"}]).problem(412, 428)
    assert group.rows() == before
    assert database.row("orders", id=610020) is None


def test_4_upsert_overwrites_whatever_is_there(client, group):
    rows = [{"id": key, "status": group.status, "note": "x"} for key in group.ids[:2]]
    client.put("/orders", rows, if_match="*").expect(200)
    assert group.notes() == ["x", "x", "n2", "n3"]


def test_13_1_1_upsert_with_if_match_needs_every_row_to_be_there(client, group, database):
    before = group.rows()
    rows = [{"id": 610030, "note": "new"}, {"id": group.ids[0], "status": group.status, "note": "x"}]
    client.put("/orders", rows, if_match="*").problem(412)
    assert group.rows() == before and database.row("orders", id=610030) is None


def test_4_upsert_with_a_tag_in_each_row(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": f"up {i}", "etag": tags[key]} for i, key in enumerate(group.ids)]
    answer = client.put("/orders", rows).expect(200)
    assert group.notes() == ["up 0", "up 1", "up 2", "up 3"]
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)


def test_4_upsert_with_one_stale_tag(client, group, database):
    tags = group.tags(client)
    database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[2])
    before = group.rows()
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    client.put("/orders", rows).problem(412)
    assert group.rows() == before


def test_4_upsert_with_a_tag_of_a_row_that_is_gone(client, group, database):
    tags = group.tags(client)
    database.sql("DELETE FROM orders WHERE id = %s", group.ids[1])
    before = group.rows()
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    client.put("/orders", rows).problem(412)
    assert group.rows() == before


@pytest.mark.parametrize("label", ["of another row", "missing", "junk", "weak", "a number", "null"])
def test_4_upsert_with_one_bad_tag(client, group, label):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    bad = {"of another row": tags[group.ids[0]], "junk": "junk, *", "weak": "W/" + tags[group.ids[3]], "a number": 1, "null": None}
    if label == "missing":
        del rows[3]["etag"]
    else:
        rows[3]["etag"] = bad[label]
    before = group.rows()
    client.put("/orders", rows).problem(*{"of another row": (412,), "weak": (412,), "missing": (412, 428)}.get(label, (400, 412, 428)))
    assert group.rows() == before


def test_4_a_header_goes_before_the_tags_in_the_rows(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "status": group.status, "note": "up", "etag": tags[key]} for key in group.ids]
    before = group.rows()
    client.put("/orders", rows, if_match='"other"').problem(412)
    assert group.rows() == before


def test_4_bulk_patch_with_a_tag_in_each_row(client, group):
    tags = group.tags(client)
    rows = [{"id": key, "note": f"bulk {i}", "etag": tags[key]} for i, key in enumerate(group.ids)]
    answer = client.patch("/orders", rows).expect(200)
    assert group.notes() == ["bulk 0", "bulk 1", "bulk 2", "bulk 3"]
    assert {r["id"]: r["etag"] for r in answer.json()} == group.tags(client)


@pytest.mark.parametrize("label", ["stale", "of another row", "missing", "junk", "weak"])
def test_4_bulk_patch_with_one_bad_tag(client, group, database, label):
    tags = group.tags(client)
    rows = [{"id": key, "note": "bulk", "etag": tags[key]} for key in group.ids]
    if label == "stale":
        database.sql("UPDATE orders SET note = 'theirs' WHERE id = %s", group.ids[3])
    elif label == "of another row":
        rows[3]["etag"] = tags[group.ids[0]]
    elif label == "missing":
        del rows[3]["etag"]
    else:
        rows[3]["etag"] = "junk, *" if label == "junk" else "W/" + rows[3]["etag"]
    before = group.rows()
    statuses = {"missing": (412, 428), "junk": (400, 412)}.get(label, (412,))
    client.patch("/orders", rows).problem(*statuses)
    assert group.rows() == before


def test_5_upsert_without_its_key(client, database):
    before = database.one("SELECT count(*) FROM order_lines")
    client.put("/order_lines", [{"order_id": 1, "product": "x"}], if_match="*").problem(400)
    assert database.one("SELECT count(*) FROM order_lines") == before


def test_5_upsert_with_one_row_twice(client, database):
    client.put("/orders", [{"id": 610040, "note": "a"}, {"id": 610040, "note": "b"}]).problem(400, 409, 412, 422, 428)
    assert database.row("orders", id=610040) is None


def test_4_upsert_race(client, server, database):
    """An upsert without a condition may insert but not overwrite: one of N inserts."""
    for attempt in range(5):
        def write(i, attempt=attempt):
            with server.client() as own:
                return own.put("/orders", [{"id": 620000 + attempt, "note": f"u{i}"}]).expect(200, 201, 412, 428).status

        statuses = race(8, write)
        assert len([s for s in statuses if s < 300]) == 1
        assert database.row("orders", id=620000 + attempt)["version"] == 1


@pytest.mark.parametrize("validator", ['"x"', 'W/"x"', "Sat, 21 Nov 2026 10:00:00 GMT", "junk"])
def test_rfc9110_13_1_5_a_range_with_a_validator_is_the_whole(client, validator):
    """The tag of a collection is known only with its rows: rather the whole than a part of something else."""
    whole = client.get("/orders").expect(200)
    ranged = client.get("/orders", range="items=0-0").expect(200, 206)
    assert len(ranged.json()) == 1 < len(whole.json())
    assert client.get("/orders", range="items=0-0", if_range=validator).expect(200).json() == whole.json()
