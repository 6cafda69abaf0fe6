"""PostgREST's aggregate functions (references/api/aggregate_functions), clause by clause."""

import json

import pytest

import midair as harness
import tables

SCHEMA = """
CREATE TABLE regions (id int PRIMARY KEY, name text, area numeric(8, 2));
CREATE TABLE buyers (id int PRIMARY KEY, name text, city text, joined date, region int REFERENCES regions, seller int);
CREATE TABLE sellers (id int PRIMARY KEY, name text, grade int, region int REFERENCES regions);
ALTER TABLE buyers ADD FOREIGN KEY (seller) REFERENCES sellers;
CREATE TABLE deals (id int PRIMARY KEY, day date, amount numeric(8, 2), details jsonb, open boolean, buyer int REFERENCES buyers,
    first_seller int CONSTRAINT "first" REFERENCES sellers, second_seller int CONSTRAINT "second" REFERENCES sellers);
CREATE TABLE tags (deal int REFERENCES deals, word text, weight int, PRIMARY KEY (deal, word));
CREATE TABLE counts (id int PRIMARY KEY, count int, sum int);
CREATE FUNCTION doubled(deals) RETURNS numeric LANGUAGE sql STABLE AS $$ SELECT 2 * $1.amount $$;
CREATE FUNCTION big(deals) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT $1.amount >= 20 $$;
CREATE FUNCTION all_deals() RETURNS SETOF deals LANGUAGE sql STABLE AS $$ SELECT * FROM deals $$;
INSERT INTO regions VALUES (1, 'North', 10.50), (2, 'South', 20);
INSERT INTO sellers VALUES (1, 'S1', 5, 1), (2, 'S2', 7, 2), (3, 'S3', NULL, NULL);
INSERT INTO buyers VALUES (1, 'Ann', 'Oslo', '2020-01-01', 1, 1), (2, 'Bob', 'Rome', '2021-06-01', 2, 1), (3, 'Cy', 'Rome', '2022-02-02', 2, 2), (4, 'Dee', NULL, NULL, NULL, NULL);
INSERT INTO deals VALUES (1, '2024-01-01', 10.25, '{"tax": 1.5, "k": "a"}', true, 1, 1, 2), (2, '2024-01-01', 20.50, '{"tax": 2.5, "k": "b"}', false, 1, 1, 1),
    (3, '2024-01-02', 30, '{"tax": 3, "k": "a"}', true, 2, 2, NULL), (4, '2024-01-02', 5, NULL, NULL, 3, NULL, NULL), (5, '2024-01-03', NULL, '{}', true, NULL, 2, 2);
INSERT INTO tags VALUES (1, 'x', 1), (1, 'y', 2), (2, 'x', 4), (3, 'z', 8);
INSERT INTO counts VALUES (1, 17, 18), (2, 17, 3);
ALTER TABLE buyers ADD rate numeric, ADD raw json;
UPDATE buyers SET rate = CASE id WHEN 1 THEN 1.0 WHEN 2 THEN 1.00 ELSE 2 END, raw = '{"r": 1}';
"""


database = tables.database(SCHEMA, stamped=["deals"])


def untagged(response):
    return json.loads(response.text, object_hook=lambda o: {k: v for k, v in o.items() if k != "etag"})


READS = {
    # the five functions
    "sum": ("/deals?select=amount.sum()", [{"sum": 65.75}]),
    "avg": ("/deals?select=amount.avg()", [{"avg": 16.4375}]),
    "min, max": ("/deals?select=amount.min(),amount.max()", [{"min": 5.00, "max": 30.00}]),
    "of dates": ("/deals?select=day.min(),day.max()", [{"min": "2024-01-01", "max": "2024-01-03"}]),
    "count of a column leaves NULL out": ("/deals?select=amount.count()", [{"count": 4}]),
    "several": ("/deals?select=amount.sum(),id.max(),c:id.count()", [{"sum": 65.75, "max": 5, "c": 5}]),
    "of no rows": ("/deals?select=amount.sum(),count()&id=gt.99", [{"sum": None, "count": 0}]),
    # grouping
    "grouped": ("/deals?select=amount.sum(),amount.max(),day&order=day", [
        {"sum": 30.75, "max": 20.50, "day": "2024-01-01"}, {"sum": 35.00, "max": 30.00, "day": "2024-01-02"}, {"sum": None, "max": None, "day": "2024-01-03"}]),
    "grouped under another name": ("/deals?select=d:day,amount.sum()&order=day&limit=1", [{"d": "2024-01-01", "sum": 30.75}]),
    "grouped by two": ("/deals?select=day,open,count()&order=day,open.nullsfirst&limit=3", [
        {"day": "2024-01-01", "open": False, "count": 1}, {"day": "2024-01-01", "open": True, "count": 1}, {"day": "2024-01-02", "open": None, "count": 1}]),
    "grouped by a cast": ("/deals?select=amount::int,count()&amount=lt.15&amount=gt.6", [{"amount": 10, "count": 1}]),
    "grouped by json": ("/deals?select=details->>k,amount.sum()&details->>k=eq.a", [{"k": "a", "sum": 40.25}]),
    "grouped by all columns": ("/tags?select=*,count()&deal=eq.2", [{"deal": 2, "word": "x", "weight": 4, "count": 1}]),
    "groups of no rows": ("/deals?select=day,count()&id=gt.99", []),
    "filtered": ("/deals?select=day,amount.sum()&open=is.true&order=day&limit=1", [{"day": "2024-01-01", "sum": 10.25}]),
    "a page": ("/deals?select=day,count()&order=day&offset=1&limit=1", [{"day": "2024-01-02", "count": 2}]),
    # count()
    "count": ("/deals?select=count()", [{"count": 5}]),
    "count by day": ("/deals?select=count(),day&order=day&limit=1", [{"count": 2, "day": "2024-01-01"}]),
    "count as a column": ("/counts?select=count&id=eq.1", [{"count": 17}]),
    "count of a column of that name": ("/counts?select=count.max()", [{"max": 17}]),
    "count() beside a column of that name": ("/counts?select=n:count(),count", [{"n": 2, "count": 17}]),
    "count of old": ("/deals?select=count", [{"count": 5}]),
    "count of old in an embed": ("/buyers?select=name,deals(count)&id=in.(1,4)", [{"name": "Ann", "deals": [{"count": 2}]}, {"name": "Dee", "deals": [{"count": 0}]}]),
    "columns called as functions are": ("/counts?select=sum.sum()", [{"sum": 21}]),
    # names and casts
    "renamed": ("/deals?select=total:amount.sum()", [{"total": 65.75}]),
    "renamed count": ("/deals?select=n:count()", [{"n": 5}]),
    "cast of the input": ("/deals?select=amount::int.sum()", [{"sum": 66}]),
    "cast of the output": ("/deals?select=amount.avg()::int", [{"avg": 16}]),
    "cast of count": ("/deals?select=count()::text", [{"count": "5"}]),
    "both casts and a name": ("/deals?select=s:amount::int.sum()::text", [{"s": "66"}]),
    "json, cast": ("/deals?select=details->tax::numeric.sum()", [{"sum": 7.0}]),
    "json as text, cast": ("/deals?select=details->>tax::numeric.max()::int", [{"max": 3}]),
    "json as text": ("/deals?select=details->>k.max()", [{"max": "b"}]),
    # computed fields
    "of a computed field": ("/deals?select=doubled.sum()", [{"sum": 131.50}]),
    "by a computed field": ("/deals?select=big,count()&order=big.nullslast", [{"big": False, "count": 2}, {"big": True, "count": 2}, {"big": None, "count": 1}]),
    # embeds to group by
    "by an embed": ("/deals?select=amount.sum(),buyers(name)&order=buyers(name)&buyer=lt.3", [{"sum": 30.75, "buyers": {"name": "Ann"}}, {"sum": 30.00, "buyers": {"name": "Bob"}}]),
    "by an embed, NULL": ("/deals?select=count(),buyers(name)&buyer=is.null", [{"count": 1, "buyers": None}]),
    "by an embed of many": ("/deals?select=count(),tags(word)&id=in.(4,5)", [{"count": 2, "tags": []}]),
    "by a nested embed": ("/deals?select=count(),buyers(regions(name))&buyer=gt.1", [{"count": 2, "buyers": {"regions": {"name": "South"}}}]),
    "by an inner embed": ("/deals?select=count(),buyers!inner(city)&buyers.city=eq.Rome", [{"count": 2, "buyers": {"city": "Rome"}}]),
    "by a hinted embed": ("/deals?select=count(),sellers!second(name)&second_seller=eq.2", [{"count": 2, "sellers": {"name": "S2"}}]),
    "with an empty inner embed": ("/deals?select=count(),tags!inner()", [{"count": 3}]),
    "with a filter on an embed": ("/deals?select=count(),tags()&tags=is.null", [{"count": 2}]),
    # inside of embeds
    "in an embed": ("/buyers?select=name,deals(amount.sum(),day)&id=lte.2&deals.order=day", [
        {"name": "Ann", "deals": [{"sum": 30.75, "day": "2024-01-01"}]}, {"name": "Bob", "deals": [{"sum": 30.00, "day": "2024-01-02"}]}]),
    "in an embed without rows": ("/buyers?select=deals(amount.sum(),count())&id=eq.4", [{"deals": [{"sum": None, "count": 0}]}]),
    "groups in an embed without rows": ("/buyers?select=deals(day,count())&id=eq.4", [{"deals": []}]),
    "in an embed of one": ("/deals?select=id,buyers(name.max(),count())&id=in.(1,5)", [{"id": 1, "buyers": {"max": "Ann", "count": 1}}, {"id": 5, "buyers": {"max": None, "count": 0}}]),
    "in an embed of one that orders": ("/deals?select=id,buyers(city,n:count(),id.max())&order=buyers(city).desc.nullslast,id&limit=3", [
        {"id": 3, "buyers": {"city": "Rome", "n": 1, "max": 2}}, {"id": 4, "buyers": {"city": "Rome", "n": 1, "max": 3}}, {"id": 1, "buyers": {"city": "Oslo", "n": 1, "max": 1}}]),
    "nested in an embed of one that orders": ("/deals?select=id,buyers(city,regions(name),deals(count()))&order=buyers(city),id&limit=1", [
        {"id": 1, "buyers": {"city": "Oslo", "regions": {"name": "North"}, "deals": [{"count": 2}]}}]),
    "in a nested embed": ("/regions?select=name,buyers(name,deals(amount.max()))&id=eq.1", [{"name": "North", "buyers": [{"name": "Ann", "deals": [{"max": 20.50}]}]}]),
    "filtered in an embed": ("/buyers?select=deals(count())&deals.open=is.true&id=eq.1", [{"deals": [{"count": 1}]}]),
    "limited in an embed": ("/buyers?select=deals(day,count())&deals.order=day.desc&deals.limit=1&id=eq.1", [{"deals": [{"day": "2024-01-01", "count": 2}]}]),
    "json and casts in an embed": ("/buyers?select=deals(t:details->>tax::numeric.sum()::int)&id=eq.1", [{"deals": [{"t": 4}]}]),
    "of the rows of a function": ("/rpc/all_deals?select=amount.max(),doubled.max()", [{"max": 60.00}]),
    "of groups of a function": ("/rpc/all_deals?select=day,amount.max()&order=day.desc&limit=1", [{"day": "2024-01-03", "max": None}]),
    "of children below their parent": ("/buyers/1/deals?select=amount.sum()", [{"sum": 30.75}]),
    "of an item": ("/deals/1?select=count(),amount.max()", {"count": 1, "max": 10.25}),
    # spread columns to group by
    "by spread columns": ("/deals?select=amount.sum(),...buyers(city)&order=buyers(city)", [{"sum": 30.75, "city": "Oslo"}, {"sum": 35.00, "city": "Rome"}, {"sum": None, "city": None}]),
    "by spread values that are equal": ("/deals?select=count(),...buyers(rate)&order=buyers(rate)&buyer=lt.3", [{"count": 3, "rate": 1.0}]),
    "by spread json": ("/deals?select=count(),...buyers(raw)&buyer=lt.3", [{"count": 3, "raw": {"r": 1}}]),
    "by json inside of spread json": ("/deals?select=count(),...buyers(raw->r)&buyer=lt.3", [{"count": 3, "r": 1}]),
    "by a cast of a spread column": ("/deals?select=count(),...buyers(rate::int)&buyer=lt.3", [{"count": 3, "rate": 1}]),
    "by a spread of a spread": ("/deals?select=count(),...buyers(...regions(area))&buyer=eq.3", [{"count": 1, "area": 20.00}]),
    "by two spread columns": ("/deals?select=count(),...buyers(city,name)&buyer=gt.1&order=buyers(name)", [{"count": 1, "city": "Rome", "name": "Bob"}, {"count": 1, "city": "Rome", "name": "Cy"}]),
    "by spread columns of many": ("/deals?select=amount.sum(),...tags(word)&id=in.(4,5)", [{"sum": 5.00, "word": []}]),
    # aggregates of spread columns
    "of spread columns": ("/deals?select=day,...buyers(joined.max(),joined.min())&order=day", [
        {"day": "2024-01-01", "max": "2020-01-01", "min": "2020-01-01"}, {"day": "2024-01-02", "max": "2022-02-02", "min": "2021-06-01"}, {"day": "2024-01-03", "max": None, "min": None}]),
    "of spread columns alone": ("/deals?select=...buyers(joined.max())", [{"max": "2022-02-02"}]),
    "of spread columns, renamed": ("/deals?select=...buyers(last:joined.max())", [{"last": "2022-02-02"}]),
    "of both": ("/deals?select=paid:amount.sum(),...buyers(city,first:joined.min())&order=buyers(city)&buyer=not.is.null", [
        {"paid": 30.75, "city": "Oslo", "first": "2020-01-01"}, {"paid": 35.00, "city": "Rome", "first": "2021-06-01"}]),
    "of casts": ("/deals?select=...buyers(id::text.max()::int)", [{"max": 3}]),
    "of json": ("/tags?select=...deals(details->>tax::numeric.sum())&word=eq.x", [{"sum": 4.0}]),
    "of a computed field, spread": ("/tags?select=...deals(doubled.max())", [{"max": 60.00}]),
    "of one spread by another": ("/buyers?select=...sellers(grade.sum()),...regions(name)&region=not.is.null&order=regions(name)", [{"sum": 5, "name": "North"}, {"sum": 12, "name": "South"}]),
    "through two spreads": ("/deals?select=...buyers(city,...regions(area.sum()))&buyer=lt.3&order=buyers(city)", [{"city": "Oslo", "sum": 21.00}, {"city": "Rome", "sum": 20.00}]),
    "through three spreads": ("/tags?select=word,...deals(...buyers(...regions(area.max())))&order=word&limit=2", [{"word": "x", "max": 10.50}, {"word": "y", "max": 10.50}]),
    "beside an embed in the spread": ("/deals?select=...buyers(regions(name),...sellers(grade.max()))&id=lt.3",
                                      [{"regions": {"name": "North"}, "max": 5}]),
    "by spread columns of the spread": ("/deals?select=day,...buyers(...sellers(grade.sum()),...regions(name))&buyer=not.is.null&order=day", [
        {"day": "2024-01-01", "sum": 10, "name": "North"}, {"day": "2024-01-02", "sum": 12, "name": "South"}]),
    "in an embed, of its spread": ("/regions?select=name,buyers(city,...sellers(grade.sum()))&id=eq.2", [{"name": "South", "buyers": [{"city": "Rome", "sum": 12}]}]),
    "in an embed of one, of its spread": ("/deals?select=id,buyers(...sellers(grade.sum()))&id=eq.1", [{"id": 1, "buyers": {"sum": 5}}]),
    "in an embed without rows, of its spread": ("/sellers?select=name,buyers(...regions(area.sum(),name))&id=eq.3", [{"name": "S3", "buyers": []}]),
    "hinted": ("/deals?select=...sellers!first(f:grade.sum()),...sellers!second(s:grade.sum())", [{"f": 24, "s": 19}]),
    "inner": ("/deals?select=count(),...buyers!inner(joined.max())&buyers.city=eq.Oslo", [{"count": 2, "max": "2020-01-01"}]),
    "filtered by the spread": ("/deals?select=n:count(),...buyers(count())&buyers.city=eq.Oslo", [{"n": 5, "count": 2}]),
    # count() of spreads
    "count of a spread": ("/deals?select=day,...buyers(count())&order=day", [{"day": "2024-01-01", "count": 2}, {"day": "2024-01-02", "count": 2}, {"day": "2024-01-03", "count": 0}]),
    "count of a spread, of old": ("/deals?select=...buyers(count)", [{"count": 4}]),
    "count beside its columns": ("/deals?select=...buyers(id,count())&order=buyers(id)&limit=2", [{"id": 1, "count": 2}, {"id": 2, "count": 1}]),
    "ordered by a spread's label": ("/deals?select=...buyers(b:id,n:count())&order=buyers(b).desc.nullslast&limit=2", [{"b": 3, "n": 1}, {"b": 2, "n": 1}]),
    "count of a nested spread": ("/deals?select=...buyers(...sellers(count()))&buyer=not.is.null", [{"count": 4}]),
    "counts of two levels": ("/deals?select=...buyers(city,a:count(),...sellers(b:count()))&buyer=lt.3&order=buyers(city)", [{"city": "Oslo", "a": 2, "b": 2}, {"city": "Rome", "a": 1, "b": 1}]),
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    assert untagged(client.get(target).expect(200)) == expected


@pytest.mark.parametrize("target, expected", [
    ("/deals?select=count()", "0-0/1"), ("/deals?select=day,count()&order=day&limit=2", "0-1/3"), ("/deals?select=day,count()&id=gt.99", "*/0"),
    ("/deals?select=...buyers(city,count())&order=buyers(city)&limit=1", "0-0/3"), ("/deals?select=...buyers(joined.max())", "0-0/1"),
    ("/deals?select=buyers(city),count()", "0-2/3"), ("/buyers?select=name,deals(count())", "0-3/4"),
    ("/deals?select=day,...buyers!inner(count())&order=day", "0-1/2"), ("/rpc/all_deals?select=day,count()", "0-2/3"),
])
def test_exact_counts_count_groups(client, target, expected):
    answer = client.get(target, prefer="count=exact").expect(200, 206)
    assert answer.get("Content-Range") == expected


ERRORS = {
    "unknown": ("/deals?select=amount.median()", 400, "PGRST100", 14), "without parentheses": ("/deals?select=amount.sum", 400, "PGRST100", 14),
    "with an argument": ("/deals?select=amount.sum(1)", 400, "PGRST100", 14), "in upper case": ("/deals?select=amount.SUM()", 400, "PGRST100", 14),
    "twice": ("/deals?select=amount.sum().max()", 400, "PGRST100", None), "of nothing": ("/deals?select=sum()", 400, "PGRST200", 7),
    "of a star": ("/deals?select=*.count()", 400, "PGRST100", None), "no such column": ("/deals?select=nope.sum()", 400, "42703", 7),
    "no such column in a spread": ("/deals?select=...buyers(nope.sum())", 400, "42703", 17), "no such type": ("/deals?select=amount.sum()::nope", 400, "42704", 21),
    "no such type of the input": ("/deals?select=amount::nope.sum()", 400, "42704", 15), "a cast that is SQL": ("/deals?select=amount.sum()::int);--", 400, "PGRST100", None),
    "in a filter": ("/deals?amount.sum()=eq.1", 400, None, None), "in order": ("/deals?select=day,amount.sum()&order=amount.sum()", 400, "PGRST100", None),
    "order by what is not grouped": ("/deals?select=day,count()&order=amount", 400, "42803", None), "order by a spread column that is not grouped": (
        "/deals?select=...buyers(city,count())&order=buyers(name)", 400, "42803", None),
    "sum of text": ("/deals?select=details->>k.sum()", 404, "42883", None), "a cast that fails": ("/deals?select=details->>k::int.sum()", 400, "22P02", None),
    "spread of many": ("/buyers?select=...deals(amount.sum())", 400, "PGRST127", 10), "spread of many, count": ("/buyers?select=id,...deals(count())", 400, "PGRST127", 13),
    "spread of many, beside columns": ("/buyers?select=...deals(day,amount.sum())", 400, "PGRST127", 10), "count of old in a spread of many": ("/buyers?select=...deals(count)", 400, "PGRST127", 10),
    "spread of one in a spread of many": ("/regions?select=...buyers(...sellers(grade.sum()))", 400, "PGRST127", 10),
    "spread of many in a spread of one": ("/deals?select=...buyers(...deals(count()))", 400, "PGRST127", 20),
    "spread of many in an embed": ("/regions?select=buyers(...deals(count()))", 400, "PGRST127", 17),
}


@pytest.mark.parametrize("label", ERRORS)
def test_errors(client, label):
    target, status, code, position = ERRORS[label]
    problem = client.get(target).problem(status)
    if code:
        assert problem["code"] == code
    if position is not None:
        assert problem["position"] == position


def test_the_words_of_what_is_not_implemented(client):
    problem = client.get("/buyers?select=...deals(count())").problem(400)
    assert problem["message"] == "Feature not implemented"
    assert problem["details"] == "Aggregates are not implemented for one-to-many or many-to-many spreads."


OFF = {
    "of rows": ("/deals?select=amount.sum()", 7), "count()": ("/deals?select=day,count()", 11), "in an embed": ("/buyers?select=name,deals(amount.sum())", 18),
    "in a spread": ("/deals?select=...buyers(id.count())", 17), "in a nested embed": ("/regions?select=buyers(deals(count()))", 20),
    "of a function's rows": ("/rpc/all_deals?select=amount.max()", 7), "the first of two": ("/deals?select=id.max(),count()", 7),
}


@pytest.fixture(scope="module")
def off(database):
    with harness.Midair(database, server={"aggregates": "off"}) as running, running.client() as client:
        yield client


@pytest.mark.parametrize("label", OFF)
def test_switched_off(off, label):
    target, position = OFF[label]
    problem = off.get(target).problem(400)
    assert (problem["code"], problem["message"], problem["position"]) == ("PGRST123", "Use of aggregate functions is not allowed", position)


@pytest.mark.parametrize("target", ["/deals?select=count", "/buyers?select=name,deals(count)", "/deals?select=id", "/deals?select=...buyers(count)"])
def test_what_is_left_when_they_are_switched_off(off, target):
    off.get(target).expect(200)


WRITES = {
    "of the rows": ("/deals?select=count()&id=eq.1", 400), "of old": ("/deals?select=count&id=eq.1", 400), "of a spread": ("/deals?select=...buyers(count())&id=eq.1", 400),
    "in an embed": ("/deals?select=id,tags(count(),weight.sum())&id=eq.1", 200), "in an embed, of its spread": ("/deals?select=id,buyers(...sellers(grade.sum()))&id=eq.1", 200),
}


@pytest.mark.parametrize("label", WRITES)
def test_writes_show_aggregates_of_embeds_only(client, database, label):
    target, status = WRITES[label]
    before = database.one("SELECT version FROM deals WHERE id = 1")
    answer = client.patch(target, {"open": True}, prefer="return=representation", if_match="*").expect(status)
    assert database.one("SELECT version FROM deals WHERE id = 1") == before + (status == 200)
    if label == "in an embed":
        assert untagged(answer) == [{"id": 1, "tags": [{"count": 2, "sum": 3}]}]


def test_groups_have_no_tags_and_a_list_has_that_of_its_content(client, database):
    target = "/deals?select=day,...buyers(joined.max())&order=day"
    first = client.get(target).expect(200)
    assert all("etag" not in row for row in first.json())
    client.get(target, if_none_match=first.etag).expect(304)
    database.sql("UPDATE buyers SET joined = '2023-03-03' WHERE id = 3")
    assert client.get(target, if_none_match=first.etag).expect(200).etag != first.etag
    database.sql("UPDATE buyers SET joined = '2022-02-02' WHERE id = 3")


def test_the_tag_of_a_row_covers_aggregates_in_its_embeds(client, database):
    target = "/deals/1?select=id,tags(weight.sum())"
    first = client.get(target).expect(200)
    assert first.get("Last-Modified") is None
    database.sql("UPDATE tags SET weight = 100 WHERE deal = 1 AND word = 'x'")
    client.get(target, if_none_match=first.etag).expect(200)
    client.patch("/deals/1", {"open": True}, if_match=first.etag).expect(412)
    database.sql("UPDATE tags SET weight = 1 WHERE deal = 1 AND word = 'x'")


def test_an_object_of_one_group(client):
    answer = client.get("/deals?select=count()", accept="application/vnd.pgrst.object+json").expect(200)
    assert answer.json() == {"count": 5}
    client.get("/deals?select=day,count()", accept="application/vnd.pgrst.object+json").expect(406)


def test_csv_of_groups(client):
    text = client.get("/deals?select=day,...buyers(n:count())&order=day", accept="text/csv").expect(200).text
    assert text.split() == ["day,n", "2024-01-01,2", "2024-01-02,2", "2024-01-03,0"]
