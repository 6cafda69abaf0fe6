"""docs/http.md section 6: deleting a row that others refer to."""

import pytest

import tables
from midair import FAMILY, race

database = tables.database(like=FAMILY)


def order_with_items(client, count=3, customer=1):
    url = client.post("/orders", {"customer_id": customer}).expect(201).get("Location")
    url = url.replace("?id=eq.", "/")  # with dialect = postgrest
    if count:
        client.post(url + "/items", [{"product": "x"}] * count).expect(201)
    return url


def test_restrict_names_what_is_in_the_way(client, database):
    customer = client.post("/customers", {"name": "x"}).expect(201)
    url, number = customer.get("Location"), customer.json()["id"]
    client.post(url + "/orders", [{}, {}, {}]).expect(201)
    for tag in (customer.etag, "*"):
        document = client.delete(url, if_match=tag).problem(409)
        assert document["blocked_by"] == {"resource": "orders", "constraint": "orders_customer_id_fkey", "count": 3, "link": url + "/orders"}
        assert document["code"] in ("23503", "23001")
        assert len(client.get(document["blocked_by"]["link"]).expect(200).json()) == 3
    client.delete(url, if_match='"junk"').problem(412)
    document = client.delete(f"/customers?id=eq.{number}", if_match="*").problem(409)
    assert document["blocked_by"]["resource"] == "orders"
    document = client.delete("/customers", [{"id": number}], if_match="*").problem(409)
    assert document["blocked_by"]["resource"] == "orders"
    assert database.row("customers", id=number)
    client.delete(url + "/orders", if_match="*").expect(204)
    client.delete(url, if_match=customer.etag).expect(204)


def test_no_action_and_composite_keys(client):
    document = client.delete("/lines/4,1", if_match="*").problem(409)
    assert document["blocked_by"] == {"resource": "marks", "constraint": "marks_order_id_line_fkey", "count": 1, "link": "/lines/4,1/marks"}
    assert client.get(document["blocked_by"]["link"]).expect(200).json()


def test_two_foreign_keys_have_links_that_say_which(client, database):
    user = client.post("/users", {"name": "x"}).expect(201).json()["id"]
    client.post(f"/users/{user}/messages!receiver_id", {"words": "w"}).expect(201)
    document = client.delete(f"/users/{user}", if_match="*").problem(409)
    assert document["blocked_by"] == {"resource": "messages", "constraint": "to whom", "count": 1, "link": f"/users/{user}/messages!receiver_id"}
    assert len(client.get(document["blocked_by"]["link"]).expect(200).json()) == 1


def test_what_stands_in_the_way_of_a_cascade(client, database):
    url = order_with_items(client, 0)
    number = int(url.split("/")[-1])
    client.post(url + "/lines", {"line": 1}).expect(201)
    client.post(f"/lines/{number},1/marks", {"mark": "m"}).expect(201)
    document = client.delete(url, if_match="*").problem(409)
    assert document["blocked_by"]["resource"] == "marks" and document["blocked_by"]["link"] == "/marks"
    assert database.row("orders", id=number)


def test_guarded_is_the_default(client, database):
    url = order_with_items(client)
    number = int(url.split("/")[-1])
    client.delete(url).problem(428)
    document = client.delete(url, if_match=client.tag(url)).problem(409)
    assert document["blocked_by"] == {"resource": "items", "constraint": "items_order_id_fkey", "count": 3, "link": url + "/items"}
    client.delete(url, if_match='"junk"').problem(412)
    client.delete(f"/orders?id=eq.{number}", if_match=client.tag(url)).problem(409)
    client.delete("/orders", [{"id": number}], if_match=client.tag(url)).problem(409)
    client.delete("/orders", [{"id": number, "etag": client.tag(url)}]).problem(409)
    client.delete("/customers/1" + url, if_match=client.tag("/customers/1")).problem(409)
    assert database.one("SELECT count(*) FROM items WHERE order_id = %s", number) == 3
    client.delete(url, if_match="*").expect(204)
    assert database.one("SELECT count(*) FROM items WHERE order_id = %s", number) == 0


def test_guarded_without_children(client):
    url = order_with_items(client, 0)
    client.delete(url, if_match=client.tag(url)).expect(204)
    url = order_with_items(client, 0)
    client.delete("/orders", [{"id": int(url.split('/')[-1]), "etag": client.tag(url)}]).expect(204, 200)
    url = order_with_items(client, 0)
    client.delete("/customers/1" + url, if_match=client.tag("/customers/1")).expect(204)


def test_guarded_by_filter_and_arrays(client, database):
    urls = [order_with_items(client, n) for n in (0, 2, 0)]
    numbers = [int(url.split("/")[-1]) for url in urls]
    listed = ",".join(map(str, numbers))
    tags = ", ".join(client.tag(url) for url in urls)
    document = client.delete(f"/orders?id=gte.{numbers[0]}&id=lte.{numbers[2]}", if_match=tags).problem(409)
    assert document["blocked_by"]["count"] == 2 and document["blocked_by"]["resource"] == "items"
    rows = [{"id": n, "etag": client.tag(u)} for n, u in zip(numbers, urls)]
    client.delete("/orders", rows).problem(409)
    assert database.one(f"SELECT count(*) FROM orders WHERE id IN ({listed})") == 3
    client.delete(f"/orders?id=gte.{numbers[0]}&id=lte.{numbers[2]}", if_match="*").expect(204)
    assert database.one(f"SELECT count(*) FROM orders WHERE id IN ({listed})") == 0


def test_not_stamped_parents_are_guarded_as_well(client, database):
    box = client.post("/boxes", {"note": "x"}).expect(201).get("Location")
    client.post(box + "/things", {"note": "y"}).expect(201)
    client.delete(box).problem(428)
    client.delete(box, if_match=client.tag(box)).problem(409)
    client.delete(box, if_match="*").expect(204)


RULES = [("allowed", 204, 204), ("refused", 409, 409), ("guarded", 409, 204)]


@pytest.mark.parametrize("rule, by_tag, by_star", RULES, ids=[row[0] for row in RULES])
def test_the_rule_is_a_setting(database, start, rule, by_tag, by_star):
    server = start(database, resources={"orders": {"cascade_delete": rule}})
    with server.client() as client:
        for tagged, status in ((True, by_tag), (False, by_star)):
            url = order_with_items(client)
            answer = client.delete(url, if_match=client.tag(url) if tagged else "*").expect(status)
            if status == 409:
                assert answer.json()["blocked_by"]["count"] == 3
                client.delete(url + "/items", if_match="*").expect(204)
            url = order_with_items(client, 0)
            client.delete(url, if_match=client.tag(url)).expect(204)


def test_postgrest_clients_cascade_as_they_are_used_to(database, start):
    with start(database, server={"dialect": "postgrest"}).client() as client:
        url = order_with_items(client)
        client.delete(f"/orders?id=eq.{url.split('.')[-1].split('/')[-1]}").expect(204)
        url = order_with_items(client)
        client.delete(url, if_match=client.tag(url)).expect(409)


def test_touch_makes_the_parents_tag_cover_its_children(create, start):
    made = create(like=FAMILY, stamped=["orders", "items", "notes", "lines"],
                  options=["--touch", "items.order_id", "--touch", "notes.item_id", "--touch", "lines.order_id"])
    with start(made).client() as client:
        url = order_with_items(client)
        stale = client.tag(url)
        item = client.get(url + "/items").json()[0]["id"]
        client.post(f"/items/{item}/notes", {"words": "w"}).expect(201)
        client.delete(url, if_match=stale).problem(412)
        client.delete(url, if_match=client.tag(url)).expect(204)


def test_set_null_bumps_the_children(client, database):
    note = client.post("/notes", {"item_id": 1, "words": "w"}).expect(201)
    url = note.get("Location")
    tag = client.post(url + "/tags", {"word": "t"}).expect(201)
    client.delete(url, if_match=note.etag).expect(204)
    now = client.get(tag.get("Location")).expect(200)
    assert (now.json()["note_id"], now.json()["version"]) == (None, 2)
    client.patch(tag.get("Location"), {"word": "u"}, if_match=tag.etag).problem(412)


@pytest.mark.concurrent
@pytest.mark.parametrize("rounds", range(4))
def test_no_child_slips_in_between_the_look_and_the_delete(server, client, database, rounds):
    """Children come while their parent is deleted under its own tag: never does one go unseen."""
    url = order_with_items(client, 0)
    number, tag = int(url.split("/")[-1]), client.tag(url)

    def call(i):
        with server.client() as mine:
            if i == 0:
                return mine.delete(url, if_match=tag).status
            return mine.post(url + "/items", {"product": "x"}).status

    statuses = race(7, call)
    assert statuses[0] in (204, 409) and set(statuses[1:]) <= {201, 404}, statuses
    if statuses[0] == 204:
        assert set(statuses[1:]) == {404}, statuses
    else:
        assert database.one("SELECT count(*) FROM items WHERE order_id = %s", number) == statuses[1:].count(201) > 0


@pytest.mark.parametrize("rule, by_own_tag", [("guarded", 409), ("refused", 409), ("allowed", 204)])
def test_a_view_is_no_way_around_the_guard(start, database, rule, by_own_tag):
    database.sql("CREATE OR REPLACE VIEW order_sheet AS SELECT * FROM orders")
    server = start(database, resources={"order_sheet": {"key": "id", "cascade_delete": rule}, "orders": {"cascade_delete": rule}})
    with server.client() as client:
        url = order_with_items(client).replace("/orders/", "/order_sheet/")
        number = int(url.split("/")[-1])
        answer = client.delete(url, if_match=client.tag(url)).expect(by_own_tag)
        if by_own_tag == 204:
            assert not database.row("items", order_id=number)
            return
        assert answer.json()["blocked_by"]["resource"] == "items" and answer.json()["blocked_by"]["count"] == 3
        client.delete(f"/order_sheet?id=eq.{number}", if_match=client.tag(url)).problem(409)
        assert database.row("orders", id=number)
        if rule == "guarded":
            client.delete(url, if_match=client.get(url + "?select=*,items(*)").etag).expect(204)
            assert not database.row("orders", id=number)
