"""docs/http.md section 9: a write that is committed is never answered as if it had not been made, however large what it
would show is; and a precondition is judged whatever the size of the row."""

import re
import threading

import pytest

from midair import PATCH, SHOP, UPDATE, create, eventually, sanitizer

LARGE = 300_000  # bytes of a row that no request can show: request_memory is less


@pytest.fixture(scope="module")
def config():
    return {"server": {"request_memory": "64k", "gzip_min": "1k"}}


FILL = ("CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN NEW.note := repeat('y', {LARGE}); RETURN NEW; END $$;"
        "CREATE TRIGGER a_fill BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION fill()")
FUNCTIONS = ("CREATE FUNCTION grow(key bigint) RETURNS text LANGUAGE sql VOLATILE AS $$ UPDATE orders SET count = 77 WHERE id = key;"
             f" SELECT repeat('x', {LARGE}) $$;"
             "CREATE FUNCTION grow_rows(key bigint) RETURNS SETOF orders LANGUAGE sql VOLATILE AS "
             "$$ UPDATE orders SET count = 77 WHERE id = key RETURNING * $$")


@pytest.fixture(scope="module")
def database(cluster):
    made = create(cluster, FUNCTIONS, like=SHOP)
    yield made
    made.close()


@pytest.fixture
def large(database):
    """The key and tag of a row that is too large to be shown."""
    key = database.insert("orders", count=1)
    database.sql("UPDATE orders SET note = repeat('x', %s) WHERE id = %s", LARGE, key)
    return key


def tag_of(client, key):
    """The tag of a row that cannot be shown: a write that shows nothing tells it."""
    return client.get(f"/orders/{key}?select=id").expect(200).etag


WRITES = {
    "PATCH": lambda c, k, **f: c.patch(f"/orders/{k}", {"count": 77}, **f),
    "PATCH that wants the row": lambda c, k, **f: c.patch(f"/orders/{k}", {"count": 77}, prefer="return=representation", **f),
    "PATCH, gzip": lambda c, k, **f: c.patch(f"/orders/{k}", {"count": 77}, accept_encoding="gzip", **f),
    "JSON Patch": lambda c, k, **f: c.patch(f"/orders/{k}", [{"op": "replace", "path": "/count", "value": 77}], type=PATCH, **f),
    "update operator": lambda c, k, **f: c.patch(f"/orders/{k}", {"$inc": {"count": 76}}, type=UPDATE, **f),
    "PATCH by filter": lambda c, k, **f: c.patch(f"/orders?id=eq.{k}", {"count": 77}, prefer="return=representation", **f),
    "PATCH of an array": lambda c, k, **f: c.patch("/orders", [{"id": k, "count": 77}], prefer="return=representation", **f),
    "PATCH of a part of the row": lambda c, k, **f: c.patch(f"/orders/{k}?select=note", {"count": 77}, **f),
    "PATCH as CSV": lambda c, k, **f: c.patch(f"/orders?id=eq.{k}", {"count": 77}, accept="text/csv", **f),
}


@pytest.mark.parametrize("label", sorted(set(WRITES) - {"JSON Patch"}))
def test_a_write_of_a_row_that_cannot_be_shown_stands_and_says_so(client, database, large, label):
    answer = WRITES[label](client, large, if_match="*").expect(204)
    assert answer.body == b"" and "return=minimal" in answer.members("Preference-Applied")
    assert database.row("orders", id=large)["count"] == 77
    if "filter" not in label and "array" not in label and "CSV" not in label:
        client.patch(f"/orders/{large}", {"count": 78}, if_match=answer.etag, prefer="return=minimal").expect(204)
        assert database.row("orders", id=large)["count"] == 78, "the tag is that of the row as it is now"


def test_json_patch_of_a_row_that_is_too_large_for_it_changes_nothing(client, database, large):
    before = database.row("orders", id=large)
    WRITES["JSON Patch"](client, large, if_match="*").problem(422)
    assert database.row("orders", id=large) == before


@pytest.mark.parametrize("label", WRITES)
def test_a_stale_tag_on_a_row_that_cannot_be_shown_is_412(client, database, large, label):
    before = database.row("orders", id=large)
    problem = WRITES[label](client, large, if_match='"stale"').problem(412)
    assert "current" not in problem or problem["current"] is not None, "null would say that there is no such row"
    assert database.row("orders", id=large) == before


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("encoding", [None, "gzip"])
def test_conditions_of_reads_do_not_depend_on_the_size(client, large, method, encoding):
    tag = tag_of(client, large)
    state = tag.split("~")[0].rstrip('"') + '"'
    client.request(method, f"/orders/{large}", if_match='"stale"', accept_encoding=encoding).expect(412)
    answer = client.request(method, f"/orders/{large}", if_none_match="*", accept_encoding=encoding).expect(304)
    assert answer.body == b"" and answer.etag
    client.request(method, f"/orders/{large}", if_none_match=state).expect(304)
    client.request(method, f"/orders/{large}", accept_encoding=encoding).expect(413)


def test_delete_that_cannot_show_what_it_deleted(client, database, large):
    answer = client.delete(f"/orders/{large}", if_match="*", prefer="return=representation").expect(204)
    assert "return=minimal" in answer.members("Preference-Applied") and answer.body == b""
    assert database.row("orders", id=large) is None


@pytest.mark.parametrize("dialect", ["midair", "postgrest"])
def test_post_of_a_row_that_grows(cluster, start, dialect):
    made = create(cluster, FILL, like=SHOP)
    with start(made, server={"request_memory": "64k", "dialect": dialect}).client() as own:
        before = made.one("SELECT count(*) FROM orders")
        answer = own.post("/orders", {"count": 3}, prefer="return=representation").expect(201)
        assert answer.body == b"" and answer.get("Location")
        assert "return=minimal" in answer.members("Preference-Applied")
        own.post("/orders", [{"count": 3}, {"count": 4}], prefer="return=representation").expect(201)
        own.put("/orders/9000001", {"count": 5}, if_none_match="*", prefer="return=representation").expect(201)
        assert made.one("SELECT count(*) FROM orders") == before + 4


@pytest.mark.parametrize("target", ["/rpc/grow", "/rpc/grow_rows"])
def test_a_function_that_wrote_and_whose_result_cannot_be_shown(client, database, large, target):
    answer = client.post(target, {"key": large}).expect(204)
    assert answer.body == b"" and "return=minimal" in answer.members("Preference-Applied")
    assert database.row("orders", id=large)["count"] == 77


def test_what_was_rolled_back_may_be_413(start, database, large):
    with start(database, server={"request_memory": "64k"}, settings={"tx_end": "commit-allow-override"}).client() as own:
        own.patch(f"/orders/{large}", {"count": 77}, if_match="*", prefer="tx=rollback").expect(204, 413)
        assert database.row("orders", id=large)["count"] == 1


@pytest.mark.parametrize("size", [1, 5_000, 10_000, 15_000, 20_000, 25_000, 30_000, 40_000, 50_000, 64_000, 80_000, 200_000])
@pytest.mark.parametrize("method", ["PATCH", "PUT", "POST"])
def test_413_means_that_nothing_was_changed(client, database, method, size):
    """The content and the row grow past the limit together: wherever it is met, the answer tells the truth."""
    note = "z" * size
    if method == "POST":
        before = database.one("SELECT count(*) FROM orders")
        answer = client.post("/orders", {"note": note}).expect(201, 413)
        assert database.one("SELECT count(*) FROM orders") == before + (answer.status == 201)
        return
    key = database.insert("orders", note="as it was")
    answer = client.request(method, f"/orders/{key}", {"note": note}, if_match="*").expect(200, 204, 413)
    assert database.row("orders", id=key)["note"] == ("as it was" if answer.status == 413 else note)


# What PostgreSQL sends is counted while it arrives

MIB = 1 << 20


@pytest.fixture(scope="module")
def heavy(cluster):
    """700 rows of 1 MB each."""
    made = create(cluster, f"CREATE TABLE heavy (id int PRIMARY KEY, pad text); INSERT INTO heavy SELECT g, repeat('x', {MIB}) "
                  "FROM generate_series(1, 700) g", like=SHOP)
    yield made
    made.close()


def status_of(server, name):
    """A value of /proc/PID/status in MiB."""
    text = open(f"/proc/{server.process.pid}/status", encoding="ascii").read()
    return int(re.search(rf"^{name}:\s+(\d+) kB", text, re.M).group(1)) // 1024


@pytest.mark.concurrent
@pytest.mark.parametrize("front", ["civetweb", "loop"])
@pytest.mark.parametrize("lanes", [1, 0], ids=["shared connections", "own connections"])
def test_lists_that_are_too_large_hold_little_memory(heavy, start, front, lanes):
    server = start(heavy, server={"front": front}, settings={"lanes": lanes, "lane_threshold": 1, "statement_timeout": "5m"})
    statuses, whole, served, done = [], [], [], threading.Event()

    def ask():
        with server.raw(timeout=240) as raw:  # the lists wait for each other
            raw.send(b"GET /heavy?order=id&limit=100 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            first, last, length = raw.socket.recv(4096), b"", 0
            while part := raw.socket.recv(1 << 20):
                last, length = (last + part)[-16:], length + len(part)
            statuses.append(int(first.split(b" ")[1]))
            whole.append(statuses[-1] == 503 or (last.endswith(b"]\r\n0\r\n\r\n") and length > 100 * MIB))

    def honest():
        with server.client() as own:
            while not done.is_set():
                served.append(own.get("/orders/1").status)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    other = threading.Thread(target=honest)
    other.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    other.join()
    assert len(statuses) == 8 and set(statuses) <= {200, 503} and 200 in statuses and all(whole)
    assert served and set(served) == {200}
    if not sanitizer():
        assert status_of(server, "VmHWM") < 400
        eventually(lambda: status_of(server, "VmRSS") < 150)
    with server.client() as own:
        assert len(own.get("/heavy?limit=10&order=id").expect(200).body) > 10 * MIB


def test_past_the_memory_of_all_requests_the_answer_is_503(heavy, start):
    server = start(heavy, server={"memory": "20m"})
    with server.client() as own:
        for rows in (25, 8):  # too much for what PostgreSQL sends, and for that together with what is made of it
            answer = own.get(f"/heavy?limit={rows}&order=id")
            assert answer.problem(503)["code"] == "memory-short" and answer.get("Retry-After")
        own.get("/orders/1").expect(200)
        own.patch("/orders/1", {"note": "x"}, if_match="*").expect(200)
        assert len(own.get("/heavy?limit=2&order=id").expect(200).body) > 2 * MIB


def test_a_limit_on_the_address_space_is_noticed_at_the_start(heavy, start):
    if sanitizer():
        pytest.skip("a sanitizer needs all of the address space")
    server = start(heavy, wrapper=["prlimit", f"--as={2048 * MIB}"])
    assert "event=memory_limited" in server.log() and "all requests together may hold 1024 MB" in server.log()
    with server.client() as own:
        own.get("/orders/1").expect(200)


def test_a_write_that_returns_too_much_is_rolled_back(heavy, start):
    with start(heavy, server={"request_memory": "8m"}).client() as own:
        before = heavy.one("SELECT count(DISTINCT xmin::text) FROM heavy")
        answer = own.delete("/heavy?id=lte.20", if_match="*", prefer="return=representation").expect(204, 413)
        kept = heavy.one("SELECT count(*) FROM heavy WHERE id <= 20")
        assert kept == (20 if answer.status == 413 else 0)
        assert heavy.one("SELECT count(DISTINCT xmin::text) FROM heavy") == before
