"""Many writers over few hot rows, through two midair processes, while things are killed and restarted.

Afterwards every acknowledged update is there exactly once, version - 1 is the number of updates of each row, no
tag was good for two writes, and only outcomes that were said to be unknown may be either.
"""

import collections
import contextlib
import os
import threading
import time

import psycopg2
import pytest

import midair as harness
from midair import UPDATE, Broken, Midair, Postgres, eventually

ROWS = 4
WRITERS = 12
SECONDS = float(os.environ.get("MIDAIR_TORTURE_SECONDS", "9"))
LIVELY = 1 if harness.sanitizer() else 4  # acknowledged updates that are expected per second at the very least

SCHEMA = """
    CREATE TABLE hot (id integer PRIMARY KEY, n bigint NOT NULL DEFAULT 0, m bigint NOT NULL DEFAULT 0, writer text);
    CREATE TABLE audited (LIKE hot INCLUDING ALL);
    CREATE TABLE cold (id integer PRIMARY KEY, note text);
    INSERT INTO hot (id) SELECT i FROM generate_series(1, %d) i;
    INSERT INTO audited (id) SELECT i FROM generate_series(1, %d) i;
""" % (ROWS, ROWS)

# The trigger of the application sees each update once, in the same transaction.
AUDIT = """
    CREATE TABLE audit (at bigint GENERATED ALWAYS AS IDENTITY, id integer, version bigint, writer text);
    CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        INSERT INTO audit (id, version, writer) VALUES (NEW.id, NEW.version, NEW.writer);
        RETURN NULL;
    END $$;
    CREATE TRIGGER audit AFTER UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION audit();
"""


@pytest.fixture(scope="module")
def cluster():
    with Postgres(durable=True) as postgres:
        yield postgres


@pytest.fixture
def database(cluster):
    if not cluster.running:
        cluster.start()
    made = cluster.create_database()
    made.sql(SCHEMA)
    harness.stamp(made, "hot", "audited", "cold")
    made.sql(AUDIT)
    yield made
    made.close()


class Ledger:
    """What the clients were told."""

    def __init__(self):
        self.lock = threading.Lock()
        self.acknowledged, self.unknown, self.refused = {}, {}, {}
        self.tags = collections.Counter()  # tag -> writes that it was good for
        self.statuses = collections.Counter()
        self.psql = collections.Counter()  # row -> updates by psql
        self.psql_unknown = collections.Counter()
        self.moments = []
        self.wrong = []

    def note(self, kind, token, row, tag=None, status=None):
        with self.lock:
            kind[token] = row
            self.statuses[status] += 1
            if kind is self.acknowledged:
                self.moments.append(time.monotonic())
                if tag:
                    self.tags[tag] += 1

    def rows(self, kind):
        return collections.Counter(kind.values())


def write_through(servers, table, ledger, stop, writer):
    """Reads a row and writes it with the tag that it had, or adds to it whatever its state is."""
    client, server, count = None, None, 0
    try:
        while not stop.is_set():
            count += 1
            token, row = f"w{writer}-{count}", 1 + (writer + count) % ROWS
            url = f"/{table}/{row}"
            # Before the write is sent, every failure is harmless.
            try:
                if client is None:
                    server = servers[(writer + count) % len(servers)]
                    client = server.client(timeout=30)
                tag = None
                if writer % 3:
                    got = client.get(url)
                    if got.status != 200:
                        time.sleep(0.02)
                        continue
                    tag = got.etag
            except (OSError, AssertionError):
                client = None
                time.sleep(0.02)
                continue
            body = {"$inc": {"n": 1}, "$set": {"writer": token}}
            sent = False
            try:
                client.connection()
                sent = True
                answer = client.patch(url, body, type=UPDATE, if_match=tag or "*")
            except (Broken, ConnectionError, TimeoutError) as error:
                client = None
                if sent and not isinstance(error, ConnectionRefusedError):
                    ledger.note(ledger.unknown, token, row, status="lost")
                time.sleep(0.02)
                continue
            if answer.status == 200:
                if answer.json()["writer"] != token:
                    ledger.wrong.append(answer)
                ledger.note(ledger.acknowledged, token, row, tag, 200)
            elif answer.status == 503 and "unknown" in answer.text:
                ledger.note(ledger.unknown, token, row, status="503 unknown")
            else:
                ledger.note(ledger.refused, token, row, status=answer.status)
                if answer.status not in (412, 423, 503, 504):
                    ledger.wrong.append(answer)
                if answer.status != 412:
                    time.sleep(0.02)
    finally:
        if client:
            client.close()


def write_by_psql(database, table, ledger, stop, writer):
    """A program that knows nothing of midair."""
    connection, count = None, 0
    while not stop.is_set():
        count += 1
        row = 1 + (writer + count) % ROWS
        try:
            if connection is None:
                connection = database.connect()
            with connection.cursor() as cursor:
                cursor.execute(f"UPDATE {table} SET m = m + 1, writer = %s WHERE id = %s", [f"p{writer}-{count}", row])
            with ledger.lock:
                ledger.psql[row] += 1
        except psycopg2.Error:
            if connection is not None:
                with ledger.lock:
                    ledger.psql_unknown[row] += 1
            with contextlib.suppress(Exception):
                connection.close()
            connection = None
            time.sleep(0.02)
        time.sleep(0.01)
    if connection:
        connection.close()


def run(database, table, faults, settings=None):
    """Runs the writers for a while, with `faults` [(moment, call(servers))] in between; returns the ledger."""
    ledger, stop = Ledger(), threading.Event()
    with Midair(database, settings=settings) as first, Midair(database, settings=settings) as second:
        servers = [first, second]
        threads = [threading.Thread(target=write_through, args=(servers, table, ledger, stop, i), daemon=True) for i in range(WRITERS)]
        threads += [threading.Thread(target=write_by_psql, args=(database, table, ledger, stop, i), daemon=True) for i in range(2)]
        begin = time.monotonic()
        for thread in threads:
            thread.start()
        ends = []
        try:
            for moment, call in faults:
                time.sleep(max(0, begin + moment * SECONDS - time.monotonic()))
                call(servers)
                ends.append(time.monotonic())
            time.sleep(max(0, begin + SECONDS - time.monotonic()))
        finally:
            stop.set()
            for thread in threads:
                thread.join(60)
                assert not thread.is_alive(), "a writer never came back"
    database.close()
    eventually(lambda: database.one("SELECT count(*) = 0 FROM pg_stat_activity WHERE datname = current_database() "
                                    "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"))
    ledger.last_fault = max(ends, default=begin)
    print(f"\n{table}: {dict(ledger.statuses)}, psql {sum(ledger.psql.values())}")
    return ledger


def check(database, table, ledger):
    assert not ledger.wrong, ledger.wrong[0]
    assert len(ledger.acknowledged) > LIVELY * SECONDS, ledger.statuses
    assert [m for m in ledger.moments if m > ledger.last_fault], "nothing was acknowledged after the last fault"
    twice = [tag for tag, count in ledger.tags.items() if count > 1]
    assert not twice, f"{len(twice)} tags were good for two writes: {twice[:3]}"
    done, unknown = ledger.rows(ledger.acknowledged), ledger.rows(ledger.unknown)
    for row in database.sql(f"SELECT id, n, m, version FROM {table} ORDER BY id"):
        key, n, m, version = row
        assert version - 1 == n + m, f"row {key}: version {version}, updates {n} + {m}"
        assert done[key] <= n <= done[key] + unknown[key], f"row {key}: {n} updates, {done[key]} acknowledged, {unknown[key]} unknown"
        assert ledger.psql[key] <= m <= ledger.psql[key] + ledger.psql_unknown[key], f"row {key}: {m} by psql"


def check_audit(database, ledger):
    seen = collections.Counter(w for (w,) in database.sql("SELECT writer FROM audit WHERE writer LIKE 'w%'"))
    lost = [t for t in ledger.acknowledged if seen[t] == 0]
    assert not lost, f"{len(lost)} acknowledged updates are not there: {lost[:3]}"
    twice = [t for t, count in seen.items() if count > 1]
    assert not twice, f"{len(twice)} updates were made twice: {twice[:3]}"
    ghosts = [t for t in seen if t not in ledger.acknowledged and t not in ledger.unknown]
    assert not ghosts, f"{len(ghosts)} updates that were refused are there: {ghosts[:3]}"
    for key in range(1, ROWS + 1):
        versions = [v for (v,) in database.sql("SELECT version FROM audit WHERE id = %s ORDER BY version", key)]
        assert versions == list(range(2, 2 + len(versions))), f"row {key}: versions are not one after the other"


def kill_one(servers):
    """SIGKILL in the middle, and a new process in its place."""
    servers[1].kill()
    time.sleep(0.3)
    servers[1].start()


TABLES = pytest.mark.parametrize("table", ["hot", "audited"])


@TABLES
def test_calm(database, table):
    ledger = run(database, table, [])
    check(database, table, ledger)
    if table == "audited":
        check_audit(database, ledger)
    assert not ledger.unknown, "nothing failed, so nothing may be unknown"
    assert set(ledger.statuses) <= {200, 412}, f"a client noticed: {dict(ledger.statuses)}"


@TABLES
def test_one_midair_killed_and_postgresql_restarted(database, cluster, table):
    ledger = run(database, table, [(0.2, kill_one), (0.5, lambda _: cluster.restart("fast"))])
    check(database, table, ledger)
    if table == "audited":
        check_audit(database, ledger)


@TABLES
def test_postgresql_crashes(database, cluster, table):
    """synchronous_commit is on: what was acknowledged survives the crash."""
    assert database.one("SHOW synchronous_commit") == "on" and database.one("SHOW fsync") == "on"
    database.close()
    ledger = run(database, table, [(0.4, lambda _: cluster.restart("immediate")), (0.6, kill_one)], settings={"lane_threshold": 1})
    check(database, table, ledger)
    if table == "audited":
        check_audit(database, ledger)


def test_creation_races_through_two_processes(database):
    """PUT with If-None-Match: * of N at once: exactly one 201 for each key, whatever process it goes through."""
    created, lock = collections.defaultdict(list), threading.Lock()
    with Midair(database) as first, Midair(database) as second:
        def work(i):
            with (first, second)[i % 2].client() as client:
                for key in range(60):
                    answer = client.put(f"/cold/{key}", {"note": f"{i}"}, if_none_match="*").expect(201, 412)
                    if answer.status == 201:
                        with lock:
                            created[key].append(i)

        harness.race(10, work)
    assert [len(created[key]) for key in range(60)] == [1] * 60
    for key, note in database.sql("SELECT id, note FROM cold"):
        assert note == str(created[key][0])


def test_one_tag_for_many_through_two_processes(database):
    with Midair(database) as first, Midair(database, settings={"lanes": 0}) as second:
        for attempt in range(25):
            with first.client() as client:
                tag = client.tag("/hot/1")

            def write(i, tag=tag, attempt=attempt):
                with (first, second)[i % 2].client() as client:
                    return client.patch("/hot/1", {"writer": f"{attempt}-{i}"}, if_match=tag).expect(200, 412).status

            assert harness.race(12, write).count(200) == 1
    assert database.one("SELECT version FROM hot WHERE id = 1") == 26
