"""PostgREST's "Transactions", as far as functions go: what they read of the request and say of the answer by settings,
access mode and isolation, settings of their own, and errors of their own making."""

import pytest

import tables
from midair import SHOP

FUNCTIONS = r"""
CREATE FUNCTION setting(name text) RETURNS text LANGUAGE sql STABLE AS 'SELECT current_setting($1, true)';
CREATE FUNCTION header(name text) RETURNS text LANGUAGE sql AS $$ SELECT current_setting('request.headers', true)::json ->> $1 $$;
CREATE FUNCTION cookie(name text) RETURNS text LANGUAGE sql AS $$ SELECT current_setting('request.cookies', true)::json ->> $1 $$;
CREATE FUNCTION reply(headers text DEFAULT '', status text DEFAULT '', local boolean DEFAULT true) RETURNS text
    LANGUAGE plpgsql AS $$ BEGIN
        PERFORM set_config('response.headers', headers, local), set_config('response.status', status, local);
        RETURN 'said';
    END $$;
CREATE FUNCTION reply_and_write(name text, headers text DEFAULT '', status text DEFAULT '') RETURNS void
    LANGUAGE plpgsql AS $$ BEGIN
        INSERT INTO places VALUES (name, 'written');
        PERFORM set_config('response.headers', headers, true), set_config('response.status', status, true);
    END $$;
CREATE FUNCTION teapot() RETURNS json LANGUAGE plpgsql STABLE AS $$ BEGIN
    PERFORM set_config('response.status', '418', true);
    RETURN json_build_object('message', 'short and stout');
END $$;
CREATE FUNCTION cached(n integer) RETURNS SETOF customers LANGUAGE plpgsql STABLE AS $$ BEGIN
    PERFORM set_config('response.headers', '[{"Cache-Control": "public"}, {"Cache-Control": "max-age=' || n || '"}]', true);
    RETURN QUERY SELECT * FROM customers WHERE id < 4 ORDER BY id;
END $$;
CREATE FUNCTION nothing_cached() RETURNS void LANGUAGE sql STABLE
    AS $$ SELECT set_config('response.headers', '[{"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2; HttpOnly"}]', true) $$;
CREATE FUNCTION slow(seconds float8) RETURNS text LANGUAGE sql AS $$ SELECT 'slept' FROM pg_sleep(seconds) $$;
CREATE FUNCTION slow_own(seconds float8) RETURNS text LANGUAGE sql SET statement_timeout = '50ms'
    AS $$ SELECT 'slept' FROM pg_sleep(seconds) $$;
CREATE FUNCTION isolation() RETURNS text LANGUAGE sql AS $$ SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION isolation_own() RETURNS text LANGUAGE sql SET default_transaction_isolation = 'serializable'
    AS $$ SELECT current_setting('transaction_isolation') $$;
CREATE FUNCTION isolation_read() RETURNS text LANGUAGE sql STABLE SET default_transaction_isolation = 'read committed'
    AS $$ SELECT current_setting('transaction_isolation') || ' ' || current_setting('transaction_read_only') $$;
CREATE FUNCTION writes(name text) RETURNS text LANGUAGE sql AS 'INSERT INTO places VALUES ($1, $$x$$) RETURNING name';
CREATE FUNCTION writes_stable(name text) RETURNS text LANGUAGE sql STABLE AS 'SELECT writes($1)';
CREATE SEQUENCE called;
CREATE FUNCTION count_calls() RETURNS bigint LANGUAGE sql AS $$ SELECT nextval('called') $$;
CREATE FUNCTION raises(code text, message text, detail text DEFAULT NULL, hint text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql AS $$ BEGIN
        IF detail IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message;
        ELSIF hint IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail;
        END IF;
        RAISE EXCEPTION USING ERRCODE = code, MESSAGE = message, DETAIL = detail, HINT = hint;
    END $$;
CREATE FUNCTION asserts() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ASSERT false; END $$;
"""


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest"}}


database = tables.database(FUNCTIONS, like=SHOP)


def setting(client, name, **more):
    return client.post("/rpc/setting", {"name": name}, **more).expect(200).json()


def test_the_request_as_settings(client, database):
    assert setting(client, "request.method") == "POST"
    assert client.get("/rpc/setting?name=request.method").expect(200).json() == "GET"
    assert setting(client, "request.path") == "/rpc/setting"
    claims = setting(client, "request.jwt.claims")
    assert claims == '{"role":"%s"}' % database.one("SELECT current_user")
    assert setting(client, "no.such.setting") is None


@pytest.mark.parametrize(
    "label, headers, name, expected",
    [
        ("own", {"Custom-Header": "test"}, "custom-header", "test"),
        ("standard", {"User-Agent": "me/1"}, "user-agent", "me/1"),
        ("names are lowered", {"X-UPPER": "Case Stays"}, "x-upper", "Case Stays"),
        ("authorization", {"Authorization": "Bearer abc"}, "authorization", "Bearer abc"),
        ("lines are joined", [("X-A", "1"), ("X-B", "2"), ("x-a", "3")], "x-a", "1, 3"),
        ("quotes", {"X-A": 'say "x" \\ .'}, "x-a", 'say "x" \\ .'),
        ("UTF-8", [("X-A", "é圍".encode())], "x-a", "é圍"),
        ("ISO 8859-1", [("X-A", b"\xe9\xff")], "x-a", "éÿ"),
        ("cookies are none", {"Cookie": "a=1"}, "cookie", None),
        ("not there", {}, "x-a", None),
        ("empty", {"X-A": ""}, "x-a", ""),
        ("an end of literals", {"X-A": "'; DROP TABLE places; --"}, "x-a", "'; DROP TABLE places; --"),
    ],
)
def test_headers_as_settings(client, label, headers, name, expected):
    answer = client.post("/rpc/header", {"name": name}, headers=headers)
    assert answer.expect(200).json() == expected, label


@pytest.mark.parametrize(
    "label, cookie, name, expected",
    [
        ("one", "a=1", "a", "1"),
        ("several", "a=1;b=2; c=3", "b", "2"),
        ("a value with a sign", "a=b=c", "a", "b=c"),
        ("the last of a name", "a=1; a=2", "a", "2"),
        ("names keep their case", "A=1; a=2", "A", "1"),
        ("an empty value", "a=; b=1", "a", ""),
        ("no sign", "a; b=1", "a", None),
        ("no name", "=1; b=1", "", None),
        ("quotes", 'a="x"', "a", '"x"'),
        ("none at all", None, "a", None),
    ],
)
def test_cookies_as_settings(client, label, cookie, name, expected):
    headers = {"Cookie": cookie} if cookie else {}
    assert client.post("/rpc/cookie", {"name": name}, headers=headers).expect(200).json() == expected, label


def test_settings_end_with_the_call(start, fresh_database):
    """One connection serves them all, and a function may even try to leave something behind."""
    fresh_database.sql(FUNCTIONS)
    server = start(fresh_database, settings={"pool_size": 1}, server={"dialect": "postgrest"})
    with server.client() as client:
        client.post("/rpc/setting", {"name": "x"}, headers={"X-Secret": "s3cret", "Cookie": "id=c00kie"}).expect(200)
        assert setting(client, "request.headers").count("s3cret") == 0
        assert setting(client, "request.cookies") == "{}"
        said = {"headers": '[{"X-Left": "behind"}]', "status": "418", "local": False}
        left = client.post("/rpc/reply", said).expect(418)
        assert left.get("X-Left") == "behind"
        assert client.post("/rpc/setting", {"name": "response.status"}).expect(200).json() == ""
        assert client.get("/rpc/teapot").expect(418).get("X-Left") is None
        assert client.post("/rpc/isolation", {}).expect(200).get("X-Left") is None
        assert client.get("/customers?limit=1").expect(200).get("X-Left") is None


def test_secrets_of_a_request_are_not_logged(start, fresh_database):
    fresh_database.sql(FUNCTIONS)
    server = start(fresh_database, settings={"log_sql": "on"}, server={"log_level": "debug"})
    with server.client() as client:
        secret = {"Authorization": "Bearer t0ken", "Cookie": "id=c00kie"}
        client.post("/rpc/setting", {"name": "x"}, headers=secret).expect(200)
        client.post("/rpc/raises", {"code": "P0001", "message": "no"}, headers=secret).expect(400)
    log = server.log()
    assert "set_config" in log and "t0ken" not in log and "c00kie" not in log


@pytest.mark.parametrize(
    "label, headers, expected",
    [
        ("one", '[{"X-Test": "key1=val1; v"}]', {"X-Test": ["key1=val1; v"]}),
        ("two", '[{"X-Test": "a"}, {"X-Test-2": "b"}]', {"X-Test": ["a"], "X-Test-2": ["b"]}),
        ("one name twice", '[{"Set-Cookie": "a=1"}, {"Set-Cookie": "b=2"}]', {"Set-Cookie": ["a=1", "b=2"]}),
        ("instead of midair's", '[{"Cache-Control": "public"}, {"cache-control": "max-age=9"}]',
         {"Cache-Control": ["public", "max-age=9"]}),
        ("type of the content", '[{"Content-Type": "text/x-said"}]', {"Content-Type": ["text/x-said"]}),
        ("Location", '[{"Location": "/elsewhere"}]', {"Location": ["/elsewhere"]}),
        ("none", "[]", {}),
        ("nothing", "", {}),
        ("white space around", '[{"X-Test": "  a  "}]', {"X-Test": ["a"]}),
        ("empty", '[{"X-Test": ""}]', {"X-Test": [""]}),
        ("Vary grows", '[{"Vary": "Cookie"}]', {"Vary": ["Accept, Accept-Encoding, Prefer, Cookie"]}),
    ],
)
def test_headers_of_the_answer(client, label, headers, expected):
    answer = client.post("/rpc/reply", {"headers": headers}).expect(200)
    assert answer.body == b'"said"', label
    for name, values in expected.items():
        assert answer.all(name) == values, label


@pytest.mark.parametrize(
    "name", ["Content-Length", "Transfer-Encoding", "Connection", "Date", "ETag", "Last-Modified", "Content-Encoding",
             "Keep-Alive", "Upgrade", "Trailer", "TE", "X-Request-Id", "Content-Range", "Server-Timing", "eTaG"])
def test_headers_that_are_midairs(client, name):
    answer = client.get(f"/rpc/reply?headers=%5B%7B%22{name}%22:%22bogus%22%7D%5D")
    assert answer.status in (200, 405)
    answer = client.post("/rpc/reply", {"headers": '[{"%s": "bogus"}]' % name}).expect(200)
    assert "bogus" not in answer.all(name) and answer.body == b'"said"'
    client.post("/rpc/reply", {}).expect(200)  # the connection is in step


@pytest.mark.parametrize(
    "label, headers",
    [
        ("an object", '{"X-Test": "a"}'),
        ("two keys in one", '[{"X-Test": "a", "X-Other": "b"}]'),
        ("no key", "[{}]"),
        ("a number", '[{"X-Test": 1}]'),
        ("null", '[{"X-Test": null}]'),
        ("a list", '[{"X-Test": ["a"]}]'),
        ("strings", '["X-Test: a"]'),
        ("no JSON", "X-Test: a"),
        ("a name that is none", '[{"X Test": "a"}]'),
        ("a name with a colon", '[{"X-Test:": "a"}]'),
        ("an empty name", '[{"": "a"}]'),
        ("a line end in the value", r'[{"X-Test": "a\r\nX-Other: b"}]'),
        ("a line end in the name", r'[{"X-Test: a\r\nX-Other": "b"}]'),
        ("a control byte", r'[{"X-Test": "a\u0001"}]'),
        ("too many", "[" + ", ".join('{"X-%d": "a"}' % i for i in range(17)) + "]"),
    ],
)
def test_headers_that_cannot_be_said(client, database, label, headers):
    answer = client.post("/rpc/reply_and_write", {"name": "bad " + label, "headers": headers}).expect(500)
    assert answer.json() == {
        "code": "PGRST111", "details": None, "hint": None,
        "message": "response.headers guc must be a JSON array composed of objects with a single key and a string value"}
    assert answer.get("X-Other") is None
    assert database.row("places", name="bad " + label) is None, label


def test_as_many_headers_as_may_be_said(client):
    answer = client.post("/rpc/reply", {"headers": "[" + ", ".join('{"X-%d": "a"}' % i for i in range(16)) + "]"})
    assert all(answer.expect(200).get(f"X-{i}") == "a" for i in range(16))


@pytest.mark.parametrize("status, expected", [("200", 200), ("201", 201), ("202", 202), ("301", 301), ("404", 404),
                                              ("418", 418), ("503", 503), ("599", 599)])
def test_status_of_the_answer(client, status, expected):
    answer = client.post("/rpc/reply", {"status": status}).expect(expected)
    assert answer.body == b'"said"'
    assert client.get("/rpc/teapot").expect(418).json() == {"message": "short and stout"}


@pytest.mark.parametrize("status", [204, 205, 304])
def test_a_status_without_content(client, status):
    answer = client.post("/rpc/reply", {"status": str(status)}).expect(status)
    assert answer.body == b"" and answer.get("Content-Type") is None
    client.post("/rpc/reply", {}).expect(200)


@pytest.mark.parametrize("status", ["abc", "99", "100", "101", "199", "600", "1000", "-200", "200x", " 200", "2e2",
                                    "99999999999999999999"])
def test_a_status_that_is_none(client, database, status):
    answer = client.post("/rpc/reply_and_write", {"name": "s" + status, "status": status}).expect(500)
    assert answer.json() == {"code": "PGRST112", "message": "response.status guc must be a valid status code",
                             "details": None, "hint": None}
    assert database.row("places", name="s" + status) is None


def test_what_is_written_stays_whatever_the_status(client, database):
    client.post("/rpc/reply_and_write", {"name": "kept", "status": "409"}).expect(409)
    assert database.row("places", name="kept")["note"] == "written"
    answer = client.post("/rpc/nothing_cached", {}).expect(204)
    assert answer.all("Set-Cookie") == ["a=1", "b=2; HttpOnly"]


def test_conditional_requests_of_functions(client, database):
    first = client.get("/rpc/cached?n=1").expect(200)
    assert first.etag and first.all("Cache-Control") == ["public", "max-age=1"]
    again = client.get("/rpc/cached?n=1", if_none_match=first.etag).expect(304)
    assert again.body == b"" and again.all("Cache-Control") == ["public", "max-age=1"]
    # the same rows with another field are another representation
    other = client.get("/rpc/cached?n=2", if_none_match=first.etag).expect(200)
    assert other.etag != first.etag
    database.sql("UPDATE customers SET name = 'changed' WHERE id = 3")
    assert client.get("/rpc/cached?n=1", if_none_match=first.etag).expect(200).etag != first.etag
    # what is no success has no tag, and no condition is about it
    teapot = client.get("/rpc/teapot", if_none_match="*").expect(418)
    assert teapot.etag is None
    client.get("/rpc/setting?name=request.method", if_match='"x"').expect(412)
    assert client.post("/rpc/cached", {"n": 1}).expect(200).etag is None


def test_access_mode(client, database):
    error = client.get("/rpc/writes?name=a1").expect(405)
    assert error.json()["code"] == "25006" and error.get("Allow") == "OPTIONS, POST"
    client.head("/rpc/writes?name=a1").expect(405)
    assert client.get("/rpc/count_calls").expect(405).json()["code"] == "25006"
    assert client.post("/rpc/writes_stable", {"name": "a2"}).expect(405).json()["code"] == "25006"
    client.post("/rpc/writes", {"name": "a3"}).expect(200)
    assert database.one("SELECT count(*) FROM places WHERE name IN ('a1', 'a2', 'a3')") == 1


def test_a_function_runs_once(client):
    first = client.post("/rpc/count_calls", {}).expect(200).json()
    assert client.post("/rpc/count_calls?select=count_calls", {}).expect(200) and True
    assert client.post("/rpc/count_calls", {}, prefer="count=exact").expect(200).json() == first + 2


def test_settings_of_the_function_itself(client):
    assert client.post("/rpc/slow_own", {"seconds": 0}).expect(200).json() == "slept"
    assert client.post("/rpc/slow_own", {"seconds": 30}).expect(504).json()["code"] == "57014"
    assert client.post("/rpc/slow", {"seconds": 0.2}).expect(200).json() == "slept"  # and no other's
    assert client.post("/rpc/isolation", {}).expect(200).json() == "read committed"
    assert client.post("/rpc/isolation_own", {}).expect(200).json() == "serializable"
    assert client.get("/rpc/isolation_own").expect(200).json() == "serializable"
    assert client.get("/rpc/isolation_read").expect(200).json() == "read committed on"


def test_settings_that_come_after_the_start(client, database):
    database.sql("ALTER FUNCTION slow(float8) SET statement_timeout = '40ms'")
    database.sql("NOTIFY midair, 'reload'")

    def times_out():
        return client.post("/rpc/slow", {"seconds": 1}).status == 504

    from midair import eventually
    eventually(times_out)


@pytest.mark.parametrize(
    "label, raised, status, expected",
    [
        ("plain", {"code": "P0001", "message": "no"}, 400,
         {"code": "P0001", "message": "no", "details": None, "hint": None}),
        ("with detail and hint", {"code": "P0001", "message": "no", "detail": "d", "hint": "h"}, 400,
         {"code": "P0001", "message": "no", "details": "d", "hint": "h"}),
        ("a status of one's own", {"code": "PT402", "message": "Pay", "detail": "Quota exceeded", "hint": "Upgrade"}, 402,
         {"code": "PT402", "message": "Pay", "details": "Quota exceeded", "hint": "Upgrade"}),
        ("another status", {"code": "PT418", "message": "Tea"}, 418,
         {"code": "PT418", "message": "Tea", "details": None, "hint": None}),
        ("a status of the server's", {"code": "PT511", "message": "Net"}, 511,
         {"code": "PT511", "message": "Net", "details": None, "hint": None}),
        ("no number", {"code": "PT40A", "message": "Wrong"}, 500,
         {"code": "PT40A", "message": "Wrong", "details": None, "hint": None}),
        ("no status", {"code": "PT999", "message": "Wrong"}, 500,
         {"code": "PT999", "message": "Wrong", "details": None, "hint": None}),
        ("all of it", {"code": "PGRST", "message": '{"code":"123","message":"ABC","details":"DEF","hint":"XYZ"}',
                       "detail": '{"status":404,"headers":{"X-Powered-By":"SQL","ETag":"\\"x\\""}}'}, 404,
         {"code": "123", "message": "ABC", "details": "DEF", "hint": "XYZ"}),
        ("all of it, little said", {"code": "PGRST", "message": '{"code":"123","message":"ABC"}',
                                    "detail": '{"status":332,"status_text":"My","headers":{"X-Powered-By":"SQL"}}'}, 332,
         {"code": "123", "message": "ABC", "details": None, "hint": None}),
    ],
)
def test_errors_that_functions_raise(client, label, raised, status, expected):
    answer = client.post("/rpc/raises", raised).expect(status)
    assert answer.json() == expected, label
    if raised["code"] == "PGRST":
        assert answer.get("X-Powered-By") == "SQL" and answer.etag is None


@pytest.mark.parametrize(
    "label, message, detail",
    [
        ("message is no JSON", "nope", '{"status":404,"headers":{}}'),
        ("message is no object", "[1]", '{"status":404,"headers":{}}'),
        ("no code", '{"message":"a"}', '{"status":404,"headers":{}}'),
        ("no message", '{"code":"1"}', '{"status":404,"headers":{}}'),
        ("no detail", '{"code":"1","message":"a"}', None),
        ("detail is no JSON", '{"code":"1","message":"a"}', "nope"),
        ("no status", '{"code":"1","message":"a"}', '{"headers":{}}'),
        ("no headers", '{"code":"1","message":"a"}', '{"status":404}'),
        ("a status that is none", '{"code":"1","message":"a"}', '{"status":42,"headers":{}}'),
        ("a status of 200", '{"code":"1","message":"a"}', '{"status":200,"headers":{}}'),
        ("a header that is a number", '{"code":"1","message":"a"}', '{"status":404,"headers":{"X-A":1}}'),
    ],
)
def test_errors_that_cannot_be_read(client, label, message, detail):
    raised = {"code": "PGRST", "message": message}
    if detail:
        raised["detail"] = detail
    answer = client.post("/rpc/raises", raised).expect(500)
    assert answer.json()["code"] == "PGRST121", label
    assert answer.get("X-A") is None and answer.get("X-B") is None


def test_headers_of_errors_that_cannot_be_sent_are_left_out(client):
    raised = {"code": "PGRST", "message": '{"code":"1","message":"a"}',
              "detail": r'{"status":404,"headers":{"X-A":"a\r\nX-B: b","X C":"c","X-D\n":"d","Content-Length":"1","X-E":"e"}}'}
    answer = client.post("/rpc/raises", raised).expect(404)
    assert [answer.get(n) for n in ("X-A", "X-B", "X C", "X-D", "X-E")] == [None, None, None, None, "e"]
    assert answer.json()["code"] == "1"


def test_assertions_are_not_the_clients_fault(client):
    assert client.post("/rpc/asserts", {}).expect(500).json()["code"] == "P0004"


def test_problem_documents_of_raised_errors(start, fresh_database):
    fresh_database.sql(FUNCTIONS)
    with start(fresh_database).client() as client:
        problem = client.post("/rpc/raises", {"code": "PT402", "message": "Pay"}).expect(402).json()
        assert (problem["status"], problem["code"], problem["detail"]) == (402, "PT402", "Pay")
        raised = {"code": "PGRST", "message": '{"code":"1","message":"a"}', "detail": '{"status":409,"headers":{}}'}
        problem = client.post("/rpc/raises", raised).expect(409).json()
        assert (problem["status"], problem["code"], problem["detail"]) == (409, "1", "a")


@pytest.mark.parametrize("name, value", [("TimeZone", "Asia/Tokyo"), ("DateStyle", "SQL, DMY"), ("IntervalStyle", "iso_8601")])
def test_what_values_look_like_does_not_outlive_a_request(start, fresh_database, name, value):
    fresh_database.sql("CREATE TABLE looks (id int PRIMARY KEY, at timestamptz, day date, span interval);"
                       "INSERT INTO looks VALUES (1, '2026-01-31 00:00+00', '2026-01-31', '1 day 02:00');"
                       "CREATE FUNCTION meddle(name text, value text) RETURNS text LANGUAGE sql VOLATILE AS 'SELECT set_config(name, value, false)'")
    server = start(fresh_database, settings={"pool_size": 1})
    with server.client() as client:
        before = client.get("/looks/1").expect(200)
        for _ in range(3):
            client.post("/rpc/meddle", {"name": name, "value": value}).expect(200)
            after = client.get("/looks/1").expect(200)
            assert (after.text, after.etag) == (before.text, before.etag)
            assert client.get("/looks").json()[0] == before.json()
