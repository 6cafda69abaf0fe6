"""PostgREST's computed relationships (references/api/resource_embedding), clause by clause, and the tags of what they show."""

import json

import pytest

import midair as harness
import tables

SCHEMA = """
CREATE TABLE studios (id int PRIMARY KEY, name text);
CREATE TABLE games (id int PRIMARY KEY, name text, year int, studio int REFERENCES studios);
CREATE TABLE scores (id int PRIMARY KEY, game int, points numeric(6, 1), t text);
CREATE TABLE pages (id int PRIMARY KEY, name text, up int REFERENCES pages);
CREATE TABLE halls (id int PRIMARY KEY, other int UNIQUE);
CREATE TABLE walls (id int PRIMARY KEY REFERENCES halls, one int REFERENCES halls);
CREATE TABLE secrets (id int PRIMARY KEY, studio int, word text);
CREATE TABLE hits (what text);
CREATE VIEW late_games AS SELECT id, name, studio FROM games WHERE year > 2000;
CREATE TYPE pair AS (a int, b int);
INSERT INTO studios VALUES (1, 'North'), (2, 'South'), (3, 'Idle');
INSERT INTO games VALUES (1, 'One', 1990, 1), (2, 'Two', 2003, 1), (3, 'Three', 2010, 2), (4, 'Four', 1999, NULL);
INSERT INTO scores VALUES (1, 1, 9.5, 'a'), (2, 1, 7, 'b'), (3, 2, 3, 'c'), (4, 3, 5, 'd');
INSERT INTO pages VALUES (1, 'root', NULL), (2, 'left', 1), (3, 'right', 1), (4, 'leaf', 2);
INSERT INTO halls VALUES (1, 10), (2, 20);
INSERT INTO walls VALUES (1, 2), (2, 1);
INSERT INTO secrets VALUES (1, 1, 'hush');

CREATE FUNCTION maker(games) RETURNS SETOF studios ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM studios WHERE id = $1.studio $$;
CREATE FUNCTION maker_row(games) RETURNS studios LANGUAGE sql STABLE AS $$ SELECT * FROM studios WHERE id = $1.studio $$;
CREATE FUNCTION made(studios) RETURNS SETOF games LANGUAGE sql STABLE AS $$ SELECT * FROM games WHERE studio = $1.id $$;
CREATE FUNCTION newest_first(studios) RETURNS SETOF games LANGUAGE sql STABLE AS $$ SELECT * FROM games WHERE studio = $1.id ORDER BY year DESC $$;
CREATE FUNCTION said_one(studios) RETURNS SETOF games ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM games WHERE studio = $1.id ORDER BY year DESC $$;
CREATE FUNCTION best(g games, most int DEFAULT 1) RETURNS SETOF scores LANGUAGE sql STABLE AS $$ SELECT * FROM scores WHERE game = $1.id ORDER BY points DESC LIMIT $2 $$;
CREATE FUNCTION points(games) RETURNS SETOF scores LANGUAGE sql STABLE AS $$ SELECT * FROM scores WHERE game = $1.id $$;
CREATE FUNCTION title(games) RETURNS text LANGUAGE sql STABLE AS $$ SELECT upper($1.name) $$;
CREATE FUNCTION game(scores) RETURNS SETOF games ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM games WHERE id = $1.game $$;
CREATE FUNCTION below(pages) RETURNS SETOF pages LANGUAGE sql STABLE AS $$ SELECT * FROM pages WHERE up = $1.id $$;
CREATE FUNCTION above(pages) RETURNS SETOF pages ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM pages WHERE id = $1.up $$;
CREATE FUNCTION of_view(late_games) RETURNS SETOF studios ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM studios WHERE id = $1.studio $$;
CREATE FUNCTION late(studios) RETURNS SETOF late_games LANGUAGE sql STABLE AS $$ SELECT * FROM late_games WHERE studio = $1.id $$;
CREATE FUNCTION studios(games) RETURNS SETOF studios ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM studios WHERE false $$;
CREATE FUNCTION walls(halls) RETURNS SETOF walls ROWS 1 LANGUAGE sql STABLE AS $$ SELECT * FROM walls WHERE id = $1.id $$;
CREATE FUNCTION opened(studios) RETURNS SETOF secrets LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public AS $$ SELECT * FROM secrets WHERE studio = $1.id $$;
CREATE FUNCTION closed(studios) RETURNS SETOF secrets LANGUAGE sql STABLE AS $$ SELECT * FROM secrets WHERE studio = $1.id $$;
CREATE FUNCTION hitting(studios) RETURNS SETOF games LANGUAGE sql AS $$ INSERT INTO hits VALUES ('x'); SELECT * FROM games $$;
CREATE FUNCTION all_games() RETURNS SETOF games LANGUAGE sql STABLE AS $$ SELECT * FROM games $$;
CREATE FUNCTION one_studio() RETURNS studios LANGUAGE sql STABLE AS $$ SELECT * FROM studios WHERE id = 1 $$;
CREATE FUNCTION pairs(studios) RETURNS SETOF pair LANGUAGE sql STABLE AS $$ SELECT 1, 2 $$;
CREATE FUNCTION table_of(studios) RETURNS TABLE (a int) LANGUAGE sql STABLE AS $$ SELECT 1 $$;
CREATE FUNCTION needs_two(studios, int) RETURNS SETOF games LANGUAGE sql STABLE AS $$ SELECT * FROM games $$;
"""


database = tables.database(SCHEMA, stamped=["studios", "games"])


@pytest.fixture
def restored(database):
    yield database
    database.sql("DELETE FROM scores WHERE id > 4; DELETE FROM games WHERE id > 4; DELETE FROM studios WHERE id > 3;"
                 "INSERT INTO games VALUES (3, 'Three', 2010, 2) ON CONFLICT DO NOTHING;"
                 "UPDATE studios SET name = (ARRAY['North', 'South', 'Idle'])[id];"
                 "UPDATE games SET name = (ARRAY['One', 'Two', 'Three', 'Four'])[id], year = (ARRAY[1990, 2003, 2010, 1999])[id], studio = (ARRAY[1, 1, 2, NULL])[id]")


def untagged(response):
    return json.loads(response.text, object_hook=lambda o: {k: v for k, v in o.items() if k != "etag"})


READS = {
    "ROWS 1 is one": ("/games?select=name,maker(name)&id=in.(1,4)", [{"name": "One", "maker": {"name": "North"}}, {"name": "Four", "maker": None}]),
    "no set is one": ("/games?select=name,maker_row(name)&id=in.(1,4)", [{"name": "One", "maker_row": {"name": "North"}}, {"name": "Four", "maker_row": None}]),
    "a set is many": ("/studios?select=name,made(name)&id=gte.2", [{"name": "South", "made": [{"name": "Three"}]}, {"name": "Idle", "made": []}]),
    "renamed": ("/games?select=m:maker(n:name)&id=eq.1", [{"m": {"n": "North"}}]),
    "all columns": ("/games?select=maker(*)&id=eq.4", [{"maker": None}]),
    "cast and path inside": ("/games?select=maker(id::text)&id=eq.1", [{"maker": {"id": "1"}}]),
    "a default of its own": ("/games?select=best(points)&id=eq.1", [{"best": [{"points": 9.5}]}]),
    "its own order": ("/studios?select=newest_first(year)&id=eq.1", [{"newest_first": [{"year": 2003}, {"year": 1990}]}]),
    "another order": ("/studios?select=newest_first(year)&newest_first.order=year&id=eq.1", [{"newest_first": [{"year": 1990}, {"year": 2003}]}]),
    "order by a computed field": ("/studios?select=made(title)&made.order=title.desc&id=eq.1", [{"made": [{"title": "TWO"}, {"title": "ONE"}]}]),
    "limit and offset": ("/studios?select=newest_first(year)&newest_first.limit=1&newest_first.offset=1&id=eq.1", [{"newest_first": [{"year": 1990}]}]),
    "a function that says one and gives two": ("/studios?select=id,said_one(year)&order=id", [{"id": 1, "said_one": {"year": 2003}}, {"id": 2, "said_one": {"year": 2010}}, {"id": 3, "said_one": None}]),
    "the same, spread": ("/studios?select=id,...said_one(year)&id=eq.1", [{"id": 1, "year": 2003}]),
    "the same, ordered": ("/studios?select=said_one(year)&said_one.order=year&id=eq.1", [{"said_one": {"year": 1990}}]),
    "filtered": ("/studios?select=made(name)&made.year=gt.2000&id=eq.1", [{"made": [{"name": "Two"}]}]),
    "filtered by or": ("/studios?select=made(name)&made.or=(year.eq.1990,name.eq.x)&id=eq.1", [{"made": [{"name": "One"}]}]),
    "filtered by its label": ("/studios?select=m:made(name)&m.year=gt.2000&id=eq.1", [{"m": [{"name": "Two"}]}]),
    "one, filtered": ("/games?select=id,maker(name)&maker.name=eq.South&order=id&limit=3", [{"id": 1, "maker": None}, {"id": 2, "maker": None}, {"id": 3, "maker": {"name": "South"}}]),
    "inner, many": ("/studios?select=id,made!inner(name)&made.year=lt.2000", [{"id": 1, "made": [{"name": "One"}]}]),
    "inner, one": ("/games?select=id,maker!inner(name)&maker.name=eq.South", [{"id": 3, "maker": {"name": "South"}}]),
    "inner, no set": ("/games?select=id,maker_row!inner()", [{"id": 1}, {"id": 2}, {"id": 3}]),
    "is null": ("/studios?select=id,made()&made=is.null", [{"id": 3}]),
    "is not null": ("/games?select=id,maker_row()&maker_row=not.is.null&order=id.desc&limit=1", [{"id": 3}]),
    "in or": ("/games?select=id,maker()&or=(maker.is.null,year.eq.1990)&order=id", [{"id": 1}, {"id": 4}]),
    "ordered by it": ("/games?select=id,maker(name)&order=maker(name).desc.nullslast,id&limit=2", [{"id": 3, "maker": {"name": "South"}}, {"id": 1, "maker": {"name": "North"}}]),
    "spread": ("/games?select=name,...maker(maker:name)&id=in.(1,4)", [{"name": "One", "maker": "North"}, {"name": "Four", "maker": None}]),
    "spread of many": ("/studios?select=id,...made(names:name)&id=gte.2", [{"id": 2, "names": ["Three"]}, {"id": 3, "names": []}]),
    "aggregated inside": ("/studios?select=id,made(year.max(),count())&order=id", [{"id": 1, "made": [{"max": 2003, "count": 2}]}, {"id": 2, "made": [{"max": 2010, "count": 1}]}, {"id": 3, "made": [{"max": None, "count": 0}]}]),
    "grouped by": ("/games?select=maker(name),count()&studio=eq.1", [{"maker": {"name": "North"}, "count": 2}]),
    "aggregates of a spread": ("/scores?select=...game(year.max(),n:count())&id=lt.3", [{"max": 1990, "n": 2}]),
    "below a foreign key": ("/scores?select=id,game(name,maker(name))&id=eq.4", [{"id": 4, "game": {"name": "Three", "maker": {"name": "South"}}}]),
    "a foreign key below it": ("/scores?select=game(name,s:studios!studio(name))&id=eq.4", [{"game": {"name": "Three", "s": {"name": "South"}}}]),
    "a foreign key to children below it": ("/games?select=maker(id,games(id))&id=eq.3", [{"maker": {"id": 2, "games": [{"id": 3}]}}]),
    "below itself": ("/games?select=id,maker(made(id,maker(id)))&id=eq.3", [{"id": 3, "maker": {"made": [{"id": 3, "maker": {"id": 2}}]}}]),
    "twice": ("/games?select=a:maker(id),b:maker(name)&id=eq.3", [{"a": {"id": 2}, "b": {"name": "South"}}]),
    "itself, down": ("/pages?select=name,below(name)&id=lte.2", [{"name": "root", "below": [{"name": "left"}, {"name": "right"}]}, {"name": "left", "below": [{"name": "leaf"}]}]),
    "itself, up": ("/pages?select=name,above(name,above(name))&id=eq.4", [{"name": "leaf", "above": {"name": "left", "above": {"name": "root"}}}]),
    "from a view": ("/late_games?select=name,of_view(name)&id=eq.2", [{"name": "Two", "of_view": {"name": "North"}}]),
    "to a view": ("/studios?select=late(name)&id=eq.1", [{"late": [{"name": "Two"}]}]),
    "hides a foreign key": ("/games?select=id,studios(id)&limit=1", [{"id": 1, "studios": None}]),
    "hides it with inner": ("/games?select=id,studios!inner(id)", []),
    "a hint says that the foreign key is meant": ("/games?select=id,studios!studio(id)&limit=1", [{"id": 1, "studios": {"id": 1}}]),
    "where foreign keys are ambiguous": ("/halls?select=id,walls(one)&id=eq.1", [{"id": 1, "walls": {"one": 2}}]),
    "of a function's rows": ("/rpc/all_games?select=name,maker(name)&id=eq.3", [{"name": "Three", "maker": {"name": "South"}}]),
    "of a function's row": ("/rpc/one_studio?select=name,made(title)&made.order=id", {"name": "North", "made": [{"title": "ONE"}, {"title": "TWO"}]}),
    "below one in a function's rows": ("/rpc/all_games?select=maker(newest_first(title))&id=eq.3", [{"maker": {"newest_first": [{"title": "THREE"}]}}]),
    "of children below their parent": ("/studios/2/games?select=id,maker(id)", [{"id": 3, "maker": {"id": 2}}]),
    "of an item": ("/games/3?select=id,maker(name)", {"id": 3, "maker": {"name": "South"}}),
    "no set, as a field": ("/games?select=maker_row->name&id=eq.1", [{"name": "North"}]),
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    assert untagged(client.get(target).expect(200)) == expected


@pytest.mark.parametrize("target, expected", [
    ("/studios?select=made!inner(name)&made.name=eq.One", "0-0/1"), ("/games?select=maker!inner(name)&maker.name=eq.North", "0-1/2"),
    ("/games?select=maker_row!inner(name)&maker_row.name=eq.North", "0-1/2"), ("/studios?select=said_one!inner(name)", "0-1/2"),
    ("/studios?select=name,made(name)", "0-2/3"), ("/games?select=maker(name),count()", "0-2/3"),
])
def test_exact_counts(client, target, expected):
    assert client.get(target, prefer="count=exact").expect(200).get("Content-Range") == expected


ERRORS = {
    "misspelt": ("/games?select=makr(id)", "PGRST200", 7), "of another table": ("/studios?select=maker(id)", "PGRST200", 7),
    "rows of no resource": ("/studios?select=pairs(a)", "PGRST200", 7), "a table of its own": ("/studios?select=table_of(a)", "PGRST200", 7),
    "two arguments": ("/studios?select=needs_two(id)", "PGRST200", 7), "a value": ("/games?select=title(id)", "PGRST200", 7),
    "a column that is not there": ("/games?select=maker(nope)", "42703", 13), "filter on what is not embedded": ("/games?maker.name=eq.x", "PGRST108", 0),
    "related order of many": ("/studios?select=made(id)&order=made(id)", "PGRST118", 22), "comparison with it": ("/games?select=maker(id)&maker=eq.1", "PGRST120", 17),
    "a set as a field": ("/studios?select=made", "42703", 7), "aggregates of a spread of many": ("/studios?select=...made(year.max())", "PGRST127", 10),
    "of a view's base": ("/late_games?select=maker(id)", "PGRST200", 7),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors(client, label):
    target, code, position = ERRORS[label]
    problem = client.get(target).problem(400)
    assert (problem["code"], problem["position"]) == (code, position)


def test_the_name_of_a_relationship_is_suggested(client):
    assert "'maker'" in client.get("/games?select=makr(id)").problem(400)["hint"]


REPRESENTATIONS = {
    "POST": ("POST", "/games?select=name,maker(name)", {"id": 7, "name": "x", "studio": 2}, 201, {"name": "x", "maker": {"name": "South"}}),
    "POST of many": ("POST", "/games?select=id,maker_row(name)", [{"id": 7, "studio": 2}, {"id": 8}], 201, [{"id": 7, "maker_row": {"name": "South"}}, {"id": 8, "maker_row": None}]),
    "PATCH": ("PATCH", "/studios/1?select=name,made(name)", {"name": "N"}, 200, {"name": "N", "made": [{"name": "One"}, {"name": "Two"}]}),
    "PATCH by filter": ("PATCH", "/studios?select=name,made(count())&id=eq.1", {"name": "N"}, 200, [{"name": "N", "made": [{"count": 2}]}]),
    "PATCH of what it restricts": ("PATCH", "/games?select=id,maker!inner(name)&maker.name=eq.South", {"year": 2011}, 200, [{"id": 3, "maker": {"name": "South"}}]),
    "PUT": ("PUT", "/games/3?select=title,maker(name,newest_first(title))", {"id": 3, "name": "c", "studio": 1}, 200,
            {"title": "C", "maker": {"name": "North", "newest_first": [{"title": "TWO"}, {"title": "ONE"}]}}),
    "DELETE": ("DELETE", "/games?select=name,maker(name)&id=eq.3", None, 200, [{"name": "Three", "maker": {"name": "South"}}]),
}


@pytest.mark.parametrize("label", REPRESENTATIONS)
def test_representations_of_writes(client, restored, label):
    method, target, body, status, expected = REPRESENTATIONS[label]
    answer = client.request(method, target, body, prefer="return=representation", if_match=None if method == "POST" else "*")
    assert untagged(answer.expect(status)) == expected


def test_a_write_takes_only_the_rows_that_it_restricts(client, restored):
    client.patch("/games?select=id,maker!inner()&maker.name=eq.North", {"year": 1}, if_match="*").expect(200)
    assert restored.sql("SELECT id FROM games WHERE year = 1 ORDER BY id") == [(1,), (2,)]


@pytest.mark.parametrize("target", ["/studios?select=hitting(id)", "/studios/1?select=hitting(id)", "/studios?select=id,hitting!inner()"])
def test_a_read_cannot_write_by_a_relationship(client, database, target):
    assert client.get(target).problem(405)["code"] == "25006"
    assert database.one("SELECT count(*) FROM hits") == 0


def test_the_function_decides_who_may_see_its_rows(cluster, database, start):
    role = f"{database.name}_reader"
    database.sql(f"CREATE ROLE {role} LOGIN; GRANT SELECT ON studios TO {role}")
    with start(database, url=cluster.url(database.name, user=role)).client() as client:
        assert untagged(client.get("/studios?select=opened(word)&id=eq.1").expect(200)) == [{"opened": [{"word": "hush"}]}]
        client.get("/studios?select=closed(id)&id=eq.1").expect(403)


# Tags


def test_the_tag_covers_what_is_shown_and_if_match_the_row(client, restored):
    target = "/studios/1?select=name,made(name)"
    first = client.get(target).expect(200)
    assert first.get("Last-Modified") is None
    client.get(target, if_none_match=first.etag).expect(304)
    restored.sql("UPDATE games SET name = 'Uno' WHERE id = 1")
    second = client.get(target, if_none_match=first.etag).expect(200)
    assert second.etag != first.etag
    client.patch("/studios/1", {"name": "N"}, if_match=first.etag).expect(200)
    client.patch("/studios/1", {"name": "M"}, if_match=second.etag).expect(412)


def test_a_tree_beside_it_is_still_checked(client, restored):
    target = "/studios/1?select=name,games(name),late(name)"
    first = client.get(target).expect(200)
    restored.sql("UPDATE games SET name = 'Uno' WHERE id = 1")
    client.patch("/studios/1", {"name": "N"}, if_match=first.etag).expect(412)
    client.patch("/studios/1", {"name": "N"}, if_match=client.get(target).etag).expect(200)


@pytest.mark.parametrize("target", ["/games/1?select=id,best(t)", "/games/1?select=id,...best(t)", "/games/1?select=id,p:points(points.sum())",
                                    "/studios/1?select=id,games(best(points))"])
def test_each_way_to_show_rows_is_covered(client, restored, target):
    first = client.get(target).expect(200)
    client.get(target, if_none_match=first.etag, if_modified_since="Mon, 01 Jan 1990 00:00:00 GMT").expect(304)
    restored.sql("INSERT INTO scores VALUES (5, 1, 99, 'e')")
    answer = client.get(target, if_none_match=first.etag).expect(200)
    assert answer.etag != first.etag and answer.get("Last-Modified") is None
    row = target.split("?")[0]
    date = harness.eventually(lambda: client.get(row).expect(200).get("Last-Modified"))
    client.get(row, if_modified_since=date).expect(304)  # the date holds for the row alone
    client.get(target, if_modified_since=date).expect(200)


def test_a_touched_parent_has_no_date_for_what_is_computed_below_it(create, start):
    made = create(tables.PARENTS + "CREATE TABLE c (n int); CREATE FUNCTION cs(children) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM c'",
                  stamped=["parents", "children"], options=["--touch", "children.parent_id"])
    with start(made).client() as client:
        assert harness.eventually(lambda: client.get("/parents/1?select=id,children(id)").expect(200).get("Last-Modified"))
        first = client.get("/parents/1?select=id,children(cs)").expect(200)
        assert first.get("Last-Modified") is None
        made.sql("INSERT INTO c VALUES (1)")
        client.get("/parents/1?select=id,children(cs)", if_none_match=first.etag).expect(200)
        client.patch("/children/1", {"parent_id": 1}, if_match="*").expect(200)
        client.delete("/parents/1", if_match=first.etag).expect(412)


def test_two_relationships_that_show_the_same_have_two_tags(client):
    tags = [client.get(f"/games/1?select=x:{name}(name)").expect(200).etag for name in ("maker", "maker_row")]
    tags += [client.get(f"/games/1?select=x:maker{hint}(name)").expect(200).etag for hint in ("!inner",)]
    assert len(set(tags)) == 3
