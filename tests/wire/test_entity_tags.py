"""docs/http.md section 3: what tags look like, and which of them guard a row."""

import re
import time

import pytest

from preconditions import VERSION, Row, config, done, kinds, nothing_changes, row, writes


@kinds
@writes
def test_tag_of_a_projection_guards_the_whole_row(row, method):
    plain = row.client.get(row.url).expect(200)
    part = row.client.get(row.url + "?select=id,note").expect(200)
    assert part.etag != plain.etag and part.etag.startswith(plain.etag[:-1] + "~")
    row.client.get(row.url, if_none_match=part.etag).expect(200)
    row.client.get(row.url + "?select=id,note", if_none_match=plain.etag).expect(200)
    row.client.get(row.url + "?select=id,note", if_none_match=part.etag).expect(304)
    done(row.send(method, if_match=part.etag), method)


@kinds
@writes
def test_tag_of_a_projection_goes_stale_with_any_column(row, method):
    part = row.client.get(row.url + "?select=id,status").expect(200)
    row.write_by_psql()
    with nothing_changes(row):
        row.send(method, if_match=part.etag).problem(412)


@kinds
@pytest.mark.parametrize("variant", ["~", "~x", "~" + "0" * 100, "~a~b"])
def test_the_variant_part_says_nothing_about_the_state(row, variant):
    row.send("PATCH", if_match=row.tag()[:-1] + variant + '"').expect(200)


@kinds
def test_a_variant_of_a_stale_tag_is_stale(row):
    stale = row.tag()
    row.write_by_psql()
    with nothing_changes(row):
        row.send("PATCH", if_match=stale[:-1] + '~x"').problem(412)


@pytest.mark.parametrize("kind", [VERSION], ids=repr)
def test_form_of_the_tag(row):
    stored = row.database.row("orders", id=row.id)
    match = re.fullmatch(r'"(\d+)\.(\d+)\.([0-9A-Za-z_-]+)"', row.tag())
    assert match
    assert int(match.group(1)) == stored["version"]
    moment = stored["modified"]
    assert int(match.group(2)) == round(moment.replace(microsecond=0).timestamp()) * 1000000 + moment.microsecond
    assert len(match.group(3)) >= 11  # 64 bits in base64url; 16 in hexadecimal


@kinds
def test_tags_are_strict_and_strong(row):
    for answer in (row.client.get(row.url), row.client.get(row.url + "?select=id"), row.client.get(f"/{row.kind.resource}"),
                   row.client.get(row.url, accept_encoding="gzip")):
        assert re.fullmatch(r'"[\x21\x23-\x7e]+"', answer.expect(200).etag), answer.etag
        assert len(answer.all("ETag")) == 1


def test_a_fast_writer_never_makes_the_date_stand_still(database, client):
    row = Row(VERSION, database, client)
    last = database.row("orders", id=row.id)["modified"]
    for _ in range(20):
        row.send("PATCH", note=str(time.monotonic()), if_match="*").expect(200)
        now = database.row("orders", id=row.id)["modified"]
        assert now > last
        last = now
