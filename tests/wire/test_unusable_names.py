"""docs/http.md section 1: index, OPTIONS, OpenAPI and hints name nothing that the role may not use."""

import re

import pytest

SCHEMA = """
CREATE TABLE open_t (id int PRIMARY KEY, v text, hid text);
CREATE TABLE veiled_t (id int PRIMARY KEY, open_id int REFERENCES open_t, v text);
CREATE TABLE sink_t (id int PRIMARY KEY, v text);
CREATE VIEW veiled_v AS SELECT * FROM veiled_t;
CREATE FUNCTION veiled_f() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION veiled_field(open_t) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'x' $$;
CREATE FUNCTION veiled_kids(open_t) RETURNS SETOF veiled_t LANGUAGE sql STABLE AS $$ SELECT * FROM veiled_t $$;
REVOKE EXECUTE ON FUNCTION veiled_f, veiled_field FROM PUBLIC;
"""


@pytest.fixture(scope="module")
def database(cluster):
    made = cluster.create_database()
    role = f"veiled_{made.name}"
    made.sql(SCHEMA + f"CREATE ROLE {role} LOGIN; GRANT SELECT (id, v), INSERT (id, v), UPDATE (v) ON open_t TO {role}; "
             f"GRANT INSERT ON sink_t TO {role}")
    yield made
    made.close()


@pytest.fixture(scope="module", params=["midair", "postgrest"])
def client(database, request):
    from midair import Midair
    url = database.postgres.url(database.name, user=f"veiled_{database.name}")
    with Midair(database, url=url, server={"dialect": request.param}) as server, server.client() as made:
        made.dialect = request.param
        yield made


def test_index_and_openapi(client):
    for url, accept in (("/", None), ("/_openapi.json", None), ("/", "application/openapi+json")):
        answer = client.get(url, accept=accept).expect(200)
        assert "veiled_t" not in answer.text and "veiled_v" not in answer.text and "veiled_f" not in answer.text
        assert '"hid"' not in answer.text
        assert "open_t" in answer.text and "sink_t" in answer.text


def test_the_index_shows_only_methods_that_the_role_may_use(client):
    if client.dialect == "midair":
        methods = {row["name"]: row["methods"] for row in client.get("/").json()["resources"]}
        assert methods["sink_t"] == "POST, OPTIONS"
        assert "GET" in methods["open_t"]


@pytest.mark.parametrize("url, methods", [("/sink_t", {"POST", "OPTIONS"}), ("/sink_t/1", {"OPTIONS"}),
                                          ("/veiled_t", {"OPTIONS"}), ("/veiled_t/1", {"OPTIONS"}),
                                          ("/open_t/1/veiled_t", {"OPTIONS"}), ("/open_t/1/veiled_t/1", {"OPTIONS"})])
def test_options(client, url, methods):
    assert set(re.split(r", ?", client.options(url).expect(200, 204).get("Allow"))) == methods


@pytest.mark.parametrize("url", ["/veiled_tt", "/veile_t", "/veiled_w", "/open_t?select=veiled_tt(*)", "/open_t?select=veiled_x(*)",
                                 "/open_t?select=veiled_kid(*)", "/open_t?select=veiled_fiel", "/open_t?hidd=eq.1",
                                 "/open_t/1/veiled_x", "/rpc/veiled_g", "/rpc/veiled_f", "/open_t?order=hidd",
                                 "/open_t?veiled_fiel=eq.1"])
def test_hints(client, url):
    answer = client.get(url).expect(400, 404)
    asked = re.sub(r".*[/=?(]?(veil\w+|hidd).*", r"\1", url)
    for name in ("veiled_t", "veiled_v", "veiled_kids", "veiled_field", "hid"):
        assert not re.search(rf"\b{name}\b", answer.text.replace(asked, "")), answer


@pytest.mark.parametrize("url", ["/veiled_t", "/veiled_t/1", "/veiled_v", "/open_t?select=veiled_t(*)", "/open_t/1/veiled_t",
                                 "/open_t?hid=eq.1"])
def test_what_is_named_all_the_same_is_refused(client, url):
    assert client.get(url).expect(403).json()["code"] == "42501"
