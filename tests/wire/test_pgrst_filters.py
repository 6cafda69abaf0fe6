"""PostgREST's tables and views (references/api/tables_views): filters by operators, logic and JSON paths; aggregates."""

import json
from urllib.parse import quote

import pytest

import tables
from midair import SHOP

SCHEMA = """
CREATE TABLE things (id int PRIMARY KEY, name text, n int, amount numeric(10, 2), on_sale boolean, tags text[], during int4range,
    data jsonb, doc json, words tsvector, mood mood, at timestamptz, "odd, name" text);
INSERT INTO things VALUES
    (1, 'Foo', 10, 1.50, true, '{a,b}', '[1,5)', '{"a": {"b": "x"}, "l": [10, 20], "k.1": "dot", "n": 5}', '{"a": 1}', to_tsvector('english', 'the quick brown fox'), 'calm', '2024-01-01 00:00:00+00', 'p'),
    (2, 'bar', 20, 2.50, false, '{b,c}', '[5,10)', '{"a": {"b": "y"}, "l": [30], "n": 50}', '{"a": 2}', to_tsvector('english', 'lazy dogs jumping'), 'busy', '2024-06-01 00:00:00+00', 'q'),
    (3, 'a,b "c" (d)', NULL, 2.50, NULL, '{}', '[20,30)', '{"a": null}', NULL, NULL, 'closed, for now', NULL, NULL),
    (4, 'Foo%', -5, 100, true, NULL, NULL, NULL, NULL, to_tsvector('english', 'a fox and a dog'), 'calm', '2025-01-01 00:00:00+00', 'p');
"""


database = tables.database(SCHEMA, like=SHOP)


def ids(client, query):
    return [r["id"] for r in client.get("/things?order=id&" + query).expect(200).json()]


def q(text):
    return quote(text, safe="")


FILTERS = {
    "eq": ("n=eq.10", [1]), "gt": ("n=gt.10", [2]), "gte": ("n=gte.10", [1, 2]), "lt": ("n=lt.10", [4]), "lte": ("n=lte.10", [1, 4]),
    "neq": ("n=neq.10", [2, 4]), "eq of an enum": ("mood=eq.calm", [1, 4]), "eq with commas": ("name=eq." + q('a,b "c" (d)'), [3]),
    "eq, empty text": ("name=eq.", []),
    "like": ("name=like.Fo*", [1, 4]), "like with a percent": ("name=like.Fo%25", [1, 4]), "ilike": ("name=ilike.*BA*", [2]),
    "match": ("name=match.^F", [1, 4]), "imatch": ("name=imatch.^[bf]", [1, 2, 4]),
    "in": ("id=in.(1,3)", [1, 3]), "in, one": ("id=in.(2)", [2]), "in, none": ("id=in.()", []),
    "in, quoted": ("name=in.(" + q('"a,b \\"c\\" (d)",bar') + ")", [2, 3]), "in of an enum": ("mood=in.(" + q('calm,"closed, for now"') + ")", [1, 3, 4]),
    "is.null": ("n=is.null", [3]), "is.NULL": ("n=is.NULL", [3]), "not.is.null": ("n=not.is.null", [1, 2, 4]), "is.not_null": ("n=is.not_null", [1, 2, 4]),
    "is.true": ("on_sale=is.true", [1, 4]), "is.false": ("on_sale=is.false", [2]), "is.unknown": ("on_sale=is.unknown", [3]),
    "isdistinct": ("n=isdistinct.10", [2, 3, 4]), "not.isdistinct": ("n=not.isdistinct.10", [1]),
    "fts": ("words=fts.fox", [1, 4]), "fts, query syntax": ("words=fts." + q("fox & brown"), [1]), "fts with a configuration": ("words=fts(english).foxes", [1, 4]),
    "plfts": ("words=plfts." + q("fox dog"), [4]), "plfts(english)": ("words=plfts(english)." + q("The Quick Foxes"), [1]),
    "phfts": ("words=phfts(english)." + q("brown fox"), [1]), "wfts": ("words=wfts(english)." + q("fox -brown"), [4]),
    "fts of text": ("name=fts(simple).bar", [2]), "not.fts": ("words=not.fts.fox", [2]),
    "cs": ("tags=cs.{b}", [1, 2]), "cd": ("tags=cd." + q("{a,b,x}"), [1, 3]), "ov": ("tags=ov.{c,a}", [1, 2]),
    "ov of ranges": ("during=ov." + q("[4,6)"), [1, 2]), "sl": ("during=sl." + q("(8,11)"), [1]), "sr": ("during=sr." + q("[1,6)"), [3]),
    "nxr": ("during=nxr." + q("[1,10)"), [1, 2]), "nxl": ("during=nxl." + q("[5,10)"), [2, 3]), "adj": ("during=adj." + q("[10,20)"), [2, 3]),
    "cs of json": ("data=cs." + q('{"a":{"b":"x"}}'), [1]),
    "not.eq": ("n=not.eq.10", [2, 4]), "not.in": ("id=not.in.(1,2)", [3, 4]), "not.like": ("name=not.like.Fo*", [2, 3]),
    "eq(any)": ("id=eq(any).{1,4}", [1, 4]), "like(any)": ("name=like(any).{F*,b*}", [1, 2, 4]), "like(all)": ("name=like(all).{F*,*o}", [1]),
    "gt(all)": ("n=gt(all).{1,15}", [2]), "not.gt(any)": ("n=not.gt(any).{1,15}", [4]), "imatch(any)": ("name=imatch(any)." + q("{^b,%$}"), [2, 4]),
    "two on one column": ("n=gt.-10&n=lt.15", [1, 4]),
    "or": ("or=(n.eq.10,n.eq.20)", [1, 2]), "and": ("and=(n.gt.0,n.lt.15)", [1]), "not.or": ("not.or=(n.eq.10,n.eq.20)", [4]),
    "not.and": ("not.and=(n.gt.0,n.lt.15)", [2, 4]), "nested": ("or=(and(n.gt.0,n.lt.15),not.and(on_sale.is.false,n.gt.0),n.is.null)", [1, 3, 4]),
    "nested with not": ("and=(not.or(n.eq.10,n.eq.20),id.gt.0)", [4]), "or with not inside": ("or=(n.not.is.null,id.eq.3)", [1, 2, 3, 4]),
    "or with in": ("or=(id.in.(1,2),n.lt.0)", [1, 2, 4]), "or with a quoted value": ("or=(name.eq." + q('"a,b \\"c\\" (d)"') + ",id.eq.1)", [1, 3]),
    "or with an array": ("or=(tags.cs." + q("{a,b}") + ",id.eq.4)", [1, 4]), "or with any": ("or=(id.eq(any)." + q("{1,2}") + ",id.eq.4)", [1, 2, 4]),
    "or with fts": ("or=(words.plfts(english).fox,id.eq.2)", [1, 2, 4]), "spaces in logic": ("or=" + q("(n.eq.10, n.eq.20)"), [1, 2]),
    "two ors": ("or=(n.eq.10,n.eq.20)&or=(id.eq.2,id.eq.4)", [2]), "column named as an operator in a list": ("or=(id.eq.1)", [1]),
    "json path": ("data->a->>b=eq.x", [1]), "json path, coded": (q("data->a->>b") + "=eq.y", [2]), "json number": ("data->n=gt.10", [2]),
    "json array element": ("data->l->0=eq.10", [1]), "json from the end": ("data->l->>-1=eq.20", [1]), "json is.null": ("data->>n=is.null", [3, 4]),
    "json quoted key": (q('data->>"k.1"') + "=eq.dot", [1]), "json in logic": ("or=(data->>n.eq.5,data->a->>b.eq.y)", [1, 2]),
    "json in in": ("data->>n=in.(5,50)", [1, 2]), "json of json": ("doc->>a=eq.2", [2]), "element of an array column": ("tags->>0=eq.b", [2]),
    "quoted column": (q('"odd, name"') + "=eq.p", [1, 4]), "quoted column in logic": ("or=" + q('("odd, name".eq.q,id.eq.3)'), [2, 3]),
    "plus is a space": ("name=eq.a,b+%22c%22+(d)", [3]), "value with dots": ("amount=eq.2.50", [2, 3]), "value that looks like an operator": ("name=eq.not.eq.x", []),
}


@pytest.mark.quick
@pytest.mark.parametrize("label", FILTERS)
def test_filters(client, label):
    query, expected = FILTERS[label]
    assert ids(client, query) == expected


AGGREGATES = {
    "count": ("select=count()", [{"count": 4}]), "count of a column": ("select=n.count()", [{"count": 3}]), "sum": ("select=amount.sum()", [{"sum": 106.50}]),
    "avg": ("select=n.avg()::numeric(1)".split("(1)")[0], [{"avg": 8.3333333333333333}]), "min and max": ("select=n.min(),n.max()", [{"min": -5, "max": 20}]),
    "named": ("select=total:amount.sum(),rows:count()", [{"total": 106.50, "rows": 4}]), "cast of the result": ("select=amount.sum()::int", [{"sum": 107}]),
    "cast of the column": ("select=amount::int.sum()", [{"sum": 108}]),
    "grouped": ("select=mood,amount.sum()&order=mood", [{"mood": "calm", "sum": 101.50}, {"mood": "busy", "sum": 2.50}, {"mood": "closed, for now", "sum": 2.50}]),
    "grouped by json": ("select=data->a->>b,count()&order=data->a->>b.nullslast".split("&order")[0] + "&n=gt.0&n=lt.15", [{"b": "x", "count": 1}]),
    "grouped by an array": ("select=tags,count()&id=eq.1", [{"tags": ["a", "b"], "count": 1}]),
    "filtered": ("select=count()&n=gt.0", [{"count": 2}]), "nothing": ("select=count()&n=gt.1000", [{"count": 0}]), "grouped, nothing": ("select=mood,count()&n=gt.1000", []),
    "json": ("select=data->n::int.sum()".replace("->n", "->>n"), [{"sum": 55}]),
}


@pytest.mark.parametrize("label", AGGREGATES)
def test_aggregates(client, label):
    query, expected = AGGREGATES[label]
    rows = json.loads(client.get("/things?" + query).expect(200).text)
    assert rows == expected


def test_counted_groups(client):
    answer = client.get("/things?select=mood,count()&order=mood&limit=1", prefer="count=exact").expect(206)
    assert answer.get("Content-Range") == "0-0/3"


def test_aggregates_in_embeds(client):
    rows = client.get("/customers?select=id,orders(count(),total.sum())&order=id&limit=1").expect(200).json()
    assert rows[0]["orders"] == [{"count": 3, "sum": 120}]
    rows = client.get("/orders?select=total.sum(),customers(name)&customer_id=in.(2,3)&order=customer_id".split("&order")[0]).expect(200).json()
    assert sorted(r["customers"]["name"] for r in rows) == ["customer 2", "customer 3"] and all(r["sum"] for r in rows)
    rows = client.get("/orders?select=...customers(name),total.sum()&customer_id=eq.2").expect(200).json()
    assert [(r["name"], r["sum"]) for r in rows] == [("customer 2", 63)]


def test_aggregates_are_for_reading(client):
    client.patch("/things?id=eq.1&select=count()", {"n": 10}, prefer="return=representation", if_match="*").problem(400)


@pytest.mark.parametrize("query", ["n=eq.x", "n=in.(x)", "n=eq(any).x", "during=ov.x", "words=fts(nope).x", "words=fts.%27%3A%2A%28", "name=match.(", "data->a=eq.x",
                                   "n=like.1", "select=name::int", "select=name.sum()", "select=n,count()&order=id", "tags=cs.x"])
def test_what_postgresql_refuses(client, query):
    assert 400 <= client.get("/things?" + query).status < 500


@pytest.mark.parametrize("value", ["'", "''", '"', "\\", "$1", "--", ";", "%", "{", "}", ",", "(", ")", "a'b", "\\'", "\u00e9", "\U0001f600", "null", " "])
def test_values_are_data(client, database, value):
    database.sql("DELETE FROM things WHERE id = 900")
    database.sql("INSERT INTO things (id, name, tags, data) VALUES (900, %s, ARRAY[%s], jsonb_build_object('k', %s::text, %s, 1))", value, value, value, value or "e")
    quoted = q('"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"')
    for query in (f"name=eq.{q(value)}", f"name=in.({quoted},zz)", f"or=(name.eq.{quoted},name.eq.zz)", f"data->>k=eq.{q(value)}",
                  "tags=cs." + "{" + quoted + "}" if value not in "{}" else f"name=eq.{q(value)}", f"data->>{quoted}=eq.1"):
        assert 900 in ids(client, query), query
    assert client.get(f"/things?id=eq.900&select=data->>{quoted}").expect(200).json()[0][value] == "1"
    database.sql("DELETE FROM things WHERE id = 900")


def test_lists_may_be_long(client):
    assert ids(client, "id=in.(" + ",".join(str(i) for i in range(1500)) + ")") == [1, 2, 3, 4]


def test_filters_of_writes(client, database):
    database.sql("INSERT INTO things (id, name, n) VALUES (801, 'w', 1), (802, 'w', 2), (803, 'w', 3)")
    rows = client.patch("/things?name=eq.w&or=(n.eq.1,n.eq.3)&select=id", {"amount": 9}, prefer="return=representation", if_match="*").expect(200).json()
    assert [r["id"] for r in rows] == [801, 803]
    client.delete("/things?id=in.(801,802,803)&n=not.eq.2", if_match="*").expect(204)
    assert database.sql("SELECT id FROM things WHERE name = 'w'") == [(802,)]
    database.sql("DELETE FROM things WHERE id > 800")
