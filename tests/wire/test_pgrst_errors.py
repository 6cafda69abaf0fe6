"""PostgREST's "Errors": codes, statuses, messages, details and hints; RAISE that chooses the answer; Proxy-Status."""

import contextlib
import json
import threading

import pytest

import midair as harness
import tables
from midair import SHOP

OBJECT = "application/vnd.pgrst.object+json"

# raise_state(text) raises that SQLSTATE; raise_full(message, detail) the SQLSTATE that brings its own answer.
SQL = r"""
CREATE FUNCTION raise_state(state text) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'a message' USING ERRCODE = state, DETAIL = 'a detail', HINT = 'a hint'; END $$;
CREATE FUNCTION raise_full(message text, detail text DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN IF detail IS NULL THEN RAISE SQLSTATE 'PGRST' USING MESSAGE = message;
             ELSE RAISE SQLSTATE 'PGRST' USING MESSAGE = message, DETAIL = detail; END IF; END $$;
CREATE FUNCTION plain_raise() RETURNS void LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'plain' USING DETAIL = 'more', HINT = 'help'; END $$;
CREATE FUNCTION takes(alpha integer, beta integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT alpha + beta';
CREATE FUNCTION twice(a integer) RETURNS integer LANGUAGE sql STABLE AS 'SELECT a';
CREATE FUNCTION twice(a text) RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION quiet_write() RETURNS void LANGUAGE sql STABLE AS 'SELECT 1';
CREATE VIEW crowded AS SELECT (SELECT id FROM customers) AS id;
CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE SQLSTATE 'PGRST' USING MESSAGE = '{"code": "G1", "message": "guarded"}',
             DETAIL = '{"status": 200, "headers": {}}'; END $$;
-- It waits without waiting for a lock, which has a limit of its own.
CREATE FUNCTION wait_for_it() RETURNS void LANGUAGE plpgsql AS
    'BEGIN WHILE NOT pg_try_advisory_xact_lock(7) LOOP PERFORM pg_sleep(0.01); END LOOP; END';
CREATE TABLE guarded (id integer PRIMARY KEY, n integer);
INSERT INTO guarded VALUES (1, 0);
CREATE TRIGGER guard BEFORE UPDATE ON guarded FOR EACH ROW EXECUTE FUNCTION guard();
"""


database = tables.database(SQL, like=SHOP)


@pytest.fixture(scope="module")
def config():
    return {"server": {"dialect": "postgrest", "cors_origins": "https://app.example", "aggregates": "off"}}


@pytest.fixture(scope="module")
def plain(database):
    """Without the dialect."""
    with harness.Midair(database) as running:
        yield running.client()


RPC = "Could not find the function public."


# label, method, target, body, fields, status, code, message, details, hint; "..." matches anything.
CODES = [
    ("a filter without operator", "GET", "/orders?id=1", None, {}, 400, "PGRST100", ..., ..., ...),
    ("an order that is none", "GET", "/orders?order=id.up", None, {}, 400, "PGRST100", ..., ..., ...),
    ("PUT of a function", "PUT", "/rpc/takes", {}, {}, 405, "PGRST101", "Cannot use the PUT method on RPC", None, None),
    ("DELETE of a function", "DELETE", "/rpc/takes", None, {}, 405, "PGRST101", "Cannot use the DELETE method on RPC", None, None),
    ("broken JSON", "POST", "/orders", "{", {}, 400, "PGRST102", "Empty or invalid json", ..., None),
    ("no content", "POST", "/orders", "", {}, 400, "PGRST102", "Empty or invalid json", ..., None),
    ("rows of several shapes", "POST", "/orders", '[{"note": "a"}, {"total": 1}]', {}, 400, "PGRST102",
     "All object keys must match", None, None),
    ("lines of several lengths", "POST", "/orders", "note,total\na", {"type": "text/csv"}, 400, "PGRST102",
     "All lines must have same number of fields", "Line 2.", None),
    ("content of an unknown type", "POST", "/orders", "x", {"type": "text/unknown"}, 415, "PGRST102",
     "Content-Type not acceptable: text/unknown", None, None),
    ("a range behind the rows", "GET", "/orders?offset=9999", None, {"prefer": "count=exact"}, 416, "PGRST103",
     "Requested range not satisfiable", "An offset of 9999 was requested, but there are only 60 rows.", None),
    ("a range that ends before it begins", "GET", "/orders", None, {"range": "5-2", "range_unit": "items"}, 416, "PGRST103",
     "Requested range not satisfiable", ..., None),
    ("PUT with another filter", "PUT", "/orders?id=gt.1", {"id": 1}, {}, 405, "PGRST105",
     "Filters must include all and only primary key columns with 'eq' operators", None, None),
    ("PUT with one filter more", "PUT", "/orders?id=eq.1&note=eq.a", {"id": 1}, {}, 405, "PGRST105",
     "Filters must include all and only primary key columns with 'eq' operators", None, None),
    ("a media type that is not offered", "GET", "/orders", None, {"accept": "image/png"}, 406, "PGRST107",
     "None of these media types are available: image/png", None, None),
    ("a filter of what is not embedded", "GET", "/orders?items.id=eq.1", None, {}, 400, "PGRST108",
     "'items' is not an embedded resource in this request", None, "Verify that 'items' is included in the 'select' query parameter."),
    ("PUT with limit", "PUT", "/orders?id=eq.1&limit=1", {"id": 1}, {}, 400, "PGRST114",
     "limit/offset querystring parameters are not allowed for PUT", None, None),
    ("PUT with offset", "PUT", "/orders?id=eq.1&offset=1", {"id": 1}, {}, 400, "PGRST114",
     "limit/offset querystring parameters are not allowed for PUT", None, None),
    ("PUT of another key", "PUT", "/orders?id=eq.1", {"id": 2}, {}, 400, "PGRST115",
     "Payload values do not match URL in primary key column(s)", ..., None),
    ("one object of many", "GET", "/orders", None, {"accept": OBJECT}, 406, "PGRST116",
     "Cannot coerce the result to a single JSON object", "The result contains 60 rows", None),
    ("one object of none", "GET", "/orders?id=eq.0", None, {"accept": OBJECT}, 406, "PGRST116",
     "Cannot coerce the result to a single JSON object", "The result contains 0 rows", None),
    ("a method that nobody knows", "BREW", "/orders", None, {}, 405, "PGRST117", "Unsupported HTTP method: BREW", None, None),
    ("TRACE", "TRACE", "/orders", None, {}, 405, "PGRST117", "Unsupported HTTP method: TRACE", None, None),
    ("a method that the root has not", "DELETE", "/", None, {}, 405, "PGRST117", "Unsupported HTTP method: DELETE", None, None),
    ("an order by many related rows", "GET", "/orders?select=*,items(*)&order=items(id)", None, {}, 400, "PGRST118",
     "A related order on 'items' is not possible",
     "'orders' and 'items' do not form a many-to-one or one-to-one relationship", None),
    ("preferences that are not known", "GET", "/orders", None, {"prefer": "handling=strict, nope=1"}, 400, "PGRST122",
     "Invalid preferences given with handling=strict", "Invalid preferences: nope=1", None),
    ("aggregates that are off", "GET", "/orders?select=count()", None, {}, 400, "PGRST123",
     "Use of aggregate functions is not allowed", None, None),
    ("more rows than are allowed", "PATCH", "/orders", {"note": "x"}, {"prefer": "handling=strict, max-affected=1"}, 400,
     "PGRST124", "Query result exceeds max-affected preference constraint", ..., None),
    ("a path of several names", "GET", "/nope/nested/paths", None, {}, 404, "PGRST125",
     "Invalid path specified in request URL", ..., None),
    ("a path below rpc", "GET", "/rpc/takes/x", None, {}, 404, "PGRST125", "Invalid path specified in request URL", ..., None),
    ("a bad escape", "GET", "/%zz", None, {}, 400, "PGRST125", "Invalid path specified in request URL", ..., None),
    ("no such relationship", "GET", "/orders?select=nope(*)", None, {}, 400, "PGRST200",
     "Could not find a relationship between 'orders' and 'nope' in the schema cache",
     "Searched for a foreign key relationship between 'orders' and 'nope' in the schema 'public', but no matches were found.", None),
    ("none with the hint", "GET", "/orders?select=items!nope(*)", None, {}, 400, "PGRST200", ...,
     "Searched for a foreign key relationship between 'orders' and 'items' using the hint 'nope' in the schema 'public', but no "
     "matches were found.", None),
    ("a relationship nearby", "GET", "/orders?select=item(*)", None, {}, 400, "PGRST200", ..., ...,
     "Perhaps you meant 'items' instead of 'item'."),
    ("no such function", "GET", "/rpc/nope", None, {}, 404, "PGRST202", RPC + "nope without parameters in the schema cache", ..., None),
    ("a function nearby", "GET", "/rpc/takess?alpha=1&beta=2", None, {}, 404, "PGRST202",
     RPC + "takess(alpha, beta) in the schema cache", ..., "Perhaps you meant to call the function public.takes"),
    ("a parameter that is none", "GET", "/rpc/takes?alpha=1&bet=2", None, {}, 404, "PGRST202", RPC +
     "takes(alpha, bet) in the schema cache", ..., "Perhaps you meant to call the function public.takes(alpha, beta)"),
    ("two functions fit", "GET", "/rpc/twice?a=1", None, {}, 300, "PGRST203",
     "Could not choose the best candidate function between: public.twice(a => integer), public.twice(a => text)", None, ...),
    ("a column of columns= that is none", "POST", "/orders?columns=nope", {"note": "a"}, {}, 400, "PGRST204",
     "Could not find the 'nope' column of 'orders' in the schema cache", None, None),
    ("a column of the content that is none", "POST", "/orders", {"nope": 1}, {}, 400, "PGRST204",
     "Could not find the 'nope' column of 'orders' in the schema cache", None, None),
    ("a column of an update that is none", "PATCH", "/orders?id=eq.1", '{"$inc": {"nope": 1}}',
     {"type": "application/vnd.midair.update+json", "if_match": "*"}, 400, "PGRST204",
     "Could not find the 'nope' column of 'orders' in the schema cache", None, None),
    ("a column of a merge that is none", "PATCH", "/orders?id=eq.1", '{"nope": 1}',
     {"type": "application/merge-patch+json", "if_match": "*"}, 400, "PGRST204",
     "Could not find the 'nope' column of 'orders' in the schema cache", None, None),
    ("no such table", "GET", "/xyz", None, {}, 404, "PGRST205", "Could not find the table 'public.xyz' in the schema cache", None, None),
    ("a table nearby", "GET", "/ordres", None, {}, 404, "PGRST205",
     "Could not find the table 'public.ordres' in the schema cache", None, "Perhaps you meant the table 'public.orders'"),
    ("the same with a write", "DELETE", "/order?id=eq.0", None, {}, 404, "PGRST205",
     "Could not find the table 'public.order' in the schema cache", None, "Perhaps you meant the table 'public.orders'"),
    ("a name of two letters far from all", "GET", "/zq", None, {}, 404, "PGRST205", ..., None, None),
    ("a long name", "GET", "/" + "o" * 200, None, {}, 404, "PGRST205", ..., None, None),
    ("a column that is none", "GET", "/orders?select=nope", None, {}, 400, "42703", "column orders.nope does not exist", None, ...),
    ("a value that is none", "GET", "/orders?id=eq.x", None, {}, 400, "22P02", ..., 'The filter on "id".', None),
    ("a key twice", "POST", "/customers", {"name": "x", "email": "c1@example.org"}, {}, 409, "23505", ..., "Key (email) already exists.", None),
    ("a parent that is not there", "POST", "/items", {"order_id": 0}, {}, 409, "23503", ..., ..., None),
    ("a subquery of several rows", "GET", "/crowded", None, {}, 500, "21000", ..., None, None),
    ("a plain RAISE", "POST", "/rpc/plain_raise", {}, {}, 400, "P0001", "plain", "more", "help"),
]


@pytest.mark.parametrize("label, method, target, body, fields, status, code, message, details, hint", CODES, ids=[c[0] for c in CODES])
def test_each_code(client, label, method, target, body, fields, status, code, message, details, hint):
    answer = client.request(method, target, body, **fields).expect(status)
    error = answer.json()
    assert set(error) == {"code", "message", "details", "hint"} and answer.get("Content-Type") == "application/json; charset=utf-8"
    assert error["code"] == code and error["message"], label
    for name, expected in (("message", message), ("details", details), ("hint", hint)):
        assert expected is ... or error[name] == expected, (label, name, error)
    assert answer.get("Proxy-Status") == f"PostgREST; error={code}", label
    assert (answer.get("Allow") is not None) == (status == 405), label
    assert "c1@example.org" not in answer.text


# Where midair's own defaults differ.
OTHERWISE = {"rows of several shapes": 201, "PUT of another key": 428, "a method that nobody knows": 501, "TRACE": 501,
             "aggregates that are off": 200, "more rows than are allowed": 428}


@pytest.mark.parametrize("label, method, target, body, fields, status, code", [row[:7] for row in CODES], ids=[c[0] for c in CODES])
def test_the_same_as_problem_documents(plain, label, method, target, body, fields, status, code):
    """Same requests without the dialect: a type of its own, what went wrong in words, no Proxy-Status."""
    answer = plain.request(method, target, body, **fields)
    assert answer.status == OTHERWISE.get(label, status), (label, answer)
    assert answer.get("Proxy-Status") is None
    if answer.status >= 300:
        problem = answer.problem(answer.status)
        assert problem["type"].startswith("urn:midair:problem:") and problem["message"] == problem["detail"], label


STATES = [
    ("connection", "08003", 503), ("triggered action", "09000", 500), ("not supported", "0A000", 400), ("invalid grantor", "0L000", 403),
    ("invalid role", "0P000", 403), ("cardinality", "21000", 500), ("data", "22012", 400), ("foreign key", "23503", 409),
    ("unique", "23505", 409), ("not null", "23502", 400), ("read-only transaction", "25006", 405), ("transaction state", "25001", 500),
    ("invalid authorization", "28000", 403), ("transaction termination", "2D000", 500), ("external routine", "38000", 500),
    ("external invocation", "39000", 500), ("savepoint", "3B000", 500), ("schema", "3F000", 400), ("rollback", "40002", 500),
    ("undefined function", "42883", 404), ("undefined table", "42P01", 404), ("recursion", "42P17", 500), ("privilege", "42501", 403),
    ("check option", "44000", 400), ("resources", "53100", 503), ("configuration limit", "53400", 500), ("too complex", "54001", 500),
    ("prerequisite state", "55000", 500), ("operator", "57000", 500), ("system", "58000", 500), ("configuration file", "F0000", 500),
    ("foreign data", "HV000", 500), ("raise", "P0001", 400), ("no data", "P0002", 500), ("internal", "XX000", 500),
    ("one of the application's own", "MY001", 400), ("one that no class has", "ZZZZZ", 400),
    ("status 402", "PT402", 402), ("status 404", "PT404", 404), ("status 418", "PT418", 418), ("status 451", "PT451", 451),
    ("status 503", "PT503", 503), ("status 599", "PT599", 599), ("status 600", "PT600", 500), ("status 300", "PT300", 300),
    ("status 299", "PT299", 500), ("status 200", "PT200", 500), ("status 204", "PT204", 500), ("status 100", "PT100", 500),
    ("status 304", "PT304", 500), ("letters", "PT40A", 500), ("zeros", "PT000", 500),
]


@pytest.mark.parametrize("label, state, status", STATES, ids=[s[0] for s in STATES])
def test_sqlstate_to_status(client, label, state, status):
    answer = client.post("/rpc/raise_state", {"state": state}).expect(status)
    error = answer.json()
    assert error["code"] == state and answer.get("Proxy-Status") == f"PostgREST; error={state}", label
    if state.startswith("PT") or status < 500:
        assert (error["message"], error["hint"]) == ("a message", "a hint"), label
    if state.startswith(("PT", "MY", "P0001")):
        assert error["details"] == "a detail", label
    if status >= 500 and not state.startswith("PT"):
        assert "a message" not in answer.text, label


def raised(client, message, detail=None):
    arguments = {"message": message if isinstance(message, str) else json.dumps(message)}
    if detail is not None:
        arguments["detail"] = detail if isinstance(detail, str) else json.dumps(detail)
    return client.post("/rpc/raise_full", arguments, origin="https://app.example")


FULL = {"code": "123", "message": "Payment Required", "details": "Quota exceeded", "hint": "Upgrade your plan"}


def test_a_full_raise_chooses_status_fields_and_body(client, plain):
    detail = {"status": 402, "status_text": "Pay", "headers": {"X-Powered-By": "Nerd Rage", "Retry-After": "7", "x-lower": " a "}}
    answer = raised(client, FULL, detail).expect(402)
    assert answer.json() == FULL and answer.get("Proxy-Status") == "PostgREST; error=123"
    assert (answer.get("X-Powered-By"), answer.get("Retry-After"), answer.get("X-Lower")) == ("Nerd Rage", "7", "a")
    answer = raised(client, {"code": "1", "message": "m"}, {"status": 419, "headers": {}}).expect(419)
    assert answer.json() == {"code": "1", "message": "m", "details": None, "hint": None}
    problem = raised(plain, FULL, detail).problem(402)
    assert problem["status"] == 402 and problem["detail"] == FULL["message"] and problem["code"] == "123"


@pytest.mark.parametrize(
    "label, name, value",
    [
        ("the tag", "ETag", '"1.2.3"'), ("the date of change", "Last-Modified", "Mon, 01 Jan 2024 00:00:00 GMT"),
        ("the length", "Content-Length", "3"), ("the length in another case", "content-LENGTH", "3"), ("the type", "Content-Type", "text/html"),
        ("the coding", "Content-Encoding", "gzip"), ("the framing", "Transfer-Encoding", "chunked"), ("the connection", "Connection", "close"),
        ("a hop by hop field", "Keep-Alive", "timeout=5"), ("an upgrade", "Upgrade", "h2c"), ("the date", "Date", "x"), ("trailers", "Trailer", "X"),
        ("who may read", "Access-Control-Allow-Origin", "*"), ("with credentials", "Access-Control-Allow-Credentials", "true"),
        ("what caches look at", "Vary", "*"), ("the methods", "Allow", "BREW"), ("the id", "X-Request-Id", "forged"),
        ("the schema", "Content-Profile", "other"), ("the error", "Proxy-Status", "x; error=y"),
        ("a line break", "X-Split", "a\r\nX-Injected: b"), ("a line feed", "X-Split", "a\nX-Injected: b"), ("a null in a way", "X-Split", "a\x7fb"),
        ("a name with a colon", "X-Split:x", "b"), ("a name with a break", "X-Split\r\nX-Injected", "b"), ("an empty name", "", "b"),
        ("a name with a space", "X Split", "b"), ("a name of another script", "X-ن", "b"),
    ],
)
def test_fields_that_a_raise_cannot_set(client, label, name, value):
    answer = raised(client, FULL, {"status": 400, "headers": {name: value, "X-Kept": "yes"}}).expect(400)
    assert answer.json() == FULL and answer.get("X-Kept") == "yes", label
    assert answer.get("X-Injected") is None and answer.get("X-Split") is None, label
    assert value not in answer.all(name) and answer.get("ETag") is None and answer.get("Last-Modified") is None, label
    assert answer.get("Access-Control-Allow-Origin") == "https://app.example" and answer.type == "application/json"
    client.get("/orders?limit=1").expect(200)


MESSAGE_HINT = ("MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'.")
DETAIL_HINT = ("DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'.")
FITS = {"status": 400, "headers": {}}


@pytest.mark.parametrize(
    "label, message, detail",
    [
        ("no JSON", "nope", FITS), ("no object", "[1]", FITS), ("no code", {"message": "m"}, FITS), ("no message", {"code": "c"}, FITS),
        ("a code that is a number", {"code": 1, "message": "m"}, FITS), ("a hint that is a number", {"code": "1", "message": "m", "hint": 1}, FITS),
        ("a name twice", '{"code": "1", "code": "2", "message": "m"}', FITS), ("nothing", "", FITS), ("deep", "[" * 100 + "]" * 100, FITS),
        ("no detail", FULL, None), ("a detail that is no JSON", FULL, "nope"), ("a detail that is no object", FULL, "17"),
        ("no status", FULL, {"headers": {}}), ("no headers", FULL, {"status": 400}), ("a status that is text", FULL, {"status": "400", "headers": {}}),
        ("a status with a fraction", FULL, {"status": 400.5, "headers": {}}), ("headers that are a list", FULL, {"status": 400, "headers": []}),
        ("a header that is a number", FULL, {"status": 400, "headers": {"X-A": 1}}),
        ("a header that is a list", FULL, {"status": 400, "headers": {"X-A": ["a"]}}),
        ("the status of success", FULL, {"status": 200, "headers": {}}), ("no content", FULL, {"status": 204, "headers": {}}),
        ("an interim status", FULL, {"status": 100, "headers": {}}), ("not modified", FULL, {"status": 304, "headers": {}}),
        ("below all", FULL, {"status": -1, "headers": {}}), ("above all", FULL, {"status": 600, "headers": {}}),
        ("a huge status", FULL, '{"status": 1e300, "headers": {}}'), ("a text that is a number", FULL, {**FITS, "status_text": 1}),
    ],
)
def test_a_raise_that_cannot_be_read_is_500(client, label, message, detail):
    answer = raised(client, message, detail).expect(500)
    error = answer.json()
    assert error["code"] == "PGRST121" and answer.get("Proxy-Status") == "PostgREST; error=PGRST121", label
    assert error["message"] == "Could not parse JSON in the \"RAISE SQLSTATE 'PGRST'\" error"
    assert error["hint"] == (MESSAGE_HINT if detail is FITS and message is not FULL else DETAIL_HINT), label
    assert error["details"] == "DETAIL is missing in the RAISE statement" if detail is None else error["details"]


@pytest.mark.parametrize("status", [300, 399, 400, 599])
def test_statuses_at_the_limits(client, status):
    assert raised(client, FULL, {"status": status, "headers": {"Location": "/orders"}}).expect(status).json() == FULL


def test_a_code_that_is_no_token_is_not_in_proxy_status(client):
    answer = raised(client, {"code": "a b\r\nX: y", "message": "m"}, FITS).expect(400)
    assert answer.json()["code"] == "a b\r\nX: y" and answer.get("Proxy-Status") is None


def test_a_raise_never_makes_a_lost_write_look_done(client, database):
    client.patch("/guarded?id=eq.1", {"n": 1}).expect(500)
    assert database.row("guarded", id=1)["n"] == 0


def test_errors_before_routing_are_of_the_dialect_too(server):
    with server.raw() as raw:
        raw.send(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
        answer = raw.response()
    assert answer.status == 400 and set(answer.json()) == {"code", "message", "details", "hint"}


@pytest.mark.parametrize(
    "label, target, allow",
    [
        ("a table", "/orders", "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"), ("a view that PostgreSQL cannot update", "/crowded", "OPTIONS,GET,HEAD"),
        ("a function that may write", "/rpc/plain_raise", "OPTIONS,POST"), ("a stable one", "/rpc/takes", "OPTIONS,GET,HEAD,POST"),
        ("one with overloads", "/rpc/twice", "OPTIONS,GET,HEAD,POST"), ("the root", "/", "OPTIONS,GET,HEAD"),
    ],
)
def test_options_says_what_can_be_done(client, plain, label, target, allow):
    answer = client.options(target).expect(200)
    assert answer.get("Allow") == allow and answer.body == b"", label
    other = plain.options(target).expect(204)
    assert set(other.members("Allow")) == set(allow.lower().split(",")), label


@pytest.mark.parametrize("target, code", [("/nope", "PGRST205"), ("/rpc/nope", "PGRST202"), ("/nope/a/b", "PGRST125")])
def test_options_of_what_is_not_there(client, target, code):
    assert client.options(target).expect(404).json()["code"] == code


def test_a_preflight_allows_what_clients_of_the_family_send(client, plain):
    fields = {"origin": "https://app.example", "access_control_request_method": "GET",
              "access_control_request_headers": "apikey,X-Client-Info, bad name, Prefer"}
    answer = client.options("/rpc/plain_raise", **fields).expect(200)
    allowed = answer.members("Access-Control-Allow-Headers")
    assert {"apikey", "x-client-info", "prefer", "authorization", "if-match"} <= set(allowed) and "bad name" not in allowed
    assert allowed.count("prefer") == 1 and "get" in answer.members("Access-Control-Allow-Methods")
    answer = plain.options("/rpc/plain_raise", **fields).expect(204)
    assert answer.get("Access-Control-Allow-Headers") is None


CONNECTION = [
    ("PGRST000", "Database connection error. Retrying the connection."),
    ("PGRST002", "Could not query the database for the schema cache. Retrying."),
    ("PGRST003", "Timed out acquiring connection from connection pool."),
    ("57014", "canceling statement due to statement timeout"),
]


def expect_words(answer, status, code):
    error = answer.expect(status).json()
    assert (error["code"], error["message"]) == (code, dict(CONNECTION)[code]), error
    assert answer.get("Proxy-Status") == f"PostgREST; error={code}"
    assert status != 503 or int(answer.get("Retry-After")) >= 1


def test_the_database_cannot_be_reached(cluster, fresh_database, start):
    server = start(fresh_database, server={"dialect": "postgrest"})
    server.client().get("/orders").expect(200)
    fresh_database.close()
    with contextlib.closing(cluster.connect()) as other, other.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{fresh_database.name}" ALLOW_CONNECTIONS false')
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [fresh_database.name])
        try:
            harness.eventually(lambda: server.client().get("/orders").status == 503)
            expect_words(server.client().get("/orders"), 503, "PGRST000")
        finally:
            cursor.execute(f'ALTER DATABASE "{fresh_database.name}" ALLOW_CONNECTIONS true')


def test_the_database_was_not_read_yet(database, start, tmp_path):
    server = start(database, server={"dialect": "postgrest"}, url=f"host={tmp_path} dbname=none", wait=False)
    harness.eventually(lambda: server.client().get("/_live").status == 200)
    for target in ("/orders", "/", "/rpc/takes"):
        expect_words(server.client().get(target), 503, "PGRST002")


WAITING = """SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND query LIKE '%wait_for_it%' AND pid <> pg_backend_pid()"""


def held(database, server, call):
    """Runs `call` while a request of the server is busy in the database until the lock is released here."""
    with contextlib.closing(database.connect()) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(7)")
        answers = []
        waiter = threading.Thread(target=lambda: answers.append(server.client().post("/rpc/wait_for_it", {})))
        waiter.start()
        harness.eventually(lambda: database.one(WAITING))
        call()
        cursor.execute("SELECT pg_advisory_unlock(7)")
        waiter.join(harness.LIMIT)
    return answers[0]


@pytest.mark.concurrent
def test_no_connection_becomes_free(database, start):
    server = start(database, server={"dialect": "postgrest"}, settings={"pool_size": 1, "pool_timeout": "100ms"})
    answer = held(database, server, lambda: expect_words(server.client().post("/rpc/wait_for_it", {}), 503, "PGRST003"))
    answer.expect(200, 204)


@pytest.mark.concurrent
def test_the_statement_takes_too_long(database, start):
    server = start(database, server={"dialect": "postgrest"}, settings={"statement_timeout": "300ms"})
    expect_words(held(database, server, lambda: harness.eventually(
        lambda: not database.one(WAITING))), 504, "57014")


def test_a_function_that_fails_is_logged_under_the_step_that_failed(server, client):
    rows = [("execute", lambda: client.post("/rpc/raise_state", {"state": "XX000"}).expect(500)),
            ("execute", lambda: client.get("/crowded").expect(500))]
    for step, fails in rows:
        before = len(server.log())
        fails()
        lines = [line for line in server.log()[before:].splitlines() if "event=request_failed" in line]
        assert len(lines) == 1 and f" step={step} " in lines[0], lines
