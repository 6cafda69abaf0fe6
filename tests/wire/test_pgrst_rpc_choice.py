"""PostgREST's "Functions as RPC", clause by clause in its dialect: how arguments are given, which overload they choose,
and what is said when none fits or several do."""

import pytest

import tables
from midair import SHOP

FORM = "application/x-www-form-urlencoded"

FUNCTIONS = r"""
CREATE TYPE temper AS ENUM ('glad', 'grim');
CREATE TYPE spot AS (x integer, y integer);
CREATE DOMAIN small AS integer CHECK (value < 100);
CREATE FUNCTION plus(a integer, b integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION greet(name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'hello ' || name $$;
CREATE FUNCTION "Mixed Case"("firstName" text, "SSN" text) RETURNS json LANGUAGE sql IMMUTABLE
    AS 'SELECT json_build_object($$f$$, $1, $$s$$, $2)';
CREATE FUNCTION three(a integer DEFAULT 1, b integer DEFAULT 2, c integer DEFAULT 4) RETURNS integer LANGUAGE sql IMMUTABLE
    AS 'SELECT a + b + c';
CREATE FUNCTION needs(a integer, b integer DEFAULT 7) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a * b';
CREATE FUNCTION each(VARIADIC v text[] DEFAULT '{}') RETURNS text[] LANGUAGE sql IMMUTABLE AS 'SELECT v';
CREATE FUNCTION first_then(name text, VARIADIC v text[]) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT name || cardinality(v)';
CREATE FUNCTION bumped(arr integer[]) RETURNS integer[] LANGUAGE sql IMMUTABLE AS 'SELECT array_agg(n + 1) FROM unnest(arr) n';
CREATE FUNCTION kind_of(j jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT jsonb_typeof(j)';
CREATE FUNCTION varied(d double precision, t varchar, b boolean, on_day date, m temper, s small, r int4range, p spot)
    RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT concat_ws('|', d, t, b, on_day, m, s, r, (p).y) $$;
CREATE FUNCTION fixed(c char(3), b bit(2)) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT c || '/' || b::text $$;
CREATE FUNCTION over() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'none' $$;
CREATE FUNCTION over(a integer, b integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'two' $$;
CREATE FUNCTION over(a text, b text, c text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'three' $$;
CREATE FUNCTION same(arg integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'int' $$;
CREATE FUNCTION same(arg xml) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'xml' $$;
CREATE FUNCTION same(arg text, num integer DEFAULT 0) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'text' $$;
CREATE FUNCTION json_one(json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION text_one(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION xml_one(xml) RETURNS xml LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION bytea_one(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION int_one(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION two_ones(json) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'json' $$;
CREATE FUNCTION two_ones(jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'jsonb' $$;
CREATE FUNCTION fall_back() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'none' $$;
CREATE FUNCTION fall_back(x integer, y integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'named' $$;
CREATE FUNCTION fall_back(json) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'json' $$;
CREATE FUNCTION fall_back(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'text' $$;
CREATE FUNCTION fall_back(bytea) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'bytea' $$;
CREATE FUNCTION orders(id bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'a function' $$;
CREATE FUNCTION customers_below(id bigint) RETURNS SETOF customers LANGUAGE sql STABLE
    AS 'SELECT * FROM customers c WHERE c.id < $1 ORDER BY c.id';
CREATE PROCEDURE proc() LANGUAGE sql AS '';
CREATE AGGREGATE summed(integer) (SFUNC = int4pl, STYPE = integer);
"""


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest"}}


database = tables.database(FUNCTIONS, like=SHOP)


@pytest.mark.parametrize(
    "label, query, expected",
    [
        ("names of the parameters", "plus?a=1&b=2", 3),
        ("in any order", "plus?b=2&a=1", 3),
        ("quoted names", "Mixed%20Case?firstName=A&SSN=1", {"f": "A", "s": "1"}),
        ("no default given", "three", 7),
        ("one default given", "three?b=10", 15),
        ("all defaults given", "three?a=0&b=0&c=0", 0),
        ("a default behind a required one", "needs?a=3", 21),
        ("variadic, none", "each", []),
        ("variadic, one", "each?v=hi", ["hi"]),
        ("variadic, several", "each?v=hi&v=th%2Ce%22re%5C", ["hi", 'th,e"re\\']),
        ("the last of a repeated one", "greet?name=no&name=you", "hello you"),
        ("the last, beside variadic ones", "first_then?name=no&name=n&v=a&v=b", "n2"),
        ("an array literal", "bumped?arr=%7B1,2,3%7D", [2, 3, 4]),
        ("an array by repetition", "bumped?arr=1&arr=5", [2, 6]),
        ("types", "varied?d=3.5&t=a+b&b=true&on_day=20190101&m=grim&s=42&r=%5B1,5)&p=(1,2)",
         "3.5|a b|t|2019-01-01|grim|42|[1,5)|2"),
        ("lengths of types do not count", "fixed?c=abcdef&b=10101", "abcdef/10101"),
        ("a value with an operator's look", "greet?name=eq.you", "hello eq.you"),
        ("overload of none", "over", "none"),
        ("overload of two", "over?a=1&b=2", "two"),
        ("overload of three", "over?a=1&b=2&c=3", "three"),
        ("the name of a table", "orders?id=1", "a function"),
        ("no parameters, and no lone one by GET", "fall_back", "none"),
        ("columns= is for content", "plus?a=1&b=2&columns=a", 3),
    ],
)
def test_arguments_in_a_query(client, label, query, expected):
    assert client.get("/rpc/" + query).expect(200).json() == expected, label


@pytest.mark.parametrize(
    "label, target, body, expected",
    [
        ("object", "plus", {"a": 1, "b": 2}, 3),
        ("numbers as strings", "plus", {"a": "1", "b": "2"}, 3),
        ("no content", "three", "", 7),
        ("an empty object", "three", {}, 7),
        ("an empty array", "three", [], 7),
        ("null is an argument", "needs", {"a": 3, "b": None}, None),
        ("an array", "bumped", {"arr": [1, 2]}, [2, 3]),
        ("an array literal", "bumped", {"arr": "{1,2}"}, [2, 3]),
        ("variadic", "each", {"v": ["hi", "there"]}, ["hi", "there"]),
        ("json", "kind_of", {"j": {"k": 3}}, "object"),
        ("json array", "kind_of", {"j": [{"a": 1}, {"a": 2}]}, "array"),
        ("json in a string stays one", "kind_of", {"j": '{"k": 3}'}, "string"),
        ("types", "varied", {"d": 3.5, "t": "x", "b": False, "on_day": "2020-02-29", "m": "glad", "s": 1, "r": "[1,2)",
                             "p": {"x": 1, "y": 9}}, "3.5|x|f|2020-02-29|glad|1|[1,2)|9"),
        ("the first of an array of objects", "plus", [{"a": 1, "b": 2}, {"a": 100, "b": 200}], 3),
        ("unicode", "greet", {"name": "圍棋"}, "hello 圍棋"),
        ("columns= leaves the rest aside", "greet?columns=name", {"name": "you", "other": 1, "more": [2]}, "hello you"),
        ("columns= in an array", "plus?columns=a,b", [{"a": 1, "b": 2, "c": 3}, {"x": 1}], 3),
        ("columns= names what is not there: null", "needs?columns=a,b", {"a": 3}, None),
        ("a lone json parameter", "json_one", {"A": 1, "b": [2]}, {"A": 1, "b": [2]}),
        ("a lone json parameter, an array", "json_one", [{"a": 1}, {"b": 2}, 3], [{"a": 1}, {"b": 2}, 3]),
        ("a lone json parameter, a scalar", "json_one", "17", 17),
        ("named before lone", "fall_back", {"x": 1, "y": 2}, "named"),
        ("none before lone", "fall_back", {}, "none"),
        ("lone where no named one fits", "fall_back", {"A": 1}, "json"),
    ],
)
def test_arguments_in_json(client, label, target, body, expected):
    assert client.post("/rpc/" + target, body).expect(200).json() == expected, label


@pytest.mark.parametrize(
    "label, target, type, body, expected",
    [
        ("form", "plus", FORM, "a=1&b=2", 3),
        ("form, escaped", "greet", FORM, "name=a+b%26c", "hello a b&c"),
        ("form, none", "each", FORM, "", []),
        ("form, variadic", "each", FORM, "v=hi&v=there", ["hi", "there"]),
        ("form, an array", "bumped", FORM, "arr=%7B1,2%7D", [2, 3]),
        ("form, overload", "over", FORM, "a=1&b=2&c=3", "three"),
        ("text", "text_one", "text/plain", "a text", "a text"),
        ("text with charset", "text_one", "text/plain; charset=utf-8", "é", "é"),
        ("no text at all", "text_one", "text/plain", "", ""),
        ("xml", "xml_one", "text/xml", "<a>b</a>", "<a>b</a>"),
        ("text among overloads", "fall_back", "text/plain", "x", "text"),
        ("bytes among overloads", "fall_back", "application/octet-stream", b"\x00\xff", "bytea"),
        ("CSV, its first line", "plus", "text/csv", "a,b\n1,2\n100,200\n", 3),
    ],
)
def test_arguments_in_other_content(client, label, target, type, body, expected):
    assert client.post("/rpc/" + target, body, type=type).expect(200).json() == expected, label


def test_bytes_come_back_as_they_went(client):
    sent = bytes(range(256))
    answer = client.post("/rpc/bytea_one", sent, type="application/octet-stream", accept="application/octet-stream")
    assert answer.expect(200).body == sent


def test_a_filter_beside_an_argument_of_the_same_name(client):
    def ids(query):
        return [row["id"] for row in client.get("/rpc/customers_below?" + query).expect(200).json()]

    assert ids("id=5&id=gt.2&select=id") == [3, 4]
    assert ids("id=5&id=not.gt.2&select=id") == [1, 2]
    assert ids("id=5&id=not.in.(1,3)&select=id") == [2, 4]
    assert client.get("/rpc/customers_below?id=gt.2").expect(404).json()["code"] == "PGRST202"


@pytest.mark.parametrize(
    "label, method, target, body, type, message, details, hint",
    [
        ("no such name", "GET", "gree", None, None, "gree without parameters", None, "public.greet"),
        ("no such name, arguments", "GET", "pluss?a=1", None, None, "pluss(a)", None, "plus"),
        ("nothing near", "GET", "zzqqzz", None, None, "zzqqzz without parameters", None, None),
        ("a near argument", "GET", "greet?nam=x", None, None, "public.greet(nam)", "greet with parameter nam,",
         "public.greet(name)"),
        ("one too many", "GET", "plus?a=1&smth=3&b=2", None, None, "public.plus(a, b, smth)",
         "plus with parameters a, b, smth,", "public.plus(a, b)"),
        ("one missing", "GET", "plus?a=1", None, None, "public.plus(a)", "plus with parameter a,", "public.plus(a, b)"),
        ("a required one missing", "GET", "needs?b=1", None, None, "public.needs(b)", "needs with parameter b,",
         "public.needs(a, b)"),
        ("the nearest overload", "GET", "over?a=1&b=2&wrong=3", None, None, "public.over(a, b, wrong)",
         "over with parameters a, b, wrong,", "public.over(a, b, c)"),
        ("no near overload", "GET", "over?something_else=1", None, None, "public.over(something_else)",
         "over with parameter something_else,", None),
        ("JSON for what takes none", "POST", "int_one", {"x": 1, "y": 2}, None, "public.int_one(x, y)",
         "int_one with parameters x, y or with a single unnamed json/jsonb parameter,", "public.text_one"),
        ("an array that names nothing", "POST", "plus", [1, 2], None, "public.plus without parameters",
         "plus without parameters or with a single unnamed json/jsonb parameter,", "public.plus(a, b)"),
        ("text for what takes none", "POST", "int_one", "x", "text/plain", "public.int_one",
         "int_one with a single unnamed text parameter,", None),
        ("text for what has no parameters", "POST", "over", "x", "text/plain", "public.over",
         "over with a single unnamed text parameter,", None),
        ("xml for what takes none", "POST", "int_one", "<a/>", "text/xml", "public.int_one",
         "int_one with a single unnamed xml parameter,", None),
        ("bytes for what takes none", "POST", "int_one", b"x", "application/octet-stream", "public.int_one",
         "int_one with a single unnamed bytea parameter,", None),
        ("a form for what takes json", "POST", "json_one", "a=1", FORM, "public.json_one(a)",
         "json_one with parameter a,", None),
        ("CSV for what takes none", "POST", "fall_back", "a,b\n1,2\n", "text/csv", "public.fall_back(a, b)",
         "fall_back with parameters a, b,", "public.fall_back(x, y)"),
        ("columns= that are no parameters", "POST", "greet?columns=nam", {"name": "x"}, None, "public.greet(nam)",
         "greet with parameter nam or with a single unnamed json/jsonb parameter,", "public.greet(name)"),
        ("a procedure", "POST", "proc", {}, None, "proc without parameters", None, None),
        ("an aggregate", "POST", "summed", [1], None, "summed without parameters", None, None),
    ],
)
def test_functions_that_are_not_there(client, label, method, target, body, type, message, details, hint):
    error = client.request(method, "/rpc/" + target, body, type=type).expect(404).json()
    assert error["code"] == "PGRST202"
    assert error["message"].endswith(message + " in the schema cache"), label
    assert error["message"].startswith("Could not find the function "), label
    if details:
        assert error["details"] == "Searched for the function public." + details.rstrip(",") + \
            ", but no matches were found in the schema cache.", label
        assert error["hint"] == (hint and "Perhaps you meant to call the function " + hint), label
    elif hint:
        assert error["hint"].startswith("Perhaps you meant to call the function "), label
        assert error["hint"].endswith(hint), label


@pytest.mark.parametrize(
    "label, method, target, body, candidates",
    [
        ("types do not tell them apart", "GET", "same?arg=x", None,
         ["same(arg => integer)", "same(arg => xml)", "same(arg => text, num => integer)"]),
        ("nor in content", "POST", "same", {"arg": 1},
         ["same(arg => integer)", "same(arg => xml)", "same(arg => text, num => integer)"]),
        ("two that take the whole", "POST", "two_ones", {"A": 1}, ["two_ones( => json)", "two_ones( => jsonb)"]),
    ],
)
def test_functions_that_cannot_be_told_apart(client, label, method, target, body, candidates):
    error = client.request(method, "/rpc/" + target, body).expect(300).json()
    assert error["code"] == "PGRST203" and error["details"] is None
    assert error["message"] == "Could not choose the best candidate function between: " + ", ".join(
        "public." + c for c in candidates), label
    assert error["hint"] == ("Try renaming the parameters or the function itself in the database so function "
                             "overloading can be resolved")


@pytest.mark.parametrize(
    "label, method, target, body, type, status, code",
    [
        ("arguments of GET in a POST", "POST", "greet?name=x", {"name": "x"}, None, 400, "PGRST100"),
        ("broken JSON", "POST", "greet", "sdfsdf", None, 400, "PGRST102"),
        ("a bad value", "POST", "plus", {"a": "x", "b": 1}, None, 400, "22P02"),
        ("a bad value in a query", "GET", "plus?a=x&b=1", None, None, 400, "22P02"),
        ("not of the domain", "GET", "varied?d=1&t=a&b=t&on_day=20190101&m=grim&s=100&r=empty&p=(1,2)", None, None, 400,
         "23514"),
        ("not of the enum", "GET", "varied?d=1&t=a&b=t&on_day=20190101&m=sad&s=1&r=empty&p=(1,2)", None, None, 400, "22P02"),
        ("no composite", "GET", "varied?d=1&t=a&b=t&on_day=20190101&m=grim&s=1&r=empty&p=1", None, None, 400, "22P02"),
        ("bad xml", "POST", "xml_one", "<", "text/xml", 400, "2200N"),
        ("text that is not UTF-8", "POST", "text_one", b"\xff", "text/plain", 400, None),
        ("text with a NUL", "POST", "text_one", b"a\x00", "text/plain", 400, None),
        ("a form with a bad escape", "POST", "greet", "name=%zz", FORM, 400, "PGRST102"),
        ("a form field without a name", "POST", "greet", "=x", FORM, 400, "PGRST102"),
        ("CSV with lines that differ", "POST", "plus", "a,b\n1\n", "text/csv", 400, "PGRST102"),
        ("another type", "POST", "greet", "name: x", "application/yaml", 415, None),
        ("columns= twice", "POST", "greet?columns=name&columns=name", {"name": "x"}, None, 400, None),
        ("columns= with an open quote", "POST", "greet?columns=%22name", {"name": "x"}, None, 400, None),
        ("columns= of no object", "POST", "greet?columns=name", [1], None, 400, None),
        ("an argument that ends the literal", "GET", "each?v=%22%7D')--", None, None, 200, None),
    ],
)
def test_arguments_that_are_refused(client, label, method, target, body, type, status, code):
    answer = client.request(method, "/rpc/" + target, body, type=type).expect(status)
    assert code is None or answer.json()["code"] == code, label


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods(client, method):
    answer = client.request(method, "/rpc/greet", {}).expect(405)
    error = answer.json()
    assert (error["code"], error["message"]) == ("PGRST101", f"Cannot use the {method} method on RPC")
    assert answer.get("Allow") == "GET, HEAD, POST, OPTIONS"


def test_a_form_has_a_limit(start, fresh_database):
    fresh_database.sql("CREATE FUNCTION each(VARIADIC v text[]) RETURNS integer LANGUAGE sql AS 'SELECT cardinality(v)'")
    with start(fresh_database, server={"max_nodes_json": 10}).client() as client:
        assert client.post("/rpc/each", "&".join(["v=x"] * 10), type=FORM).expect(200).json() == 10
        client.post("/rpc/each", "&".join(["v=x"] * 11), type=FORM).expect(400)


def test_params_single_object_is_gone(client):
    answer = client.post("/rpc/json_one", {"A": 1}, prefer="params=single-object").expect(200)
    assert answer.get("Preference-Applied") is None
    error = client.post("/rpc/json_one", {"A": 1}, prefer="params=single-object, handling=strict").expect(400).json()
    assert error["code"] == "PGRST122" and "params=single-object" in error["details"]
