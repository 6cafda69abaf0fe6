"""Writers on all levels of a family, through both routes, with every kind of condition, and psql beside them.

Clients see only what docs/http.md promises, nobody waits for a deadlock to be broken, and afterwards the version of
every parent is 1 + its own updates + the statements on its children.
"""

import collections
import os
import random
import threading
import time

import psycopg2
import pytest

import midair as harness
from midair import UPDATE, Midair, Postgres

SECONDS = float(os.environ.get("MIDAIR_TORTURE_SECONDS", "8"))
WRITERS = {"twenty orders": 8, "one order": 12}
ALLOWED = {200, 201, 204, 404, 409, 412}
TOUCH = ["items.order_id", "orders.customer_id", "notes.item_id"]

# Counts, apart from midair's triggers and of the statements themselves, what must have bumped whom.
AUDIT = """
    CREATE TABLE audit (who text, id bigint);
    CREATE FUNCTION audit_own() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF pg_trigger_depth() = 1 THEN
            INSERT INTO audit SELECT TG_TABLE_NAME, id FROM changed;
        END IF;
        RETURN NULL;
    END $$;
"""
OWN = """
    CREATE TRIGGER audit_own AFTER UPDATE ON {table} REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION audit_own();
"""
CHILDREN = """
    CREATE FUNCTION audit_{child}_{kind}() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit SELECT DISTINCT '{parent}', s.{column} FROM ({source}) AS s WHERE s.{column} IS NOT NULL;
        RETURN NULL;
    END $$;
    CREATE TRIGGER audit_{kind} AFTER {kind} ON {child} {references}
        FOR EACH STATEMENT EXECUTE FUNCTION audit_{child}_{kind}();
"""
KINDS = {
    "insert": ("REFERENCING NEW TABLE AS new_rows", "SELECT * FROM new_rows"),
    "delete": ("REFERENCING OLD TABLE AS old_rows", "SELECT * FROM old_rows"),
    "update": ("REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows", "SELECT * FROM old_rows UNION ALL SELECT * FROM new_rows"),
}


def add_audit(database):
    database.sql(AUDIT)
    for table in ("customers", "orders", "items"):
        database.sql(OWN.format(table=table))
    for child, column, parent in (("items", "order_id", "orders"), ("orders", "customer_id", "customers"), ("notes", "item_id", "items")):
        for kind, (references, source) in KINDS.items():
            database.sql(CHILDREN.format(child=child, column=column, parent=parent, kind=kind, references=references, source=source))


@pytest.fixture(scope="module")
def cluster():
    with Postgres(log_lock_waits="on") as postgres:
        yield postgres


class Clients:
    """What the writers do, and what they were told."""

    def __init__(self, server, seed, heat):
        self.client, self.random = server.client(timeout=30), random.Random(seed)
        self.statuses, self.wrong, self.slowest = collections.Counter(), [], 0.0
        self.orders, self.items = list(range(1, 21)), list(range(1, 31))
        self.last = 6 if heat == "twenty orders" else 2
        if heat == "one order":
            self.orders, self.items = [1], [1, 2, 3]

    def call(self, method, url, body=None, **more):
        began = time.monotonic()
        answer = self.client.request(method, url, body, **more)
        took = time.monotonic() - began
        self.slowest = max(self.slowest, took)
        self.statuses[method, answer.status] += 1
        if answer.status not in ALLOWED:
            self.wrong.append((took, answer))
        return answer

    def see(self, url):
        """The row and its tag as a client has them."""
        answer = self.call("GET", url)
        return (answer.json(), answer.etag) if answer.status == 200 else (None, None)

    def hot(self, numbers):
        return self.random.choice(numbers[-self.last:])

    def item(self):
        row, tag = self.see(f"/items/{self.hot(self.items)}")
        return row, tag, row and f"/orders/{row['order_id']}"

    def change_item(self):
        row, tag, order = self.item()
        if row:
            below = self.random.random() < 0.5
            guard = self.random.choice([tag, "*", self.see(order)[1]]) if below else self.random.choice([tag, "*"])
            self.call("PATCH", (order if below else "") + f"/items/{row['id']}", {"$inc": {"quantity": 1}}, type=UPDATE, if_match=guard or "*")

    def replace_item(self):
        row, tag, order = self.item()
        if row:
            self.call("PUT", f"{order}/items/{row['id']}", {"product": "put"}, if_match=tag)

    def patch_json(self):
        row, tag, order = self.item()
        if row:
            self.call("PATCH", f"{order}/items/{row['id']}", [{"op": "add", "path": "/product", "value": "x"}],
                      type="application/json-patch+json", if_match=tag)

    def move_item(self):
        row, tag, order = self.item()
        if row:
            self.call("PATCH", f"{order}/items/{row['id']}", {"order_id": self.hot(self.orders)}, if_match=self.random.choice([tag, "*"]))

    def move_otherwise(self):
        """By a JSON Patch, whose result is known only when the row is locked; by a PUT; below the order, under its tag."""
        row, tag, order = self.item()
        if not row:
            return
        target, kind = self.hot(self.orders), self.random.randint(1, 3)
        patch = [{"op": "replace", "path": "/order_id", "value": target}]
        if kind == 1:
            self.call("PATCH", f"/items/{row['id']}", patch, type="application/json-patch+json", if_match=self.random.choice([tag, "*"]))
        elif kind == 2:
            self.call("PUT", f"/items/{row['id']}", {"order_id": target, "product": "moved"}, if_match=self.random.choice([tag, "*"]))
        else:
            self.call("PATCH", f"{order}/items/{row['id']}", patch, type="application/json-patch+json", if_match=self.see(order)[1] or "*")

    def add_items(self):
        order = f"/orders/{self.hot(self.orders)}"
        body = {"product": "new"} if self.random.random() < 0.5 else [{"product": "a"}, {"product": "b"}]
        answer = self.call("POST", order + "/items", body, if_match=self.random.choice([None, "*", self.see(order)[1]]))
        if answer.status == 201:
            made = answer.json()
            self.items.append((made if isinstance(made, dict) else made[0])["id"])

    def drop_item(self):
        row, tag, order = self.item()
        if row:
            self.call("DELETE", self.random.choice(["", order]) + f"/items/{row['id']}", if_match=self.random.choice([tag, "*"]))

    def filter_items(self):
        self.call("PATCH", f"/orders/{self.hot(self.orders)}/items", {"product": "f"}, if_match="*")

    def array(self):
        """Several items in one request, in any order."""
        rows = [row for row, tag, _ in (self.item() for _ in range(3)) if row]
        rows = list({row["id"]: row for row in rows}.values())
        self.random.shuffle(rows)
        kind = self.random.choice(["PATCH", "PATCH", "PUT", "DELETE"])
        body = [{"id": row["id"], "product": "array"} for row in rows]
        if kind == "PUT":
            body = [{**element, "order_id": row["order_id"]} for element, row in zip(body, rows)]
        if kind == "PATCH" and self.random.random() < 0.3:
            body = [{**element, "order_id": self.hot(self.orders)} for element in body]
        if rows and (kind != "DELETE" or self.random.random() < 0.2):
            self.call(kind, "/items", body, if_match="*")

    def patch_each(self):
        """A filter whose rows are patched one by one."""
        self.call("PATCH", f"/items?order_id=eq.{self.hot(self.orders)}&order=id.desc", [{"op": "add", "path": "/product", "value": "x"}],
                  type="application/json-patch+json", if_match="*")

    def tree(self):
        """A tag over what is shown besides the order, or besides the item."""
        order = self.hot(self.orders)
        url, body = (f"/orders/{order}", {"status": "tree"})
        shown = self.random.choice(["*,lines(*)", "*,items(*,notes(*)),customers(*)", "*,customers(*)"])
        if self.random.random() < 0.4:
            url, body, shown = f"/items/{self.hot(self.items)}", {"product": "tree"}, "*,orders(*,customers(*)),notes(*)"
        tag = self.see(f"{url}?select={shown}")[1]
        if tag:
            self.call("PATCH", url, body, if_match=tag)

    def line(self):
        order = self.hot(self.orders)
        if self.random.random() < 0.5:
            self.call("PUT", f"/lines/{order},{self.random.randint(1, 3)}", {"product": "line"}, if_match="*")
        else:
            self.call("PATCH", f"/orders/{order}/lines/{order},{self.random.randint(1, 3)}", {"product": "l"},
                      if_match=self.see(f"/orders/{order}")[1] or "*")

    def note(self):
        row, _, order = self.item()
        if row:
            self.call("POST", f"{order}/items/{row['id']}/notes", {"words": "w"})

    def change_order(self):
        url = f"/orders/{self.hot(self.orders)}"
        row, tag = self.see(url)
        if row and row["customer_id"] and self.random.random() < 0.5:
            url = f"/customers/{row['customer_id']}" + url
        self.call("PATCH", url, {"status": "s"}, if_match=self.random.choice([tag, "*"]) or "*")

    def move_order(self):
        self.call("PATCH", f"/orders/{self.hot(self.orders)}", {"customer_id": self.random.randint(1, 5)}, if_match="*")

    def add_order(self):
        answer = self.call("POST", f"/customers/{self.random.randint(1, 5)}/orders", {})
        if answer.status == 201:
            self.orders.append(answer.json()["id"])

    def drop_order(self):
        url = f"/orders/{self.hot(self.orders)}"
        _, tag = self.see(url)
        self.call("DELETE", url, if_match=self.random.choice([tag, "*"]) or "*")

    def delete_order_with_items(self):
        """An order that has just been made, with items, so that the hot one lives on."""
        made = self.call("POST", f"/customers/{self.random.randint(1, 5)}/orders", {})
        if made.status == 201:
            url = f"/orders/{made.json()['id']}"
            self.call("POST", url + "/items", [{"product": "a"}, {"product": "b"}])
            self.call("DELETE", url, if_match="*")

    def change_customer(self):
        url = f"/customers/{self.random.randint(1, 5)}"
        self.call("PATCH", url, {"name": "n"}, if_match=self.see(url)[1])

    def named(self):
        row, tag, order = self.item()
        customer = f"/customers/{self.random.randint(1, 5)}"
        if row:
            field = ", ".join(f"<{url}> {self.see(url)[1] or '*'}" for url in self.random.sample([order, customer], 2))
            self.call("PATCH", f"/items/{row['id']}", {"product": "n"}, if_match=tag, headers={"Midair-If-Match": field})

    def run(self, stop):
        calls = [self.change_item] * 5 + [self.replace_item, self.patch_json, self.move_item, self.move_otherwise, self.move_otherwise, self.add_items, self.add_items,
                                          self.drop_item, self.filter_items, self.note, self.change_order, self.change_order, self.move_order,
                                          self.add_order, self.drop_order, self.change_customer, self.named,
                                          self.array, self.array, self.patch_each, self.tree, self.tree, self.line, self.delete_order_with_items]
        with self.client:
            while not stop.is_set():
                self.random.choice(calls)()


def psql(database, stop, seed, counts):
    """Somebody who knows nothing of midair."""
    chance = random.Random(seed)
    connection = database.connect()
    with connection.cursor() as cursor:
        while not stop.is_set():
            statement = chance.choice([
                "UPDATE items SET quantity = quantity + 1 WHERE id = (SELECT id FROM items ORDER BY random() LIMIT 1)",
                "UPDATE items SET order_id = (SELECT id FROM orders ORDER BY random() LIMIT 1) WHERE id = (SELECT max(id) FROM items)",
                "UPDATE orders SET status = 'psql' WHERE id = (SELECT max(id) FROM orders)",
                "INSERT INTO items (order_id, product) SELECT id, 'psql' FROM orders ORDER BY id DESC LIMIT 3",
                "DELETE FROM items WHERE id = (SELECT max(id) FROM items)",
            ])
            try:
                cursor.execute(statement)
                counts["done"] += 1
            except psycopg2.errors.DeadlockDetected:
                counts["deadlock"] += 1
            except psycopg2.errors.ForeignKeyViolation:
                counts["violation"] += 1
            time.sleep(0.01)
    connection.close()


def check_versions(database):
    for table in ("customers", "orders", "items"):
        wrong = database.sql(f"""
            SELECT t.id, t.version, 1 + count(a.id) FROM {table} t LEFT JOIN audit a ON a.who = '{table}' AND a.id = t.id
            GROUP BY t.id, t.version HAVING t.version <> 1 + count(a.id)""")
        assert wrong == [], f"{table} (id, version, expected): {wrong[:20]}"


def deadlocks(cluster):
    return cluster.log().count("deadlock detected")


@pytest.mark.parametrize("heat", WRITERS)
@pytest.mark.parametrize("grouped", ["auto", "on", "off"])
def test_a_family_under_fire(cluster, grouped, heat):
    database = harness.create(cluster, like=harness.FAMILY, stamped=["customers", "orders", "items", "notes"],
                              options=[word for link in TOUCH for word in ("--touch", link)])
    add_audit(database)
    before = deadlocks(cluster)
    stop, psql_counts = threading.Event(), collections.Counter()
    config = {"resources": {"*": {"group_commit": grouped}}, "settings": {"lane_threshold": 2}}
    with Midair(database, **config) as one, Midair(database, **config) as two:
        writers = [Clients((one, two)[i % 2], i, heat) for i in range(WRITERS[heat])]
        threads = [threading.Thread(target=w.run, args=(stop,), daemon=True) for w in writers]
        threads += [threading.Thread(target=psql, args=(database, stop, i, psql_counts), daemon=True) for i in range(2)]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS if not harness.sanitizer() else 2 * SECONDS)
        stop.set()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive(), "a writer never came back"
        statuses = sum((w.statuses for w in writers), collections.Counter())
        wrong = [entry for w in writers for entry in w.wrong]
        print(statuses, psql_counts, max(w.slowest for w in writers), deadlocks(cluster) - before)
        assert not wrong, f"{len(wrong)} of {statuses}: {wrong[0]}"
        for method in ("PATCH", "PUT", "POST", "DELETE"):
            assert any(status < 300 for m, status in statuses if m == method), statuses
    check_versions(database)
    assert psql_counts["done"] > 20
    assert deadlocks(cluster) == before
    database.close()
