"""RFC 9110 13.1.3, 13.1.4 and 13.2.2: conditions by date, and the order in which conditions are evaluated."""

import datetime
import email.utils

import pytest

from preconditions import CONTENT, VERSION, XMIN, Row, config, done, http_date, nothing_changes, row, utc, writes


@pytest.fixture
def dated(database, client):
    row = Row(VERSION, database, client)
    row.date = row.client.get(row.url).expect(200).get("Last-Modified")
    assert row.date
    row.moment = email.utils.parsedate_to_datetime(row.date)
    return row


def formats(moment):
    """The three forms of 5.6.7."""
    return {
        "IMF-fixdate": http_date(moment),
        "RFC 850": moment.strftime("%A, %d-%b-%y %H:%M:%S GMT"),
        "asctime": moment.strftime("%a %b ") + f"{moment.day:2d}" + moment.strftime(" %H:%M:%S %Y"),
    }


FORMATS = ["IMF-fixdate", "RFC 850", "asctime"]
NOT_DATES = ["junk", "0", "Tue, 32 Jan 2030 00:00:00 GMT", "Fri, 01 Jan 2030 25:00:00 GMT", "2030-01-01T00:00:00Z",
             "Fri, 01 Jan 2030 00:00:00 CET", "", "01 Jan 2030"]


@pytest.mark.parametrize("form", FORMATS)
@writes
def test_13_1_4_if_unmodified_since_holds(dated, method, form):
    done(dated.send(method, if_unmodified_since=formats(dated.moment)[form]), method)


@pytest.mark.parametrize("form", FORMATS)
@writes
def test_13_1_4_if_unmodified_since_fails(dated, method, form):
    date = formats(dated.moment - datetime.timedelta(seconds=1))[form]
    with nothing_changes(dated):
        answer = dated.send(method, if_unmodified_since=date)
        document = answer.problem(412)
        assert answer.etag == document["current_etag"] == dated.tag()


@writes
def test_13_1_4_if_unmodified_since_is_ignored_beside_if_match(dated, method):
    past, future = http_date(utc(days=-9)), http_date(utc(days=9))
    tag = dated.tag()
    with nothing_changes(dated):
        dated.send(method, if_match='"other"', if_unmodified_since=future).problem(412)
    done(dated.send(method, if_match=tag, if_unmodified_since=past), method)


@pytest.mark.parametrize("value", NOT_DATES)
@writes
def test_13_1_4_a_date_that_is_none_is_ignored(dated, method, value):
    with nothing_changes(dated):
        dated.send(method, if_unmodified_since=value).problem(428)


@writes
def test_13_1_4_two_dates_are_no_date(dated, method):
    with nothing_changes(dated):
        dated.send(method, [("If-Unmodified-Since", http_date(utc(days=1)))] * 2).problem(428)


def test_13_1_4_if_unmodified_since_of_get(dated):
    dated.client.get(dated.url, if_unmodified_since=dated.date).expect(200)
    dated.client.get(dated.url, if_unmodified_since=http_date(utc(days=-1))).problem(412)


@pytest.mark.parametrize("kind", [XMIN, CONTENT], ids=repr)
@writes
def test_13_1_4_without_a_modification_date_there_is_nothing_to_compare(row, method):
    assert row.client.get(row.url).get("Last-Modified") is None
    with nothing_changes(row):
        row.send(method, if_unmodified_since=http_date(utc(days=1))).problem(428)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_13_1_3_if_modified_since(dated, method, form):
    same = formats(dated.moment)[form]
    before = formats(dated.moment - datetime.timedelta(seconds=1))[form]
    answer = dated.client.request(method, dated.url, if_modified_since=same).expect(304)
    assert answer.etag == dated.tag()
    dated.client.request(method, dated.url, if_modified_since=before).expect(200)


@pytest.mark.parametrize("value", NOT_DATES)
def test_13_1_3_a_date_that_is_none_is_ignored(dated, value):
    dated.client.get(dated.url, if_modified_since=value).expect(200)


def test_13_1_3_is_ignored_beside_if_none_match(dated):
    future, past = http_date(utc(days=9)), http_date(utc(days=-9))
    dated.client.get(dated.url, if_none_match='"other"', if_modified_since=future).expect(200)
    dated.client.get(dated.url, if_none_match=dated.tag(), if_modified_since=past).expect(304)


@writes
def test_13_1_3_is_for_get_and_head_alone(dated, method):
    future = http_date(utc(days=9))
    done(dated.send(method, if_match=dated.tag(), if_modified_since=future), method)


def test_parts_of_a_second_are_truncated(database, client):
    row = Row(VERSION, database, client)
    for _ in range(5):
        row.write_by_psql()
        modified = database.row("orders", id=row.id)["modified"]
        answer = client.get(row.url).expect(200)
        assert email.utils.parsedate_to_datetime(answer.get("Last-Modified")) == modified.replace(microsecond=0)
        client.get(row.url, if_modified_since=answer.get("Last-Modified")).expect(304)


# Order of evaluation (13.2.2)


@writes
@pytest.mark.parametrize("label, headers, status", [
    ("If-Match false decides", {"If-Match": '"x"', "If-None-Match": '"y"'}, 412),
    ("If-Match true, then If-None-Match false", {"If-Match": "TAG", "If-None-Match": "TAG"}, 412),
    ("If-Match any, then If-None-Match any", {"If-Match": "*", "If-None-Match": "*"}, 412),
    ("If-Match true and If-None-Match true", {"If-Match": "TAG", "If-None-Match": '"y"'}, 200),
    ("If-Unmodified-Since true, then If-None-Match false", {"If-Unmodified-Since": "FUTURE", "If-None-Match": "TAG"}, 412),
    ("If-Unmodified-Since false, If-None-Match true", {"If-Unmodified-Since": "PAST", "If-None-Match": '"y"'}, 412),
    ("all true", {"If-Match": "TAG", "If-Unmodified-Since": "PAST", "If-None-Match": '"y"', "If-Modified-Since": "FUTURE"}, 200),
], ids=lambda v: v if isinstance(v, str) else "")
def test_13_2_2_order_for_writes(dated, method, label, headers, status):
    words = {"TAG": dated.tag(), "FUTURE": http_date(utc(days=9)), "PAST": http_date(utc(days=-9))}
    headers = {n: words.get(v, v) for n, v in headers.items()}
    if status == 412:
        with nothing_changes(dated):
            dated.send(method, headers).problem(412)
    else:
        done(dated.send(method, headers), method)


@pytest.mark.parametrize("label, headers, status", [
    ("If-Match false before If-None-Match", {"If-Match": '"x"', "If-None-Match": "TAG"}, 412),
    ("If-Match true, then If-None-Match", {"If-Match": "TAG", "If-None-Match": "TAG"}, 304),
    ("If-Unmodified-Since false before If-None-Match", {"If-Unmodified-Since": "PAST", "If-None-Match": "TAG"}, 412),
    ("If-Match true, If-Unmodified-Since ignored", {"If-Match": "TAG", "If-Unmodified-Since": "PAST"}, 200),
    ("If-Match true, then If-Modified-Since", {"If-Match": "TAG", "If-Modified-Since": "FUTURE"}, 304),
    ("If-None-Match true, If-Modified-Since ignored", {"If-None-Match": '"y"', "If-Modified-Since": "FUTURE"}, 200),
], ids=lambda v: v if isinstance(v, str) else "")
def test_13_2_2_order_for_get(dated, label, headers, status):
    words = {"TAG": dated.tag(), "FUTURE": http_date(utc(days=9)), "PAST": http_date(utc(days=-9))}
    dated.client.get(dated.url, headers={n: words.get(v, v) for n, v in headers.items()}).expect(status)


@pytest.mark.parametrize("url", ["/orders", "/orders/1", "/"])
@pytest.mark.parametrize("headers", [
    {"If-Match": '"stale"'}, {"If-Match": "junk"}, {"If-None-Match": "*"}, {"If-Unmodified-Since": "junk"},
    {"If-Match": '*, "a"'},
], ids=str)
def test_preconditions_of_options_are_ignored(url, headers, client):
    client.options(url, headers=headers).expect(200, 204)
