"""docs/http.md section 2: created, modified and version, whoever writes."""

import contextlib
import datetime

import pytest

from midair import SHOP, Midair, create, eventually, midair_command, race, stamp

LONG_AGO = datetime.datetime(2001, 1, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture
def order(database):
    return database.insert("orders", note="n")


def stamps(database, key, table="orders"):
    row = database.row(table, id=key)
    return row["created"], row["modified"], row["version"]


def test_existing_rows_have_version_1(database):
    assert database.one("SELECT count(*) FROM orders WHERE id <= 60 AND version = 1 AND created IS NOT NULL AND modified IS NOT NULL") == 60


def test_insert_by_psql(database):
    key = database.insert("orders", note="x", version=77, created=LONG_AGO, modified=LONG_AGO)
    created, modified, version = stamps(database, key)
    assert version == 1 and created == modified and created > LONG_AGO


@pytest.mark.parametrize("assignment", ["note = 'x'", "note = note", "version = 900", "version = 1", "version = NULL", "created = '2001-01-01'",
                                        "modified = '2001-01-01'", "modified = '2099-01-01'", "modified = NULL, version = 5, created = NULL",
                                        "version = version + 1", "modified = clock_timestamp(), version = version + 5"])
def test_update_by_psql(database, order, assignment):
    before = stamps(database, order)
    for i in range(3):
        database.sql(f"UPDATE orders SET {assignment} WHERE id = %s", order)
    created, modified, version = stamps(database, order)
    assert created == before[0] and version == 4 and modified > before[1]
    assert modified < datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=1)


def test_updates_in_one_transaction_move_strictly(database, order):
    """now() stands still in a transaction; modified does not."""
    with contextlib.closing(database.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        seen = []
        for _ in range(5):
            cursor.execute("UPDATE orders SET note = 'x' WHERE id = %s RETURNING modified, version", [order])
            seen.append(cursor.fetchone())
        cursor.execute("COMMIT")
    assert [v for _, v in seen] == [2, 3, 4, 5, 6]
    assert all(a[0] < b[0] for a, b in zip(seen, seen[1:]))


def test_upsert_by_psql(database, order):
    database.sql("INSERT INTO orders (id, note) VALUES (%s, 'y') ON CONFLICT (id) DO UPDATE SET note = excluded.note", order)
    assert stamps(database, order)[2] == 2 and database.row("orders", id=order)["note"] == "y"


def test_psql_and_midair_count_together(client, database, order):
    for i in range(10):
        if i % 2:
            database.sql("UPDATE orders SET note = 'p' WHERE id = %s", order)
        else:
            client.patch(f"/orders/{order}", {"note": "m"}, if_match="*").expect(200)
    assert stamps(database, order)[2] == 11


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("sent", [
    {"version": 99}, {"version": None}, {"version": "junk"}, {"created": "2001-01-01T00:00:00Z"}, {"modified": "2099-01-01T00:00:00Z"},
    {"created": None, "modified": None, "version": None}, {"created": {}, "modified": [], "version": 1.5},
], ids=str)
def test_stamps_in_a_body_are_ignored(client, database, order, method, sent):
    before = stamps(database, order)
    client.request(method, f"/orders/{order}", {"note": "x", **sent}, if_match="*").expect(200)
    created, modified, version = stamps(database, order)
    assert created == before[0] and version == 2 and before[1] < modified < before[1] + datetime.timedelta(minutes=5)


def test_stamps_in_a_creation_are_ignored(client, database):
    key = client.post("/orders", {"note": "x", "version": 50, "created": "2001-01-01T00:00:00Z"}).expect(201).json()["id"]
    created, modified, version = stamps(database, key)
    assert version == 1 and created == modified and created > LONG_AGO


def test_stamps_in_bulk_are_ignored(client, database):
    rows = client.post("/orders", [{"note": "x", "version": 50}, {"note": "y", "modified": "2001-01-01T00:00:00Z"}]).expect(201).json()
    for row in rows:
        assert stamps(database, row["id"])[2] == 1


def test_columns_of_other_names(client, database):
    key = client.post("/klanten", {"naam": "Bakker", "versie": 9, "aangemaakt": "2001-01-01T00:00:00Z"}).expect(201).json()["id"]
    row = database.row("klanten", id=key)
    assert row["versie"] == 1 and row["aangemaakt"] == row["gewijzigd"] > LONG_AGO
    answer = client.get(f"/klanten/{key}").expect(200)
    assert answer.etag.startswith('"1.')
    assert eventually(lambda: client.get(f"/klanten/{key}").expect(200).get("Last-Modified"))
    client.patch(f"/klanten/{key}", {"naam": "Visser", "versie": 1}, if_match=answer.etag).expect(200)
    database.sql("UPDATE klanten SET naam = 'p', versie = 1 WHERE id = %s", key)
    assert database.row("klanten", id=key)["versie"] == 3
    client.patch(f"/klanten/{key}", {"naam": "x"}, if_match=answer.etag).problem(412)


def test_existing_column_of_another_name_kept_its_rows(database):
    assert database.one("SELECT count(*) FROM klanten WHERE versie IS NULL OR aangemaakt IS NULL OR gewijzigd IS NULL") == 0


def test_partitions_are_stamped_too(client, database):
    body = client.get("/events/1,2024-05-05").expect(200).json()
    assert body["version"] == 1
    database.sql("UPDATE events_old SET what = 'directly' WHERE id = 1")
    assert client.get("/events/1,2024-05-05").json()["version"] == 2
    made = client.post("/events", {"id": 40, "day": "2030-01-01", "what": "w"}).expect(201)
    client.patch("/events/40,2030-01-01", {"what": "x"}, if_match=made.etag).expect(200)
    client.patch("/events/40,2030-01-01", {"what": "y"}, if_match=made.etag).problem(412)


def test_trigger_of_the_application(client, database):
    made = client.post("/shouts", {"words": "a"}).expect(201).json()
    database.sql("UPDATE shouts SET words = 'b' WHERE id = %s", made["id"])
    row = database.row("shouts", id=made["id"])
    assert row["words"] == "B" and row["version"] == 2


def test_stamping_twice_changes_nothing(database):
    before = database.sql("SELECT id, xmin::text, version FROM customers ORDER BY id")
    stamp(database, "customers", "orders")
    assert database.sql("SELECT id, xmin::text, version FROM customers ORDER BY id") == before


CONDITION = """CREATE TRIGGER zzz_midair_stamp_update BEFORE UPDATE ON {0} FOR EACH ROW
    WHEN ((NEW.version - 1 = OLD.version AND NEW.created = OLD.created AND NEW.modified > OLD.modified
           AND NEW.modified >= statement_timestamp() AND NEW.modified <= clock_timestamp()) IS NOT TRUE)
    EXECUTE FUNCTION midair_triggers.stamp_update('created', 'modified', 'version', 'cmv', '1')"""


def conditions(database, table):
    return database.one("SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgqual IS NOT NULL AND tgname ="
                        " 'zzz_midair_stamp_update'", table)


def test_triggers_of_an_older_midair_are_found_and_replaced(fresh_database):
    database = fresh_database
    database.sql("DROP TRIGGER zzz_midair_stamp_update ON orders")
    database.sql(CONDITION.format("orders"))
    before = database.sql("SELECT id, xmin::text, version, modified FROM orders ORDER BY id")
    found = midair_command("check", "--database", database.url)
    assert "orders: its stamp triggers are those of an older midair" in found.stdout
    assert "customers: its stamp" not in found.stdout
    assert "stamped" in stamp(database, "orders", "customers").stdout
    assert conditions(database, "orders") == 0
    assert "older midair" not in midair_command("check", "--database", database.url).stdout
    assert database.sql("SELECT id, xmin::text, version, modified FROM orders ORDER BY id") == before
    assert "already stamped" in stamp(database, "orders").stdout


@pytest.mark.parametrize("assignment", [
    "modified = statement_timestamp(), version = version + 1", "modified = clock_timestamp(), version = version + 1",
    "modified = GREATEST(clock_timestamp(), modified + interval '1 microsecond'), version = version + 1, created = created",
])
def test_a_statement_that_looks_like_midairs_cannot_choose_the_stamps(database, order, assignment):
    """RETURNING shows what the trigger made of the row, and what was asked for lies before that."""
    row = database.row("orders", id=order)
    shown = database.sql(f"UPDATE orders SET {assignment} WHERE id = %s RETURNING version, modified, created,"
                         " modified > statement_timestamp()", order)[0]
    assert shown == (row["version"] + 1, database.row("orders", id=order)["modified"], row["created"], True)


def test_unstamp_and_stamp(fresh_database):
    midair_command("unstamp", "--database", fresh_database.url, "loose", check=False)
    stamp(fresh_database, "elsewhere.parcels", "loose")
    assert fresh_database.row("elsewhere.parcels", id=1)["version"] == 1
    fresh_database.sql("UPDATE loose SET note = 'x' WHERE id = 1")
    assert fresh_database.row("loose", id=1)["version"] == 2
    midair_command("unstamp", "--database", fresh_database.url, "loose")
    midair_command("unstamp", "--database", fresh_database.url, "loose")
    assert "version" not in fresh_database.row("loose", id=1)
    assert fresh_database.one("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'loose'::regclass AND NOT tgisinternal") == 0


def test_dry_run_changes_nothing(fresh_database):
    done = midair_command("stamp", "--database", fresh_database.url, "--dry-run", "loose")
    assert "ALTER TABLE" in done.stdout.upper()
    assert "version" not in fresh_database.row("loose", id=1)


def test_stamping_is_one_transaction(fresh_database):
    done = midair_command("stamp", "--database", fresh_database.url, "loose", "no_such_table", check=False)
    assert done.returncode == 1
    assert "version" not in fresh_database.row("loose", id=1)


@pytest.mark.concurrent
def test_stamping_a_table_under_load(fresh_database):
    """Version-stamped from one moment to the next; every answer is a plain one."""
    with Midair(fresh_database, resources={"loose": {"if_match": "optional"}}) as server:
        def work(i):
            if i == 0:
                stamp(fresh_database, "loose")
                return []
            statuses = []
            with server.client() as client:
                for _ in range(60):
                    tag = client.tag(f"/loose/{i}")
                    statuses.append(client.patch(f"/loose/{i}", {"note": "x"}, if_match=tag).status)
            return statuses

        for statuses in race(5, work)[1:]:
            assert set(statuses) <= {200, 412}, statuses
            assert statuses.count(412) <= 2
    assert fresh_database.one("SELECT min(version) FROM loose") >= 1


# Statement stamping: no triggers at all


@pytest.fixture(scope="module")
def statement(cluster):
    made = create(cluster, like=SHOP, sql="""CREATE TABLE plain (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, note text, count integer NOT NULL DEFAULT 0,
                created timestamptz NOT NULL DEFAULT now(), modified timestamptz NOT NULL DEFAULT now(), version bigint NOT NULL DEFAULT 1)""")
    with Midair(made, resources={"plain": {"stamping": "statement", "if_match": "required"}}) as running:
        yield made, running
    made.close()


def test_statement_stamping(statement):
    database, server = statement
    assert database.one("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'plain'::regclass") == 0
    with server.client() as client:
        made = client.post("/plain", {"note": "a", "version": 7}).expect(201)
        url = made.get("Location")
        assert made.json()["version"] == 1 and made.json()["created"] == made.json()["modified"]
        changed = client.patch(url, {"note": "b", "version": 7}, if_match=made.etag).expect(200)
        assert changed.json()["version"] == 2 and changed.json()["created"] == made.json()["created"]
        assert changed.json()["modified"] > made.json()["modified"]
        client.patch(url, {"note": "c"}, if_match=made.etag).problem(412)
        assert client.put(url, {"note": "d"}, if_match=changed.etag).expect(200).json()["version"] == 3
        client.patch(url, {"note": "e"}).problem(428)


@pytest.mark.concurrent
def test_statement_stamping_with_many_writers(statement):
    database, server = statement
    key = database.insert("plain", note="hot")
    for _ in range(5):
        with server.client() as client:
            tag = client.tag(f"/plain/{key}")

        def write(i, tag=tag):
            with server.client() as own:
                return own.patch(f"/plain/{key}", {"note": str(i)}, if_match=tag).expect(200, 412).status

        assert race(10, write).count(200) == 1
    assert database.row("plain", id=key)["version"] == 6
