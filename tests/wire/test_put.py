"""docs/http.md section 5: PUT replaces a row; what is absent becomes its default."""

import pytest


def fields(body, *names):
    return tuple(body[n] for n in names)


@pytest.fixture
def key(database):
    return database.insert("orders", note="n", status="open", count=7, total=5, customer_id=1)


def test_absent_columns_become_their_defaults(client, key, database):
    body = client.put(f"/orders/{key}", {"count": 2}, if_match="*").expect(200).json()
    assert fields(body, "id", "customer_id", "status", "note", "count", "version") == (key, None, "new", None, 2, 2)
    assert body["total"] == 0
    assert database.row("orders", id=key)["status"] == "new"


def test_empty_object_is_all_defaults(client, key):
    body = client.put(f"/orders/{key}", {}, if_match="*").expect(200).json()
    assert fields(body, "customer_id", "status", "note", "count") == (None, "new", None, 0)


def test_null_is_null_and_not_the_default(client, key, database):
    tag = client.tag(f"/orders/{key}")
    client.put(f"/orders/{key}", {"status": None}, if_match=tag).problem(400)
    assert client.tag(f"/orders/{key}") == tag
    sku = "null-test"
    client.put(f"/products/{sku}", {"name": "x", "price": None}, if_none_match="*").expect(201)
    assert database.row("products", sku=sku)["price"] is None


def test_created_stays(client, key, database):
    before = database.row("orders", id=key)
    client.put(f"/orders/{key}", {"note": "x"}, if_match="*").expect(200)
    after = database.row("orders", id=key)
    assert after["created"] == before["created"] and after["modified"] > before["modified"]


def test_key_in_the_body_may_repeat_the_url(client, key):
    client.put(f"/orders/{key}", {"id": key, "note": "x"}, if_match="*").expect(200)


@pytest.mark.parametrize("value", [999999999, None, "abc", 1.5, [], {}], ids=str)
def test_key_in_the_body_must_not_differ(client, key, value, database):
    tag = client.tag(f"/orders/{key}")
    client.put(f"/orders/{key}", {"id": value, "note": "x"}, if_match=tag).problem(400)
    client.put("/orders/800001", {"id": value, "note": "x"}, if_none_match="*").problem(400)
    assert client.tag(f"/orders/{key}") == tag
    assert database.row("orders", id=800001) is None and database.row("orders", id=999999999) is None


@pytest.mark.quick
def test_what_was_read_can_be_put_back(client, key):
    """As Restangular does it: stamps and etag included."""
    element = client.get(f"/orders/{key}").expect(200).json()
    element["note"] = "changed"
    element["total"] = 5
    answer = client.put(f"/orders/{key}", element, if_match=element["etag"]).expect(200)
    assert answer.json() == {**element, "version": 2, "modified": answer.json()["modified"], "etag": answer.etag}


def test_what_was_read_can_be_put_back_with_a_generated_column(client, database):
    database.insert("boxes", id=1, width=2, height=3)
    element = client.get("/boxes/1").expect(200).json()
    assert element["area"] == 6
    element["width"] = 5
    assert client.put("/boxes/1", element, if_match="*").expect(200).json()["area"] == 15


def test_what_was_read_can_be_put_back_with_an_identity_always(client, database):
    key = database.insert("tickets", title="a")
    element = client.get(f"/tickets/{key}").expect(200).json()
    element["title"] = "b"
    assert client.put(f"/tickets/{key}", element, if_match="*").expect(200).json()["title"] == "b"
    assert database.row("tickets", id=key)["title"] == "b"


def test_defaults_that_are_functions(client, database):
    made = client.post("/tokens", {"note": "x"}).expect(201)
    key = made.json()["id"]
    again = client.put(f"/tokens/{key}", {"note": "y"}, if_match=made.etag).expect(200).json()
    assert again["id"] == key and again["note"] == "y"


def test_composite_key(client, database):
    made = client.put("/order_lines/500,1", {"product": "p"}, if_none_match="*").expect(201)
    assert fields(made.json(), "order_id", "line", "product", "quantity") == (500, 1, "p", 1)
    client.put("/order_lines/500,1", {"order_id": 500, "line": 1, "product": "q"}, if_match=made.etag).expect(200)
    client.put("/order_lines/500,1", {"order_id": 500, "line": 2, "product": "q"}, if_match="*").problem(400)
    assert database.one("SELECT count(*) FROM order_lines WHERE order_id = 500") == 1


def test_partitioned_table(client, database):
    made = client.put("/events/70,2024-01-02", {"what": "x"}, if_none_match="*").expect(201)
    client.put("/events/70,2024-01-02", {"what": "y"}, if_match=made.etag).expect(200)
    client.put("/events/70,2024-01-02", {"what": "z"}, if_match=made.etag).problem(412)
    client.put("/events/70,2030-01-02", {"what": "future"}, if_none_match="*").expect(201)
    assert database.row("events_old", id=70)["what"] == "y"


def test_mixed_case_and_quoted_names(client, database):
    made = client.put("/MixedCase/1", {"Name": "x", "group": "g", 'a "b" c': "d"}, if_none_match="*").expect(201)
    assert fields(made.json(), "Id", "Name", "group", 'a "b" c') == (1, "x", "g", "d")
    client.put("/MixedCase/1", {"name": "no such column"}, if_match="*").problem(400)
    client.put("/MixedCase/1", {"Name": "y"}, if_match=made.etag).expect(200)
    assert database.row('"MixedCase"', Id=1)["Name"] == "y"


def test_trigger_of_the_application_is_seen_in_the_answer(client, database):
    made = client.post("/shouts", {"words": "quiet"}).expect(201)
    assert made.json()["words"] == "QUIET"
    url = f"/shouts/{made.json()['id']}"
    answer = client.put(url, {"words": "still quiet"}, if_match=made.etag).expect(200)
    assert answer.json()["words"] == "STILL QUIET" and answer.etag == client.tag(url)


@pytest.mark.parametrize("body", [
    "[]", "null", "1", '"x"', "true", '[{"note": "x"}]', "", "{", '{"note"}', '{"nope": 1}', '{"note": "x", "nope": null}',
    '{"count": "x"}', '{"count": 1.5}', '{"count": 2147483648}', '{"count": true}', '{"count": {}}', '{"count": []}',
    '{"total": "x"}', '{"total": -1}', '{"customer_id": "x"}', '{"": 1}', '{"note\\u0000": 1}', '{"note": "\\u0000"}',
    '{"NOTE": "x"}',
])
def test_content_that_does_not_fit(client, key, body):
    tag = client.tag(f"/orders/{key}")
    client.put(f"/orders/{key}", body, if_match=tag).problem(400)
    assert client.tag(f"/orders/{key}") == tag


def test_creation_that_fails_creates_nothing(client, database):
    client.put("/customers/800002", {"email": "x"}, if_none_match="*").problem(400)
    client.put("/orders/800002", {"customer_id": 123456789}, if_none_match="*").problem(409)
    assert database.row("customers", id=800002) is None and database.row("orders", id=800002) is None


def test_without_any_condition_nothing_is_overwritten(client, key):
    tag = client.tag(f"/orders/{key}")
    client.put(f"/orders/{key}", {"note": "x"}).problem(428)
    assert client.tag(f"/orders/{key}") == tag


def test_conflict_on_another_key_is_not_an_overwrite(client, database):
    """If-None-Match: * speaks of this resource; another row's unique column is a plain conflict."""
    database.insert("customers", id=810001, name="a", email="taken@example.org")
    client.put("/customers/810002", {"name": "b", "email": "taken@example.org"}, if_none_match="*").problem(409)
    assert database.row("customers", id=810001)["name"] == "a" and database.row("customers", id=810002) is None
