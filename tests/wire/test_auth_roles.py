"""[auth]: each request runs as its role, with the settings of the request, on whichever connection and beside whichever other
requests (PostgREST's "User Impersonation" and "Transaction-Scoped Settings")."""

import json
import os
import random

import pytest

import midair as harness
import tokens
from tokens import bearer

# Rows that only their owner sees and changes; `mine` is read and written on shared connections.
MINE = """
CREATE TABLE mine (id int PRIMARY KEY, owner text, hits int NOT NULL DEFAULT 0);
CREATE TABLE shared (id int PRIMARY KEY, by_role text, by_sub text);
CREATE FUNCTION claim() RETURNS text LANGUAGE sql STABLE
    AS $$ SELECT current_setting('request.jwt.claims', true)::json ->> 'sub' $$;
ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON mine USING (owner = claim());
INSERT INTO mine SELECT n, 'user' || n FROM generate_series(1, 20) AS n;
INSERT INTO shared SELECT n FROM generate_series(1, 20) AS n;
GRANT SELECT, UPDATE ON mine, shared TO reader, writer;
CREATE TABLE places (id int PRIMARY KEY, note text);
INSERT INTO places VALUES (1, 'a');
CREATE FUNCTION reply() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    IF new.note LIKE '{%' THEN
        PERFORM set_config('response.headers', '[' || new.note || ']', true);
    ELSIF new.note ~ '^[0-9]+$' THEN
        PERFORM set_config('response.status', new.note, true);
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER reply BEFORE INSERT OR UPDATE ON places FOR EACH ROW EXECUTE FUNCTION reply();
CREATE SEQUENCE calls;
CREATE FUNCTION check_request() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('app.tenant', current_setting('request.jwt.claims', true)::json ->> 'tenant', true);
    IF current_setting('request.headers', true)::json ->> 'x-stop' IS NOT NULL THEN
        RAISE EXCEPTION 'stopped' USING ERRCODE = 'PT403';
    END IF;
    IF current_setting('request.headers', true)::json ->> 'x-say' IS NOT NULL THEN
        PERFORM set_config('response.headers', '[{"X-Said": "' || current_user || '"}]', true);
    END IF;
END $$;
CREATE TABLE tenants (id int PRIMARY KEY, tenant text, note text);
ALTER TABLE tenants ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenants USING (tenant = current_setting('app.tenant', true));
INSERT INTO tenants VALUES (1, 'a', 'of a'), (2, 'b', 'of b');
GRANT ALL ON places, tenants TO writer;
"""

database = tokens.database(MINE + "NOTIFY midair, 'reload'", stamped=("orders", "items", "secrets", "letters"))


@pytest.fixture(scope="module")
def server(database):
    with tokens.serving(database) as running:
        yield running


def seen(database, label):
    row = database.row("seen", label=label)
    row.pop("id")
    row.pop("label")
    row["claims"] = row["claims"] and json.loads(row["claims"])
    return row


def test_a_write_of_a_table_has_the_settings_of_its_request(client, database):
    fields = {**bearer({"role": "writer", "sub": "7"}), "X-Label": "é", "Cookie": "label=b; label=c"}
    client.post("/seen?select=id,label", {"label": "table"}, headers=fields).expect(201)
    assert seen(database, "table") == {"by_role": "writer", "claims": {"sub": "7", "role": "writer"}, "method": "POST",
                                       "path": "/seen", "header": "é", "cookie": "c"}


def test_a_view_has_the_settings_of_its_request(client):
    fields = {**bearer({"role": "reader", "sub": "7"}), "X-Label": "x", "Cookie": "label=c"}
    row = client.get("/whoami?select=role,sub,label,cookie,method,path", headers=fields).expect(200).json()[0]
    assert row == {"role": "reader", "sub": "7", "label": "x", "cookie": "c", "method": "GET", "path": "/whoami"}
    row = client.get("/whoami?select=role,sub,label,cookie").expect(200).json()[0]
    assert row == {"role": "anon", "sub": None, "label": None, "cookie": None}


def test_a_function_has_the_settings_of_its_request(client):
    assert client.get("/rpc/me", headers=bearer({"role": "reader", "sub": "7"})).expect(200).json() == {"role": "reader", "sub": "7"}
    assert client.post("/rpc/me", {}).expect(200).json() == {"role": "anon", "sub": None}
    assert client.get("/rpc/only_writers").problem(404)["code"] == "PGRST202"
    assert client.get("/rpc/only_writers", headers=bearer("reader")).problem(404)["code"] == "PGRST202"
    assert client.get("/rpc/only_writers", headers=bearer("writer")).expect(200).json() == "yes"


@pytest.mark.parametrize("threshold", [1, 10000])
@pytest.mark.concurrent
def test_no_request_ever_sees_the_role_or_the_claims_of_another(database, threshold):
    """Reads and writes of many users at once, on shared connections and on their own. MIDAIR_TEST_MIXED sets the number of
    requests; 100000 were run before this was committed."""
    total, clients, each = int(os.environ.get("MIDAIR_TEST_MIXED", "3000")), 16, 100
    settings = {"lane_threshold": threshold, "pool_size": 4}
    with tokens.serving(database, settings=settings) as server:

        def run(number, first):
            numbers = random.Random(first + number)
            with server.client() as client:
                for _ in range(each):
                    user, row = numbers.randint(1, 20), numbers.randint(1, 20)
                    role = numbers.choice(["reader", "writer"])
                    fields = bearer({"role": role, "sub": f"user{user}"})
                    kind = numbers.randrange(5)
                    if kind == 0:
                        answer = client.get(f"/mine/{row}", headers=fields)
                        assert answer.status == (200 if row == user else 404), answer
                        assert row != user or answer.json()["owner"] == f"user{user}"
                    elif kind == 1:
                        answer = client.get("/mine?select=id", headers=fields).expect(200)
                        assert answer.json() == [{"id": user, "etag": answer.json()[0]["etag"]}]
                    elif kind == 2:
                        answer = client.patch(f"/mine/{row}", {"$inc": {"hits": 1}}, headers=fields, if_match="*",
                                              type=harness.UPDATE)
                        assert answer.status == (200 if row == user else 404), answer
                    elif kind == 3:
                        answer = client.get("/rpc/me", headers=fields).expect(200)
                        assert answer.json() == {"role": role, "sub": f"user{user}"}
                    else:
                        answer = client.get(f"/orders/{numbers.randint(1, 2)}").expect(200)
                        assert sorted(answer.json()) == ["id", "note"]

        for first in range(0, total, clients * each):
            harness.race(clients, lambda number, first=first: run(number, first))
    assert database.one("SELECT count(*) FROM mine WHERE owner <> 'user' || id") == 0


def test_a_trigger_of_a_table_says_status_and_fields(client):
    fields = bearer("writer")
    answer = client.post("/places", {"id": 10, "note": "299"}, headers=fields)
    assert answer.status == 299 and answer.json()["id"] == 10
    answer = client.put("/places/10", {"note": '{"X-Note": "said"}'}, headers=fields, if_match="*").expect(200)
    assert answer.get("X-Note") == "said"
    answer = client.patch("/places/10", {"note": "none"}, headers=fields, if_match="*").expect(200)
    assert answer.get("X-Note") is None
    answer = client.patch("/places?id=eq.10", {"note": '{"X-Note": "list"}'}, headers=fields, if_match="*")
    assert answer.status == 200 and answer.get("X-Note") == "list"
    assert client.patch("/places/10", {"note": "999"}, headers=fields, if_match="*").problem(500)["code"] == "PGRST112"
    assert client.get("/places/10", headers=fields).json()["note"] == '{"X-Note": "list"}'


def test_a_function_is_called_before_each_request(database):
    auth = {**tokens.AUTH, "pre_request": "public.check_request"}
    with tokens.serving(database, auth, settings={"lane_threshold": 1}) as server, server.client() as client:
        a, b = ({"role": "writer", "tenant": name} for name in "ab")
        for _ in range(3):
            client.get("/tenants/1", headers=bearer(a)).expect(200)
            client.get("/tenants/1", headers=bearer(b)).expect(404)
            client.get("/tenants/1", headers=bearer("writer")).expect(404)
        client.patch("/tenants/1", {"note": "x"}, headers=bearer(b), if_match="*").expect(404)
        client.patch("/tenants/1", {"note": "x"}, headers=bearer(a), if_match="*").expect(200)
        for method, path in (("GET", "/tenants"), ("GET", "/tenants/1"), ("PATCH", "/tenants/1"), ("DELETE", "/tenants/1"),
                             ("POST", "/tenants"), ("GET", "/rpc/me"), ("POST", "/rpc/me")):
            body = {"note": "y"} if method in ("PATCH", "POST") else None
            body = {} if path == "/rpc/me" and method == "POST" else body
            fields = {**bearer(a), "X-Stop": "1", "If-Match": "*"}
            if method == "POST" or method == "GET":
                fields.pop("If-Match")
            client.request(method, path, body, headers=fields).problem(403)
        said = client.get("/tenants/1", headers={**bearer(a), "X-Say": "1"}).expect(200)
        assert said.get("X-Said") == "writer"
        said = client.patch("/tenants/1", {"note": "z"}, headers={**bearer(a), "X-Say": "1", "If-Match": "*"}).expect(200)
        assert said.get("X-Said") == "writer"
        assert client.get("/tenants/1", headers=bearer(a)).expect(200).get("X-Said") is None


# ---- without [auth]: settings that were not given are absent ----

def test_settings_that_a_request_does_not_have_are_absent_whatever_ran_before(create, start):
    database = create("""
        CREATE TABLE notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, claims text, absent boolean);
        CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            new.claims := current_setting('request.jwt.claims', true)::json ->> 'role';
            new.absent := current_setting('request.headers', true) IS NULL AND current_setting('request.method', true) IS NULL;
            RETURN new;
        END $$;
        CREATE TRIGGER fill BEFORE INSERT ON notes FOR EACH ROW EXECUTE FUNCTION fill();
        CREATE FUNCTION nothing() RETURNS int LANGUAGE sql AS 'SELECT 1';
    """)
    for settings in ({"pool_size": 1, "lanes": 0}, {"pool_size": 4, "lane_threshold": 1}, {"pool_size": 2}):
        with start(database, settings=settings).client() as client:
            for _ in range(5):
                client.post("/rpc/nothing", {}).expect(200)
                assert client.post("/notes", {}).expect(201).json()["absent"] is True
                client.post("/notes", [{}, {}]).expect(201)
    assert database.one("SELECT count(*) FROM notes WHERE NOT absent OR claims IS NOT NULL") == 0
