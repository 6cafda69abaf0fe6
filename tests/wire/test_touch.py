"""docs/http.md section 6, touch: changes of a child move the version and the tag of its parents, whoever writes."""

import collections
import contextlib
import random

import pytest

from midair import SHOP, Midair, create, midair_command, race, stamp

pytestmark = pytest.mark.concurrent


@pytest.fixture(scope="module")
def touched(cluster):
    """A shop whose items touch their orders, and whose orders touch their customers."""
    made = create(cluster, like=SHOP, stamped=["customers", "orders", "items"],
                  options=["--touch", "items.order_id", "--touch", "orders.customer_id"])
    with Midair(made, resources={"orders": {"if_match": "required", "cascade_delete": "allowed"}}) as running:
        yield made, running
    made.close()


@pytest.fixture
def family(touched):
    """Two customers with an order each, and an item of the first."""
    database, server = touched
    one, two = (database.insert("customers", name=f"n{i}") for i in range(2))
    first, second = database.insert("orders", customer_id=one), database.insert("orders", customer_id=two)
    item = database.insert("items", order_id=first, product="p")
    with server.client() as client:
        yield {"database": database, "client": client, "one": one, "two": two, "first": first, "second": second, "item": item}


def urls(family):
    return {"one": f"/customers/{family['one']}", "two": f"/customers/{family['two']}", "first": f"/orders/{family['first']}",
            "second": f"/orders/{family['second']}"}


def tags(family):
    return {name: family["client"].tag(url) for name, url in urls(family).items()}


def http(method, target, body=None):
    def write(family):
        own = ({} if method == "POST" else {"if_match": "*"})
        family["client"].request(method, target.format(**family), body and {k: v.format(**family) if isinstance(v, str) else v
                                                                            for k, v in body.items()}, **own).expect(200, 201, 204)
    return write


def sql(text):
    return lambda family: family["database"].sql(text.format(**family))


@pytest.mark.parametrize("label, write, moved", [
    ("POST of a child", http("POST", "/items", {"order_id": "{first}", "product": "x"}), {"first", "one"}),
    ("PATCH of a child", http("PATCH", "/items/{item}", {"product": "x"}), {"first", "one"}),
    ("PATCH that changes nothing", http("PATCH", "/items/{item}", {}), {"first", "one"}),
    ("PUT of a child", http("PUT", "/items/{item}", {"order_id": "{first}", "product": "y"}), {"first", "one"}),
    ("DELETE of a child", http("DELETE", "/items/{item}"), {"first", "one"}),
    ("re-parenting bumps both", http("PATCH", "/items/{item}", {"order_id": "{second}"}), {"first", "second", "one", "two"}),
    ("PUT that re-parents", http("PUT", "/items/{item}", {"order_id": "{second}"}), {"first", "second", "one", "two"}),
    ("PATCH in the middle", http("PATCH", "/orders/{first}", {"note": "x"}), {"first", "one"}),
    ("re-parenting in the middle", http("PATCH", "/orders/{first}", {"customer_id": "{two}"}), {"first", "one", "two"}),
    ("PATCH at the top", http("PATCH", "/customers/{one}", {"notes": "x"}), {"one"}),
    ("psql: update", sql("UPDATE items SET product = 'q' WHERE id = {item}"), {"first", "one"}),
    ("psql: two statements", sql("UPDATE items SET product = 'q' WHERE id = {item}; INSERT INTO items (order_id) VALUES ({second})"),
     {"first", "second", "one", "two"}),
    ("psql: delete", sql("DELETE FROM items WHERE id = {item}"), {"first", "one"}),
    ("psql: of another order", sql("INSERT INTO items (order_id) VALUES ({second})"), {"second", "two"}),
    ("psql: nothing changed", sql("UPDATE items SET product = 'q' WHERE id = -1"), set()),
    ("psql: rolled back", sql("BEGIN; UPDATE items SET product = 'q' WHERE id = {item}; ROLLBACK"), set()),
], ids=lambda v: v if isinstance(v, str) else "")
def test_what_moves(family, label, write, moved):
    before = tags(family)
    write(family)
    after = tags(family)
    assert {name for name in before if before[name] != after[name]} == moved


def test_the_parents_old_tag_is_stale_and_the_new_one_works(family):
    client = family["client"]
    url = f"/orders/{family['first']}"
    seen = client.get(url).expect(200)
    client.patch(f"/items/{family['item']}", {"product": "z"}, if_match="*").expect(200)
    lost = client.patch(url, {"status": "shipped"}, if_match=seen.etag).expect(412)
    assert lost.etag != seen.etag
    client.get(url, if_none_match=seen.etag).expect(200)
    client.get(url, if_none_match=lost.etag).expect(304)
    client.patch(url, {"status": "shipped"}, if_match=lost.etag).expect(200)


def test_a_cascading_delete_bumps_who_is_left_above(family):
    before = tags(family)
    family["client"].delete(f"/orders/{family['first']}", if_match=before["first"]).expect(204)
    assert family["database"].one("SELECT count(*) FROM items WHERE id = %s", family["item"]) == 0
    row = family["database"].row("customers", id=family["one"])
    assert row["version"] == 1 + 3  # the order came, its item came, the order went with its item


def test_a_bulk_insert_bumps_each_parent_once(family):
    version = family["database"].row("orders", id=family["first"])["version"]
    family["client"].post("/items", [{"order_id": family["first"]} for _ in range(1000)]).expect(201)
    assert family["database"].row("orders", id=family["first"])["version"] == version + 1


def test_modified_of_the_parent_moves_strictly_and_created_stays(family):
    def look():
        return family["database"].row("orders", id=family["first"])
    before = look()
    for i in range(5):
        family["client"].patch(f"/items/{family['item']}", {"product": str(i)}, if_match="*").expect(200)
        after = look()
        assert after["modified"] > before["modified"] and after["created"] == before["created"]
        before = after


def test_many_writers_of_children_of_one_hot_parent(touched, family):
    database, server = touched
    items = [database.insert("items", order_id=family["first"]) for _ in range(8)]
    version = database.row("orders", id=family["first"])["version"]
    top = database.row("customers", id=family["one"])["version"]

    def write(i):
        with server.client() as own:
            return [own.patch(f"/items/{items[i]}", {"product": str(k)}, if_match="*").expect(200).status for k in range(20)]

    race(8, write)
    assert database.row("orders", id=family["first"])["version"] == version + 160
    assert database.row("customers", id=family["one"])["version"] == top + 160


def test_writers_on_all_levels_by_two_midairs_and_psql(touched, cluster):
    """Each version is 1, and one for each own update and each child's statement; nobody waits for a deadlock to be found."""
    database, server = touched
    tops = [database.insert("customers", name="top") for _ in range(2)]
    orders = {database.insert("orders", customer_id=tops[i % 2]): tops[i % 2] for i in range(4)}
    items = {database.insert("items", order_id=order): order for order in orders for _ in range(3)}
    rows = {("customers", key): database.row("customers", id=key)["version"] for key in tops}
    rows |= {("orders", key): database.row("orders", id=key)["version"] for key in orders}
    deadlocks = cluster.log().count("deadlock detected")

    def write(dice, client, cursor):
        """One write; what it bumped."""
        item, order, top = dice.choice(list(items)), dice.choice(list(orders)), dice.choice(tops)
        kind = dice.choice(["item", "item", "post", "order", "top", "psql"])
        if kind == "item":
            client.patch(f"/items/{item}", {"product": "m"}, if_match="*").expect(200)
        elif kind == "psql":
            cursor.execute("UPDATE items SET product = 'p' WHERE id = %s", [item])
        elif kind == "top":
            client.patch(f"/customers/{top}", {"notes": "n"}, if_match="*").expect(200)
            return [("customers", top)]
        else:
            url, tag = f"/orders/{order}", client.tag(f"/orders/{order}")
            answer = client.post(f"{url}/items", {"product": "n"}, if_match=tag) if kind == "post" else client.patch(
                url, {"note": "n"}, if_match=tag)
            return [("orders", order), ("customers", orders[order])] if answer.expect(200, 201, 412).status != 412 else []
        return [("orders", items[item]), ("customers", orders[items[item]])]

    with Midair(database) as other:
        def work(i):
            dice, bumped = random.Random(i), []
            with (server if i % 2 else other).client() as client, contextlib.closing(database.connect()) as raw:
                for _ in range(40):
                    bumped += write(dice, client, raw.cursor())
            return bumped

        counts = collections.Counter(row for bumped in race(8, work) for row in bumped)
    for (table, key), version in rows.items():
        assert database.row(table, id=key)["version"] == version + counts[table, key], (table, key)
    assert cluster.log().count("deadlock detected") == deadlocks


def test_ten_thousand_children_cost_the_reader_nothing(touched):
    """The parent's tag is one row's, however many children it covers."""
    database, server = touched
    order = database.insert("orders", note="large")
    with server.client() as client:
        seen = client.tag(f"/orders/{order}")
        database.sql("INSERT INTO items (order_id) SELECT %s FROM generate_series(1, 10000)", order)
        now = client.tag(f"/orders/{order}")
        assert now != seen and database.row("orders", id=order)["version"] == 2
        client.patch(f"/orders/{order}", {"note": "x"}, if_match=seen).problem(412)
        client.patch(f"/orders/{order}", {"note": "x"}, if_match=now).expect(200)


# The command line


def check(database):
    return midair_command("check", "--database", database.url).stdout


def test_stamp_check_unstamp(fresh_database):
    arguments = ("stamp", "--database", fresh_database.url, "orders", "items", "--touch", "items.order_id")
    assert "does not touch" in check(fresh_database)
    dry = midair_command(*arguments, "--dry-run").stdout
    assert "CREATE TRIGGER zzz_midair_touch_update" in dry and "does not touch" in check(fresh_database)
    assert '"public"."items": touches "public"."orders"' in midair_command(*arguments).stdout
    assert "already touches" in midair_command(*arguments).stdout
    assert midair_command(*arguments, "--dry-run").stdout == ""
    text = check(fresh_database)
    assert "/items by order_id: touches, so the tag of /orders covers it" in text
    assert "others than midair's" not in text.split("/items\n")[1].split("\n\n")[0], "writes of items share a commit"
    midair_command("unstamp", "--database", fresh_database.url, "orders")
    assert "/items by order_id: does not touch" in check(fresh_database)
    assert fresh_database.one("SELECT count(*) FROM pg_proc WHERE proname LIKE 'touch%%'") == 0
    fresh_database.sql("INSERT INTO items (order_id) VALUES (1)")


def test_check_warns_of_a_touch_that_is_switched_off(fresh_database):
    stamp(fresh_database, "orders", options=["--touch", "items.order_id"])
    fresh_database.sql("ALTER TABLE items DISABLE TRIGGER zzz_midair_touch_delete")
    text = check(fresh_database)
    assert "a touch trigger for items_order_id_fkey is missing or disabled" in text and "does not touch" in text
    stamp(fresh_database, "items")
    assert "/items by order_id: touches" in check(fresh_database)


@pytest.mark.parametrize("touch, says", [
    ("items", "is not CHILD.FKCOLUMN"), ("items.product", "neither a column nor"), ("items.nope", "items_order_id_fkey"),
    ("nope.order_id", "does not exist"), ("loose.note", "has no foreign key"), ("items.order_id; DROP TABLE items", "neither a column"),
    ("open_orders.id", "only tables"),
])
def test_touches_that_are_refused(fresh_database, touch, says):
    done = midair_command("stamp", "--database", fresh_database.url, "counters", "--touch", touch, check=False)
    assert done.returncode == 1 and says in done.stderr, done.stderr


def test_a_parent_that_is_not_stamped_is_refused(fresh_database):
    midair_command("unstamp", "--database", fresh_database.url, "orders")
    done = midair_command("stamp", "--database", fresh_database.url, "items", "--touch", "items.order_id", check=False)
    assert done.returncode == 1 and "is not stamped" in done.stderr and "Name it among" in done.stderr
