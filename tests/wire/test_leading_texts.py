"""Errors lead on (docs/http.md section 9): what a newcomer gets wrong is answered with what to do instead."""

import re
import signal
import socket
import subprocess

import pytest

import midair as harness
from midair import eventually

SCHEMA = """
CREATE TYPE mood AS ENUM ('calm', 'busy');
CREATE TABLE goods (
    id    integer PRIMARY KEY,
    name  text NOT NULL DEFAULT 'thing',
    code  varchar(5),
    price numeric(8, 2) CHECK (price >= 0),
    count integer NOT NULL DEFAULT 0,
    until date,
    mood  mood,
    sizes integer[]
);
CREATE TABLE good_words (id integer PRIMARY KEY, word text);
CREATE TABLE godos (id integer PRIMARY KEY);
CREATE TABLE locked (id integer PRIMARY KEY, v text);
INSERT INTO goods (id) VALUES (1), (2);
INSERT INTO locked VALUES (1, 'a');
"""


@pytest.fixture(scope="module")
def database(cluster):
    made = harness.create(cluster, SCHEMA)
    made.role = f"reader_{made.name}"
    made.sql(f"CREATE ROLE {made.role} LOGIN; GRANT SELECT, INSERT, UPDATE, DELETE ON goods, good_words, godos TO {made.role}; "
             f"GRANT SELECT ON locked TO {made.role}")
    yield made
    made.close()


@pytest.fixture(scope="module", params=["midair", "postgrest"])
def server(database, request):
    url = database.postgres.url(database.name, user=database.role)
    with harness.Midair(database, url=url, server={"dialect": request.param, "max_body": "2000"},
                        resources={"*": {"if_match": "optional"}}) as running:
        running.dialect = request.param
        yield running


JSON, CSV = None, "text/csv"
VALUES = {
    "a number": ("POST", "/goods", {"id": 5, "price": "dear"}, JSON, 'Column "price".'),
    "beside a text of the same value": ("POST", "/goods", {"id": 5, "name": "dear", "price": "dear"}, JSON, 'Column "price".'),
    "in an array": ("POST", "/goods", [{"id": 5, "price": 1}, {"id": 6, "price": "dear"}], JSON, 'Column "price" of row 2.'),
    "out of range": ("POST", "/goods", [{"id": 5}, {"id": 6}, {"id": 99999999999}], "missing", 'Column "id" of row 3.'),
    "an enum": ("PATCH", "/goods?id=eq.1", {"mood": "sad"}, JSON, 'Column "mood".'),
    "a date": ("PATCH", "/goods?id=eq.1", {"until": "2024-13-01"}, JSON, 'Column "until".'),
    "an element of an array": ("PATCH", "/goods?id=eq.1", {"sizes": [1, "wide"]}, JSON, 'Column "sizes".'),
    "too long": ("POST", "/goods", [{"id": 5, "name": "longer than five"}, {"id": 6, "code": "äöüäöü"}], "missing", 'Column "code" of row 2.'),
    "not too long in characters": ("POST", "/goods", {"id": 5, "code": "toolong", "name": "äöüäö"}, JSON, 'Column "code".'),
    "null": ("POST", "/goods", [{"id": 5, "count": 1}, {"id": 6, "count": None}], JSON, 'Column "count" of row 2.'),
    "null of one row": ("PATCH", "/goods?id=eq.1", {"count": None}, JSON, 'Column "count".'),
    "CSV": ("POST", "/goods", "id,price\n5,1\n6,dear\n", CSV, 'Column "price" in line 3.'),
    "CSV with a line end in quotes": ("POST", "/goods", 'id,name,price\n5,"a\nb",1\n6,c,dear\n', CSV, 'Column "price" in line 4.'),
    "a filter": ("GET", "/goods?id=eq.abc", None, JSON, 'The filter on "id".'),
    "a filter in a list": ("GET", "/goods?name=eq.abc&count=in.(1,abc)", None, JSON, None),
    "a filter in or=": ("GET", "/goods?or=(name.eq.x,count.gt.abc)", None, JSON, 'The filter on "count".'),
    "a filter of a write": ("PATCH", "/goods?count=eq.abc", {"name": "x"}, JSON, 'The filter on "count".'),
    "an item": ("PATCH", "/goods/1", {"price": "dear"}, JSON, 'Column "price".'),
    "PUT": ("PUT", "/goods/1", {"id": 1, "price": "dear"}, JSON, 'Column "price".'),
    "a value that is in nothing sent": ("POST", "/goods", {"id": 5, "price": -1}, JSON, None),
}


@pytest.mark.parametrize("label", VALUES)
def test_a_bad_value_names_where_it_is(client, database, label):
    method, url, body, type, place = VALUES[label]
    more = {"prefer": "missing=default"} if type == "missing" else {}
    error = client.request(method, url, body, type=None if type == "missing" else type, **more).expect(400).json()
    if place:
        assert error["details"] == place
    assert "dear" not in str(error).replace("dearer", "") and "abc" not in error["message"]
    assert database.one("SELECT count(*) FROM goods WHERE id > 2") == 0


def test_the_refused_value_is_not_logged(client, server):
    client.post("/goods", {"id": 5, "price": "sesame"}).expect(400)
    assert "sesame" not in server.log()


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
@pytest.mark.parametrize("body", ['{"id": 7}', ' [{"id": 7}]'])
def test_json_as_a_form_is_told_its_media_type(client, server, method, body):
    form = "application/x-www-form-urlencoded"
    answer = client.request(method, "/goods" if method == "POST" else "/goods/1", body, type=form)
    assert answer.status in (400, 415)
    assert "-H 'Content-Type: application/json'" in answer.json()["hint"] and "--json" in answer.json()["hint"]


HABITS = {"page=2": "offset=", "per_page=5": "limit=", "_limit=5": "limit=", "_start=5": "offset=", "_end=5": "Range",
          "sort=price": "order=", "order_by=price": "order=", "q=x": "column=operator.value", "fields=id": "select=",
          "embed=x": "select=", "city=Gent": "city=eq.Gent", "name=a b": "id=eq.17", "name=": "eq"}


@pytest.mark.parametrize("query", HABITS)
def test_parameters_of_other_languages(client, query):
    error = client.get("/goods?" + query.replace(" ", "%20")).expect(400).json()
    assert error["code"] == "PGRST100" and HABITS[query] in error["hint"]


def test_an_operator_that_has_an_argument_keeps_its_own_error(client):
    assert "city=eq" not in str(client.get("/goods?id=fts(0).5").expect(400).json())


def test_unknown_tables(client, server):
    error = client.get("/godds").expect(404).json()
    assert error["hint"].startswith("Perhaps you meant the table 'public.godos' or 'public.goods'")
    assert ("NOTIFY midair, 'reload'" in error["hint"]) == (server.dialect == "midair")
    hint = client.get("/brandnew").expect(404).json()["hint"]
    assert hint is None if server.dialect == "postgrest" else hint.startswith("If the table is new")


@pytest.mark.parametrize("method, url", [("POST", "/locked"), ("PATCH", "/locked?id=eq.1"), ("PATCH", "/locked/1"),
                                         ("PUT", "/locked/1"), ("DELETE", "/locked/1"), ("DELETE", "/locked?id=eq.1")])
def test_a_missing_privilege_is_403(client, server, method, url):
    error = client.request(method, url, {"id": 1} if method[0] == "P" else None, if_match="*" if method != "POST" else None)
    error = error.expect(403).json()
    assert (error["code"], error["message"]) == ("42501", "permission denied for table locked")
    if server.dialect == "midair":
        assert {"POST": "INSERT", "PATCH": "UPDATE", "PUT": "INSERT and UPDATE", "DELETE": "DELETE"}[method] in error["hint"]
    assert "POST" not in client.options(url).get("Allow")


def test_a_method_that_no_privilege_gives_is_405(client):
    client.post("/goods/1", {}).expect(405)


def test_413_names_the_setting(client):
    assert "max_body" in client.post("/goods", {"id": 5, "name": "x" * 3000}).expect(413).json()["hint"]


def test_csv_errors_are_called_csv_errors(client, server):
    for text, line in (("id,name\n5,a,b\n", 2), ('id,name\n5,"a\n', 2), ("id,name\n5,a\n6\n", 3), ('id,name\n5,a"b\n', 2)):
        error = client.post("/goods", text, type="text/csv").expect(400).json()
        assert error["details"] == f"Line {line}." and error["code"] == "PGRST102"
        if server.dialect == "midair":
            assert error["type"].endswith(":bad-csv") and error["title"] == "The content is not acceptable CSV"


def test_update_operators_name_their_media_type(client):
    for method, url in (("PATCH", "/goods/1"), ("PATCH", "/goods?id=eq.1"), ("POST", "/goods")):
        error = client.request(method, url, {"$inc": {"count": 1}}).expect(400).json()
        assert "application/vnd.midair.update+json" in error["hint"]
    assert client.patch("/goods/1", {"$count": 1}).expect(400).json()["hint"] is None


def test_put_without_a_condition_names_both(database, start):
    server = start(database, resources={"*": {"if_match": "required"}})
    with server.client() as client:
        hint = client.put("/goods/77", {"id": 77}).problem(428)["hint"]
        assert "If-None-Match: *" in hint and "If-Match" in hint
        assert "If-None-Match" not in client.patch("/goods/1", {"name": "x"}).problem(428)["hint"]


# ---- the command line ----


def failed(*arguments, **run):
    done = harness.midair_command(*arguments, check=False, **run)
    assert done.returncode != 0
    return done.stderr


def test_settings_in_quotes(tmp_path):
    file = tmp_path / "midair.ini"
    file.write_text('[server]\nlisten = "127.0.0.1:8080"\naccess_log = \'on\'\n[database]\nschemas = "public"\n'
                    '[resource *]\ncache_control = "odd but possible"\n')
    lines = failed("check", "--config", str(file)).splitlines()
    assert len(lines) == 4 and all("is in quotes; values are written without them" in line for line in lines[:3])


@pytest.mark.parametrize("front", ["civetweb", "loop"])
def test_localhost(database, start, front):
    port = harness.environment.free_port()
    server = start(database, server={"listen": f"localhost:{port}", "front": front}, wait=False)
    server.port = port
    eventually(server.is_ready)


def occupied(database, address, front):
    done = subprocess.run([harness.binary(), "serve", "--database", database.url, "--listen", address],
                          env=harness.clean_environment(MIDAIR_SERVER_FRONT=front), stderr=subprocess.PIPE, text=True, timeout=60)
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("front", ["civetweb", "loop"])
def test_an_occupied_port_is_one_line(database, front):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        text = occupied(database, address, front)
    assert text.count("\n") == 1 and f"cannot listen on {address}: Address already in use" in text


def test_embedded_and_database(database, tmp_path):
    text = failed("serve", "--embedded", str(tmp_path / "pg"), "--database", database.url)
    assert "--embedded" in text and "--database" in text and not (tmp_path / "pg").exists()


def test_nothing_to_serve_says_why(database, create, start):
    empty = start(create(""))
    assert re.search(r'level=warn event=no_resources msg="nothing is served: .*no table or view in the schemas public', empty.log())
    made = create("CREATE TABLE t (id int PRIMARY KEY)")
    made.sql(f"CREATE ROLE bare_{made.name} LOGIN")
    bare = start(made, url=made.postgres.url(made.name, user=f"bare_{made.name}"))
    assert re.search(r'level=warn event=no_resources msg="nothing is served: the role .* has no privileges', bare.log())
    assert "no_resources" not in start(database).log()


# ---- stamp tells midair ----


@pytest.mark.parametrize("channel", ["midair", "other-one"])
def test_stamp_reloads_midair(create, start, channel):
    made = create("CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
    server = start(made, settings={"channel": channel})
    with server.client() as client:
        assert "version" not in client.get("/t/1").expect(200).json()
        harness.midair_command("stamp", "--config", server.config_path, "t")
        eventually(lambda: "version" in client.get("/t/1").expect(200).json())


def test_watch_ddl(create, start):
    made = create("CREATE TABLE t (id int PRIMARY KEY)")
    server = start(made)
    stamp = ("stamp", "--database", made.url, "--watch-ddl")
    assert "CREATE EVENT TRIGGER midair_watch_ddl" in harness.midair_command(*stamp, "--dry-run").stdout
    assert made.one("SELECT count(*) FROM pg_event_trigger") == 0
    assert harness.midair_command(*stamp).stdout == "DDL: midair is told from now on\n"
    assert harness.midair_command(*stamp).stdout == "DDL: midair is told already\n"
    with server.client() as client:
        for change, url, status in (("CREATE TABLE u (id int PRIMARY KEY)", "/u", 200),
                                    ("ALTER TABLE u ADD v text", "/u?v=is.null", 200), ("DROP TABLE u", "/u", 404)):
            made.sql(change)
            eventually(lambda: client.get(url).status == status)
        assert harness.midair_command("unstamp", "--database", made.url, "--watch-ddl").stdout == "DDL: midair is told no more\n"
        assert made.one("SELECT count(*) FROM pg_event_trigger") == 0
        assert made.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'midair_triggers'") == 0
        assert harness.midair_command("unstamp", "--database", made.url, "--watch-ddl").stdout == "DDL: midair is not told\n"


def test_temporary_tables_tell_nothing(create, start):
    made = create("CREATE TABLE t (id int PRIMARY KEY)")
    harness.midair_command("stamp", "--database", made.url, "--watch-ddl")
    server = start(made)
    made.sql("CREATE TEMP TABLE x (id int)")
    made.sql("CREATE TABLE after (id int PRIMARY KEY)")
    with server.client() as client:
        eventually(lambda: client.get("/after").status == 200)
    assert server.log().count("event=reloaded") == 1


def test_watch_ddl_without_the_right_to_it(create):
    made = create("")
    made.sql(f"CREATE ROLE plain_{made.name} LOGIN; GRANT CREATE ON DATABASE {made.name} TO plain_{made.name}")
    text = failed("stamp", "--database", made.postgres.url(made.name, user=f"plain_{made.name}"), "--watch-ddl")
    assert "superuser" in text
    assert made.one("SELECT count(*) FROM pg_namespace WHERE nspname = 'midair_triggers'") == 0
