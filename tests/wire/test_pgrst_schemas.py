"""PostgREST's "Schemas": Accept-Profile and Content-Profile choose the schema whose names count."""

import pytest

import midair as harness
import tables

OBJECT = "application/vnd.pgrst.object+json"
ODD = 'Odd "@/\\#~_-'
UNICODE = "موارد"

# shop and depot have tables of the same names; rows and columns differ. notes refers across.
TABLES = r"""
CREATE SCHEMA shop; CREATE SCHEMA depot; CREATE SCHEMA "Odd ""@/\#~_-"; CREATE SCHEMA "موارد"; CREATE SCHEMA back;
CREATE TABLE shop.makers (id integer PRIMARY KEY, name text);
CREATE TABLE shop.parts (id integer PRIMARY KEY, maker_id integer REFERENCES shop.makers, name text);
CREATE TABLE depot.makers (id integer PRIMARY KEY, name text, place text);
CREATE TABLE depot.parts (id integer PRIMARY KEY, maker_id integer REFERENCES depot.makers, name text);
CREATE TABLE depot.shelves (id integer PRIMARY KEY, label text);
CREATE TABLE shop.notes (id integer PRIMARY KEY, shelf_id integer REFERENCES depot.shelves, far_id integer REFERENCES depot.makers,
                         text text);
CREATE TABLE depot.tags (maker_id integer REFERENCES shop.makers, part_id integer REFERENCES shop.parts,
                         PRIMARY KEY (maker_id, part_id));
CREATE TABLE depot.counted (id integer PRIMARY KEY, n integer);
CREATE TABLE back.secrets (id integer PRIMARY KEY);
CREATE TABLE "Odd ""@/\#~_-".names (id integer PRIMARY KEY, name text);
CREATE TABLE "موارد"."موارد" ("هویت" integer PRIMARY KEY);
INSERT INTO shop.makers VALUES (1, 'shop maker'), (2, 'other');
INSERT INTO shop.parts VALUES (1, 1, 'shop part');
INSERT INTO depot.makers VALUES (1, 'depot maker', 'here'), (3, 'third', 'there');
INSERT INTO depot.parts VALUES (1, 1, 'depot part'), (2, 1, 'second');
INSERT INTO depot.shelves VALUES (7, 'top');
INSERT INTO shop.notes VALUES (1, 7, 3, 'a note');
INSERT INTO depot.counted VALUES (1, 0);
INSERT INTO "Odd ""@/\#~_-".names VALUES (1, 'odd');
CREATE FUNCTION shop.where_am_i() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'shop' $$;
CREATE FUNCTION depot.where_am_i() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'depot' $$;
CREATE FUNCTION shop.neighbour() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RETURN (SELECT name FROM makers WHERE id = 1) || '/' || in_public(); END $$;
CREATE FUNCTION depot.neighbour() RETURNS text LANGUAGE plpgsql AS
    $$ BEGIN RETURN (SELECT name FROM makers WHERE id = 1) || '/' || in_public(); END $$;
CREATE FUNCTION public.in_public() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'public' $$;
CREATE FUNCTION shop.path() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('search_path') $$;
CREATE FUNCTION depot.fixed_path() RETURNS text LANGUAGE sql STABLE SET search_path = shop AS $$ SELECT current_setting('search_path') $$;
CREATE FUNCTION "Odd ""@/\#~_-".path() RETURNS name LANGUAGE sql STABLE AS $$ SELECT current_schema() $$;
CREATE FUNCTION depot.only_here(a integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT a';
CREATE FUNCTION depot.all_makers() RETURNS SETOF depot.makers LANGUAGE sql STABLE AS 'SELECT * FROM depot.makers ORDER BY id';
"""

STAMPED = ["shop.makers", "shop.parts", "depot.makers", "depot.parts"]
SCHEMAS = f'shop, depot, {ODD}, {UNICODE}'


database = tables.database(TABLES, stamped=STAMPED)


@pytest.fixture(scope="module")
def config():
    return {"settings": {"schemas": SCHEMAS},
            "resources": {"counters": {"table": "depot.counted", "if_match": "required"}, "secrets": {"table": "back.secrets"}}}


@pytest.fixture(scope="module")
def dialect(database, config):
    with harness.Midair(database, **config, server={"dialect": "postgrest"}) as running:
        yield running.client()


def names(answer):
    return [row["name"] for row in answer.expect(200).json()]


@pytest.mark.parametrize(
    "label, target, profile, expected",
    [
        ("the first schema without a field", "/makers", None, (["shop maker", "other"], "shop")),
        ("the first schema by name", "/makers", "shop", (["shop maker", "other"], "shop")),
        ("a later one", "/makers", "depot", (["depot maker", "third"], "depot")),
        ("an odd name", "/names", ODD, (["odd"], ODD)),
        ("a query in it", "/makers?select=name&place=eq.there", "depot", (["third"], "depot")),
        ("a function of the first", "/rpc/all_makers?select=name&order=id.desc", None, (["third", "depot maker"], "depot")),
        ("a function of a later one", "/rpc/all_makers?id=eq.3", "depot", (["third"], "depot")),
    ],
)
def test_accept_profile_chooses_what_is_read(client, label, target, profile, expected):
    fields = {} if profile is None else {"accept_profile": profile}
    answer = client.get(target, **fields)
    assert (names(answer), answer.get("Content-Profile")) == expected, label
    assert "accept-profile" in answer.members("Vary"), label
    head = client.head(target, **fields).expect(200)
    assert head.get("Content-Profile") == expected[1] and head.etag == answer.etag, label


@pytest.mark.parametrize(
    "label, target, profile, status",
    [
        ("a table of another schema", "/shelves", "shop", 404),
        ("the same without a profile", "/shelves", None, 200),
        ("a function of another schema", "/rpc/only_here?a=1", "shop", 404),
        ("the same without a profile", "/rpc/only_here?a=1", None, 200),
        ("a column of the other schema's table", "/makers?select=place", "shop", 400),
        ("the same without a profile", "/makers?select=place", None, 400),
        ("a schema that is not exposed", "/secrets", "back", 406),
        ("an alias in none of the profiles", "/secrets", "shop", 404),
        ("the alias alone", "/secrets", None, 200),
        ("an alias in its profile", "/counters", "depot", 200),
        ("the table's own name in its profile", "/counted", "depot", 200),
        ("the table's own name without", "/counted", None, 404),
        ("no schema at all", "/makers", "nope", 406),
        ("an empty field", "/makers", "", 406),
        ("letters in another case", "/makers", "Depot", 406),
        ("a quoted name", "/makers", '"depot"', 406),
        ("a list", "/makers", "shop, depot", 406),
        ("a list with one member", "/makers", "depot,", 406),
        ("an unknown schema and an unknown table", "/nope", "nope", 406),
        ("a URI as the W3C has it", "/makers", "<urn:depot>", 406),
        ("pg_catalog", "/pg_class", "pg_catalog", 406),
    ],
)
def test_names_count_in_the_schema_alone(client, label, target, profile, status):
    fields = {} if profile is None else {"accept_profile": profile}
    answer = client.get(target, **fields).expect(status)
    assert (answer.get("Content-Profile") is None) == (status >= 400), label
    assert "accept-profile" in answer.members("Vary"), label


@pytest.mark.parametrize("method, field", [("GET", "accept_profile"), ("HEAD", "accept_profile"), ("POST", "content_profile"),
                                           ("PATCH", "content_profile"), ("PUT", "content_profile"),
                                           ("DELETE", "content_profile"), ("OPTIONS", "accept_profile")])
def test_an_unknown_schema_is_406_with_the_list(client, dialect, method, field):
    message, hint = "Invalid schema: nope", f"Only the following schemas are exposed: {SCHEMAS}"
    answer = client.request(method, "/makers/1", "{}" if method in ("POST", "PATCH", "PUT") else None, **{field: "nope"})
    assert method == "HEAD" or (answer.problem(406)["code"], answer.json()["message"]) == ("PGRST106", message)
    answer = dialect.request(method, "/makers", "{}" if method in ("POST", "PATCH", "PUT") else None, **{field: "nope"})
    assert answer.status == 406
    assert method == "HEAD" or answer.json() == {"code": "PGRST106", "message": message, "details": None, "hint": hint}


@pytest.mark.parametrize(
    "label, method, fields, status",
    [
        ("a field twice", "GET", [("Accept-Profile", "depot"), ("Accept-Profile", "depot")], 400),
        ("a field twice that differs", "GET", [("Accept-Profile", "shop"), ("Accept-Profile", "depot")], 400),
        ("a field twice with a write", "PATCH", [("Content-Profile", "depot"), ("Content-Profile", "shop")], 400),
        ("the field of reads with a write", "PATCH", [("Accept-Profile", "depot")], 400),
        ("the field of reads with a deletion", "DELETE", [("Accept-Profile", "depot")], 400),
        ("both, and they differ", "PATCH", [("Accept-Profile", "shop"), ("Content-Profile", "depot")], 400),
        ("the field of reads, unknown", "PATCH", [("Accept-Profile", "nope")], 400),
        ("the field of writes with a read", "GET", [("Content-Profile", "nope")], 200),
        ("the field of reads twice with a read of midair's own", "GET", [("Accept-Profile", "a")] * 2, 400),
    ],
)
def test_a_write_never_goes_to_another_schema_than_it_says(client, database, label, method, fields, status):
    before = database.sql("SELECT * FROM shop.makers"), database.sql("SELECT * FROM depot.makers")
    headers = [("If-Match", "*"), ("Content-Type", "application/json"), *fields]
    body = '{"name": "changed"}' if method == "PATCH" else None
    client.request(method, "/makers/1", body, headers=headers).expect(status)
    assert (database.sql("SELECT * FROM shop.makers"), database.sql("SELECT * FROM depot.makers")) == before, label


def test_content_profile_chooses_what_is_written(client, database):
    depot = {"content_profile": "depot"}
    made = client.post("/makers", {"id": 20, "name": "new", "place": "x"}, **depot).expect(201)
    assert (made.get("Location"), made.get("Content-Profile")) == ("/makers/20", "depot")
    assert made.json()["place"] == "x" and database.row("shop.makers", id=20) is None
    changed = client.patch("/makers/20", {"name": "newer"}, if_match=made.etag, **depot).expect(200)
    assert changed.get("Content-Profile") == "depot" and changed.json()["name"] == "newer"
    client.get("/makers/20").expect(404)
    assert client.get("/makers/20", accept_profile="depot").expect(200).etag == changed.etag
    put = client.put("/makers/20", {"name": "put", "place": "y"}, if_match=changed.etag, **depot).expect(200)
    listed = client.patch("/makers?id=eq.20", {"name": "by filter"}, if_match=put.etag, **depot).expect(200)
    assert listed.get("Content-Profile") == "depot" and database.row("depot.makers", id=20)["name"] == "by filter"
    client.delete("/makers/20", if_match="*").expect(404)
    gone = client.delete("/makers/20", if_match="*", **depot).expect(204)
    assert gone.get("Content-Profile") == "depot" and database.row("depot.makers", id=20) is None
    assert client.post("/rpc/where_am_i", {}, **depot).expect(200).json() == "depot"
    assert client.post("/rpc/where_am_i", {}).expect(200).json() == "shop"


def test_in_the_dialect_the_field_of_reads_is_not_looked_at_in_writes(dialect, database):
    dialect.post("/makers", {"id": 30, "name": "x"}, accept_profile="depot").expect(201)
    assert database.row("shop.makers", id=30) and not database.row("depot.makers", id=30)
    answer = dialect.put("/makers?id=eq.31", {"id": 31, "name": "y"}, content_profile="depot",
                         prefer="return=representation").expect(201)
    assert answer.get("Content-Profile") == "depot" and answer.json()[0]["place"] is None
    database.sql("DELETE FROM shop.makers WHERE id > 20; DELETE FROM depot.makers WHERE id > 20")


def test_rows_of_one_name_never_share_a_tag(client, database):
    """Even at the same key, version and moment: the digest covers schema and table."""
    for schema in ("shop", "depot"):
        database.sql(f"INSERT INTO {schema}.makers (id, name) VALUES (50, 'twin')")
    database.sql("ALTER TABLE depot.makers DISABLE TRIGGER USER; UPDATE depot.makers d SET version = s.version, "
                 "modified = s.modified, created = s.created FROM shop.makers s WHERE s.id = 50 AND d.id = 50; "
                 "ALTER TABLE depot.makers ENABLE TRIGGER USER")
    shop, depot = client.get("/makers/50"), client.get("/makers/50", accept_profile="depot")
    assert shop.etag.rsplit(".", 1)[0] == depot.etag.rsplit(".", 1)[0] and shop.etag != depot.etag
    parts = [client.get("/parts/1"), client.get("/parts/1", accept_profile="depot")]
    assert parts[0].etag != parts[1].etag
    client.get("/makers/50", if_none_match=depot.etag).expect(200)
    client.get("/makers/50", accept_profile="depot", if_none_match=depot.etag).expect(304)
    client.patch("/makers/50", {"name": "lost"}, if_match=depot.etag).expect(412)
    failed = client.patch("/makers/50", {"name": "lost"}, if_match=shop.etag, content_profile="depot").problem(412)
    assert failed["current_etag"] == depot.etag and "accept-profile" in client.get("/makers/50").members("Vary")
    tree = client.get("/makers/50?select=*,parts(*)", accept_profile="shop").expect(200).etag
    client.patch("/makers/50", {"name": "lost"}, if_match=tree, content_profile="depot").expect(412)
    assert database.row("shop.makers", id=50)["name"] == database.row("depot.makers", id=50)["name"] == "twin"
    client.patch("/makers/50", {"name": "won"}, if_match=depot.etag, content_profile="depot").expect(200)
    database.sql("DELETE FROM shop.makers WHERE id = 50; DELETE FROM depot.makers WHERE id = 50")


def test_midair_if_match_names_rows_of_the_same_schema(client):
    shop, depot = client.get("/makers/1").etag, client.get("/makers/1", accept_profile="depot").etag
    fields = {"content_profile": "depot", "if_match": "*"}
    client.patch("/parts/2", {"name": "second"}, midair_if_match=f"</makers/1> {shop}", **fields).expect(412)
    client.patch("/parts/2", {"name": "second"}, midair_if_match=f"</makers/1> {depot}", **fields).expect(200)


@pytest.mark.parametrize(
    "label, target, profile, expected",
    [
        ("the first schema's children", "/makers/1?select=parts(name)", "shop", {"parts": [{"name": "shop part"}]}),
        ("those of a later one", "/makers/1?select=parts(name)&parts.order=id", "depot",
         {"parts": [{"name": "depot part"}, {"name": "second"}]}),
        ("a parent", "/parts/1?select=name,makers(place)", "depot", {"name": "depot part", "makers": {"place": "here"}}),
        ("a parent of another schema", "/notes/1?select=shelves(label)", "shop", {"shelves": {"label": "top"}}),
        ("a hidden parent by its name", "/notes/1?select=makers(name)", None, {"makers": {"name": "third"}}),
        ("a hidden parent by its column", "/notes/1?select=far_id(name)", "shop", {"far_id": {"name": "third"}}),
        ("from the other side", "/makers/3?select=notes(text)", "depot", {"notes": [{"text": "a note"}]}),
        ("two schemas deep", "/shelves/7?select=notes(text,makers(place))", "depot",
         {"notes": [{"text": "a note", "makers": {"place": "there"}}]}),
        ("a junction of another schema is no rival", "/parts/1?select=makers(name)", "shop", {"makers": {"name": "shop maker"}}),
    ],
)
def test_related_resources_are_looked_for_in_the_schema_first(client, label, target, profile, expected):
    fields = {} if profile is None else {"accept_profile": profile}
    shown = client.get(target, **fields).expect(200).json()
    shown.pop("etag", None)
    assert shown == expected, label


def test_without_a_profile_a_junction_of_any_schema_counts(client):
    choices = client.get("/makers/1?select=parts(name)").problem(300)
    assert choices["code"] == "PGRST201" and [c["cardinality"] for c in choices["details"]] == ["one-to-many", "many-to-many"]


def test_nested_routes_stay_in_the_schema(client, database):
    depot = {"accept_profile": "depot"}
    assert names(client.get("/makers/1/parts")) == ["shop part"]
    assert names(client.get("/makers/1/parts", **depot)) == ["depot part", "second"]
    nested, plain = client.get("/makers/1/parts/1", **depot), client.get("/parts/1", **depot)
    assert nested.etag == plain.etag and nested.get("Content-Profile") == "depot"
    client.get("/makers/1/parts/2").expect(404)
    client.get("/shelves/7/notes/1", **depot).expect(200)
    made = client.post("/makers/3/parts", {"id": 9, "name": "nested"}, content_profile="depot").expect(201)
    assert made.get("Location") == "/parts/9" and database.row("depot.parts", id=9)["maker_id"] == 3
    tag = client.get("/makers/3", **depot).etag
    client.delete("/makers/3/parts/9", if_match=tag).expect(404)
    client.delete("/makers/3/parts/9", if_match=tag, content_profile="depot").expect(204)
    blocked = client.delete("/makers/1", if_match="*", content_profile="depot").problem(409)
    assert (blocked["blocked_by"]["resource"], blocked["blocked_by"]["count"]) == ("parts", 2)


def test_functions_find_their_neighbours_without_their_schema(client):
    """As PostgREST does it, the schema of the request comes first in the search_path, and only for the request."""
    for _ in range(3):
        assert client.post("/rpc/neighbour", {}).expect(200).json() == "shop maker/public"
        assert client.post("/rpc/neighbour", {}, content_profile="depot").expect(200).json() == "depot maker/public"
        assert client.get("/rpc/path").expect(200).json() == '"shop", "$user", public'
        assert client.get("/rpc/path", accept_profile=ODD).expect(200).json() == ODD
    assert client.get("/rpc/fixed_path", accept_profile="depot").expect(200).json() == "shop"


def test_names_of_any_script(client):
    table, row = "/%D9%85%D9%88%D8%A7%D8%B1%D8%AF", '{"هویت": 1}'
    assert client.get(table).expect(200).json() == []
    client.post(table, row, content_profile=UNICODE).expect(201)
    found = client.get(table, accept_profile=UNICODE).expect(200)
    assert found.json()[0]["هویت"] == 1 and found.get("Content-Profile").encode("latin-1").decode() == UNICODE
    client.delete(table + "?%d9%87%d9%88%db%8c%d8%aa=gt.0", if_match="*").expect(204)


def test_the_index_shows_a_schema_at_a_time_or_all(client):
    everything = client.get("/").expect(200).json()["resources"]
    assert [r["profile"] for r in everything if r["name"] == "makers"] == ["shop", "depot"]
    answer = client.get("/", accept_profile="depot").expect(200)
    assert {r["name"] for r in answer.json()["resources"]} == {"makers", "parts", "shelves", "tags", "counters"}
    assert answer.get("Content-Profile") == "depot" and "accept-profile" in answer.members("Vary")
    client.get("/", accept_profile="nope").expect(406)


def test_policies_reach_the_tables_of_a_profile(client, database):
    client.patch("/counted/1", {"n": 1}, content_profile="depot").expect(428)
    client.patch("/counters/1", {"n": 1}).expect(428)
    assert client.patch("/counted/1", {"n": 1}, content_profile="depot", if_match="*").expect(200).get(
        "Content-Location") == "/counters/1"
    assert database.row("depot.counted", id=1)["n"] == 1


def test_check_shows_what_only_a_profile_reaches(database, tmp_path):
    file = tmp_path / "m.ini"
    file.write_text(f"[database]\nurl = {database.url}\nschemas = shop, depot\n[resource depot_parts]\ntable = depot.parts\n")
    report = harness.midair_command("check", "--config", str(file)).stdout
    assert "/makers (profile depot)\n" in report and "/depot_parts\n" in report and "/parts (profile" not in report
    assert 'notice: "depot"."makers": served with the profile "depot" only, since /makers is "shop"."makers"' in report
    assert "    parent      /makers (profile depot) by maker_id" in report


def test_one_schema_leaves_nothing_to_choose(database):
    only = {"settings": {"schemas": "depot"}}
    with harness.Midair(database, **only) as running:
        answer = running.client().get("/makers", accept_profile="depot").expect(200)
        assert answer.get("Content-Profile") is None and "accept-profile" not in answer.members("Vary")
        running.client().get("/makers", accept_profile="public").problem(406)
    with harness.Midair(database, **only, server={"dialect": "postgrest"}) as running:
        assert len(running.client().get("/makers", accept_profile="public").expect(200).json()) == 2


def test_cross_origin_requests_may_name_profiles(database, config):
    with harness.Midair(database, **config, server={"cors_origins": "https://app.example"}) as running:
        client, origin = running.client(), {"origin": "https://app.example"}
        preflight = client.options("/counted", access_control_request_method="PATCH",
                                   access_control_request_headers="content-profile", **origin).expect(200, 204)
        assert {"accept-profile", "content-profile"} <= set(preflight.members("Access-Control-Allow-Headers"))
        assert "patch" in preflight.members("Access-Control-Allow-Methods")
        answer = client.get("/makers", accept_profile="depot", **origin).expect(200)
        assert "content-profile" in answer.members("Access-Control-Expose-Headers")
        client.options("/nope", access_control_request_method="GET", **origin).expect(404)
