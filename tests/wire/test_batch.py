"""docs/http.md section 8, POST /_batch: several requests at once, and groups of them as transactions."""

import contextlib
import uuid

import pytest

import midair as harness
import tables
from batches import SCHEMA, STAMPED, batch, everything, order, req, send, statuses

database = tables.database(SCHEMA, stamped=STAMPED)


@pytest.fixture(scope="module")
def config():
    return {"resources": {"*": {"cascade_delete": "allowed"}, "papers": {"key": "id"}}, "server": {"batch_max": "50"},
            "settings": {"lock_timeout": "200ms"}}


# ---- requests by themselves ----

def test_each_request_has_an_answer_of_its_own(client, database):
    row = order(database)
    got = batch(client,
                req("a", "GET", f"/orders/{row}"),
                req("b", "POST", "/orders", {"status": "new"}),
                req("c", "GET", f"orders?id=eq.{row}&select=status"),
                req("d", "HEAD", f"/orders/{row}"),
                req("e", "POST", "/rpc/twice", {"x": 21}),
                req("f", "get", "/rpc/twice?x=4"),
                req("g", "GET", f"/orders/{row}", headers={"Accept": "text/csv"}),
                req("h", "OPTIONS", "/orders"))
    assert statuses(got) == [200, 201, 200, 200, 200, 200, 200, 204]
    alone = client.get(f"/orders/{row}")
    assert got["a"]["body"] == alone.json() and got["a"]["headers"]["ETag"] == alone.etag
    assert got["b"]["headers"]["Location"] == f"/orders/{got['b']['body']['id']}" and got["b"]["headers"]["ETag"]
    assert [one["status"] for one in got["c"]["body"]] == ["open"]
    assert "body" not in got["d"] and got["d"]["headers"]["ETag"] == alone.etag
    assert (got["e"]["body"], got["f"]["body"]) == (42, 8)
    assert got["g"]["body"].startswith("id,status") and got["g"]["headers"]["Content-Type"].startswith("text/csv")


def test_conditions_count_for_each_request(client, database):
    row, other = order(database), order(database)
    tag = client.tag(f"/orders/{row}")
    got = batch(client,
                req("1", "PATCH", f"/orders/{row}", {"status": "a"}, headers={"If-Match": tag}),
                req("2", "PATCH", f"/orders/{row}", {"status": "b"}, headers={"If-Match": tag}),
                req("3", "PATCH", f"/orders/{other}", {"status": "b"}),
                req("4", "GET", f"/orders/{other}", headers={"If-None-Match": client.tag(f"/orders/{other}")}),
                req("5", "DELETE", f"/orders/{other}", headers={"if-match": "*"}),
                headers={"Prefer": "continue-on-error"})
    assert statuses(got) == [200, 412, 428, 304, 204]
    assert got["2"]["body"]["current"]["status"] == "a" and got["2"]["body"]["status"] == 412
    assert "body" not in got["4"]


def test_after_an_error_the_others_are_not_carried_out(client, database):
    before = everything(database)
    got = batch(client, req("1", "GET", "/orders/0"), req("2", "POST", "/orders", {}), req("3", "POST", "/orders", {}, "g"))
    assert statuses(got) == [404, 424, 424]
    assert "request 1 (id 1)" in got["2"]["body"]["detail"]
    assert everything(database) == before


@pytest.mark.parametrize("preference, rest", [("continue-on-error", 201), ("continue-on-error=true", 201),
                                              ("Continue-On-Error", 201), ("continue-on-error=false", 424), ("wait=1", 424)])
def test_continue_on_error(client, preference, rest):
    answer = send(client, req("1", "GET", "/orders/0"), req("2", "POST", "/orders", {}), Prefer=preference)
    assert [one["status"] for one in answer.json()["responses"]] == [404, rest]
    assert (answer.get("Preference-Applied") or "").startswith("continue-on-error") == ("=1" not in preference)


def test_an_empty_batch_has_no_answers(client):
    assert client.post("/_batch", {"requests": []}).expect(200).json() == {"responses": []}


def test_content_that_is_not_json(client, database):
    got = batch(client, req("1", "POST", "/codes", "code,note\nbatch-csv,x\n", headers={"Content-Type": "text/csv"}))
    assert statuses(got) == [201] and database.row("codes", code="batch-csv")["note"] == "x"
    got = batch(client, req("1", "PATCH", "/codes/batch-csv", [{"op": "replace", "path": "/note", "value": "y"}],
                            headers={"Content-Type": harness.PATCH, "If-Match": "*"}))
    assert statuses(got) == [200] and database.row("codes", code="batch-csv")["note"] == "y"
    got = batch(client, req("1", "POST", "/codes", {"code": "no"}, headers={"Content-Type": "text/csv"}))
    assert statuses(got) == [400]


def test_numbers_keep_their_digits(client, database):
    text = '{"requests": [{"id": "1", "method": "POST", "url": "/places", "body": {"a": 1, "b": "x", "note": "9007199254740993"}}, ' \
           '{"id": "2", "method": "GET", "url": "/rpc/twice?x=1073741823"}]}'
    answer = client.post("/_batch", text).expect(200)
    assert '"body":2147483646' in answer.text and '"9007199254740993"' in answer.text


# ---- references ----

def test_references_to_earlier_results(client, database):
    got = batch(client,
                req("1", "POST", "/orders", {"status": "made"}),
                req("2", "POST", "/$1/lines", {"product": "tea"}),
                req("3", "POST", "/lines", {"order_id": "$1", "product": "$1/status"}, needs=["1"]),
                req("4", "PATCH", "$1", {"status": "patched"}, headers={"If-Match": "$1"}),
                req("5", "GET", "/orders/$1/lines?select=product,order_id&order=id"),
                req("6", "PATCH", "/$1", {"status": "again"}, headers={"If-Match": "$1"}),
                headers={"Prefer": "continue-on-error"})
    assert statuses(got) == [201, 201, 201, 200, 200, 412]
    made = got["1"]["body"]["id"]
    assert [(line["product"], line["order_id"]) for line in got["5"]["body"]] == [("tea", made), ("made", made)]
    assert database.row("orders", id=made)["status"] == "patched"


def test_references_inside_a_group(client, database):
    got = batch(client,
                req("o", "POST", "/orders", {"status": "grouped"}, "g"),
                req("l", "POST", "/$o/lines", {"product": "a"}, "g"),
                req("m", "POST", "/lines", [{"order_id": "$o", "product": "b"}, {"order_id": "$o", "product": "c"}], "g", ["o"]),
                req("p", "PATCH", "$o", {"n": 3}, "g", headers={"If-Match": "$o"}),
                req("r", "GET", "$o?select=*,lines(product)", None, "g"))
    assert statuses(got) == [201, 201, 201, 200, 200]
    assert sorted(line["product"] for line in got["r"]["body"]["lines"]) == ["a", "b", "c"]
    assert got["r"]["body"]["n"] == 3
    assert all(one["atomicityGroup"] == "g" for one in got.values())


def test_a_reference_to_a_row_that_was_read(client, database):
    row = order(database)
    got = batch(client, req("1", "GET", f"/orders/{row}"), req("2", "POST", "/lines", {"order_id": "$1"}, needs=["1"]),
                req("3", "PATCH", "$1", {"n": 1}, headers={"If-Match": "$1"}),
                req("4", "GET", f"/orders?id=eq.{row}"), req("5", "POST", "/lines", {"order_id": "$4"}, needs=["4"]))
    assert statuses(got) == [200, 201, 200, 200, 201]
    assert [got[i]["body"]["order_id"] for i in "25"] == [row, row]


def test_text_keys_and_keys_of_two_columns(client, database):
    name = "k " + uuid.uuid4().hex
    got = batch(client, req("1", "POST", "/codes", {"code": name}), req("2", "GET", "/codes/$1"),
                req("3", "PATCH", "$1", {"note": "$1"}, needs=["1"], headers={"If-Match": "$1"}),
                req("4", "POST", "/places", {"a": 7, "b": name}), req("5", "GET", "/$4"), req("6", "GET", "/places/$4"))
    assert statuses(got) == [201, 200, 200, 201, 200, 200]
    assert got["3"]["body"]["note"] == name and got["6"]["body"]["b"] == name


def test_text_that_looks_like_a_reference_is_not_replaced(client, database):
    got = batch(client, req("1", "POST", "/orders", {}), req("2", "POST", "/orders", {"status": "$$1"}),
                req("3", "POST", "/orders", {"status": "$9"}), req("4", "POST", "/orders", {"status": "$"}),
                req("5", "POST", "/orders", {"status": "a$1"}), req("6", "POST", "/orders", {"status": "$$9"}, needs=["1"]))
    assert statuses(got) == [201] * 6
    assert [got[i]["body"]["status"] for i in "23456"] == ["$1", "$9", "$", "a$1", "$$9"]


NO_VALUES = {
    "no tag": (req("1", "POST", "/rpc/twice", {"x": 1}), req("2", "PATCH", "/orders/1", {}, headers={"If-Match": "$1"})),
    "a key of two columns": (req("1", "POST", "/places", {"a": 1, "b": "two"}), req("2", "POST", "/lines", {"order_id": "$1"}, needs=["1"])),
    "a list": (req("1", "GET", "/orders"), req("2", "POST", "/lines", {"order_id": "$1"}, needs=["1"])),
    "the key of a list": (req("1", "GET", "/orders"), req("2", "GET", "/orders/$1")),
    "no such member": (req("1", "POST", "/orders", {}), req("2", "POST", "/lines", {"order_id": "$1/nothing"}, needs=["1"])),
    "a member of nothing": (req("1", "POST", "/orders", {}, headers={"Prefer": "return=minimal"}),
                            req("2", "POST", "/lines", {"order_id": "$1/id"}, needs=["1"])),
}


@pytest.mark.parametrize("requests", NO_VALUES.values(), ids=NO_VALUES)
def test_a_reference_to_a_value_that_is_not_there(client, database, requests):
    order(database), order(database)
    got = batch(client, *requests)
    assert got["1"]["status"] in (200, 201) and got["2"]["status"] == 400
    assert "$1" in got["2"]["body"]["detail"]
    database.sql("DELETE FROM places WHERE a = 1")


@pytest.mark.parametrize("group", [None, "g"])
@pytest.mark.parametrize("second", [req("2", "POST", "/$1/lines", {}), req("2", "GET", "/orders", needs=["1"]),
                                    req("2", "POST", "/lines", {"order_id": "$1"}, needs=["1"]),
                                    req("2", "PATCH", "/orders/1", {}, headers={"If-Match": "$1"})],
                         ids=["url", "dependsOn", "body", "tag"])
def test_what_depends_on_a_failure_is_424(client, database, second, group):
    before = everything(database)
    got = batch(client, req("1", "POST", "/orders", {"n": -1}, group), second, Prefer="continue-on-error")
    assert statuses(got) == [400, 424]
    assert "request 1 (id 1)" in got["2"]["body"]["detail"].lower()
    assert everything(database) == before


def test_dependencies_on_a_group(client):
    got = batch(client, req("1", "POST", "/orders", {}, "g"), req("2", "POST", "/orders", {"n": -1}, "g"),
                req("3", "POST", "/orders", {}, needs=["g"]), req("4", "POST", "/orders", {}, "h"),
                req("5", "POST", "/orders", {}, needs=["h"]), Prefer="continue-on-error")
    assert statuses(got) == [424, 400, 424, 201, 201]


# ---- groups ----

FAILURES = {
    "a check": (400, req("x", "POST", "/orders", {"n": -1})),
    "a foreign key": (409, req("x", "POST", "/lines", {"order_id": 0})),
    "a stale tag": (412, req("x", "PATCH", "/codes/c", {"note": "z"}, headers={"If-Match": '"1.1.1"'})),
    "a missing condition": (428, req("x", "PATCH", "/codes/c", {"note": "z"})),
    "no such row": (404, req("x", "DELETE", "/codes/none", headers={"If-Match": "*"})),
    "no such row to read": (404, req("x", "GET", "/codes/none")),
    "no such resource": (404, req("x", "GET", "/nothing")),
    "no such column": (400, req("x", "PATCH", "/codes/c", {"nothing": 1}, headers={"If-Match": "*"})),
    "no such method": (501, req("x", "BREW", "/codes/c")),
    "a method that is not allowed": (405, req("x", "PUT", "/rpc/twice", {})),
    "a batch in a batch": (400, req("x", "POST", "/_batch", {"requests": []})),
    "an execution plan": (None, req("x", "GET", "/codes", headers={"Accept": "application/vnd.pgrst.plan"})),
    "a time zone": (None, req("x", "POST", "/orders", {}, headers={"Prefer": "timezone=Europe/Brussels"})),
    "a guard": (412, req("x", "GET", "/codes/c", headers={"If-Match": '"1.1.1"'})),
    "a guard by name": (412, req("x", "POST", "/orders", {}, headers={"Midair-If-Match": '</codes/c> "1.1.1"'})),
    "an unknown reference to a member": (400, req("x", "POST", "/lines", {"order_id": "$0/nothing"}, needs=["0"])),
}


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("status, failing", FAILURES.values(), ids=FAILURES)
def test_a_group_is_all_or_nothing(client, database, status, failing, where):
    database.sql("INSERT INTO codes VALUES ('c', 'as it was') ON CONFLICT DO NOTHING")
    before = everything(database)
    good = [req("0", "POST", "/orders", {"status": "0"}), req("1", "PATCH", "/codes/c", {"note": "1"}, headers={"If-Match": "*"})]
    if "needs" in failing or "dependsOn" in failing:
        where = max(where, 1)
    members = [dict(one, atomicityGroup="g") for one in good[:where] + [failing] + good[where:]]
    got = batch(client, *members)
    assert got["x"]["status"] == status or (status is None and got["x"]["status"] >= 400)
    assert {got["0"]["status"], got["1"]["status"]} == {424}
    assert "(id x)" in got["0"]["body"]["detail"] and "rolled back" in got["0"]["body"]["detail"]
    assert everything(database) == before


def test_what_one_request_made_the_next_one_finds(client, database):
    row = database.one("SELECT coalesce(max(id), 0) + 1000 FROM orders")
    got = batch(client, *[dict(one, atomicityGroup="g") for one in (
        req("1", "POST", "/orders", {"id": row}), req("2", "PATCH", f"/orders/{row}", {"n": 1}, headers={"If-Match": "*"}),
        req("3", "PUT", f"/orders/{row}", {"status": "put", "n": 2}, headers={"If-Match": "*"}),
        req("4", "POST", "/lines", {"order_id": row}), req("5", "GET", f"/orders/{row}"),
        req("6", "POST", "/rpc/add_order", {"status": "called"}), req("7", "GET", "/orders?status=eq.called"),
        req("8", "DELETE", f"/lines?order_id=eq.{row}", headers={"If-Match": "*"}),
        req("9", "PATCH", f"/papers/{row}", {"status": "by view"}, headers={"If-Match": "*"}))])
    assert statuses(got) == [201, 200, 200, 201, 200, 200, 200, 204, 200]
    assert got["5"]["body"]["n"] == 2 and len(got["7"]["body"]) == 1
    after = database.row("orders", id=row)
    assert (after["status"], after["version"]) == ("by view", 4)


def test_constraints_that_are_checked_at_the_commit(client, database):
    got = batch(client, req("1", "POST", "/later", {"id": 1, "up": 2}, "g"), req("2", "POST", "/later", {"id": 2, "up": 1}, "g"))
    assert statuses(got) == [201, 201]
    got = batch(client, req("1", "POST", "/later", {"id": 3, "up": 4}, "g"), req("2", "POST", "/later", {"id": 5}, "g"))
    assert statuses(got) == [409, 409]
    assert database.one("SELECT count(*) FROM later") == 2


def test_a_group_inside_a_group_can_fail_alone(client, database):
    mark = uuid.uuid4().hex
    got = batch(client,
                req("1", "POST", "/orders", {"status": mark + "1"}, "g"),
                req("2", "POST", "/orders", {"status": mark + "2"}, "g/try"),
                req("3", "POST", "/orders", {"status": mark + "3", "n": -1}, "g/try"),
                req("4", "POST", "/orders", {"status": mark + "4"}, "g"),
                req("5", "POST", "/orders", {"status": mark + "5"}, "g/other"),
                req("6", "PATCH", "/codes/none", {}, "g/stale", headers={"If-Match": "*"}),
                req("7", "GET", f"/orders?status=like.{mark}*&select=status&order=status", group="g"),
                req("8", "POST", "/orders", {}))
    assert statuses(got) == [201, 424, 400, 201, 201, 404, 200, 201]
    assert [row["status"] for row in got["7"]["body"]] == [mark + "1", mark + "4", mark + "5"]
    assert database.one("SELECT count(*) FROM orders WHERE status LIKE %s", mark + "%") == 3


def test_groups_inside_groups_go_with_those_around_them(client, database):
    before = everything(database)
    got = batch(client, req("1", "POST", "/orders", {}, "a/b/c"), req("2", "POST", "/orders", {}, "a/b"),
                req("3", "POST", "/orders", {"n": -1}, "a/b"), req("4", "POST", "/orders", {"n": -1}, "a"))
    assert statuses(got) == [424, 424, 400, 400]
    assert everything(database) == before


def test_a_request_that_needs_a_failed_inner_group_fails_the_group(client, database):
    before = everything(database)
    got = batch(client, req("1", "POST", "/orders", {}, "g"), req("2", "POST", "/orders", {"n": -1}, "g/try"),
                req("3", "POST", "/orders", {}, "g", ["2"]))
    assert statuses(got) == [424, 400, 424]
    assert everything(database) == before


# ---- guards and locks ----

def test_a_guard_holds_until_the_commit(client, database, server):
    """The guard and the write are one transaction: what is checked cannot change before the commit."""
    row, other = order(database), order(database)
    tag = client.tag(f"/orders/{row}")
    got = batch(client, req("1", "GET", f"/orders/{row}", group="g", headers={"If-Match": tag}),
                req("2", "PATCH", f"/orders/{other}", {"n": 1}, "g", headers={"If-Match": "*"}))
    assert statuses(got) == [200, 200]
    database.sql("UPDATE orders SET n = 5 WHERE id = %s", row)
    got = batch(client, req("1", "GET", f"/orders/{row}", group="g", headers={"If-Match": tag}),
                req("2", "PATCH", f"/orders/{other}", {"n": 2}, "g", headers={"If-Match": "*"}))
    assert statuses(got) == [412, 424]
    assert got["1"]["headers"]["ETag"] == client.tag(f"/orders/{row}")
    assert database.row("orders", id=other)["n"] == 1


def test_a_guard_over_a_tree(client, database):
    row, other = order(database), order(database)
    line = database.insert("lines", order_id=row, product="x")
    url = f"/orders/{row}?select=*,lines(*)"
    tag = client.tag(url)
    guarded = [req("1", "GET", url, group="g", headers={"If-Match": tag}),
               req("2", "PATCH", f"/orders/{other}", {"n": 1}, "g", headers={"If-Match": "*"})]
    assert statuses(batch(client, *guarded)) == [200, 200]
    database.sql("UPDATE lines SET quantity = 9 WHERE id = %s", line)
    assert statuses(batch(client, *guarded)) == [412, 424]


@pytest.mark.parametrize("lock, held, free", [("share", "FOR SHARE", True), ("share", "FOR UPDATE", False),
                                              ("update", "FOR KEY SHARE", False), ("update", "FOR SHARE", False)])
@pytest.mark.parametrize("url", ["/orders/{}", "/orders?id=eq.{}"])
def test_locks_wait_for_a_bounded_time(client, database, lock, held, free, url):
    row = order(database)
    with contextlib.closing(database.connect()) as holder:
        holder.autocommit = False
        holder.cursor().execute(f"SELECT 1 FROM orders WHERE id = {row} {held}")
        got = batch(client, req("1", "GET", url.format(row), group="g", lock=lock), req("2", "POST", "/orders", {}, "g"))
        holder.rollback()
    assert statuses(got) == ([200, 201] if free else [423, 424])
    if not free:
        assert int(got["1"]["headers"]["Retry-After"]) >= 1
    assert statuses(batch(client, req("1", "GET", url.format(row), group="g", lock=lock))) == [200]


@pytest.mark.concurrent
@pytest.mark.parametrize("how", ["locks", "tags", "serializable", "guards"])
def test_two_transfers_of_all_that_there_is(server, database, how):
    """Two clients move the same 100 at once: exactly one succeeds, and no money is made or lost."""
    bank = [order(database, n=100), order(database, n=0), order(database, n=0)]

    def transfer(number):
        source, target = bank[0], bank[1 + number]
        with server.client() as client:
            headers = {"If-Match": client.tag(f"/orders/{source}") if how in ("tags", "guards") else "*"}
            update = {"Content-Type": harness.UPDATE}
            begin = {"locks": [req("r", "GET", f"/orders/{source}", group="t", lock="update")],
                     "guards": [req("r", "GET", f"/orders/{source}", group="t", headers=headers)],
                     "serializable": [req("r", "GET", f"/orders/{source}", group="t", isolation="serializable")]}.get(how, [])
            got = batch(client, *begin,
                        req("d", "PATCH", f"/orders/{source}", {"$inc": {"n": -100}}, "t", headers={**update, **headers}),
                        req("c", "PATCH", f"/orders/{target}", {"$inc": {"n": 100}}, "t", headers={**update, "If-Match": "*"}))
            return got["c"]["status"]

    for _ in range(4):
        results = harness.race(2, transfer)
        balances = [database.row("orders", id=account)["n"] for account in bank]
        assert sorted(results)[0] == 200 and results.count(200) == 1, (results, balances)
        assert sum(balances) == 100 and balances[0] == 0
        database.sql("UPDATE orders SET n = CASE WHEN id = %s THEN 100 ELSE 0 END WHERE id = ANY(%s)", bank[0], bank)


@pytest.mark.concurrent
def test_groups_that_lock_in_opposite_orders_do_not_fail(server, database):
    rows = [order(database) for _ in range(4)]

    def add(number):
        ids = rows if number % 2 else rows[::-1]
        with server.client() as client:
            for _ in range(10):
                got = batch(client, *[req(str(i), "PATCH", f"/orders/{row}", {"$inc": {"n": 1}}, "g",
                                          headers={"Content-Type": harness.UPDATE, "If-Match": "*"})
                                      for i, row in enumerate(ids)])
                assert statuses(got) == [200] * 4, got

    harness.race(4, add)
    assert [database.row("orders", id=row)["n"] for row in rows] == [40] * 4


@pytest.mark.parametrize("level", ["read-committed", "repeatable-read", "serializable"])
def test_isolation(client, database, level):
    got = batch(client, req("1", "POST", "/orders", {"status": "i"}, "g", isolation=level), req("2", "GET", "/orders/$1", group="g"))
    assert statuses(got) == [201, 200]


# ---- dry runs and keys ----

def test_dry_runs(create, start):
    database = create(SCHEMA, stamped=["orders", "lines"])
    client = start(database, settings={"tx_end": "commit-allow-override"}).client()
    for group in (None, "g"):
        answer = send(client, req("1", "POST", "/orders", {}, group), req("2", "POST", "/lines", {"order_id": "$1"}, group, ["1"]),
                      Prefer="tx=rollback")
        listed = answer.json()["responses"]
        assert [one["status"] for one in listed] == ([201, 409] if group is None else [201, 201]), listed
        assert answer.get("Preference-Applied") == "tx=rollback"
    assert database.one("SELECT count(*) FROM orders") == 0
    batch(client, req("1", "POST", "/orders", {}, "g"))
    assert database.one("SELECT count(*) FROM orders") == 1


def test_log_sql_shows_the_statements_in_order(create, start):
    database = create(SCHEMA, stamped=["orders", "lines"])
    server = start(database, settings={"log_sql": "on"})
    batch(server.client(), req("1", "POST", "/orders", {}, "g"), req("2", "POST", "/orders", {"n": -1}, "g/try"),
          req("3", "POST", "/orders", {}, "g"))
    log = server.log()
    log = log[log.index("BEGIN"):]
    words = ["BEGIN", "INSERT", "SAVEPOINT midair_1", "INSERT", "ROLLBACK TO SAVEPOINT midair_1", "RELEASE SAVEPOINT midair_1",
             "INSERT", "COMMIT"]
    at = 0
    for word in words:
        at = log.index(word, at) + len(word)


def test_a_batch_under_a_key_happens_once(client, database):
    once = {"Idempotency-Key": str(uuid.uuid4())}
    requests = [req("1", "POST", "/orders", {"status": "key"}, "g"), req("2", "POST", "/lines", {"order_id": "$1"}, "g", ["1"]),
                req("3", "POST", "/orders", {"n": -1}, "g/inner")]
    first = send(client, *requests, headers=once).expect(200)
    after = everything(database)
    again = send(client, *requests, headers=once).expect(200)
    assert again.get("Idempotent-Replayed") == "true" and again.body == first.body
    assert everything(database) == after
    assert send(client, *requests[:2], headers=once).problem(422)["code"] == "idempotency-key-reused"
    assert [one["status"] for one in first.json()["responses"]] == [201, 201, 400]


def test_a_batch_that_failed_leaves_its_key_free(client, database):
    once = {"Idempotency-Key": str(uuid.uuid4())}
    name = uuid.uuid4().hex
    requests = [req("1", "POST", "/codes", {"code": name}, "g"), req("2", "GET", f"/codes/{name}2", group="g")]
    assert statuses(batch(client, *requests, headers=once)) == [424, 404]
    database.sql("INSERT INTO codes VALUES (%s)", name + "2")
    assert statuses(batch(client, *requests, headers=once)) == [201, 200]


def test_keys_of_single_requests(client, database):
    once = {"Idempotency-Key": str(uuid.uuid4())}
    got = batch(client, req("1", "POST", "/orders", {}, headers=once), req("2", "POST", "/orders", {}, headers=once))
    assert statuses(got) == [201, 201] and got["1"]["body"] == got["2"]["body"]
    assert got["2"]["headers"]["Idempotent-Replayed"] == "true"
