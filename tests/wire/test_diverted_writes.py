"""docs/http.md section 5: a write that a trigger of the database takes over is run once and answered as a success."""

import pytest

import midair as harness
import tables

SCHEMA = """
CREATE TABLE log (at serial, op text, id int);
CREATE FUNCTION divert() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN INSERT INTO log (op, id) VALUES (TG_OP, coalesce(NEW.id, OLD.id)); RETURN NULL; END $$;
CREATE TABLE parents (id int PRIMARY KEY, v text);
CREATE TABLE plain (id int PRIMARY KEY, parent_id int REFERENCES parents, v text);
CREATE TABLE stamped (id int PRIMARY KEY, parent_id int REFERENCES parents, v text);
CREATE TABLE secured (id int PRIMARY KEY, parent_id int REFERENCES parents, v text);
CREATE TABLE halves (id int, parent_id int REFERENCES parents, v text, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE lower_half PARTITION OF halves FOR VALUES FROM (0) TO (100);
CREATE TABLE only_new (id int PRIMARY KEY, parent_id int REFERENCES parents, v text);
CREATE TABLE named (id int UNIQUE, v text);
CREATE VIEW seen AS SELECT id, parent_id, v FROM plain UNION ALL SELECT id, parent_id, v FROM plain WHERE false;
CREATE TRIGGER divert INSTEAD OF INSERT OR UPDATE OR DELETE ON seen FOR EACH ROW EXECUTE FUNCTION divert();
INSERT INTO parents VALUES (1, 'one');
INSERT INTO plain VALUES (1, 1, 'old'), (2, 1, 'old');
INSERT INTO stamped VALUES (1, 1, 'old'), (2, 1, 'old');
INSERT INTO secured VALUES (1, 1, 'old'), (2, 1, 'old');
INSERT INTO halves VALUES (1, 1, 'old'), (2, 1, 'old');
INSERT INTO only_new VALUES (1, 1, 'old'), (2, 1, 'old');
CREATE TRIGGER divert BEFORE INSERT OR UPDATE OR DELETE ON plain FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TRIGGER divert BEFORE INSERT OR UPDATE OR DELETE ON stamped FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TRIGGER divert BEFORE INSERT OR UPDATE OR DELETE ON secured FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TRIGGER divert BEFORE INSERT OR UPDATE OR DELETE ON lower_half FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TRIGGER divert BEFORE INSERT ON only_new FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TRIGGER divert BEFORE INSERT ON named FOR EACH ROW EXECUTE FUNCTION divert();
CREATE TABLE marked (id int PRIMARY KEY, v text, gone boolean DEFAULT false);
CREATE FUNCTION mark() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE marked SET gone = true WHERE id = OLD.id; RETURN NULL; END $$;
CREATE TRIGGER mark BEFORE DELETE ON marked FOR EACH ROW EXECUTE FUNCTION mark();
INSERT INTO marked VALUES (1, 'old'), (2, 'old');
ALTER TABLE marked ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON marked USING (true);
CREATE POLICY but_not_two ON marked AS RESTRICTIVE FOR DELETE USING (id <> 2);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE POLICY everything ON secured USING (true);
"""
MERGE, IGNORE = "resolution=merge-duplicates", "resolution=ignore-duplicates"
OBJECT = "application/vnd.pgrst.object+json"
NEW = {"id": 9, "parent_id": 1, "v": "new"}
TABLES = ["plain", "stamped", "secured", "halves", "seen"]
INSERTS = [
    ("POST", lambda c, u: c.post(u, NEW), 201),
    ("POST, minimal", lambda c, u: c.post(u, NEW, prefer="return=minimal"), 201),
    ("POST, shown as an object", lambda c, u: c.post(u, NEW, accept=OBJECT), 201),
    ("POST of an array", lambda c, u: c.post(u, [NEW]), 201),
    ("POST below a parent", lambda c, u: c.post(f"/parents/1{u}", NEW), 201),
    ("POST of an array below a parent", lambda c, u: c.post(f"/parents/1{u}", [NEW]), 201),
    ("PUT", lambda c, u: c.put(f"{u}/9", NEW), 201),
    ("PUT that only creates", lambda c, u: c.put(f"{u}/9", NEW, if_none_match="*"), 201),
    ("PUT, minimal", lambda c, u: c.put(f"{u}/9", NEW, prefer="return=minimal"), 201),
    ("PUT by filter", lambda c, u: c.put(f"{u}?id=eq.9", NEW), 201),
    ("PUT below a parent", lambda c, u: c.put(f"/parents/1{u}/9", NEW), 201),
    ("PUT of an array", lambda c, u: c.put(u, [NEW]), 201),
    ("PUT of an array below a parent", lambda c, u: c.put(f"/parents/1{u}", [NEW]), 201),
    ("upsert", lambda c, u: c.post(u, [NEW], prefer=MERGE), None),
    ("upsert that ignores", lambda c, u: c.post(u, [NEW], prefer=IGNORE), None),
]
CHANGES = [
    ("PATCH", lambda c, u, k: c.patch(f"{u}/1", {"v": "new"}, **k)),
    ("JSON Patch", lambda c, u, k: c.patch(f"{u}/1", [{"op": "replace", "path": "/v", "value": "new"}],
                                           type=harness.PATCH, **k)),
    ("operators", lambda c, u, k: c.patch(f"{u}/1", {"$set": {"v": "new"}}, type=harness.UPDATE, **k)),
    ("PUT", lambda c, u, k: c.put(f"{u}/1", {"parent_id": 1, "v": "new"}, **k)),
    ("PATCH below a parent", lambda c, u, k: c.patch(f"/parents/1{u}/1", {"v": "new"}, **k)),
    ("PATCH by filter", lambda c, u, k: c.patch(f"{u}?id=eq.1", {"v": "new"}, **k)),
    ("PATCH of an array", lambda c, u, k: c.patch(u, [{"id": 1, "v": "new"}], **k)),
    ("PUT of an array", lambda c, u, k: c.put(u, [{"id": 1, "parent_id": 1, "v": "new"}], **k)),
]
DELETES = [
    ("DELETE", lambda c, u, k: c.delete(f"{u}/1", **k)),
    ("DELETE by filter", lambda c, u, k: c.delete(f"{u}?id=eq.1", **k)),
    ("DELETE of an array", lambda c, u, k: c.delete(u, [{"id": 1}], **k)),
]

database = tables.database(SCHEMA, stamped=["stamped"])


RESOURCES = {"*": {"if_match": "optional"}, "seen": {"key": "id", "key_unique": "trust"}}


@pytest.fixture(scope="module")
def server(database):
    """midair under a role that owns nothing, so that policies of row security apply to it."""
    role = f"{database.name}_writer"
    database.sql(f"CREATE ROLE {role} LOGIN; GRANT ALL ON ALL TABLES IN SCHEMA public TO {role};"
                 f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")
    url = database.postgres.url(database.name, user=role)
    with harness.Midair(database, url=url, resources=RESOURCES) as running:
        yield running
    database.sql(f"DROP OWNED BY {role}; DROP ROLE {role}")


@pytest.fixture(autouse=True)
def empty_log(database):
    database.sql("TRUNCATE log")


def written(database):
    return database.one("SELECT coalesce(string_agg(op || ' ' || id, ', ' ORDER BY at), '') FROM log")


@pytest.mark.parametrize("table", TABLES + ["only_new"])
@pytest.mark.parametrize("send, status", [i[1:] for i in INSERTS], ids=[i[0] for i in INSERTS])
def test_a_new_row_that_goes_elsewhere_is_made_once(client, database, table, send, status):
    if table == "seen" and send in [i[1] for i in INSERTS if "below" in i[0]]:
        pytest.skip("a view has no foreign key")
    answer = send(client, f"/{table}").expect(status or 200, 201)
    assert written(database) == "INSERT 9"
    assert answer.etag is None and answer.text in ("", "[]")


@pytest.mark.parametrize("table", ["plain", "stamped", "only_new"])
@pytest.mark.parametrize("send", [
    lambda c, u: c.post(f"/parents/7{u}", {"id": 9, "v": "new"}),
    lambda c, u: c.post(f"/parents/7{u}", [{"id": 9, "v": "new"}]),
    lambda c, u: c.put(f"/parents/7{u}/9", {"v": "new"}),
    lambda c, u: c.put(f"/parents/7{u}", [{"id": 9, "v": "new"}]),
    lambda c, u: c.post(f"/parents/x{u}", {"id": 9, "v": "new"}),
], ids=["POST", "POST of an array", "PUT", "PUT of an array", "POST below no key"])
def test_a_parent_that_does_not_exist_is_still_missed(client, database, table, send):
    send(client, f"/{table}").problem(404)
    assert written(database) == ""


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("condition", ["none", "any", "tag"])
@pytest.mark.parametrize("send", [c[1] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_change_that_goes_elsewhere_is_made_once(client, database, table, send, condition):
    if table == "seen" and send is CHANGES[4][1]:
        pytest.skip("a view has no foreign key")
    tag = client.tag(f"/{table}/1")
    shown = send(client, f"/{table}", {"none": {}, "any": {"if_match": "*"}, "tag": {"if_match": tag}}[condition])
    assert written(database) == "UPDATE 1"
    rows = shown.expect(200).json()
    row = rows[0] if isinstance(rows, list) else rows
    assert row["v"] == "old" and row["etag"] == tag  # the row as it is


@pytest.mark.parametrize("table", [t for t in TABLES if t != "secured"])
@pytest.mark.parametrize("condition", ["none", "any", "tag"])
@pytest.mark.parametrize("send", [d[1] for d in DELETES], ids=[d[0] for d in DELETES])
def test_a_delete_that_goes_elsewhere_is_made_once(client, database, table, send, condition):
    tag = client.tag(f"/{table}/1")
    send(client, f"/{table}", {"none": {}, "any": {"if_match": "*"}, "tag": {"if_match": tag}}[condition]).expect(204)
    assert written(database) == "DELETE 1"
    assert client.tag(f"/{table}/1") == tag


@pytest.mark.parametrize("send", [c[1] for c in CHANGES + DELETES], ids=[c[0] for c in CHANGES + DELETES])
@pytest.mark.parametrize("table", ["plain", "stamped"])
def test_a_stale_tag_runs_no_trigger(client, database, table, send):
    send(client, f"/{table}", {"if_match": '"1.1.aaaaaaaaaaaaaaaaaaaa"'}).problem(412)
    assert written(database) == ""


def test_a_row_that_is_there_is_not_created_again(client, database):
    for table in TABLES + ["only_new"]:
        client.put(f"/{table}/1", NEW | {"id": 1}, if_none_match="*").problem(412)
        client.put(f"/{table}", [NEW | {"id": 1}], if_none_match="*").problem(412)
    assert written(database) == ""


def test_rows_of_an_array_that_go_elsewhere_are_each_made_once(client, database):
    rows = [NEW | {"id": key} for key in (5, 7, 6)]
    for table in TABLES + ["only_new"]:
        database.sql("TRUNCATE log")
        client.put(f"/{table}", rows).expect(201)
        assert written(database) == "INSERT 5, INSERT 7, INSERT 6"


def test_a_row_that_a_policy_protects_is_told_from_one_that_a_trigger_marks(client, database):
    """BEFORE DELETE that marks the row returns NULL; so does a policy that hides the row from DELETE."""
    client.delete("/marked/1").expect(204)
    assert database.row("marked", id=1)["gone"]
    client.delete("/marked/2").problem(403)
    assert not database.row("marked", id=2)["gone"]


@pytest.mark.concurrent
@pytest.mark.parametrize("table", ["only_new_kept", "seen_kept"])
def test_of_many_creators_where_a_trigger_may_divert_one_wins(create, start, table):
    """A trigger that returns its row keeps nothing from it: If-None-Match: * has one winner."""
    database = create("""
        CREATE TABLE only_new_kept (id int PRIMARY KEY, v text);
        CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
        CREATE TRIGGER keep BEFORE INSERT ON only_new_kept FOR EACH ROW EXECUTE FUNCTION keep();
        CREATE VIEW seen_kept AS SELECT id, v FROM only_new_kept GROUP BY id;
        CREATE FUNCTION pass_on() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN INSERT INTO only_new_kept VALUES (NEW.id, NEW.v); RETURN NEW; END $$;
        CREATE TRIGGER pass_on INSTEAD OF INSERT ON seen_kept FOR EACH ROW EXECUTE FUNCTION pass_on();
        CREATE TRIGGER no_update INSTEAD OF UPDATE ON seen_kept FOR EACH ROW EXECUTE FUNCTION keep();
    """)
    server = start(database, resources={"seen_kept": {"key": "id", "key_unique": "trust"}})
    clients = [server.client() for _ in range(6)]
    for attempt in range(1, 6):
        statuses = harness.race(6, lambda i: clients[i].put(f"/{table}/{attempt}", {"v": str(i)}, if_none_match="*").status)
        assert sorted(statuses) == [201] + [412] * 5
