"""PostgREST's "Functions as RPC": arguments, overloads, results, volatility and methods."""

import pytest

import tables
from midair import SHOP

OBJECT = "application/vnd.pgrst.object+json"

FUNCTIONS = r"""
CREATE FUNCTION add_them(a integer, b integer DEFAULT 10) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
CREATE FUNCTION nothing() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION hello() RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'hello "you"' $$;
CREATE FUNCTION no_value() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL::text';
CREATE FUNCTION some_customers(most bigint) RETURNS SETOF customers LANGUAGE sql STABLE
    AS 'SELECT * FROM customers WHERE id <= most ORDER BY id DESC';
CREATE FUNCTION one_customer(which bigint) RETURNS customers LANGUAGE sql STABLE AS 'SELECT * FROM customers WHERE id = which';
CREATE FUNCTION numbers(n integer) RETURNS SETOF integer LANGUAGE sql STABLE AS 'SELECT * FROM generate_series(1, n)';
CREATE FUNCTION pairs_of(n integer) RETURNS TABLE (x integer, label text) LANGUAGE sql STABLE
    AS $$ SELECT i, 'n' || i FROM generate_series(1, n) i $$;
CREATE FUNCTION halves(n integer, OUT low integer, OUT high integer) LANGUAGE sql IMMUTABLE AS 'SELECT n / 2, n - n / 2';
CREATE FUNCTION total(VARIADIC v integer[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT sum(x) FROM unnest(v) x';
CREATE FUNCTION whole(json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION whole_text(text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT length($1)';
CREATE FUNCTION whole_bytes(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION over(a integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION over(a integer, b integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'ab' $$;
CREATE FUNCTION unclear(a integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'int' $$;
CREATE FUNCTION unclear(a text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'text' $$;
CREATE FUNCTION types(t text[], j jsonb, d date) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT t[2] || '/' || (j ->> 'k') || '/' || d $$;
CREATE FUNCTION write_place(name text) RETURNS text LANGUAGE sql AS 'INSERT INTO places VALUES ($1, $$rpc$$) RETURNING name';
CREATE FUNCTION lying(name text) RETURNS void LANGUAGE plpgsql STABLE AS $$ BEGIN INSERT INTO places VALUES ($1); END $$;
CREATE FUNCTION refuse() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = 'PT418', HINT = 'tea'; END $$;
CREATE FUNCTION secret() RETURNS text LANGUAGE sql AS $$ SELECT 'secret' $$;
CREATE FUNCTION "Odd ""name"" "(" x y" integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE TYPE pair AS (a integer, b text);
CREATE DOMAIN pair_domain AS pair CHECK ((VALUE).a < 100);
CREATE DOMAIN pair_domain_domain AS pair_domain;
CREATE DOMAIN customer_domain AS customers;
CREATE DOMAIN deep_domain AS positive CHECK (VALUE < 100);
CREATE DOMAIN deeper_domain AS deep_domain;
CREATE FUNCTION domain_row() RETURNS pair_domain LANGUAGE sql STABLE AS $$ SELECT ROW(1, 'x')::pair_domain $$;
CREATE FUNCTION deep_domain_row() RETURNS pair_domain_domain LANGUAGE sql STABLE AS $$ SELECT ROW(1, 'x')::pair_domain_domain $$;
CREATE FUNCTION domain_rows(n integer) RETURNS SETOF pair_domain LANGUAGE sql STABLE
    AS $$ SELECT ROW(i, 'x' || i)::pair_domain FROM generate_series(1, n) i $$;
CREATE FUNCTION domain_of_table() RETURNS customer_domain LANGUAGE sql STABLE AS 'SELECT c FROM customers c WHERE id = 1';
CREATE FUNCTION domains_of_table() RETURNS SETOF customer_domain LANGUAGE sql STABLE AS 'SELECT c FROM customers c ORDER BY id';
CREATE FUNCTION deep_scalar() RETURNS deeper_domain LANGUAGE sql STABLE AS 'SELECT 7::deeper_domain';
CREATE FUNCTION written_domain_row() RETURNS pair_domain LANGUAGE sql VOLATILE AS $$ SELECT ROW(1, 'x')::pair_domain $$;
CREATE FUNCTION record_sql() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1 AS a, 'x'::text AS b $$;
CREATE FUNCTION record_plpgsql() RETURNS record LANGUAGE plpgsql STABLE
    AS $$ DECLARE r record; BEGIN SELECT 1 AS a, 'x'::text AS b INTO r; RETURN r; END $$;
CREATE FUNCTION record_of(a integer, b text) RETURNS record LANGUAGE sql STABLE AS 'SELECT a AS first, b AS second';
CREATE FUNCTION records_of(n integer) RETURNS SETOF record LANGUAGE sql STABLE
    AS $$ SELECT i AS a, 'x' || i AS b FROM generate_series(1, n) i $$;
CREATE FUNCTION no_record() RETURNS record LANGUAGE sql STABLE AS 'SELECT 1 AS a, 2 AS b WHERE false';
CREATE SCHEMA hidden;
CREATE FUNCTION hidden.unseen() RETURNS text LANGUAGE sql AS $$ SELECT 'unseen' $$;
"""


database = tables.database(FUNCTIONS, like=SHOP)


@pytest.mark.quick
@pytest.mark.parametrize(
    "label, query, body, expected",
    [
        ("named", "add_them?a=1&b=2", {"a": 1, "b": 2}, 3),
        ("a default", "add_them?a=1", {"a": 1}, 11),
        ("text", "hello", {}, 'hello "you"'),
        ("null", "no_value", {}, None),
        ("set of scalars", "numbers?n=3", {"n": 3}, [1, 2, 3]),
        ("empty set", "numbers?n=0", {"n": 0}, []),
        ("table", "pairs_of?n=2", {"n": 2}, [{"x": 1, "label": "n1"}, {"x": 2, "label": "n2"}]),
        ("out parameters", "halves?n=5", {"n": 5}, {"low": 2, "high": 3}),
        ("a domain over a composite type", "domain_row", {}, {"a": 1, "b": "x"}),
        ("a domain over such a domain", "deep_domain_row", {}, {"a": 1, "b": "x"}),
        ("a set of such domains", "domain_rows?n=2", {"n": 2}, [{"a": 1, "b": "x1"}, {"a": 2, "b": "x2"}]),
        ("no row of such domains", "domain_rows?n=0", {"n": 0}, []),
        ("a scalar beneath three domains", "deep_scalar", {}, 7),
        ("a record", "record_sql", {}, {"a": 1, "b": "x"}),
        ("a record of PL/pgSQL", "record_plpgsql", {}, {"a": 1, "b": "x"}),
        ("a record of arguments", "record_of?a=5&b=y", {"a": 5, "b": "y"}, {"first": 5, "second": "y"}),
        ("a set of records", "records_of?n=2", {"n": 2}, [{"a": 1, "b": "x1"}, {"a": 2, "b": "x2"}]),
        ("an empty set of records", "records_of?n=0", {"n": 0}, []),
        ("a record that is null", "no_record", {}, None),
        ("variadic", "total?v=1&v=2&v=3", {"v": [1, 2, 3]}, 6),
        ("variadic of one", "total?v=5", {"v": [5]}, 5),
        ("overload of one", "over?a=1", {"a": 1}, "a"),
        ("overload of two", "over?a=1&b=1", {"a": 1, "b": 1}, "ab"),
        ("other types", "types?t=%7Ba,b%7D&j=%7B%22k%22:1%7D&d=2024-02-29",
         {"t": ["a", "b"], "j": {"k": 1}, "d": "2024-02-29"}, "b/1/2024-02-29"),
        ("an odd name", "Odd%20%22name%22%20?%20x%20y=7", {" x y": 7}, 7),
    ],
)
def test_results(client, label, query, body, expected):
    assert client.get("/rpc/" + query).expect(200).json() == expected, label
    assert client.post("/rpc/" + query.split("?")[0], body).expect(200).json() == expected, label


@pytest.mark.parametrize("query, expected", [
    ("domain_rows?n=3&a=gt.1&order=a.desc&select=b", [{"b": "x3"}, {"b": "x2"}]),
    ("domain_rows?n=3&limit=1&offset=1", [{"a": 2, "b": "x2"}]),
    ("records_of?n=3&limit=1", [{"a": 1, "b": "x1"}]),
])
def test_queries_of_such_rows(client, query, expected):
    assert client.get("/rpc/" + query).expect(200).json() == expected


def test_a_domain_over_the_rows_of_a_table(client, database):
    first = client.get("/rpc/domain_of_table").expect(200).json()
    names = database.sql("SELECT name FROM customers ORDER BY id")
    assert isinstance(first, dict) and first["id"] == 1 and {"name", "email", "mood"} <= set(first)
    assert client.get("/rpc/domains_of_table?select=name").expect(200).json() == [{"name": name} for name, in names]
    assert client.post("/rpc/written_domain_row", {}).expect(200).json() == {"a": 1, "b": "x"}


@pytest.mark.parametrize("configuration", ["0", "1", "3748", "-", "-1", "99999999999"])
def test_a_number_names_no_text_search_configuration(client, configuration):
    client.get(f"/places?name=fts({configuration}).a").problem(400)
    client.get(f"/places?name=not.plfts({configuration}).a").problem(400)


def test_rows_of_a_table(client):
    def ids(answer):
        return [r["id"] for r in answer.expect(200, 206).json()]

    target = "/rpc/some_customers?most=5"
    answer = client.get(target)
    assert ids(answer) == [5, 4, 3, 2, 1] and answer.get("Content-Range") == "0-4/*"
    assert "etag" not in answer.json()[0]
    assert ids(client.get(target + "&id=lt.3")) == [2, 1]
    assert ids(client.get(target + "&order=id&limit=2")) == [1, 2]
    assert ids(client.get(target + "&order=id&limit=2&offset=1")) == [2, 3]
    assert client.get(target + "&select=n:name&id=eq.1").json() == [{"n": "customer 1"}]
    counted = client.get(target + "&limit=2", prefer="count=exact")
    assert ids(counted) == [5, 4] and counted.status == 206 and counted.get("Content-Range") == "0-1/5"
    assert ids(client.get(target, headers={"Range-Unit": "items", "Range": "1-2"})) == [4, 3]
    assert ids(client.post("/rpc/some_customers?id=lt.3&order=id", {"most": 5})) == [1, 2]
    assert client.get(target + "&id=eq.1", accept=OBJECT).expect(200).json()["id"] == 1
    client.get(target, accept=OBJECT).expect(406)
    assert client.get("/rpc/one_customer?which=3").expect(200).json()["id"] == 3
    assert client.get("/rpc/pairs_of?n=1", accept="text/csv").expect(200).text.split() == ["x,label", "1,n1"]
    assert client.get(target, if_none_match=answer.etag).status == 304
    assert client.head(target).expect(200).body == b""


def test_content_that_is_one_argument(client):
    assert client.post("/rpc/whole", [1, {"a": 2}]).expect(200).json() == [1, {"a": 2}]
    assert client.post("/rpc/whole", {"a": 9007199254740993}).expect(200).text == '{"a":9007199254740993}'
    assert client.post("/rpc/whole_text", "añb", type="text/plain").expect(200).json() == 3
    answer = client.post("/rpc/whole_bytes", b"\x00\xff\x01", type="application/octet-stream",
                         accept="application/octet-stream").expect(200)
    assert answer.body == b"\x00\xff\x01" and answer.type == "application/octet-stream"
    assert client.post("/rpc/add_them", "a=1&b=5", type="application/x-www-form-urlencoded").expect(200).json() == 6
    assert client.get("/rpc/hello", accept="text/plain").expect(200).text == 'hello "you"'


def test_void(client):
    answer = client.post("/rpc/nothing", {}).expect(204)
    assert answer.body == b""
    client.post("/rpc/nothing").expect(204)


def test_volatility(client, database):
    made = client.post("/rpc/write_place", {"name": "rpc1"}).expect(200)
    assert made.json() == "rpc1" and made.etag is None
    assert database.row("places", name="rpc1")["note"] == "rpc"
    refused = client.get("/rpc/write_place?name=rpc2").expect(405)
    assert "POST" in refused.get("Allow") and "GET" not in refused.get("Allow")
    client.post("/rpc/lying", {"name": "rpc3"}).expect(400, 405)  # declared stable, so it cannot write
    assert database.one("SELECT count(*) FROM places WHERE name IN ('rpc2', 'rpc3')") == 0


@pytest.mark.parametrize(
    "label, method, target, body, status, code",
    [
        ("unknown", "POST", "/rpc/add_then", {}, 404, "PGRST202"),
        ("unknown argument", "POST", "/rpc/add_them", {"a": 1, "c": 2}, 404, "PGRST202"),
        ("unknown argument of a query", "GET", "/rpc/add_them?a=1&c=2", None, 404, "PGRST202"),
        ("argument missing", "GET", "/rpc/add_them?b=1", None, 404, "PGRST202"),
        ("ambiguous", "GET", "/rpc/unclear?a=1", None, 300, "PGRST203"),
        ("an array for named ones", "POST", "/rpc/add_them", [1, 2], 404, "PGRST202"),
        ("bad value", "GET", "/rpc/add_them?a=x", None, 400, "22P02"),
        ("bad value in content", "POST", "/rpc/add_them", {"a": "x"}, 400, "22P02"),
        ("broken JSON", "POST", "/rpc/add_them", "{", 400, None),
        ("an argument twice", "POST", "/rpc/add_them", '{"a": 1, "a": 2}', 400, None),
        ("another method", "DELETE", "/rpc/add_them", None, 405, None),
        ("put", "PUT", "/rpc/add_them", {}, 405, None),
        ("trigger functions are not served", "POST", "/rpc/shout", {}, 404, "PGRST202"),
        ("another schema", "POST", "/rpc/unseen", {}, 404, "PGRST202"),
        ("a qualified name", "POST", "/rpc/hidden.unseen", {}, 404, "PGRST202"),
        ("system functions", "POST", "/rpc/pg_sleep", {"": 1}, 404, "PGRST202"),
        ("injection", "GET", "/rpc/add_them(1)--?a=1", None, 404, "PGRST202"),
        ("injection by argument", "GET", "/rpc/add_them?a=1);drop%20table%20orders--=1", None, 400, "22P02"),
        ("a bad escape", "GET", "/rpc/add_them?a=%zz", None, 400, None),
        ("deeper", "GET", "/rpc/add_them/x", None, 404, None),
        ("no name", "GET", "/rpc", None, 404, None),
        ("unknown column", "GET", "/rpc/pairs_of?n=1&order=nope", None, 400, None),
    ],
)
def test_calls_that_are_refused(client, label, method, target, body, status, code):
    answer = client.request(method, target, body).expect(status)
    assert code is None or answer.json()["code"] == code, label


def test_other_errors(client):
    assert "add_them" in client.post("/rpc/add_then", {}).expect(404).json()["hint"]
    client.post("/rpc/add_them", "a", type="application/xml").expect(415)
    client.get("/rpc/add_them?a=1", accept="text/html").expect(406)
    client.get("/rpc/numbers?n=1", accept="text/plain").expect(406)
    client.post("/rpc/write_place", {"name": "rpc4"}, if_match='"x"').expect(412)
    client.post("/rpc/write_place", {"name": "rpc4"}, if_match="*").expect(200)
    assert client.post("/rpc/refuse", {}).expect(400, 418).json()["hint"] == "tea"
    assert client.options("/rpc/hello").expect(204).get("Allow") == "GET, HEAD, POST, OPTIONS"


def test_functions_that_the_role_may_not_call(cluster, start, fresh_database):
    fresh_database.sql("CREATE FUNCTION shut() RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$")
    fresh_database.sql("DROP ROLE IF EXISTS rpc_role")
    fresh_database.sql("CREATE ROLE rpc_role LOGIN; REVOKE EXECUTE ON FUNCTION shut() FROM PUBLIC; GRANT USAGE ON SCHEMA public TO rpc_role")
    with start(fresh_database, url=cluster.url(fresh_database.name, user="rpc_role")).client() as client:
        client.post("/rpc/shut", {}).expect(404)
    fresh_database.sql("DROP OWNED BY rpc_role; DROP ROLE rpc_role")
