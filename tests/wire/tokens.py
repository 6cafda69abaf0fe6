"""JSON Web Tokens for the tests, made with the standard library: HMAC only, and forms that no library makes."""

import base64
import contextlib
import hashlib
import hmac
import json
import time

import pytest

import midair as harness

SECRET = "reallyreallyreallyreallyverysafe"


def encode(data):
    return base64.urlsafe_b64encode(data if isinstance(data, bytes) else data.encode()).rstrip(b"=").decode()


def token(claims, secret=SECRET, header=None, digest=hashlib.sha256):
    """A signed token. Claims and header may be text that is no JSON."""
    header = {"alg": "HS256", "typ": "JWT"} if header is None else header
    parts = [encode(part if isinstance(part, (str, bytes)) else json.dumps(part)) for part in (header, claims)]
    signed = ".".join(parts)
    return signed + "." + encode(hmac.new(secret.encode(), signed.encode(), digest).digest())


def bearer(*arguments, **more):
    """Header fields for a request with a token; bearer("writer") names a role, bearer({…}) any claims."""
    claims = arguments[0]
    if isinstance(claims, str):
        claims = {"role": claims, "exp": int(time.time()) + 3600}
    return {"Authorization": f"Bearer {token(claims, *arguments[1:], **more)}"}


AUTH = {"jwt_secret": SECRET, "anon_role": "anon"}


@contextlib.contextmanager
def serving(database, auth=None, **more):
    """A running midair that connects as the role `authenticator` of auth_schema.sql."""
    more.setdefault("url", database.url.replace("user=postgres", "user=authenticator"))
    with harness.Midair(database, auth=AUTH if auth is None else auth, **more) as running:
        yield running


def database(after="", stamped=("orders", "items", "secrets", "letters")):
    """The fixture `database` of a module: auth_schema.sql, then stamps, then `after`."""
    @pytest.fixture(scope="module", name="database")
    def made(cluster):
        new = harness.create(cluster, (harness.HERE / "auth_schema.sql").read_text(encoding="utf-8"), stamped=stamped)
        if after:
            new.sql(after)
        yield new
        new.close()

    return made
