"""Row security on every route: what a policy hides does not exist. Each policy is crossed with each route, and the answer about a
row that it hides is compared with the answer about a row that is not there."""

import re

import pytest

import tokens
from midair import MERGE, PATCH, UPDATE
from tokens import bearer

CLAIMS = "current_setting('request.jwt.claims', true)::json"
FIELDS = "current_setting('request.headers', true)::json"
COOKIES = "current_setting('request.cookies', true)::json"


def claims(sub, role="writer", **more):
    return bearer({"role": role, "sub": sub, **more})


# label, the policies of a table {t}, and the header fields of two clients: the first sees the rows of 'a', the other those of 'b'
POLICIES = [
    ("claim", "CREATE POLICY p ON {t} USING (owner = @CLAIMS ->> 'sub');", claims("a"), claims("b")),
    ("nested_claim", "CREATE POLICY p ON {t} USING (owner = @CLAIMS #>> '{app,tenants,0}');",
     claims("x", app={"tenants": ["a"]}), claims("x", app={"tenants": ["b"]})),
    ("list_of_claims", "CREATE POLICY p ON {t} USING (owner IN (SELECT json_array_elements_text(@CLAIMS -> 'may')));",
     claims("x", may=["a", "c"]), claims("x", may=["b"])),
    ("role", "CREATE POLICY p ON {t} USING (owner = CASE current_user WHEN 'writer' THEN 'a' WHEN 'reader' THEN 'b' END);",
     claims("x"), claims("x", role="reader")),
    ("policy_for_a_role", "CREATE POLICY p ON {t} TO writer USING (owner = 'a'); CREATE POLICY q ON {t} TO reader USING (owner = 'b');",
     claims("x"), claims("x", role="reader")),
    ("header", "CREATE POLICY p ON {t} USING (owner = @FIELDS ->> 'x-tenant');",
     {**claims("x"), "X-Tenant": "a"}, {**claims("x"), "X-Tenant": "b"}),
    ("cookie", "CREATE POLICY p ON {t} USING (owner = @COOKIES ->> 'tenant');",
     {**claims("x"), "Cookie": "tenant=a"}, {**claims("x"), "Cookie": "a=1; tenant=b"}),
    ("lookup", "CREATE POLICY p ON {t} USING (EXISTS (SELECT FROM members m WHERE m.who = @CLAIMS ->> 'sub' AND m.owner = {t}.owner));",
     claims("anna"), claims("bert")),
    ("definer_function", "CREATE POLICY p ON {t} USING (owner = tenant_of(@CLAIMS ->> 'sub'));", claims("anna"), claims("bert")),
    ("restrictive", "CREATE POLICY p ON {t} USING (true); CREATE POLICY q ON {t} AS RESTRICTIVE USING (owner = @CLAIMS ->> 'sub');",
     claims("a"), claims("b")),
    ("one_for_each_command", "".join(
        f"CREATE POLICY p{c} ON {{t}} FOR {c} {w} (owner = @CLAIMS ->> 'sub');"
        for c, w in (("SELECT", "USING"), ("INSERT", "WITH CHECK"), ("UPDATE", "USING"), ("DELETE", "USING"))), claims("a"), claims("b")),
    ("anonymous", "CREATE POLICY p ON {t} USING (owner = COALESCE(@CLAIMS ->> 'sub', 'b'));", claims("a"), {}),
]

TABLES = """
CREATE TABLE p_{n} (id int PRIMARY KEY, owner text, note text, hits int NOT NULL DEFAULT 0);
CREATE TABLE c_{n} (id int PRIMARY KEY, parent_id int NOT NULL REFERENCES p_{n}, owner text, note text);
INSERT INTO p_{n} (id, owner, note) VALUES (1, 'a', 'of a'), (22, 'b', 'of b');
INSERT INTO c_{n} VALUES (1, 1, 'a', 'of a'), (22, 22, 'b', 'of b'), (3, 1, 'b', 'of b below a');
ALTER TABLE p_{n} ENABLE ROW LEVEL SECURITY;
ALTER TABLE c_{n} ENABLE ROW LEVEL SECURITY;
GRANT ALL ON p_{n}, c_{n} TO anon, reader, writer;
CREATE FUNCTION all_{n}() RETURNS SETOF p_{n} LANGUAGE sql STABLE AS 'SELECT * FROM p_{n} ORDER BY id';
CREATE FUNCTION kids(p_{n}) RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM c_{n} WHERE parent_id = $1.id';
CREATE VIEW v_{n} WITH (security_invoker) AS SELECT id, owner, note FROM p_{n};
GRANT SELECT ON v_{n} TO anon, reader, writer;
"""

SCHEMA = """
CREATE TABLE members (who text, owner text);
INSERT INTO members VALUES ('anna', 'a'), ('bert', 'b');
GRANT SELECT ON members TO reader, writer;
CREATE TABLE tenancy (who text PRIMARY KEY, owner text);
INSERT INTO tenancy VALUES ('anna', 'a'), ('bert', 'b');
CREATE FUNCTION tenant_of(text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT owner FROM tenancy WHERE who = $1';
"""


def policy_of(text, table):
    for name, value in (("{t}", table), ("@CLAIMS", CLAIMS), ("@FIELDS", FIELDS), ("@COOKIES", COOKIES)):
        text = text.replace(name, value)
    return text


def schema():
    text = SCHEMA
    for n, (_, policy, _, _) in enumerate(POLICIES):
        text += TABLES.format(n=n) + "".join(policy_of(policy, t) for t in (f"p_{n}", f"c_{n}"))
    return text


@pytest.fixture(scope="module")
def database(cluster):
    import midair as harness
    new = harness.create(cluster, (harness.HERE / "auth_schema.sql").read_text(encoding="utf-8") + schema(),
                         stamped=[f"{t}_{n}" for n in range(len(POLICIES)) for t in "pc"])
    yield new
    new.close()


@pytest.fixture(scope="module")
def server(database):
    with tokens.serving(database, resources={"*": {"max_affected": 100}}) as running:
        yield running


# label, method, path ({n}: number of the policy, {id}: the row), content, further header fields; {tag} is the tag that the client
# who sees row 22 got for it.
ROUTES = [
    ("item", "GET", "/p_{n}/{id}", None, {}),
    ("item_head", "HEAD", "/p_{n}/{id}", None, {}),
    ("item_if_none_match", "GET", "/p_{n}/{id}", None, {"If-None-Match": "{tag}"}),
    ("item_any", "GET", "/p_{n}/{id}", None, {"If-None-Match": "*"}),
    ("item_tree", "GET", "/p_{n}/{id}?select=*,c_{n}(*)", None, {}),
    ("item_computed", "GET", "/p_{n}/{id}?select=id,kids", None, {}),
    ("list", "GET", "/p_{n}?id=eq.{id}", None, {}),
    ("list_of_many", "GET", "/p_{n}?id=in.({id},77)", None, {}),
    ("list_or", "GET", "/p_{n}?or=(id.eq.{id},id.eq.77)", None, {}),
    ("list_count", "GET", "/p_{n}?id=eq.{id}", None, {"Prefer": "count=exact"}),
    ("list_head", "HEAD", "/p_{n}?id=eq.{id}", None, {"Prefer": "count=exact"}),
    ("list_aggregate", "GET", "/p_{n}?id=eq.{id}&select=count()", None, {}),
    ("list_csv", "GET", "/p_{n}?id=eq.{id}", None, {"Accept": "text/csv"}),
    ("list_embed", "GET", "/c_{n}?parent_id=eq.{id}&select=id,p_{n}(note)", None, {}),
    ("list_inner", "GET", "/c_{n}?parent_id=eq.{id}&select=id,p_{n}!inner(note)", None, {}),
    ("view", "GET", "/v_{n}?id=eq.{id}", None, {}),
    ("children", "GET", "/p_{n}/{id}/c_{n}", None, {}),
    ("child", "GET", "/p_{n}/{id}/c_{n}/{id}", None, {}),
    ("function", "GET", "/rpc/all_{n}?id=eq.{id}", None, {}),
    ("patch", "PATCH", "/p_{n}/{id}", {"note": "x"}, {"If-Match": "*"}),
    ("patch_tag", "PATCH", "/p_{n}/{id}", {"note": "x"}, {"If-Match": "{tag}"}),
    ("patch_unconditional", "PATCH", "/p_{n}/{id}", {"note": "x"}, {}),
    ("patch_json", "PATCH", "/p_{n}/{id}", [{"op": "replace", "path": "/note", "value": "x"}],
     {"If-Match": "*", "Content-Type": PATCH}),
    ("patch_increment", "PATCH", "/p_{n}/{id}", {"$inc": {"hits": 1}}, {"If-Match": "*", "Content-Type": UPDATE}),
    ("patch_merge", "PATCH", "/p_{n}/{id}", {"note": None}, {"If-Match": "{tag}", "Content-Type": MERGE}),
    ("patch_date", "PATCH", "/p_{n}/{id}", {"note": "x"}, {"If-Unmodified-Since": "Fri, 01 Jan 2021 00:00:00 GMT"}),
    ("patch_broken", "PATCH", "/p_{n}/{id}", "{", {"If-Match": "*"}),
    ("patch_list", "PATCH", "/p_{n}?id=eq.{id}", {"note": "x"}, {"If-Match": "*"}),
    ("patch_list_tag", "PATCH", "/p_{n}?id=eq.{id}", {"note": "x"}, {"If-Match": "{tag}"}),
    ("patch_array", "PATCH", "/p_{n}", [{"id": "{id}", "note": "x"}], {"If-Match": "*"}),
    ("put_tag", "PUT", "/p_{n}/{id}", {"owner": "a", "note": "x"}, {"If-Match": "{tag}"}),
    ("put_any", "PUT", "/p_{n}/{id}", {"owner": "a", "note": "x"}, {"If-Match": "*"}),
    ("delete", "DELETE", "/p_{n}/{id}", None, {"If-Match": "*"}),
    ("delete_tag", "DELETE", "/p_{n}/{id}", None, {"If-Match": "{tag}"}),
    ("delete_list", "DELETE", "/p_{n}?id=eq.{id}", None, {"If-Match": "*"}),
    ("delete_array", "DELETE", "/p_{n}", [{"id": "{id}"}], {"If-Match": "*"}),
    ("child_below_hidden", "POST", "/p_{n}/{id}/c_{n}", {"id": 50, "owner": "a"}, {}),
    ("child_patch", "PATCH", "/p_{n}/{id}/c_{n}/{id}", {"note": "x"}, {"If-Match": "*"}),
    ("child_delete", "DELETE", "/p_{n}/{id}/c_{n}/{id}", None, {"If-Match": "*"}),
    ("guard", "PATCH", "/p_{n}/1", {"note": "of a"}, {"If-Match": "*", "Midair-If-Match": "</p_{n}/{id}> {tag}"}),
    ("guard_any", "PATCH", "/p_{n}/1", {"note": "of a"}, {"If-Match": "*", "Midair-If-Match": "</p_{n}/{id}> *"}),
    ("options", "OPTIONS", "/p_{n}/{id}", None, {}),
]

# Both rows have two digits, so that the answers are equally long.
CHANGING = ("Date", "X-Request-Id", "Server-Timing")


def filled(value, **names):
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace("{" + name + "}", str(text))
        return value
    if isinstance(value, dict):
        return {k: filled(v, **names) for k, v in value.items()}
    return [filled(v, **names) for v in value] if isinstance(value, list) else value


def ask(client, route, who, number, row, tag):
    """The answer, without what differs between two requests that mean the same: times, and the id of the row."""
    _, method, path, content, fields = route
    names = {"n": number, "id": row, "tag": tag}
    answer = client.request(method, filled(path, **names), filled(content, **names), headers={**who, **filled(fields, **names)})
    shown = {name: value for name, value in sorted(answer.headers) if name not in CHANGING}
    text = f"{answer.status} {shown} {answer.text}"
    return re.sub(rf"(?<![0-9a-f.]){row}(?![0-9a-f.])", "ID", text.replace(tag.strip('"'), "TAG"))


def everything(database, number):
    return database.sql(f"SELECT * FROM p_{number} ORDER BY id"), database.sql(f"SELECT * FROM c_{number} ORDER BY id")


@pytest.mark.parametrize("number", range(len(POLICIES)), ids=[policy[0] for policy in POLICIES])
def test_what_a_policy_hides_is_as_if_it_were_not_there(client, database, number):
    _, _, sees_a, sees_b = POLICIES[number]
    tag = client.get(f"/p_{number}/22", headers=sees_b).expect(200).etag
    client.get(f"/p_{number}/1", headers=sees_a).expect(200)
    client.get(f"/p_{number}/1", headers=sees_b).expect(404)
    before = everything(database, number)
    for route in ROUTES:
        hidden, missing = (ask(client, route, sees_a, number, row, tag) for row in (22, 92))
        if route[0].startswith("guard"):  # the row that is written is there, and gets a new version where the guard lets it
            assert not hidden.startswith("2"), route[0]
        assert hidden == missing, route[0]
        assert "of b" not in hidden, route[0]
    assert everything(database, number) == before


@pytest.mark.parametrize("number", range(len(POLICIES)), ids=[policy[0] for policy in POLICIES])
def test_lists_and_counts_and_embeds_show_what_the_policy_shows(client, number):
    _, _, sees_a, sees_b = POLICIES[number]
    for who, own, kids in ((sees_a, 1, [1]), (sees_b, 22, [22])):
        answer = client.get(f"/p_{number}", headers={**who, "Prefer": "count=exact"}).expect(200)
        assert [row["id"] for row in answer.json()] == [own] and answer.get("Content-Range") == "0-0/1"
        tree = client.get(f"/p_{number}?select=id,c_{number}(id),kids", headers=who).expect(200).json()
        assert [(row["id"], row["kids"], [c["id"] for c in row[f"c_{number}"]]) for row in tree] == [(own, 1, kids)]
        assert client.get(f"/p_{number}?select=count()", headers=who).expect(200).json() == [{"count": 1}]
        assert [row["id"] for row in client.get(f"/v_{number}", headers=who).expect(200).json()] == [own]
        assert [row["id"] for row in client.get(f"/rpc/all_{number}", headers=who).expect(200).json()] == [own]
        assert [row["id"] for row in client.get(f"/p_{number}/{own}/c_{number}", headers=who).expect(200).json()] == kids


@pytest.mark.parametrize("number", range(len(POLICIES)), ids=[policy[0] for policy in POLICIES])
def test_each_client_writes_its_own_rows(client, database, number):
    _, _, sees_a, sees_b = POLICIES[number]
    for who, own, owner in ((sees_a, 1, "a"), (sees_b, 22, "b")):
        tag = client.get(f"/p_{number}/{own}", headers=who).expect(200).etag
        answer = client.patch(f"/p_{number}/{own}", {"hits": 7}, headers=who, if_match=tag).expect(200)
        stale = client.patch(f"/p_{number}/{own}", {"hits": 8}, headers=who, if_match=tag).problem(412)
        assert stale["current"]["owner"] == owner and stale["current_etag"] == answer.etag
        tree = client.get(f"/p_{number}/{own}?select=*,c_{number}(*)", headers=who).expect(200).etag
        client.patch(f"/p_{number}/{own}", {"hits": 9}, headers=who, if_match=tree).expect(200)
        made = client.post(f"/p_{number}", {"id": 30 + own, "owner": owner}, headers=who).expect(201)
        client.delete(f"/p_{number}/{30 + own}", headers=who, if_match=made.etag).expect(204)
        other = "b" if owner == "a" else "a"
        assert client.post(f"/p_{number}", {"id": 40 + own, "owner": other}, headers=who).status in (401, 403)
        assert client.patch(f"/p_{number}/{own}", {"owner": other}, headers=who, if_match="*").status in (401, 403)
    assert database.sql(f"SELECT id, owner, hits FROM p_{number} ORDER BY id") == [(1, "a", 9), (22, "b", 9)]
