"""PostgREST's computed fields (references/api/computed_fields), clause by clause, and the tags of rows that show them."""

import json
from urllib.parse import quote

import pytest

import midair as harness
import tables

OBJECT = "application/vnd.pgrst.object+json"

SCHEMA = """
CREATE TABLE writers (id int PRIMARY KEY, first text, last text, born int, doc json, mentor int REFERENCES writers);
CREATE TABLE works (id int PRIMARY KEY, writer int REFERENCES writers, title text, price numeric(8, 2), t text, q text, w text);
CREATE TABLE plain (id int PRIMARY KEY, n int);
CREATE TABLE days (day date, n int, PRIMARY KEY (day)) PARTITION BY RANGE (day);
CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE seen (what text);
CREATE VIEW old_writers AS SELECT id, first, last FROM writers WHERE born < 1900;
INSERT INTO writers VALUES (1, 'Ada', 'Lovelace', 1815, '{"a": 1}', NULL), (2, 'Grace', 'Hopper', 1906, NULL, 1), (3, 'Jean', NULL, NULL, NULL, 1);
INSERT INTO works VALUES (1, 1, 'Notes', 10.50, 'T', 'Q', 'W'), (2, 2, 'Cobol', 20, 't2', 'q2', 'w2'), (3, 2, 'Bug', 5, 't3', 'q3', 'w3'), (4, NULL, 'Anon', 1, 't4', 'q4', 'w4');
INSERT INTO plain SELECT i, i FROM generate_series(1, 3) i;
INSERT INTO days VALUES ('2024-02-03', 7);

CREATE FUNCTION full_name(writers) RETURNS text LANGUAGE sql AS $$ SELECT $1.first || ' ' || $1.last $$;
CREATE FUNCTION initials(writers) RETURNS text[] LANGUAGE sql STABLE AS $$ SELECT ARRAY[left($1.first, 1), left($1.last, 1)] $$;
CREATE FUNCTION age(writers) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 2000 - $1.born $$;
CREATE FUNCTION early(writers) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT $1.born < 1900 $$;
CREATE FUNCTION card(writers) RETURNS jsonb LANGUAGE sql STABLE AS $$ SELECT jsonb_build_object('n', $1.first, 'in', jsonb_build_object('l', $1.last)) $$;
CREATE FUNCTION words(writers) RETURNS tsvector LANGUAGE sql STABLE AS $$ SELECT to_tsvector('simple', $1.first) $$;
CREATE FUNCTION works_count(p writers) RETURNS bigint LANGUAGE sql STABLE AS $$ SELECT count(*) FROM works WHERE writer = $1.id $$;
CREATE FUNCTION since(writers, year int DEFAULT 1800) RETURNS int LANGUAGE sql STABLE AS $$ SELECT $1.born - $2 $$;
CREATE FUNCTION halves(writers, OUT low int, OUT high int) LANGUAGE sql STABLE AS $$ SELECT $1.born / 2, $1.born - $1.born / 2 $$;
CREATE FUNCTION born(writers) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'hidden by the column' $$;
CREATE FUNCTION "Odd ""name, x"(writers) RETURNS int LANGUAGE sql STABLE AS $$ SELECT $1.id $$;
CREATE FUNCTION label(works) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1.title || $1.t || $1.q || $1.w $$;
CREATE FUNCTION double(plain) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 2 * $1.n $$;
CREATE FUNCTION initial(old_writers) RETURNS text LANGUAGE sql STABLE AS $$ SELECT left($1.first, 1) $$;
CREATE FUNCTION weekday(days) RETURNS text LANGUAGE sql STABLE AS $$ SELECT trim(to_char($1.day, 'day')) $$;
CREATE FUNCTION all_writers() RETURNS SETOF writers LANGUAGE sql STABLE AS $$ SELECT * FROM writers $$;
CREATE FUNCTION all_works() RETURNS SETOF works LANGUAGE sql STABLE AS $$ SELECT * FROM works $$;
CREATE FUNCTION notes(writers) RETURNS text LANGUAGE sql AS $$ INSERT INTO seen VALUES ($1.first) RETURNING what $$;
CREATE FUNCTION fails(writers) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 / ($1.id - $1.id) $$;

CREATE FUNCTION no_value(writers) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION several(writers) RETURNS SETOF text LANGUAGE sql STABLE AS $$ SELECT unnest(ARRAY['a', 'b']) $$;
CREATE FUNCTION needs_two(writers, int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT $2 $$;
CREATE FUNCTION many_of(VARIADIC writers[]) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION of_number(int) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE SCHEMA hidden;
CREATE FUNCTION hidden.elsewhere(writers) RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 $$;
"""

PATH = """
CREATE SCHEMA api; CREATE SCHEMA helpers; CREATE SCHEMA other;
CREATE TABLE api.a (id int PRIMARY KEY); CREATE TABLE public.not_served (id int); INSERT INTO api.a VALUES (1);
CREATE FUNCTION api.both(api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'api' $$;
CREATE FUNCTION helpers.both(api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'helpers' $$;
CREATE FUNCTION helpers.helped(api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'helpers' $$;
CREATE FUNCTION public.helped(api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'public' $$;
CREATE FUNCTION public.itself(api.a) RETURNS SETOF api.a ROWS 1 LANGUAGE sql STABLE AS $$ SELECT $1.* $$;
CREATE FUNCTION public.named(row_of api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'public' $$;
CREATE FUNCTION public.no_row() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'public' $$;
CREATE FUNCTION other.unseen(api.a) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'other' $$;
CREATE FUNCTION public.unserved(api.a) RETURNS SETOF public.not_served LANGUAGE sql STABLE AS $$ SELECT 1 $$;
"""


database = tables.database(SCHEMA, stamped=["writers"])


@pytest.fixture(scope="module")
def config():
    return {"resources": {"old_writers": {"key": "id"}}}


@pytest.fixture
def restored(database):
    """Rows as they were, whatever the test did with them."""
    yield database
    database.sql("DELETE FROM works WHERE id > 4; DELETE FROM writers WHERE id > 3; TRUNCATE seen;"
                 "UPDATE writers SET first = 'Ada', last = 'Lovelace', born = 1815 WHERE id = 1;"
                 "UPDATE writers SET first = 'Grace', last = 'Hopper', born = 1906 WHERE id = 2;"
                 "DELETE FROM plain; INSERT INTO plain SELECT i, i FROM generate_series(1, 3) i")


def untagged(response):
    return json.loads(response.text, object_hook=lambda o: {k: v for k, v in o.items() if k != "etag"})


READS = {
    "selected": ("/writers?select=full_name,born&id=eq.1", [{"full_name": "Ada Lovelace", "born": 1815}]),
    "never part of the star": ("/plain?select=*&id=eq.1", [{"id": 1, "n": 1}]),
    "nor of the plain row": ("/plain?id=eq.1", [{"id": 1, "n": 1}]),
    "beside the star": ("/plain?select=*,double&id=eq.2", [{"id": 2, "n": 2, "double": 4}]),
    "NULL": ("/writers?select=full_name&id=eq.3", [{"full_name": None}]),
    "renamed": ("/writers?select=name:full_name&id=eq.1", [{"name": "Ada Lovelace"}]),
    "cast": ("/writers?select=age::text&id=eq.1", [{"age": "185"}]),
    "an array": ("/writers?select=initials&id=eq.1", [{"initials": ["A", "L"]}]),
    "an element": ("/writers?select=initials->0&id=eq.1", [{"initials": "A"}]),
    "inside of json": ("/writers?select=card->in->>l,x:card->n&id=eq.1", [{"l": "Lovelace", "x": "Ada"}]),
    "out parameters": ("/writers?select=halves&id=eq.1", [{"halves": {"low": 907, "high": 908}}]),
    "a default of its own": ("/writers?select=since&id=eq.1", [{"since": 15}]),
    "a name of any kind": ("/writers?select=" + quote('"Odd \\"name, x"') + "&id=eq.2", [{'Odd "name, x': 2}]),
    "a column hides a function": ("/writers?select=born&id=eq.1", [{"born": 1815}]),
    "columns named as aliases": ("/works?select=label,t,q&id=eq.1", [{"label": "NotesTQW", "t": "T", "q": "Q"}]),
    "filtered": ("/writers?select=id&full_name=ilike.*hop*", [{"id": 2}]),
    "filtered by text search": ("/writers?select=id&full_name=fts.Grace", [{"id": 2}]),
    "filtered by a tsvector": ("/writers?select=id&words=fts(simple).grace", [{"id": 2}]),
    "filtered by a boolean": ("/writers?select=id&early=is.true", [{"id": 1}]),
    "filtered by a number": ("/writers?select=id&age=lt.100", [{"id": 2}]),
    "filtered by a list": ("/writers?select=id&age=in.(94,1)", [{"id": 2}]),
    "filtered by an array": ("/writers?select=id&initials=cs.{A}", [{"id": 1}]),
    "filtered inside of json": ("/writers?select=id&card->in->>l=eq.Hopper", [{"id": 2}]),
    "in or": ("/writers?select=id&or=(early.is.true,age.is.null)&order=id", [{"id": 1}, {"id": 3}]),
    "in and, negated": ("/writers?select=id&and=(early.not.is.true,age.gt.1)", [{"id": 2}]),
    "ordered": ("/writers?select=id&order=age.desc.nullslast", [{"id": 1}, {"id": 2}, {"id": 3}]),
    "ordered inside of json": ("/writers?select=id&order=card->>n.desc", [{"id": 3}, {"id": 2}, {"id": 1}]),
    "aggregated": ("/writers?select=age.sum(),age.max(),full_name.count()", [{"sum": 279, "max": 185, "count": 2}]),
    "grouped by": ("/writers?select=early,count()&order=early.nullsfirst", [{"early": None, "count": 1}, {"early": False, "count": 1}, {"early": True, "count": 1}]),
    "cast and aggregated": ("/writers?select=age::text.max()", [{"max": "94"}]),
    "in an embed": ("/works?select=title,writers(full_name)&id=eq.1", [{"title": "Notes", "writers": {"full_name": "Ada Lovelace"}}]),
    "in an embed of many": ("/writers?select=id,works(label)&id=eq.2", [{"id": 2, "works": [{"label": "Cobolt2q2w2"}, {"label": "Bugt3q3w3"}]}]),
    "filter of an embed": ("/writers?select=id,works(title)&works.label=like.Bug*&id=eq.2", [{"id": 2, "works": [{"title": "Bug"}]}]),
    "or of an embed": ("/writers?select=id,works!inner(title)&works.or=(label.like.N*,label.like.B*)&order=id",
                       [{"id": 1, "works": [{"title": "Notes"}]}, {"id": 2, "works": [{"title": "Bug"}]}]),
    "order of an embed": ("/writers?select=id,works(title)&works.order=label.asc&id=eq.2", [{"id": 2, "works": [{"title": "Bug"}, {"title": "Cobol"}]}]),
    "order by one of an embedded row": ("/works?select=id,writers(id)&order=writers(age).desc.nullslast,id&limit=3",
                                        [{"id": 1, "writers": {"id": 1}}, {"id": 2, "writers": {"id": 2}}, {"id": 3, "writers": {"id": 2}}]),
    "spread": ("/works?select=id,...writers(full_name)&id=eq.1", [{"id": 1, "full_name": "Ada Lovelace"}]),
    "spread of many": ("/writers?select=id,...works(label)&id=eq.1", [{"id": 1, "label": ["NotesTQW"]}]),
    "of a view": ("/old_writers?select=initial,last", [{"initial": "A", "last": "Lovelace"}]),
    "of a partitioned table": ("/days?select=weekday&weekday=eq.saturday", [{"weekday": "saturday"}]),
    "of a function's rows": ("/rpc/all_writers?select=full_name,id&age=gt.100", [{"full_name": "Ada Lovelace", "id": 1}]),
    "order of a function's rows": ("/rpc/all_works?select=label&order=label.desc&limit=1", [{"label": "NotesTQW"}]),
    "grouped by, in a function's rows": ("/rpc/all_writers?select=early,count()&early=is.true", [{"early": True, "count": 1}]),
    "embedded in a function's rows": ("/rpc/all_works?select=id,writers(full_name)&id=eq.1", [{"id": 1, "writers": {"full_name": "Ada Lovelace"}}]),
    "both, in a function's rows": ("/rpc/all_works?select=label,writers(full_name)&id=eq.1", [{"label": "NotesTQW", "writers": {"full_name": "Ada Lovelace"}}]),
    "of an item": ("/writers/1?select=full_name", {"full_name": "Ada Lovelace"}),
    "of children below their parent": ("/writers/2/works?select=label&label=like.B*", [{"label": "Bugt3q3w3"}]),
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    assert untagged(client.get(target).expect(200)) == expected


ERRORS = {
    "misspelt": ("/writers?select=fullname", 400, "42703", 7), "in a filter": ("/writers?fullname=eq.1", 400, "42703", 0),
    "in order": ("/writers?order=fullname", 400, "42703", 6), "of another table": ("/works?select=full_name", 400, "42703", 7),
    "of a view's base": ("/old_writers?select=full_name", 400, "42703", 7), "in an embed": ("/works?select=writers(label)", 400, "42703", 15),
    "no value": ("/writers?select=no_value", 400, "42703", 7), "a set": ("/writers?select=several", 400, "42703", 7),
    "two arguments": ("/writers?select=needs_two", 400, "42703", 7), "variadic": ("/writers?select=many_of", 400, "42703", 7),
    "not of a row": ("/writers?select=of_number", 400, "42703", 7), "of a schema that is not exposed": ("/writers?select=elsewhere", 400, "42703", 7),
    "is.true of a number": ("/writers?age=is.true", 400, "42804", 7), "a value of another type": ("/writers?age=eq.x", 400, "22P02", None),
    "called": ("/writers?select=full_name()", 400, "PGRST200", 7), "as an embed": ("/writers?select=full_name(id)", 400, "PGRST200", 7),
    "with an argument": ("/writers?select=since(1)", 400, "PGRST200", 7), "cast to SQL": ("/writers?select=full_name::text);--", 400, "PGRST100", None),
    "an error of its own": ("/writers?select=fails", 400, "22012", None), "below /rpc without a name": ("/rpc/full_name", 404, "PGRST202", None),
    "grouping that is none": ("/writers?select=early,count()&order=age", 400, "42803", None),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors(client, label):
    target, status, code, position = ERRORS[label]
    problem = client.get(target).problem(status)
    assert problem["code"] == code
    if position is not None:
        assert problem["position"] == position


def test_a_misspelt_name_brings_a_hint(client):
    assert "full_name" in client.get("/writers?select=full_nam").problem(400)["hint"]


WRITES = {
    "a body": ("POST", "/plain", {"id": 9, "n": 1, "double": 2}), "a patch": ("PATCH", "/plain?id=eq.1", {"double": 2}),
    "an array": ("POST", "/plain", [{"id": 9, "double": 2}]), "columns=": ("POST", "/plain?columns=id,double", {"id": 9, "double": 2}),
    "on_conflict=": ("POST", "/plain?on_conflict=double", {"id": 9}),
}


@pytest.mark.parametrize("label", WRITES)
def test_a_computed_field_cannot_be_written(client, restored, label):
    method, target, body = WRITES[label]
    client.request(method, target, body, prefer="resolution=merge-duplicates" if "conflict" in label else None).problem(400)
    assert restored.one("SELECT count(*) FROM plain WHERE id = 9 OR n <> id") == 0


REPRESENTATIONS = {
    "POST": ("POST", "/writers?select=id,full_name", {"id": 7, "first": "A", "last": "B"}, 201, {"id": 7, "full_name": "A B"}),
    "POST of many": ("POST", "/writers?select=full_name", [{"id": 7, "first": "A", "last": "B"}], 201, [{"full_name": "A B"}]),
    "POST with an embed": ("POST", "/writers?select=full_name,works(title)", {"id": 7, "first": "A", "last": "B"}, 201, {"full_name": "A B", "works": []}),
    "POST with one in the embed": ("POST", "/works?select=title,writers(full_name)", {"id": 7, "title": "x", "writer": 1}, 201,
                                   {"title": "x", "writers": {"full_name": "Ada Lovelace"}}),
    "POST with columns named as aliases": ("POST", "/works?select=label,writers(id)", {"id": 7, "title": "1", "t": "2", "q": "3", "w": "4"}, 201,
                                           {"label": "1234", "writers": None}),
    "upsert": ("POST", "/writers?select=full_name", [{"id": 1, "first": "X"}], 200, [{"full_name": "X Lovelace"}]),
    "PATCH": ("PATCH", "/writers/1?select=full_name", {"last": "King"}, 200, {"full_name": "Ada King"}),
    "PATCH with an embed": ("PATCH", "/writers/1?select=full_name,works(label)", {"last": "King"}, 200, {"full_name": "Ada King", "works": [{"label": "NotesTQW"}]}),
    "PATCH by filter": ("PATCH", "/writers?select=full_name&full_name=eq.Ada+Lovelace", {"last": "King"}, 200, [{"full_name": "Ada King"}]),
    "upsert with an embed": ("POST", "/writers?select=full_name,works(label)", [{"id": 1, "first": "X"}], 200, [{"full_name": "X Lovelace", "works": [{"label": "NotesTQW"}]}]),
    "PATCH in a partitioned table": ("PATCH", "/days/2024-02-03?select=n,weekday", {"n": 7}, 200, {"n": 7, "weekday": "saturday"}),
    "PATCH through a view": ("PATCH", "/old_writers?select=last,initial&id=eq.1", {"last": "King"}, 200, [{"last": "King", "initial": "A"}]),
    "PATCH of an array": ("PATCH", "/writers?select=age", [{"id": 1, "born": 1900}], 200, [{"age": 100}]),
    "PUT": ("PUT", "/plain/1?select=double", {"id": 1, "n": 50}, 200, {"double": 100}),
    "DELETE": ("DELETE", "/plain/1?select=n,double", None, 200, {"n": 1, "double": 2}),
    "DELETE by filter": ("DELETE", "/plain?select=double&double=gte.4&order=id", None, 200, [{"double": 4}, {"double": 6}]),
}


@pytest.mark.parametrize("label", REPRESENTATIONS)
def test_representations_of_writes(client, restored, label):
    method, target, body, status, expected = REPRESENTATIONS[label]
    prefer = "return=representation" + (",resolution=merge-duplicates" if "upsert" in label else "")
    answer = client.request(method, target, body, prefer=prefer, if_match=None if method == "POST" and "upsert" not in label else "*")
    assert untagged(answer.expect(status)) == expected


def test_a_write_by_filter_takes_the_rows_that_a_read_shows(client, restored):
    client.patch("/writers?early=is.true", {"born": 1850}, if_match="*").expect(200)
    assert restored.sql("SELECT id FROM writers WHERE born = 1850") == [(1,)]


@pytest.mark.parametrize("target", ["/plain?select=etag:double&id=eq.1", "/plain/1?select=etag:double", "/plain?select=id,etag:n&id=eq.1"])
def test_what_is_called_as_the_member_of_the_tag_takes_its_place(client, target):
    assert client.get(target).expect(200).text.count('"etag"') == 1


def test_csv(client):
    text = client.get("/writers?select=id,full_name&id=eq.1", accept="text/csv").expect(200).text
    assert text.split() == ["id,full_name", "1,Ada", "Lovelace"]


def test_a_count_of_rows_that_a_computed_field_selects(client):
    answer = client.get("/writers?age=gt.1&limit=1", prefer="count=exact").expect(206)
    assert answer.get("Content-Range") == "0-0/2"


@pytest.mark.parametrize("target", ["/writers?select=notes", "/writers/1?select=notes", "/writers?notes=eq.x", "/writers?order=notes", "/rpc/all_writers?select=notes",
                                    "/writers?select=id,works(writers(notes))"])
def test_a_read_cannot_write_by_a_computed_field(client, restored, target):
    assert client.get(target).problem(405)["code"] == "25006"
    assert restored.one("SELECT count(*) FROM seen") == 0


def test_a_function_that_the_role_may_not_call_is_not_there(cluster, create, start):
    made = create(tables.item("a"))
    made.sql("CREATE FUNCTION open(a) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1'; CREATE FUNCTION closed(a) RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';"
             "CREATE FUNCTION closed_too(a) RETURNS SETOF a LANGUAGE sql STABLE AS 'SELECT $1.*';"
             f"REVOKE EXECUTE ON FUNCTION closed(a), closed_too(a) FROM PUBLIC; CREATE ROLE {made.name}_reader LOGIN; GRANT SELECT ON a TO {made.name}_reader")
    with start(made, url=cluster.url(made.name, user=f"{made.name}_reader")).client() as client:
        assert client.get("/a?select=open").expect(200).json()[0]["open"] == 1
        assert client.get("/a?select=closed").problem(400)["code"] == "42703"
        assert client.get("/a?select=closed_too(id)").problem(400)["code"] == "PGRST200"


@pytest.fixture(scope="module")
def path_client(cluster):
    made = harness.create(cluster, PATH)
    made.sql(f'ALTER DATABASE "{made.name}" SET search_path = helpers, public')
    made.close()
    with harness.Midair(made, settings={"schemas": "api"}) as running, running.client() as client:
        yield client


@pytest.mark.parametrize("target, expected", [
    ("/a?select=helped", {"helped": "helpers"}), ("/a?select=both", {"both": "api"}), ("/a?select=named", {"named": "public"}), ("/a?select=itself(id,helped)", {"itself": {"id": 1, "helped": "helpers"}}),
    ("/a?select=unseen", 400), ("/a?select=unserved(id)", 400), ("/rpc/named", 404), ("/rpc/no_row", 404), ("/rpc/helped", 404), ("/not_served", 404),
])
def test_functions_of_a_row_are_found_along_the_search_path(path_client, target, expected):
    answer = path_client.get(target)
    assert answer.status == expected if isinstance(expected, int) else untagged(answer.expect(200)) == [expected]


def test_check_lists_what_is_computed(database):
    report = harness.midair_command("check", "--database", database.url).stdout
    assert "    computed    double\n" in report and "age, card, early" in report


def test_what_no_request_can_call_is_not_listed(client, database):
    paths = client.get("/", accept="application/openapi+json").expect(200).json()["paths"]
    assert {p for p in paths if p.startswith("/rpc/")} == {"/rpc/works_count", "/rpc/all_writers", "/rpc/all_works"}
    report = harness.midair_command("check", "--database", database.url).stdout
    assert "functions under /rpc: all_works all_writers works_count\n" in report


def test_where_the_argument_has_a_name_it_is_a_function_too(client):
    assert client.post("/rpc/works_count", {"p": {"id": 2}}).expect(200).json() == 2


# Tags


def test_the_tag_covers_the_value_and_if_match_the_row(client, restored):
    first = client.get("/writers/1?select=id,works_count").expect(200)
    assert first.get("Last-Modified") is None
    assert client.get("/writers/1?select=id,works_count", if_none_match=first.etag).expect(304).etag == first.etag
    restored.sql("INSERT INTO works VALUES (5, 1, 'More')")
    again = client.get("/writers/1?select=id,works_count", if_none_match=first.etag).expect(200)
    assert again.json()["works_count"] == 2 and again.etag != first.etag
    client.get("/writers/1?select=id,works_count", if_match=first.etag).expect(200)
    client.patch("/writers/1", {"born": 1816}, if_match=first.etag).expect(200)
    client.patch("/writers/1", {"born": 1817}, if_match=again.etag).expect(412)


def test_no_date_speaks_for_a_computed_value(client):
    last = harness.eventually(lambda: client.get("/writers/1?select=id").expect(200).get("Last-Modified"))
    client.get("/writers/1?select=id", if_modified_since=last).expect(304)
    client.get("/writers/1?select=id,works_count", if_modified_since=last).expect(200)
    client.get("/writers/1?select=id,works(writers(works_count))", if_modified_since=last).expect(200)


@pytest.mark.parametrize("select", ["works_count", "n:works_count", "works_count::text", "id,works_count,works(id)", "id,m:mentor(works_count)"])
def test_each_way_to_show_a_value_is_covered(client, restored, select):
    target = "/writers/2?select=" + select
    first = client.get(target).expect(200)
    client.get(target, if_none_match=first.etag).expect(304)
    restored.sql("INSERT INTO works VALUES (6, 1, 'a'), (7, 2, 'b')")
    assert client.get(target, if_none_match=first.etag).expect(200).etag != first.etag


def test_representations_have_tags_of_their_own(client):
    tags = [client.get("/writers/1?select=" + s).expect(200).etag for s in ("age", "x:age", "age::text", "since", "id", "id,age", "age,id")]
    assert len(set(tags)) == len(tags) and len({t.split("~")[0].strip('"') for t in tags}) == 1


def test_a_list_and_an_object_of_one_row(client, restored):
    array = client.get("/writers?select=works_count&id=eq.1").expect(200)
    one = client.get("/writers?select=works_count&id=eq.1", accept=OBJECT).expect(200)
    assert one.get("Last-Modified") is None
    restored.sql("INSERT INTO works VALUES (5, 1, 'More')")
    client.get("/writers?select=works_count&id=eq.1", if_none_match=array.etag).expect(200)
    client.get("/writers?select=works_count&id=eq.1", accept=OBJECT, if_none_match=one.etag).expect(200)


def test_an_element_of_a_list_carries_the_tag_of_its_row(client, restored):
    element = client.get("/writers?select=works_count&id=eq.1").expect(200).json()[0]
    client.patch("/writers/1", {"born": 1816}, if_match=element["etag"]).expect(200)
    client.patch("/writers/1", {"born": 1817}, if_match=element["etag"]).expect(412)


def test_the_answer_to_a_write_is_covered_too(client, restored):
    answer = client.patch("/writers/1?select=works_count", {"born": 1820}, if_match="*").expect(200)
    assert answer.get("Last-Modified") is None
    client.get("/writers/1?select=works_count", if_none_match=answer.etag).expect(304)
    restored.sql("INSERT INTO works VALUES (5, 1, 'More')")
    client.get("/writers/1?select=works_count", if_none_match=answer.etag).expect(200)


def test_a_function_that_is_new_is_there_after_a_reload(database, client):
    client.get("/plain?select=newborn").problem(400)
    database.sql("CREATE FUNCTION newborn(plain) RETURNS int LANGUAGE sql STABLE AS 'SELECT 5'; NOTIFY midair, 'reload'")
    harness.eventually(lambda: client.get("/plain?select=newborn&limit=1").expect(200).json()[0]["newborn"] == 5)
