"""docs/http.md section 4: what satisfies a required precondition, for every way to write and every kind of resource."""

import pytest

import midair as harness
import tables
from preconditions import http_date, utc

SCHEMA = """
CREATE TABLE parents (id int PRIMARY KEY, v text);
CREATE TABLE plain (id int PRIMARY KEY, parent_id int REFERENCES parents, v text DEFAULT 'old');
CREATE TABLE loose (id int PRIMARY KEY, parent_id int REFERENCES parents, v text DEFAULT 'old');
CREATE TABLE halves (id int PRIMARY KEY, parent_id int REFERENCES parents, v text DEFAULT 'old') PARTITION BY RANGE (id);
CREATE TABLE lower_half PARTITION OF halves FOR VALUES FROM (0) TO (10);
CREATE TABLE upper_half PARTITION OF halves FOR VALUES FROM (10) TO (100);
CREATE TABLE parts (id int PRIMARY KEY, parent_id int REFERENCES parents, v text DEFAULT 'old') PARTITION BY HASH (id);
CREATE TABLE only_part PARTITION OF parts FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE early (id int PRIMARY KEY, parent_id int REFERENCES parents, v text DEFAULT 'old');
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER keep BEFORE INSERT OR UPDATE ON early FOR EACH ROW EXECUTE FUNCTION keep();
CREATE VIEW simple AS SELECT id, parent_id, v FROM loose;
CREATE TABLE base (id int PRIMARY KEY, parent_id int, v text DEFAULT 'old');
CREATE VIEW instead AS SELECT id, parent_id, v FROM base GROUP BY id;
CREATE FUNCTION pass_on() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF TG_OP = 'DELETE' THEN DELETE FROM base WHERE id = OLD.id; RETURN OLD; END IF;
    IF TG_OP = 'INSERT' THEN INSERT INTO base VALUES (NEW.id, NEW.parent_id, NEW.v); END IF;
    IF TG_OP = 'UPDATE' THEN UPDATE base SET v = NEW.v WHERE id = OLD.id; END IF;
    RETURN NEW; END $$;
CREATE TRIGGER pass_on INSTEAD OF INSERT OR UPDATE OR DELETE ON instead FOR EACH ROW EXECUTE FUNCTION pass_on();
CREATE TABLE shown (id int PRIMARY KEY, parent_id int, v text DEFAULT 'old');
INSERT INTO parents VALUES (1, 'p');
"""
SHOWN = "CREATE VIEW stamped_view AS SELECT * FROM shown"
RESOURCES = {"*": {"if_match": "required"}, "simple": {"key": "id"}, "stamped_view": {"key": "id"},
             "instead": {"key": "id", "key_unique": "trust"}}
# resource: the table whose rows it shows
KINDS = {"plain": "plain", "loose": "loose", "halves": "halves", "parts": "parts", "early": "early", "simple": "loose",
         "instead": "base", "stamped_view": "shown"}
STALE = '"1.1.aaaaaaaaaaaaaaaaaaaa"'
MERGE = "resolution=merge-duplicates"


def overriding(method):
    def send(c, u, **k):
        headers = [("X-HTTP-Method-Override", method)]
        return c.post(f"{u}/1", None if method == "DELETE" else {"v": "new"}, headers=headers, **k)
    return send


# each writes row 1; the last member: whether there is an item that has the tag
ITEMS = {
    "PATCH": lambda c, u, **k: c.patch(f"{u}/1", {"v": "new"}, **k),
    "PUT": lambda c, u, **k: c.put(f"{u}/1", {"v": "new"}, **k),
    "DELETE": lambda c, u, **k: c.delete(f"{u}/1", **k),
    "JSON Patch": lambda c, u, **k: c.patch(f"{u}/1", [{"op": "replace", "path": "/v", "value": "new"}], type=harness.PATCH, **k),
    "operators": lambda c, u, **k: c.patch(f"{u}/1", {"$set": {"v": "new"}}, type=harness.UPDATE, **k),
    "overridden PATCH": overriding("PATCH"),
    "overridden PUT": overriding("PUT"),
    "overridden DELETE": overriding("DELETE"),
}
NESTED = {
    "nested PATCH": lambda c, u, **k: c.patch(f"/parents/1{u}/1", {"v": "new"}, **k),
    "nested PUT": lambda c, u, **k: c.put(f"/parents/1{u}/1", {"v": "new"}, **k),
    "nested DELETE": lambda c, u, **k: c.delete(f"/parents/1{u}/1", **k),
    "nested, overridden": lambda c, u, **k: overriding("DELETE")(c, f"/parents/1{u}", **k),
}
MANY = {
    "PATCH by filter": lambda c, u, **k: c.patch(f"{u}?id=eq.1", {"v": "new"}, **k),
    "DELETE by filter": lambda c, u, **k: c.delete(f"{u}?id=eq.1", **k),
    "array, PATCH": lambda c, u, **k: c.patch(u, [{"id": 1, "v": "new"}], **k),
    "array, PUT": lambda c, u, **k: c.put(u, [{"id": 1, "v": "new"}], **k),
    "array, DELETE": lambda c, u, **k: c.delete(u, [{"id": 1}], **k),
    "upsert": lambda c, u, **k: c.post(u, [{"id": 1, "v": "new"}], prefer=MERGE, **k),
    "overridden DELETE by filter": lambda c, u, **k: c.post(f"{u}?id=eq.1", headers=[("X-HTTP-Method-Override", "DELETE")], **k),
}
WAYS = {**ITEMS, **NESTED, **MANY}
CASES = [(kind, way) for kind in KINDS for way in WAYS
         if not (way in NESTED and kind in ("simple", "instead", "stamped_view"))
         and not (way == "upsert" and kind in ("simple", "stamped_view"))]
cases = pytest.mark.parametrize("kind, way", CASES, ids=[f"{kind}-{way}" for kind, way in CASES])


@pytest.fixture(scope="module")
def database(cluster):
    made = harness.create(cluster, SCHEMA, stamped=["plain", "halves", "shown"])
    made.sql(SHOWN)
    yield made
    made.close()


@pytest.fixture(scope="module")
def config():
    return {"server": {"method_override": "on"}, "resources": RESOURCES}


class Target:
    def __init__(self, client, database, kind, way):
        self.client, self.database, self.table, self.url, self.way = client, database, KINDS[kind], f"/{kind}", way
        database.sql(f"DELETE FROM {self.table}; INSERT INTO {self.table} (id, parent_id) VALUES (1, 1), (2, 1)")

    def send(self, **conditions):
        return WAYS[self.way](self.client, self.url, **conditions)

    def rows(self):
        return self.database.sql(f"SELECT id, v FROM {self.table} ORDER BY id")


@pytest.fixture
def target(client, database, kind, way):
    return Target(client, database, kind, way)


UNTOUCHED = [(1, "old"), (2, "old")]


@cases
def test_only_a_state_that_was_seen_satisfies_it(target):
    tag, other = target.client.tag(f"{target.url}/1"), target.client.tag(f"{target.url}/2")
    target.send().problem(428)
    for value in (STALE, f'{STALE}, "b"', other, f"W/{other}"):  # any other state would satisfy these
        target.send(if_none_match=value).problem(428)
    for value in (tag, f"W/{tag}", f'"b", {tag}', "*"):
        target.send(if_none_match=value).problem(412)
    target.send(if_match=STALE).problem(412)
    target.send(if_match=other).problem(412)
    target.send(if_match=tag, if_none_match=tag).problem(412)
    assert target.rows() == UNTOUCHED
    target.send(if_match=tag, if_none_match=STALE).expect(200, 204)
    assert target.rows() != UNTOUCHED


@cases
def test_a_date_that_nothing_vouches_for_does_not(target):
    for date in (http_date(utc(days=9)), http_date(utc(minutes=3)), "yesterday", ""):
        target.send(if_unmodified_since=date).problem(428)
    for date in (http_date(utc(days=-9)), http_date(utc(days=9))):
        target.send(if_modified_since=date).problem(428)
    assert target.send(if_unmodified_since=http_date(utc(days=-9))).status in (412, 428)
    assert target.rows() == UNTOUCHED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", [way for way in WAYS if "PUT" in way and way in {**ITEMS, "array, PUT": 0}])
def test_put_of_a_row_that_is_not_there_needs_if_none_match_any(target):
    target.database.sql(f"DELETE FROM {target.table}")
    if target.way != "array, PUT":  # a row of an array may be new
        target.send().problem(428)
        target.send(if_none_match=STALE).problem(428)
    target.send(if_match=STALE).problem(412)
    target.send(if_match="*").problem(412)
    assert target.rows() == []
    target.send(if_none_match="*").expect(201)
    assert target.rows() == [(1, "new")]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("way", [way for way in WAYS if "filter" in way])
@pytest.mark.parametrize("dialect", ["midair", "postgrest"])
def test_a_filter_that_selects_no_row(request, target, dialect):
    client = request.getfixturevalue("dialects")[dialect]
    target.database.sql(f"DELETE FROM {target.table} WHERE id = 1")
    for tags in (STALE, f'{STALE}, "b"'):
        answer = WAYS[target.way](client, target.url, if_match=tags).expect(412)
        assert answer.json().get("current", "gone") is None or dialect == "postgrest"
    answer = WAYS[target.way](client, target.url, if_match="*", prefer="return=representation").expect(200)
    assert answer.json() == [] and answer.get("Content-Range") == "*/0"
    assert target.rows() == [(2, "old")]


@pytest.fixture(scope="module")
def dialects(database):
    with harness.Midair(database, server={"method_override": "on"}, resources=RESOURCES) as own, \
         harness.Midair(database, server={"method_override": "on", "dialect": "postgrest"}, resources=RESOURCES) as other:
        with own.client() as a, other.client() as b:
            yield {"midair": a, "postgrest": b}
