"""docs/http.md section 4: of writers with one tag exactly one wins, and nothing is applied twice."""

import contextlib
import threading

import pytest

from midair import JSON, MERGE, PATCH, UPDATE, eventually, race
from preconditions import VERSION, Row, config, done, kinds, nothing_changes, row, writes

pytestmark = pytest.mark.concurrent


@kinds
@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_of_n_writers_with_one_tag_exactly_one_wins(row, method, server):
    for attempt in range(8):
        tag = row.tag()
        version = row.database.row(row.kind.table, id=row.id).get("version")

        def write(i, tag=tag, attempt=attempt):
            with server.client() as client:
                return row.send(method, note=f"{attempt}/{i}", client=client, if_match=tag).expect(200, 412)

        answers = race(16, write)
        won = [a for a in answers if a.status == 200]
        assert len(won) == 1
        assert row.note() == won[0].json()["note"]
        if version:
            assert row.database.row(row.kind.table, id=row.id)["version"] == version + 1
        for lost in answers:
            if lost.status == 412:
                assert lost.etag == won[0].etag and lost.json()["current"]["note"] == row.note()


@pytest.mark.quick
@kinds
def test_of_n_deleters_with_one_tag_exactly_one_wins(row, server):
    tag = row.tag()

    def remove(_):
        with server.client() as client:
            return client.delete(row.url, if_match=tag).status

    statuses = race(12, remove)
    assert sorted(statuses) == [204] + [404] * 11


@kinds
def test_writers_and_deleters_with_one_tag(row, server):
    tag = row.tag()

    def act(i):
        with server.client() as client:
            return row.send("DELETE" if i % 2 else "PATCH", note=str(i), client=client, if_match=tag).status

    statuses = race(12, act)
    assert len([s for s in statuses if s in (200, 204)]) == 1, statuses
    assert set(statuses) <= {200, 204, 404, 412}


@kinds
@writes
@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_a_writer_beside_midair_that_has_not_committed_yet(row, method, ending, server):
    """The check waits for the other's outcome and goes by it."""
    tag = row.tag()
    answers = []
    with contextlib.closing(row.database.connect()) as other, other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(f"UPDATE {row.kind.table} SET note = 'by the other' WHERE id = %s", [row.id])

        def write():
            with server.client() as client:
                answers.append(row.send(method, client=client, if_match=tag))

        thread = threading.Thread(target=write)
        thread.start()
        eventually(lambda: row.database.one(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))
        cursor.execute(ending)
        thread.join()
    if ending == "COMMIT":
        answers[0].problem(412)
        assert row.note() == "by the other"
    else:
        done(answers[0], method)


@pytest.mark.quick
@kinds
def test_two_tabs_one_after_the_other(row):
    """The lost update that midair exists for."""
    first = row.tag()
    second = row.tag()
    row.send("PATCH", note="first", if_match=first).expect(200)
    row.send("PATCH", note="second", if_match=second).problem(412)
    assert row.note() == "first"


@kinds
def test_a_chain_of_returned_tags(row):
    tag = row.tag()
    seen = {tag}
    for i in range(30):
        answer = row.send("PUT" if i % 2 else "PATCH", note=f"step {i}", if_match=tag).expect(200)
        tag = answer.etag
        assert tag not in seen and tag == answer.json()["etag"]
        seen.add(tag)
    assert tag == row.tag()


def test_repeating_the_very_same_write(database, client):
    """13.1.1 lets it be answered 2xx where that is certain; it is never applied twice."""
    row = Row(VERSION, database, client)
    tag = row.tag()
    row.send("PATCH", note="same", if_match=tag).expect(200)
    version = database.row("orders", id=row.id)["version"]
    row.send("PATCH", note="same", if_match=tag).expect(200, 412)
    assert database.row("orders", id=row.id)["version"] == version


def test_pipelined_writes_with_one_tag(database, server, client):
    """Two requests sent at once on one connection: the second sees what the first did."""
    row = Row(VERSION, database, client)
    tag = row.tag()
    with server.raw() as raw:
        for i in range(2):
            body = b'{"note": "pipelined %d"}' % i
            raw.send(b"PATCH %s HTTP/1.1\r\nHost: localhost\r\nIf-Match: %s\r\nContent-Type: application/json\r\n"
                     b"Content-Length: %d\r\n\r\n%s" % (row.url.encode(), tag.encode(), len(body), body))
        assert [raw.response().status for _ in range(2)] == [200, 412]


def test_media_types_of_patch_all_check(database, client):
    row = Row(VERSION, database, client)
    bodies = {
        JSON: {"note": "x"}, MERGE: {"note": "x"}, UPDATE: {"$set": {"note": "x"}},
        PATCH: [{"op": "replace", "path": "/note", "value": "x"}],
    }
    for type_, body in bodies.items():
        with nothing_changes(row):
            client.patch(row.url, body, type=type_, if_match='"stale"').problem(412)
            client.patch(row.url, body, type=type_).problem(428)
        client.patch(row.url, body, type=type_, if_match=row.tag()).expect(200)
