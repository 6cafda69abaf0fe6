"""docs/http.md section 6: Midair-If-Match names several resources; all must hold, in one transaction."""

import pytest

import tables
from midair import FAMILY, JSON, PATCH, UPDATE, race

database = tables.database(like=FAMILY)


def bump(client, url):
    return client.patch(url, {}, if_match="*").expect(200).etag


def named(*pairs):
    return ", ".join(f"<{url}> {tag}" for url, tag in pairs)


def send(client, method, url, body=None, field=None, **more):
    lines = [("Midair-If-Match", line) for line in ([field] if isinstance(field, str) else field or [])]
    return client.request(method, url, body, headers=lines, **more)


WRITES = [
    ("PUT", "/items/{}", {"order_id": 2, "product": "put"}, JSON), ("PATCH", "/items/{}", {"product": "merge"}, JSON),
    ("PATCH", "/items/{}", [{"op": "add", "path": "/product", "value": "json patch"}], PATCH),
    ("PATCH", "/items/{}", {"$inc": {"quantity": 1}}, UPDATE), ("DELETE", "/items/{}", None, None),
    ("POST", "/items", {"order_id": 2}, JSON), ("POST", "/items", [{"order_id": 2}], JSON), ("POST", "/orders/2/items", {}, JSON),
    ("PATCH", "/items?id=eq.{}", {"product": "filter"}, JSON), ("DELETE", "/items?id=eq.{}", None, None),
    ("PATCH", "/items", [{"id": 0, "product": "array"}], JSON), ("PUT", "/orders/2/items/{}", {"product": "nested"}, JSON)]


@pytest.mark.parametrize("method, url, body, type", WRITES, ids=[f"{row[0]} {row[1]} {i}" for i, row in enumerate(WRITES)])
def test_any_write_can_carry_it(client, database, method, url, body, type):
    number = client.post("/items", {"order_id": 2}).expect(201).json()["id"]
    url = url.format(number)
    if isinstance(body, list) and method == "PATCH" and "id" in body[0]:
        body = [{**body[0], "id": number}]
    own = None if method == "POST" else "*"
    user, customer = client.tag("/users/2"), client.tag("/customers/3")
    bump(client, "/users/2")
    rows = database.sql("SELECT * FROM items ORDER BY id")
    for field in (named(("/users/2", user)), named(("/customers/3", customer), ("/users/2", user)),
                  [named(("/customers/3", customer)), named(("/users/2", user))], named(("/users/2", user), ("/customers/3", customer))):
        stale = send(client, method, url, body, field, type=type, if_match=own).problem(412)
        assert stale["link"] == "/users/2" and stale["expected"] == [user] and stale["current_etag"] == client.tag("/users/2")
    assert database.sql("SELECT * FROM items ORDER BY id") == rows
    field = named(("/customers/3", customer), ("/users/2", client.tag("/users/2")), ("/orders/2", "*"))
    send(client, method, url, body, field, type=type, if_match=own).expect(200, 201, 204)


WRONG = [
    ("empty", ""), ("a tag alone", '"a"'), ("no tag", "</users/1>"), ("no brackets", '/users/1 "a"'), ("open", "</users/1"),
    ("star alone", "*"), ("a query", '</users/1?x=y> "a"'), ("a whole URL", '<http://127.0.0.1/users/1> "a"'), ("junk", "what"),
    ("a collection", '</users> "a"'), ("the root", '</> "a"'), ("midair's own", '</_live> "a"'), ("an unknown resource", '</nothing/1> "a"'),
    ("a bad escape", '</users/%zz> "a"'), ("an ambiguous path", '</users/1/messages/1> "a"'), ("too deep", '</category/1/category/2/category/3/category/4/category/5> "a"'),
    ("no comma", '</users/1> "a" </users/2> "b"'), ("an open quote", '</users/1> "a'), ("two tags", '</users/1> "a" "b"'),
    ("too many", ", ".join(f'</users/{i}> "a"' for i in range(40))),
]


@pytest.mark.parametrize("label, field", WRONG, ids=[row[0] for row in WRONG])
def test_what_cannot_be_understood_is_refused(client, database, label, field):
    before = database.one("SELECT count(*) FROM items")
    send(client, "POST", "/items", {"order_id": 2}, field).problem(400)
    send(client, "PATCH", "/items/1", {"product": "x"}, field, if_match="*").problem(400)
    assert database.one("SELECT count(*) FROM items") == before


FALSE = [
    ("a tag of another row", '</users/1> {users2}'), ("a weak tag", "</users/1> W/{users1}"), ("junk", '</users/1> "junk"'),
    ("a row that is not there", '</users/999> "a"'), ("a row that is not there, star", "</users/999> *"),
    ("a key that cannot be one", "</users/abc> *"), ("a child of another parent", "</orders/1/items/1> *"),
    ("a parent that is not there", "</orders/999/items/1> *"), ("twice, one stale", '</users/1> {users1}, </users/1> "a"'),
    ("a moment that is none", "</moments/whenever> *"),
]


@pytest.mark.parametrize("label, field", FALSE, ids=[row[0] for row in FALSE])
def test_what_does_not_hold(client, database, label, field):
    before = database.one("SELECT count(*) FROM items")
    field = field.format(users1=client.tag("/users/1"), users2=client.tag("/users/2"))
    send(client, "POST", "/items", {"order_id": 2}, field).problem(412)
    send(client, "PATCH", "/items/1", {"product": "x"}, field, if_match="*").problem(412)
    assert database.one("SELECT count(*) FROM items") == before


TRUE = [
    ("one", "</users/1> {users1}"), ("nested", "</orders/2/items/1> {item}"), ("nested, plain tag", "</items/1> {item}"), ("star", "</users/1> *"),
    ("twice", "</users/1> {users1}, </users/1> {users1}"), ("a composite key", "</lines/3,1> *"), ("a hint", "</users/1/messages!sender_id/1> *"),
    ("escaped", "</streets/a%2Fb> *"), ("not stamped", "</boxes/1> {box}"), ("only PostgreSQL spells it", "</moments/2026-01-01T13:00:00%2B01:00> {moment}"),
    ("a slash at the end", "</users/1/> {users1}"), ("with empty members", ", </users/1> {users1},, "),
]


@pytest.mark.quick
@pytest.mark.parametrize("label, field", TRUE, ids=[row[0] for row in TRUE])
def test_what_holds(client, label, field):
    field = field.format(users1=client.tag("/users/1"), item=client.tag("/items/1"), box=client.tag("/boxes/1"),
                         moment=client.tag("/moments/2026-01-01T12:00:00Z"))
    send(client, "POST", "/items", {"order_id": 2}, field).expect(201)
    send(client, "PATCH", "/items/2", {"product": "x"}, field, if_match="*").expect(200)


def test_whether_it_counts_as_a_precondition(client):
    item, order = client.post("/items", {"order_id": 2}).expect(201), client.tag("/orders/2")
    url = f"/items/{item.json()['id']}"
    send(client, "PATCH", url, {"product": "x"}, named(("/users/1", client.tag("/users/1")))).problem(428)
    send(client, "PATCH", url, {"product": "x"}, named(("/orders/2", order))).problem(428)
    send(client, "PATCH", url, {"product": "x"}, named((url, item.etag))).expect(200)
    send(client, "PATCH", url, {"product": "x"}, named((url, item.etag))).problem(412)
    send(client, "PATCH", "/orders/2" + url, {"product": "x"}, named(("/orders/2", order))).expect(200)
    send(client, "PATCH", "/orders/2" + url, {"product": "x"}, named(("/users/1", "*"))).problem(428)
    send(client, "DELETE", url, None, named((url, client.tag(url)))).expect(204)


def test_both_fields_must_hold(client):
    item, user = client.post("/items", {"order_id": 2}).expect(201), client.tag("/users/3")
    url = f"/items/{item.json()['id']}"
    send(client, "PATCH", url, {"product": "x"}, named(("/users/3", user)), if_match='"junk"').problem(412)
    send(client, "PATCH", url, {"product": "x"}, named(("/users/3", '"junk"')), if_match=item.etag).problem(412)
    send(client, "PATCH", url, {"product": "x"}, named(("/users/3", user)), if_match=item.etag).expect(200)
    send(client, "PATCH", "/items/999999", {"product": "x"}, named(("/users/3", user)), if_match="*").problem(404)


def test_stale_names_come_before_broken_content(client):
    user = client.tag("/users/4")
    bump(client, "/users/4")
    for method, url, own in (("POST", "/items", None), ("POST", "/orders/2/items", None), ("PATCH", "/items/1", "*"), ("PUT", "/items/1", "*")):
        send(client, method, url, "{broken", named(("/users/4", user)), if_match=own).problem(412)
        send(client, method, url, "{broken", named(("/users/4", client.tag("/users/4"))), if_match=own).problem(400)


def test_reads_do_not_need_it(client):
    send(client, "GET", "/items/1", None, named(("/users/1", '"junk"'))).expect(200)
    send(client, "OPTIONS", "/items/1", None, "junk").expect(204)


def test_the_base_path_is_part_of_the_path(database, start):
    server = start(database, server={"base_path": "/api", "cors_origins": "https://x.example"})
    with server.client() as client:
        tag = client.tag("/users/5")
        send(client, "POST", "/items", {"order_id": 2}, named(("/api/users/5", tag))).expect(201)
        send(client, "POST", "/items", {"order_id": 2}, named(("/users/5", tag))).problem(400)
        assert send(client, "POST", "/items", {"order_id": 2}, named(("/api/users/5", '"a"'))).problem(412)["link"] == "/api/users/5"
        preflight = client.options("/items", origin="https://x.example", headers={"Access-Control-Request-Method": "POST"})
        assert "midair-if-match" in preflight.members("Access-Control-Allow-Headers")


def test_children_of_the_target_can_be_named(client):
    """Locks are taken parents first, whatever the target is."""
    item = client.post("/items", {"order_id": 3}).expect(201)
    url = f"/items/{item.json()['id']}"
    order = client.tag("/orders/3")
    send(client, "PATCH", "/orders/3", {"status": "x"}, named((url, item.etag)), if_match=order).expect(200)
    bump(client, url)
    stale = send(client, "PATCH", "/orders/3", {"status": "y"}, named((url, item.etag)), if_match="*").problem(412)
    assert stale["link"] == url


@pytest.mark.concurrent
@pytest.mark.parametrize("rounds", range(3))
def test_two_rows_named_crosswise_do_not_lock_each_other_out(server, client, rounds):
    """A writes orders/4 if items/x holds, B writes items/x if orders/4 holds: never both on the old state, never 5xx."""
    item = client.post("/items", {"order_id": 4}).expect(201)
    url, tag, order = f"/items/{item.json()['id']}", item.etag, client.tag("/orders/4")

    def call(i):
        with server.client() as mine:
            if i % 2:
                return send(mine, "PATCH", "/orders/4", {"status": "x"}, named((url, tag)), if_match=order).status
            return send(mine, "PATCH", url, {"product": "x"}, named(("/orders/4", order)), if_match=tag).status

    statuses = race(8, call)
    assert statuses.count(200) == 1 and set(statuses) == {200, 412}, statuses
