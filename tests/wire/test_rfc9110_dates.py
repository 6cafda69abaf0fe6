"""RFC 9110 13.1.3, 13.1.4 and 13.2.2: conditions by date, and the order in which conditions are evaluated."""

import concurrent.futures
import contextlib
import datetime
import email.utils

import pytest

from midair import eventually
from preconditions import CONTENT, VERSION, XMIN, Row, config, done, http_date, nothing_changes, row, utc, writes


def last_modified(row):
    """The date of a row, for which one may have to wait until the second that it names is over."""
    return eventually(lambda: row.client.get(row.url).expect(200).get("Last-Modified"))


@pytest.fixture(scope="module")
def aged(database):
    """Keys of rows that were written together: the tests wait only once until a date stands for their state."""
    keys = database.sql("INSERT INTO orders (note, count) SELECT 'as it was', 1 FROM generate_series(1, 400) RETURNING id")
    return iter([key for key, in keys])


@pytest.fixture
def dated(aged, database, client):
    row = Row(VERSION, database, client, next(aged))
    row.date = last_modified(row)
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


@pytest.mark.parametrize("target", ["/orders/{key}", "/orders?id=eq.{key}"])
@pytest.mark.parametrize("status, date", [(412, "the row's"), (412, "past"), (428, "future"), (201, None)])
def test_13_1_4_a_date_does_not_let_a_row_be_made_again(dated, database, target, status, date):
    """A colleague has deleted the row: whoever guards a PUT by its date must not make it once more."""
    database.sql("DELETE FROM orders WHERE id = %s", dated.id)
    when = {"the row's": dated.date, "past": http_date(dated.moment - datetime.timedelta(days=1)),
            "future": http_date(dated.moment + datetime.timedelta(days=1))}
    fields = {"if_unmodified_since": when[date]} if date else {"if_none_match": "*"}
    answer = dated.client.put(target.format(key=dated.id), {"id": dated.id, "note": "again"}, **fields).expect(status)
    assert status != 412 or answer.json()["current"] is None
    assert database.one("SELECT count(*) FROM orders WHERE id = %s", dated.id) == (status == 201)


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
        date = last_modified(row)
        assert email.utils.parsedate_to_datetime(date) == modified.replace(microsecond=0)
        client.get(row.url, if_modified_since=date).expect(304)


# A date stands for one state: it is told, and believed, when the second that it names is over


def database_now(database):
    return database.one("SELECT clock_timestamp()").astimezone(datetime.timezone.utc)


def test_8_8_2_a_date_is_told_when_its_second_is_over(database, client):
    for _ in range(3):
        row = Row(VERSION, database, client)
        date = row.client.get(row.url).expect(200).get("Last-Modified") or last_modified(row)
        second = email.utils.parsedate_to_datetime(date).timestamp()
        assert database.one("SELECT extract(epoch FROM clock_timestamp()) >= %s", second + 1), date


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_8_8_2_a_write_has_no_date_yet(dated, method):
    assert dated.send(method, if_match="*").expect(200).get("Last-Modified") is None
    assert dated.send(method, if_match="*", prefer="return=minimal").expect(204).get("Last-Modified") is None
    assert dated.client.post("/orders", {"note": "n"}).expect(201).get("Last-Modified") is None


@pytest.mark.parametrize("ahead", [datetime.timedelta(days=9), datetime.timedelta(minutes=5), datetime.timedelta(days=30000)],
                         ids=str)
@writes
def test_13_1_4_a_date_in_the_future_is_no_condition(dated, method, ahead):
    with nothing_changes(dated):
        dated.send(method, if_unmodified_since=http_date(utc() + ahead)).problem(428)


@writes
def test_13_1_4_a_second_that_is_not_over_does_not_hold(dated, method):
    """A change later in that second would not show in the date."""
    with nothing_changes(dated):
        dated.send(method, if_unmodified_since=http_date(utc(seconds=20))).problem(412)


@pytest.mark.parametrize("ahead", [1, 5, 3600])
def test_13_1_3_a_second_that_is_not_over_is_ignored(dated, ahead):
    now = database_now(dated.database)
    dated.client.get(dated.url, if_modified_since=http_date(now + datetime.timedelta(seconds=ahead))).expect(200)


@pytest.mark.parametrize("method, target, body", [
    ("PATCH", "/orders?id=eq.{}", {"note": "x"}), ("DELETE", "/orders?id=eq.{}", None),
    ("PATCH", "/orders", [{"note": "x"}]), ("PUT", "/orders", [{"note": "x"}]), ("DELETE", "/orders", [{}]),
    ("PATCH", "/orders?limit=1&order=id", {"note": "x"}),
], ids=str)
@pytest.mark.parametrize("date", ["the row's", "past", "future"])
def test_13_1_4_dates_are_for_items_alone(dated, method, target, body, date):
    value = {"the row's": dated.date, "past": http_date(utc(days=-9)), "future": http_date(utc(days=9))}[date]
    if isinstance(body, list):
        body = [{**body[0], "id": dated.id}]
    with nothing_changes(dated):
        dated.client.request(method, target.format(dated.id), body, if_unmodified_since=value).problem(428)


KINDS_OF_WRITE = {
    "PUT": lambda row, own, date: row.send("PUT", client=own, if_unmodified_since=date),
    "PATCH": lambda row, own, date: row.send("PATCH", client=own, if_unmodified_since=date),
    "JSON Patch": lambda row, own, date: own.patch(row.url, [{"op": "add", "path": "/note", "value": "p"}],
                                                   type="application/json-patch+json", if_unmodified_since=date),
    "$inc": lambda row, own, date: own.patch(row.url, {"$inc": {"count": 1}}, type="application/vnd.midair.update+json",
                                             if_unmodified_since=date),
    "DELETE": lambda row, own, date: row.send("DELETE", client=own, if_unmodified_since=date),
}


@pytest.mark.parametrize("when", ["a date that was told", "the second of now", "the second before"])
@pytest.mark.parametrize("label", KINDS_OF_WRITE)
def test_13_1_4_of_writers_with_one_date_at_most_one_wins(database, server, client, label, when):
    row = Row(VERSION, database, client)
    if when == "a date that was told":
        date = last_modified(row)
    else:
        date = http_date(database_now(database) - datetime.timedelta(seconds=when == "the second before"))
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(server.client()) for _ in range(8)]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(lambda own: KINDS_OF_WRITE[label](row, own, date).expect(200, 204, 404, 412).status, clients))
    wins = sum(status < 300 for status in answers)
    assert wins == 1 if when == "a date that was told" else wins <= 1, answers


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
    ("If-Match true, then If-Modified-Since", {"If-Match": "TAG", "If-Modified-Since": "DATE"}, 304),
    ("If-Match true, If-Modified-Since of the future ignored", {"If-Match": "TAG", "If-Modified-Since": "FUTURE"}, 200),
    ("If-None-Match true, If-Modified-Since ignored", {"If-None-Match": '"y"', "If-Modified-Since": "FUTURE"}, 200),
], ids=lambda v: v if isinstance(v, str) else "")
def test_13_2_2_order_for_get(dated, label, headers, status):
    words = {"TAG": dated.tag(), "FUTURE": http_date(utc(days=9)), "PAST": http_date(utc(days=-9)), "DATE": dated.date}
    dated.client.get(dated.url, headers={n: words.get(v, v) for n, v in headers.items()}).expect(status)


@pytest.mark.parametrize("url", ["/orders", "/orders/1", "/"])
@pytest.mark.parametrize("headers", [
    {"If-Match": '"stale"'}, {"If-Match": "junk"}, {"If-None-Match": "*"}, {"If-Unmodified-Since": "junk"},
    {"If-Match": '*, "a"'},
], ids=str)
def test_preconditions_of_options_are_ignored(url, headers, client):
    client.options(url, headers=headers).expect(200, 204)
