"""What cannot be told by one version, or locked in one order.

Families without touch: writers that hold tags over a tree, beside others that move its rows, write several of them, or delete
what they hang on. No version says what happened below a row, so the trees are compared under locks, which everybody takes from the
top down. And tables that touch themselves, where a row that moves changes what is above others.

Clients see only what docs/http.md promises, nobody waits for a deadlock to be broken, and every row has the version that its updates
gave it.
"""

import collections
import os
import random
import threading
import time

import pytest

import midair as harness
from midair import Midair, Postgres

SECONDS = float(os.environ.get("MIDAIR_TORTURE_SECONDS", "8"))
ALLOWED = {200, 201, 204, 404, 409, 412}
SHOWN = {"orders": ["*,items(*)", "*,lines(*),items(*,notes(*)),customers(*)", "*,customers(*),items(*)"],
         "items": ["*,orders(*)", "*,notes(*),orders(*,customers(*))", "*,notes(*)"],
         "customers": ["*,orders(*)", "*,orders(*,items(*),lines(*))"]}
PATCH_JSON = "application/json-patch+json"

# Counts the updates of each row apart from midair's triggers.
AUDIT = """
    CREATE TABLE audit (who text, id bigint);
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit SELECT TG_TABLE_NAME, id FROM changed;
        RETURN NULL;
    END $$;
"""
OWN = "CREATE TRIGGER audit AFTER UPDATE ON {0} REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION audit();"
STAMPED = ["customers", "orders", "items", "notes"]


@pytest.fixture(scope="module")
def cluster():
    with Postgres(log_lock_waits="on") as postgres:
        yield postgres


class Writer:
    """A client that does one kind of write after the other, to few rows."""

    def __init__(self, server, seed):
        self.client, self.random = server.client(timeout=30), random.Random(seed)
        self.statuses, self.wrong = collections.Counter(), []
        self.kinds = [self.tree, self.tree, self.tree, self.move, self.move, self.move_by_put, self.move_by_json_patch, self.move_array,
                      self.move_by_filter, self.upsert, self.named, self.delete_order, self.note, self.lines]

    def call(self, kind, method, url, body=None, **more):
        answer = self.client.request(method, url, body, **more)
        self.statuses[kind, answer.status] += 1
        if answer.status not in ALLOWED:
            self.wrong.append((kind, answer))
        return answer

    def order(self):
        return self.random.randint(1, 4)

    def item(self):
        return self.random.randint(1, 12)

    def tree(self):
        relation = self.random.choice(list(SHOWN))
        url = f"/{relation}/{self.random.randint(1, 2) if relation == 'customers' else self.order() if relation == 'orders' else self.item()}"
        shown = self.client.get(f"{url}?select={self.random.choice(SHOWN[relation])}")
        if shown.status == 200:
            body = {"orders": {"status": "tree"}, "items": {"product": "tree"}, "customers": {"name": "tree"}}[relation]
            self.call("tree", "PATCH", url, body, if_match=shown.etag)

    def move(self):
        self.call("move", "PATCH", f"/items/{self.item()}", {"order_id": self.order()}, if_match="*")

    def move_by_put(self):
        self.call("move by PUT", "PUT", f"/items/{self.item()}", {"order_id": self.order(), "product": "put"}, if_match="*")

    def move_by_json_patch(self):
        self.call("move by JSON Patch", "PATCH", f"/items/{self.item()}",
                  [{"op": "replace", "path": "/order_id", "value": self.order()}], type=PATCH_JSON, if_match="*")

    def move_array(self):
        items = self.random.sample(range(1, 13), 3)
        method = self.random.choice(["PATCH", "PUT"])
        self.call("move an array", method, "/items", [{"id": item, "order_id": self.order()} for item in items], if_match="*")

    def move_by_filter(self):
        items = ",".join(str(item) for item in self.random.sample(range(1, 13), 3))
        body, kind = self.random.choice([({"order_id": self.order()}, "application/merge-patch+json"),
                                         ([{"op": "replace", "path": "/order_id", "value": self.order()}], PATCH_JSON)])
        self.call("move by filter", "PATCH", f"/items?id=in.({items})&order=id.desc", body, type=kind, if_match="*")

    def upsert(self):
        rows = [{"id": item, "order_id": self.order(), "product": "upsert"} for item in self.random.sample(range(1, 13), 3)]
        self.call("upsert", "POST", "/items", rows, if_match="*", headers={"Prefer": "resolution=merge-duplicates"})

    def named(self):
        """Rows of one relation, some selected by the filter and some named."""
        items = self.random.sample(range(1, 13), 4)
        named = ", ".join(f"</items/{item}> *" for item in items[:2])
        self.call("named", "PATCH", f"/items?id=in.({items[2]},{items[3]})", {"product": "named"}, if_match="*",
                  headers={"Midair-If-Match": named})

    def delete_order(self):
        """An order that has just been made, with its items, under a tag over the tree."""
        made = self.client.post(f"/customers/{self.random.randint(1, 2)}/orders", {})
        if made.status != 201:
            return
        url = f"/orders/{made.json()['id']}"
        self.call("items of a new order", "POST", url + "/items", [{"product": "a"}, {"product": "b"}])
        shown = self.client.get(url + "?select=*,items(*,notes(*)),lines(*)")
        self.call("delete", "DELETE", url, if_match=self.random.choice([shown.etag, "*"]))

    def note(self):
        self.call("note", "POST", f"/items/{self.item()}/notes", {"words": "w"})
        self.call("move a note", "PATCH", f"/notes/{self.random.randint(1, 40)}", {"item_id": self.item()}, if_match="*")

    def lines(self):
        self.call("line", "PATCH", f"/lines/{self.order()},{self.random.randint(1, 3)}", {"product": "l"}, if_match="*")

    def run(self, stop):
        with self.client:
            while not stop.is_set():
                self.random.choice(self.kinds)()


def check_versions(database):
    for table in STAMPED:
        wrong = database.sql(f"SELECT t.id, t.version, 1 + count(a.id) FROM {table} t LEFT JOIN audit a ON a.who = '{table}' AND a.id = t.id "
                             "GROUP BY t.id, t.version HAVING t.version <> 1 + count(a.id)")
        assert wrong == [], f"{table} (id, version, expected): {wrong[:20]}"


def run_all(writers):
    """Runs them for a while; what they were answered, by kind and status."""
    stop = threading.Event()
    threads = [threading.Thread(target=writer.run, args=(stop,), daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(SECONDS if not harness.sanitizer() else 2 * SECONDS)
    stop.set()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "a writer never came back"
    statuses = sum((writer.statuses for writer in writers), collections.Counter())
    wrong = [entry for writer in writers for entry in writer.wrong]
    print(sorted(statuses.items()))
    assert not wrong, f"{len(wrong)} of {statuses}: {wrong[0]}"
    for kind in {kind for kind, _ in statuses}:
        assert any(status < 300 for name, status in statuses if name == kind), f"{kind} never succeeded: {statuses}"
    return statuses


@pytest.mark.parametrize("grouped", ["auto", "on"])
def test_trees_whose_rows_move(cluster, grouped):
    database = harness.create(cluster, like=harness.FAMILY, stamped=STAMPED)
    database.sql(AUDIT + "".join(OWN.format(table) for table in STAMPED))
    before = cluster.log().count("deadlock detected")
    config = {"resources": {"*": {"group_commit": grouped}}, "settings": {"lane_threshold": 2}}
    with Midair(database, **config) as one, Midair(database, **config) as two:
        run_all([Writer((one, two)[i % 2], i) for i in range(12)])
    check_versions(database)
    log = cluster.log()
    assert log.count("deadlock detected") == before, log[log.rindex("deadlock detected"):][:3000]
    database.close()


# Rows that touch each other

CATEGORIES = """
CREATE TABLE category (id integer PRIMARY KEY, parent_id bigint REFERENCES category ON DELETE CASCADE, name text);
INSERT INTO category SELECT i, CASE WHEN i > 1 THEN i / 2 END FROM generate_series(1, 40) i;
CREATE TABLE products (id integer GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
                       category_id integer NOT NULL REFERENCES category ON DELETE CASCADE, name text);
INSERT INTO products (category_id) SELECT i FROM generate_series(1, 40) i;
"""


class Gardener(Writer):
    """Writes a tree within one table, and the rows of another table that hang on it."""

    def __init__(self, server, seed):
        super().__init__(server, seed)
        self.kinds = [self.one, self.filter, self.array, self.move, self.move_by_put, self.move_by_json_patch, self.named, self.grow,
                      self.products, self.move_product]

    def node(self):
        return self.random.randint(2, 40)

    def one(self):
        self.call("one", "PATCH", f"/category/{self.node()}", {"name": "x"}, if_match="*")

    def filter(self):
        self.call("filter", "PATCH", f"/category?id=in.({self.node()},{self.node()},{self.node()})", {"name": "x"}, if_match="*")

    def array(self):
        self.call("array", "PATCH", "/category", [{"id": i, "name": "x"} for i in self.random.sample(range(1, 41), 3)], if_match="*")

    def move(self):
        """A leaf goes below an inner node, so that no cycle comes about."""
        self.call("move", "PATCH", f"/category/{self.random.randint(20, 40)}", {"parent_id": self.random.randint(1, 19)}, if_match="*")

    def move_by_put(self):
        self.call("move by PUT", "PUT", f"/category/{self.random.randint(20, 40)}", {"parent_id": self.random.randint(1, 19)}, if_match="*")

    def move_by_json_patch(self):
        self.call("move by JSON Patch", "PATCH", f"/category/{self.random.randint(20, 40)}",
                  [{"op": "replace", "path": "/parent_id", "value": self.random.randint(1, 19)}], type=PATCH_JSON, if_match="*")

    def named(self):
        self.call("named", "PATCH", f"/category/{self.node()}", {"name": "n"}, if_match="*",
                  headers={"Midair-If-Match": f"</category/{self.node()}> *, </category/1> *"})

    def grow(self):
        new = self.random.randint(100, 10**9)
        self.call("new ones", "POST", "/category", [{"id": new, "parent_id": self.node()}, {"id": new + 1, "parent_id": self.node()},
                                                    {"id": new + 2, "parent_id": new}])
        self.call("cascade", "DELETE", f"/category/{new}", if_match="*")

    def products(self):
        self.call("products", "PATCH", f"/products?id=in.({self.node()},{self.node()})", {"name": "x"}, if_match="*")

    def move_product(self):
        self.call("move a product", "PATCH", f"/products/{self.node()}", {"category_id": self.node()}, if_match="*")


def test_rows_that_touch_each_other(cluster):
    database = cluster.create_database()
    database.sql(CATEGORIES)
    harness.stamp(database, "category", "products", "--touch", "category.parent_id", "--touch", "products.category_id")
    before, roots = cluster.log().count("deadlock detected"), "SELECT version FROM category WHERE id = 1"
    first = database.one(roots)
    with Midair(database, settings={"lane_threshold": 2}) as one, Midair(database, settings={"lane_threshold": 2}) as two:
        statuses = run_all([Gardener((one, two)[i % 2], i) for i in range(12)])
    assert cluster.log().count("deadlock detected") == before
    # Each statement below the root touches it once: two of "new ones" and so on are one statement each.
    assert database.one(roots) > first + sum(count for (kind, status), count in statuses.items() if status < 300) / 2
    database.close()
