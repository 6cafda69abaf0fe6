"""RFC 9110 9.3.3 and docs/http.md section 8: POST of one row and of many."""

import pytest


def test_9_3_3_one(client, database):
    answer = client.post("/orders", {"note": "made", "count": 2}).expect(201)
    body = answer.json()
    assert answer.get("Location") == f"/orders/{body['id']}"
    again = client.get(answer.get("Location")).expect(200)
    assert again.json() == body and again.etag == answer.etag == body["etag"]
    assert body["note"] == "made" and body["status"] == "new" and body["version"] == 1


def test_9_3_3_defaults_alone(client):
    assert client.post("/orders", {}).expect(201).json()["status"] == "new"


@pytest.mark.quick
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
