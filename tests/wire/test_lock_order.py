"""docs/http.md section 6: along touch links everything is locked from the bottom up, before the first write. Somebody else
holds an item here: no write that waits for it holds the order above it, so whoever locks upwards gets it."""

import subprocess
import threading

import psycopg2.errors
import pytest

import midair as harness
from midair import PATCH, UPDATE, eventually

TOUCH = ["items.order_id", "orders.customer_id", "notes.item_id"]
TREE = "select=*,items(*,notes(*)),customers(*)"


@pytest.fixture(scope="module")
def database(cluster):
    made = harness.create(cluster, like=harness.FAMILY, stamped=["customers", "orders", "items", "notes"],
                          options=[word for link in TOUCH for word in ("--touch", link)])
    yield made
    made.close()


@pytest.fixture
def kin(client, database):
    """An order with two items, a note on one of them."""
    order = client.post("/customers/1/orders", {}).expect(201).json()["id"]
    items = [row["id"] for row in client.post(f"/orders/{order}/items", [{"product": "a"}, {"product": "b"}]).expect(201).json()]
    client.post(f"/orders/{order}/items/{items[1]}/notes", {"words": "w"}).expect(201)
    return order, items


def of_order(client, order):
    return client.tag(f"/orders/{order}")


# (name, request): c: client, o: order, i: items; the first item is held
WRITES = [
    ("nested, with the order's tag", lambda c, o, i: c.patch(f"/orders/{o}/items/{i[0]}", {"product": "x"}, if_match=of_order(c, o))),
    ("nested, operators", lambda c, o, i: c.patch(f"/orders/{o}/items/{i[0]}", {"$inc": {"quantity": 1}}, type=UPDATE, if_match=of_order(c, o))),
    ("nested PUT", lambda c, o, i: c.put(f"/orders/{o}/items/{i[0]}", {"product": "x"}, if_match=of_order(c, o))),
    ("nested DELETE", lambda c, o, i: c.delete(f"/orders/{o}/items/{i[0]}", if_match=of_order(c, o))),
    ("JSON Patch", lambda c, o, i: c.patch(f"/items/{i[0]}", [{"op": "add", "path": "/product", "value": "x"}], type=PATCH, if_match="*")),
    ("the order is named", lambda c, o, i: c.patch(f"/items/{i[0]}", {"product": "x"}, if_match="*",
                                                   headers=[("Midair-If-Match", f"</orders/{o}> {of_order(c, o)}")])),
    ("customer and order are named", lambda c, o, i: c.patch(
        f"/items/{i[0]}", {"product": "x"}, if_match="*", headers=[("Midair-If-Match", f"</customers/1> *, </orders/{o}> *")])),
    ("array", lambda c, o, i: c.patch("/items", [{"id": i[1], "product": "x"}, {"id": i[0], "product": "x"}], if_match="*")),
    ("array PUT", lambda c, o, i: c.put("/items", [{"id": i[1], "order_id": o}, {"id": i[0], "order_id": o}], if_match="*")),
    ("array DELETE", lambda c, o, i: c.delete("/items", [{"id": i[1]}, {"id": i[0]}], if_match="*")),
    ("filter", lambda c, o, i: c.patch(f"/items?order_id=eq.{o}", {"product": "x"}, if_match="*")),
    ("filter, row by row", lambda c, o, i: c.patch(f"/items?order_id=eq.{o}", [{"op": "add", "path": "/product", "value": "x"}],
                                                   type=PATCH, if_match="*")),
    ("filter DELETE", lambda c, o, i: c.delete(f"/items?order_id=eq.{o}", if_match="*")),
    ("cascade", lambda c, o, i: c.delete(f"/orders/{o}", if_match="*")),
    ("cascade by filter", lambda c, o, i: c.delete(f"/orders?id=eq.{o}", if_match="*")),
    ("cascade of an array", lambda c, o, i: c.delete("/orders", [{"id": o}], if_match="*")),
    ("tag over the tree", lambda c, o, i: c.patch(f"/orders/{o}", {"status": "x"}, if_match=c.tag(f"/orders/{o}?{TREE}"))),
]


@pytest.mark.concurrent
@pytest.mark.parametrize("name, write", WRITES, ids=[row[0] for row in WRITES])
def test_who_waits_for_an_item_does_not_hold_what_is_above(server, client, database, kin, name, write):
    order, items = kin
    answers = []

    def run():
        with server.client(timeout=30) as other:
            answers.append(write(other, order, items))

    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT 1 FROM items WHERE id = %s FOR UPDATE", (items[0],))
        thread = threading.Thread(target=run)
        thread.start()
        if name != "tag over the tree":  # the items' states are in the order's version: it does not need them
            eventually(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0)
        else:
            thread.join()
        for table, key in (("orders", order), ("customers", 1)):
            cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR UPDATE NOWAIT", (key,))
        holder.commit()
    thread.join(30)
    assert answers and answers[0].status in (200, 204), answers


# (name, request): c: client, i: an item, to: the order that it moves to, which is held
MOVES = [
    ("merge patch", lambda c, i, to: c.patch(f"/items/{i}", {"order_id": to}, if_match="*")),
    ("by its tag", lambda c, i, to: c.patch(f"/items/{i}", {"order_id": to}, if_match=c.tag(f"/items/{i}"))),
    ("PUT", lambda c, i, to: c.put(f"/items/{i}", {"order_id": to}, if_match="*")),
    ("JSON Patch", lambda c, i, to: c.patch(f"/items/{i}", [{"op": "replace", "path": "/order_id", "value": to}], type=PATCH, if_match="*")),
    ("JSON Patch by its tag", lambda c, i, to: c.patch(f"/items/{i}", [{"op": "replace", "path": "/order_id", "value": to}], type=PATCH,
                                                       if_match=c.tag(f"/items/{i}"))),
    ("update operators", lambda c, i, to: c.patch(f"/items/{i}", {"$set": {"order_id": to}}, type=UPDATE, if_match="*")),
]


def is_locked(database, table, key):
    try:
        database.sql(f"SELECT 1 FROM {table} WHERE id = {key} FOR UPDATE NOWAIT")
    except psycopg2.errors.LockNotAvailable:
        return True
    return False


def waits_with_locked(database, table, key):
    """Whether one transaction waits for a lock, before and after the row was seen to be locked."""
    def waiting():
        return database.one("SELECT min(pid || ' ' || xact_start) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                            "AND datname = current_database()")

    before = waiting()
    return before and is_locked(database, table, key) and before == waiting()


@pytest.mark.concurrent
@pytest.mark.parametrize("name, move", MOVES, ids=[row[0] for row in MOVES])
def test_who_waits_for_a_new_parent_holds_what_is_below_and_not_what_is_above(server, client, database, kin, name, move):
    _, items = kin
    target = client.post("/customers/2/orders", {}).expect(201).json()["id"]
    answers = []

    def run():
        with server.client(timeout=30) as other:
            answers.append(move(other, items[0], target))

    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT 1 FROM orders WHERE id = %s FOR NO KEY UPDATE", (target,))
        thread = threading.Thread(target=run)
        thread.start()
        eventually(lambda: waits_with_locked(database, "items", items[0]))
        cursor.execute("SELECT 1 FROM customers WHERE id IN (1, 2) FOR UPDATE NOWAIT")
        holder.rollback()
    thread.join(30)
    assert answers and answers[0].status == 200 and answers[0].json()["order_id"] == target, answers


@pytest.mark.parametrize("headers", [[], [("Midair-If-Match", "</customers/1> *")]], ids=["ancestor's tag", "named"])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_target_that_is_not_there_is_told_before_an_ancestor_is_locked(client, database, kin, headers, method):
    order, _ = kin
    tag = of_order(client, order)
    body = {"product": "x"} if method == "PATCH" else None
    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT 1 FROM customers WHERE id = 1 FOR UPDATE")
        cursor.execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", (order,))
        client.request(method, f"/orders/{order}/items/999999", body, type="application/json", if_match=tag, headers=headers).problem(404)
        holder.rollback()


@pytest.mark.concurrent
def test_children_that_come_while_a_delete_waits_go_as_well(server, client, database, kin):
    order, items = kin
    answers = []
    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT 1 FROM items WHERE id = %s FOR UPDATE", (items[0],))
        thread = threading.Thread(target=lambda: answers.append(client.delete(f"/orders/{order}", if_match="*")))
        thread.start()
        eventually(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0)
        database.sql(f"INSERT INTO items (order_id, product) VALUES ({order}, 'late')")
        holder.commit()
    thread.join(30)
    answers[0].expect(204)
    assert database.one(f"SELECT count(*) FROM items WHERE order_id = {order}") == 0


# Without touch: parents come first, and rows of one relation in the order of their keys. Somebody else holds the first row of the
# pair; the request waits for it, and does not hold the second one.
HELD = [
    ("a filter beside named rows", "items", 0, "items", 1, lambda c, o, i: c.patch(
        f"/items?id=eq.{i[1]}", {"product": "x"}, if_match="*", headers=[("Midair-If-Match", f"</items/{i[0]}> *")])),
    ("a filter DELETE beside named rows", "items", 0, "items", 1, lambda c, o, i: c.delete(
        f"/items?id=eq.{i[1]}", if_match="*", headers=[("Midair-If-Match", f"</items/{i[0]}> *")])),
    ("a tag over the tree", "orders", 0, "items", 0, lambda c, o, i: c.patch(
        f"/orders/{o[0]}", {"status": "x"}, if_match=c.tag(f"/orders/{o[0]}?select=*,items(*)"))),
    ("a tag over the parent", "orders", 0, "items", 0, lambda c, o, i: c.patch(
        f"/items/{i[0]}", {"product": "x"}, if_match=c.tag(f"/items/{i[0]}?select=*,orders(*)"))),
    ("a tag over the parent, DELETE", "orders", 0, "items", 0, lambda c, o, i: c.delete(
        f"/items/{i[0]}", if_match=c.tag(f"/items/{i[0]}?select=*,orders(*)"))),
    ("an array with a tag over the parent", "orders", 0, "items", 0, lambda c, o, i: c.patch(
        "/items", [{"id": i[0], "product": "x", "etag": c.tag(f"/items/{i[0]}?select=*,orders(*)")}])),
    ("a filter with a tag over the parent", "orders", 0, "items", 0, lambda c, o, i: c.patch(
        f"/items?id=eq.{i[0]}", {"product": "x"}, if_match=c.tag(f"/items/{i[0]}?select=*,orders(*)"))),
    ("moved by its tag", "orders", 1, "items", 0, lambda c, o, i: c.patch(
        f"/items/{i[0]}", {"order_id": o[1]}, if_match=c.tag(f"/items/{i[0]}"))),
    ("moved", "orders", 1, "items", 0, lambda c, o, i: c.patch(f"/items/{i[0]}", {"order_id": o[1]}, if_match="*")),
    ("moved, and shown with others", "orders", 1, "items", 0, lambda c, o, i: c.patch(
        f"/items/{i[0]}?select=*,orders(*)", {"order_id": o[1]}, if_match="*")),
    ("moved by PUT", "orders", 1, "items", 0, lambda c, o, i: c.put(f"/items/{i[0]}", {"order_id": o[1]}, if_match="*")),
    ("moved by JSON Patch", "orders", 1, "items", 0, lambda c, o, i: c.patch(
        f"/items/{i[0]}", [{"op": "replace", "path": "/order_id", "value": o[1]}], type=PATCH, if_match="*")),
    ("moved by an array", "orders", 1, "items", 0, lambda c, o, i: c.patch(
        "/items", [{"id": i[0], "order_id": o[1]}, {"id": i[1], "product": "x"}], if_match="*")),
    ("moved by a filter", "orders", 1, "items", 0, lambda c, o, i: c.patch(f"/items?id=eq.{i[0]}", {"order_id": o[1]}, if_match="*")),
    ("moved by a filter, row by row", "orders", 1, "items", 0, lambda c, o, i: c.patch(
        f"/items?id=eq.{i[0]}", [{"op": "replace", "path": "/order_id", "value": o[1]}], type=PATCH, if_match="*")),
    ("moved by an upsert", "orders", 1, "items", 0, lambda c, o, i: c.post(
        "/items", [{"id": i[0], "order_id": o[1]}], if_match="*", headers={"Prefer": "resolution=merge-duplicates"})),
    ("an upsert in any order", "items", 0, "items", 1, lambda c, o, i: c.post(
        "/items", [{"id": i[1], "order_id": o[0]}, {"id": i[0], "order_id": o[0]}], if_match="*",
        headers={"Prefer": "resolution=merge-duplicates"})),
]


# Longer than flight_lock_timeout, after which a request begins again as one that may wait.
LONG_WAITS = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database() "
              "AND clock_timestamp() - query_start > interval '200 ms'")


@pytest.fixture(scope="module")
def untouched(cluster):
    made = harness.create(cluster, like=harness.FAMILY, stamped=["customers", "orders", "items", "notes"])
    with harness.Midair(made, resources={"*": {"body_etag": "on"}}, settings={"lock_timeout": "25s"}) as server:
        yield made, server
    made.close()


@pytest.mark.concurrent
@pytest.mark.parametrize("first, at, second, then, write", [row[1:] for row in HELD], ids=[row[0] for row in HELD])
def test_what_comes_first_is_waited_for_with_nothing_held(untouched, first, at, second, then, write):
    database, server = untouched
    answers = []
    with server.client(timeout=30) as client:
        rows = {"orders": [client.post("/orders", {}).expect(201).json()["id"] for _ in range(2)]}
        rows["items"] = [client.post("/items", {"order_id": rows["orders"][0]}).expect(201).json()["id"] for _ in range(2)]

    def run():
        with server.client(timeout=30) as other:
            answers.append(write(other, rows["orders"], rows["items"]))

    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute(f"SELECT 1 FROM {first} WHERE id = %s FOR UPDATE", (rows[first][at],))
        thread = threading.Thread(target=run)
        thread.start()
        eventually(lambda: database.one(LONG_WAITS) > 0)
        cursor.execute(f"SELECT 1 FROM {second} WHERE id = %s FOR UPDATE NOWAIT", (rows[second][then],))
        holder.commit()
    thread.join(30)
    assert answers and answers[0].status in (200, 201, 204), answers


# A leaf touches two parents that touch the same top: triggers alone would lock the top before the second parent.
DIAMOND = """
CREATE TABLE tops (id integer PRIMARY KEY, v integer DEFAULT 0);
CREATE TABLE lefts (id integer PRIMARY KEY, top_id integer NOT NULL REFERENCES tops, v integer DEFAULT 0);
CREATE TABLE rights (id integer PRIMARY KEY, top_id integer NOT NULL REFERENCES tops, v integer DEFAULT 0);
CREATE TABLE leaves (id integer PRIMARY KEY, left_id integer NOT NULL REFERENCES lefts, right_id integer NOT NULL REFERENCES rights,
    v integer DEFAULT 0);
INSERT INTO tops VALUES (1), (2);
INSERT INTO lefts VALUES (1, 1), (2, 2);
INSERT INTO rights VALUES (1, 1), (2, 2);
INSERT INTO leaves VALUES (1, 1, 1), (2, 1, 1), (3, 2, 2);
"""


@pytest.fixture(scope="module")
def diamond(cluster):
    made = cluster.create_database()
    made.sql(DIAMOND)
    harness.stamp(made, "tops", "lefts", "rights", "leaves", "--touch", "lefts.top_id", "--touch", "rights.top_id",
                  "--touch", "leaves.left_id", "--touch", "leaves.right_id")
    with harness.Midair(made) as server:
        yield made, server
    made.close()


LEAF = {"left_id": 1, "right_id": 1}
LEAVES = [
    ("PATCH", 200, lambda c: c.patch("/leaves/1", {"v": 1}, if_match="*")),
    ("PATCH with its tag", 200, lambda c: c.patch("/leaves/1", {"v": 1}, if_match=c.tag("/leaves/1"))),
    ("PATCH that moves it here", 200, lambda c: c.patch("/leaves/3", LEAF, if_match="*")),
    ("PUT", 200, lambda c: c.put("/leaves/1", LEAF, if_match="*")),
    ("PUT of a new one", 201, lambda c: c.put("/leaves/9", LEAF, headers={"If-None-Match": "*"})),
    ("POST", 201, lambda c: c.post("/leaves", {"id": 10, **LEAF})),
    ("POST of an array", 201, lambda c: c.post("/leaves", [{"id": 11, **LEAF}, {"id": 12, "v": 3, **LEAF}])),
    ("nested POST", 201, lambda c: c.post("/lefts/1/leaves", {"id": 13, "right_id": 1})),
    ("nested POST of an array", 201, lambda c: c.post("/lefts/1/leaves", [{"id": 14, "right_id": 1}], if_match=c.tag("/lefts/1"))),
    ("PATCH by filter", 200, lambda c: c.patch("/leaves?left_id=eq.1", {"v": 2}, if_match="*")),
    ("array", 200, lambda c: c.patch("/leaves", [{"id": 2, "v": 1}, {"id": 1, "v": 1}], if_match="*")),
    ("DELETE", 204, lambda c: c.delete("/leaves/1", if_match="*")),
    ("DELETE by filter", 204, lambda c: c.delete("/leaves?id=in.(1,2)", if_match="*")),
]


@pytest.mark.concurrent
@pytest.mark.parametrize("status, write", [row[1:] for row in LEAVES], ids=[row[0] for row in LEAVES])
def test_all_parents_come_before_what_they_touch_together(diamond, status, write):
    database, server = diamond
    database.sql("DELETE FROM leaves; INSERT INTO leaves VALUES (1, 1, 1), (2, 1, 1), (3, 2, 2);")
    versions = "SELECT (SELECT version FROM tops WHERE id = 1), (SELECT version FROM lefts WHERE id = 1), (SELECT version FROM rights WHERE id = 1)"
    before, answers = database.sql(versions)[0], []

    def run():
        with server.client(timeout=30) as other:
            answers.append(write(other))

    with database.connect() as holder, holder.cursor() as cursor:
        holder.autocommit = False
        cursor.execute("SELECT 1 FROM rights WHERE id = 1 FOR NO KEY UPDATE")
        thread = threading.Thread(target=run)
        thread.start()
        eventually(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") > 0)
        cursor.execute("SELECT 1 FROM tops WHERE id = 1 FOR NO KEY UPDATE NOWAIT")
        holder.commit()
    thread.join(30)
    assert answers and answers[0].status == status, answers
    after = database.sql(versions)[0]
    assert all(now > then for now, then in zip(after, before)), (before, after)


# What the role may do to the parents, whom triggers touch in any case.
RIGHTS = [
    ("nothing", ""),
    ("read", "GRANT SELECT ON lefts, rights, tops TO {role}"),
    ("change, but not read", "GRANT UPDATE ON lefts, rights, tops TO {role}"),
    ("change, and not read their keys", "GRANT UPDATE, SELECT (v) ON lefts, rights, tops TO {role}"),
    ("change and read those in the middle", "GRANT UPDATE, SELECT ON lefts, rights TO {role}"),
    ("change and read the top", "GRANT UPDATE, SELECT ON tops TO {role}"),
    ("read, and change one column", "GRANT SELECT, UPDATE (modified) ON lefts, rights, tops TO {role}"),
]


@pytest.mark.parametrize("rights, named", [("", 3), ("GRANT UPDATE (modified) ON lefts, rights, tops TO {role}", 0)],
                         ids=["no privilege", "one column"])
def test_check_names_parents_that_the_role_may_not_lock(diamond, rights, named):
    database, _ = diamond
    role = f"checker{named}_{database.name}"
    database.sql(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON lefts, rights, tops TO {role}; GRANT ALL ON leaves TO {role}; "
                 f"GRANT INSERT ON lefts TO {role}; {rights.format(role=role)}")
    done = subprocess.run([harness.binary(), "check", "--database", database.postgres.url(database.name, user=role)],
                          env=harness.clean_environment(), stdout=subprocess.PIPE, text=True, check=False)
    assert done.stdout.count("may not lock") == named, done.stdout


@pytest.mark.parametrize("rights", [row[1] for row in RIGHTS], ids=[row[0] for row in RIGHTS])
def test_what_the_role_may_not_lock_is_left_to_the_triggers(diamond, rights):
    database, _ = diamond
    role = f"clerk_{database.name}_{abs(hash(rights)) % 100000}"
    database.sql("DELETE FROM leaves; INSERT INTO leaves VALUES (1, 1, 1), (2, 1, 1), (3, 2, 2);")
    database.sql(f"CREATE ROLE {role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON leaves TO {role}; {rights.format(role=role)}")
    with harness.Midair(database, url=database.postgres.url(database.name, user=role)) as server, server.client() as client:
        client.patch("/leaves/1", {"v": 1}, if_match=client.tag("/leaves/1")).expect(200)
        client.patch("/leaves", [{"id": 2, "v": 1}, {"id": 1, "left_id": 2}], if_match="*").expect(200)
        client.post("/leaves", [{"id": 20, **LEAF}, {"id": 21, "v": 3, **LEAF}]).expect(201)
        client.delete("/leaves?id=in.(20,21)", if_match="*").expect(204)
