"""RFC 9110 13.1.2: If-None-Match of reads and writes."""

import pytest

from midair import race
from preconditions import KINDS, VERSION, Row, config, kinds, nothing_changes, row, writes

MATCHING = {
    "the current tag": lambda t: t,
    "its weak form (13.1.2 compares weakly)": lambda t: "W/" + t,
    "any": lambda t: "*",
    "list": lambda t: f'"other", {t}',
    "list with a weak form": lambda t: f'"other", W/{t}, "more"',
    "beside a tag that holds a comma": lambda t: f'"a,b",{t}',
    "with empty members": lambda t: f",, {t},",
    "with the suffix of a compressing proxy": lambda t: t[:-1] + '-gzip"',
}


@kinds
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("label", MATCHING)
def test_13_1_2_if_none_match_of_get(row, method, label):
    tag = row.tag()
    answer = row.client.request(method, row.url, if_none_match=MATCHING[label](tag)).expect(304)
    assert answer.body == b"" and answer.etag == tag


@kinds
@writes
@pytest.mark.parametrize("label", MATCHING)
def test_13_1_2_if_none_match_of_a_write(row, method, label):
    tag = row.tag()
    with nothing_changes(row):
        answer = row.send(method, if_none_match=MATCHING[label](tag))
        answer.problem(412)
        assert answer.etag == tag


@kinds
@pytest.mark.parametrize("value", ['"other"', 'W/"other"', '"a", "b,c"', '""', '"*"'])
def test_13_1_2_if_none_match_of_get_without_a_match(row, value):
    answer = row.client.get(row.url, if_none_match=value).expect(200)
    assert answer.json()["note"] == "as it was"


@pytest.mark.quick
@kinds
def test_13_1_2_stale_tag_gets_the_new_state(row):
    stale = row.tag()
    row.write_by_psql("new")
    answer = row.client.get(row.url, if_none_match=stale).expect(200)
    assert answer.json()["note"] == "new" and answer.etag != stale
    row.client.get(row.url, if_none_match=answer.etag).expect(304)


def test_5_3_repeated_if_none_match_lines(database, client):
    row = Row(VERSION, database, client)
    client.get(row.url, headers=[("If-None-Match", '"a"'), ("If-None-Match", row.tag())]).expect(304)
    client.get(row.url, headers=[("If-None-Match", '"a"'), ("If-None-Match", '"b"')]).expect(200)


@kinds
def test_13_1_2_put_creates_once(kind, database, client):
    key = 920000 + KINDS.index(kind)
    body = {"id": key, "status": "new", "note": "mine", "count": 1}
    made = client.put(f"/{kind.resource}/{key}", body, if_none_match="*").expect(201)
    assert made.etag == client.tag(f"/{kind.resource}/{key}")
    again = client.put(f"/{kind.resource}/{key}", {**body, "note": "yours"}, if_none_match="*")
    document = again.problem(412)
    assert again.etag == made.etag == document["current_etag"]
    assert document["current"]["note"] == "mine"
    assert database.row(kind.table, id=key)["note"] == "mine"


@pytest.mark.concurrent
@kinds
def test_creation_race_has_one_winner(kind, database, server):
    for attempt in range(10):
        key = 930000 + 1000 * KINDS.index(kind) + attempt

        def create(i, key=key):
            with server.client() as client:
                body = {"id": key, "status": "new", "note": f"racer {i}", "count": i}
                return client.put(f"/{kind.resource}/{key}", body, if_none_match="*").expect(201, 412)

        answers = race(12, create)
        won = [a for a in answers if a.status == 201]
        assert len(won) == 1
        assert database.row(kind.table, id=key)["note"] == won[0].json()["note"]
