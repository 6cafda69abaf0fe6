"""docs/http.md section 1: rows with one key, which inheritance and views make possible, are told apart or refused."""

import pytest

from midair import midair_command, stamp

SCHEMA = """
CREATE TABLE animals (id int PRIMARY KEY, name text);
CREATE TABLE plain_animals (id int PRIMARY KEY, name text);
CREATE TABLE plain_cats (lives int) INHERITS (plain_animals);
CREATE TABLE goods (id int PRIMARY KEY, kind text NOT NULL, code text UNIQUE, name text);
CREATE VIEW by_kind AS SELECT kind, name FROM goods;
CREATE VIEW goods_by_code AS SELECT code, name FROM goods;
CREATE VIEW goods_in_part AS SELECT id, name FROM goods;
CREATE VIEW twice AS SELECT g.id, g.name, s.n FROM goods g CROSS JOIN generate_series(1, 2) AS s (n);
CREATE MATERIALIZED VIEW kept AS SELECT id, name FROM goods;
CREATE UNIQUE INDEX ON kept (id);
CREATE MATERIALIZED VIEW unkept AS SELECT id, name FROM goods;
CREATE FUNCTION into_goods() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN UPDATE goods SET name = NEW.name WHERE id = OLD.id; RETURN NEW; END $$;
CREATE TRIGGER into_goods INSTEAD OF UPDATE ON twice FOR EACH ROW EXECUTE FUNCTION into_goods();
"""


@pytest.fixture(scope="module")
def database(cluster):
    made = cluster.create_database()
    made.sql(SCHEMA)
    stamp(made, "animals", "goods")
    made.sql("CREATE TABLE cats (lives int) INHERITS (animals)")
    made.sql("CREATE VIEW stamped_by_kind AS SELECT kind, name, modified, version FROM goods; "
             "CREATE VIEW stamped_by_id AS SELECT id, name, modified, version FROM goods")
    yield made
    made.close()


@pytest.fixture(scope="module")
def config():
    trusted = {"key_unique": "trust"}
    return {"resources": {"*": {"if_match": "optional"}, "twice": {"key": "id", **trusted},
                          "by_kind": {"key": "kind", **trusted}, "stamped_by_kind": {"key": "kind", **trusted},
                          "stamped_by_id": {"key": "id"}}}


@pytest.fixture(autouse=True)
def rows(database):
    database.sql("DELETE FROM animals; DELETE FROM plain_animals; DELETE FROM goods; "
                 "INSERT INTO goods VALUES (1, 'a', 'x', 'one'), (2, 'a', 'y', 'two'); "
                 "INSERT INTO plain_animals VALUES (1, 'animal')")
    # In one transaction, so that nothing but the table tells the rows apart.
    database.sql("BEGIN; DELETE FROM animals; INSERT INTO animals VALUES (1, 'animal'); "
                 "INSERT INTO cats (id, name, created, modified, version) "
                 "SELECT id, 'cat', created, modified, version FROM ONLY animals; DELETE FROM plain_animals; INSERT INTO plain_animals VALUES (1, 'animal'); "
                 "INSERT INTO plain_cats VALUES (1, 'cat'); COMMIT")


WRITES = [("PATCH", {"name": "z"}), ("PUT", {"name": "z"}), ("DELETE", None)]


@pytest.mark.parametrize("table", ["animals", "plain_animals"])
def test_tags_tell_a_parents_rows_from_a_childs(client, database, table):
    tags = {row["name"]: row["etag"] for row in client.get(f"/{table}").expect(200).json()}
    assert len(set(tags.values())) == 2
    client.patch(f"/{table}/1", {"name": "lion"}, if_match=tags["cat"]).expect(200)
    assert sorted(name for name, in database.sql(f"SELECT name FROM {table}")) == ["animal", "lion"]
    client.patch(f"/{table}/1", {"name": "x"}, if_match=tags["cat"]).problem(412)
    client.delete(f"/{table}/1", if_match=tags["animal"]).expect(204)
    assert [name for name, in database.sql(f"SELECT name FROM {table}")] == ["lion"]


@pytest.mark.parametrize("url", ["/animals/1", "/plain_animals/1", "/by_kind/a", "/stamped_by_kind/a", "/twice/1"])
@pytest.mark.parametrize("method, content", WRITES, ids=[method for method, _ in WRITES])
@pytest.mark.parametrize("condition", [None, "*"])
def test_a_write_that_reaches_several_rows_is_rolled_back(client, database, url, method, content, condition):
    state = "SELECT array_agg(x::text ORDER BY x::text) FROM (SELECT t.tableoid, t.* FROM {} t) x"
    before = [database.one(state.format(table)) for table in ("animals", "plain_animals", "goods")]
    answer = client.request(method, url, content, if_match=condition)
    assert answer.status in (400, 403, 404, 405, 409), answer  # and never a success
    if url in ("/animals/1", "/plain_animals/1") or (method == "PATCH" and url != "/twice/1"):
        assert answer.status == 409, answer
    assert [database.one(state.format(table)) for table in ("animals", "plain_animals", "goods")] == before


@pytest.mark.parametrize("table", ["animals", "plain_animals"])
def test_put_creates_no_second_row_beside_a_childs(client, database, table):
    database.sql(f"DELETE FROM ONLY {table}")
    client.put(f"/{table}/1", {"name": "z"}, if_none_match="*").problem(412)
    client.put(f"/{table}/1", {"name": "z"}, if_match=client.get(f"/{table}/1").etag).expect(200)
    assert database.one(f"SELECT count(*) FROM {table}") == 1


def test_tags_of_a_view_tell_rows_with_one_key_apart(client):
    for view in ("by_kind", "stamped_by_kind"):
        tags = [row["etag"] for row in client.get(f"/{view}").expect(200).json()]
        assert len(set(tags)) == 2
    tag = [row["etag"] for row in client.get("/stamped_by_kind?name=eq.two").json()][0]
    client.patch("/stamped_by_kind/a", {"name": "three"}, if_match=tag).expect(200, 412)
    assert [row["name"] for row in client.get("/goods?order=id").json()] in (["one", "three"], ["one", "two"])


def test_a_view_with_a_proven_key_keeps_the_stamps_of_its_table(client):
    row = client.get("/stamped_by_id/1").expect(200)
    assert row.etag.startswith(f'"{row.json()["version"]}.')
    client.patch("/stamped_by_id/1", {"name": "n"}, if_match=row.etag).expect(200)


@pytest.mark.parametrize("view, key, fine", [
    ("goods_by_code", "code", True), ("goods_in_part", "id", True), ("stamped_by_id", "id", True), ("kept", "id", True),
    ("goods_in_part", "id,name", True), ("by_kind", "kind", False), ("stamped_by_kind", "kind", False),
    ("twice", "id", False), ("twice", "id,n", False), ("unkept", "id", False), ("goods_in_part", "name", False)])
def test_check_asks_for_a_proof(database, tmp_path, view, key, fine):
    for trust in (False, True):
        path = tmp_path / "midair.ini"
        path.write_text(f"[database]\nurl = {database.url}\n[resource {view}]\nkey = {key}\n"
                        + ("key_unique = trust\n" if trust else ""))
        done = midair_command("check", "--config", str(path), check=False)
        assert ("nothing proves" in done.stdout) == (not fine and not trust), done.stdout
        assert (done.returncode == 0) == (fine or trust), done.stdout


def test_check_warns_of_inheritance(database):
    assert "tables inherit from it" in midair_command("check", "--database", database.url).stdout
