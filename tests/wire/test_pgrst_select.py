"""PostgREST's tables and views (references/api/tables_views): select=, renames, casts, JSON, composite and array paths; order=."""

import json
from urllib.parse import quote

import pytest

import tables
from midair import SHOP

SCHEMA = """
CREATE TYPE spot AS (lat numeric(8, 6), long numeric(9, 6), label text);
CREATE DOMAIN papers AS jsonb;
CREATE TABLE things (id int PRIMARY KEY, name text, n int, amount numeric(10, 2), tags text[], data jsonb, doc json, mood mood, "odd, name" text,
    at spot, spots spot[], grid int[], papers papers, during int4range, count_of int);
INSERT INTO things VALUES
    (1, 'Foo', 10, 1.50, '{a,b}', '{"a": {"b": "x"}, "l": [10, 20], "k.1": "dot", "n": 5}', '{"a": 1}', 'calm', 'p',
     '(19.741755,-155.5,here)', '{"(1,2,first)"}', '{{1,2},{3,4}}', '{"deep": [{"x": 1}, {"x": 2}]}', '[1,5)', 3),
    (2, 'bar', 20, 2.50, '{b,c}', '{"a": {"b": "y"}, "l": [30], "n": 50}', '{"a": 2}', 'busy', 'q', '(5,5,there)', '{}', '{}', '{}', '[5,10)', 4),
    (3, 'a,b "c" (d)', NULL, 2.50, '{}', '{"a": null}', NULL, 'closed, for now', NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (4, 'Foo%', -5, 100, NULL, NULL, NULL, 'calm', 'p', '(0,0,)', NULL, NULL, NULL, NULL, NULL);
CREATE TABLE counted (id int PRIMARY KEY, count int);
INSERT INTO counted VALUES (1, 17);
CREATE TABLE secretive (id int PRIMARY KEY, open text, secret text);
INSERT INTO secretive VALUES (1, 'o', 's');
CREATE ROLE discreet LOGIN;
GRANT SELECT (id, open), INSERT (id, open), UPDATE (open) ON secretive TO discreet;
GRANT DELETE ON secretive TO discreet;
"""


database = tables.database(SCHEMA, like=SHOP, after="DROP OWNED BY discreet; DROP ROLE discreet")


def q(text):
    return quote(text, safe="")


ORDERS = {
    "asc": ("order=n", [4, 1, 2, 3]), "desc": ("order=n.desc", [3, 2, 1, 4]), "nullsfirst": ("order=n.asc.nullsfirst", [3, 4, 1, 2]),
    "nullslast": ("order=n.desc.nullslast", [2, 1, 4, 3]), "only nulls": ("order=n.nullsfirst", [3, 4, 1, 2]),
    "several": ("order=amount.desc,id.desc", [4, 3, 2, 1]), "json": ("order=data->n.desc.nullslast,id", [2, 1, 3, 4]),
    "json text": ("order=data->>n.nullslast,id", [1, 2, 3, 4]), "quoted": ("order=" + q('"odd, name".desc.nullslast,id'), [2, 1, 4, 3]),
    "composite": ("order=at->lat.desc.nullslast", [1, 2, 4, 3]), "composite as text": ("order=at->>label.asc.nullslast,id", [1, 2, 3, 4]), "array": ("order=tags->0.desc.nullslast,id", [2, 1, 3, 4]), "array as text": ("order=tags->>1.desc.nullslast,id", [2, 1, 3, 4]),
    "array of arrays": ("order=grid->1->>0.nullsfirst,id", [2, 3, 4, 1]), "json element": ("order=data->l->0.desc.nullslast,id", [2, 1, 3, 4]), "a domain over json": ("order=papers->deep->0->x.nullslast,id", [1, 2, 3, 4]),
    "spaces": ("order=amount.desc,%20id.desc", [4, 3, 2, 1]), "spaces around": ("order=%20amount.desc%20,%20id.desc%20", [4, 3, 2, 1]), "enum": ("order=mood.desc,id", [3, 2, 1, 4]),
    "one column twice": ("order=amount,id,amount.desc", [1, 2, 3, 4]), "not among what is selected": ("select=id,name&order=n", [4, 1, 2, 3]), "two parameters": ("order=amount.desc&order=id.desc", [4, 3, 2, 1]),
    "range": ("order=during.desc.nullslast,id", [2, 1, 3, 4]), "asc and nullslast": ("order=n.asc.nullslast", [4, 1, 2, 3]), "desc and nullsfirst": ("order=n.desc.nullsfirst", [3, 2, 1, 4]),
    "none: by the key": ("select=id", [1, 2, 3, 4]),
}


@pytest.mark.parametrize("label", ORDERS)
def test_order(client, label):
    query, expected = ORDERS[label]
    assert [r["id"] for r in client.get("/things?" + query).expect(200).json()] == expected


SELECTS = {
    "cast": ("select=id::text,amount::int&id=eq.2", {"id": "2", "amount": 3}), "cast of several words": ("select=amount::double+precision&id=eq.1", {"amount": 1.5}),
    "cast and name": ("select=key:id::text&id=eq.1", {"key": "1"}), "cast to an existing type": ("select=x:name::text::x".split("::x")[0] + ",mood::mood&id=eq.1", {"x": "Foo", "mood": "calm"}),
    "json object": ("select=data->a&id=eq.1", {"a": {"b": "x"}}), "json text": ("select=data->a->>b&id=eq.1", {"b": "x"}),
    "json element": ("select=data->l->0&id=eq.1", {"l": 10}), "json missing": ("select=data->nope->>x&id=eq.1", {"x": None}),
    "json named": ("select=deep:data->a->>b,id&id=eq.1", {"deep": "x", "id": 1}), "json and cast": ("select=data->>n::int&id=eq.1", {"n": 5}),
    "json of a row without": ("select=data->a&id=eq.4", {"a": None}), "json of json": ("select=doc->a&id=eq.1", {"a": 1}),
    "array element": ("select=tags->0&id=eq.1", {"tags": "a"}), "quoted": ("select=" + q('"odd, name"') + "&id=eq.1", {"odd, name": "p"}),
    "quoted label": ("select=" + q('"a,b:c":id') + "&id=eq.1", {"a,b:c": 1}), "named twice": ("select=again:id,id&id=eq.1", {"again": 1, "id": 1}),
    "composite": ("select=at->label,at->>lat,at->long&id=eq.1", {"label": "here", "lat": "19.741755", "long": -155.5}), "composite, named": ("select=lat:at->>lat&id=eq.1", {"lat": "19.741755"}),
    "whole composite": ("select=at&id=eq.2", {"at": {"lat": 5, "long": 5, "label": "there"}}), "composite of an array": ("select=spots->0->>label&id=eq.1", {"label": "first"}), "array, named": ("select=first:tags->0&id=eq.1", {"first": "a"}),
    "array as text": ("select=tags->>1&id=eq.1", {"tags": "b"}), "array from the end": ("select=tags->-1&id=eq.1", {"tags": "b"}), "array of arrays": ("select=grid->1->0&id=eq.1", {"grid": 3}), "beyond the array": ("select=tags->9&id=eq.1", {"tags": None}),
    "json from the end": ("select=data->l->-1&id=eq.1", {"l": 20}), "a domain over json": ("select=papers->deep->-1->x&id=eq.1", {"x": 2}), "json quoted key": ("select=" + q('data->"k.1"') + "&id=eq.1", {"k.1": "dot"}),
    "json element and cast": ("select=data->l->>0::int&id=eq.1", {"l": 10}), "json cast to json": ("select=data->>l::json&id=eq.1", {"l": [10, 20]}), "json of an index alone": ("select=tags->>0&id=eq.2", {"tags": "b"}),
    "cast in another case": ("select=amount::INT&id=eq.2", {"amount": 3}), "cast to a moment": ("select=x:name::text,id::text&id=eq.2", {"x": "bar", "id": "2"}), "cast to char": ("select=name::char&id=eq.1", {"name": "F"}), "cast to the type of a column": ("select=at::spot&id=eq.2", {"at": {"lat": 5, "long": 5, "label": "there"}}),
    "cast of an enum": ("select=mood::text&id=eq.2", {"mood": "busy"}), "cast of an array": ("select=tags::text&id=eq.1", {"tags": "{a,b}"}), "cast of a range": ("select=during::text&id=eq.1", {"during": "[1,5)"}), "cast to a range": ("select=during::int4range&id=eq.1", {"during": "[1,5)"}),
    "spaces": ("select=id,%20name&id=eq.1", {"id": 1, "name": "Foo"}), "spaces everywhere": ("select=%20id%20,%20label%20:%20name%20&id=eq.1", {"id": 1, "label": "Foo"}), "a label outside of ASCII": ("select=" + q("größe:id") + "&id=eq.1", {"größe": 1}),
    "a label with a quote": ("select=" + q('"a\\"b":id') + "&id=eq.1", {'a"b': 1}), "a label that is a keyword": ("select=select:id,order:name&id=eq.1", {"select": 1, "order": "Foo"}), "a label that is another column": ("select=id:name,name:id&id=eq.1", {"id": "Foo", "name": 1}),
}


@pytest.mark.parametrize("label", SELECTS)
def test_select(client, label):
    query, expected = SELECTS[label]
    row = client.get("/things?" + query).expect(200).json()[0]
    row.pop("etag", None)
    assert row == expected


def pairs(client, target):
    """The rows' members as they stand, those that come twice included."""
    return json.loads(client.get(target).expect(200).text, object_pairs_hook=list)


def test_a_column_that_is_asked_for_twice_comes_twice(client):
    row = pairs(client, "/things?select=id,id,name:n&id=eq.1")[0]
    assert row[:3] == [("id", 1), ("id", 1), ("name", 10)]
    names = [name for name, _ in pairs(client, "/things?select=n,*&id=eq.1")[0]]
    assert names[:3] == ["n", "id", "name"] and names.count("n") == 2


def test_select_of_nothing_is_all(client):
    everything = client.get("/things?order=id").expect(200).json()
    for query in ("select=&order=id", "select=*&order=id"):
        assert client.get("/things?" + query).expect(200).json() == everything
    assert set(everything[0]) >= {"id", "name", "n", "odd, name", "papers"}


COUNTS = {
    "alone": ("select=count", [{"count": 4}]), "filtered": ("select=count&n=gt.0", [{"count": 2}]), "named": ("select=rows:count", [{"rows": 4}]), "cast": ("select=count::text", [{"count": "4"}]),
    "beside a column": ("select=mood,count&order=mood", [{"mood": "calm", "count": 2}, {"mood": "busy", "count": 1}, {"mood": "closed, for now", "count": 1}]),
}


@pytest.mark.parametrize("label", COUNTS)
def test_count_without_parentheses(client, label):
    query, expected = COUNTS[label]
    assert client.get("/things?" + query).expect(200).json() == expected


def test_a_column_called_count_comes_first(client):
    assert client.get("/counted?select=count,id").expect(200).json()[0]["count"] == 17
    assert client.get("/counted?select=count()").expect(200).json() == [{"count": 1}]
    assert client.get("/orders?select=id,items(count)&id=eq.2").expect(200).json()[0]["items"][0]["count"] > 0


REFUSED = {
    "a label without a column": ("select=x:", "PGRST100"), "a cast of a cast": ("select=id::text::int", "PGRST100"), "a path behind a cast": ("select=data::json->a", "PGRST100"), "text goes no further": ("select=data->>a->b", "PGRST100"),
    "an unknown type": ("select=id::fakecolumntype", "42704"), "a type of another schema": ("select=id::%22public.nope%22", "42704"), "an unknown column": ("select=nope", "42703"), "an unknown column with a path": ("select=nope->a", "42703"),
    "a bad cast": ("select=name::int", "22P02"), "a bad cast of a path": ("select=data->a->>b::int", "22P02"), "a cast that is none": ("select=data::int4range", "42846"), "order by an unknown column": ("order=nope", "42703"),
    "order by a path of no column": ("order=nope->a", "42703"), "order by what was named": ("select=x:id&order=x", "42703"), "order by an aggregate": ("select=mood,count()&order=count()", "PGRST100"),
    "order by an expression": ("order=lower(name)", "PGRST108"), "a star with a label": ("select=x:*", "42703"), "a spread of a column": ("select=...id", "PGRST100"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_what_cannot_be_selected(client, label):
    query, code = REFUSED[label]
    assert client.get("/things?" + query).problem(400)["code"] == code


@pytest.mark.parametrize("dialect", ["midair", "postgrest"])
def test_columns_that_may_not_be_read(database, start, dialect):
    url = database.postgres.url(database.name, user="discreet")
    with start(database, url=url, server={"dialect": dialect}).client() as client:
        assert set(client.get("/secretive").expect(200).json()[0]) - {"etag"} == {"id", "open"}
        for query in ("select=secret", "secret=eq.s", "order=secret", "select=id&or=(secret.eq.s)", "select=*,x:secret", "select=secret.max()"):
            error = client.get("/secretive?" + query).expect(401, 403).json()
            assert error["code"] == "42501" and "'s'" not in error["message"], query


def test_rows_that_may_be_read_in_part_have_no_tags(database, start):
    """xmin belongs to those who may read the whole row: what cannot be told cannot be checked, and a tag holds of nothing."""
    url = database.postgres.url(database.name, user="discreet")
    with start(database, url=url).client() as client:
        made = client.post("/secretive", {"id": 2, "open": "a"}).expect(201)
        assert made.json() == {"id": 2, "open": "a"} and made.etag is None
        assert client.get("/secretive/2").expect(200).etag is None
        assert client.patch("/secretive/2", {"open": "b"}).expect(200).json() == {"id": 2, "open": "b"}
        for tag in ('"x1.0-1.00000000000000000000"', '"1"'):
            client.patch("/secretive/2", {"open": "c"}, if_match=tag).problem(412)
            client.delete("/secretive/2", if_match=tag).problem(412)
        client.patch("/secretive/2", {"open": "d"}, if_match="*").expect(200)
        client.patch("/secretive?id=eq.2", {"open": "e"}).expect(200)
        assert database.row("secretive", id=2)["open"] == "e"
        client.delete("/secretive/2").expect(204)
