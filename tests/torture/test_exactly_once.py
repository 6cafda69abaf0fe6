"""docs/http.md section 8, Idempotency-Key: connections are cut between commit and answer, on both sides of midair, and
clients repeat each write under its key until they are told that it was made. Every effect happens exactly once.

MIDAIR_TORTURE_WRITES is the number of writes; 20000 is the long run.
"""

import collections
import os
import random
import socket
import threading
import time
import uuid

import pytest

import midair as harness
from midair import UPDATE, Broken, Midair, Postgres

WRITES = int(os.environ.get("MIDAIR_TORTURE_WRITES", "600"))
CLIENTS = 8
ROWS = 3
ATTEMPTS = 500  # of one write; far more than the cuts can take

SCHEMA = f"""
    CREATE TABLE events (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, client int NOT NULL, number int NOT NULL);
    CREATE TABLE counters (id int PRIMARY KEY, n bigint NOT NULL DEFAULT 0);
    INSERT INTO counters (id) SELECT i FROM generate_series(1, {ROWS}) i;
    CREATE FUNCTION add(client int, number int) RETURNS bigint LANGUAGE sql VOLATILE AS
        'INSERT INTO events (client, number) VALUES (client, number) RETURNING id';
"""


def to_postgres(cluster):
    server = socket.socket(socket.AF_UNIX)
    server.connect(os.path.join(cluster.folder, ".s.PGSQL.5432"))
    return server


class Cutter:
    """Passes bytes on. What the other side answers is lost now and then, and the connection with it."""

    def __init__(self, target, one_in, mark=None):  # target() is a connection to the other side
        self.target, self.one_in, self.mark = target, one_in, mark
        self.cuts = 0
        self.random = random.Random(one_in)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = self.target()
            except OSError:
                return
            for pair in ((near, far, False), (far, near, True)):
                threading.Thread(target=self._pass, args=pair, daemon=True).start()

    def _is_cut(self, data, answers):
        if not answers or (self.mark and self.mark not in data) or self.random.randrange(self.one_in):
            return False
        self.cuts += 1
        return True

    def _pass(self, source, sink, answers):
        try:
            while data := source.recv(65536):
                if self._is_cut(data, answers):
                    break
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            if end is source:
                end.close()


class Writer:
    """One client: it repeats each write under its key until it is told that it was made."""

    def __init__(self, number, ports):
        self.number, self.ports = number, ports
        self.random = random.Random(number)
        self.statuses = collections.Counter()
        self.client, self.wrong = None, None

    def _send(self, kind, number, key):
        if not self.client:
            self.client = harness.Client(self.random.choice(self.ports))
        if kind == 0:
            return self.client.post("/events", {"client": self.number, "number": number}, headers=key)
        if kind == 1:
            return self.client.post("/rpc/add", {"client": self.number, "number": number}, headers=key)
        return self.client.patch(f"/counters/{1 + number % ROWS}", {"$inc": {"n": 1}}, type=UPDATE, headers=key, If_Match="*")

    def _write(self, number):
        kind, key = number % 3, {"Idempotency-Key": str(uuid.uuid4())}
        for _ in range(ATTEMPTS):
            try:
                answer = self._send(kind, number, key)
            except (Broken, OSError):
                self.statuses["cut"] += 1
                if self.client:
                    self.client.close()
                self.client = None
                continue
            replayed = answer.get("Idempotent-Replayed") == "true"
            self.statuses["again" if replayed else answer.status] += 1
            if answer.status in (200, 201):
                return
            if answer.status not in (409, 423, 503, 504):
                raise AssertionError(repr(answer))
            time.sleep(0.01)
        raise AssertionError(f"no answer to write {number} after {ATTEMPTS} attempts: {self.statuses}")

    def run(self, count):
        try:
            for number in range(count):
                self._write(number)
        except BaseException as error:  # noqa: BLE001: the test reports it
            self.wrong = error


@pytest.fixture(scope="module")
def cluster():
    with Postgres(durable=True) as postgres:
        yield postgres


def test_writes_under_a_key_happen_once_whatever_is_cut(cluster):
    database = cluster.create_database()
    database.sql(SCHEMA)
    harness.stamp(database, "events", "counters")
    harness.midair_command("stamp", "--database", database.url, "--idempotency")
    behind = Cutter(lambda: to_postgres(cluster), one_in=40, mark=b"COMMIT\0")
    url = f"host=127.0.0.1 port={behind.port} dbname={database.name} user=postgres"
    with Midair(database, url=url) as one, Midair(database, url=url) as two:
        before = [Cutter(lambda port=server.port: socket.create_connection(("127.0.0.1", port)), one_in=25)
                  for server in (one, two)]
        writers = [Writer(i, [cutter.port for cutter in before]) for i in range(CLIENTS)]
        each = WRITES // CLIENTS
        threads = [threading.Thread(target=writer.run, args=(each,)) for writer in writers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for cutter in before:
            cutter.close()
    behind.close()
    statuses = sum((writer.statuses for writer in writers), collections.Counter())
    print(f"{each * CLIENTS} writes: {dict(statuses)}; cut {behind.cuts} times behind midair, "
          f"{sum(c.cuts for c in before)} times before it")
    assert [writer.wrong for writer in writers if writer.wrong] == []
    assert behind.cuts and all(cutter.cuts for cutter in before), "nothing was cut"
    assert statuses["again"], "no answer was given again"
    wanted = {(writer.number, number) for writer in writers for number in range(each) if number % 3 < 2}
    made = collections.Counter(map(tuple, database.sql("SELECT client, number FROM events")))
    assert set(made) == wanted
    assert {write: times for write, times in made.items() if times != 1} == {}
    increments = collections.Counter(1 + n % ROWS for n in range(each) if n % 3 == 2)
    counted = dict(map(tuple, database.sql("SELECT id, n FROM counters")))
    assert counted == {row: CLIENTS * increments[row] for row in counted}
    database.close()
