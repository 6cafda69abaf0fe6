"""[auth]: which tokens are accepted, and what the answers to the others say (PostgREST's "Authentication", RFC 6750 and RFC
7519). What makes a token invalid is a table in tests/unit/auth/tokens.c; here is what of it is seen from outside."""

import hashlib
import json
import os
import time

import pytest

import midair as harness
import tokens
from tokens import bearer, token

database = tokens.database()


@pytest.fixture(scope="module")
def server(database):
    with tokens.serving(database, server={"cors_origins": "https://shop.example"}) as running:
        yield running


def now(seconds):
    return int(time.time()) + seconds


@pytest.mark.parametrize("label, authorization, role", [
    ("no token", None, "anon"),
    ("another scheme", "Basic dXNlcjpwYXNz", "anon"),
    ("a token", f"Bearer {token({'role': 'reader'})}", "reader"),
    ("lower case", f"bearer {token({'role': 'reader'})}", "reader"),
    ("a token without a role", f"Bearer {token({'sub': 'x'})}", "anon"),
    ("HS512", f"Bearer {token({'role': 'reader'}, header={'alg': 'HS512'}, digest=hashlib.sha512)}", "reader"),
])
def test_a_request_runs_as_the_role_of_its_token(client, label, authorization, role):
    answer = client.get("/whoami", authorization=authorization).expect(200)
    assert [row["role"] for row in answer.json()] == [role], label
    assert "authorization" in answer.members("Vary")


REFUSED = [
    ("no token after the scheme", "Bearer ", "PGRST301", "Empty JWT is sent in Authorization header"),
    ("one part", "Bearer zzzz", "PGRST301", "Expected 3 parts in JWT; got 1"),
    ("another secret", f"Bearer {token({'role': 'reader'}, secret='x' * 32)}", "PGRST301",
     "JWT cryptographic operation failed"),
    ("alg none", f"Bearer {token({'role': 'writer'}, header={'alg': 'none'})}", "PGRST301",
     "Wrong or unsupported encoding algorithm"),
    ("another family", f"Bearer {token({'role': 'writer'}, header={'alg': 'RS256'})}", "PGRST301",
     "No suitable key or wrong key type"),
    ("expired", f"Bearer {token({'role': 'reader', 'exp': now(-40)})}", "PGRST303", "JWT expired"),
    ("not yet valid", f"Bearer {token({'role': 'reader', 'nbf': now(1000)})}", "PGRST303", "JWT not yet valid"),
    ("issued in the future", f"Bearer {token({'role': 'reader', 'iat': now(1000)})}", "PGRST303",
     "JWT issued at future"),
    ("exp as text", f"Bearer {token({'role': 'reader', 'exp': 'never'})}", "PGRST303",
     "The JWT 'exp' claim must be a number"),
    ("role twice", f"Bearer {token('{' + chr(34) + 'role' + chr(34) + ':1,' + chr(34) + 'role' + chr(34) + ':2}')}",
     "PGRST303", "Parsing claims failed"),
    ("the role none", f"Bearer {token({'role': 'none'})}", "PGRST303", "The role in the JWT cannot be a role"),
    ("a role with a quote", f"Bearer {token({'role': 'a' + chr(34) + '; DROP TABLE orders; --'})}", "22023", None),
    ("a role that does not exist", f"Bearer {token({'role': 'nobody'})}", "22023", None),
]


@pytest.mark.parametrize("label, authorization, code, message", REFUSED, ids=[row[0] for row in REFUSED])
@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_a_token_that_does_not_hold_is_401(client, label, authorization, code, message, method):
    body = {"note": "x"} if method == "PATCH" else None
    answer = client.request(method, "/orders/1", body, headers={"Authorization": authorization}, origin="https://shop.example")
    assert answer.problem(401)["code"] == code, label
    assert answer.get("WWW-Authenticate").startswith('Bearer error="invalid_token", error_description="')
    if message:
        assert answer.get("WWW-Authenticate").endswith(f'error_description="{message}"')
    assert answer.get("Access-Control-Allow-Origin") == "https://shop.example"
    assert authorization.split()[-1] not in answer.text or authorization == "Bearer "


def test_two_authorization_fields_are_400(client):
    fields = [("Authorization", f"Bearer {token({'role': 'reader'})}"), ("Authorization", "Basic x")]
    client.get("/orders/1", headers=fields).problem(400)


def test_a_role_that_the_connection_may_not_take_is_refused(client):
    assert client.get("/orders/1", headers=bearer("stranger")).problem(403)["code"] == "42501"


def test_what_an_anonymous_client_may_not_do_is_401_and_what_a_role_may_not_is_403(client):
    answer = client.get("/secrets/1")
    assert answer.problem(401)["code"] == "42501" and answer.get("WWW-Authenticate") == "Bearer"
    answer = client.get("/secrets/1", headers=bearer("reader"))
    assert answer.problem(403)["code"] == "42501" and answer.get("WWW-Authenticate") is None
    assert client.get("/secrets/1", headers=bearer("writer")).expect(200).json()["text"] == "hidden"


def test_probes_and_preflights_need_no_token_and_show_nothing(database):
    with tokens.serving(database, {"jwt_secret": tokens.SECRET}, server={"cors_origins": "https://shop.example"}) as server:
        with server.client() as client:
            client.get("/_live").expect(200)
            client.get("/_ready").expect(200)
            for path in ("/", "/_openapi.json", "/_metrics", "/orders", "/orders/1", "/rpc/me", "/nothing"):
                answer = client.get(path)
                assert answer.problem(401)["code"] == "PGRST302", path
                assert answer.get("WWW-Authenticate") == "Bearer"
            asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PATCH",
                     "Access-Control-Request-Headers": "authorization"}
            answers = [client.options(path, headers=asked).expect(204) for path in ("/orders/1", "/secrets", "/nothing")]
            shown = [{n: a.get(n) for n in ("Allow", "Access-Control-Allow-Methods", "Access-Control-Allow-Headers")}
                     for a in answers]
            assert shown[0] == shown[1] == shown[2]
            assert "PATCH" in shown[0]["Access-Control-Allow-Methods"]
            assert "Authorization" in shown[0]["Access-Control-Allow-Headers"]
            client.options("/orders/1").problem(401)


def test_without_a_secret_a_token_is_500(database):
    with tokens.serving(database, {"anon_role": "anon"}) as server, server.client() as client:
        assert client.get("/whoami").expect(200).json()[0]["role"] == "anon"
        assert client.get("/whoami", headers=bearer("reader")).problem(500)["code"] == "PGRST300"


def test_the_dialect_has_postgrests_error_objects(database):
    with tokens.serving(database, server={"dialect": "postgrest"}) as server, server.client() as client:
        answer = client.get("/orders", headers=bearer({"role": "reader", "exp": 1})).expect(401)
        assert answer.json() == {"code": "PGRST303", "message": "JWT expired", "details": None, "hint": None}
        assert answer.get("Proxy-Status") == "PostgREST; error=PGRST303"


def test_the_role_is_where_the_path_says(database):
    auth = {**tokens.AUTH, "jwt_role_claim": '.app."https://roles"[?(@ ^== "rea")]'}
    with tokens.serving(database, auth) as server, server.client() as client:
        claims = {"role": "writer", "app": {"https://roles": ["anon", "reader"]}}
        row = client.get("/whoami", headers=bearer(claims)).expect(200).json()[0]
        assert row["role"] == "reader"
        assert json.loads(row["claims"]) == {"app": {"https://roles": ["anon", "reader"]}, "role": "reader"}


def test_the_audience_must_be_ours(database):
    with tokens.serving(database, {**tokens.AUTH, "jwt_aud": "shop"}) as server, server.client() as client:
        for aud, status in (("shop", 200), (["x", "shop"], 200), (None, 200), ([], 200), ("x", 401), ([1], 401)):
            client.get("/orders", headers=bearer({"role": "reader", "aud": aud})).expect(status)


def test_keys_come_from_a_file_and_are_read_again_on_sighup(database, tmp_path):
    os.chmod(tmp_path, 0o755)
    file = tmp_path / "secret"
    file.write_text("a" * 32 + "\n")
    with tokens.serving(database, {"jwt_secret": f"@{file}", "anon_role": "anon"}) as server, server.client() as client:
        old, new = bearer("reader", secret="a" * 32), bearer("reader", secret="b" * 40)
        client.get("/orders", headers=old).expect(200)
        client.get("/orders", headers=new).expect(401)
        jwk = {"kty": "oct", "k": tokens.encode("b" * 40), "kid": "2"}
        file.write_text(json.dumps({"keys": [jwk]}))
        server.hup()
        harness.eventually(lambda: client.get("/orders", headers=new).status == 200)
        client.get("/orders", headers=old).expect(401)  # not from the cache either
        file.write_text("short")
        server.hup()
        harness.eventually(lambda: "reload_refused" in server.log())
        client.get("/orders", headers=new).expect(200)
        assert "b" * 40 not in server.log() and tokens.encode("b" * 40) not in server.log()


def test_only_a_restart_begins_or_ends_authentication(database):
    with tokens.serving(database) as server, server.client() as client:
        client.get("/secrets/1").expect(401)
        server.sections["auth"] = {}
        server.write_config()
        server.hup()
        harness.eventually(lambda: "reload_refused" in server.log())
        client.get("/secrets/1").expect(401)


def test_secrets_and_tokens_are_not_logged(database):
    with tokens.serving(database, server={"log_level": "debug"}, settings={"log_sql": "on"}) as server:
        with server.client() as client:
            fields = bearer({"role": "reader", "sub": "a-claim-of-a-person"})
            client.get("/orders", headers=fields).expect(200)
            client.get("/orders", headers=bearer({"role": "nobody"})).expect(401)
            bad = token({"role": "writer"}, secret="x" * 32)
            client.get("/orders", authorization=f"Bearer {bad}").expect(401)
        log = server.log()
        for hidden in (tokens.SECRET, fields["Authorization"].split()[1], bad):
            assert hidden not in log
