"""docs/http.md section 9: rows that somebody else has locked, and what waits for them."""

import contextlib
import re
import socket
import threading
import time

import pytest

from midair import PATCH, eventually

# How statements reach the database: on connections that are shared, on one for each request, and as behind PgBouncer.
DOORS = {"shared": {"lane_threshold": 1}, "own": {"lanes": 0}, "unprepared": {"prepare": "off"}}
doors = pytest.mark.parametrize("door", DOORS)

JSON_PATCH = "application/json-patch+json"
NOTE = [{"op": "replace", "path": "/note", "value": "x"}]
# Writes of order 1, by one statement and in transactions.
WRITES = {
    "merge patch": lambda client: client.patch("/orders/1", {"note": "x"}, if_match="*"),
    "JSON Patch": lambda client: client.patch("/orders/1", NOTE, type=JSON_PATCH, if_match="*"),
    "by filter": lambda client: client.patch("/orders?id=eq.1", {"note": "x"}, if_match="*"),
    "DELETE": lambda client: client.delete("/orders/1", if_match="*"),
}
writes = pytest.mark.parametrize("write", WRITES)


@pytest.fixture
def database(fresh_database):
    return fresh_database


@contextlib.contextmanager
def held(database, table="orders"):
    """Order 1 is locked by somebody else."""
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = 1 FOR UPDATE")
        yield
        cursor.execute("ROLLBACK")


class Crowd:
    """Clients that all send the same write; `answered` grows as they get their answers."""

    def __init__(self, server, count, write):
        self.answers = []
        self.threads = [threading.Thread(target=self._send, args=(server, write), daemon=True) for _ in range(count)]
        for thread in self.threads:
            thread.start()

    def _send(self, server, write):
        with server.client() as own:
            self.answers.append(write(own))

    def join(self):
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive()
        return self.answers


def waiting(database):
    return database.one("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                        "AND wait_event_type = 'Lock'")


@doors
@writes
def test_writers_of_a_held_row_leave_connections_to_everybody_else(database, start, door, write):
    """They are many more than connections; all others are served while they wait, and then they go on themselves."""
    server = start(database, settings={**DOORS[door], "pool_size": 8, "lock_timeout": "90s", "statement_timeout": "90s"})
    with held(database), server.client() as client:
        crowd = Crowd(server, 24, WRITES[write])
        eventually(lambda: waiting(database) > 0)
        for i in range(2, 14):
            client.get("/orders?limit=2").expect(200)
            client.get(f"/orders/{i}?select=*,items(*)").expect(200)
            client.patch(f"/orders/{i}", {"note": "free"}, if_match="*").expect(200)
            client.patch(f"/orders/{i}", NOTE, type=JSON_PATCH, if_match="*").expect(200)
            client.get("/_ready").expect(200)
        assert not crowd.answers, "others had to wait until these had given up"
        assert database.row("orders", id=1)["version"] == 1
    assert {answer.status for answer in crowd.join()} <= {200, 204, 404, 412}


@doors
@writes
def test_a_held_row_is_423_after_lock_timeout_and_not_504_after_statement_timeout(database, start, door, write):
    server = start(database, settings={**DOORS[door], "lock_timeout": "300ms", "statement_timeout": "30s"})
    with held(database), server.client() as client:
        problem = WRITES[write](client).problem(423)
        assert problem["type"].endswith(":locked")


@doors
@writes
def test_a_row_that_gets_free_in_time_is_written(database, start, door, write):
    server = start(database, settings={**DOORS[door], "pool_size": 4, "lock_timeout": "20s", "statement_timeout": "30s"})
    with held(database):
        crowd = Crowd(server, 6, WRITES[write])
        eventually(lambda: waiting(database) > 0)
    statuses = sorted(answer.status for answer in crowd.join())
    if write == "DELETE":
        assert statuses[0] in (200, 204) and set(statuses[1:]) <= {404, 412}, statuses
    else:
        assert set(statuses) <= {200, 204}, statuses
        assert database.row("orders", id=1)["version"] == 7


@doors
def test_without_lock_timeout_the_deadline_of_the_request_ends_the_wait(database, start, door):
    server = start(database, settings={**DOORS[door], "lock_timeout": "0s", "statement_timeout": "700ms"})
    with held(database), server.client() as client:
        WRITES["JSON Patch"](client).problem(504)
        WRITES["merge patch"](client).problem(504)
    with server.client() as client:
        WRITES["JSON Patch"](client).expect(200)


@pytest.mark.parametrize("released", [1, 2])
def test_lock_timeout_counts_once_for_all_rows_of_a_request(database, start, released):
    """Both rows are held, each by a session of its own; the one that is waited for first gets free shortly before the end."""
    server = start(database, settings={"lock_timeout": "4s", "statement_timeout": "30s"})
    with contextlib.ExitStack() as stack, server.client() as client:
        tag = client.tag("/orders/2")
        holders = {}
        for row in (1, 2):
            holders[row] = stack.enter_context(contextlib.closing(database.connect())).cursor()
            holders[row].execute("BEGIN")
            holders[row].execute("SELECT 1 FROM orders WHERE id = %s FOR UPDATE", (row,))
        timer = threading.Timer(3, holders[released].execute, ["ROLLBACK"])
        timer.start()
        begin = time.monotonic()
        answer = client.patch("/orders/1", {"note": "x"}, if_match="*", headers=[("Midair-If-Match", f"</orders/2> {tag}")])
        took = time.monotonic() - begin
        timer.join()
        answer.problem(423)
        assert took < 6, took


@doors
def test_a_locked_table_holds_up_few_readers_of_other_tables(database, start, door):
    """ALTER TABLE and its like lock reads out as well."""
    server = start(database, settings={**DOORS[door], "pool_size": 8, "lock_timeout": "4s"})
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor, server.client() as client:
        cursor.execute("BEGIN; LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        crowd = Crowd(server, 24, lambda own: own.get("/orders?limit=2&select=*,items(*)"))
        eventually(lambda: waiting(database) > 0)
        for _ in range(10):
            client.get("/customers?limit=2").expect(200)
            client.get("/_ready").expect(200)
        assert not crowd.answers
        cursor.execute("ROLLBACK")
        assert {answer.status for answer in crowd.join()} == {200}


# Clients that go away


def gone(server, request):
    """Sends a request and closes the connection without waiting for the answer."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.sendall(request.encode())
    return connection


REQUEST = ("PATCH /orders/1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nIf-Match: *\r\nContent-Type: {type}\r\nContent-Length: {length}"
           "\r\n\r\n{content}")
SENT = {"by one statement": ("application/merge-patch+json", '{"note":"gone"}'),
        "in a transaction": (JSON_PATCH, '[{"op":"replace","path":"/note","value":"gone"}]')}


@doors
@pytest.mark.parametrize("how", SENT)
@pytest.mark.parametrize("end", ["close", "reset"])
def test_a_write_whose_client_has_gone_is_cancelled(database, start, door, how, end):
    server = start(database, settings={**DOORS[door], "lock_timeout": "0s", "statement_timeout": "60s"})
    kind, content = SENT[how]
    with held(database):
        connection = gone(server, REQUEST.format(type=kind, length=len(content), content=content, port=server.port))
        eventually(lambda: waiting(database) == 1)
        if end == "reset":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        connection.close()
        line = eventually(lambda: re.search(r"event=request .*method=PATCH.* status=(\d+)", server.log()), timeout=5)
        assert line.group(1) == "499", server.log()
        assert waiting(database) == 0
    assert database.row("orders", id=1)["version"] == 1


@doors
def test_a_read_whose_client_has_gone_is_cancelled(database, start, door):
    database.sql("CREATE VIEW slow AS SELECT 1 AS id, pg_sleep(60)::text AS nap")
    server = start(database, settings={**DOORS[door], "statement_timeout": "60s"})
    asleep = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    connection = gone(server, f"GET /slow HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n")
    eventually(lambda: database.one(asleep) == 1)
    connection.close()
    eventually(lambda: database.one(asleep) == 0, timeout=5)


@doors
def test_clients_that_have_gone_do_not_take_the_others_with_them(database, start, door):
    server = start(database, settings={**DOORS[door], "lock_timeout": "20s", "statement_timeout": "30s"})
    kind, content = SENT["by one statement"]
    with held(database):
        left = [gone(server, REQUEST.format(type=kind, length=len(content), content=content, port=server.port))
                for _ in range(6)]
        crowd = Crowd(server, 6, WRITES["merge patch"])
        eventually(lambda: waiting(database) > 0)
        for connection in left:
            connection.close()
        eventually(lambda: server.log().count("status=499") == 6)
    assert {answer.status for answer in crowd.join()} == {200}
    assert database.row("orders", id=1)["version"] == 7
