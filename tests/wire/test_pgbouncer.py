"""midair works through PgBouncer in transaction mode with prepare = off."""

import os
import signal
import subprocess
import threading

import pytest

import midair as harness
from midair import PATCH, UPDATE, race

pytestmark = pytest.mark.concurrent


class PgBouncer:
    """A PgBouncer of its own before the cluster, in transaction mode, with three server connections."""

    def __init__(self, postgres):
        self.postgres, self.process = postgres, None
        self.port = harness.free_port()
        self.folder = os.path.join(postgres.folder, f"bouncer{self.port}")

    def __enter__(self):
        os.mkdir(self.folder, 0o755)
        harness.own(self.folder)
        users = os.path.join(self.folder, "users")
        config = os.path.join(self.folder, "pgbouncer.ini")
        with open(users, "w", encoding="utf-8") as file:
            file.write('"postgres" ""\n')
        with open(config, "w", encoding="utf-8") as file:
            file.write("[databases]\n"
                       f"* = host={self.postgres.folder} port=5432\n"
                       "[pgbouncer]\n"
                       f"listen_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
                       f"auth_type = trust\nauth_file = {users}\n"
                       "pool_mode = transaction\ndefault_pool_size = 3\nmax_client_conn = 200\nserver_reset_query_always = 0\n"
                       "ignore_startup_parameters = extra_float_digits\n")
        for path in (users, config):
            harness.own(path)
        binary = next(p for p in ("/usr/sbin/pgbouncer", "/usr/bin/pgbouncer") if os.path.exists(p))
        self.log = open(os.path.join(self.folder, "log"), "wb")
        self.process = subprocess.Popen(harness.as_ordinary([binary, config]), stdin=subprocess.DEVNULL, stdout=self.log,
                                        stderr=self.log, cwd="/", env=harness.clean_environment())
        harness.eventually(lambda: harness.Connection(self.port).close() is None)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()

    def url(self, database):
        return f"host=127.0.0.1 port={self.port} dbname={database} user=postgres"


@pytest.fixture(scope="module")
def bouncer(cluster):
    with PgBouncer(cluster) as running:
        yield running


@pytest.fixture
def own_bouncer(cluster):
    """For tests that cancel statements, which PgBouncer 1.18 may not survive."""
    with PgBouncer(cluster) as running:
        yield running


@pytest.fixture(scope="module")
def database(cluster):
    made = harness.create(cluster, like=harness.SHOP)
    made.sql(f"ALTER DATABASE {made.name} SET timezone = 'America/New_York'")
    made.close()
    yield made
    made.close()


@pytest.fixture(scope="module")
def config(bouncer, database):
    return {"url": bouncer.url(database.name), "settings": {"prepare": "off"}}


def test_all_methods(client):
    made = client.post("/orders", {"note": "a"}).expect(201)
    url = made.get("Location")
    client.get(url, if_none_match=made.etag).expect(304)
    second = client.patch(url, {"note": "b"}, if_match=made.etag).expect(200)
    client.patch(url, {"note": "c"}, if_match=made.etag).problem(412)
    third = client.put(url, {"note": "d"}, if_match=second.etag).expect(200)
    client.patch(url, [{"op": "replace", "path": "/note", "value": "e"}], type=PATCH, if_match=third.etag).expect(200)
    client.patch(url, {"$inc": {"count": 2}}, type=UPDATE, if_match="*").expect(200)
    assert client.get(f"/orders?id=eq.{made.json()['id']}").expect(200).json()[0]["count"] == 2
    client.delete(url, if_match="*").expect(204)


def test_transactions(client, database):
    client.post("/orders", [{"note": "t"}, {"note": "t", "count": 1}]).expect(201)
    client.patch("/orders?note=eq.t", {"note": "u"}, if_match="*").expect(200)
    before = database.one("SELECT count(*) FROM orders")
    client.post("/orders", [{"note": "v"}, {"total": -1}]).problem(400)
    assert database.one("SELECT count(*) FROM orders") == before


def test_settings_of_a_session_hold_on_every_server_connection(client, server):
    """Whatever connection a transaction gets, moments are shown in UTC."""
    def read(i):
        with server.client() as own:
            return [own.get(f"/orders/{1 + (i + j) % 50}").expect(200).json()["created"] for j in range(20)]

    for moments in race(8, read):
        assert all(m.endswith("+00:00") for m in moments)
    assert client.get("/orders/1").json()["created"].endswith("+00:00")


def test_many_clients(client, server, database):
    key = database.insert("counters", returning="id", id=900)

    def work(i):
        with server.client() as own:
            for j in range(20):
                own.get(f"/orders/{1 + (i * 7 + j) % 50}").expect(200)
                own.patch(f"/counters/{key}", {"$inc": {"n": 1}}, type=UPDATE, if_match="*").expect(200)
                own.get("/orders?limit=3").expect(200, 206)

    race(12, work)
    row = database.row("counters", id=key)
    assert row["n"] == 240 and row["version"] == 241


def test_exactly_one_of_many_wins(client, server, database):
    key = database.insert("orders", note="hot")
    for _ in range(5):
        tag = client.tag(f"/orders/{key}")

        def write(i, tag=tag):
            with server.client() as own:
                return own.patch(f"/orders/{key}", {"note": str(i)}, if_match=tag).expect(200, 412).status

        assert race(10, write).count(200) == 1


# Requests that wait for many rows one after the other, in one statement or in several.
WAITS = [
    ("one statement", lambda client, keys: client.patch(f"/orders?id=in.({','.join(keys)})", {"note": "x"}, if_match="*")),
    ("a transaction", lambda client, keys: client.patch("/orders", [{"id": int(key), "note": "x"} for key in keys], if_match="*")),
    ("guarded rows", lambda client, keys: client.patch("/orders/50", {"note": "x"}, if_match="*", headers=[
        ("Midair-If-Match", ", ".join(f"</orders/{key}> *" for key in keys))])),
]


@pytest.mark.parametrize("write", [row[1] for row in WAITS], ids=[row[0] for row in WAITS])
def test_lock_timeout_counts_once_for_all_rows_of_a_request(start, own_bouncer, database, write):
    """Each row gets free a second after the one before it. So no single wait reaches lock_timeout, but all together do."""
    server = start(database, url=own_bouncer.url(database.name),
                   settings={"prepare": "off", "lock_timeout": "2s", "statement_timeout": "50s", "pool_size": 8})
    keys, over = [str(key) for key in range(10, 26)], threading.Event()
    holders = []

    def release():
        for holder in holders:
            over.wait(1)
            holder.close()

    for key in keys:
        holders.append(database.connect())
        holders[-1].cursor().execute("BEGIN; SELECT 1 FROM orders WHERE id = %s FOR UPDATE", (key,))
    releaser = threading.Thread(target=release)
    with server.client(timeout=60) as client:
        releaser.start()
        answer = write(client, keys)
        over.set()
        releaser.join()
    answer.problem(423)


def test_ddl(client, database):
    for _ in range(10):
        client.get("/orders/1").expect(200)
    database.sql("ALTER TABLE orders ADD COLUMN extra text")
    for _ in range(10):
        client.get("/orders/1").expect(200)
        client.patch("/orders/1", {"note": "x"}, if_match=client.tag("/orders/1")).expect(200)


def test_nothing_was_prepared(server):
    assert "prepared statement" not in server.log()
