"""[auth]: the requests of a batch run as the role of the batch's token, whatever they say of themselves; keys belong to
the role and the user of the token."""

import uuid

import pytest

import midair as harness
import tokens
from batches import batch, req, send, statuses
from tokens import bearer

database = tokens.database("GRANT ALL ON seen TO writer; NOTIFY midair, 'reload'")


@pytest.fixture(scope="module")
def server(database):
    with tokens.serving(database) as running:
        yield running


WRITER = bearer({"role": "writer", "sub": "7"})


@pytest.mark.parametrize("group", [None, "g", "g/inner"])
@pytest.mark.parametrize("own", [None, WRITER, bearer({"role": "reader", "sub": "8"}), {"Authorization": "Bearer nonsense"}],
                         ids=["none", "the same", "another", "nonsense"])
def test_the_requests_run_as_the_role_of_the_batch(client, database, group, own):
    label = uuid.uuid4().hex
    got = batch(client, req("1", "GET", "/whoami", None, group, headers=own),
                req("2", "POST", "/seen?select=id", {"label": label}, group, headers=own),
                req("3", "POST", "/rpc/me", {}, group, headers=own), headers=WRITER)
    assert statuses(got) == [200, 201, 200], got
    assert [(row["role"], row["sub"]) for row in got["1"]["body"]] == [("writer", "7")]
    assert got["3"]["body"] == {"role": "writer", "sub": "7"}
    assert database.row("seen", label=label)["by_role"] == "writer"


@pytest.mark.parametrize("group", [None, "g"])
def test_what_the_role_may_not_do_is_refused(client, database, group):
    reader = bearer({"role": "reader", "sub": "8"})
    before = database.one("SELECT count(*) FROM seen")
    got = batch(client, req("1", "POST", "/seen", {"label": "x"}, group, headers=WRITER), headers=reader)
    assert got["1"]["status"] in (403, 404, 405), got
    send(client, req("1", "GET", "/whoami", None, group), headers={"Authorization": "Bearer nonsense"}).problem(401)
    assert database.one("SELECT count(*) FROM seen") == before


def test_keys_belong_to_the_user_of_the_token(client, database):
    harness.midair_command("stamp", "--database", database.url, "--idempotency")
    once = {"Idempotency-Key": uuid.uuid4().hex}

    def write(sub):
        return client.post("/seen?select=id", {"label": "keyed"}, headers={**bearer({"role": "writer", "sub": sub}), **once})

    first, other = write("7").expect(201), write("8").expect(201)
    assert first.body != other.body and other.get("Idempotent-Replayed") is None
    assert write("7").body == first.body and write("8").body == other.body
    assert database.one("SELECT count(*) FROM seen WHERE label = 'keyed'") == 2
