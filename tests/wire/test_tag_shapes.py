"""docs/http.md section 3: a tag never stands for two byte sequences, whatever DDL does to the table or its types."""

import os
import re
import shutil

import pytest

from midair import Midair, Postgres, eventually, stamp
from midair.postgres import own

# Each row: what it is, objects made before the table, the table's columns, a row's values, the DDL that changes how the
# row is shown. {t} is the table; {role} the role that midair connects as.
DDL = [
    ("an enum label is renamed", "CREATE TYPE {t}_e AS ENUM ('a', 'b')", "v {t}_e", "'a'",
     "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("an enum label inside an array is renamed", "CREATE TYPE {t}_e AS ENUM ('a', 'b')", "v {t}_e[]", "'{a,b}'",
     "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("an enum label inside a composite type is renamed",
     "CREATE TYPE {t}_e AS ENUM ('a', 'b'); CREATE TYPE {t}_c AS (x {t}_e)", "v {t}_c", "'(a)'",
     "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("an enum label beneath a domain is renamed", "CREATE TYPE {t}_e AS ENUM ('a', 'b'); CREATE DOMAIN {t}_d AS {t}_e",
     "v {t}_d", "'a'", "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("a composite type's attribute is renamed", "CREATE TYPE {t}_c AS (x int, y int)", "v {t}_c", "'(1,2)'",
     "ALTER TYPE {t}_c RENAME ATTRIBUTE x TO z"),
    ("a composite type gets an attribute", "CREATE TYPE {t}_c AS (x int, y int)", "v {t}_c", "'(1,2)'",
     "ALTER TYPE {t}_c ADD ATTRIBUTE z text"),
    ("a composite type loses an attribute", "CREATE TYPE {t}_c AS (x int, y int)", "v {t}_c", "'(1,2)'",
     "ALTER TYPE {t}_c DROP ATTRIBUTE y"),
    ("a composite type loses an attribute in a composite type",
     "CREATE TYPE {t}_c AS (x int, y int); CREATE TYPE {t}_o AS (c {t}_c)", "v {t}_o[]",
     "ARRAY[ROW(ROW(1,2)::{t}_c)::{t}_o]", "ALTER TYPE {t}_c DROP ATTRIBUTE y"),
    ("a domain over a composite type, whose attribute is renamed",
     "CREATE TYPE {t}_c AS (x int, y int); CREATE DOMAIN {t}_d AS {t}_c", "v {t}_d", "'(1,2)'",
     "ALTER TYPE {t}_c RENAME ATTRIBUTE x TO z"),
    ("another table's row type gets a column", "CREATE TABLE {t}_r (x int, y int)", "v {t}_r", "'(1,2)'",
     "ALTER TABLE {t}_r ADD COLUMN z text"),
    ("values are changed by a rewrite, the type stays", "", "v int", "5",
     "ALTER TABLE {t} ALTER COLUMN v TYPE int USING v * 2"),
    ("values are changed by a rewrite to another type and back", "", "v int", "5",
     "ALTER TABLE {t} ALTER COLUMN v TYPE text USING v || '7'; ALTER TABLE {t} ALTER COLUMN v TYPE int USING v::int"),
    ("another type", "", "v int", "5", "ALTER TABLE {t} ALTER COLUMN v TYPE text"),
    ("another precision", "", "v numeric(9,2)", "5", "ALTER TABLE {t} ALTER COLUMN v TYPE numeric(9,3)"),
    ("a timestamp with another precision", "", "v timestamp", "'2024-01-02 03:04:05.678'",
     "ALTER TABLE {t} ALTER COLUMN v TYPE timestamp(0)"),
    ("a column is dropped, and another of that name is added", "", "v int DEFAULT 1", "5",
     "ALTER TABLE {t} DROP COLUMN v; ALTER TABLE {t} ADD COLUMN v int DEFAULT 1"),
    ("two columns change their names", "", "v int, w int", "5, 6",
     "ALTER TABLE {t} RENAME COLUMN v TO x; ALTER TABLE {t} RENAME COLUMN w TO v; ALTER TABLE {t} RENAME COLUMN x TO w"),
    ("a column is renamed", "", "v int", "5", "ALTER TABLE {t} RENAME COLUMN v TO w"),
    ("a column is added", "", "v int", "5", "ALTER TABLE {t} ADD COLUMN w text"),
    ("a column is dropped", "", "v int, w int", "5, 6", "ALTER TABLE {t} DROP COLUMN w"),
    ("a cast to json appears", "CREATE TYPE {t}_c AS (x int); CREATE FUNCTION {t}_j({t}_c) RETURNS json LANGUAGE sql "
     "AS 'SELECT ''[1]''::json'", "v {t}_c", "'(1)'", "CREATE CAST ({t}_c AS json) WITH FUNCTION {t}_j"),
    ("a cast to json gives another value", "CREATE TYPE {t}_e AS ENUM ('a'); CREATE FUNCTION {t}_j({t}_e) RETURNS json "
     "LANGUAGE sql AS 'SELECT ''[1]''::json'; CREATE CAST ({t}_e AS json) WITH FUNCTION {t}_j", "v {t}_e", "'a'",
     "CREATE OR REPLACE FUNCTION {t}_j({t}_e) RETURNS json LANGUAGE sql AS 'SELECT ''[2]''::json'"),
    ("a range's enum label is renamed", "CREATE TYPE {t}_e AS ENUM ('a', 'b'); CREATE TYPE {t}_r AS RANGE (subtype = {t}_e)",
     "v {t}_r", "'[a,b]'", "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("an enum label beneath an array of a domain in a composite type",
     "CREATE TYPE {t}_e AS ENUM ('a'); CREATE DOMAIN {t}_d AS {t}_e; CREATE TYPE {t}_c AS (x {t}_d[])", "v {t}_c",
     "ROW(ARRAY['a'::{t}_d])::{t}_c", "ALTER TYPE {t}_e RENAME VALUE 'a' TO 'z'"),
    ("an attribute is dropped, and another of that name is added", "CREATE TYPE {t}_c AS (x int, y int)", "v {t}_c",
     "'(1,2)'", "ALTER TYPE {t}_c DROP ATTRIBUTE y; ALTER TYPE {t}_c ADD ATTRIBUTE y int"),
    ("another type takes the name of an enum", "CREATE TYPE {t}_e AS ENUM ('a')", "v {t}_e", "'a'",
     "ALTER TYPE {t}_e RENAME TO {t}_o; CREATE TYPE {t}_e AS ENUM ('b'); "
     "ALTER TABLE {t} ALTER COLUMN v TYPE {t}_e USING 'b'::{t}_e"),
    ("text is padded", "", "v char(3)", "'a'", "ALTER TABLE {t} ALTER COLUMN v TYPE char(5)"),
    ("json becomes jsonb", "", "v json", """'{"b": 1,"a": 2}'""", "ALTER TABLE {t} ALTER COLUMN v TYPE jsonb"),
    ("a generated column gets another expression", "", "v int, w int GENERATED ALWAYS AS (v * 2) STORED", "5",
     "ALTER TABLE {t} DROP COLUMN w; ALTER TABLE {t} ADD COLUMN w int GENERATED ALWAYS AS (v * 3) STORED"),
    ("another table takes the name", "CREATE TABLE {t}_n (id int PRIMARY KEY, v int, created timestamptz, modified timestamptz, version bigint)",
     "v int", "5", "INSERT INTO {t}_n (id, v) VALUES (1, 6); {same_state}; ALTER TABLE {t} RENAME TO {t}_o; ALTER TABLE {t}_n RENAME TO {t}"),
    ("a column may be read now", "", "v int, w int", "5, 6", "GRANT SELECT ON {t} TO {role}"),
    ("a column may no longer be read", "", "v int, w int", "5, 6",
     "REVOKE SELECT ON {t} FROM {role}; GRANT SELECT (id, v, created, modified, version) ON {t} TO {role}"),
]
STAMPED_ONLY = {"a column may no longer be read", "a column may be read now"}  # without stamps a row that is seen in part has no tag

# The same of views: objects, the view, the DDL.
VIEWS = [
    ("a view shows another column under the name", "CREATE VIEW {t}_v AS SELECT id, a AS v, modified, version FROM {t}",
     "CREATE OR REPLACE VIEW {t}_v AS SELECT id, b AS v, modified, version FROM {t}"),
    ("a view of a view shows another column",
     "CREATE VIEW {t}_u AS SELECT id, a, b, modified, version FROM {t}; "
     "CREATE VIEW {t}_v AS SELECT id, a AS v, modified, version FROM {t}_u",
     "CREATE OR REPLACE VIEW {t}_u AS SELECT id, b AS a, b, modified, version FROM {t}"),
    ("an enum label is renamed beneath a view", "CREATE VIEW {t}_v AS SELECT id, e AS v, modified, version FROM {t}",
     "ALTER TYPE {t}_e RENAME VALUE 'x' TO 'y'"),
]

COLUMNS = "id int PRIMARY KEY"


@pytest.fixture(scope="module")
def role(database):
    name = f"shapes_{database.name}"
    database.sql(f"CREATE ROLE {name} LOGIN; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO {name}; "
                 f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {name}")
    return name


@pytest.fixture(scope="module")
def config(database, role):
    keys = {f"shape_v{i}_v": {"key": "id"} for i in range(len(VIEWS))}
    return {"url": database.postgres.url(database.name, user=role), "resources": {"*": {"if_match": "optional"}, **keys}}


@pytest.fixture(scope="module", autouse=True)
def tables(database, role):
    """All tables are made before the server reads its catalog."""
    stamped = []
    for i, (_, before, columns, values, _) in enumerate(DDL):
        for kind in "su":
            t = f"shape_{kind}{i}"
            database.sql(f"{before.replace('{t}', t)}; CREATE TABLE {t} ({COLUMNS}, {columns.replace('{t}', t)}); "
                         f"INSERT INTO {t} VALUES (1, {values.replace('{t}', t)})")
            if kind == "s":
                stamped.append(t)
    for i, (_, view, _) in enumerate(VIEWS):
        t = f"shape_v{i}"
        database.sql(f"CREATE TYPE {t}_e AS ENUM ('x'); CREATE TABLE {t} ({COLUMNS}, a int, b int, e {t}_e); "
                     f"INSERT INTO {t} VALUES (1, 5, 6, 'x')")
        stamp(database, t)
        database.sql(view.replace("{t}", t))
    stamp(database, *stamped)
    database.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")


def reload(client, database, name):
    database.sql(f"CREATE TABLE {name} (id int PRIMARY KEY); NOTIFY midair, 'reload'")
    eventually(lambda: client.get(f"/{name}").status == 200)


def without_tag(answer):
    return re.sub(r'"etag": ?"[^"]*\\"",?', "", answer.text)


def shown_otherwise(client, database, url, ddl, marker):
    """Runs the DDL and checks that no tag of before stands for what is shown now."""
    before, listed = client.get(url).expect(200), client.get(url.rsplit("/", 1)[0]).expect(200)
    again = client.get(url).expect(200)
    assert again.etag == before.etag and again.text == before.text
    database.sql(ddl)
    reload(client, database, marker)
    after = client.get(url).expect(200)
    assert without_tag(after) != without_tag(before), "the row does not test what it should"
    assert after.etag != before.etag
    client.get(url, if_none_match=before.etag).expect(200)
    assert client.get(url.rsplit("/", 1)[0]).expect(200).json()[0]["etag"] != listed.json()[0]["etag"]
    client.patch(url, {"id": 1}, if_match=before.etag).problem(412)
    client.delete(url, if_match=before.etag).problem(412)
    assert client.get(url, if_none_match=after.etag).status == 304


def same_state(t, kind):
    """Makes the stamps of another table's row equal to those of the row; unstamped rows have columns of that name only."""
    if kind == "unstamped":
        return f"ALTER TABLE {t}_n DROP COLUMN created, DROP COLUMN modified, DROP COLUMN version"
    return f"UPDATE {t}_n n SET created = o.created, modified = o.modified, version = o.version FROM {t} o"


SWAPPED = """
BEGIN;
CREATE TABLE {t} (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
CREATE TABLE {t}_a PARTITION OF {t} FOR VALUES FROM (0) TO (100);
CREATE TABLE {t}_b (id int PRIMARY KEY, v text);
INSERT INTO {t} VALUES (1, 'a');
INSERT INTO {t}_b VALUES (1, 'b');
COMMIT
"""


def test_another_partition_with_rows_of_the_same_transaction(client, database, role):
    """The rows have the same key, transaction and place."""
    t = "shape_swapped"
    database.sql(SWAPPED.replace("{t}", t))
    database.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}")
    same = database.sql(f"SELECT xmin::text, ctid::text FROM {t}_a UNION ALL SELECT xmin::text, ctid::text FROM {t}_b")
    assert same[0] == same[1], "the row does not test what it should"
    reload(client, database, "marker_before_swap")
    shown_otherwise(client, database, f"/{t}/1",
                    f"ALTER TABLE {t} DETACH PARTITION {t}_a; ALTER TABLE {t} ATTACH PARTITION {t}_b FOR VALUES FROM (0) TO (100)",
                    "marker_swap")


def test_what_another_role_sees_has_another_tag(database, role):
    """Two midairs with two roles, as two tenants have them."""
    t = "shape_roles"
    database.sql(f"CREATE TABLE {t} (id int PRIMARY KEY, v int, w int); INSERT INTO {t} VALUES (1, 5, 6)")
    stamp(database, t)
    other = f"{role}_other"
    database.sql(f"CREATE ROLE {other} LOGIN; GRANT SELECT, UPDATE ON {t} TO {role}; REVOKE ALL ON {t} FROM {other};"
                 f"GRANT SELECT (id, v, created, modified, version), UPDATE ON {t} TO {other}")
    tags, texts = [], []
    for user in (role, other):
        with Midair(database, url=database.postgres.url(database.name, user=user)) as server, server.client() as client:
            answer = client.get(f"/{t}/1", if_none_match=", ".join(tags) or None).expect(200)
            tags.append(answer.etag)
            texts.append(without_tag(answer))
            if len(tags) == 2:
                client.patch(f"/{t}/1", {"v": 1}, if_match=tags[0]).problem(412)
    assert texts[0] != texts[1] and tags[0] != tags[1]
    database.sql(f"DROP OWNED BY {other}; DROP ROLE {other}")


@pytest.mark.parametrize("kind", ["stamped", "unstamped"])
@pytest.mark.parametrize("row", range(len(DDL)), ids=[row[0] for row in DDL])
def test_ddl_that_changes_bytes_changes_the_tag(client, database, role, row, kind):
    if kind == "unstamped" and DDL[row][0] in STAMPED_ONLY:
        pytest.skip("such rows have no tags")
    t = f"shape_{kind[0]}{row}"
    if DDL[row][0] == "a column may be read now":
        database.sql(f"REVOKE SELECT ON {t} FROM {role}; GRANT SELECT (id, v, created, modified, version) ON {t} TO {role}")
        reload(client, database, f"marker_before_{kind[0]}{row}")
    ddl = DDL[row][4].replace("{t}", t).replace("{role}", role).replace("{same_state}", same_state(t, kind))
    shown_otherwise(client, database, f"/{t}/1", ddl, f"marker_{kind[0]}{row}")


@pytest.mark.parametrize("row", range(len(VIEWS)), ids=[row[0] for row in VIEWS])
def test_ddl_beneath_a_view_changes_its_tags(client, database, row):
    t = f"shape_v{row}"
    shown_otherwise(client, database, f"/{t}_v/1", VIEWS[row][2].replace("{t}", t), f"marker_v{row}")


@pytest.mark.parametrize("touch", [True, False], ids=["touching", "not touching"])
@pytest.mark.parametrize("select", ["*,{c}(*)", "id,kids:{c}(v)"], ids=["whole", "renamed"])
def test_ddl_on_embedded_rows_changes_the_tag(client, database, touch, select):
    p = f"shape_parent_{int(touch)}{len(select)}"
    c = p.replace("parent", "child")
    database.sql(f"CREATE TYPE {p}_e AS ENUM ('a'); CREATE TABLE {p} (id int PRIMARY KEY); INSERT INTO {p} VALUES (1); "
                 f"CREATE TABLE {c} (id int PRIMARY KEY, parent_id int REFERENCES {p}, v {p}_e); "
                 f"INSERT INTO {c} VALUES (1, 1, 'a')")
    stamp(database, p, c, options=["--touch", f"{c}.parent_id"] if touch else [])
    reload(client, database, f"marker_before_{p}")
    url = f"/{p}/1?select={select.replace('{c}', c)}"
    before = client.get(url).expect(200)
    database.sql(f"ALTER TYPE {p}_e RENAME VALUE 'a' TO 'z'")
    reload(client, database, f"marker_after_{p}")
    after = client.get(url).expect(200)
    assert '"z"' in after.text and after.etag != before.etag
    client.get(url, if_none_match=before.etag).expect(200)


def test_another_name_of_the_member_that_carries_the_tag(database, start):
    """The member is part of the bytes."""
    database.insert("customers", id=77, name="n")
    tags = []
    for field in ("etag", "_tag"):
        with start(database, resources={"*": {"etag_field": field}}).client() as client:
            answer = client.get("/customers/77").expect(200)
            assert field in answer.json()
            tags.append(answer.etag)
    assert tags[0] != tags[1]


LOOSE = "CREATE TABLE loose (id int PRIMARY KEY, v text)"


def tag_of_new_row(database, value):
    """Writes the row as the first thing after the start, so that both runs use the same transaction id."""
    database.sql("INSERT INTO loose VALUES (1, %s)", value)
    xmin, ctid = database.one("SELECT xmin::text, ctid::text FROM loose")
    with Midair(database) as server, server.client() as client:
        answer = client.get("/loose/1").expect(200)
        assert answer.json()["v"] == value
        return answer.etag, (xmin, ctid)


def test_tags_of_unstamped_rows_differ_after_a_cold_restore(tmp_path_factory):
    """A data directory that was copied back counts its transaction ids again, on the same timeline."""
    with Postgres() as postgres:
        database = postgres.create_database()
        database.sql(LOOSE)
        database.close()
        postgres.stop()
        shutil.copytree(postgres.data, postgres.data + ".backup", symlinks=True, copy_function=copy_with_owner)
        own_tree(postgres.data + ".backup")
        postgres.start()
        first, counted = tag_of_new_row(database, "first")
        database.close()
        postgres.stop()
        shutil.rmtree(postgres.data)
        shutil.move(postgres.data + ".backup", postgres.data)
        postgres.start()
        second, recounted = tag_of_new_row(database, "second")
        database.close()
        assert counted == recounted, "the row does not test what it should"
        assert first != second


def copy_with_owner(source, target):
    shutil.copy2(source, target)
    own(target)


def own_tree(folder):
    own(folder)
    for path, folders, files in os.walk(folder):
        for name in folders + files:
            own(os.path.join(path, name))


def test_tags_of_unstamped_rows_differ_between_clusters(cluster):
    """Copies of one data directory, running beside each other, or two clusters that were made alike."""
    seen = {}
    for _ in range(2):
        with Postgres() as postgres:
            database = postgres.create_database()
            database.sql(LOOSE)
            tag, counted = tag_of_new_row(database, "same")
            database.close()
            seen.setdefault(counted, set()).add(tag)
    assert len(seen) > 1 or len(next(iter(seen.values()))) == 2


def test_tags_of_unstamped_rows_differ_between_copies_of_a_database(cluster):
    original = cluster.create_database()
    original.sql(LOOSE + "; INSERT INTO loose VALUES (1, 'same')")
    original.close()
    copy = cluster.create_database(original.name)
    tags = []
    for database in (original, copy):
        with Midair(database) as server, server.client() as client:
            tags.append(client.get("/loose/1").expect(200).etag)
        database.close()
    assert tags[0] != tags[1]


def test_a_restart_of_postgresql_ends_tags_of_unstamped_rows_only():
    """Whether the server counts on from where it was cannot be known; versions and moments say it all."""
    with Postgres() as postgres:
        database = postgres.create_database()
        database.sql(LOOSE + "; INSERT INTO loose VALUES (1, 'v'); CREATE TABLE firm (id int PRIMARY KEY, v text); "
                     "INSERT INTO firm VALUES (1, 'v')")
        stamp(database, "firm")
        with Midair(database) as server, server.client() as client:
            loose, firm = client.get("/loose/1").expect(200).etag, client.get("/firm/1").expect(200).etag
            database.close()
            postgres.restart()
            eventually(lambda: client.get("/loose/1").etag not in (None, loose))
            client.patch("/loose/1", {"v": "w"}, if_match=loose).problem(412)
            client.patch("/firm/1", {"v": "w"}, if_match=firm).expect(200)
        database.close()
