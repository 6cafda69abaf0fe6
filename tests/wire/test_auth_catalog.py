"""[auth]: the catalog is structure and the grants of the role. What a role may not see is in no list, description, row or tag."""

import pytest

import midair as harness
import tokens
from tokens import bearer

STAMPS = {"created", "modified", "version", "etag"}
database = tokens.database()


@pytest.fixture(scope="module")
def server(database):
    with tokens.serving(database) as running:
        yield running


# role, resources of the index, methods of /orders/1, columns of an order, whether it has a tag
ROLES = [
    ("anon", ["orders", "whoami"], "GET, HEAD, OPTIONS", {"id", "note"}, False),
    ("reader", ["items", "orders", "whoami"], "GET, HEAD, OPTIONS", {"id", "owner", "note", "price"} | STAMPS, True),
    ("writer", ["items", "letters", "orders", "secrets", "seen", "whoami"], "GET, HEAD, PUT, PATCH, DELETE, OPTIONS",
     {"id", "owner", "note", "price"} | STAMPS, True),
    ("clerk", ["orders", "whoami"], "GET, HEAD, PATCH, OPTIONS", {"id", "owner", "note"}, False),
    ("dropbox", ["letters"], "OPTIONS", None, False),
]


@pytest.mark.parametrize("role, resources, methods, columns, tagged", ROLES, ids=[row[0] for row in ROLES])
def test_a_role_is_shown_what_it_may_use(client, role, resources, methods, columns, tagged):
    fields = {} if role == "anon" else bearer(role)
    index = client.get("/", headers=fields).expect(200).json()["resources"]
    assert sorted(row["name"] for row in index) == resources
    allow = client.options("/orders/1", headers=fields).expect(204).get("Allow")
    assert set(allow.split(", ")) <= set(methods.split(", ")) | {"PUT"}
    described = client.get("/_openapi.json", headers=fields).expect(200).json()
    assert sorted({path.split("/")[1] for path in described["paths"]} - {"rpc", "", "_batch"}) == resources
    assert "secrets" in described["components"]["schemas"] or role != "writer"
    if columns is None:
        client.get("/orders/1", headers=fields).problem(403)
        return
    answer = client.get("/orders/1", headers=fields).expect(200)
    assert set(answer.json()) == columns
    assert (answer.etag is not None) == tagged
    assert set(client.get("/orders", headers=fields).expect(200).json()[0]) == columns
    properties = described["components"]["schemas"]["orders"]["properties"]
    assert set(properties) - STAMPS == columns - STAMPS


@pytest.mark.parametrize("role, path", [
    ("anon", "/orders?select=owner"), ("anon", "/orders?owner=eq.anna"), ("anon", "/orders?order=owner"),
    ("anon", "/orders?select=id,items(*)"), ("anon", "/orders?select=*,items(name)"), ("anon", "/items"),
    ("anon", "/orders/1/items"), ("clerk", "/orders?select=price"), ("clerk", "/orders?price=gt.1"),
    ("clerk", "/orders?select=price.sum()"), ("reader", "/secrets"), ("reader", "/letters"), ("dropbox", "/letters")])
def test_what_a_role_may_not_read_it_gets_nowhere(client, role, path):
    answer = client.get(path, headers={} if role == "anon" else bearer(role))
    assert answer.status == (401 if role == "anon" else 403), answer
    for hidden in ("anna", "bert", "hidden"):
        assert hidden not in answer.text


def test_columns_that_a_role_may_not_write_stay_as_they_are(client, database):
    row = database.insert("orders", id=500, owner="anna", note="a", price=5)
    clerk = bearer("clerk")
    assert client.patch(f"/orders/{row}", {"note": "b"}, headers=clerk, if_match="*").expect(200).json()["note"] == "b"
    client.patch(f"/orders/{row}", {"price": 1}, headers=clerk, if_match="*").problem(403)
    client.patch(f"/orders/{row}", {"owner": "x"}, headers=clerk, if_match="*").problem(403)
    client.delete(f"/orders/{row}", headers=clerk, if_match="*").problem(403)
    now = database.row("orders", id=row)
    assert (now["note"], now["owner"], int(now["price"]), now["version"]) == ("b", "anna", 5, 2)


def test_a_role_that_may_only_insert_inserts(client, database):
    fields = bearer("dropbox")
    for number, more in enumerate([{}, {"Prefer": "return=minimal"}, {"Prefer": "return=headers-only"}]):
        answer = client.post("/letters", {"id": 100 + number, "text": "x"}, headers={**fields, **more}).expect(201)
        assert answer.body == b"" and answer.etag is None
    client.post("/letters", [{"id": 110, "text": "x"}, {"id": 111}], headers=fields).expect(201)
    client.post("/letters", {"id": 120}, headers={**fields, "Prefer": "return=representation"}).problem(403)
    client.post("/letters", {"id": 100}, headers=fields).problem(409)
    assert database.sql("SELECT id, version FROM letters WHERE id >= 100 ORDER BY id") == [
        (100, 1), (101, 1), (102, 1), (110, 1), (111, 1)]


def test_tags_of_roles_with_different_columns_differ_and_none_survives_a_revoke(database, create):
    sql = (harness.HERE / "auth_schema.sql").read_text(encoding="utf-8")
    own = create(sql + "GRANT UPDATE ON orders TO reader; REVOKE SELECT ON orders FROM writer", stamped=["orders"])
    own.sql("GRANT SELECT (id, note, created, modified, version) ON orders TO writer")
    with tokens.serving(own) as server, server.client() as client:
        reader, writer = bearer("reader"), bearer("writer")
        tags = [client.get("/orders/1", headers=who).expect(200).etag for who in (reader, writer)]
        assert tags[0] and tags[1] and tags[0] != tags[1]
        client.get("/orders/1", headers=writer, if_none_match=tags[0]).expect(200)
        stale = client.patch("/orders/1", {"note": "x"}, headers=writer, if_match=tags[0]).problem(412)
        assert set(stale["current"]) == {"id", "note", "created", "modified", "version", "etag"}
        own.sql("REVOKE SELECT ON orders FROM reader; GRANT SELECT (id, note, created, modified, version) ON orders TO reader")
        server.hup()
        harness.eventually(lambda: set(client.get("/orders/1", headers=reader).json()) == set(stale["current"]))
        client.get("/orders/1", headers=reader, if_none_match=tags[0]).expect(200)
        client.patch("/orders/1", {"note": "x"}, headers=reader, if_match=tags[0]).problem(412)


def test_a_grant_is_noticed_without_a_reload(create):
    own = create((harness.HERE / "auth_schema.sql").read_text(encoding="utf-8"))
    with tokens.serving(own) as server, server.client() as client:
        client.get("/secrets/1", headers=bearer("clerk")).problem(403)
        own.sql("GRANT SELECT ON secrets TO clerk")
        assert client.get("/secrets/1", headers=bearer("clerk")).expect(200).json()["text"] == "hidden"
        own.sql("REVOKE SELECT ON secrets FROM clerk")
        client.get("/secrets/1", headers=bearer("clerk")).problem(403)


def test_more_roles_than_are_kept_are_served(database):
    with tokens.serving(database, {**tokens.AUTH, "roles": 2}) as server, server.client() as client:
        for _ in range(3):
            for role in ("reader", "writer", "clerk", "anon"):
                assert client.get("/whoami?select=role", headers=bearer(role)).expect(200).json() == [{"role": role}]
