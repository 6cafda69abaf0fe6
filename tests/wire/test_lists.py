"""docs/http.md sections 7 and 8: reading lists, their order, parts and tags."""

import pytest

from groups import Group, group


@pytest.fixture(scope="module")
def config():
    return {"resources": {"pairs": {"max_rows": 5}}}


def ids(answer):
    return [r["id"] for r in answer.expect(200, 206).json()]


@pytest.mark.quick
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


@pytest.mark.quick
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


@pytest.mark.parametrize("validator", ['"x"', 'W/"x"', "Sat, 21 Nov 2026 10:00:00 GMT", "junk"])
def test_rfc9110_13_1_5_a_range_with_a_validator_is_the_whole(client, validator):
    """The tag of a collection is known only with its rows: rather the whole than a part of something else."""
    whole = client.get("/orders").expect(200)
    ranged = client.get("/orders", range="items=0-0").expect(200, 206)
    assert len(ranged.json()) == 1 < len(whole.json())
    assert client.get("/orders", range="items=0-0", if_range=validator).expect(200).json() == whole.json()
