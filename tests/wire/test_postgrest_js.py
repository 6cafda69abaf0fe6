"""The end-to-end suites of real clients of PostgREST, below tests/clients: both majors of @supabase/postgrest-js, supabase-js, ra-data-postgrest."""

import pathlib

import pytest

import node_client
import tables
from midair import SHOP

SCHEMA = r"""
CREATE SCHEMA maps;
CREATE EXTENSION postgis SCHEMA maps;
CREATE TABLE cinemas (id int PRIMARY KEY, spot maps.geometry(Point, 4326));
INSERT INTO cinemas VALUES (1, 'SRID=4326;POINT(4.35 50.85)');
CREATE TABLE directors (id int PRIMARY KEY, name text);
CREATE TABLE films (id int PRIMARY KEY, title text, year int, rating numeric, tags text[], shown int4range, meta jsonb, words tsvector, director_id int REFERENCES directors,
    released boolean, mood mood, "Box Office" int);
CREATE TABLE actors (id int PRIMARY KEY, name text);
CREATE TABLE roles (film_id int REFERENCES films, actor_id int REFERENCES actors, character text, PRIMARY KEY (film_id, actor_id));
CREATE TABLE scores (name text PRIMARY KEY, code int UNIQUE, points int NOT NULL DEFAULT 7 CHECK (points >= 0), note text);
INSERT INTO directors VALUES (1, 'Scott'), (2, 'Cameron'), (3, 'Mann');
INSERT INTO films VALUES
    (1, 'Alien', 1979, 8.5, '{space,horror}', '[5,15)', '{"studio": {"name": "Fox"}, "year": "1979"}', to_tsvector('english', 'a crew in the dark'), 1, true, 'calm', 100),
    (2, 'Aliens', 1986, 8.4, '{space,war}', '[10,20)', '{"studio": {"name": "Fox"}}', to_tsvector('english', 'a crew of marines'), 2, true, 'busy', 200),
    (3, 'Heat', 1995, 8.6, '{crime}', '[30,35)', '{"studio": {"name": "WB"}}', to_tsvector('english', 'a bank robbery'), 3, true, 'calm', NULL),
    (4, 'To come', 2040, NULL, '{}', NULL, '{}', NULL, NULL, false, NULL, NULL),
    (5, 'A, "B" (C) & D=E+F%', 2000, 8.1, '{"a,b"}', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO actors VALUES (1, 'Weaver'), (2, 'Pacino');
INSERT INTO roles VALUES (1, 1, 'Ripley'), (2, 1, 'Ripley'), (3, 2, 'Hanna');
CREATE SCHEMA annex;
CREATE TABLE annex.memos (id int PRIMARY KEY, memo text);
INSERT INTO annex.memos VALUES (1, 'in the annex');
CREATE FUNCTION annex.whereabouts() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'annex' $$;
CREATE FUNCTION add_them(a integer, b integer DEFAULT 10) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION add_all(numbers integer[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT sum(n) FROM unnest(numbers) n';
CREATE FUNCTION same(given jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS 'SELECT given';
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION films_after(year integer) RETURNS SETOF films LANGUAGE sql STABLE AS 'SELECT * FROM films f WHERE f.year > films_after.year';
CREATE FUNCTION headline(films) RETURNS text LANGUAGE sql STABLE AS 'SELECT upper($1.title)';
CREATE FUNCTION maker(films) RETURNS SETOF directors ROWS 1 LANGUAGE sql STABLE AS 'SELECT * FROM directors WHERE id = $1.director_id';
CREATE FUNCTION made(directors) RETURNS SETOF films LANGUAGE sql STABLE AS 'SELECT * FROM films WHERE director_id = $1.id';
CREATE FUNCTION put_score(name text, points integer) RETURNS integer LANGUAGE sql VOLATILE AS
    'INSERT INTO scores (name, points) VALUES (put_score.name, put_score.points) ON CONFLICT ON CONSTRAINT scores_pkey DO UPDATE SET points = EXCLUDED.points RETURNING points';
CREATE FUNCTION complain() RETURNS integer LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING HINT = 'try yes'; END $$;
"""
SETTINGS = {"schemas": "public, annex", "tx_end": "commit-allow-override"}


database = tables.database(SCHEMA, like=SHOP, stamped=["scores", "directors", "films"])


def test_postgrest_js(database, start):
    theirs = start(database, server={"dialect": "postgrest", "plans": "on"}, settings=SETTINGS)
    ours = start(database, settings=SETTINGS)
    counts = node_client.run_tests(node_client.CLIENTS / "postgrest-js", MIDAIR_URL=f"http://127.0.0.1:{theirs.port}",
                                   MIDAIR_DEFAULT_URL=f"http://127.0.0.1:{ours.port}")
    assert counts["fail"] == 0 and counts["pass"] >= 170


def test_supabase_js(database, start):
    server = start(database, server={"dialect": "postgrest", "base_path": "/rest/v1"}, settings=SETTINGS)
    node_client.run_tests(node_client.CLIENTS / "supabase-js", MIDAIR_URL=f"http://127.0.0.1:{server.port}")


def test_ra_data_postgrest(database, start):
    server = start(database, server={"dialect": "postgrest"}, settings=SETTINGS)
    node_client.run_tests(node_client.CLIENTS / "ra-data-postgrest", MIDAIR_URL=f"http://127.0.0.1:{server.port}")


@pytest.mark.parametrize("folder", ["postgrest-js", "supabase-js", "ra-data-postgrest"])
def test_lock_files_name_no_registry(folder):
    assert node_client.lock_addresses(node_client.CLIENTS / folder) == []
    assert not list(pathlib.Path(node_client.CLIENTS / folder).glob("*.tgz"))
