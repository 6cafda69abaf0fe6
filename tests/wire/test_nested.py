"""docs/http.md sections 1 and 6: nested routes."""

import pytest

import tables
from midair import FAMILY, JSON, PATCH, UPDATE, race

database = tables.database(like=FAMILY)


def names(rows, column="id"):
    return [row[column] for row in rows]


READ = [
    ("children", "/orders/2/items", [1, 11, 21]),
    ("children, slash at the end", "/orders/2/items/", [1, 11, 21]),
    ("an empty collection", "/orders/15/items", []),
    ("two levels", "/orders/2/items/1/notes", [30, 60]),
    ("three levels", "/orders/2/items/1/notes/30/tags", [29]),
    ("from the top", "/customers/2/orders", [1, 6, 11, 16]),
    ("from the top, two levels", "/customers/2/orders/6/items", [5, 15, 25]),
    ("a composite key below", "/orders/3/lines", [1, 2, 3]),
    ("a composite foreign key", "/lines/3,1/marks", [3]),
    ("a composite key in the middle", "/orders/3/lines/3,1/marks", [3]),
    ("a composite foreign key, none", "/lines/3,2/marks", []),
    ("two foreign keys, by column", "/users/1/messages!sender_id", [1, 2, 3]),
    ("two foreign keys, the other", "/users/1/messages!receiver_id", [4, 5]),
    ("two foreign keys, by constraint", "/users/1/messages!to%20whom", [4, 5]),
    ("one foreign key, named all the same", "/orders/2/items!order_id", [1, 11, 21]),
    ("one foreign key, by constraint", "/orders/2/items!items_order_id_fkey", [1, 11, 21]),
    ("a tree", "/category/1/category", [2, 3]),
    ("a tree, two levels", "/category/1/category/2/category", [4]),
    ("a unique column that is not the key", "/countries/1/cities", ["Den Haag", "Utrecht"]),
    ("two levels, through that", "/countries/1/cities/Den%20Haag/streets", ["a/b"]),
    ("not stamped", "/boxes/1/things", [1, 2]),
    ("a key only PostgreSQL spells", "/moments/2026-01-01T13:00:00%2B01:00/happenings", [1]),
]


@pytest.mark.parametrize("label, url, found", READ, ids=[row[0] for row in READ])
def test_lists(client, label, url, found):
    rows = client.get(url).expect(200).json()
    key = "line" if url.endswith("/lines") else "name" if url.split("/")[-1] in ("cities", "streets") else "id"
    assert names(rows, key) == found


MISSING = [
    ("no such parent", "/orders/999/items"),
    ("no such grandparent", "/customers/999/orders/6/items"),
    ("a parent of another grandparent", "/customers/1/orders/6/items"),
    ("a parent that cannot be one", "/orders/abc/items"),
    ("a parent out of range", "/orders/99999999999999999999/items"),
    ("a parent with too many parts", "/orders/1,1/items"),
    ("a parent with too few parts", "/lines/3/marks"),
    ("no such child", "/orders/1/nothing"),
    ("a resource that is no child", "/orders/1/users"),
    ("upwards", "/items/5/orders"),
    ("a name of midair's own", "/orders/1/_live"),
    ("a foreign key that is none", "/orders/2/items!nothing"),
    ("a hint that is empty", "/orders/2/items!"),
    ("a column that is no foreign key", "/orders/2/items!product"),
    ("an item of another parent", "/orders/1/items/1"),
    ("an item of another parent, deep", "/orders/1/items/1/notes"),
    ("a note of another item", "/orders/2/items/1/notes/1"),
    ("an item that is not there", "/orders/2/items/999"),
    ("a composite key of another parent", "/orders/2/lines/3,1"),
    ("a message of another sender", "/users/1/messages!sender_id/4"),
    ("a child of another category", "/category/1/category/4"),
    ("a city of another country", "/countries/2/cities/Utrecht"),
    ("too deep", "/customers/2/orders/6/items/5/notes/4/tags"),
    ("not stamped, another parent", "/boxes/2/things/1"),
    ("a moment that is none", "/moments/whenever/happenings"),
    ("a moment that is not there", "/moments/2020-01-01T00:00:00Z/happenings"),
]


@pytest.mark.parametrize("label, url", MISSING, ids=[row[0] for row in MISSING])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_missing(client, method, label, url):
    answer = client.request(method, url)
    assert answer.status == 404, answer


ITEMS = [
    ("one level", "/orders/2/items/1", "/items/1"),
    ("two levels", "/orders/2/items/1/notes/30", "/notes/30"),
    ("three levels", "/orders/2/items/1/notes/30/tags/29", "/tags/29"),
    ("a composite key", "/orders/3/lines/3,1", "/lines/3,1"),
    ("a composite foreign key", "/orders/3/lines/3,1/marks/3", "/marks/3"),
    ("a hint", "/users/1/messages!sender_id/2", "/messages/2"),
    ("a tree", "/category/1/category/2/category/4", "/category/4"),
    ("a unique column", "/countries/1/cities/Utrecht/streets/Neude", "/streets/Neude"),
    ("a slash in the key", "/countries/1/cities/Den%20Haag/streets/a%2Fb", "/streets/a%2Fb"),
    ("not stamped", "/boxes/1/things/1", "/things/1"),
    ("only PostgreSQL spells it", "/moments/2026-01-01T12:00:00Z/happenings/1", "/happenings/1"),
]


@pytest.mark.parametrize("label, nested, plain", ITEMS, ids=[row[0] for row in ITEMS])
def test_the_same_row_has_the_same_tag_and_state(client, label, nested, plain):
    below, direct = client.get(nested).expect(200), client.get(plain).expect(200)
    assert (below.etag, below.body) == (direct.etag, direct.body)
    client.get(nested, if_none_match=direct.etag).expect(304)
    client.get(plain, if_none_match=below.etag).expect(304)


@pytest.mark.quick
@pytest.mark.parametrize("label, nested, plain", ITEMS, ids=[row[0] for row in ITEMS])
def test_writes_through_either_route(client, label, nested, plain):
    tag = client.tag(plain)
    changed = client.patch(nested, {}, if_match=tag).expect(200)
    assert changed.get("Content-Location") == plain
    client.patch(nested, {}, if_match=tag).problem(412)
    client.patch(plain, {}, if_match=tag).problem(412)
    again = client.patch(plain, {}, if_match=changed.etag).expect(200)
    if client.get(plain).json().get("version"):
        assert client.patch(nested, {}).problem(428)
        assert again.etag != changed.etag
    client.patch(nested, {}, if_match=again.etag).expect(200)


@pytest.mark.parametrize("method, body, type", [
    ("PUT", {}, JSON), ("PATCH", {}, JSON), ("PATCH", [], PATCH), ("PATCH", {"$set": {"product": "x"}}, UPDATE),
    ("DELETE", None, None)], ids=["PUT", "merge", "JSON Patch", "operators", "DELETE"])
@pytest.mark.parametrize("url", ["/orders/1/items/1", "/orders/999/items/1", "/customers/1/orders/2/items/1", "/orders/1/items/9999999"])
def test_writes_of_another_parents_child(client, database, method, body, type, url):
    before = database.row("items", id=1)
    client.request(method, url, body, type=type, if_match=client.tag("/items/1")).problem(404 if method != "PUT" else 412)
    client.request(method, url, body, type=type, if_match="*").problem(404 if method != "PUT" else 412)
    assert database.row("items", id=1) == before


def test_two_foreign_keys_are_a_choice(client):
    for url, rest in (("/users/1/messages", ""), ("/users/1/messages/2", "/2")):
        for method in ("GET", "POST" if not rest else "PUT", "DELETE"):
            document = client.request(method, url, None if method in ("GET", "DELETE") else {}).problem(300)
            links = [choice["link"] for choice in document["choices"]]
            assert links == ["/users/1/messages!sender_id" + rest, "/users/1/messages!receiver_id" + rest] or sorted(links) == sorted(
                ["/users/1/messages!sender_id" + rest, "/users/1/messages!receiver_id" + rest])
    for choice in client.get("/users/1/messages").json()["choices"]:
        client.get(choice["link"]).expect(200)


def test_filters_order_and_pages_below_a_parent(client):
    assert names(client.get("/orders/2/items?id=gt.1&order=id.desc").expect(200).json()) == [21, 11]
    assert names(client.get("/orders/2/items?limit=1&offset=1").expect(200).json()) == [11]
    assert client.get("/orders/2/items?id=eq.2").expect(200).json() == []
    counted = client.get("/orders/2/items?limit=1", prefer="count=exact").expect(206)
    assert counted.get("Content-Range") == "0-0/3"
    counted = client.get("/orders/15/items", prefer="count=exact").expect(200)
    assert counted.get("Content-Range") == "*/0" and counted.json() == []
    client.get("/orders/999/items", prefer="count=exact").problem(404)
    client.get("/orders/2/items?offset=10", prefer="count=exact").problem(416)
    assert client.get("/orders/2/items?select=product&order=id").expect(200).json()[0]["product"] == "product 1"


def test_tags_of_lists_are_of_their_content(client):
    tag = client.get("/orders/3/items").expect(200).etag
    client.get("/orders/3/items", if_none_match=tag).expect(304)
    client.get("/orders/15/items", if_none_match=client.get("/orders/16/items").etag).expect(304)


def test_post_takes_the_parent_from_the_path(client, database):
    made = client.post("/orders/4/items", {"product": "new"}).expect(201)
    row = made.json()
    assert row["order_id"] == 4 and row["version"] == 1
    assert made.get("Location") == f"/items/{row['id']}" == made.get("Content-Location")
    assert client.get(f"/orders/4/items/{row['id']}").expect(200).etag == made.etag
    assert client.post("/orders/4/items", {"product": "new", "order_id": 4}).expect(201).json()["order_id"] == 4
    assert client.post("/orders/4/items", {}).expect(201).json()["order_id"] == 4
    many = client.post("/orders/4/items", [{"product": "a"}, {"product": "b", "order_id": 4}, {}]).expect(201).json()
    assert [row["order_id"] for row in many] == [4, 4, 4]
    assert client.post("/customers/5/orders/4/items", {"product": "deep"}).expect(201).json()["order_id"] == 4
    assert [r["order_id"] for r in client.post("/customers/5/orders/4/items", [{}, {"product": "x"}]).expect(201).json()] == [4, 4]


OTHER_PARENTS = [
    ("composite foreign key", "/lines/4,2/marks", {"mark": "m"}, {"order_id": 4, "line": 2}),
    ("part of the key", "/orders/4/lines", {"line": 9}, {"order_id": 4, "line": 9}),
    ("hint", "/users/3/messages!receiver_id", {"words": "w"}, {"receiver_id": 3, "sender_id": None}),
    ("tree", "/category/3/category", {"name": "sky"}, {"parent_id": 3}),
    ("unique column", "/countries/2/cities", {"name": "Brugge"}, {"country": "BE"}),
    ("unique column, array", "/countries/2/cities", [{"name": "Namur"}], {"country": "BE"}),
    ("below that", "/countries/2/cities/Gent/streets", {"name": "Veldstraat"}, {"city": "Gent"}),
    ("not stamped", "/boxes/2/things", {"note": "n"}, {"box_id": 2}),
    ("only PostgreSQL spells it", "/moments/2026-01-01T12:00:00Z/happenings", {"what": "w"}, {"at": "2026-01-01T12:00:00+00:00"}),
]


@pytest.mark.parametrize("label, url, body, found", OTHER_PARENTS, ids=[row[0] for row in OTHER_PARENTS])
def test_post_below_parents_of_every_kind(client, label, url, body, found):
    row = client.post(url, body).expect(201).json()
    row = row[0] if isinstance(row, list) else row
    assert {name: row[name] for name in found} == found


REFUSED = [
    ("another parent", "/orders/4/items", {"order_id": 5}, 400),
    ("another parent as text", "/orders/4/items", {"order_id": "5"}, 400),
    ("null", "/orders/4/items", {"order_id": None}, 400),
    ("an object", "/orders/4/items", {"order_id": {}}, 400),
    ("another parent in an array", "/orders/4/items", [{"order_id": 4}, {"order_id": 5}], 400),
    ("one of two columns", "/lines/4,2/marks", {"order_id": 4, "line": 3}, 400),
    ("a unique column is the path's", "/countries/2/cities", {"name": "Luik", "country": "NL"}, 400),
    ("missing parent", "/orders/999/items", {"product": "x"}, 404),
    ("missing parent, array", "/orders/999/items", [{"product": "x"}], 404),
    ("missing parent, empty object", "/orders/999/items", {}, 404),
    ("missing grandparent", "/customers/999/orders/4/items", {"product": "x"}, 404),
    ("parent of another grandparent", "/customers/1/orders/4/items", {"product": "x"}, 404),
    ("parent of another grandparent, array", "/customers/1/orders/4/items", [{"product": "x"}], 404),
    ("missing parent with a unique column", "/countries/999/cities", {"name": "Luik"}, 404),
    ("missing parent with a unique column, array", "/countries/999/cities", [{"name": "Luik"}], 404),
    ("missing parent, not stamped", "/boxes/999/things", {"note": "x"}, 404),
    ("a parent that no key can name", "/moments/whenever/happenings", {"what": "w"}, 404),
    ("a parent that no key can name, array", "/moments/whenever/happenings", [{"what": "w"}], 404),
    ("another foreign key", "/users/1/messages!sender_id", {"receiver_id": 999}, 409),
    ("a value that does not fit", "/orders/4/items", {"quantity": 0}, 400),
    ("no object", "/orders/4/items", 17, 400),
    ("a column that is not there", "/orders/4/items", {"nope": 1}, 400),
]


@pytest.mark.parametrize("label, url, body, status", REFUSED, ids=[row[0] for row in REFUSED])
def test_posts_that_are_refused(client, database, label, url, body, status):
    tables = ("items", "marks", "cities", "things", "messages")
    before = [database.one(f"SELECT count(*) FROM {table}") for table in tables]
    client.post(url, body).problem(status)
    assert [database.one(f"SELECT count(*) FROM {table}") for table in tables] == before


def test_put_creates_and_replaces_below_the_parent(client, database):
    made = client.put("/orders/5/items/1000", {"product": "put"}, if_none_match="*").expect(201)
    assert made.json()["order_id"] == 5 and made.get("Location") == "/items/1000"
    client.put("/orders/5/items/1000", {"product": "put"}, if_none_match="*").problem(412)
    changed = client.put("/orders/5/items/1000", {"quantity": 7}, if_match=made.etag).expect(200)
    assert (changed.json()["order_id"], changed.json()["quantity"], changed.json()["product"]) == (5, 7, None)
    client.put("/orders/5/items/1000", {"order_id": 6}, if_match=changed.etag).problem(400)
    for url in ("/orders/6/items/1000", "/customers/2/orders/5/items/1000"):
        client.put(url, {"product": "stolen"}, if_none_match="*").problem(404)
        client.put(url, {"product": "stolen"}, if_match="*").problem(412)
    client.put("/orders/999/items/1001", {"product": "x"}, if_none_match="*").problem(404)
    client.put("/customers/2/orders/5/items/1001", {"product": "x"}, if_none_match="*").problem(404)
    assert database.row("items", id=1000)["order_id"] == 5 and database.row("items", id=1001) is None
    line = client.put("/orders/5/lines/5,7", {"product": "l"}, if_none_match="*").expect(201).json()
    assert (line["order_id"], line["line"]) == (5, 7)
    client.put("/orders/5/lines/6,7", {"product": "l"}, if_none_match="*").problem(404)
    city = client.put("/countries/1/cities/Breda", {"people": 1}, if_none_match="*").expect(201)
    assert city.json()["country"] == "NL"
    assert client.put("/countries/1/cities/Breda", {"people": 2}, if_match=city.etag).expect(200).json()["country"] == "NL"


def test_put_without_conditions_never_takes_another_parents_child(cluster, database, start):
    server = start(database, resources={"*": {"if_match": "optional"}})
    with server.client() as client:
        client.put("/orders/7/items/2000", {"product": "mine"}).expect(201)
        client.put("/orders/7/items/2000", {"product": "again"}).expect(200)
        client.put("/orders/8/items/2000", {"product": "stolen"}).problem(404)
    assert database.row("items", id=2000)["order_id"] == 7


def test_moving_a_child_to_another_parent(client, database):
    item = client.post("/orders/8/items", {"product": "mover"}).expect(201)
    url = f"/items/{item.json()['id']}"
    moved = client.patch("/orders/8" + url, {"order_id": 9}, if_match=item.etag).expect(200)
    assert moved.json()["order_id"] == 9
    client.get("/orders/8" + url).problem(404)
    assert client.get("/orders/9" + url).expect(200).etag == moved.etag
    client.patch("/orders/9" + url, {"order_id": 999}, if_match=moved.etag).problem(409)


def test_writes_by_filter_below_a_parent(client, database):
    for i in range(3):
        client.post("/orders/11/items", {"product": f"f{i}"}).expect(201)
    other = client.post("/orders/12/items", {"product": "f0"}).expect(201).json()["id"]
    rows = client.patch("/orders/11/items", {"quantity": 5}, if_match="*", prefer="return=representation").expect(200).json()
    assert [row["quantity"] for row in rows] == [5, 5, 5]
    assert database.row("items", id=other)["quantity"] == 1
    client.delete("/orders/11/items?product=eq.f0", if_match="*").expect(204)
    client.delete("/orders/11/items", if_match="*").expect(204)
    assert client.get("/orders/11/items").expect(200).json() == []
    assert database.row("items", id=other)


def test_arrays_of_rows_below_a_parent(client, database):
    made = client.put("/orders/13/items", [{"id": 3000, "product": "a"}, {"id": 3001, "product": "b"}]).expect(200, 201).json()
    assert {row["order_id"] for row in made} == {13}
    client.patch("/orders/14/items", [{"id": 3000, "quantity": 2, "etag": made[0]["etag"]}]).problem(412)
    client.put("/orders/14/items", [{"id": 3000, "quantity": 2, "etag": made[0]["etag"]}]).problem(412)
    client.put("/orders/13/items", [{"id": 3002, "order_id": 14}]).problem(400)
    changed = client.patch("/orders/13/items", [{"id": 3000, "quantity": 2, "etag": made[0]["etag"]}],
                           prefer="return=representation").expect(200).json()
    assert changed[0]["quantity"] == 2
    assert database.row("items", id=3000)["order_id"] == 13


def test_methods_and_options(client):
    assert {"get", "post", "patch", "put", "delete"} <= set(client.options("/orders/2/items").expect(204).members("Allow"))
    assert "post" not in client.options("/orders/2/items/1").expect(204).members("Allow")
    client.post("/orders/2/items/1", {}).problem(405)


def test_the_depth_is_a_setting(database, start):
    with start(database, server={"max_depth": 2}).client() as client:
        client.get("/orders/2/items/1").expect(200)
        client.get("/orders/2/items/1/notes").problem(404)
    with start(database, server={"max_depth": 5, "base_path": "/api"}).client() as client:
        client.get("/customers/2/orders/6/items/5/notes/4/tags").expect(200)
        assert client.get("/users/1/messages").problem(300)["choices"][0]["link"].startswith("/api/users/1/messages!")


@pytest.mark.concurrent
def test_a_parent_that_goes_away_while_children_come(client, server, database):
    for _ in range(5):
        order = client.post("/orders", {}).expect(201).json()["id"]

        def call(i, order=order):
            with server.client() as mine:
                if i == 0:
                    database.connect().cursor().execute(f"DELETE FROM orders WHERE id = {order}")
                    return 204
                body = {"product": "x"} if i % 2 else [{"product": "x"}]
                return mine.post(f"/orders/{order}/items", body).status

        statuses = race(9, call)
        assert set(statuses) <= {204, 201, 404}, statuses
        assert database.one("SELECT count(*) FROM items WHERE order_id = %s", order) == 0
        client.get(f"/orders/{order}/items").problem(404)


@pytest.mark.concurrent
def test_an_empty_list_was_never_the_list_of_a_missing_parent(client, server, database):
    """A parent comes and goes with its children in one transaction: each list has them, or is 404."""
    stop, order = [], 5000
    with server.client() as reader:
        def churn():
            connection = database.connect()
            cursor = connection.cursor()
            while not stop:
                cursor.execute(f"BEGIN; INSERT INTO orders (id) VALUES ({order}); "
                               f"INSERT INTO items (id, order_id) VALUES ({order}, {order}); COMMIT")
                cursor.execute(f"DELETE FROM orders WHERE id = {order}")
            connection.close()

        def read():
            seen = set()
            for _ in range(300):
                answer = reader.get(f"/orders/{order}/items")
                seen.add(answer.status if answer.status != 200 else len(answer.json()))
            stop.append(1)
            return seen

        seen = race(2, lambda i: read() if i else churn())[1]
    assert seen <= {404, 1}, seen
