"""What a role with CREATE on a schema of the search_path plants there is never called (CVE-2018-1058)."""

import pytest

from midair import MERGE, UPDATE, create, midair_command

# Operators with exact types are better matches than those of pg_catalog, and so are casts to them by the parser: each of
# these would be called by an operator that is written without its schema.
TYPES = ["integer", "bigint", "text", "varchar", "numeric", "jsonb", "timestamptz", "date", "boolean", "uuid"]
MIXED = [("varchar", "text"), ("text", "varchar"), ("bigint", "integer"), ("integer", "bigint"),
         ("numeric", "integer"), ("xid", "integer"), ("jsonb", "text"), ("jsonb", "integer"), ("tsvector", "tsquery"),
         ("timestamptz", "interval"), ("integer[]", "integer[]"), ("varchar[]", "varchar[]"), ("smallint", "integer")]
SIGNS = ["=", "<>", "<", ">", "<=", ">=", "+", "*", "||", "->", "->>", "@@", "@>", "<@", "&&", "~~", "~~*", "~", "~*"]

SCHEMA = """
CREATE TABLE victims (id integer PRIMARY KEY, name varchar(20), code varchar(5), n bigint, s smallint, d jsonb, a varchar[],
                      t timestamptz, words tsvector, price numeric);
CREATE TABLE victim_kids (id bigint PRIMARY KEY, victim_id integer REFERENCES victims ON DELETE CASCADE, name varchar(9));
CREATE TABLE keyed (k varchar(9) PRIMARY KEY, v varchar(9));
CREATE TABLE keyed_kids (id integer PRIMARY KEY, k varchar(9) REFERENCES keyed, v varchar(9));
INSERT INTO victims VALUES (1, 'one', 'c', 5, 3, '{"k":"v"}', '{x,y}', '2024-01-01', 'word', 1.5);
INSERT INTO victim_kids VALUES (7, 1, 'kid');
INSERT INTO keyed VALUES ('a', 'b');
INSERT INTO keyed_kids VALUES (1, 'a', 'b');
"""


def plant(database):
    database.sql("CREATE ROLE planter NOLOGIN; GRANT CREATE, USAGE ON SCHEMA public TO planter; SET ROLE planter; "
                 "CREATE FUNCTION public.trap(anyelement, anyelement) RETURNS boolean LANGUAGE plpgsql "
                 "AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$")
    pairs = [(t, t) for t in TYPES] + MIXED
    for number, (left, right) in enumerate(pairs):
        for k, sign in enumerate(SIGNS):
            result = left if sign in "+*||" else "text" if sign == "->>" else left if sign == "->" else "boolean"
            name = f"trap_{number}_{k}"
            database.sql(f"CREATE FUNCTION public.{name}({left}, {right}) RETURNS {result} LANGUAGE plpgsql "
                         "AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$")
            database.sql(f"CREATE OPERATOR public.{sign} (FUNCTION = public.{name}, LEFTARG = {left}, RIGHTARG = {right})")
    database.sql("RESET ROLE")


@pytest.fixture(scope="module")
def database(cluster):
    made = create(cluster, SCHEMA, stamped=["victims", "victim_kids", "keyed"], options=["--touch", "victim_kids.victim_id"])
    plant(made)
    yield made
    made.close()


def test_the_trap_works(database):
    """Else the other tests say nothing."""
    for sql in ("SELECT 1 FROM victims WHERE name = 'one'", "SELECT 1 FROM victims WHERE a @> '{x}'",
                "SELECT 1 FROM keyed_kids c JOIN keyed p ON c.k = p.k", "SELECT 1 FROM victims WHERE name ~~ 'o%'::varchar"):
        with pytest.raises(Exception, match="planted"):
            database.sql(sql)


READS = ["/victims/1", "/victims?id=eq.1", "/victims?id=in.(1,2)", "/victims?name=eq.one", "/victims?name=like.o*",
         "/victims?name=ilike.O*", "/victims?name=match.^o", "/victims?name=imatch.^O", "/victims?name=neq.two",
         "/victims?n=gte.5&n=lte.5&n=gt.1&n=lt.9", "/victims?n=eq.5", "/victims?s=eq.3", "/victims?name=isdistinct.two",
         "/victims?n=isdistinct.6", "/victims?d->>k=eq.v", "/victims?d->k=not.is.null", "/victims?select=d->>k,d->k",
         "/victims?d=cs.{\"k\":\"v\"}", "/victims?a=cs.{x}", "/victims?a=cd.{x,y,z}", "/victims?a=ov.{x}",
         "/victims?words=fts.word", "/victims?name=fts.one", "/victims?price=eq.1.5", "/victims?t=eq.2024-01-01",
         "/victims?name=eq(any).{one,two}", "/victims?name=like(any).{o*}", "/victims/1/victim_kids/7",
         "/victims/1/victim_kids", "/victims?select=*,victim_kids(*)", "/victim_kids?select=*,victims!inner(*)",
         "/victims/1?select=*,victim_kids(*)", "/keyed/a", "/keyed?k=eq.a", "/keyed?select=*,keyed_kids(*)",
         "/keyed/a/keyed_kids/1", "/keyed/a/keyed_kids", "/keyed_kids?select=v,keyed(v)", "/victims?order=name.desc,n",
         "/keyed/a?select=*,keyed_kids(*)"]


@pytest.mark.parametrize("url", READS)
def test_reads(client, url):
    answer = client.get(url).expect(200)
    assert answer.json(), "it finds the row"


@pytest.mark.parametrize("change", [{"$inc": {"n": 1}}, {"$mul": {"n": 2}}, {"$min": {"n": 7}}, {"$max": {"n": 7}},
                                    {"$push": {"a": "z"}}, {"$pull": {"a": "z"}}, {"$now": ["t"]}, {"$set": {"name": "one"}},
                                    {"$inc": {"s": 1}}, {"$inc": {"price": 1}}, {"$now": {"t": True}}],
                         ids=lambda change: str(change))
def test_update_operators(client, change):
    answer = client.patch("/victims/1", change, type=UPDATE, if_match="*")
    assert answer.status == 200 or "$now" in change and answer.status == 400, answer


def test_writes(client, database):
    for url in ("/victims/1", "/keyed/a"):
        tag = client.get(url).etag
        client.patch(url, {}, type=MERGE, if_match=tag).expect(200)
        client.patch(url, {}, type=MERGE, if_match=f'{tag}, "x", "y"').problem(412)
        client.get(url, if_none_match=client.get(url).etag).expect(304)
    client.put("/keyed/a", {"k": "a", "v": "c"}, if_match=client.get("/keyed/a").etag).expect(200)
    client.put("/keyed/n", {"v": "c"}, if_none_match="*").expect(201)
    client.patch("/keyed?k=eq.n", {"v": "d"}, if_match="*").expect(200)
    client.patch("/keyed", [{"k": "n", "v": "e", "etag": client.get("/keyed/n").etag}]).expect(200)
    client.post("/keyed?on_conflict=k", [{"k": "n", "v": "f"}], prefer="resolution=ignore-duplicates").expect(200, 201)
    tree = client.get("/keyed/a?select=*,keyed_kids(*)").expect(200).etag
    client.patch("/keyed/a", {"v": "t"}, if_match=tree).expect(200)
    client.post("/victims/1/victim_kids", {"id": 8, "name": "new"}).expect(201)
    client.patch("/victims/1/victim_kids/8", {"name": "old"}, if_match=client.get("/victims/1").etag).expect(200)
    client.delete("/victims/1/victim_kids/8", if_match="*").expect(204)
    client.patch("/keyed_kids/1", {"v": "x"}, if_match=client.get("/keyed_kids/1").etag).expect(200)  # by xmin
    client.delete("/keyed?k=eq.n", if_match="*").expect(200, 204)


def test_check_warns_of_schemas_that_others_can_create_in(database, cluster):
    out = midair_command("check", "--database", database.url).stdout
    assert 'warning: ' in out and 'schema "public"' in out and "planter" in out
    safe = cluster.create_database()
    safe.sql("CREATE TABLE t (id int PRIMARY KEY)")
    assert "CREATE" not in midair_command("check", "--database", safe.url).stdout
    safe.sql("GRANT CREATE ON SCHEMA public TO PUBLIC")
    assert "PUBLIC" in midair_command("check", "--database", safe.url).stdout
    safe.close()
