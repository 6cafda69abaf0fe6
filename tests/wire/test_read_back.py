"""docs/http.md section 5: what was read can be sent back. Columns that the database alone makes are ignored in content."""

import pytest

from midair import UPDATE, create

SQL = """
CREATE TABLE serials (name text PRIMARY KEY, number bigint GENERATED ALWAYS AS IDENTITY, note text,
                      width int GENERATED ALWAYS AS (length(name)) STORED, code int UNIQUE);
CREATE TABLE counted (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, note text,
                      width int GENERATED ALWAYS AS (length(note)) STORED);
CREATE TABLE chosen (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, note text);
INSERT INTO serials (name, note, code) VALUES ('a', 'old', 1), ('b', 'old', 2);
INSERT INTO counted (note) VALUES ('old'), ('old');
"""
MERGE = "resolution=merge-duplicates"
TABLES = {"serials": "/serials/a", "counted": "/counted/1"}


@pytest.fixture(scope="module")
def database(cluster):
    made = create(cluster, sql=SQL)
    yield made
    made.close()


@pytest.fixture(scope="module")
def config():
    return {"resources": {"*": {"if_match": "optional"}, "chosen": {"key": "id"}}}


WAYS = {
    "PUT": lambda c, url, row: c.put(url, row),
    "PATCH": lambda c, url, row: c.patch(url, row),
    "PATCH, merge": lambda c, url, row: c.patch(url, row, type="application/merge-patch+json"),
    "$set": lambda c, url, row: c.patch(url, {"$set": {k: v for k, v in row.items() if k != "etag"}}, type=UPDATE),
    "by filter": lambda c, url, row: c.patch(f"{url.rsplit('/', 1)[0]}?note=eq.{row['was']}", without(row, "was", "name")),
    "array, PATCH": lambda c, url, row: c.patch(url.rsplit("/", 1)[0], [row]),
    "array, PUT": lambda c, url, row: c.put(url.rsplit("/", 1)[0], [row]),
    "upsert": lambda c, url, row: c.post(url.rsplit("/", 1)[0], [without(row, "etag")], prefer=MERGE),
    "upsert with a tag": lambda c, url, row: c.post(url.rsplit("/", 1)[0], [row], prefer=MERGE),
}


def without(row, *names):
    return {name: value for name, value in row.items() if name not in names}


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("way", WAYS)
def test_what_was_read_can_be_sent_back(client, database, table, way):
    url = TABLES[table]
    row = client.get(url).expect(200).json()
    row["etag"] = client.tag(url)
    sent = {**row, "note": f"by {way}".replace(" ", "-")}
    if way == "by filter":
        sent["was"] = row["note"]
        database.sql(f"UPDATE {table} SET note = 'apart' WHERE {'name' if table == 'serials' else 'id'}::text NOT IN ('a', '1')")
    WAYS[way](client, url, sent).expect(200, 204)
    now = client.get(url).json()
    assert now["note"] == sent["note"] and now["width"] == len(now["name"] if table == "serials" else now["note"])
    assert {k: v for k, v in now.items() if k in ("id", "number")} == {k: v for k, v in row.items() if k in ("id", "number")}


@pytest.mark.parametrize("way", ["PATCH", "PATCH, merge", "$set", "array, PATCH", "array, PUT", "upsert", "PUT"])
def test_other_values_of_such_columns_are_ignored(client, way):
    row = client.get("/serials/a").expect(200).json()
    WAYS[way](client, "/serials/a", {**row, "number": 99999, "width": -1, "note": way}).expect(200, 204)
    assert without(client.get("/serials/a").json(), "etag") == {**without(row, "etag"), "note": way}


NEW = [
    ("PUT", lambda c, t: c.put(f"/{t}/9001", {"note": "new"})),
    ("PUT that only creates", lambda c, t: c.put(f"/{t}/9002", {"note": "new"}, if_none_match="*")),
    ("PUT by filter", lambda c, t: c.put(f"/{t}?id=eq.9003", {"id": 9003, "note": "new"})),
    ("array, PUT", lambda c, t: c.put(f"/{t}", [{"id": 9004, "note": "new"}])),
    ("upsert", lambda c, t: c.post(f"/{t}", [{"id": 9005, "note": "new"}], prefer=MERGE)),
    ("upsert of what is not there", lambda c, t: c.post(f"/{t}", [{"id": 9006, "note": "new"}], prefer="resolution=ignore-duplicates")),
    ("upsert of whatever is there", lambda c, t: c.post(f"/{t}", [{"id": 9007, "note": "new"}], prefer=MERGE, if_match="*")),
]


@pytest.mark.parametrize("send", [n[1] for n in NEW], ids=[n[0] for n in NEW])
def test_the_database_alone_makes_an_always_identity_unless_the_key_is_configured(client, database, send):
    assert send(client, "counted").problem(400)["code"] == "428C9"
    assert database.one("SELECT count(*) FROM counted WHERE id > 9000") == 0
    send(client, "chosen").expect(201)
    assert database.one("SELECT count(*) FROM chosen WHERE id > 9000") > 0


def test_a_row_that_exists_is_not_created_with_its_identity(client):
    client.put("/counted/1", {"note": "x"}, if_none_match="*").problem(412)
    client.post("/counted", [{"id": 1, "note": "x"}], prefer="resolution=ignore-duplicates").expect(200)
    client.post("/counted", [{"id": 1, "note": "over"}, {"note": "new"}], prefer=MERGE, if_match="*").expect(200, 201)
    assert client.get("/counted/1").json()["note"] == "over"


def test_another_key_is_still_a_mistake(client):
    client.patch("/counted/1", {"id": 2, "note": "lost"}).problem(400)
    client.put("/counted/1", {"id": 2, "note": "lost"}).problem(400)
    assert client.get("/counted/2").json()["note"] != "lost"
