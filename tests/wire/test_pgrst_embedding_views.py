"""PostgREST's foreign key joins on views (references/api/resource_embedding): which relationships views have, the tags of
what is shown through them, nested routes and writes, and what does not take them for foreign keys."""

import concurrent.futures
import contextlib
import json
from urllib.parse import quote

import pytest

import midair as harness
import tables

SCHEMA = r"""
CREATE SCHEMA inside;
CREATE TABLE inside.writers (id int PRIMARY KEY, name text);
CREATE TABLE inside.novels (id int PRIMARY KEY, writer_id int REFERENCES inside.writers, title text, pages int);
CREATE TABLE inside.readers (id int PRIMARY KEY, name text);
CREATE TABLE inside.reading (novel_id int REFERENCES inside.novels, reader_id int REFERENCES inside.readers, word text, PRIMARY KEY (novel_id, reader_id));
CREATE TABLE plain_writers (id int PRIMARY KEY REFERENCES inside.writers, note text);
CREATE VIEW inside.between AS SELECT id AS nr, writer_id AS by FROM inside.novels;

CREATE VIEW writers AS SELECT id, name FROM inside.writers;
CREATE VIEW novels AS SELECT id AS novel, writer_id AS writer, title FROM inside.novels;
CREATE VIEW novels_again AS SELECT title, writer FROM novels;
CREATE VIEW novels_hidden AS SELECT nr, by FROM inside.between;
CREATE MATERIALIZED VIEW novels_kept AS SELECT id, writer_id, title FROM inside.novels;
CREATE VIEW novels_united AS SELECT id, writer_id FROM inside.novels WHERE id < 2 UNION ALL SELECT id, writer_id FROM inside.novels WHERE id >= 2;
CREATE VIEW novels_with AS WITH n AS (SELECT id, writer_id FROM inside.novels) SELECT n.id, n.writer_id, s.name FROM n
    JOIN (SELECT id AS w, name FROM inside.writers) s ON s.w = n.writer_id ORDER BY upper(s.name), n.id;
CREATE VIEW novels_counted AS SELECT writer_id, count(*) AS n FROM inside.novels GROUP BY writer_id;
CREATE VIEW novels_without AS SELECT id, title FROM inside.novels;
CREATE VIEW novels_computed AS SELECT id, writer_id + 0 AS writer_id FROM inside.novels;
CREATE VIEW novels_twice AS SELECT id, writer_id AS first_by, writer_id AS second_by FROM inside.novels;
CREATE VIEW writers_counted AS SELECT id, name, (SELECT count(*) FROM inside.novels n WHERE n.writer_id = w.id) AS n FROM inside.writers w;
CREATE VIEW "odd {name} (" AS SELECT id AS "i d}", writer_id AS ":targetList ({", title AS "\ back" FROM inside.novels;
CREATE VIEW many_writers AS SELECT w.id, w.name, g FROM inside.writers w CROSS JOIN generate_series(1, 3) g;
CREATE VIEW readers AS SELECT id, name FROM inside.readers;
CREATE VIEW reading AS SELECT novel_id, reader_id FROM inside.reading;

CREATE TABLE shelves (id int PRIMARY KEY, room text);
CREATE TABLE boxes (shelf_id int REFERENCES shelves ON DELETE CASCADE, nr int, label text, PRIMARY KEY (shelf_id, nr));
CREATE TABLE coins (id int PRIMARY KEY, shelf_id int NOT NULL, box_nr int NOT NULL, metal text, FOREIGN KEY (shelf_id, box_nr) REFERENCES boxes);
CREATE TABLE owners (id int PRIMARY KEY, name text);
CREATE TABLE owned (coin_id int REFERENCES coins, owner_id int REFERENCES owners, since int, PRIMARY KEY (coin_id, owner_id));
CREATE TABLE certificates (coin_id int PRIMARY KEY REFERENCES coins, grade text);
CREATE VIEW shelves_view AS SELECT id, room FROM shelves;
CREATE VIEW odd_shelves AS SELECT id, room FROM shelves WHERE id % 2 = 1;
CREATE VIEW boxes_view AS SELECT shelf_id, nr, label FROM boxes;
CREATE VIEW coins_view AS SELECT id, shelf_id AS s, box_nr AS b, metal, upper(metal) AS loud FROM coins;
CREATE VIEW boxes_counted AS SELECT shelf_id, count(*) AS n FROM boxes GROUP BY shelf_id;
CREATE VIEW owners_view AS SELECT id, name FROM owners;
CREATE VIEW owned_view AS SELECT coin_id AS c, owner_id AS o, since FROM owned;
CREATE VIEW certificates_view AS SELECT coin_id, grade FROM certificates;
CREATE VIEW coins_joined AS SELECT coins.metal, owners.name, owned.since, owned.coin_id AS owned_coin, coins.id AS coin_id
    FROM owned JOIN coins ON coins.id = owned.coin_id JOIN owners ON owners.id = owned.owner_id;
CREATE TABLE sizes (a int, b int, PRIMARY KEY (a, b));
CREATE TABLE sized (id int PRIMARY KEY, a int, b int, FOREIGN KEY (a, b) REFERENCES sizes);
CREATE VIEW sizes_view AS SELECT a, b FROM sizes;
CREATE VIEW sized_twice AS SELECT id, a AS a1, a AS a2, b AS b1, b AS b2 FROM sized;
CREATE TABLE inside.twigs (id int PRIMARY KEY, up int REFERENCES inside.twigs, name text);
CREATE VIEW twigs AS SELECT id, up, name FROM inside.twigs;
CREATE VIEW twigs_up AS SELECT t.id, t.up AS parent, p.up AS grandparent FROM inside.twigs t LEFT JOIN inside.twigs p ON p.id = t.up;
CREATE TABLE loose (code text UNIQUE, n int);
CREATE TABLE inside.loose_kids (code text REFERENCES loose (code));
CREATE VIEW loose_kids AS SELECT code FROM inside.loose_kids;
INSERT INTO loose VALUES ('a', 1), ('b', 2); INSERT INTO inside.loose_kids VALUES ('b');
CREATE TABLE messages (id int PRIMARY KEY, sender int CONSTRAINT message_sender REFERENCES owners, receiver int CONSTRAINT message_receiver REFERENCES owners);
CREATE TABLE days (day date, shelf_id int REFERENCES shelves, n int, PRIMARY KEY (day, shelf_id)) PARTITION BY RANGE (day);
CREATE TABLE days_2024 PARTITION OF days FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE days_2026 (n int, gone int, shelf_id int NOT NULL, day date NOT NULL);
ALTER TABLE days_2026 DROP COLUMN gone;
ALTER TABLE days ATTACH PARTITION days_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE VIEW days_view AS SELECT day, shelf_id, n FROM days;
CREATE VIEW days_part AS SELECT day, shelf_id, n FROM days_2024;
CREATE FUNCTION some_coins() RETURNS SETOF coins_view LANGUAGE sql STABLE AS 'SELECT * FROM coins_view WHERE id < 3';

INSERT INTO inside.writers VALUES (1, 'Ada'), (2, 'Bea'), (3, 'Cid');
INSERT INTO inside.novels VALUES (1, 1, 'Ants', 10), (2, 1, 'Bees', 20), (3, 2, 'Cats', 30);
INSERT INTO inside.readers VALUES (1, 'Rob'); INSERT INTO inside.reading VALUES (1, 1, 'x'), (3, 1, 'y');
INSERT INTO plain_writers VALUES (1, 'good');
REFRESH MATERIALIZED VIEW novels_kept;
INSERT INTO shelves VALUES (1, 'hall'), (2, 'attic');
INSERT INTO boxes VALUES (1, 1, 'a'), (1, 2, 'b'), (2, 1, 'c');
INSERT INTO coins VALUES (1, 1, 1, 'gold'), (2, 1, 1, 'tin'), (3, 1, 2, 'iron');
INSERT INTO owners VALUES (1, 'Udo'), (2, 'Vic');
INSERT INTO owned VALUES (1, 1, 1990), (1, 2, 1991), (2, 2, 1992);
INSERT INTO certificates VALUES (1, 'fine');
INSERT INTO sizes VALUES (1, 1), (1, 2); INSERT INTO sized VALUES (1, 1, 2);
INSERT INTO inside.twigs VALUES (1, NULL, 'root'), (2, 1, 'limb'), (3, 2, 'leaf');
INSERT INTO messages VALUES (1, 1, 2);
INSERT INTO days VALUES ('2024-01-01', 1, 5);
"""
KEYS = {"odd_shelves": {"key": "id"}, "coins_view": {"key": "id"}, "novels": {"key": "novel"}}


database = tables.database(SCHEMA)


@pytest.fixture(scope="module")
def config():
    return {"resources": KEYS}


def shown(client, target):
    """Rows without their tags."""
    return json.loads(client.get(target).expect(200, 206).text, object_hook=lambda o: {k: v for k, v in o.items() if k != "etag"})


READS = {
    "view of the child, view of the parent": ("/novels?select=novel,writers(name)&novel=lte.2",
                                              [{"novel": 1, "writers": {"name": "Ada"}}, {"novel": 2, "writers": {"name": "Ada"}}]),
    "the other way": ("/writers?select=id,novels(title)&id=gte.2", [{"id": 2, "novels": [{"title": "Cats"}]}, {"id": 3, "novels": []}]),
    "a view of a view": ("/novels_again?select=title,writers(name)&title=eq.Ants", [{"title": "Ants", "writers": {"name": "Ada"}}]),
    "children in a view of a view": ("/writers?select=id,novels_again(title)&id=eq.2", [{"id": 2, "novels_again": [{"title": "Cats"}]}]),
    "a view of a view that is not served": ("/novels_hidden?select=nr,writers(name)&nr=eq.3", [{"nr": 3, "writers": {"name": "Bea"}}]),
    "a materialized view": ("/novels_kept?select=id,writers(name)&id=eq.3", [{"id": 3, "writers": {"name": "Bea"}}]),
    "children in a materialized view": ("/writers?select=id,novels_kept(id)&id=eq.2", [{"id": 2, "novels_kept": [{"id": 3}]}]),
    "WITH, a subquery, columns for ORDER BY alone": ("/novels_with?select=id,writers(name)&id=eq.3", [{"id": 3, "writers": {"name": "Bea"}}]),
    "both sides in one view": ("/novels_with?select=id,novels(title)&id=eq.3", "PGRST200"),
    "a grouped view": ("/novels_counted?select=n,writers(name)&n=eq.2", [{"n": 2, "writers": {"name": "Ada"}}]),
    "children in a grouped view": ("/writers?select=id,novels_counted(n)&id=eq.1", [{"id": 1, "novels_counted": [{"n": 2}]}]),
    "subselects between columns": ("/writers_counted?select=n,novels(title)&id=eq.2", [{"n": 1, "novels": [{"title": "Cats"}]}]),
    "names that PostgreSQL has to escape": ("/" + quote("odd {name} (") + "?select=writers(name)&" + quote('"i d}"') + "=eq.3",
                                            [{"writers": {"name": "Bea"}}]),
    "a table whose parent is a view": ("/plain_writers?select=note,writers(name)", [{"note": "good", "writers": {"name": "Ada"}}]),
    "one-to-one": ("/writers?select=id,plain_writers(note)&id=lte.2", [{"id": 1, "plain_writers": {"note": "good"}}, {"id": 2, "plain_writers": None}]),
    "one-to-one, view and view": ("/coins_view?select=id,certificates_view(grade)&id=lte.2",
                                  [{"id": 1, "certificates_view": {"grade": "fine"}}, {"id": 2, "certificates_view": None}]),
    "table and view": ("/coins?select=id,boxes_view(label)&id=eq.3", [{"id": 3, "boxes_view": {"label": "b"}}]),
    "view and table": ("/coins_view?select=id,boxes(label)&id=eq.3", [{"id": 3, "boxes": {"label": "b"}}]),
    "composite keys under other names": ("/boxes_view?select=label,coins_view(loud)&shelf_id=eq.1",
                                         [{"label": "a", "coins_view": [{"loud": "GOLD"}, {"loud": "TIN"}]}, {"label": "b", "coins_view": [{"loud": "IRON"}]}]),
    "the docs' view of three tables": ("/coins_joined?select=since,coins(metal),certificates(grade)&since=eq.1991",
                                       [{"since": 1991, "coins": {"metal": "gold"}, "certificates": {"grade": "fine"}}]),
    "many-to-many from a view": ("/coins_view?select=id,owners!owned(name)&id=eq.1", [{"id": 1, "owners": [{"name": "Udo"}, {"name": "Vic"}]}]),
    "many-to-many through a view": ("/coins?select=id,owners!owned_view(name)&id=eq.2", [{"id": 2, "owners": [{"name": "Vic"}]}]),
    "many-to-many between views through a view": ("/coins_view?select=id,owners_view!owned_view(name)&id=eq.2",
                                                  [{"id": 2, "owners_view": [{"name": "Vic"}]}]),
    "many-to-many through the only junction that is served": ("/novels?select=title,readers(name)&novel=lte.2",
                                                             [{"title": "Ants", "readers": [{"name": "Rob"}]}, {"title": "Bees", "readers": []}]),
    "a table goes before its view as a junction": ("/coins?select=id,owners(name)&id=eq.2", [{"id": 2, "owners": [{"name": "Vic"}]}]),
    "a junction is a resource, too": ("/owned_view?select=since,coins(metal),owners_view(name)&since=eq.1992",
                                      [{"since": 1992, "coins": {"metal": "tin"}, "owners_view": {"name": "Vic"}}]),
    "a column twice, by the column": ("/novels_twice?select=id,writers!second_by(name)&id=eq.3", [{"id": 3, "writers": {"name": "Bea"}}]),
    "a column twice, from the parent": ("/writers?select=id,novels_twice!first_by(id)&id=eq.2", [{"id": 2, "novels_twice": [{"id": 3}]}]),
    "a hint: the constraint": ("/messages?select=id,s:owners_view!message_sender(name),r:owners_view!message_receiver(name)",
                               [{"id": 1, "s": {"name": "Udo"}, "r": {"name": "Vic"}}]),
    "a hint: the column": ("/messages?select=id,owners_view!receiver(name)", [{"id": 1, "owners_view": {"name": "Vic"}}]),
    "a constraint's name means the table": ("/messages?select=id,message_sender(name)", [{"id": 1, "message_sender": {"name": "Udo"}}]),
    "a column's name means the table": ("/messages?select=id,sender(name)", [{"id": 1, "sender": {"name": "Udo"}}]),
    "a view that refers to itself: the parent": ("/twigs?select=name,up(name)&id=eq.3", [{"name": "leaf", "up": {"name": "limb"}}]),
    "a view that refers to itself: the children": ("/twigs?select=name,twigs(name)&id=eq.1", [{"name": "root", "twigs": [{"name": "limb"}]}]),
    "both ways and back": ("/twigs?select=id,up(id,kids:twigs!up(id))&id=eq.2", [{"id": 2, "up": {"id": 1, "kids": [{"id": 2}]}}]),
    "each of the columns that refer to itself": ("/twigs_up?select=id,parent(id),grandparent(id)&id=eq.3",
                                                 [{"id": 3, "parent": {"id": 2}, "grandparent": {"id": 1}}]),
    "a view of a partitioned table": ("/days_view?select=n,shelves(room)", [{"n": 5, "shelves": {"room": "hall"}}]),
    "children in it": ("/shelves?select=id,days_view(n)&id=eq.1", [{"id": 1, "days_view": [{"n": 5}]}]),
    "what a function returns": ("/rpc/some_coins?select=id,boxes(label)&id=eq.2", [{"id": 2, "boxes": {"label": "a"}}]),
    "inner": ("/writers?select=id,novels!inner(title)&novels.title=eq.Cats", [{"id": 2, "novels": [{"title": "Cats"}]}]),
    "inner, to one": ("/novels?select=title,writers!inner(name)&writers.name=eq.Bea", [{"title": "Cats", "writers": {"name": "Bea"}}]),
    "inner, many-to-many": ("/coins_view?select=id,owners_view!owned!inner(name)&owners_view.name=eq.Udo", [{"id": 1, "owners_view": [{"name": "Udo"}]}]),
    "null filtering": ("/writers?select=name,novels()&novels=is.null", [{"name": "Cid"}]),
    "a spread": ("/novels?select=title,...writers(by:name)&novel=eq.3", [{"title": "Cats", "by": "Bea"}]),
    "a spread to many": ("/writers?select=id,...novels(titles:title)&id=eq.1", [{"id": 1, "titles": ["Ants", "Bees"]}]),
    "order by a column of a view": ("/novels?select=novel,writers(name)&order=writers(name).desc,novel.desc",
                                    [{"novel": 3, "writers": {"name": "Bea"}}, {"novel": 2, "writers": {"name": "Ada"}}, {"novel": 1, "writers": {"name": "Ada"}}]),
    "order and limit inside": ("/writers?select=id,novels(title)&novels.order=title.desc&novels.limit=1&id=eq.1", [{"id": 1, "novels": [{"title": "Bees"}]}]),
    "eight levels": ("/writers?select=id,novels(writers(novels(writers(novels(writers(novels(writers(name))))))))&id=eq.2",
                     [{"id": 2, "novels": [{"writers": {"novels": [{"writers": {"novels": [{"writers": {"novels": [{"writers": {"name": "Bea"}}]}}]}}]}}]}]),
    "one row, though the view has three for it": ("/novels?select=novel,many_writers(id)&novel=eq.3", [{"novel": 3, "many_writers": {"id": 2}}]),
    "the first of them": ("/novels?select=novel,many_writers(g)&many_writers.order=g.desc&novel=eq.3", [{"novel": 3, "many_writers": {"g": 3}}]),
    "and as a spread": ("/novels?select=novel,...many_writers(g)&many_writers.order=g&novel=eq.3", [{"novel": 3, "g": 1}]),
    "and ordered by it": ("/novels?select=novel,many_writers(id)&order=many_writers(id).desc&limit=1", [{"novel": 3, "many_writers": {"id": 2}}]),
}
NOT_THERE = {
    "a union": "/novels_united?select=id,writers(name)",
    "a view without the column": "/novels_without?select=id,writers(name)",
    "children in it": "/writers?select=id,novels_without(id)",
    "a computed column": "/novels_computed?select=id,writers(name)",
    "a view of a partition": "/days_part?select=n,shelves(room)",
    "a table that is not served": "/novels?select=title,between(nr)",
    "a junction that is not served": "/shelves?select=id,owners(id)",
    "a view and its table": "/coins_view?select=id,coins(id)",
    "a constraint's name, where only a view is there": "/novels?select=title,novels_writer_id_fkey(name)",
    "a column's name, where only a view is there": "/novels?select=title,writer(name)",
    "a hint that names no column": "/novels_twice?select=id,writers!third_by(name)",
    "the table's column for the view's": "/novels?select=title,writers!writer_id(name)",
}


@pytest.mark.parametrize("label", READS)
def test_reads(client, label):
    target, expected = READS[label]
    if isinstance(expected, str):
        assert client.get(target).expect(400).json()["code"] == expected
        return
    assert shown(client, target) == expected


@pytest.mark.parametrize("label", NOT_THERE)
def test_what_is_not_related(client, label):
    document = client.get(NOT_THERE[label]).expect(400).json()
    assert document["code"] == "PGRST200" and "no matches were found" in document["details"]


AMBIGUOUS = {
    "a column twice": ("/novels_twice?select=writers(name)", ["novels_twice(first_by) and writers(id)", "novels_twice(second_by) and writers(id)"]),
    "two columns twice": ("/sized_twice?select=sizes_view(a)", [f"sized_twice({a}, {b}) and sizes_view(a, b)" for a in ("a1", "a2") for b in ("b1", "b2")]),
    "a constraint that both columns have": ("/novels_twice?select=writers!novels_writer_id_fkey(name)",
                                            ["novels_twice(first_by) and writers(id)", "novels_twice(second_by) and writers(id)"]),
    "two foreign keys to a view": ("/messages?select=owners_view(name)", ["messages(receiver) and owners_view(id)", "messages(sender) and owners_view(id)"]),
    "two junctions, both through views": ("/coins_view?select=owners_view(name)",
                                          ["owned_coin_id_fkey(coin_id) and owned_owner_id_fkey(owner_id)", "owned_coin_id_fkey(c) and owned_owner_id_fkey(o)"]),
}


@pytest.mark.parametrize("label", AMBIGUOUS)
def test_ambiguity(client, label):
    target, expected = AMBIGUOUS[label]
    document = client.get(target).expect(300).json()
    assert document["code"] == "PGRST201"
    assert [d["relationship"].split(" using ")[1] for d in document["details"]] == expected


def test_exact_counts_through_views(client):
    for target, total in (("/writers?select=id,novels!inner(title)", 2), ("/writers?select=id,novels()&novels=is.null", 1), ("/novels?select=writers(id)", 3)):
        assert client.get(target, prefer="count=exact").expect(200, 206).get("Content-Range").endswith(f"/{total}"), target


# Tags


CHANGES = {
    "a row of a view": ("coins_view(loud)", "UPDATE coins SET metal = 'zinc' WHERE id = 3"),
    "a new row": ("coins_view(id)", "INSERT INTO coins VALUES (30, 1, 2, 'lead')"),
    "a row that is gone": ("coins_view(id)", "DELETE FROM coins WHERE id = 30"),
    "a row that moved away": ("coins_view(id)", "UPDATE coins SET box_nr = 1 WHERE id = 3"),
    "a parent in a view": ("shelves_view(room)", "UPDATE shelves SET room = 'cellar' WHERE id = 1"),
    "what lies below a view": ("coins_view(owners_view!owned(name))", "INSERT INTO owned VALUES (2, 1, 2000)"),
}


@pytest.mark.parametrize("label", CHANGES)
def test_a_tag_covers_what_views_show(client, database, label):
    embed, change = CHANGES[label]
    box, name = ("1,1", "a") if "owners" in embed else ("1,2", "b")
    database.sql("UPDATE coins SET box_nr = 2 WHERE id = 3")
    url = f"/boxes/{box}?select=label,{embed}"
    before = client.get(url).expect(200)
    client.get(url, if_none_match=before.etag).expect(304)
    database.sql(change)
    client.get(url, if_none_match=before.etag).expect(200)
    client.patch(f"/boxes/{box}", {"label": "new"}, if_match=before.etag).problem(412)
    client.patch(f"/boxes/{box}", {"label": name}, if_match=client.get(url).etag).expect(200)


def test_a_tag_covers_views_that_cannot_be_locked(client, database):
    url = "/shelves/2?select=room,boxes_counted(n)"
    tag = client.get(url).expect(200).etag
    database.sql("INSERT INTO boxes VALUES (2, 77)")
    client.patch("/shelves/2", {"room": "den"}, if_match=tag).problem(412)
    client.patch("/shelves/2", {"room": "den"}, if_match=client.get(url).etag).expect(200)


@pytest.mark.concurrent
def test_rows_of_a_view_are_locked_before_the_write(client, database):
    """Somebody is about to change one of them: the write waits to see what becomes of it."""
    url = "/boxes/1,2?select=label,coins_view(metal)"
    tag = client.get(url).expect(200).etag
    other = database.connect()
    other.autocommit = False
    with contextlib.closing(other), concurrent.futures.ThreadPoolExecutor(1) as pool, other.cursor() as cursor:
        cursor.execute("UPDATE coins SET metal = metal || '!' WHERE shelf_id = 1 AND box_nr = 2")
        write = pool.submit(client.patch, "/boxes/1,2", {"label": "late"}, if_match=tag)
        harness.eventually(lambda: database.one("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"))
        other.commit()
        write.result(harness.LIMIT).problem(412)


def test_columns_of_a_view_that_its_row_does_not_hold_are_covered(client, database):
    url = "/plain_writers/1?select=note,writers(id),w:writers_counted(n)"
    before = client.get(url).expect(200)
    database.sql("INSERT INTO inside.novels VALUES (50, 1, 'Late', 1)")
    after = client.get(url, if_none_match=before.etag).expect(200)
    assert after.json()["w"]["n"] == before.json()["w"]["n"] + 1
    client.patch("/plain_writers/1", {"note": "better"}, if_match=before.etag).problem(412)
    client.patch("/plain_writers/1", {"note": "good"}, if_match=after.etag).expect(200)
    database.sql("DELETE FROM inside.novels WHERE id = 50")


def test_a_view_itself_with_what_it_shows(client, database):
    url = "/coins_view/1?select=id,certificates_view(grade)"
    before = client.get(url).expect(200)
    database.sql("UPDATE certificates SET grade = 'poor'")
    client.get(url, if_none_match=before.etag).expect(200)
    client.patch("/coins_view/1", {"metal": "gold"}, if_match=before.etag).problem(412)
    client.patch("/coins_view/1", {"metal": "gold"}, if_match=client.get(url).etag).expect(200)


def test_tags_of_two_foreign_keys_differ(client):
    tags = {client.get(f"/owners/1?select=id,messages!{by}(id)").expect(200).etag.split("~")[1].split(".")[0] for by in ("sender", "receiver")}
    assert len(tags) == 2


# Nested routes


def test_nested_routes_lead_through_views(client):
    assert [b["label"] for b in client.get("/shelves/1/boxes_view?order=nr&limit=1").expect(200).json()] == ["a"]
    assert [b["nr"] for b in client.get("/odd_shelves/1/boxes?order=nr").expect(200).json()] == [1, 2]
    assert client.get("/odd_shelves/1/boxes/1,1").expect(200).json()["label"] == "a"
    client.get("/shelves/1/boxes").expect(200)


@pytest.mark.parametrize("method,target,body", [
    ("GET", "/odd_shelves/2/boxes", None), ("GET", "/odd_shelves/2/boxes/2,1", None), ("POST", "/odd_shelves/2/boxes", {"nr": 9}),
    ("POST", "/odd_shelves/2/boxes", [{"nr": 9}, {"nr": 8}]), ("PUT", "/odd_shelves/2/boxes/2,9", {"label": "x"}),
    ("PATCH", "/odd_shelves/2/boxes/2,1", {"label": "x"}), ("DELETE", "/odd_shelves/2/boxes/2,1", None), ("GET", "/odd_shelves/7/boxes", None),
], ids=lambda v: str(v)[:24])
def test_a_parent_that_the_view_does_not_show_is_none(client, database, method, target, body):
    before = database.sql("SELECT * FROM boxes ORDER BY 1, 2")
    client.request(method, target, body, if_match="*" if method in ("PATCH", "DELETE") else None).problem(404)
    assert database.sql("SELECT * FROM boxes ORDER BY 1, 2") == before


def test_children_are_made_below_a_view(client, database):
    client.post("/odd_shelves/1/boxes", {"nr": 7, "label": "seven"}).expect(201)
    assert database.sql("SELECT shelf_id FROM boxes WHERE nr = 7") == [(1,)]
    database.sql("DELETE FROM boxes WHERE nr = 7")


# Writes that show more


@pytest.mark.parametrize("method,target,body,status", [
    ("POST", "/coins", {"id": 60, "shelf_id": 1, "box_nr": 1, "metal": "brass"}, 201),
    ("POST", "/coins_view", {"id": 61, "s": 1, "b": 1, "metal": "brass"}, 201),
    ("POST", "/coins_view", [{"id": 62, "s": 1, "b": 2}, {"id": 63, "s": 1, "b": 1}], 201),
    ("PATCH", "/coins_view/61", {"metal": "steel"}, 200),
    ("PATCH", "/coins_view?id=in.(61,62)", {"metal": "steel"}, 200),
    ("PUT", "/coins/60", {"shelf_id": 1, "box_nr": 2, "metal": "brass"}, 200),
    ("DELETE", "/coins_view/61", None, 200),
    ("DELETE", "/coins_view?id=gte.60", None, 200),
], ids=lambda v: str(v)[:30])
def test_representation_of_writes(client, method, target, body, status):
    target += ("&" if "?" in target else "?") + "select=id,boxes_view(label),owners_view!owned(name),certificates_view(grade)"
    rows = client.request(method, target, body, prefer="return=representation", if_match=None if method == "POST" else "*").expect(status).json()
    for row in rows if isinstance(rows, list) else [rows]:
        assert row["boxes_view"]["label"] in ("a", "b") and row["owners_view"] == [] and row["certificates_view"] is None, row


@pytest.mark.parametrize("day", ["2024-01-02", "2026-01-02"])
def test_rows_of_partitions_are_written_and_show_their_parent(client, day):
    """Of an unstamped table; of a partition that is laid out as the whole, and of one that is not."""
    made = client.post("/days?select=n,shelves_view(room)", {"day": day, "shelf_id": 1, "n": 9}).expect(201)
    assert made.json()["n"] == 9 and set(made.json()["shelves_view"]) == {"room"}
    url = f"/days/{day},1"
    assert client.get(url).etag.split("~")[0].strip('"') == made.etag.split("~")[0].strip('"')
    client.patch(url, {"n": 10}, if_match=made.etag).expect(200)
    client.patch(url, {"n": 11}, if_match=made.etag).problem(412)
    client.put(url, {"n": 12}).expect(200)
    answer = client.post("/days?select=day,n", [{"day": day, "shelf_id": 1, "n": 13}], prefer="resolution=merge-duplicates").expect(200, 201)
    assert answer.json()[0]["n"] == 13
    client.delete(url).expect(204)
    client.put(url, {"n": 14}).expect(201)
    client.delete(url).expect(204)


# No foreign keys


def test_a_delete_does_not_count_rows_of_views(client, database):
    database.sql("INSERT INTO shelves VALUES (80, 'x'); INSERT INTO boxes VALUES (80, 1, 'y')")
    document = client.delete("/shelves/80", if_match=client.tag("/shelves/80")).expect(409).json()
    assert document["blocked_by"]["resource"] == "boxes" and document["blocked_by"]["count"] == 1
    tag = client.get("/shelves/80?select=id,boxes_view(nr)").etag  # the view's rows are not what would go
    client.delete("/shelves/80", if_match=tag).problem(409)
    client.delete("/shelves/80", if_match=client.get("/shelves/80?select=id,boxes(nr)").etag).expect(204)
    assert database.sql("SELECT * FROM boxes WHERE shelf_id = 80") == []


def test_a_delete_through_a_view_names_what_is_in_the_way(client, database):
    document = client.delete("/coins_view/1", if_match="*").expect(409).json()
    assert document["blocked_by"]["resource"] in ("certificates", "owned") and document["blocked_by"]["count"] >= 1


def test_rows_without_a_key_are_deleted_though_a_view_shows_what_refers_to_them(client, database):
    assert client.get("/loose?select=n,loose_kids(code)&order=n").json() == [{"n": 1, "loose_kids": []}, {"n": 2, "loose_kids": [{"code": "b"}]}]
    client.delete("/loose?code=eq.a").expect(204)
    client.delete("/loose?code=eq.b").problem(409)
    assert database.sql("SELECT n FROM loose") == [(2,)]


def test_the_openapi_document_leaves_their_nested_routes_out(client):
    paths = client.get("/_openapi.json").expect(200).json()["paths"]
    assert any(p.endswith("/boxes") and "{" in p for p in paths) and "/boxes_view" in paths
    assert not any(p.endswith("/boxes_view") and "{" in p for p in paths)


def test_a_missing_parent_is_told_by_the_table(client):
    client.post("/coins_view", {"id": 90, "s": 1, "b": 99}).problem(409)


def test_many_columns_of_one_foreign_key_are_bounded(client, database, start):
    """At the bound every choice is there; beyond it the first ones are."""
    columns = ", ".join(f"writer_id AS c{i}" for i in range(17))
    database.sql(f"CREATE VIEW novels_wide AS SELECT id, {columns} FROM inside.novels")
    with start(database, resources=KEYS).client() as other:
        assert other.get("/novels_wide?select=id,writers!c15(name)&id=eq.3").expect(200).json()[0]["writers"]["name"] == "Bea"
        other.get("/novels_wide?select=id,writers!c16(name)").problem(400)
        assert len(other.get("/novels_wide?select=id,writers(name)").expect(300).json()["details"]) == 16
    assert "notice: novels_wide: it shows a foreign key in more than 16 ways" in harness.midair_command("check", "--database", database.url).stdout
    database.sql("DROP VIEW novels_wide")


def test_chains_of_views_are_bounded(create, start):
    """64 views above the table show its foreign key; one more does not."""
    made = create(tables.PARENTS + "CREATE VIEW v1 AS SELECT * FROM children;"
                  + "".join(f"CREATE VIEW v{i} AS SELECT * FROM v{i - 1};" for i in range(2, 66)))
    with start(made).client() as client:
        assert client.get("/v64?select=parents(id)&id=eq.1").expect(200).json() == [{"parents": {"id": 1}}]
        assert client.get("/v65?select=parents(id)").expect(400).json()["code"] == "PGRST200"


# Schemas


def test_foreign_keys_across_schemas(create, start):
    made = create("""CREATE SCHEMA one; CREATE SCHEMA two; CREATE SCHEMA three;
        CREATE TABLE one.parents (id int PRIMARY KEY, name text); CREATE TABLE three.parents_far (id int PRIMARY KEY, name text);
        CREATE TABLE two.children (id int PRIMARY KEY, parent_id int REFERENCES one.parents, far_id int REFERENCES three.parents_far);
        CREATE VIEW one.children_view AS SELECT id, parent_id, far_id FROM two.children;
        CREATE VIEW two.parents_view AS SELECT id AS nr, name FROM one.parents;
        INSERT INTO one.parents VALUES (1, 'p'); INSERT INTO three.parents_far VALUES (1, 'f'); INSERT INTO two.children VALUES (1, 1, 1)""")
    with start(made, settings={"schemas": "one, two"}).client() as client:
        for target, expected in (("/children?select=parents(name)", "p"), ("/children?select=parents_view(name)", "p"),
                                 ("/children_view?select=parents(name)", "p"), ("/children_view?select=parents_view(name)", "p")):
            assert list(client.get(target).expect(200).json()[0].values())[0]["name"] == expected, target
        assert client.get("/parents_view?select=nr,children_view(id)").expect(200).json() == [{"nr": 1, "children_view": [{"id": 1}]}]
        for target in ("/children?select=parents_far(name)", "/children_view?select=far_id(name)"):
            assert client.get(target).expect(400).json()["code"] == "PGRST200", target


# A view of a stamped table


STAMPED = """
CREATE FUNCTION seen(int) RETURNS int LANGUAGE sql STABLE AS 'SELECT count(*)::int FROM sightings WHERE bird_id = $1';
CREATE VIEW birds_plain AS SELECT id, name AS called, created, modified, version FROM birds;
CREATE VIEW birds_seen AS SELECT id, name, seen(id) AS seen, modified, version FROM birds;
"""


def test_a_view_of_a_stamped_table_is_covered_by_its_version_where_that_says_all(create, start):
    made = create("CREATE TABLE birds (id int PRIMARY KEY, name text); CREATE TABLE sightings (bird_id int REFERENCES birds);"
                  "CREATE TABLE nests (id int PRIMARY KEY, bird_id int REFERENCES birds, tree text);"
                  "INSERT INTO birds VALUES (1, 'owl'); INSERT INTO nests VALUES (1, 1, 'elm')", stamped=["birds"])
    made.sql(STAMPED)
    with start(made, resources={"birds_plain": {"key": "id"}, "birds_seen": {"key": "id"}}).client() as client:
        plain, more = client.get("/birds_plain/1").expect(200), client.get("/birds_seen/1").expect(200)
        made.sql("INSERT INTO sightings VALUES (1)")
        client.get("/birds_plain/1", if_none_match=plain.etag).expect(304)
        date = harness.eventually(lambda: client.get("/birds_plain/1").expect(200).get("Last-Modified"))
        client.get("/birds_plain/1", if_modified_since=date).expect(304)
        assert client.get("/birds_seen/1").expect(200).get("Last-Modified") is None
        assert client.get("/birds_seen/1", if_none_match=more.etag).expect(200).json()["seen"] == 1
        client.get("/birds_seen/1", if_modified_since=date).expect(200)
        client.patch("/birds_seen/1", {"name": "kite"}, if_match=more.etag).expect(200)  # the row is as it was
        client.patch("/birds_seen/1", {"name": "wren"}, if_match=more.etag).problem(412)
        nest = client.get("/nests/1?select=id,birds_seen(seen)").expect(200)
        made.sql("INSERT INTO sightings VALUES (1)")
        client.get("/nests/1?select=id,birds_seen(seen)", if_none_match=nest.etag).expect(200)
        client.patch("/nests/1", {"tree": "oak"}, if_match=nest.etag).problem(412)
        nest = client.get("/nests/1?select=id,birds_plain(called)").expect(200)
        made.sql("UPDATE birds SET name = 'finch'")
        client.patch("/nests/1", {"tree": "oak"}, if_match=nest.etag).problem(412)
        now = client.get("/birds_seen/1").expect(200)
        client.get("/birds_seen/1", if_none_match=now.etag).expect(304)
