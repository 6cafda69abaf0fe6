"""PostgREST's URL grammar (references/api/url_grammar): Unicode, spaces, reserved characters, quotes; and what errors say of where they are."""

from urllib.parse import quote

import pytest

import midair as harness
import tables
from midair import SHOP

SCHEMA = r"""
CREATE TABLE "Order Items" (id int PRIMARY KEY, "Unit Price" numeric, "a.b" text, "q""q" text, "UP" text, "a->b" text, "select" int, "order" int, "limit" int,
    "offset" int, "and" int, "or" int, "not" int, "columns" int, "on_conflict" int, "null" int, "with-dash" int, "a$1$" int, "*id*" int, ":c::t" text, "(p,q)" text,
    "  sp  " text, and_x int, or_x int, not_x int, "ünï" text, "日本" text, "a,b" int, "-x" int, "a!b" int);
INSERT INTO "Order Items" VALUES (1, 10, 'dot', 'quote', 'up', 'arrow', 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 'colon', 'parentheses', 'space', 1, 1, 1, 'ü', '本', 1, 1, 1);
CREATE TABLE "موارد" ("هویت" int PRIMARY KEY);
INSERT INTO "موارد" VALUES (1);
CREATE TABLE names (id int PRIMARY KEY, name text);
INSERT INTO names VALUES (1, 'Hebdon, John'), (2, '"'), (3, '\'), (4, 'Double"Quote"McGraw"'), (5, 'David White'), (6, ''), (7, '/\Slash/\Beast/\'), (8, 'a+b'), (9, '(x)'),
    (10, '{a,b}'), (11, 'a%b_c'), (12, '[1,5)'), (13, 'null'), (14, ' lead'), (15, 'a.b.c'), (16, 'a&b=c;d#e?f'), (17, 'naïve 日本 😀'), (18, 'not.eq.1'), (19, 'x*'), (20, 'Quote:"');
CREATE TABLE docs (id int PRIMARY KEY, data jsonb);
INSERT INTO docs VALUES (1, '{"!@#$%^&*_d": {"!@#$%^&*_e": 3}, "a b": 1, "1": "one", "-x": 2, "n": null, "a.b": "dot", "q\"q": 5, "é": 6, "": 7}'), (2, '[[9, 8, 7], [11, 12, 13]]');
"""


database = tables.database(SCHEMA, like=SHOP)


@pytest.fixture(scope="module")
def postgrest(database):
    """The same database in the dialect of PostgREST."""
    with harness.Midair(database, server={"dialect": "postgrest"}) as running, running.client() as made:
        yield made


def q(text):
    return quote(text, safe="")


ITEMS = "/Order%20Items?select=id&"

COLUMNS = {
    "with a space": "Unit%20Price=lt.200", "with a space as a plus": "Unit+Price=lt.200", "with a space, quoted": "%22Unit%20Price%22=lt.200", "with spaces around": "%20Unit%20Price%20=lt.200",
    "with a dot": q('"a.b"') + "=eq.dot", "with a quote": q('"q\\"q"') + "=eq.quote", "in upper case": "UP=eq.up", "with an arrow": q('"a->b"') + "=eq.arrow", "with a dash": "with-dash=eq.1",
    "with dollars": "a$1$=eq.1", "with stars": q('"*id*"') + "=eq.1", "with colons": q('":c::t"') + "=eq.colon", "with parentheses": q('"(p,q)"') + "=eq.parentheses",
    "with spaces that count": q('"  sp  "') + "=eq.space", "in another script": q("日本") + "=eq." + q("本"), "with accents": q("ünï") + "=eq." + q("ü"), "with a comma": q('"a,b"') + "=eq.1",
    "with a dash in front": "-x=eq.1", "with an exclamation mark": "a!b=eq.1", "called not": "not=eq.1", "called null": "null=eq.1",
    **{f"called {word}, quoted": f"%22{word}%22=eq.1" for word in ("select", "order", "limit", "offset", "and", "or", "not", "columns", "on_conflict")},
    **{f"called {word}, in logic": f"or=({word}.eq.1)" for word in ("select", "order", "limit", "offset", "and", "or", "not", "columns", "on_conflict")},
    "called not, negated, in logic": "and=(not.not.eq.2)", "with a dot, in logic": "or=" + q('("a.b".eq.dot)'), "with parentheses, in logic": "and=" + q('("(p,q)".eq.parentheses,id.eq.1)'),
    "that begin with and, or, not": "and=(and_x.eq.1,or_x.eq.1,not_x.eq.1)", "with a space, in logic": "or=(Unit%20Price.eq.10)", "in another script, in logic": "or=(" + q("日本.eq.本") + ")",
}


@pytest.mark.parametrize("label", COLUMNS)
def test_columns_in_filters(client, label):
    assert [row["id"] for row in client.get(ITEMS + COLUMNS[label]).expect(200).json()] == [1]


@pytest.mark.parametrize("name", ["Unit Price", "a.b", 'q"q', "UP", "a->b", "select", "order", "limit", "offset", "and", "or", "not", "columns", "on_conflict", "null",
                                  "with-dash", "a$1$", "*id*", ":c::t", "(p,q)", "  sp  ", "ünï", "日本", "a,b", "-x", "a!b"])
def test_columns_in_select_and_order(client, database, name):
    quoted = q('"' + name.replace('"', '\\"') + '"')
    row = client.get(f"/Order%20Items?select={quoted}&order={quoted}.desc,id").expect(200).json()[0]
    row.pop("etag")
    assert list(row) == [name]
    made = client.get(f"/Order%20Items?select={quoted}:id").expect(200).json()[0]
    assert made[name] == 1


@pytest.mark.parametrize("name", ["up", "Id", "unit price", "a", "sp"])
def test_names_are_taken_as_they_are(client, name):
    assert client.get(f"/Order%20Items?{q(name)}=eq.1").problem(400)["code"] == "42703"


def test_unicode_in_paths_and_columns(client):
    for path in ("/%D9%85%D9%88%D8%A7%D8%B1%D8%AF", "/%d9%85%d9%88%d8%a7%d8%b1%d8%af?%d9%87%d9%88%db%8c%d8%aa=gt.0"):
        assert [row["هویت"] for row in client.get(path).expect(200).json()] == [1]
    made = client.post("/" + q("موارد"), {"هویت": 2}).expect(201)
    assert made.json()["هویت"] == 2
    client.delete("/" + q("موارد") + "?" + q("هویت") + "=gt.1", if_match="*").expect(204)
    client.get("/Order+Items").problem(404)  # a plus is a space in queries alone
    client.request("GET", b"/names?name=eq.\xc3\xbc").expect(400)  # RFC 3986: percent-encode it


VALUES = {
    "quoted": ('in.("Hebdon, John")', [1]), "quoted beside plain": ('in.("Hebdon, John",David White)', [1, 5]), "quoted, with parentheses": ('in.("(x)")', [9]),
    "a lone quote": ('in.(")', [2]), "a quote within": ('in.(Double"Quote"McGraw")', [4]), "quotes, escaped": ('in.("Double\\"Quote\\"McGraw\\"")', [4]), "as documented": ('in.("Quote:\\"","\\\\")', [3, 20]),
    "a lone backslash": ("in.(\\)", [3]), "a backslash, escaped": ('in.("\\\\")', [3]), "backslashes": ("in.(/\\Slash/\\Beast/\\)", [7]), "backslashes, escaped": ('in.("/\\\\Slash/\\\\Beast/\\\\")', [7]),
    "any byte, escaped": ('in.("D\\a\\vid W\\h\\ite")', [5]), "a quote that is not the end": ('in.("a"b)', []), "an empty one among others": ('in.("",x)', [6]), "an empty one in front": ("in.(,x)", [6]),
    "spaces count": ('in.(" lead")', [14]), "spaces in front do not": ("in.( lead)", []), "spaces behind do": ("in.(David White )", []), "dots need no quotes": ("in.(a.b.c,x)", [15]),
    "reserved in URLs": ("eq.a&b=c;d#e?f", [16]), "reserved in URLs, in a list": ("in.(a&b=c;d#e?f)", [16]), "outside of ASCII": ("eq.naïve 日本 😀", [17]), "outside of ASCII, in a list": ("in.(naïve 日本 😀)", [17]),
    "a plus": ("eq.a+b", [8]), "nothing": ("eq.", [6]), "braces": ("eq.{a,b}", [10]), "brackets": ("eq.[1,5)", [12]), "a quote": ('eq."', [2]), "quotes are no quotes": ('eq."David White"', []),
    "null is a word": ("eq.null", [13]), "null is a word in a list": ("in.(null)", [13]), "an operator is a value": ("eq.not.eq.1", [18]), "a space in front": ("eq. lead", [14]),
    "like, with a percent sign": ("like.a%_c", [11, 15]), "like, escaped": ("like.a\\%b\\_c", [11]), "like, a star": ("like.x*", [19]), "ilike": ("ilike.DAVID*", [5]), "match, escaped": ("match.^\\(", [9]),
    "match, a star is not a percent": ("match.^x\\*$", [19]), "any of quoted ones": ('eq(any).{"Hebdon, John","\\"",David White}', [1, 2, 5]), "like any of quoted ones": ('like(any).{"Heb*, *","(*"}', [1, 9]),
    "like all": ("like(all).{a*,*b*}", [8, 11, 15, 16]), "not any": ('not.in.("(x)")', [i for i in range(1, 21) if i != 9]),
}


@pytest.mark.parametrize("label", VALUES)
def test_values(client, label):
    value, expected = VALUES[label]
    assert [row["id"] for row in client.get(f"/names?order=id&name={q(value)}").expect(200).json()] == expected


LOGIC = {
    "quoted": ('(name.eq."Hebdon, John")', [1]), "a lone quote": ('(name.eq.")', [2]), "quoted range": ('(name.eq."[1,5)")', [12]), "a list in logic": ('(name.in.("(x)","Hebdon, John"))', [1, 9]),
    "like, quoted": ('(name.like."He*, J*")', [1]), "empty, quoted": ('(name.eq."")', [6]), "empty": ("(name.eq.)", [6]), "an array": ("(name.eq.{a,b},id.eq.1)", [1, 10]),
    "an array with a quoted brace": ('(name.eq(any).{"}","{a,b}"},id.eq.1)', [1, 10]), "a quote that is not the end": ('(name.eq."a"b)', []), "dots": ("(name.eq.a.b.c)", [15]), "escapes": ('(name.eq."\\"",name.eq."\\\\")', [2, 3]),
    "an operator as a value": ("(name.eq.not.eq.1)", [18]), "outside of ASCII": ("(name.like.*日本*)", [17]), "a plus": ("(name.eq.a+b)", [8]), "is with spaces behind": ("(name.is.null , id.eq.1)", [1]),
    "spaces everywhere": ("( id.eq.1 , and ( id.in.( 1, 2, 3 ) , id.eq.3 ) , not.or ( id.gt.5 , id.lt.5 ) )", [1, 3, 5]), "negated at each level": ("(not.and(id.not.eq.1,id.not.eq.2),id.eq.3)", [1, 2, 3]),
    "one": ("(id.eq.1)", [1]), "nested to the limit": ("(id.eq.1," + "and(" * 7 + "id.eq.2" + ")" * 7 + ")", [1, 2]),
}


@pytest.mark.parametrize("label", LOGIC)
def test_values_in_logic(client, label):
    value, expected = LOGIC[label]
    assert [row["id"] for row in client.get(f"/names?order=id&or={q(value)}").expect(200).json()] == expected


KEYS = {
    "special characters": ("data->!@#$%^&*_d->>!@#$%^&*_e", "3"), "a space": ("data->a b", 1), "a number as a key": ('data->>"1"', "one"), "a number as an index": ("data->1", None), "a dash, quoted": ('data->"-x"', 2),
    "a dot, quoted": ('data->>"a.b"', "dot"), "a quote, escaped": ('data->"q\\"q"', 5), "outside of ASCII": ("data->é", 6), "an empty key, quoted": ('data->""', 7), "null": ("data->n", None), "what is not there": ("data->x->y->>z", None),
}


@pytest.mark.parametrize("label", KEYS)
def test_keys_of_json(client, label):
    path, value = KEYS[label]
    assert client.get(f"/docs?select=v:{q(path)}&id=eq.1").expect(200).json()[0]["v"] == value
    rows = client.get(f"/docs?select=id&{q(path)}=not.is.null&id=eq.1").expect(200).json()
    assert len(rows) == (value is not None or label == "null")
    client.get(f"/docs?select=id&order={q(path)}.desc.nullslast").expect(200)
    client.get(f"/docs?select=id&or=({q(path)}.is.null,id.eq.1)").expect(200)


# What stands behind the ?, the byte from there on, PostgREST's piece and column in it, and what it expected: {label: (query, byte, message, details)}.
OPERATOR = "operator (eq, gt, ...)"
NAME = "field name (* or [a..z0..9_$])"
ERRORS = {
    "no operator": ("id=0", 3, '"failed to parse filter (0)" (line 1, column 1)', f'unexpected "0" expecting "not" or {OPERATOR}'),
    "unknown operator": ("id=foo.1", 3, '"failed to parse filter (foo.1)" (line 1, column 1)', f'unexpected "f" expecting "not" or {OPERATOR}'),
    "unknown operator, negated": ("id=not.foo.1", 7, '"failed to parse filter (not.foo.1)" (line 1, column 5)', f'unexpected "f" expecting {OPERATOR}'),
    "nothing": ("id=", 3, '"failed to parse filter ()" (line 1, column 1)', f'unexpected end of input expecting "not" or {OPERATOR}'),
    "no value": ("id=eq", 5, '"failed to parse filter (eq)" (line 1, column 3)', f"unexpected end of input expecting {OPERATOR}"),
    "an unknown quantifier": ("id=eq(some).{1}", 6, '"failed to parse filter (eq(some).{1})" (line 1, column 4)', f'unexpected "s" expecting {OPERATOR}'),
    "an empty quantifier": ("id=eq().1", 6, '"failed to parse filter (eq().1)" (line 1, column 4)', f'unexpected ")" expecting {OPERATOR}'),
    "a quantifier that is not closed": ("id=eq(any", 9, '"failed to parse filter (eq(any)" (line 1, column 7)', 'unexpected end of input expecting ")"'),
    "a quantifier of is": ("id=is().null", 5, '"failed to parse filter (is().null)" (line 1, column 3)', f'unexpected "(" expecting {OPERATOR}'),
    "a quantifier of in": ("id=in(any).(1)", 5, '"failed to parse filter (in(any).(1))" (line 1, column 3)', f'unexpected "(" expecting {OPERATOR}'),
    "an empty configuration": ("name=fts().x", 9, '"failed to parse filter (fts().x)" (line 1, column 5)', f'unexpected ")" expecting {OPERATOR}'),
    "a list without parentheses": ("id=in.1,2", 6, '"failed to parse filter (in.1,2)" (line 1, column 4)', 'unexpected "1" expecting "("'),
    "a list that is not closed": ("id=in.(1,2", 10, '"failed to parse filter (in.(1,2)" (line 1, column 8)', 'unexpected end of input expecting "," or ")"'),
    "after a list": ("id=in.(1)x", 9, '"failed to parse filter (in.(1)x)" (line 1, column 7)', "unexpected 'x' expecting end of input"),
    "is of a value": ("id=is.nil", 6, '"failed to parse filter (is.nil)" (line 1, column 4)', 'unexpected "n" expecting isVal: (null, not_null, true, false, unknown)'),
    "columns count characters, bytes count bytes": ("name=in.(%C3%A9%F0%9F%98%80)x", 28, '"failed to parse filter (in.(é😀)x)" (line 1, column 8)', "unexpected 'x' expecting end of input"),
    "no condition": ("or=()", 4, '"failed to parse logic tree (())" (line 1, column 4)', f'unexpected ")" expecting {NAME}, negation operator (not) or logic operator (and, or)'),
    "no condition in and": ("and=()", 5, '"failed to parse logic tree (())" (line 1, column 5)', f'unexpected ")" expecting {NAME}, negation operator (not) or logic operator (and, or)'),
    "logic without parentheses": ("or=id.eq.1", 3, '"failed to parse logic tree (id.eq.1)" (line 1, column 3)', 'unexpected "i" expecting "("'),
    "a list in logic without parentheses": ("or=(id.in.1,2)", 10, '"failed to parse logic tree ((id.in.1,2))" (line 1, column 10)', 'unexpected "1" expecting "("'),
    "logic that is not closed": ("or=(id.eq.1", 11, '"failed to parse logic tree ((id.eq.1)" (line 1, column 11)', 'unexpected end of input expecting "," or ")"'),
    "a comma at the end of logic": ("or=(id.eq.1,)", 12, '"failed to parse logic tree ((id.eq.1,))" (line 1, column 12)', f'unexpected ")" expecting {NAME}, negation operator (not) or logic operator (and, or)'),
    "a column alone in logic": ("or=(id)", 6, '"failed to parse logic tree ((id))" (line 1, column 6)', 'unexpected ")" expecting letter, digit, "-", "->>", "->" or delimiter (.)'),
    "an unknown operator in logic": ("or=(id.foo.1)", 7, '"failed to parse logic tree ((id.foo.1))" (line 1, column 7)', f'unexpected "f" expecting "not" or {OPERATOR}'),
    "is of a value in logic": ("or=(id.is.nil)", 10, '"failed to parse logic tree ((id.is.nil))" (line 1, column 10)', 'unexpected "n" expecting isVal: (null, not_null, true, false, unknown)'),
    "unknown logic": ("or=(xor(id.eq.1))", 7, '"failed to parse logic tree ((xor(id.eq.1)))" (line 1, column 7)', 'unexpected "(" expecting letter, digit, "-", "->>", "->" or delimiter (.)'),
    "after logic": ("or=(id.eq.1)x", 12, '"failed to parse logic tree ((id.eq.1)x)" (line 1, column 12)', "unexpected 'x' expecting end of input"),
    "order, an unknown word": ("order=id.smth34", 9, '"failed to parse order (id.smth34)" (line 1, column 4)', 'unexpected "s" expecting "asc", "desc", "nullsfirst" or "nullslast"'),
    "order, more than asc": ("order=id.ascc", 12, '"failed to parse order (id.ascc)" (line 1, column 7)', "unexpected 'c' expecting delimiter (.), \",\" or end of input"),
    "order, an unknown word behind asc": ("order=id.asc.smth34", 13, '"failed to parse order (id.asc.smth34)" (line 1, column 8)', 'unexpected "s" expecting "nullsfirst" or "nullslast"'),
    "order, two directions": ("order=id.asc.desc", 13, '"failed to parse order (id.asc.desc)" (line 1, column 8)', 'unexpected "d" expecting "nullsfirst" or "nullslast"'),
    "order, more than nullslast": ("order=id.nullslasttt", 18, '"failed to parse order (id.nullslasttt)" (line 1, column 13)', "unexpected 't' expecting \",\" or end of input"),
    "order, more than asc.nullslast": ("order=id.asc.nullslasttt", 22, '"failed to parse order (id.asc.nullslasttt)" (line 1, column 17)', "unexpected 't' expecting \",\" or end of input"),
    "order, nulls before the direction": ("order=id.nullslast.asc", 18, '"failed to parse order (id.nullslast.asc)" (line 1, column 13)', "unexpected '.' expecting \",\" or end of input"),
    "order, nothing": ("order=", 6, '"failed to parse order ()" (line 1, column 1)', f"unexpected end of input expecting {NAME}"),
    "order, a comma at the end": ("order=id,", 9, '"failed to parse order (id,)" (line 1, column 4)', f"unexpected end of input expecting {NAME}"),
    "order, a cast": ("order=id::text", 8, '"failed to parse order (id::text)" (line 1, column 3)', 'unexpected \':\' expecting letter, digit, "-", "->>", "->", delimiter (.), "," or end of input'),
    "order, a closing parenthesis": ("order=id)", 8, '"failed to parse order (id))" (line 1, column 3)', 'unexpected \')\' expecting letter, digit, "-", "->>", "->", delimiter (.), "," or end of input'),
    "order, two columns of a relative": ("order=names(id,name)", 14, '"failed to parse order (names(id,name))" (line 1, column 9)', 'unexpected "," expecting letter, digit, "-", "->>", "->" or ")"'),
    "select, an empty item": ("select=id,,name", 10, '"failed to parse select parameter (id,,name)" (line 1, column 4)', f'unexpected "," expecting {NAME}'),
    "select, a comma at the end": ("select=id,", 10, '"failed to parse select parameter (id,)" (line 1, column 4)', f"unexpected end of input expecting {NAME}"),
    "select, a cast to nothing": ("select=id::", 11, '"failed to parse select parameter (id::)" (line 1, column 5)', "unexpected end of input expecting letter or digit"),
    "select, a cast with an argument": ("select=id::varchar(3)", 18, '"failed to parse select parameter (id::varchar(3))" (line 1, column 12)', 'unexpected \'(\' expecting letter, digit, "-", "->>", "->", "::", ".", ")", "," or end of input'),
    "select, an unknown aggregate": ("select=id.median()", 10, '"failed to parse select parameter (id.median())" (line 1, column 4)', 'unexpected "m" expecting "sum", "avg", "count", "max" or "min"'),
    "select, a hint without an embed": ("select=id!x", 11, '"failed to parse select parameter (id!x)" (line 1, column 5)', 'unexpected end of input expecting "!" or "("'),
    "select, an embed that is not closed": ("select=names(id", 15, '"failed to parse select parameter (names(id)" (line 1, column 9)', 'unexpected end of input expecting letter, digit, "-", "->>", "->", "::", ".", ")" or ","'),
    "select, a label alone": ("select=x:", 9, '"failed to parse select parameter (x:)" (line 1, column 3)', f"unexpected end of input expecting {NAME}"),
    "select, a quote that is not closed": ("select=id,%22name", 10, '"failed to parse select parameter (id,"name)" (line 1, column 4)', 'unexpected """ expecting a closing quote'),
    "JSON, a reserved character": ("select=id->(x", 11, '"failed to parse select parameter (id->(x)" (line 1, column 5)', 'unexpected "(" expecting "-", digit or any non reserved character different from: .,>()'),
    "JSON, two dashes": ("select=id->>--34", 13, '"failed to parse select parameter (id->>--34)" (line 1, column 7)', 'unexpected "-" expecting digit'),
    "JSON, a number with letters": ("select=id->>-78xy", 15, '"failed to parse select parameter (id->>-78xy)" (line 1, column 9)', 'unexpected \'x\' expecting digit, "->", "::", ".", "," or end of input'),
    "JSON, no key": ("id->=eq.1", 4, '"failed to parse tree path (id->)" (line 1, column 5)', 'unexpected end of input expecting "-", digit or any non reserved character different from: .,>()'),
    "a dot at the end of a name": ("id.=eq.1", 3, '"failed to parse tree path (id.)" (line 1, column 4)', f"unexpected end of input expecting {NAME}"),
    "a dot in front of a name": (".id=eq.1", 0, '"failed to parse tree path (.id)" (line 1, column 1)', f'unexpected "." expecting {NAME}'),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors_point_at_the_byte(client, postgrest, label):
    query, position, message, details = ERRORS[label]
    document = client.get("/names?" + query).problem(400)
    assert (document["position"], document["code"]) == (position, "PGRST100")
    assert postgrest.get("/names?" + query).expect(400).json() == {"code": "PGRST100", "message": message, "details": details, "hint": document["hint"]}


# What PostgREST has no words for, or leaves to PostgreSQL.
OTHERS = {
    "a name alone": ("id", 0, "PGRST100"), "no name": ("=eq.1", 0, "PGRST100"), "a bad escape in a name": ("%zz=eq.1", 0, "PGRST100"), "a bad escape in a value": ("id=eq.%zz", 3, "PGRST100"),
    "half an escape": ("id=eq.%a", 3, "PGRST100"), "a NUL": ("name=in.(%00)", 5, "PGRST100"), "no UTF-8": ("name=eq.%ff", 5, "PGRST100"), "an overlong form": ("name=eq.%c0%af", 5, "PGRST100"),
    "a surrogate": ("name=eq.%ed%a0%80", 5, "PGRST100"), "select twice": ("select=id&select=id", 17, "PGRST100"), "limit twice": ("limit=1&limit=1", 14, "PGRST100"), "limit of no number": ("limit=x", 6, "PGRST100"),
    "limit of a fraction": ("offset=1.5", 7, "PGRST100"), "an unknown column": ("id=eq.1&nope=eq.1", 8, "42703"), "an unknown column in logic": ("or=(id.eq.1,nope.eq.1)", 12, "42703"), "an unknown column in select": ("select=id,nope", 10, "42703"),
    "an unknown column in order": ("order=id,nope.desc", 9, "42703"), "behind escapes": ("name=eq.%C3%A9&nope=eq.1", 15, "42703"), "inside of escapes": ("select=%C3%A9,id", 7, "42703"), "a cast in a filter": ("id::text=eq.1", 0, "42703"),
    "an unknown type": ("select=id::nope", 11, "42704"), "SQL as a type": ("select=id::text;drop", 11, "42704"), "an embed of nothing": ("select=nope(id)", 7, "PGRST200"), "a filter of no embed": ("nope.id=eq.1", 0, "PGRST108"),
    "a limit of no embed": ("nope.limit=1", 0, "PGRST108"), "logic of no embed": ("nope.or=(id.eq.1)", 0, "PGRST108"), "is.true of a number": ("id=is.true", 6, "42804"),
}


@pytest.mark.parametrize("label", OTHERS)
def test_other_errors_point_at_the_byte(client, label):
    query, position, code = OTHERS[label]
    document = client.get("/names?" + query).problem(400)
    assert (document["position"], document["code"]) == (position, code)


def test_what_postgrest_says_of_names(postgrest):
    error = postgrest.get("/names?nope=eq.1").expect(400).json()
    assert (error["code"], error["message"]) == ("42703", "column names.nope does not exist")
    error = postgrest.get("/names?select=id::nope").expect(400).json()
    assert (error["code"], error["message"]) == ("42704", 'type "nope" does not exist')
    assert "cast" in postgrest.get("/names?id::text=eq.1").expect(400).json()["hint"]


@pytest.mark.parametrize("query", ["&", "&&select=id&", "columns=id", "on_conflict=id", "limit=&offset=", "select=", "offset=-4"])
def test_what_says_nothing(client, query):
    assert len(client.get("/names?" + query).expect(200).json()) == 20


LIMITS = {
    "parts": (lambda n: "&".join(["id=gt.0"] * n), 500), "parts of logic": (lambda n: "or=(" + ",".join(["id.gt.0"] * n) + ")", 500), "parts of select": (lambda n: "select=" + ",".join(["id"] * n), 500),
    "depth of logic": (lambda n: "or=(" + "and(" * (n - 1) + "id.gt.0" + ")" * n, 8), "steps of a path": (lambda n: "select=name" + "->a" * (n - 1), 500), "parts of order": (lambda n: "order=" + ",".join(["id"] * n), 500),
}


@pytest.mark.parametrize("label", LIMITS)
def test_limits(client, label):
    make, most = LIMITS[label]
    client.get("/names?" + make(most)).expect(200)
    document = client.get("/names?" + make(most + 1)).problem(400)
    assert document["code"] == "PGRST100" and document["position"] > 0 and str(most) in document["detail"]


def test_embeds_have_limits(client):
    deep = lambda n: "".join("items(" if i % 2 == 0 else "orders(" for i in range(n)) + "id" + ")" * n
    wide = lambda n: ",".join(f"a{i}:items(id)" for i in range(n))
    for make, most in ((deep, 8), (wide, 32)):
        client.get("/orders?limit=1&select=" + make(most)).expect(200)
        document = client.get("/orders?limit=1&select=" + make(most + 1)).problem(400)
        assert document["position"] > 0 and str(most) in document["detail"]
    client.get("/orders?" + "items." * 9 + "id=eq.1").problem(400)


def test_urls_have_a_length(client):
    """A list is as long as the URL lets it be: 8 kB, `max_url`."""
    def get(length):
        begin = "/names?select=id&id=in.(1,"
        rest = length - len(begin) - 1
        return client.get(begin + "2," * (rest // 2 - 1) + "3" * (rest % 2 + 2) + ")")
    assert [row["id"] for row in get(8192).expect(200).json()] == [1, 2]
    get(8193).problem(414)
