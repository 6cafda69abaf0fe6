"""PostgREST's media type handlers (references/api/media_type_handlers): domains named like media types, functions and aggregates
that give them, overriding, the any handler, select=, writes, and their tags."""

import pytest

import midair as harness
import tables

OBJECT = "application/vnd.pgrst.object+json"
ARRAY = "application/vnd.pgrst.array+json"

SCHEMA = r"""
CREATE DOMAIN "text/csv" AS text;
CREATE DOMAIN "text/html" AS text;
CREATE DOMAIN "text/x-lines" AS text;
CREATE DOMAIN "application/json" AS json;
CREATE DOMAIN "application/x-bytes" AS bytea;
CREATE DOMAIN "Image/PNG" AS bytea;
CREATE DOMAIN raw_bytes AS bytea;
CREATE DOMAIN "application/x-deep" AS raw_bytes;
CREATE DOMAIN "*/*" AS bytea;
CREATE DOMAIN "application/vnd.pgrst.object+json" AS text;
CREATE DOMAIN "no media type/" AS text;

CREATE TABLE lines (id int PRIMARY KEY, words text, t text, q int);  -- columns named as midair's aliases
INSERT INTO lines VALUES (1, 'one', 'x', 1), (2, E'two, "2"\n\\{}', NULL, 2), (3, 'three', 'z', 3);
CREATE TABLE marks (id int PRIMARY KEY, line_id int REFERENCES lines, mark text);
INSERT INTO marks VALUES (1, 1, 'm1'), (2, 1, 'm2');
CREATE TABLE dull (id int PRIMARY KEY, name text);
INSERT INTO dull VALUES (1, 'a'), (2, 'b');
CREATE TABLE settings (factor int);
INSERT INTO settings VALUES (1);

CREATE FUNCTION csv_step(state text, next lines) RETURNS "text/csv" LANGUAGE sql AS $$ SELECT state || next.id || ';' || next.words || E'\n' $$;
CREATE FUNCTION csv_end(state "text/csv") RETURNS "text/csv" LANGUAGE plpgsql AS $$ BEGIN
    PERFORM set_config('response.headers', '[{"Content-Disposition": "attachment; filename=\"lines.csv\""}]', true);
    RETURN E'id;words\n' || state; END $$;
CREATE AGGREGATE lines_csv(lines) (initcond = '', stype = "text/csv", sfunc = csv_step, finalfunc = csv_end);

CREATE FUNCTION bytes_step(state bytea, next lines) RETURNS "application/x-bytes" LANGUAGE sql
    AS $$ SELECT state || '\x00ff'::bytea || convert_to(next.words, 'UTF8') $$;
CREATE AGGREGATE lines_bytes(lines) (initcond = '', stype = "application/x-bytes", sfunc = bytes_step);

CREATE FUNCTION deep_step(state bytea, next lines) RETURNS "application/x-deep" LANGUAGE sql AS $$ SELECT state || '\x01'::bytea $$;
CREATE AGGREGATE lines_deep(lines) (initcond = '', stype = "application/x-deep", sfunc = deep_step);

-- The final function gives a plain text; what it collects in has the type.
CREATE FUNCTION html_step(state text, next lines) RETURNS "text/html" LANGUAGE sql
    AS $$ SELECT state || '<p>' || next.id * (SELECT factor FROM settings) || '</p>' $$;
CREATE FUNCTION html_end(state "text/html") RETURNS text LANGUAGE sql AS $$ SELECT '<b>' || state || '</b>' $$;
CREATE AGGREGATE lines_html(lines) (initcond = '', stype = "text/html", sfunc = html_step, finalfunc = html_end);

CREATE FUNCTION any_step(state text, next anyelement) RETURNS "text/x-lines" LANGUAGE sql AS $$ SELECT state || next::text || E'\n' $$;
CREATE AGGREGATE any_lines(anyelement) (initcond = '', stype = "text/x-lines", sfunc = any_step);
CREATE FUNCTION marks_step(state text, next marks) RETURNS "text/x-lines" LANGUAGE sql AS $$ SELECT state || next.mark || '!' $$;
CREATE AGGREGATE marks_lines(marks) (initcond = '', stype = "text/x-lines", sfunc = marks_step);

CREATE VIEW overridden AS SELECT * FROM dull;
CREATE FUNCTION json_end(state int) RETURNS "application/json" LANGUAGE sql AS $$ SELECT json_build_object('rows', state)::"application/json" $$;
CREATE FUNCTION json_step(state int, next overridden) RETURNS int LANGUAGE sql AS $$ SELECT state + 1 $$;
CREATE AGGREGATE overridden_json(overridden) (initcond = '0', stype = int, sfunc = json_step, finalfunc = json_end);

CREATE VIEW "every.x" AS SELECT * FROM dull;
CREATE FUNCTION every_step(state "*/*", next "every.x") RETURNS "*/*" LANGUAGE sql
    AS $$ SELECT coalesce(state, ''::bytea) || convert_to(next.name || '.', 'UTF8') $$;
CREATE FUNCTION every_end(state "*/*") RETURNS "*/*" LANGUAGE plpgsql AS $$
DECLARE wanted text := current_setting('request.headers', true)::json ->> 'accept';
BEGIN
    IF wanted LIKE 'magic/%' THEN
        PERFORM set_config('response.headers', json_build_array(json_build_object('Content-Type', wanted))::text, true);
    ELSIF wanted = 'no/way' THEN
        RAISE SQLSTATE 'PT415' USING message = 'not that';
    END IF;
    RETURN state; END $$;
CREATE AGGREGATE every_agg("every.x") (stype = "*/*", sfunc = every_step, finalfunc = every_end);

CREATE VIEW vendor AS SELECT * FROM dull;
CREATE FUNCTION vendor_step(state text, next vendor) RETURNS "application/vnd.pgrst.object+json" LANGUAGE sql AS $$ SELECT 'stolen'::text $$;
CREATE AGGREGATE vendor_agg(vendor) (initcond = '', stype = "application/vnd.pgrst.object+json", sfunc = vendor_step);

CREATE VIEW writer AS SELECT * FROM dull;
CREATE FUNCTION writer_step(state text, next writer) RETURNS "text/html" LANGUAGE plpgsql AS $$ BEGIN
    INSERT INTO settings VALUES (7); RETURN 'wrote'; END $$;
CREATE AGGREGATE writer_agg(writer) (initcond = '', stype = "text/html", sfunc = writer_step);

CREATE FUNCTION some_lines(most int) RETURNS SETOF lines LANGUAGE sql STABLE AS 'SELECT * FROM lines WHERE id <= most';
CREATE FUNCTION one_line(which int) RETURNS lines LANGUAGE sql STABLE AS 'SELECT * FROM lines WHERE id = which';
CREATE FUNCTION long(lines) RETURNS boolean LANGUAGE sql STABLE AS 'SELECT length($1.words) > 3';
CREATE FUNCTION pairs() RETURNS TABLE (x int, y text) LANGUAGE sql STABLE AS $$ SELECT 1, 'y' $$;
CREATE FUNCTION picture() RETURNS "Image/PNG" LANGUAGE sql STABLE AS $$ SELECT '\x89504e4700ff'::bytea $$;
CREATE FUNCTION "page.html"(who text DEFAULT 'you') RETURNS "text/html" LANGUAGE sql STABLE AS $$ SELECT '<p>' || who || '</p>' $$;
CREATE FUNCTION no_page() RETURNS "text/html" LANGUAGE sql STABLE AS $$ SELECT NULL::text $$;
CREATE FUNCTION pages() RETURNS SETOF "text/html" LANGUAGE sql STABLE AS $$ SELECT '<p/>'::"text/html" $$;
CREATE FUNCTION whatever() RETURNS "*/*" LANGUAGE sql STABLE AS $$ SELECT 'any\000thing'::bytea $$;
CREATE FUNCTION plain_bytes() RETURNS bytea LANGUAGE sql STABLE AS $$ SELECT '\x0001ff'::bytea $$;
CREATE FUNCTION looks_like_bytes() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '\x41' $$;
"""


database = tables.database(SCHEMA, stamped=["marks"])


@pytest.mark.parametrize(
    "label, target, accept, type, body",
    [
        ("a table", "/lines?id=lt.3", "application/x-bytes", "application/x-bytes", b'\x00\xffone\x00\xfftwo, "2"\n\\{}'),
        ("a domain over a domain", "/lines", "application/x-deep", "application/x-deep", b"\x01\x01\x01"),
        ("its type is in the state", "/lines?id=eq.1", "text/html", "text/html", b"<b><p>1</p></b>"),
        ("one row by filter", "/lines?id=eq.3", "text/html", "text/html", b"<b><p>3</p></b>"),
        ("an item", "/lines/3", "text/html", "text/html", b"<b><p>3</p></b>"),
        ("order and page", "/lines?order=id.desc&limit=2", "text/html", "text/html", b"<b><p>3</p><p>2</p></b>"),
        ("no rows", "/lines?id=eq.0", "text/html", "text/html", b"<b></b>"),
        ("no rows and no state", "/every.x?id=eq.0", "x/y", "application/octet-stream", b""),
        ("overrides text/csv", "/lines?id=eq.1", "text/csv", "text/csv; charset=utf-8", b"id;words\n1;one\n"),
        ("but of that table only", "/dull?id=eq.1", "text/csv", "text/csv; charset=utf-8", b"id,name\r\n1,a\r\n"),
        ("any rows", "/dull", "text/x-lines", "text/x-lines", b"(1,a)\n(2,b)\n"),
        ("its own before that of any", "/marks", "text/x-lines", "text/x-lines", b"m1!m2!"),
        ("a nested list", "/lines/1/marks", "text/x-lines", "text/x-lines", b"m1!m2!"),
        ("rows of a function", "/rpc/some_lines?most=2", "text/html", "text/html", b"<b><p>1</p><p>2</p></b>"),
        ("filtered", "/rpc/some_lines?most=9&id=gte.3", "text/html", "text/html", b"<b><p>3</p></b>"),
        ("a row of a function", "/rpc/one_line?which=2", "text/html", "text/html", b"<b><p>2</p></b>"),
        ("by a computed field", "/lines?long=is.false", "text/html", "text/html", b"<b><p>1</p></b>"),
        ("and of a function", "/rpc/some_lines?most=9&long=is.false", "text/html", "text/html", b"<b><p>1</p></b>"),
        ("a computed field", "/lines?id=eq.1&select=long,id", "text/x-lines", "text/x-lines", b"(f,1)\n"),
        ("an item's computed field", "/lines/1?select=long", "text/x-lines", "text/x-lines", b"(f)\n"),
        ("rows of no table", "/rpc/pairs", "text/x-lines", "text/x-lines", b"(1,y)\n"),
        ("JSON overridden", "/overridden", "application/json", "application/json; charset=utf-8", b'{"rows" : 2}'),
        ("so is what anybody gets", "/overridden", None, "application/json; charset=utf-8", b'{"rows" : 2}'),
        ("and by a star", "/overridden", "*/*", "application/json; charset=utf-8", b'{"rows" : 2}'),
        ("a choice", "/lines?id=eq.1", "x/y, text/html;q=0.5, application/json;q=0.4", "text/html", b"<b><p>1</p></b>"),
        ("select=* is all", "/lines?select=*&id=eq.1", "text/html", "text/html", b"<b><p>1</p></b>"),
        ("selected columns", "/lines?select=words,id&id=eq.1", "text/x-lines", "text/x-lines", b"(one,1)\n"),
        ("an item's", "/lines/1?select=t,q", "text/x-lines", "text/x-lines", b"(x,1)\n"),
        ("embeds", "/lines?select=id,marks(mark)&id=eq.3", "text/x-lines", "text/x-lines", b"(3,[])\n"),
        ("aggregates", "/lines?select=id.max()", "text/x-lines", "text/x-lines", b"(3)\n"),
        ("its type in other letters", "/lines?id=eq.1", "TEXT/HTML", "text/html", b"<b><p>1</p></b>"),
    ],
)
def test_rows(client, label, target, accept, type, body):
    answer = client.get(target, accept=accept).expect(200)
    assert (answer.get("Content-Type"), answer.body) == (type, body), label
    head = client.head(target, accept=accept).expect(200)
    for field in ("Content-Type", "ETag", "Content-Range", "Vary"):
        assert head.get(field) == answer.get(field), label
    assert client.get(target, accept=accept, if_none_match=answer.etag).status == 304, label


@pytest.mark.parametrize(
    "label, target, accept",
    [
        ("fewer columns", "/lines?select=id", "text/html"),
        ("all of them, by name", "/lines?select=id,words,t,q", "text/html"),
        ("renamed", "/lines?select=*,x:id", "text/html"),
        ("with embeds", "/lines?select=*,marks(*)", "text/html"),
        ("select by another spelling", "/lines?s%65lect=id", "text/html"),
        ("an item's columns", "/lines/1?select=id", "text/html"),
        ("another table", "/dull", "text/html"),
        ("another table's function", "/rpc/pairs", "text/html"),
        ("groups of an item", "/lines/1?select=id.max()", "text/x-lines"),
        ("refused by weight", "/lines", "text/html;q=0"),
        ("a domain that is no media type", "/lines", "no/type"),
        ("sets of values", "/rpc/pages", "text/html"),
        ("a value has one type", "/rpc/picture", "text/html"),
        ("of another subtype", "/rpc/picture", "image/jpeg"),
    ],
)
def test_what_no_handler_shows(client, label, target, accept):
    assert client.get(target, accept=accept).problem(406)["code"] == "PGRST107", label


@pytest.mark.parametrize(
    "label, target, accept, type, body",
    [
        ("by name", "/rpc/picture", "image/png", "image/png", b"\x89PNG\x00\xff"),
        ("by a range", "/rpc/picture", "image/*", "image/png", b"\x89PNG\x00\xff"),
        ("by a star", "/rpc/picture", "*/*", "image/png", b"\x89PNG\x00\xff"),
        ("without Accept", "/rpc/picture", None, "image/png", b"\x89PNG\x00\xff"),
        ("as a browser asks", "/rpc/picture", "text/html,application/xml;q=0.9,image/png,*/*;q=0.8", "image/png",
         b"\x89PNG\x00\xff"),
        ("as JSON on demand", "/rpc/picture", "application/json", "application/json; charset=utf-8", b'"\\\\x89504e4700ff"'),
        ("text", "/rpc/page.html?who=me", "text/html", "text/html", b"<p>me</p>"),
        ("NULL", "/rpc/no_page", "text/html", "text/html", b""),
        ("whatever is asked", "/rpc/whatever", "app/bingo", "application/octet-stream", b"any\x00thing"),
        ("nothing is asked", "/rpc/whatever", None, "application/octet-stream", b"any\x00thing"),
        ("JSON is asked", "/rpc/whatever", "application/json", "application/octet-stream", b"any\x00thing"),
        ("a bytea", "/rpc/plain_bytes", "application/octet-stream", "application/octet-stream", b"\x00\x01\xff"),
        ("a bytea as text", "/rpc/plain_bytes", "text/plain", "text/plain; charset=utf-8", b"\\x0001ff"),
        ("a text like a bytea", "/rpc/looks_like_bytes", "application/octet-stream", "application/octet-stream", b"\\x41"),
    ],
)
def test_values(client, label, target, accept, type, body):
    answer = client.get(target, accept=accept).expect(200)
    assert (answer.get("Content-Type"), answer.body) == (type, body), label
    assert client.head(target, accept=accept).expect(200).etag == answer.etag
    assert client.get(target, accept=accept, if_none_match=answer.etag).status == 304, label


def test_the_any_handler(client):
    def shown(accept, target="/every.x"):
        return client.get(target, accept=accept)

    for accept in (None, "*/*", "unknown/unknown", "application/json", "text/csv"):
        answer = shown(accept).expect(200)
        assert (answer.get("Content-Type"), answer.body) == ("application/octet-stream", b"a.b."), accept
    assert shown("magic/number").expect(200).get("Content-Type") == "magic/number"
    assert shown("no/way").expect(415).json()["message"] == "not that"
    # PostgREST's own types are out of its reach, and it takes whole rows.
    assert shown(ARRAY).expect(200).json() == [{"id": 1, "name": "a"}, {"id": 2, "name": "b"}]
    assert shown(None, "/every.x?select=id").expect(200).json() == [{"id": 1}, {"id": 2}]


def test_vendor_types_are_not_overridden(client):
    assert client.get("/vendor?id=eq.1", accept=OBJECT).expect(200).json() == {"id": 1, "name": "a"}


def test_a_handler_may_say_something_of_the_answer(client):
    for target in ("/lines", "/lines/1", "/rpc/some_lines?most=1"):
        answer = client.get(target, accept="text/csv").expect(200)
        assert answer.get("Content-Disposition") == 'attachment; filename="lines.csv"', target
    assert client.get("/lines", accept="text/html").get("Content-Disposition") is None


def test_counts(client):
    answer = client.get("/lines?limit=2&offset=1", accept="text/html", prefer="count=exact")
    assert answer.status == 200 or answer.status == 206
    assert answer.get("Content-Range") == "1-2/3" and answer.body == b"<b><p>2</p><p>3</p></b>"
    assert client.get("/lines?id=eq.0", accept="text/html").get("Content-Range") == "*/*"
    assert client.get("/lines/9/marks", accept="text/x-lines").expect(404)
    assert client.get("/lines/9", accept="text/x-lines").expect(404)


def test_reading_does_not_write(client, database):
    assert client.get("/writer", accept="text/html").expect(405, 400, 500).status
    assert client.get("/writer/1", accept="text/html").status >= 400
    assert database.one("SELECT count(*) FROM settings WHERE factor = 7") == 0


@pytest.fixture
def row(database):
    database.sql("DELETE FROM lines WHERE id > 3")
    database.sql("INSERT INTO lines VALUES (4, 'four')")
    yield 4
    database.sql("DELETE FROM lines WHERE id > 3")


CSV = {"accept": "text/csv", "prefer": "return=representation"}


@pytest.mark.parametrize(
    "label, write, status, body",
    [
        ("post", lambda c: c.post("/lines", {"id": 5, "words": "five"}, **CSV), 201, "5;five\n"),
        ("post of rows", lambda c: c.post("/lines", [{"id": 5, "words": 'a,"b"'}, {"id": 6, "words": "c\\d\n{e}"}], **CSV), 201,
         '5;a,"b"\n6;c\\d\n{e}\n'),
        ("post of several kinds", lambda c: c.post("/lines", [{"id": 5, "words": "a"}, {"id": 6, "words": "b", "t": "x"}], **CSV),
         201, "5;a\n6;b\n"),
        ("post of none", lambda c: c.post("/lines", [], **CSV), 201, ""),
        ("put", lambda c: c.put("/lines/4", {"words": "put"}, **CSV), 200, "4;put\n"),
        ("put of a new row", lambda c: c.put("/lines/5", {"words": "put"}, **CSV), 201, "5;put\n"),
        ("patch", lambda c: c.patch("/lines/4", {"words": "it's"}, **CSV), 200, "4;it's\n"),
        ("patch by filter", lambda c: c.patch("/lines?id=eq.4", {"words": "p"}, **CSV), 200, "4;p\n"),
        ("patch of none", lambda c: c.patch("/lines?id=eq.0", {"words": "p"}, **CSV), 200, ""),
        ("delete", lambda c: c.delete("/lines/4", **CSV), 200, "4;four\n"),
        ("delete by filter", lambda c: c.delete("/lines?id=eq.4", **CSV), 200, "4;four\n"),
        ("upsert", lambda c: c.post("/lines", [{"id": 4, "words": "u"}], accept="text/csv",
                                    prefer="return=representation, resolution=merge-duplicates"), 200, "4;u\n"),
        ("an array of keys", lambda c: c.patch("/lines", [{"id": 4, "words": "e"}], **CSV), 200, "4;e\n"),
    ],
)
def test_writes_are_shown_by_handlers(client, row, label, write, status, body):
    answer = write(client)
    assert answer.status == status or (label == "upsert" and answer.status == 201), repr(answer)
    assert answer.type == "text/csv" and answer.text in ("id;words\n" + body, body), label
    assert body == "" or answer.get("Content-Disposition"), label


def test_a_write_without_content_asks_no_handler(client, database, row):
    answer = client.patch("/lines/4", {"words": "quiet"}, accept="text/csv", prefer="return=minimal").expect(204)
    assert answer.etag and answer.get("Content-Disposition") is None
    client.delete("/lines/4", accept="text/csv").expect(204)
    assert client.post("/lines", {"id": 5}, accept="image/png").expect(406)
    assert database.one("SELECT count(*) FROM lines WHERE id = 5") == 0
    assert client.post("/lines?select=id", {"id": 5}, accept="text/x-lines").expect(406)
    assert database.one("SELECT count(*) FROM lines WHERE id = 5") == 0


def test_what_cannot_be_shown_is_not_done(client, database):
    error = client.post("/writer", {"id": 9, "name": "x"}, accept="no/thing").expect(406, 405)
    assert error and database.one("SELECT count(*) FROM dull WHERE id = 9") == 0


def test_a_tag_never_outlives_what_was_shown(client, database):
    """The handler looks at another table: neither the row nor its tag tells."""
    for target in ("/lines/1", "/lines?id=eq.1"):
        before = client.get(target, accept="text/html").expect(200)
        assert before.get("Last-Modified") is None
        database.sql("UPDATE settings SET factor = 10")
        try:
            after = client.get(target, accept="text/html", if_none_match=before.etag).expect(200)
            assert b"10" in after.body and after.etag != before.etag
            assert client.get(target, accept="text/html", if_none_match=after.etag).status == 304
        finally:
            database.sql("UPDATE settings SET factor = 1")


def test_the_rows_date_is_not_that_of_what_a_handler_makes(client):
    dated = harness.eventually(lambda: client.get("/marks/1").expect(200).get("Last-Modified"))
    shown = client.get("/marks/1", accept="text/x-lines", if_modified_since=dated).expect(200)
    assert shown.get("Last-Modified") is None and shown.body == b"m1!"


def test_its_tag_serves_a_write_by_the_row(client, database, row):
    plain = client.tag("/lines/4")
    shown = client.get("/lines/4", accept="text/csv").expect(200)
    assert shown.etag.strip('"').split("~")[0] == plain.strip('"') and shown.etag != plain
    changed = client.patch("/lines/4", {"words": "x"}, if_match=shown.etag, accept="text/csv").expect(200)
    client.patch("/lines/4", {"words": "y"}, if_match=shown.etag).expect(412)
    client.patch("/lines/4", {"words": "y"}, if_match=changed.etag).expect(200)


def test_handlers_come_with_the_next_reload(client, database, server):
    assert client.get("/dull", accept="text/late").expect(406)
    database.sql("""CREATE DOMAIN "text/late" AS text;
        CREATE FUNCTION late_step(state text, next dull) RETURNS "text/late" LANGUAGE sql AS $$ SELECT state || next.name $$;
        CREATE AGGREGATE late_agg(dull) (initcond = '', stype = "text/late", sfunc = late_step)""")
    database.sql("NOTIFY midair, 'reload'")
    harness.eventually(lambda: client.get("/dull", accept="text/late").status == 200)
    assert client.get("/dull", accept="text/late").body == b"ab"
