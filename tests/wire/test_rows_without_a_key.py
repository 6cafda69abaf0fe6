"""docs/http.md section 1 and docs/query.md: tables and foreign tables without a key take PATCH and DELETE by filter."""

import pytest

import midair as harness
import tables

SCHEMA = """
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE TABLE base (id int, v text, n int);
CREATE TABLE plain (id int, v text, n int);
DO $$ BEGIN EXECUTE format('CREATE SERVER here FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host %L, dbname %L)',
                           split_part(current_setting('unix_socket_directories'), ',', 1), current_database()); END $$;
CREATE USER MAPPING FOR PUBLIC SERVER here OPTIONS (user 'postgres');
CREATE FOREIGN TABLE far (id int, v text, n int) SERVER here OPTIONS (table_name 'base');
"""
TABLES = ["plain", "far"]
database = tables.database(SCHEMA)


@pytest.fixture(scope="module", params=["midair", "postgrest"])
def server(request, database):
    with harness.Midair(database, server={"dialect": request.param}) as running:
        running.dialect = request.param
        yield running


@pytest.fixture(autouse=True)
def rows(database):
    for table in ("base", "plain"):
        database.sql(f"TRUNCATE {table}; INSERT INTO {table} VALUES (1, 'a', 1), (2, 'b', 2), (2, 'c', 3)")


def skip_read_only(server, table):
    if server.dialect == "midair" and table == "far":
        pytest.skip("a foreign table without a key is read-only there")


def there(database, table):
    return database.sql(f"SELECT id, v, n FROM {table} ORDER BY id, n")


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_changed_and_deleted_by_filter(server, client, database, table):
    skip_read_only(server, table)
    client.patch(f"/{table}?id=eq.2&n=eq.2", {"v": "new"}).expect(200, 204)
    assert there(database, table) == [(1, "a", 1), (2, "new", 2), (2, "c", 3)]
    shown = client.patch(f"/{table}?id=eq.2", {"n": 7}, prefer="return=representation").expect(200)
    assert [row["n"] for row in shown.json()] == [7, 7]
    client.delete(f"/{table}?v=eq.new").expect(204)
    assert there(database, table) == [(1, "a", 1), (2, "c", 7)]
    assert {"PATCH", "DELETE"} <= {m.upper() for m in client.options(f"/{table}").members("Allow")}


@pytest.mark.parametrize("condition, status", [({"if_match": "*"}, 0), ({"if_match": '"a"'}, 412), ({"if_match": '"a", "b"'}, 412),
                                               ({"if_none_match": "*"}, 412), ({"if_none_match": '"a"'}, 0)])
@pytest.mark.parametrize("value", [5, "five"], ids=["good", "refused"])
@pytest.mark.parametrize("table", TABLES)
def test_preconditions_come_before_values(server, client, database, table, condition, status, value):
    skip_read_only(server, table)
    answer = client.patch(f"/{table}?id=eq.1", {"n": value}, **condition)
    answer.expect(*((status,) if status else (200, 204) if value == 5 else (400,)))
    assert there(database, table)[0] == (1, "a", 5 if answer.status < 300 else 1)


@pytest.mark.parametrize("table", TABLES)
def test_rows_of_an_array_cannot_be_named(server, client, database, table):
    skip_read_only(server, table)
    before = there(database, table)
    for send in (client.patch, client.delete):
        answer = send(f"/{table}", [{"id": 1, "v": "x"}, {"id": 2, "v": "x"}]).expect(400)
        assert "syntax" not in answer.text
    assert there(database, table) == before


def test_more_rows_than_allowed_are_left_alone(server, client, database):
    client.delete("/plain?id=eq.2", prefer="handling=strict, max-affected=1").expect(400)
    assert len(there(database, "plain")) == 3
