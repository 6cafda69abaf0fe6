"""docs/http.md section 11: the catalog and the configuration are reread on NOTIFY and SIGHUP; DDL gives no surprises."""

import itertools
import threading

import pytest

import tables
from midair import eventually

pytestmark = pytest.mark.concurrent


@pytest.fixture
def server(fresh_database, start):
    return start(fresh_database, settings={"lane_threshold": 2})


@pytest.fixture
def client(server):
    with server.client() as made:
        yield made
    assert server.alive()


@pytest.fixture
def database(fresh_database):
    return fresh_database


def by_notify(server, database):
    database.sql("NOTIFY midair, 'reload'")


def by_signal(server, database):
    server.hup()


ways = pytest.mark.parametrize("reload", [by_notify, by_signal])


@ways
def test_a_new_table_is_found(server, client, database, reload):
    client.get("/fresh/1").problem(404)
    database.sql(tables.item("fresh"))
    reload(server, database)
    eventually(lambda: client.get("/fresh/1").status == 200)
    client.patch("/fresh/1", {"note": "x"}, if_match=client.tag("/fresh/1")).expect(200)


@ways
def test_a_new_column_is_found(server, client, database, reload):
    database.sql("ALTER TABLE orders ADD COLUMN extra text DEFAULT 'e'")
    reload(server, database)
    eventually(lambda: client.get("/orders/1").json().get("extra") == "e")
    client.patch("/orders/1", {"extra": "x"}, if_match="*").expect(200)


@ways
def test_a_dropped_table_is_gone(server, client, database, reload):
    database.sql("DROP TABLE loose")
    client.get("/loose/1").problem(404)
    client.patch("/loose/1", {"note": "x"}, if_match="*").problem(404)
    reload(server, database)
    client.get("/loose/1").problem(404)


def test_stamping_is_noticed(server, client, database):
    from midair import stamp
    weak = client.tag("/loose/1")
    stamp(database, "loose")
    by_notify(server, database)
    eventually(lambda: client.get("/loose/1").json().get("version") == 1)
    client.patch("/loose/1", {"note": "x"}, if_match=weak).problem(412)
    client.patch("/loose/1", {"note": "x"}).problem(428)


@pytest.mark.parametrize("ddl", [
    "ALTER TABLE orders ADD COLUMN extra text",
    "ALTER TABLE orders DROP COLUMN customer_id",
    "ALTER TABLE orders ALTER COLUMN count TYPE bigint",
    "ALTER TABLE orders ALTER COLUMN note TYPE varchar(200)",
    "CREATE INDEX ON orders (note)",
    "ALTER TABLE orders RENAME TO orders_old; CREATE TABLE orders (LIKE orders_old INCLUDING ALL); INSERT INTO orders SELECT * FROM orders_old",
    "ALTER TABLE orders ADD CONSTRAINT short CHECK (length(note) < 1000)",
    "VACUUM FULL orders",
], ids=lambda d: d[:40])
def test_ddl_without_any_reload_gives_no_surprise(server, client, database, ddl):
    """Prepared statements of before: no failure inside, no lost check, only plain answers."""
    for _ in range(8):  # long enough for statements to be prepared on every connection
        client.get("/orders/1").expect(200)
        client.get("/orders?limit=3").expect(200, 206)
        client.patch("/orders/1", {"note": "before"}, if_match=client.tag("/orders/1")).expect(200)
    if "TYPE" in ddl or "DROP" in ddl:
        database.sql("DROP VIEW order_names, open_orders")
    client.get("/orders/1").expect(200)
    database.sql(ddl)
    lost = "DROP COLUMN" in ddl  # what is shown no longer exists: an error may say so until the reload
    for _ in range(8):
        answer = client.get("/orders/1")
        assert answer.status == 200 or (lost and answer.status in (400, 503)), answer
        answer = client.patch("/orders/1", {"note": "after"}, if_match='"stale"')
        assert answer.status == 412 or (lost and answer.status in (400, 503)), answer
    by_notify(server, database)
    eventually(lambda: client.get("/orders/1").status == 200)
    # The tag may be read just before the reload and sent just after it: a table that was made anew has tags of another kind.
    eventually(lambda: client.patch("/orders/1", {"note": "after"}, if_match=client.tag("/orders/1")).status == 200)
    client.get("/orders?limit=3").expect(200, 206)


def versions(tag):
    """What a tag says before its digest: version and moment."""
    return tag.rsplit(".", 1)[0]


@ways
def test_ddl_and_reloads_under_load(server, client, database, reload):
    stop, wrong, served = threading.Event(), [], [0]

    def work(i):
        with server.client() as own:
            while not stop.is_set():
                url = f"/orders/{1 + i}"
                answer = own.get(url)
                if answer.status != 200:
                    wrong.append(answer)
                    continue
                written = own.patch(url, {"note": f"w{i}"}, if_match=answer.etag)
                reshaped = written.status == 412 and versions(written.etag) == versions(answer.etag)
                if written.status != 200 and not reshaped:  # a tag does not outlive a change of the columns
                    wrong.append(written)
                served[0] += 1

    threads = [threading.Thread(target=work, args=(i,)) for i in range(6)]
    for thread in threads:
        thread.start()
    try:
        for n in range(8):
            database.sql(f"ALTER TABLE orders ADD COLUMN extra{n} text")
            database.sql(tables.item(f"more{n}"))
            reload(server, database)
            eventually(lambda n=n: client.get(f"/more{n}").status == 200)
            database.sql(f"ALTER TABLE orders ALTER COLUMN extra{n} TYPE varchar(10)")
            reload(server, database)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not wrong, wrong[0]
    assert served[0] > 50


# Configuration


def test_sighup_rereads_the_configuration(server, client, database):
    client.patch("/orders/1", {"note": "x"}).problem(428)
    server.sections["resource orders"] = {"if_match": "optional"}
    server.write_config()
    server.hup()
    eventually(lambda: client.patch("/orders/1", {"note": "x"}).status == 200)
    del server.sections["resource orders"]
    server.write_config()
    server.hup()
    eventually(lambda: client.patch("/orders/1", {"note": "x"}).status == 428)


def test_the_access_log_follows_for_requests_that_are_refused_at_the_door(server, client, database):
    refused = b"GET /orders/1 HTTP/1.1\r\nX-Request-Id: %s\r\n\r\n"  # no Host: the pipeline never sees it

    def is_logged(name):
        """By the last of some requests, since a line is written when its answer is already under way."""
        for suffix in ("a", "b"):
            with server.raw() as raw:
                raw.send(refused % f"{name}{suffix}".encode())
                assert raw.response().status == 400
        return f"id={name}a " in server.log()

    for turn, value in enumerate(("off", "on", "off", "on")):
        server.sections.setdefault("server", {})["access_log"] = value
        server.write_config()
        server.hup()
        tries = itertools.count()
        eventually(lambda: is_logged(f"t{turn}x{next(tries)}") == (value == "on"))


@pytest.mark.parametrize("section, values", [
    ("server", {"no_such_setting": "1"}), ("server", {"max_body": "huge"}), ("resource orders", {"if_match": "perhaps"}),
    ("nonsense", {"a": "b"}), ("resource no_such_table", {"if_match": "optional"}), ("resource orders", {"key": "no_such_column"}),
], ids=str)
def test_a_reload_with_a_mistake_keeps_the_old_state(server, client, database, section, values):
    before = dict(server.sections)
    server.sections["resource customers"] = {"if_match": "optional"}
    server.sections[section] = {**server.sections.get(section, {}), **values}
    server.write_config()
    length = len(server.log())
    server.hup()
    eventually(lambda: any(w in server.log()[length:].lower() for w in ("mistake", "error", "wrong", "invalid", "unknown", "no such")) or
               len(server.log()) > length + 200)
    for _ in range(5):
        client.get("/orders/1").expect(200)
        client.patch("/customers/1", {"name": "x"}).problem(428)
    server.sections = before
    server.write_config()
    server.hup()
    client.get("/orders/1").expect(200)


@pytest.mark.parametrize("content", ["", "\n", "# nothing\n", "[server]\n", "[database]\n[resource *]\n"])
def test_a_file_that_was_emptied_is_refused(fresh_database, start, content):
    server = start(fresh_database, resources={"orders": {"if_match": "optional"}, "veiled": {"table": "customers"}})
    with server.client() as client:
        client.get("/veiled/1").expect(200)
        with open(server.config_path, "w", encoding="utf-8") as file:
            file.write(content)
        server.hup()
        eventually(lambda: "reload_refused" in server.log())
        client.get("/veiled/1").expect(200)
        client.patch("/orders/1", {"note": "still optional"}).expect(200)
        server.write_config()
        fresh_database.sql("CREATE TABLE found_again (id integer PRIMARY KEY)")
        server.hup()
        eventually(lambda: client.get("/found_again").status == 200)


def test_a_storm_of_signals(server, client, database):
    for _ in range(100):
        server.hup()
        database.sql("NOTIFY midair, 'reload'")
    for i in range(50):
        client.get(f"/orders/{1 + i}").expect(200)
    database.sql(tables.item("last"))
    by_notify(server, database)
    eventually(lambda: client.get("/last").status == 200)


def test_other_payloads_are_no_reload(server, client, database):
    database.sql(tables.item("later"))
    database.sql("NOTIFY midair, 'something else'")
    database.sql("NOTIFY pgrst, 'reload schema'")
    client.get("/orders/1").expect(200)
    by_notify(server, database)
    eventually(lambda: client.get("/later").status == 200)


def test_the_listener_comes_back(server, client, database):
    database.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
    database.sql(tables.item("after_the_loss"))

    def found():
        by_notify(server, database)
        return client.get("/after_the_loss").status == 200

    eventually(found, every=0.2)
