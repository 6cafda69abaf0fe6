"""PostgREST's tables and views (references/api/tables_views): each operator on each kind of type that it makes sense for."""

from urllib.parse import quote

import pytest

import tables
from midair import SHOP

SCHEMA = r"""
CREATE EXTENSION citext;
CREATE DOMAIN percent AS numeric CHECK (VALUE BETWEEN 0 AND 100);
CREATE DOMAIN words AS text[];
CREATE DOMAIN vector AS tsvector;
CREATE DOMAIN papers AS jsonb;
CREATE TYPE spot AS (x int, label text);
CREATE TABLE kinds (id int PRIMARY KEY, yes boolean, small smallint, big bigint, amount numeric, ratio float8, price money,
    line text, padded char(5), folded citext, code uuid, address inet, device macaddr, raw bytea, bits bit varying,
    day date, clock time, moment timestamp, instant timestamptz, span interval, feeling mood, feelings mood[],
    share percent, listed words, vec vector, doc papers, plain json, at spot, spots spot[], ints int[], grid int[],
    days daterange, times tsrange, numbers numrange, wide int8range, ring circle, twice int GENERATED ALWAYS AS (id * 2) STORED);
INSERT INTO kinds VALUES
  (1, true, 1, 9007199254740993, 1.50, 1.5, '1.50', 'a cat sat', 'ab', 'Alpha', '00000000-0000-0000-0000-000000000001', '10.0.0.1',
   '08:00:2b:01:02:03', '\x0102', B'101', '2024-01-01', '10:00', '2024-01-01 10:00', '2024-01-01 10:00+00', '1 day', 'calm', '{calm}',
   10, '{a,b}', 'cat:1 fat:2', '{"a": {"b": [1, 2, {"c": "x"}]}, "t": "black cats"}', '{"t": "black cats"}', '(1,one)', '{"(1,one)"}', '{1,2}', '{{1,2},{3,4}}',
   '[2024-01-01,2024-02-01)', '[2024-01-01 00:00,2024-01-02 00:00)', '[1.0,2.0)', '[1,10)', '<(0,0),1>'),
  (2, false, 2, 2, 20, 2.5, '2.50', 'two dogs', 'cd', 'beta', '00000000-0000-0000-0000-000000000002', '10.0.1.0/24',
   '08:00:2b:01:02:04', '\x', B'1', '2024-06-01', '12:00', '2024-06-01 10:00', '2024-06-01 10:00+00', '2 days', 'busy', '{busy,calm}',
   20, '{c}', 'dog:1', '{"a": null, "t": "a dog"}', '{"t": "a dog"}', '(2,"two, or 2")', '{}', '{3}', '{}',
   '[2024-02-01,2024-03-01)', '[2024-01-02 00:00,2024-01-03 00:00)', '[2.0,3.0)', '[10,20)', '<(5,5),2>');
INSERT INTO kinds (id, ratio) VALUES (3, 'NaN');
"""


database = tables.database(SCHEMA, like=SHOP)


def q(text):
    return quote(text, safe="=.")


# What is written of a column: {filter: rows}.
KINDS = {
    "boolean": {"yes=eq.true": [1], "yes=neq.true": [2], "yes=is.true": [1], "yes=is.not_null": [1, 2], "yes=is.unknown": [3], "yes=not.is.false": [1, 3],
                "yes=gt.false": [1], "yes=in.(true,false)": [1, 2], "yes=eq.t": [1]},
    "smallint": {"small=eq.1": [1], "small=gte.1": [1, 2], "small=in.(2,3)": [2], "small=lt(any).{2,0}": [1], "small=eq(all).{2}": [2]},
    "bigint": {"big=eq.9007199254740993": [1], "big=gt.9007199254740992": [1]},
    "numeric": {"amount=eq.1.5": [1], "amount=lt.2e1": [1], "amount=in.(1.50,20.00)": [1, 2]},
    "float8": {"ratio=eq.NaN": [3], "ratio=gt.2": [2, 3], "ratio=lt.Infinity": [1, 2]},
    "money": {"price=gt.2": [2], "price=eq.$1.50": [1]},
    "text": {"line=eq.two dogs": [2], "line=fts.cat": [1], "line=plfts(english).the dog": [2], "line=phfts(english).cat sat": [1], "line=wfts(simple).dogs or sat": [1, 2],
             "line=not.fts(english).cats": [2], "line=like.*o*": [2], "line=ilike.*CAT*": [1], "line=match.^a": [1], "line=imatch.DOGS$": [2],
             "line=ilike(all).{*CAT*,*SAT*}": [1], "line=match(any).{^a,^t}": [1, 2], "line=isdistinct.two dogs": [1, 3]},
    "char(n)": {"padded=eq.ab": [1], "padded=in.(ab,cd)": [1, 2], "padded=like.c*": [2]},
    "citext": {"folded=eq.ALPHA": [1], "folded=in.(ALPHA,BETA)": [1, 2], "folded=like.alp*": [1], "folded=match.^BE": [2], "folded=eq(any).{BETA}": [2], "folded=neq.ALPHA": [2]},
    "uuid": {"code=eq.00000000000000000000000000000001": [1], "code=in.(00000000-0000-0000-0000-000000000002)": [2], "code=gt.00000000-0000-0000-0000-000000000001": [2]},
    "inet": {"address=eq.10.0.0.1": [1], "address=sl.10.0.0.0/8": [1, 2], "address=ov.10.0.1.5": [2], "address=lt.10.0.0.2": [1]},
    "macaddr": {"device=eq.08-00-2b-01-02-03": [1], "device=gt.08:00:2b:01:02:03": [2]},
    "bytea": {"raw=eq.\\x0102": [1], "raw=eq.\\x": [2], "raw=eq.": [2], "raw=gt.\\x01": [1], "raw=in.(\\x0102)": [1]},
    "bits": {"bits=eq.101": [1], "bits=in.(1,101)": [1, 2]},
    "date": {"day=lt.2024-02-01": [1], "day=eq.2024-06-01": [2], "day=lt.infinity": [1, 2], "day=in.(2024-01-01)": [1]},
    "time": {"clock=gt.11:00": [2]},
    "timestamp": {"moment=gte.2024-06-01": [2], "moment=eq.2024-01-01T10:00:00": [1]},
    "timestamptz": {"instant=eq.2024-01-01T11:00:00+01:00": [1], "instant=lt.2024-02-01": [1], "instant=in.(2024-01-01T10:00:00Z,2024-06-01T10:00:00Z)": [1, 2]},
    "interval": {"span=gt.25 hours": [2], "span=eq.P1D": [1]},
    "enum": {"feeling=eq.busy": [2], "feeling=gt.calm": [2], "feeling=in.(calm,busy)": [1, 2], "feeling=eq(any).{calm}": [1], "feeling=isdistinct.calm": [2, 3]},
    "enum[]": {"feelings=cs.{calm}": [1, 2], "feelings=eq.{calm}": [1], "feelings=ov.{busy}": [2]},
    "domain over numeric": {"share=eq.10": [1], "share=in.(10,20)": [1, 2], "share=gt.10": [2], "share=eq.1000": []},
    "domain over text[]": {"listed=cs.{a}": [1], "listed=eq.{c}": [2], "listed->>0=in.(a,c)": [1, 2], "listed=cd.{a,b,c}": [1, 2]},
    "domain over tsvector": {"vec=fts.cat": [1], "vec=plfts(english).dogs": [2], "vec=not.wfts(english).cat": [2]},
    "domain over jsonb": {"doc->a->b->2->>c=eq.x": [1], "doc->a->b->-1->>c=eq.x": [1], 'doc=cs.{"a":{"b":[1]}}': [1], "doc->a=is.null": [3], "doc->>a=is.null": [2, 3],
                          'doc->a->b->0=eq.1': [1], "doc=fts(english).cat": [1], "doc->>t=plfts(english).dogs": [2]},
    "json": {"plain->>t=eq.a dog": [2], "plain=fts(english).cats": [1], "plain->t=phfts(english).black cats": [1]},
    "composite": {"at=eq.(1,one)": [1], 'at=eq.(2,"two, or 2")': [2], "at=gt.(1,one)": [2], 'at=in.("(1,one)","(3,x)")': [1], "at=isdistinct.(1,one)": [2, 3],
                  "at->>label=eq.one": [1], "at->x=gte.2": [2], "at=is.null": [3], 'or=(at.eq."(1,one)",id.eq.3)': [1, 3]},
    "composite[]": {'spots=cs.{"(1,one)"}': [1], "spots->0->>label=eq.one": [1]},
    "int[]": {"ints=cs.{1}": [1], "ints=cd.{1,2,3}": [1, 2], "ints=ov.{3,9}": [2], "ints=eq.{1,2}": [1], "ints=gt.{1,5}": [2], "ints=neq.{3}": [1],
              "ints->0=eq.1": [1], "ints->>-1=eq.3": [2], "ints=isdistinct.{3}": [1, 3]},
    "int[][]": {"grid=cs.{{1}}": [1], "grid->1->0=eq.3": [1], "or=(grid.eq.{{1,2},{3,4}},id.eq.2)": [1, 2]},
    "daterange": {"days=ov.[2024-01-15,2024-02-15)": [1, 2], "days=adj.[2024-03-01,2024-04-01)": [2], "days=cs.[2024-01-05,2024-01-06)": [1], "days=cd.[2024-01-01,2025-01-01)": [1, 2]},
    "tsrange": {"times=sl.[2024-01-02,2024-01-05)": [1], "times=sr.[2023-01-01,2024-01-01)": [1, 2]},
    "numrange": {"numbers=eq.[1,2)": [1], "numbers=nxl.[2,3)": [2], "numbers=gt.[1,2)": [2], "numbers=lte.[1,2)": [1], "numbers=isdistinct.[1,2)": [2, 3]},
    "int8range": {"wide=nxr.[1,15)": [1], "wide=sl.[10,11)": [1], 'or=(wide.adj."[20,30)",wide.sl."(9,11)")': [1, 2], 'and=(wide.ov."[9,12]",wide.not.cs."(12,13]")': [1]},
    "geometry": {"ring=ov.<(0,0),3>": [1], "ring=sl.<(5,5),1>": [1]},
    "generated": {"twice=eq.4": [2]},
}
ROWS = {f"{kind}: {query}": (query, ids) for kind, rows in KINDS.items() for query, ids in rows.items()}


@pytest.mark.parametrize("label", ROWS)
def test_each_operator_on_each_type(client, label):
    query, expected = ROWS[label]
    name, value = query.split("=", 1)
    rows = client.get(f"/kinds?select=id&order=id&{q(name)}={q(value)}").expect(200).json()
    assert [row["id"] for row in rows] == expected


@pytest.mark.parametrize("column", ["yes", "small", "amount", "line", "padded", "folded", "code", "raw", "bits", "day", "clock", "instant", "span", "feeling", "share", "address"])
@pytest.mark.parametrize("words", ["in.()", "in.(%20%20)", "in.(%22%22)"])
def test_a_list_of_nothing_holds_nothing(client, column, words):
    """PostgREST cannot tell these three from each other, and neither can a client that it was made for."""
    assert client.get(f"/kinds?{column}={words}").expect(200).json() == []
    assert len(client.get(f"/kinds?{column}=not.{words}").expect(200).json()) == 3


REFUSED = {
    "no number": ("small=eq.x", 400, "22P02"), "too large": ("big=gt.99999999999999999999", 400, "22003"), "an integer with a fraction": ("small=eq.1.0", 400, "22P02"),
    "no uuid": ("code=eq.x", 400, "22P02"), "no label of the enum": ("feeling=eq.nope", 400, "22P02"), "no moment": ("instant=eq.noon", 400, "22007"),
    "an empty element": ("small=in.(,1)", 400, "22P02"), "no array": ("ints=cs.1", 400, "22P02"), "no range": ("days=cs.2024-01-15", 400, "22P02"),
    "range upside down": ("wide=cs.[2,1]", 400, "22000"), "like of an enum": ("feeling=like.c*", 404, "42883"), "like of a number": ("small=like.1", 404, "42883"),
    "eq of json": ("plain=eq.{}", 404, "42883"), "overlap of numbers": ("small=ov.1", 404, "42883"), "a row with too few fields": ("at=eq.(1)", 400, "22P02"),
    "no such configuration": ("line=fts(klingon).x", 400, "42704"), "no text query": ("line=fts.a b", 400, "42601"), "no regular expression": ("line=match.(", 400, "2201B"),
    "text search of a number": ("small=fts.1", 404, "42883"), "is.true of a number": ("small=is.true", 400, "42804"), "is.false of a path": ("doc->a=is.false", 400, "42804"),
    "a list of arrays": ("ints=in.({1,2})", 400, "42704"), "a quantifier of a single value": ("small=eq(any).1", 400, "22P02"),
}


@pytest.mark.parametrize("label", REFUSED)
def test_what_postgresql_refuses_is_told(client, label):
    query, status, code = REFUSED[label]
    name, value = query.split("=", 1)
    document = client.get(f"/kinds?{q(name)}={q(value)}").problem(status)
    assert document["code"] == code
    assert "kinds" not in document["detail"] and "SELECT" not in document["detail"]
