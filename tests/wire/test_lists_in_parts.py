"""docs/http.md section 7: a list that needs more memory than a request may use is sent in parts, while it is read."""

import re

import pytest

import tables
from midair import Broken, eventually

pytestmark = pytest.mark.concurrent

SCHEMA = """
CREATE TABLE towns (id int PRIMARY KEY, name text);
CREATE TABLE wide (id int PRIMARY KEY, town_id int REFERENCES towns, note text, n int);
INSERT INTO towns SELECT i, 'town ' || i FROM generate_series(1, 9) i;
INSERT INTO wide SELECT i, 1 + i % 9, CASE WHEN i % 7 <> 0 THEN repeat('"x\u00e9', i) END, 1000 - i FROM generate_series(1, 900) i;
CREATE VIEW keyless AS SELECT note, n FROM wide ORDER BY n;
CREATE TABLE heavy (id int PRIMARY KEY, pad text);
INSERT INTO heavy SELECT i, repeat('x', 50000) FROM generate_series(1, 900) i;
CREATE VIEW failing AS SELECT id, pad, 1 / (id - 800) AS one FROM heavy;
"""

database = tables.database(SCHEMA)


@pytest.fixture(scope="module", params=["civetweb", "loop"])
def config(request):
    return {"server": {"request_memory": "64k", "front": request.param}}


@pytest.fixture(scope="module")
def ample(database):
    """A server that holds the same lists at once."""
    import midair
    with midair.Midair(database) as server, server.client() as client:
        yield client


def cut(client):
    return int(re.search(r"^midair_answers_cut_total (\d+)$", client.get("/_metrics").text, re.M).group(1))


@pytest.mark.parametrize("path", [
    "/wide", "/wide?order=id", "/wide?order=n&limit=500", "/wide?order=id&offset=300", "/wide?n=lt.600&order=id.desc",
    "/wide?select=id,note,towns(name)&order=id", "/towns?select=id,wide(id,note)&order=id", "/keyless?order=n",
    "/wide?select=note&order=id", "/wide?select=id,note&note=not.is.null&order=id", "/wide?order=id&limit=897",
])
def test_the_content_is_the_same_as_of_a_list_that_is_held_at_once(client, ample, path):
    whole, parts = ample.get(path).expect(200), client.get(path).expect(200)
    assert whole.get("Content-Length") and whole.etag
    assert parts.get("Transfer-Encoding") == "chunked"
    assert parts.body == whole.body
    for absent in ("Content-Length", "ETag", "Content-Range", "Link"):
        assert parts.get(absent) is None, absent
    for same in ("Content-Type", "Vary", "Cache-Control"):
        assert parts.get(same) == whole.get(same)


def test_the_connection_goes_on(client):
    for _ in range(5):
        client.get("/wide").expect(200)
        client.get("/towns/1").expect(200)
    assert cut(client) == 0


def test_a_tag_in_the_list_guards_its_row(client):
    row = client.get("/wide?order=id").json()[0]
    client.patch("/wide/1", {"n": 999}, if_match=row["etag"]).expect(200)
    client.patch("/wide/1", {"n": 999}, if_match=row["etag"]).problem(412)


@pytest.mark.parametrize("method, fields", [
    ("HEAD", {}), ("GET", {"if_none_match": '"x"'}), ("GET", {"if_match": '"x"'}), ("GET", {"prefer": "count=exact"}),
    ("GET", {"accept": "text/csv"}), ("GET", {"accept": "application/vnd.pgrst.array+json;nulls=stripped"}),
    ("GET", {"prefer": "timezone=Europe/Amsterdam"}),
])
def test_what_needs_all_rows_first_is_refused(client, method, fields):
    client.request(method, "/wide", **fields).expect(413)


def test_http_1_0_cannot_tell_a_part_from_the_whole(server):
    with server.raw() as raw:
        raw.send(b"GET /wide HTTP/1.0\r\n\r\n")
        assert raw.response().status == 413


def test_an_error_in_the_middle_breaks_the_connection_off(server, client):
    before = cut(client)
    with server.client() as own, pytest.raises(Broken):
        own.get("/failing?order=id")
    eventually(lambda: cut(client) == before + 1)
    assert re.search(r"event=answer_cut .*problem=bad-value code=22012", server.log())
    client.get("/towns/1").expect(200)


def test_a_client_that_goes_away_in_the_middle(server, client):
    before = cut(client)
    with server.raw() as raw:
        raw.send(b"GET /heavy?order=id HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in raw.socket.recv(100)
    eventually(lambda: cut(client) == before + 1)
    assert len(client.get("/heavy?order=id&limit=400").expect(200).json()) == 400


def test_a_client_that_does_not_read_loses_the_connection(server, client):
    before = cut(client)
    with server.raw() as raw:
        raw.send(b"GET /heavy?order=id HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while cut(client) == before:
            client.get("/wide/1").expect(200)
            client.get("/towns?order=id").expect(200)
    client.get("/wide").expect(200)
