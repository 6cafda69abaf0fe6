"""docs/http.md section 1: keys are compared as values of their type, in the URL, in content and in arrays of rows."""

import urllib.parse

import pytest

import tables
from midair import SHOP

# Each row: type, the key as it is sent, the same value spelled otherwise (in a URL), another value.
KEYS = [
    ("timestamptz", "2024-01-02T03:04:05.5+02:00", "2024-01-02T01:04:05.50Z", "2024-01-02T03:04:05.5Z"),
    ("timestamp", "2024-01-02T03:04:05.50", "2024-01-02 03:04:05.5", "2024-01-02 03:04:06"),
    ("date", "2024-01-02", "20240102", "2024-01-03"),
    ("time", "03:04:05.50", "03:04:05.5", "03:04"),
    ("interval", "90 minutes", "01:30:00", "91 minutes"),
    ("numeric", "1.50", "1.5", "1.51"),
    ("keynumber", "2.50", "2.5", "2.51"),
    ("double precision", "1e3", "1000.0", "1001"),
    ("money", "1.5", "$1.50", "1.6"),
    ("inet", "10.0.0.1/32", "10.0.0.1", "10.0.0.2"),
    ("int4range", "[1,5]", "[1,6)", "[1,7)"),
    ("bytea", "\\xAB01", "\\xab01", "\\xab02"),
    ("char(5)", "ab", "ab   ", "abc"),
    ("boolean", "yes", "t", "no"),
    ("uuid", "{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}", "a0eebc999c0b4ef8bb6d6bb9bd380a11",
     "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12"),
    ("ext.citext", "Abc", "aBC", "Abd"),
    ("regclass", "customers", '"customers"', "orders"),
    ("mood", "calm", "calm", "busy"),
    ("integer[]", [1, 2], "{1, 2}", [2, 1]),
    ("integer[]", [[1], [2]], "{{1},{2}}", [[1], [3]]),
    ("text[]", ['a,"b', "{}", "null"], '{"a,\\"b","{}","null"}', ["a", "b"]),
    ("jsonb", {"b": 1, "a": [1.0]}, '{"a":[1.0],"b":1}', {"a": [2]}),
    ("jsonb", "text", '"text"', "other"),
    ("keypair", {"a": 1, "b": 'x "y", \\'}, '(1,"x ""y"", \\\\")', {"a": 2, "b": "x"}),
    ("keypair", {"b": ""}, '(,"")', {"b": None}),
    ("keypair[]", [{"a": 1, "b": "x"}], None, [{"a": 2, "b": "x"}]),
]
NAMES = [f"{row[0]}-{i}" for i, row in enumerate(KEYS)]


SCHEMA = """
CREATE SCHEMA ext; CREATE EXTENSION citext SCHEMA ext;
CREATE TYPE keypair AS (a integer, b text); CREATE DOMAIN keynumber AS numeric;
""" + "".join(f"""
CREATE TABLE key_{i} (k {kind} PRIMARY KEY, v text);
CREATE TABLE key_{i}_kids (id integer PRIMARY KEY, k {kind} REFERENCES key_{i} ON DELETE CASCADE, v text);
""" for i, (kind, *_) in enumerate(KEYS))

database = tables.database(SCHEMA, like=SHOP, stamped=[f"key_{i}{kids}" for i in range(len(KEYS)) for kids in ("", "_kids")])


def quoted(text):
    return urllib.parse.quote(text, safe="")


@pytest.fixture(params=range(len(KEYS)), ids=NAMES)
def key(request, client, database):
    """A new row: (collection, its Location, the key as midair shows it, the row of the table)."""
    table = f"/key_{request.param}"
    database.sql(f"DELETE FROM key_{request.param}")
    made = client.post(table, {"k": KEYS[request.param][1], "v": "1"}).expect(201)
    return table, made.get("Location"), made.json()["k"], KEYS[request.param]


def test_a_row_is_found_and_written_at_its_location(client, key):
    table, location, shown, (_, sent, _, _) = key
    for content in ({"k": shown, "v": "2"}, {"k": sent, "v": "3"}, {"v": "4"}):
        client.put(location, content, if_match=client.get(location).expect(200).etag).expect(200)
        client.patch(location, content, if_match=client.get(location).etag).expect(200)
    client.delete(location, if_match=client.get(location).etag).expect(204)
    client.put(location, {"k": shown, "v": "5"}, if_none_match="*").expect(201)
    client.put(location, {"k": shown, "v": "5"}, if_none_match="*").problem(412)


def test_another_key_in_the_content_is_refused(client, key):
    table, location, shown, (_, _, _, other) = key
    tag = client.get(location).etag
    assert client.put(location, {"k": other, "v": "2"}, if_match=tag).problem(400)["code"] == "PGRST115"
    client.put(location, {"k": other, "v": "2"}, if_match='"1.1.00000000000000000000"').problem(412)
    assert client.get(location).json()["v"] == "1"
    assert client.get(location).etag == tag


def test_arrays_of_rows_name_it(client, key):
    table, location, shown, (_, sent, _, other) = key
    for number, spelled in enumerate((shown, sent)):
        element = {"k": spelled, "v": f"a{number}"}
        client.patch(table, [{**element, "etag": client.get(location).etag}]).expect(200)
        client.put(table, [{**element, "etag": client.get(location).etag}]).expect(200)
        client.patch(table, [{**element, "etag": '"1.1.00000000000000000000"'}]).problem(412)
    assert client.get(location).json()["v"] == "a1"
    client.put(table, [{"k": other, "v": "new"}, {"k": shown, "v": "old", "etag": client.get(location).etag}]).expect(200)
    assert len(client.get(table).json()) == 2
    client.delete(table, [{"k": shown, "etag": client.get(location).etag}]).expect(204)
    assert len(client.get(table).json()) == 1


def test_two_spellings_in_one_array_are_one_row(client, key):
    table, location, shown, (_, sent, _, _) = key
    for spelled in (shown, sent):
        array = [{"k": shown, "v": "one"}, {"k": spelled, "v": "other"}]
        for send in (client.put, client.patch, client.delete):
            send(table, array, if_match="*").problem(400)
    assert client.get(location).json()["v"] == "1"


def test_writes_by_filter_reach_it(client, key):
    table, location, _, _ = key
    client.patch(table, {"v": "f"}, if_match="*").expect(200)
    assert client.get(location).json()["v"] == "f"
    client.delete(table, if_match="*").expect(200, 204)
    client.get(location).problem(404)


def test_the_same_value_spelled_otherwise(client, key):
    table, location, shown, (_, _, spelled, _) = key
    if spelled is None:
        pytest.skip("one spelling")
    url = f"{table}/{quoted(spelled)}"
    answer = client.get(url).expect(200)
    assert answer.etag == client.get(location).etag
    client.put(url, {"k": shown, "v": "2"}, if_match=answer.etag).expect(200)
    client.patch(url, {"v": "3"}, if_match=client.get(location).etag).expect(200)
    client.delete(url, if_match=client.get(location).etag).expect(204)
    client.get(location).problem(404)


def test_children_say_it_as_well(client, key):
    table, location, shown, (_, sent, _, other) = key
    kids = f"{location}{table}_kids"
    for number, spelled in enumerate((shown, sent)):
        client.post(kids, {"id": number, "k": spelled, "v": "kid"}).expect(201)
        client.put(f"{kids}/{number}", {"k": spelled, "v": "other"}, if_match=client.get(f"{kids}/{number}").etag).expect(200)
    client.post(kids, {"id": 9, "k": other, "v": "kid"}).problem(400)
    client.post(kids, [{"id": 9, "k": other, "v": "kid"}]).problem(400)
    client.post(kids, [{"id": 2, "k": sent, "v": "kid"}, {"id": 3, "k": shown}, {"id": 4, "v": "kid"}]).expect(201)
    client.put(kids, [{"id": 2, "k": other, "v": "kid"}], if_match="*").problem(400)
    client.delete(kids, [{"id": 2}, {"id": 3}, {"id": 4}], if_match="*").expect(204)
    assert [kid["id"] for kid in client.get(kids).expect(200).json()] == [0, 1]
    assert len(client.get(f"{location}?select=*,{table[1:]}_kids(*)").expect(200).json()[f"{table[1:]}_kids"]) == 2
