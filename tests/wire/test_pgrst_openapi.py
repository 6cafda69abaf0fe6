"""PostgREST's "OpenAPI": the document of tables, views and functions, as OpenAPI 3.1; the root; profiles; comments."""

import json
import re

import pytest

import midair as harness
import tables

TABLES = r"""
CREATE SCHEMA api; CREATE SCHEMA other;
COMMENT ON SCHEMA api IS E'Tea shop\n\nAll about tea,\nin two lines';
CREATE TABLE api.growers (id integer PRIMARY KEY, name varchar(20) NOT NULL, since date);
CREATE TABLE api.teas (id integer PRIMARY KEY GENERATED ALWAYS AS IDENTITY, grower_id integer REFERENCES api.growers, blender_id integer REFERENCES api.growers,
                       name text NOT NULL DEFAULT 'tea', tags text[], price numeric(8,2));
CREATE TABLE api.tins (tea_id integer REFERENCES api.teas, size integer, label text, PRIMARY KEY (tea_id, size));
CREATE TABLE other.growers (id integer PRIMARY KEY, extra text);
CREATE TABLE other.notes (id integer PRIMARY KEY, grower_id integer REFERENCES other.growers);
CREATE VIEW api.names AS SELECT DISTINCT name FROM api.teas;
CREATE TABLE api."Odd {name}/x" ("a b" integer PRIMARY KEY);
COMMENT ON TABLE api.growers IS E'Who grows\n\nEverybody who\nsells to us';
COMMENT ON TABLE api.teas IS 'What is sold';
COMMENT ON COLUMN api.teas.price IS 'in euros';
CREATE FUNCTION api.add_them(a integer, b integer DEFAULT 1) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a + b';
COMMENT ON FUNCTION api.add_them IS E'Adds two numbers\n\nand that\nis all';
CREATE FUNCTION api.write_it(note text) RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION api.cheap(most numeric) RETURNS SETOF api.teas LANGUAGE sql STABLE AS 'SELECT * FROM api.teas WHERE price < most';
CREATE FUNCTION api.one_grower(which integer) RETURNS api.growers LANGUAGE sql STABLE AS 'SELECT * FROM api.growers WHERE id = which';
CREATE FUNCTION api.pairs_of(n integer) RETURNS TABLE (x integer, label text) LANGUAGE sql STABLE AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION api.over(a integer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'a' $$;
CREATE FUNCTION api.over(a integer, b date) RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION api.over(a integer, b date, c text) RETURNS integer LANGUAGE sql VOLATILE AS 'SELECT 1';
CREATE FUNCTION api.whole(json) RETURNS json LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION api.whole_text(text) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE FUNCTION api.whole_bytes(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS 'SELECT $1';
CREATE FUNCTION api.total(VARIADIC v integer[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 1::bigint';
CREATE FUNCTION api.types(flag boolean, day date, at timestamptz, id uuid, doc jsonb, list text[], word text) RETURNS boolean
    LANGUAGE sql STABLE AS 'SELECT true';
CREATE FUNCTION api.select_it("select" integer, "limit" integer) RETURNS SETOF integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION api."odd fn/{x}"() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION api.half(integer DEFAULT 1, b text DEFAULT 'x') RETURNS text LANGUAGE sql STABLE AS 'SELECT b';
CREATE FUNCTION api.nothing() RETURNS void LANGUAGE sql STABLE AS '';
CREATE FUNCTION other.only_other() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION other.add_them(z text) RETURNS text LANGUAGE sql STABLE AS 'SELECT z';
CREATE FUNCTION api.secret() RETURNS integer LANGUAGE sql AS 'SELECT 1';
"""

TYPES = {"array", "boolean", "integer", "null", "number", "object", "string"}
METHODS = {"get", "head", "post", "put", "patch", "delete", "options", "trace"}


database = tables.database(TABLES, stamped=["api.teas", "api.growers"])


@pytest.fixture(scope="module")
def config():
    return {"settings": {"schemas": "api, other"}}


@pytest.fixture(scope="module")
def document(server):
    return server.client().get("/_openapi.json").expect(200).json()


# A structural check of OpenAPI 3.1, as far as the document goes.


def resolve(document, node):
    while "$ref" in node:
        assert set(node) <= {"$ref", "description", "summary"}, node
        assert node["$ref"].startswith("#/"), node
        found = document
        for part in node["$ref"][2:].split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node


def check_schema(document, schema):
    schema = resolve(document, schema)
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    assert set(types) <= TYPES and len(set(types)) == len(types), schema
    assert "nullable" not in schema, "that was OpenAPI 3.0"
    assert "array" not in types or isinstance(schema["items"], dict)
    assert schema.get("enum", [1]) and set(schema.get("required", [])) <= set(schema.get("properties", schema.get("required", [])))
    for member in ("anyOf", "oneOf"):
        for choice in schema.get(member, []):
            check_schema(document, choice)
    for inner in [schema.get("items"), schema.get("additionalProperties"), *schema.get("properties", {}).values()]:
        if isinstance(inner, dict):
            check_schema(document, inner)


def check_content(document, content):
    assert content and all(re.fullmatch(r"[\w.+-]+/[\w.+-]+", name) for name in content), content
    for media in content.values():
        check_schema(document, media["schema"])


def check_parameter(document, parameter):
    parameter = resolve(document, parameter)
    assert parameter["name"] and parameter["in"] in ("query", "header", "path", "cookie"), parameter
    assert parameter["in"] != "path" or parameter["required"] is True
    assert parameter["in"] != "header" or parameter["name"].lower() not in ("accept", "content-type", "authorization")
    check_schema(document, parameter["schema"])
    return parameter["name"], parameter["in"]


def check_operation(document, path, shared, operation):
    own = [check_parameter(document, p) for p in operation.get("parameters", [])]
    assert len(set(own)) == len(own), (path, own)
    names = {name for name, place in own + shared if place == "path"}
    assert names == set(re.findall(r"\{([^}]*)\}", path)), (path, names)
    assert operation["summary"] and operation["responses"], path
    if "requestBody" in operation:
        check_content(document, resolve(document, operation["requestBody"])["content"])
    for status, response in operation["responses"].items():
        response = resolve(document, response)
        assert re.fullmatch(r"[1-5]\d\d|default", status) and response["description"], path
        for header in response.get("headers", {}).values():
            check_schema(document, resolve(document, header)["schema"])
        if "content" in response:
            check_content(document, response["content"])
    return operation["operationId"]


def check(document):
    assert document["openapi"].startswith("3.1.") and document["info"]["title"] and document["info"]["version"]
    assert document["servers"][0]["url"]
    ids = []
    for path, item in document["paths"].items():
        assert path.startswith("/") and set(item) - METHODS <= {"summary", "description", "parameters"}, path
        shared = [check_parameter(document, p) for p in item.get("parameters", [])]
        assert set(item) & METHODS, path
        ids += [check_operation(document, path, shared, item[m]) for m in item if m in METHODS]
    assert len(set(ids)) == len(ids), "operations of one name"
    shapes = [re.sub(r"\{[^}]*\}", "{}", path) for path in document["paths"]]
    assert len(set(shapes)) == len(shapes), "two templates of one shape"
    for kind in ("schemas", "parameters", "headers", "responses"):
        assert all(re.fullmatch(r"[A-Za-z0-9._-]+", name) for name in document["components"][kind]), kind
    for schema in document["components"]["schemas"].values():
        check_schema(document, schema)
    for parameter in document["components"]["parameters"].values():
        check_parameter(document, parameter)


@pytest.mark.parametrize("label, target, fields", [
    ("all", "/_openapi.json", {}), ("by Accept", "/", {"accept": "application/openapi+json"}),
    ("a schema", "/_openapi.json", {"accept_profile": "api"}), ("a later one", "/", {"accept": "application/openapi+json", "accept_profile": "other"}),
])
def test_the_document_is_well_formed(client, label, target, fields):
    answer = client.get(target, **fields).expect(200)
    assert answer.get("Content-Type") == "application/openapi+json; charset=utf-8"
    check(answer.json())
    assert client.head(target, **fields).expect(200).etag == answer.etag
    client.get(target, if_none_match=answer.etag, **fields).expect(304)


def test_the_check_finds_mistakes(document):
    """The test of the tests: each of these is one thing that OpenAPI forbids."""
    broken = [
        lambda d: d["paths"]["/teas"]["get"]["parameters"].append({"$ref": "#/components/parameters/nope"}),
        lambda d: d["paths"]["/teas/{id}"].pop("parameters"),
        lambda d: d["paths"]["/teas"]["post"].update(operationId=d["paths"]["/teas"]["get"]["operationId"]),
        lambda d: d["paths"]["/teas"]["get"]["parameters"].append(d["paths"]["/teas"]["get"]["parameters"][0]),
        lambda d: d["components"]["schemas"]["teas"]["required"].append("nope"),
        lambda d: d["components"]["schemas"]["teas"]["properties"]["id"].update(type="int"),
        lambda d: d["components"]["schemas"]["teas"]["properties"]["tags"].pop("items"),
        lambda d: d["paths"]["/teas"]["get"]["responses"].clear(),
        lambda d: d["paths"].update({"/teas/{other}": d["paths"]["/teas/{id}"]}),
        lambda d: d["components"]["schemas"].update({"a b": {}}),
    ]
    for number, change in enumerate(broken):
        copy = json.loads(json.dumps(document, default=float))
        copy["components"]["schemas"]["teas"].setdefault("required", [])
        change(copy)
        with pytest.raises((AssertionError, KeyError)):
            check(copy)
            pytest.fail(f"mistake {number} was not found", pytrace=False)


@pytest.mark.parametrize("label, path, methods", [
    ("a table", "/teas", {"get", "head", "post", "patch", "delete"}), ("an item", "/teas/{id}", {"get", "head", "put", "patch", "delete"}),
    ("a composite key", "/tins/{tea_id},{size}", {"get", "head", "put", "patch", "delete"}), ("a view", "/names", {"get", "head"}),
    ("an odd name", "/Odd%20%7Bname%7D%2Fx/{a_20b}", {"get", "head", "put", "patch", "delete"}),
    ("children", "/teas/{teas.id}/tins", {"get", "head", "post", "patch", "delete"}),
    ("a child", "/teas/{teas.id}/tins/{tea_id},{size}", {"get", "head", "put", "patch", "delete"}),
    ("children by one of two foreign keys", "/growers/{growers.id}/teas!grower_id", {"get", "head", "post", "patch", "delete"}),
    ("by the other", "/growers/{growers.id}/teas!blender_id/{id}", {"get", "head", "put", "patch", "delete"}),
    ("an immutable function", "/rpc/add_them", {"get", "post"}), ("a stable one", "/rpc/cheap", {"get", "post"}),
    ("a volatile one", "/rpc/write_it", {"post"}), ("one with mixed overloads", "/rpc/over", {"get", "post"}),
    ("one that takes the whole content", "/rpc/whole", {"post"}), ("one with an odd name", "/rpc/odd%20fn%2F%7Bx%7D", {"get", "post"}),
    ("one of another schema", "/rpc/only_other", {"get", "post"}),
])
def test_paths_and_methods(document, label, path, methods):
    assert set(document["paths"][path]) & METHODS == methods, label


def test_what_is_in_the_document_is_served(client, document):
    """Each path without a template answers, with the methods that it names; each with one, for a row that is not there."""
    for path, item in document["paths"].items():
        target = re.sub(r"\{[^}]*\}", "0", path)
        allowed = client.options(target).expect(204).members("Allow")
        assert {m for m in item if m in METHODS} <= set(allowed), path
        if "get" in item and "/rpc/" not in path:
            client.get(target).expect(200, 404)
    for path in ("/teas", "/rpc/add_them?a=1", "/rpc/cheap?most=3", "/rpc/odd%20fn%2F%7Bx%7D"):
        client.get(path).expect(200)


def schema_of(document, path, method="post", what="requestBody"):
    operation = document["paths"][path][method]
    content = operation["requestBody"]["content"] if what == "requestBody" else operation["responses"][what]["content"]
    return content["application/json"]["schema"]


INTEGER = {"type": "integer", "format": "int32"}


@pytest.mark.parametrize("label, path, expected", [
    ("arguments", "/rpc/add_them", {"type": "object", "properties": {"a": INTEGER, "b": INTEGER}, "required": ["a"]}),
    ("of several types", "/rpc/types", {"type": "object", "properties": {
        "flag": {"type": "boolean"}, "day": {"type": "string", "format": "date"}, "at": {"type": "string", "format": "date-time"},
        "id": {"type": "string", "format": "uuid"}, "doc": {}, "list": {"type": "array", "items": {}}, "word": {"type": "string"}},
        "required": ["flag", "day", "at", "id", "doc", "list", "word"]}),
    ("variadic", "/rpc/total", {"type": "object", "properties": {"v": {"type": "array", "items": {}}}, "required": ["v"]}),
    ("none", "/rpc/nothing", {"type": "object", "properties": {}}),
    ("one that can only be left out", "/rpc/half", {"type": "object", "properties": {"b": {"type": "string"}}}), ("the whole content", "/rpc/whole", {}),
])
def test_the_content_of_calls(document, label, path, expected):
    assert schema_of(document, path) == expected, label
    body = document["paths"][path]["post"]["requestBody"]
    assert body.get("required", False) == (path not in ("/rpc/nothing", "/rpc/half")), label


def test_content_of_other_types_and_overloads(document):
    assert set(document["paths"]["/rpc/whole_text"]["post"]["requestBody"]["content"]) == {"text/plain"}
    assert set(document["paths"]["/rpc/whole_bytes"]["post"]["requestBody"]["content"]) == {"application/octet-stream"}
    assert [set(choice["properties"]) for choice in schema_of(document, "/rpc/over")["anyOf"]] == [{"a"}, {"a", "b"}, {"a", "b", "c"}]


@pytest.mark.parametrize("label, path, expected", [
    ("required and not", "/rpc/add_them", {"a": True, "b": False}), ("overloads", "/rpc/over", {"a": True, "b": False}),
    ("names of parameters that are midair's", "/rpc/select_it", {"order": False, "offset": False, "filter": False, "select": True, "limit": True}),
])
def test_the_query_of_calls(document, label, path, expected):
    found = {}
    for parameter in document["paths"][path]["get"]["parameters"]:
        parameter = resolve(document, parameter)
        if parameter["in"] == "query":
            found[parameter["name"]] = parameter.get("required", False)
    assert found == expected, label


@pytest.mark.parametrize("label, path, expected", [
    ("a value", "/rpc/add_them", {"type": ["integer", "null"], "format": "int32"}),
    ("rows of a table", "/rpc/cheap", {"type": "array", "items": {"$ref": "#/components/schemas/teas"}}),
    ("a row of a table", "/rpc/one_grower", {"$ref": "#/components/schemas/growers"}),
    ("overloads", "/rpc/over", {"anyOf": [{"type": ["string", "null"]}, {"type": ["integer", "null"], "format": "int32"},
                                          {"type": ["integer", "null"], "format": "int32"}]}),
])
def test_results(document, label, path, expected):
    assert schema_of(document, path, "post", "200") == expected, label


def test_results_that_are_no_table_and_none(document):
    shown = schema_of(document, "/rpc/pairs_of", "get", "200")
    assert shown["type"] == "array" and set(shown["items"]["properties"]) == {"x", "label"}
    assert set(document["paths"]["/rpc/write_it"]["post"]["responses"]) == {"204", "default"}
    headers = document["paths"]["/rpc/cheap"]["get"]["responses"]["200"]["headers"]
    assert set(headers) == {"Content-Range"}


def test_comments(document):
    info, paths = document["info"], document["paths"]
    assert (info["title"], info["description"]) == ("Tea shop", "All about tea,\nin two lines")
    assert (paths["/growers"]["summary"], paths["/growers"]["description"]) == ("Who grows", "Everybody who\nsells to us")
    assert paths["/teas"]["summary"] == "What is sold" and "description" not in paths["/teas"]
    assert "summary" not in paths["/tins"] and "description" not in paths["/tins"]
    call = paths["/rpc/add_them"]["get"]
    assert (call["summary"], call["description"]) == ("Adds two numbers", "and that\nis all")
    assert paths["/rpc/cheap"]["get"]["summary"] == "Call the function"
    assert document["components"]["schemas"]["teas"]["properties"]["price"]["description"] == "in euros"


def test_filters_name_the_columns(document):
    parameters = document["components"]["parameters"]
    assert {"id", "name", "price", "tags"} <= set(parameters["filter-teas"]["schema"]["properties"])
    used = [p["$ref"] for p in document["paths"]["/teas"]["get"]["parameters"]]
    assert "#/components/parameters/filter-teas" in used and parameters["filter-teas"]["explode"] is True
    for name in ("select", "order", "filter", "Prefer", "IfMatch"):
        assert len(parameters[name]["description"]) > 20, name


def test_profiles(client, document):
    fields = document["components"]["parameters"]
    assert fields["AcceptProfile"]["schema"]["enum"] == fields["ContentProfile"]["schema"]["enum"] == ["api", "other"]
    assert {"$ref": "#/components/parameters/AcceptProfile"} in document["paths"]["/teas"]["parameters"]
    api, other = (client.get("/_openapi.json", accept_profile=schema).expect(200) for schema in ("api", "other"))
    assert (api.get("Content-Profile"), other.get("Content-Profile")) == ("api", "other") and api.etag != other.etag
    paths = set(other.json()["paths"])
    assert {"/growers", "/notes", "/growers/{growers.id}/notes", "/rpc/only_other", "/rpc/add_them"} <= paths
    assert "/teas" not in paths and "/rpc/cheap" not in paths and "/notes" not in api.json()["paths"]
    assert "extra" in other.json()["components"]["schemas"]["growers"]["properties"]
    assert "extra" not in document["components"]["schemas"]["growers"]["properties"]
    assert set(schema_of(other.json(), "/rpc/add_them")["properties"]) == {"z"}
    assert other.json()["info"]["title"] == client.get("/", accept="application/openapi+json", accept_profile="other").json()["info"]["title"]
    assert other.json()["info"]["title"] != "Tea shop"
    client.get("/_openapi.json", accept_profile="nope").expect(406)


def test_what_the_role_may_not_do_is_not_in_it(database, config):
    database.sql("CREATE ROLE little LOGIN; GRANT USAGE ON SCHEMA api, other TO little; GRANT SELECT ON api.teas TO little;"
                 "REVOKE EXECUTE ON FUNCTION api.secret FROM PUBLIC")
    try:
        url = database.postgres.url(database.name, user="little")
        with harness.Midair(database, url=url, **config) as running:
            document = running.client().get("/_openapi.json").expect(200).json()
    finally:
        database.sql("DROP OWNED BY little; DROP ROLE little; GRANT EXECUTE ON FUNCTION api.secret TO PUBLIC")
    check(document)
    assert set(document["paths"]["/teas"]) & METHODS == {"get", "head"} and "/growers" not in document["paths"]
    assert "/rpc/add_them" in document["paths"] and "/rpc/secret" not in document["paths"]


def test_one_schema_has_no_profiles(database):
    with harness.Midair(database, settings={"schemas": "other"}) as running:
        document = running.client().get("/_openapi.json").expect(200).json()
    check(document)
    assert "AcceptProfile" not in document["components"]["parameters"] and "parameters" not in document["paths"]["/growers"]


@pytest.mark.parametrize("accept, type_", [(None, "application/openapi+json"), ("*/*", "application/openapi+json"),
                                           ("application/openapi+json", "application/openapi+json"), ("application/json", "application/json")])
def test_the_root_of_the_dialect_is_the_document(database, config, accept, type_):
    with harness.Midair(database, server={"dialect": "postgrest"}, **config) as running:
        answer = running.client().get("/", accept=accept).expect(200)
        assert answer.type == type_ and "/teas" in answer.json()["paths"]
        assert running.client().get("/", accept="text/html").expect(406).json()["code"] == "PGRST107"
        assert running.client().get("/teas", accept="application/openapi+json").expect(406).json()["code"] == "PGRST107"


def test_the_index_lists_functions(client):
    index = client.get("/").expect(200).json()
    functions = {(f["profile"], f["name"]): f for f in index["functions"]}
    assert functions["api", "add_them"] == {"name": "add_them", "href": "/rpc/add_them", "profile": "api", "methods": "GET, HEAD, POST, OPTIONS",
                                            "description": "Adds two numbers\n\nand that\nis all"}
    assert functions["api", "write_it"]["methods"] == "POST, OPTIONS" and ("other", "add_them") in functions
    assert functions["api", "odd fn/{x}"]["href"] == "/rpc/odd%20fn%2F%7Bx%7D" and len([f for f in functions if f[1] == "over"]) == 1
    other = client.get("/", accept_profile="other").json()["functions"]
    assert {f["name"] for f in other} == {"only_other", "add_them"}
