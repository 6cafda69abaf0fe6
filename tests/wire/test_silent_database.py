"""docs/http.md section 9: a PostgreSQL that is there but says nothing, a failover away from it, and a standby that does not
confirm."""

import contextlib
import os
import pathlib
import signal
import threading
import time

import pytest

import midair as harness
from midair import Midair, eventually, race
from midair.postgres import own, pg_bin

DOORS = {"shared": {"lane_threshold": 1}, "own": {"lanes": 0}, "unprepared": {"prepare": "off"}}
doors = pytest.mark.parametrize("door", DOORS)
JSON_PATCH = "application/json-patch+json"
NOTE = [{"op": "replace", "path": "/note", "value": "x"}]


def processes(postgres):
    """The server's process and its children."""
    server = int(pathlib.Path(postgres.data, "postmaster.pid").read_text().split()[0])
    found = [server]
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == server:
                found.append(int(stat.parent.name))
    return found


def send(postgres, number):
    for process in processes(postgres):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, number)


@contextlib.contextmanager
def silent(postgres):
    send(postgres, signal.SIGSTOP)
    try:
        yield
    finally:
        send(postgres, signal.SIGCONT)


@pytest.fixture(scope="module")
def cluster():
    with harness.Postgres(wal_level="replica", max_wal_senders=5, hot_standby="on") as postgres:
        yield postgres


@pytest.fixture
def database(fresh_database):
    return fresh_database


# A server that is stopped


@doors
def test_requests_to_a_silent_server_end_by_their_deadline(cluster, database, start, door):
    server = start(database, settings={**DOORS[door], "statement_timeout": "700ms", "pool_timeout": "700ms",
                                       "connect_timeout": "700ms"})
    with server.client() as client, silent(cluster):
        for _ in range(3):
            assert client.get("/orders/1").status in (503, 504)
            assert client.patch("/orders/2", {"note": "x"}, if_match="*").status in (503, 504)
            client.get("/_ready").expect(503)
            client.get("/_live").expect(200)
    with server.client() as client:
        eventually(lambda: client.patch("/orders/1", {"note": "y"}, if_match="*").status == 200, timeout=5)
        client.get("/orders/1").expect(200)
        client.get("/_ready").expect(200)


@pytest.mark.concurrent
@doors
@pytest.mark.parametrize("busy", ["waiting", "idle", "reloading"])
def test_sigterm_ends_within_drain_timeout_though_the_server_is_silent(cluster, database, door, busy):
    settings = {**DOORS[door], "statement_timeout": "60s", "connect_timeout": "60s", "pool_timeout": "60s"}
    server = Midair(database, settings=settings, server={"drain_timeout": "1s"})
    with server, server.client() as client:
        client.get("/orders/1").expect(200)
        with silent(cluster):
            threads = []
            if busy == "waiting":
                threads = [threading.Thread(target=ask, args=(server, i), daemon=True) for i in range(6)]
                for thread in threads:
                    thread.start()
                eventually(lambda: in_flight(server) >= 6)
            if busy == "reloading":
                server.hup()
                time.sleep(0.3)
            begin = time.monotonic()
            server.stop()
            took = time.monotonic() - begin
            for thread in threads:
                thread.join(10)
        assert took < 4 * (4 if harness.sanitizer() else 1), took


def ask(server, i):
    with contextlib.suppress(Exception), server.client() as client:
        if i % 2:
            client.get("/orders/1")
        else:
            client.patch("/orders/2", NOTE, type=JSON_PATCH, if_match="*")


def in_flight(server):
    with server.client() as client:
        text = client.get("/_metrics").text
    return int(next(line for line in text.splitlines() if line.startswith("midair_requests_in_flight ")).split()[1])


# Failover


class Standby(harness.Postgres):
    """A copy of a primary that follows it."""

    def __init__(self, primary):
        super().__init__()
        self.primary = primary

    def __enter__(self):
        self._call([pg_bin("pg_basebackup"), "-h", self.primary.folder, "-U", "postgres", "-D", self.data, "-R",
                    "--checkpoint=fast", "--no-sync"])
        with open(os.path.join(self.data, "postgresql.auto.conf"), "a", encoding="utf-8") as conf:
            conf.write(f"unix_socket_directories = '{self.folder}'\n")
        own(os.path.join(self.data, "postgresql.auto.conf"))
        self.start()
        return self

    def promote(self):
        self._call([pg_bin("pg_ctl"), "-D", self.data, "-w", "-t", "30", "promote"])


@pytest.fixture
def pair():
    """A primary with the sample database, and its standby."""
    with harness.Postgres(wal_level="replica", max_wal_senders=5) as primary:
        database = harness.create(primary, like=harness.SHOP)
        with Standby(primary) as standby:
            yield primary, standby, database
        database.close()


def hosts(database, *servers):
    return (f"host={','.join(server.folder for server in servers)} dbname={database.name} user=postgres "
            "target_session_attrs=read-write")


def write(server, row):
    with server.client(timeout=10) as client:
        return client.patch(f"/orders/{row}", {"note": "x"}, if_match="*").status


@pytest.mark.concurrent
@doors
def test_service_is_back_soon_after_a_failover_away_from_a_silent_primary(pair, door):
    primary, standby, database = pair
    url = hosts(database, primary, standby)
    limit = 3 * (4 if harness.sanitizer() else 1)
    with Midair(database, url=url, settings=DOORS[door], server={"drain_timeout": "2s"}) as server:
        assert race(8, lambda i: write(server, i + 1)) == [200] * 8
        with silent(primary):
            standby.promote()
            promoted = time.monotonic()
            eventually(lambda: race(8, lambda i: write(server, i + 1)) == [200] * 8, timeout=20)
            took = time.monotonic() - promoted
            assert took < limit, took
            with server.client() as client:
                client.get("/_ready").expect(200)
                client.get("/orders?limit=3").expect(200)
            # A midair that starts now finds the silent host first.
            begin = time.monotonic()
            with Midair(database, url=url, settings=DOORS[door]) as fresh:
                assert write(fresh, 1) == 200
                assert time.monotonic() - begin < 2 * limit
            begin = time.monotonic()
            server.stop()
            assert time.monotonic() - begin < 2 * limit


def test_readiness_alone_finds_the_new_primary(pair):
    """A load balancer that sends nothing but /_ready must not keep midair away from it."""
    primary, standby, database = pair
    with Midair(database, url=hosts(database, primary, standby)) as server, server.client(timeout=10) as client:
        with silent(primary):
            standby.promote()
            eventually(lambda: client.get("/_ready").status == 200, timeout=10)


# Synchronous replication

WRITES = {
    "merge patch": lambda client: client.patch("/orders/1", {"note": "x"}, if_match="*"),
    "JSON Patch": lambda client: client.patch("/orders/1", NOTE, type=JSON_PATCH, if_match="*"),
    "by filter": lambda client: client.patch("/orders?id=eq.1", {"note": "x"}, if_match="*"),
}


@doors
@pytest.mark.parametrize("write", WRITES)
def test_a_commit_that_the_standby_does_not_confirm_is_outcome_unknown(cluster, database, start, door, write):
    server = start(database, settings={**DOORS[door], "statement_timeout": "1500ms"})
    database.sql(f"ALTER DATABASE {database.name} SET synchronous_commit = on")
    with server.client() as client:
        client.get("/orders/1").expect(200)
    with contextlib.closing(cluster.connect()) as admin, admin.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid() "
                       "AND application_name = 'midair'", (database.name,))
        cursor.execute("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        cursor.execute("SELECT pg_reload_conf()")
        try:
            eventually(lambda: setting(cluster) == "nobody")
            with server.client() as client:
                eventually(lambda: client.get("/orders/1").status == 200)
                problem = WRITES[write](client).problem(503)
                assert problem["type"].endswith(":outcome-unknown"), problem
                assert "standby" in problem["detail"]
                client.get("/orders/1").expect(200)
        finally:
            cursor.execute("SET synchronous_commit = local")
            cursor.execute("ALTER SYSTEM RESET synchronous_standby_names")
            cursor.execute("SELECT pg_reload_conf()")
    eventually(lambda: setting(cluster) == "")
    assert database.row("orders", id=1)["version"] == 2
    with server.client() as client:
        eventually(lambda: WRITES[write](client).status in (200, 204))


def setting(cluster):
    with contextlib.closing(cluster.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_standby_names")
        return cursor.fetchone()[0]
