"""docs/http.md section 6: on a nested route a tag in If-Match may be the target's or an ancestor's."""

import pytest

import tables
from midair import FAMILY, JSON, PATCH, UPDATE, race

database = tables.database(like=FAMILY)


def bump(client, url):
    return client.patch(url, {}, if_match="*").expect(200).etag


@pytest.fixture
def kin(client):
    """A customer with an order with an item with a note, and the tags of all."""
    customer = client.post("/customers", {"name": "c"}).expect(201)
    order = client.post("/orders", {"customer_id": customer.json()["id"]}).expect(201)
    item = client.post("/items", {"order_id": order.json()["id"], "product": "p"}).expect(201)
    note = client.post("/notes", {"item_id": item.json()["id"], "words": "w"}).expect(201)

    class Kin:
        customer_url, order_url = f"/customers/{customer.json()['id']}", f"/orders/{order.json()['id']}"
        item_url, note_url = f"/items/{item.json()['id']}", f"/notes/{note.json()['id']}"
        customer_tag, order_tag, item_tag, note_tag = customer.etag, order.etag, item.etag, note.etag
        deep = customer_url + order_url + item_url + note_url

    return Kin


WRITES = [
    ("PUT", {"product": "put"}, JSON), ("PATCH", {"product": "merge"}, JSON),
    ("PATCH", [{"op": "replace", "path": "/product", "value": "json patch"}], PATCH),
    ("PATCH", {"$inc": {"quantity": 1}}, UPDATE), ("DELETE", None, None)]
NAMES = ["PUT", "merge patch", "JSON Patch", "operators", "DELETE"]


@pytest.mark.parametrize("method, body, type", WRITES, ids=NAMES)
def test_the_parents_tag_guards_the_child(client, database, kin, method, body, type):
    client.delete(kin.note_url, if_match="*").expect(204)
    url = kin.order_url + kin.item_url
    client.patch(kin.order_url, {"status": "moved on"}, if_match=kin.order_tag).expect(200)
    stale = client.request(method, url, body, type=type, if_match=kin.order_tag).problem(412)
    assert stale["link"] == kin.order_url and stale["current"]["status"] == "moved on"
    assert stale["current_etag"] == client.tag(kin.order_url) and stale["expected"] == [kin.order_tag]
    assert client.get(kin.item_url).expect(200).etag == kin.item_tag
    client.request(method, url, body, type=type, if_match=client.tag(kin.order_url)).expect(200, 204)


@pytest.mark.parametrize("method, body, type", WRITES, ids=NAMES)
def test_the_parents_tag_is_nothing_on_the_plain_route(client, kin, method, body, type):
    client.request(method, kin.item_url, body, type=type, if_match=kin.order_tag).problem(412)


def test_every_ancestor_can_guard(client, kin):
    url = kin.deep
    for guard in (kin.customer_url, kin.order_url, kin.item_url, kin.note_url):
        client.patch(url, {"words": "x"}, if_match=client.tag(guard)).expect(200)
    for other in (kin.customer_url, kin.order_url, kin.item_url):
        old = client.tag(other)
        bump(client, other)
        stale = client.patch(url, {"words": "y"}, if_match=old).problem(412)
        assert stale["link"] == other
        client.patch(url, {"words": "y"}, if_match=client.tag(other)).expect(200)


LISTS = [
    ("stale child, current parent", ["old item", "order"], 200),
    ("current child, stale parent", ["item", "old order"], 200),
    ("both current", ["item", "order"], 200),
    ("both stale", ["old item", "old order"], 412),
    ("a stranger", ["stranger"], 412),
    ("a stranger and the parent", ["stranger", "order"], 200),
    ("a sibling", ["sibling"], 412),
    ("another order", ["other order"], 412),
    ("another order and a stale one", ["other order", "old order"], 412),
    ("weak parent", ["weak order"], 412),
    ("weak parent and current child", ["weak order", "item"], 200),
    ("junk", ["junk"], 412),
]


@pytest.mark.parametrize("label, tags, status", LISTS, ids=[row[0] for row in LISTS])
def test_lists_of_tags(client, kin, label, tags, status):
    found = {"old item": kin.item_tag, "old order": kin.order_tag, "stranger": client.tag("/users/1"), "other order": client.tag("/orders/1"),
             "junk": '"junk"', "sibling": client.post(kin.order_url + "/items", {}).expect(201).etag}
    found["item"], found["order"] = bump(client, kin.item_url), bump(client, kin.order_url)
    found["weak order"] = "W/" + found["order"]
    field = ", ".join(found[name] for name in tags)
    client.patch(kin.order_url + kin.item_url, {"product": "x"}, if_match=field).expect(status)
    lines = [("If-Match", found[name]) for name in tags]
    again = [("If-Match", client.tag(kin.item_url)) if name == "item" else line for name, line in zip(tags, lines)]
    client.patch(kin.order_url + kin.item_url, {"product": "x"}, headers=again).expect(status)


def test_stale_tags_come_before_broken_content(client, kin):
    bump(client, kin.order_url)
    url = kin.order_url + kin.item_url
    client.patch(url, "{broken", if_match=kin.order_tag).problem(412)
    client.patch(url, {"nope": 1}, if_match=kin.order_tag).problem(412)
    client.patch(url, {"quantity": "many"}, if_match=kin.order_tag).problem(412)
    client.put(url, "[", if_match=kin.order_tag).problem(412)
    client.post(kin.order_url + "/items", "{broken", if_match=kin.order_tag).problem(412)
    client.post(kin.order_url + "/items", {"nope": 1}, if_match=kin.order_tag).problem(412)
    client.patch(url, "{broken", if_match=client.tag(kin.order_url)).problem(400)
    client.patch(url, {"quantity": "many"}, if_match=client.tag(kin.order_url)).problem(400)
    client.post(kin.order_url + "/items", {"nope": 1}, if_match=client.tag(kin.order_url)).problem(400)


def test_post_is_guarded_by_the_parent(client, database, kin):
    url = kin.order_url + "/items"
    for body in ({"product": "a"}, [{"product": "a"}, {"product": "b"}]):
        client.post(url, body, if_match=client.tag(kin.order_url)).expect(201)
        client.post(url, body, if_match="*").expect(201)
        client.post(kin.customer_url + url, body, if_match=kin.customer_tag).expect(201)
    bump(client, kin.order_url)
    count = database.one("SELECT count(*) FROM items")
    for body in ({"product": "a"}, [{"product": "a"}], []):
        stale = client.post(url, body, if_match=kin.order_tag).problem(412)
        assert stale["link"] == kin.order_url and stale["current_etag"] == client.tag(kin.order_url)
        client.post(url, body, if_match='"junk"').problem(412)
        client.post(url, body, if_match=kin.item_tag).problem(412)
        client.post(url, body, if_match=client.tag("/orders/1")).problem(412)
    assert database.one("SELECT count(*) FROM items") == count
    client.post("/orders/999999/items", {"product": "a"}, if_match="*").problem(404)
    client.post("/orders/999999/items", {"product": "a"}, if_match=kin.order_tag).problem(404)
    client.post(url, {"product": "a"}, if_none_match="*").problem(412)


def test_put_creates_under_the_parents_tag(client, database, kin):
    url = kin.order_url + "/items/770000"
    old = kin.order_tag
    bump(client, kin.order_url)
    client.put(url, {"product": "x"}, if_match=old).problem(412)
    assert database.row("items", id=770000) is None
    # RFC 9110 13.1.1: If-Match never holds for what is not there, whosever tag it is
    client.put(url, {"product": "x"}, if_match=client.tag(kin.order_url)).problem(412)
    client.put(url, {"product": "x"}, if_none_match="*").expect(201)


def test_writes_by_filter_under_the_parents_tag(client, database, kin):
    client.delete(kin.note_url, if_match="*").expect(204)
    url = kin.order_url + "/items"
    client.post(url, [{"product": "a"}, {"product": "b"}]).expect(201)
    client.patch(url, {"quantity": 3}, if_match=client.tag(kin.order_url), prefer="return=representation").expect(200)
    bump(client, kin.order_url)
    client.patch(url, {"quantity": 4}, if_match=kin.order_tag).problem(412)
    client.delete(url, if_match=kin.order_tag).problem(412)
    assert {row["quantity"] for row in client.get(url).json()} == {3}
    client.delete(url, if_match=client.tag(kin.order_url)).expect(204)
    assert client.get(url).json() == []


def test_arrays_under_the_parents_tag(client, kin):
    client.delete(kin.note_url, if_match="*").expect(204)
    url, number = kin.order_url + "/items", int(kin.item_url.split("/")[-1])
    client.patch(url, [{"id": number, "quantity": 3}], if_match=client.tag(kin.order_url)).expect(200, 204)
    bump(client, kin.order_url)
    client.patch(url, [{"id": number, "quantity": 4}], if_match=kin.order_tag).problem(412)
    client.delete(url, [{"id": number}], if_match=client.tag(kin.order_url)).expect(204, 200)


def test_reads_never_take_the_parents_tag_for_their_own(client, kin):
    """Restangular sends the parent's tag with elem.getList('kids') and elem.customGET('kids/5')."""
    client.get(kin.order_url + "/items", if_none_match=kin.order_tag).expect(200)
    client.get(kin.order_url + kin.item_url, if_none_match=kin.order_tag).expect(200)
    client.get(kin.order_url + kin.item_url, if_none_match=f"{kin.order_tag}, {kin.item_tag}").expect(304)
    client.get(kin.deep, if_none_match=", ".join([kin.customer_tag, kin.order_tag, kin.item_tag])).expect(200)


def test_reads_under_the_parents_tag(client, kin):
    for url in (kin.order_url + "/items", kin.order_url + kin.item_url, kin.order_url + "/items?limit=0"):
        for method in ("GET", "HEAD"):
            client.request(method, url, if_match=kin.order_tag).expect(200)
            client.request(method, url, if_match="*").expect(200)
            client.request(method, url, if_match=client.tag("/orders/1")).expect(412)
            client.request(method, url, if_match='"junk"').expect(412)
    client.get(kin.customer_url + kin.order_url + "/items", if_match=kin.customer_tag).expect(200)
    bump(client, kin.order_url)
    client.get(kin.order_url + "/items", if_match=kin.order_tag).problem(412)
    client.get(kin.order_url + kin.item_url, if_match=kin.order_tag).problem(412)
    client.get(kin.order_url + kin.item_url, if_match=f"{kin.order_tag}, {kin.item_tag}").expect(200)
    client.get("/orders/999999/items", if_match="*").problem(404)
    client.get("/orders/999999/items", if_match=kin.order_tag).problem(404)


def test_the_parents_tag_is_a_precondition(client, kin):
    """428 asks for a precondition; the parent's tag is one."""
    url = kin.order_url + kin.item_url
    client.patch(url, {"product": "x"}).problem(428)
    client.patch(url, {"product": "x"}, if_match=kin.order_tag).expect(200)


def test_other_kinds_of_parents(client, database):
    tag = client.tag("/boxes/1")  # from xmin
    client.post("/boxes/1/things", {"note": "x"}, if_match=tag).expect(201)
    database.sql("UPDATE boxes SET note = 'other' WHERE id = 1")
    client.post("/boxes/1/things", {"note": "x"}, if_match=tag).problem(412)
    tag = client.tag("/moments/2026-01-01T12:00:00Z")
    url = "/moments/2026-01-01T13:00:00%2B01:00/happenings"
    client.post(url, {"what": "x"}, if_match=tag).expect(201)
    bump(client, "/moments/2026-01-01T12:00:00Z")
    client.post(url, {"what": "x"}, if_match=tag).problem(412)
    client.patch(url + "/1", {"what": "y"}, if_match=tag).problem(412)
    client.patch(url + "/1", {"what": "y"}, if_match=client.tag("/moments/2026-01-01T12:00:00Z")).expect(200)
    client.post("/moments/whenever/happenings", {"what": "x"}, if_match=tag).problem(404)
    tag = client.tag("/category/1")
    client.patch("/category/1/category/2", {"name": "crimson"}, if_match=tag).expect(200)
    bump(client, "/category/1")
    client.patch("/category/1/category/2", {"name": "crimson"}, if_match=tag).problem(412)
    client.patch("/users/1/messages!sender_id/1", {"words": "x"}, if_match=client.tag("/users/1")).expect(200)
    client.patch("/users/2/messages!receiver_id/1", {"words": "x"}, if_match=client.tag("/users/1")).problem(412)


@pytest.mark.concurrent
@pytest.mark.parametrize("rounds", range(3))
def test_parent_and_child_writes_with_the_parents_tag_do_not_pass_each_other(server, client, database, kin, rounds):
    """One writer changes the order, others change items under the order's tag: whoever comes after the change fails."""
    tag = client.tag(kin.order_url)
    url = kin.order_url + kin.item_url

    def call(i):
        with server.client() as mine:
            if i == 0:
                return mine.patch(kin.order_url, {"status": "closed"}, if_match=tag).status
            return mine.patch(url, {"$inc": {"quantity": 1}}, type=UPDATE, if_match=tag).status

    statuses = race(9, call)
    assert statuses[0] == 200 and set(statuses[1:]) <= {200, 412}, statuses
    assert database.row("items", id=int(kin.item_url.split("/")[-1]))["quantity"] == 1 + statuses[1:].count(200)
    client.patch(url, {"$inc": {"quantity": 1}}, type=UPDATE, if_match=tag).problem(412)
