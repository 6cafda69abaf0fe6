"""The end-to-end suite of the real @supabase/postgrest-js: tests/clients/postgrest-js."""

import pathlib

import node_client

FOLDER = node_client.CLIENTS / "postgrest-js"


def test_postgrest_js(start, fresh_database):
    fresh_database.sql("CREATE FUNCTION add_them(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b'")
    server = start(fresh_database, server={"dialect": "postgrest"})
    counts = node_client.run_tests(FOLDER, MIDAIR_URL=f"http://127.0.0.1:{server.port}")
    assert counts["fail"] == 0 and counts["pass"] >= 7


def test_the_lock_file_names_no_registry():
    assert node_client.lock_addresses(FOLDER) == []
    assert not list(pathlib.Path(FOLDER).glob("*.tgz"))
