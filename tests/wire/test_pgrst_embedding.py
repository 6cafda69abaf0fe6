"""PostgREST's resource embedding (references/api/resource_embedding), clause by clause, and the tags of what it shows."""

import json
from urllib.parse import quote

import pytest

import tables
from midair import SHOP

SCHEMA = """
CREATE TABLE directors (id int PRIMARY KEY, first_name text, last_name text);
CREATE TABLE films (id int PRIMARY KEY, director_id int REFERENCES directors, title text, year int, rating numeric(4, 2), language text);
CREATE TABLE technical_specs (film_id int PRIMARY KEY REFERENCES films, runtime text, camera text);
CREATE TABLE actors (id int PRIMARY KEY, first_name text, last_name text);
CREATE TABLE roles (film_id int REFERENCES films, actor_id int REFERENCES actors, character text, PRIMARY KEY (film_id, actor_id));
CREATE TABLE competitions (id int PRIMARY KEY, name text, year int);
CREATE TABLE nominations (competition_id int REFERENCES competitions, film_id int REFERENCES films, rank int, PRIMARY KEY (competition_id, film_id));
CREATE TABLE addresses (id int PRIMARY KEY, name text, city text);
CREATE TABLE parcels (id int PRIMARY KEY, name text,
    billing_address_id int CONSTRAINT billing REFERENCES addresses,
    shipping_address_id int CONSTRAINT shipping REFERENCES addresses);
CREATE TABLE web_content (id int PRIMARY KEY, name text, p_web_id int REFERENCES web_content);
CREATE TABLE big (id bigint PRIMARY KEY, film_id int REFERENCES films, n numeric, f float8, at timestamptz, tags text[], doc jsonb, "Odd ""name" text);
CREATE TABLE secrets (id int PRIMARY KEY, film_id int REFERENCES films, word text);
CREATE TABLE users_x (id int PRIMARY KEY, name text);
CREATE TABLE follows (follower int REFERENCES users_x, followed int REFERENCES users_x, PRIMARY KEY (follower, followed));

INSERT INTO directors VALUES (1, 'Alice', 'Guy'), (2, 'Bong', 'Joon-ho'), (3, 'No', 'Films');
INSERT INTO films VALUES (1, 1, 'One', 1990, 7.50, 'fr'), (2, 2, 'Two', 2003, 8.10, 'ko'), (3, 2, 'Three', 2019, 8.50, 'ko'),
    (4, NULL, 'Orphan', 1950, NULL, NULL);
INSERT INTO technical_specs VALUES (1, '1:30', 'A'), (2, '2:00', 'B');
INSERT INTO actors VALUES (1, 'Song', 'Kang-ho'), (2, 'Lee', 'Sun-kyun'), (3, 'Out', 'Of work');
INSERT INTO roles VALUES (2, 1, 'Park'), (3, 1, 'Ki-taek'), (3, 2, 'Dong-ik');
INSERT INTO competitions VALUES (1, 'Palm', 2019), (2, 'Bear', 2003);
INSERT INTO nominations VALUES (1, 3, 1), (2, 2, 5), (2, 3, 3);
INSERT INTO addresses VALUES (1, 'bill', 'Rome'), (2, 'ship', 'Oslo');
INSERT INTO parcels VALUES (1, 'box', 1, 2), (2, 'bag', 1, NULL);
INSERT INTO web_content VALUES (0, 'tardis', NULL), (1, 'fezz', 0), (2, 'foo', 0), (3, 'bar', 1);
INSERT INTO big VALUES (9007199254740993, 1, 12345678901234567890.123456789, 0.1, '2024-02-03 04:05:06.789+00', '{a,"b,c"}',
    '{"b": 1, "a": [1.10]}', 'odd');
INSERT INTO secrets VALUES (1, 1, 'hush');
INSERT INTO users_x VALUES (1, 'ann'), (2, 'bob'), (3, 'cy');
INSERT INTO follows VALUES (1, 2), (1, 3), (2, 3);
"""


database = tables.database(SCHEMA, like=SHOP)


def shown(client, target):
    """Rows without their tags."""
    return json.loads(client.get(target).expect(200, 206).text, object_hook=lambda o: {k: v for k, v in o.items() if k != "etag"})


READS = {
    "many-to-one": ("/films?select=title,directors(id,last_name)&id=lte.2",
                    [{"title": "One", "directors": {"id": 1, "last_name": "Guy"}},
                     {"title": "Two", "directors": {"id": 2, "last_name": "Joon-ho"}}]),
    "many-to-one without one": ("/films?select=title,directors(id)&id=eq.4", [{"title": "Orphan", "directors": None}]),
    "one-to-many": ("/directors?select=last_name,films(title)",
                    [{"last_name": "Guy", "films": [{"title": "One"}]},
                     {"last_name": "Joon-ho", "films": [{"title": "Two"}, {"title": "Three"}]},
                     {"last_name": "Films", "films": []}]),
    "one-to-one from the parent": ("/films?select=id,technical_specs(camera)&id=in.(1,4)",
                                   [{"id": 1, "technical_specs": {"camera": "A"}}, {"id": 4, "technical_specs": None}]),
    "one-to-one from the child": ("/technical_specs?select=camera,films(title)&film_id=eq.2",
                                  [{"camera": "B", "films": {"title": "Two"}}]),
    "many-to-many": ("/actors?select=last_name,films(title)",
                     [{"last_name": "Kang-ho", "films": [{"title": "Two"}, {"title": "Three"}]},
                      {"last_name": "Sun-kyun", "films": [{"title": "Three"}]}, {"last_name": "Of work", "films": []}]),
    "the junction itself": ("/roles?select=character,films(title),actors(last_name)&film_id=eq.2",
                            [{"character": "Park", "films": {"title": "Two"}, "actors": {"last_name": "Kang-ho"}}]),
    "nested": ("/actors?select=id,roles(character,films(title,year))&id=eq.2",
               [{"id": 2, "roles": [{"character": "Dong-ik", "films": {"title": "Three", "year": 2019}}]}]),
    "renamed": ("/films?select=name:title,director:directors(surname:last_name)&id=eq.1",
                [{"name": "One", "director": {"surname": "Guy"}}]),
    "by the constraint's name": ("/films?select=id,films_director_id_fkey(last_name)&id=eq.1",
                                 [{"id": 1, "films_director_id_fkey": {"last_name": "Guy"}}]),
    "by the column": ("/films?select=id,director:director_id(last_name)&id=eq.1", [{"id": 1, "director": {"last_name": "Guy"}}]),
    "hint: constraint": ("/parcels?select=name,addresses!billing(name)&id=eq.1", [{"name": "box", "addresses": {"name": "bill"}}]),
    "hint: column": ("/parcels?select=name,a:addresses!shipping_address_id(name)&id=eq.1", [{"name": "box", "a": {"name": "ship"}}]),
    "two embeds of one table": ("/parcels?select=billing(city),shipping(city)",
                                [{"billing": {"city": "Rome"}, "shipping": {"city": "Oslo"}},
                                 {"billing": {"city": "Rome"}, "shipping": None}]),
    "hint seen from the parent": ("/addresses?select=name,parcels!shipping(name)",
                                  [{"name": "bill", "parcels": []}, {"name": "ship", "parcels": [{"name": "box"}]}]),
    "hint: junction": ("/films?select=id,actors!roles(last_name)&id=eq.2", [{"id": 2, "actors": [{"last_name": "Kang-ho"}]}]),
    "self: children by the table's name": ("/web_content?select=id,web_content(name)&id=lte.1",
                                           [{"id": 0, "web_content": [{"name": "fezz"}, {"name": "foo"}]},
                                            {"id": 1, "web_content": [{"name": "bar"}]}]),
    "self: the parent by the column": ("/web_content?select=name,p_web_id(name)&id=in.(0,3)",
                                       [{"name": "tardis", "p_web_id": None}, {"name": "bar", "p_web_id": {"name": "fezz"}}]),
    "self: children by a hint": ("/web_content?select=id,kids:web_content!p_web_id(id)&id=eq.0",
                                 [{"id": 0, "kids": [{"id": 1}, {"id": 2}]}]),
    "self: many-to-many by a column of the junction": ("/users_x?select=id,users_x!followed(name)&id=eq.1",
                                                       [{"id": 1, "users_x": [{"name": "bob"}, {"name": "cy"}]}]),
    "self nested": ("/web_content?select=name,p_web_id(name,p_web_id(name))&id=eq.3",
                    [{"name": "bar", "p_web_id": {"name": "fezz", "p_web_id": {"name": "tardis"}}}]),
    "several embeds": ("/films?select=id,directors(id),technical_specs(camera),actors(id)&id=eq.2",
                       [{"id": 2, "directors": {"id": 2}, "technical_specs": {"camera": "B"}, "actors": [{"id": 1}]}]),
    "inner, to one": ("/films?select=id,directors!inner(id)&order=id.desc", [{"id": 3, "directors": {"id": 2}},
                      {"id": 2, "directors": {"id": 2}}, {"id": 1, "directors": {"id": 1}}]),
    "inner, to many": ("/directors?select=id,films!inner(id)", [{"id": 1, "films": [{"id": 1}]}, {"id": 2, "films": [{"id": 2}, {"id": 3}]}]),
    "left says what is usual": ("/directors?select=id,films!left(id)&id=eq.3", [{"id": 3, "films": []}]),
    "inner and hint": ("/parcels?select=id,addresses!shipping!inner(id)", [{"id": 1, "addresses": {"id": 2}}]),
    "inner before hint": ("/parcels?select=id,addresses!inner!shipping(id)", [{"id": 1, "addresses": {"id": 2}}]),
    "filter inside": ("/directors?select=id,films(id)&films.year=gt.2010", [{"id": 1, "films": []}, {"id": 2, "films": [{"id": 3}]},
                      {"id": 3, "films": []}]),
    "filter inside, to one": ("/films?select=id,directors(id)&directors.last_name=eq.Guy&id=lte.2",
                              [{"id": 1, "directors": {"id": 1}}, {"id": 2, "directors": None}]),
    "filter by the label": ("/directors?select=id,f:films(id)&f.year=gt.2010&id=eq.2", [{"id": 2, "f": [{"id": 3}]}]),
    "top-level filtering": ("/directors?select=id,films!inner(id)&films.title=eq.Two", [{"id": 2, "films": [{"id": 2}]}]),
    "top-level filtering, nested": ("/directors?select=id,films!inner(id,roles!inner(actor_id))&films.roles.actor_id=eq.2",
                                    [{"id": 2, "films": [{"id": 3, "roles": [{"actor_id": 2}]}]}]),
    "or inside": ("/directors?select=id,films(id)&films.or=(year.gt.2010,title.eq.One)&id=lte.2",
                  [{"id": 1, "films": [{"id": 1}]}, {"id": 2, "films": [{"id": 3}]}]),
    "not.and inside": ("/directors?select=id,films(id)&films.not.and=(year.gt.2000,year.lt.2010)&id=eq.2",
                       [{"id": 2, "films": [{"id": 3}]}]),
    "order inside": ("/directors?select=id,films(id)&films.order=year.desc&id=eq.2", [{"id": 2, "films": [{"id": 3}, {"id": 2}]}]),
    "limit inside": ("/directors?select=id,films(id)&films.limit=1&id=eq.2", [{"id": 2, "films": [{"id": 2}]}]),
    "limit 0 inside": ("/directors?select=id,films(id)&films.limit=0&id=eq.2", [{"id": 2, "films": []}]),
    "offset inside": ("/directors?select=id,films(id)&films.offset=1&id=eq.2", [{"id": 2, "films": [{"id": 3}]}]),
    "nested order and limit": ("/directors?select=id,films(id,roles(actor_id))&films.roles.order=actor_id.desc&films.roles.limit=1&films.order=id.desc&films.limit=1&id=eq.2",
                               [{"id": 2, "films": [{"id": 3, "roles": [{"actor_id": 2}]}]}]),
    "null filtering: anti join": ("/directors?select=id,films(id)&films=is.null", [{"id": 3, "films": []}]),
    "null filtering: semi join": ("/directors?select=id&select_=x".split("&select_")[0] + ",films()&films=not.is.null", [{"id": 1}, {"id": 2}]),
    "null filtering, to one": ("/films?select=id,directors(id)&directors=is.null", [{"id": 4, "directors": None}]),
    "null filtering in or=()": ("/films?select=id,technical_specs(),actors()&or=(technical_specs.not.is.null,actors.not.is.null)",
                                [{"id": 1}, {"id": 2}, {"id": 3}]),
    "null filtering of a filtered embed": ("/directors?select=id,films()&films.year=gt.2010&films=not.is.null", [{"id": 2}]),
    "empty embed": ("/directors?select=id,films()&id=eq.1", [{"id": 1}]),
    "spread, to one": ("/films?select=title,...directors(director:last_name,first_name)&id=in.(1,4)",
                       [{"title": "One", "director": "Guy", "first_name": "Alice"}, {"title": "Orphan", "director": None, "first_name": None}]),
    "spread in spread": ("/roles?select=character,...films(title,...directors(last_name))&film_id=eq.2",
                         [{"character": "Park", "title": "Two", "last_name": "Joon-ho"}]),
    "embed in spread": ("/roles?select=...films(directors(id))&film_id=eq.2", [{"directors": {"id": 2}}]),
    "spread in embed": ("/actors?select=id,roles(character,...films(title))&id=eq.2",
                        [{"id": 2, "roles": [{"character": "Dong-ik", "title": "Three"}]}]),
    "spread, to many": ("/directors?select=id,...films(titles:title,year)",
                        [{"id": 1, "titles": ["One"], "year": [1990]}, {"id": 2, "titles": ["Two", "Three"], "year": [2003, 2019]},
                         {"id": 3, "titles": [], "year": []}]),
    "order by an embedded column": ("/films?select=id,directors(last_name)&order=directors(last_name).desc.nullslast,id.desc",
                                    [{"id": 3, "directors": {"last_name": "Joon-ho"}}, {"id": 2, "directors": {"last_name": "Joon-ho"}},
                                     {"id": 1, "directors": {"last_name": "Guy"}}, {"id": 4, "directors": None}]),
    "order by a spread column": ("/films?select=id,...directors(last_name)&order=directors(last_name).asc.nullsfirst,id&limit=2",
                                 [{"id": 4, "last_name": None}, {"id": 1, "last_name": "Guy"}]),
    "order by a column that is not shown": ("/films?select=id,directors()&order=directors(id).desc.nullslast,id&limit=1", [{"id": 2}]),
    "key order as selected": ("/films?select=directors(last_name,id,first_name),year,id&id=eq.1",
                              [{"directors": {"last_name": "Guy", "id": 1, "first_name": "Alice"}, "year": 1990, "id": 1}]),
    "columns twice": ("/films?select=id,again:id,directors(id,again:id)&id=eq.1", [{"id": 1, "again": 1, "directors": {"id": 1, "again": 1}}]),
    "spaces and codes": ("/films?select=" + quote("id, directors ( id , last_name )", safe="") + "&id=eq.1",
                         [{"id": 1, "directors": {"id": 1, "last_name": "Guy"}}]),
    "quoted names": ("/films?select=" + quote('id,"big"("Odd ""name"'.replace('""', '\\"') + ")", safe="") + "&id=eq.1", [{"id": 1, "big": [{'Odd "name': "odd"}]}]),
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    rows = shown(client, target)
    assert rows == expected
    assert [list(r) for r in rows] == [list(r) for r in expected]


def test_star_and_embed(client):
    row = shown(client, "/films?select=*,directors(*)&id=eq.1")[0]
    assert list(row) == ["id", "director_id", "title", "year", "rating", "language", "directors"]
    assert list(row["directors"]) == ["id", "first_name", "last_name"]


def test_values_keep_their_form(client):
    text = client.get("/films?select=id,big(*)&id=eq.1").expect(200).text
    for part in ('"id":9007199254740993', '"n":12345678901234567890.123456789', '"f":0.1', '"at":"2024-02-03T04:05:06.789+00:00"',
                 '"tags":["a","b,c"]', '"a": [1.10]'):
        assert part in text, part
    top = client.get("/big?select=*").expect(200).text
    inner = json.loads(text)[0]["big"][0]
    assert inner == {k: v for k, v in json.loads(top)[0].items() if k != "etag"}


@pytest.mark.quick
def test_on_items(client):
    answer = client.get("/films/2?select=title,roles(character)").expect(200)
    assert answer.json()["roles"] == [{"character": "Park"}]
    client.get("/films/99?select=title,roles(character)").problem(404)
    client.get("/films/4?select=id,directors!inner(id)").problem(404)


@pytest.mark.parametrize("method,target,body,status", [
    ("POST", "/films", {"id": 50, "title": "New", "director_id": 1}, 201),
    ("PATCH", "/films/50", {"title": "Newer"}, 200),
    ("PUT", "/films/50", {"title": "Newest", "director_id": 2}, 200),
    ("PUT", "/films/51", {"title": "Other", "director_id": 2}, 201),
    ("PATCH", "/films?id=eq.50", {"title": "List"}, 200),
    ("POST", "/films", [{"id": 52, "director_id": 2}, {"id": 53, "director_id": 2}], 201),
    ("POST", "/films?on_conflict=id", [{"id": 52, "director_id": 1}, {"id": 54, "director_id": 1}], 201),
    ("DELETE", "/films/51", None, 200),
    ("DELETE", "/films?id=gte.50", None, 200),
], ids=lambda v: str(v)[:30])
def test_representation_of_writes(client, method, target, body, status):
    target += ("&" if "?" in target else "?") + "select=id,directors(last_name),roles(actor_id)"
    answer = client.request(method, target, body, prefer="return=representation" + (", resolution=merge-duplicates" if "on_conflict" in target else ""),
                            if_match=None if method == "POST" else "*" if status != 201 else None)
    rows = answer.expect(status).json()
    if isinstance(body, list):
        assert [r["id"] for r in rows] == [r["id"] for r in body]
    for row in rows if isinstance(rows, list) else [rows]:
        assert row["directors"]["last_name"] in ("Guy", "Joon-ho") and row["roles"] == [], row


def test_inner_embeds_choose_what_is_written(client, database):
    database.sql("INSERT INTO directors VALUES (70, 'x', 'y'), (71, 'x', 'y'); INSERT INTO films (id, director_id) VALUES (70, 70)")
    answer = client.patch("/directors?first_name=eq.x&select=id,films!inner(id)", {"first_name": "z"}, prefer="return=representation",
                          if_match="*").expect(200)
    assert [r["id"] for r in answer.json()] == [70]
    assert database.sql("SELECT id FROM directors WHERE first_name = 'x'") == [(71,)]
    database.sql("DELETE FROM films WHERE id = 70; DELETE FROM directors WHERE id >= 70")


# Tags


def test_a_tag_covers_what_is_embedded(client, database):
    url = "/films/3?select=id,title,roles(character)"
    first = client.get(url).expect(200)
    client.get(url, if_none_match=first.etag).expect(304)
    database.sql("UPDATE roles SET character = character || '!' WHERE film_id = 3 AND actor_id = 1")
    second = client.get(url, if_none_match=first.etag).expect(200)
    assert second.etag != first.etag and second.etag.split("~")[0] == first.etag.split("~")[0]
    database.sql("INSERT INTO roles VALUES (3, 3, 'Extra')")
    client.get(url, if_none_match=second.etag).expect(200)
    database.sql("DELETE FROM roles WHERE actor_id = 3")
    client.get(url, if_none_match=second.etag).expect(304)
    plain = client.get("/films/3").expect(200)
    client.get(url, if_none_match=plain.etag).expect(200)
    assert json.loads(second.text)["etag"].split("~")[0].strip('"') == plain.etag.strip('"')  # and then what it covers besides


def test_tags_differ_by_what_was_asked(client):
    targets = ["/films/3?select=id,roles(character)", "/films/3?select=id,roles(character)&roles.limit=9", "/films/3?select=id",
               "/films/3?select=id,roles(character)&roles.order=character", "/films/3?select=id,roles(c:character)", "/films/3",
               "/films/3?select=id,roles(character)&roles.actor_id=gt.0"]
    tags = [client.get(t).expect(200).etag for t in targets]
    assert len(set(tags)) == len(tags)


def test_a_write_with_the_tag_of_a_tree(client, database):
    tag = client.get("/films/1?select=*,technical_specs(*)").expect(200).etag
    client.patch("/films/1", {"language": "xx"}, if_match=tag).expect(200)
    client.patch("/films/1", {"language": "yy"}, if_match=tag).problem(412)


def test_the_tag_of_a_list_covers_what_is_embedded(client, database):
    url = "/directors?select=id,films(title)"
    tag = client.get(url).expect(200).etag
    client.get(url, if_none_match=tag).expect(304)
    database.sql("UPDATE films SET title = title || '?' WHERE id = 3")
    client.get(url, if_none_match=tag).expect(200)
    database.sql("UPDATE films SET title = 'Three' WHERE id = 3")


# Counts


@pytest.mark.parametrize("target,total", [
    ("/directors?select=id,films(id)", 3), ("/directors?select=id,films!inner(id)", 2), ("/directors?select=id,films()&films=is.null", 1),
    ("/directors?select=id,films!inner(id)&films.title=eq.Two", 1), ("/directors?select=id,films!inner(id)&films.title=eq.Nope", 0),
])
def test_exact_counts(client, target, total):
    answer = client.get(target, prefer="count=exact").expect(200)
    assert answer.get("Content-Range").endswith(f"/{total}")


# Errors


def test_ambiguity(client):
    answer = client.get("/parcels?select=*,addresses(*)").problem(300)
    document = answer if isinstance(answer, dict) else answer.json()
    assert document["code"] == "PGRST201" and document["position"] == 9
    assert {d["relationship"] for d in document["details"]} == {
        "billing using parcels(billing_address_id) and addresses(id)", "shipping using parcels(shipping_address_id) and addresses(id)"}
    assert {d["cardinality"] for d in document["details"]} == {"many-to-one"}
    assert "'addresses!billing', 'addresses!shipping'" in document["hint"]


ERRORS = {
    "no such relationship": ("/films?select=id,customers(id)", "PGRST200", 10),
    "misspelt": ("/films?select=id,director(id)", "PGRST200", 10),
    "hint that fits nothing": ("/films?select=directors!nope(id)", "PGRST200", 7),
    "no such column inside": ("/films?select=directors(id,nope)", "42703", 20),
    "no such embed in a filter": ("/films?select=id&directors.id=eq.1", "PGRST108", 10),
    "no such embed in an order": ("/films?select=id&directors.order=id", "PGRST108", 10),
    "no such embed in a limit": ("/films?select=id&directors.limit=1", "PGRST108", 10),
    "no such column in a filter": ("/films?select=directors(id)&directors.nope=eq.1", "42703", 31),
    "filter on an embed": ("/films?select=directors(id)&directors=eq.1", "PGRST120", 21),
    "order by many": ("/directors?select=films(id)&order=films(id)", "PGRST118", 23),
    "not closed": ("/films?select=directors(id", "PGRST100", 19),
    "closed twice": ("/films?select=directors(id))", "PGRST100", 20),
    "empty item": ("/films?select=id,,title", "PGRST100", 10),
    "trailing comma": ("/films?select=directors(id,)", "PGRST100", 20),
    "spread of a column": ("/films?select=...id", "PGRST100", 12),
    "spread with a name": ("/films?select=a:...directors(id)", "PGRST100", 9),
    "two joins": ("/films?select=directors!inner!left(id)", "PGRST100", 23),
    "two hints": ("/films?select=directors!a!b(id)", "PGRST100", 19),
    "empty hint": ("/films?select=directors!(id)", "PGRST100", 17),
    "too deep": ("/films?select=" + "directors(films(" * 5, "PGRST100", None),
    "too many": ("/films?select=" + ",".join(f"a{i}:directors(id)" for i in range(40)), None, None),
    "too many parts": ("/films?select=" + ",".join(["id"] * 600), "PGRST100", None),
    "label that PostgreSQL would cut": ("/films?select=directors(" + "x" * 64 + ":id)", None, None),
    "limit inside": ("/films?select=directors(id)&directors.limit=x", "PGRST100", None),
    "quote not closed": ('/films?select=%22directors(id)', "PGRST100", 7),
    "SQL": ("/films?select=directors(id);drop%20table%20films", "PGRST100", None),
    "SQL in a label": ('/films?select=directors(%22a%5C%22%3B--%22:nope)', "42703", None),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors(client, label):
    target, code, position = ERRORS[label]
    document = client.get(target).problem(400)
    document = document if isinstance(document, dict) else document.json()
    if code:
        assert document["code"] == code
    if position is not None:
        assert document["position"] == position


def test_near_misses(client):
    document = client.get("/films?select=id,director(id)").expect(400).json()
    assert document["hint"] == "Perhaps you meant 'directors' instead of 'director'."
    assert "'films' and 'director'" in document["details"]


def test_label_is_data(client):
    row = shown(client, '/films?select=' + quote('"a\\";--":title,directors("b\\"c":id)', safe="") + "&id=eq.1")[0]
    assert row == {'a";--': "One", "directors": {'b"c': 1}}


def test_embeds_need_the_privilege(cluster, database, start):
    database.sql("CREATE ROLE embedder LOGIN; GRANT USAGE ON SCHEMA public TO embedder;"
                 "GRANT SELECT ON films, actors, directors TO embedder; GRANT SELECT (film_id) ON roles TO embedder")
    url = cluster.url(database.name, user="embedder")
    running = start(database, url=url)
    with running.client() as client:
        client.get("/films?select=id,directors(id)").expect(200)
        for target in ("/films?select=id,secrets(word)", "/films?select=id,secrets!inner()", "/films?select=id,actors(id)",
                       "/films?select=id,roles(character)", "/films?select=id,roles(film_id)&roles.character=eq.x"):
            assert client.get(target).status in (400, 401, 403), target
        client.get("/films?select=id,roles(*)").expect(200)
