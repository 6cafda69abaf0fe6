"""GeoJSON where PostGIS is there (PostgREST's references/api/resource_representation, integrations/postgis): application/geo+json."""

import pytest

import tables
from midair import SHOP

GEO = "application/geo+json"

SCHEMA = """
CREATE SCHEMA maps;
CREATE EXTENSION postgis SCHEMA maps;
CREATE TABLE shops (id int PRIMARY KEY, address text, spot maps.geometry(Point, 4326));
INSERT INTO shops VALUES (1, '1369 "C" St', 'SRID=4326;POINT(-71.10044 42.373695)'), (2, 'two', 'SRID=4326;POINT(-71.1 42.5)'),
    (3, NULL, 'SRID=4326;POINT(1 2)');
CREATE TABLE visits (id int PRIMARY KEY, shop_id int REFERENCES shops, place maps.geometry(Point, 4326));
INSERT INTO visits VALUES (1, 1, 'SRID=4326;POINT(5 6)'), (2, 1, NULL);
CREATE TABLE areas (id int PRIMARY KEY, middle maps.geometry(Point, 4326), edge maps.geometry(Polygon, 4326));
INSERT INTO areas VALUES (1, 'SRID=4326;POINT(1 1)', 'SRID=4326;POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))');
CREATE TABLE dull (id int PRIMARY KEY, name text);
INSERT INTO dull VALUES (1, 'a');
CREATE VIEW seen AS SELECT id, spot FROM shops;
CREATE FUNCTION some_shops(most int) RETURNS SETOF shops LANGUAGE sql STABLE AS 'SELECT * FROM shops WHERE id <= most';
CREATE FUNCTION one_shop(which int) RETURNS shops LANGUAGE sql STABLE AS 'SELECT * FROM shops WHERE id = which';
CREATE FUNCTION spots() RETURNS TABLE (n int, spot maps.geometry) LANGUAGE sql STABLE AS 'SELECT id, spot FROM shops WHERE id = 3';
CREATE FUNCTION middle() RETURNS maps.geometry LANGUAGE sql STABLE AS 'SELECT middle FROM areas';
"""


database = tables.database(SCHEMA, stamped=["shops"])


def point(*at):
    return {"type": "Point", "coordinates": list(at)}


def bare(feature):
    """A feature without what midair adds to it: its tag, and the stamps."""
    assert feature["type"] == "Feature"
    members = {k: v for k, v in feature["properties"].items() if k not in ("created", "modified", "version")}
    return {"geometry": feature["geometry"], "properties": members}


def features(answer, *statuses):
    assert answer.expect(*statuses or (200,)).get("Content-Type") == GEO + "; charset=utf-8"
    shown = answer.json()
    assert shown["type"] == "FeatureCollection" and set(shown) == {"type", "features"}
    return [bare(f) for f in shown["features"]]


ONE = {"geometry": point(-71.10044, 42.373695), "properties": {"id": 1, "address": '1369 "C" St'}}
THREE = {"geometry": point(1, 2), "properties": {"id": 3, "address": None}}


def same(a, b):
    """Numbers are compared as such: the answer has decimals."""
    return _floats(a) == _floats(b)


def _floats(value):
    if isinstance(value, dict):
        return {k: _floats(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_floats(v) for v in value]
    return value if value is None or isinstance(value, (str, bool)) else float(value)


@pytest.mark.parametrize(
    "label, target, expected",
    [
        ("a filter", "/shops?id=eq.1", [ONE]),
        ("order and page", "/shops?order=id.desc&limit=1", [THREE]),
        ("no rows", "/shops?id=gt.9", []),
        ("selected columns", "/shops?select=id,spot&id=eq.3", [{"geometry": point(1, 2), "properties": {"id": 3}}]),
        ("renamed", "/shops?select=key:id,where:spot&id=eq.3", [{"geometry": point(1, 2), "properties": {"key": 3}}]),
        ("an embed, its geometry as in JSON", "/shops?select=id,spot,visits(id,place)&id=eq.1",
         [{"geometry": ONE["geometry"], "properties": {"id": 1, "visits": [
             {"id": 1, "place": {"type": "Point", "crs": {"type": "name", "properties": {"name": "EPSG:4326"}}, "coordinates": [5, 6]}},
             {"id": 2, "place": None}]}}]),
        ("the geometry that is selected", "/areas?select=id,middle", [{"geometry": point(1, 1), "properties": {"id": 1}}]),
        ("the other one", "/areas?select=edge", [{"geometry": {"type": "Polygon", "coordinates": [
            [[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]}, "properties": {}}]),
        ("a view", "/seen?id=eq.3", [{"geometry": point(1, 2), "properties": {"id": 3}}]),
        ("below a parent", "/shops/1/visits?id=eq.1", [{"geometry": point(5, 6), "properties": {"id": 1, "shop_id": 1}}]),
        ("a function", "/rpc/some_shops?most=9&id=eq.3", [THREE]),
        ("a function with a table of its own", "/rpc/spots", [{"geometry": point(1, 2), "properties": {"n": 3}}]),
    ],
)
def test_collections(client, label, target, expected):
    answer = client.get(target, accept=GEO)
    assert same(features(answer), expected), label
    assert client.get(target, accept=GEO, if_none_match=answer.etag).status == 304, label
    head = client.head(target, accept=GEO).expect(200)
    assert (head.get("Content-Type"), head.etag) == (answer.get("Content-Type"), answer.etag), label


def test_an_item_is_a_feature(client):
    answer = client.get("/shops/1", accept=GEO).expect(200)
    assert answer.get("Content-Type") == GEO + "; charset=utf-8" and same(bare(answer.json()), ONE)
    assert same(bare(client.get("/rpc/one_shop?which=1", accept=GEO).expect(200).json()), ONE)
    # Its tag is a member of the feature (RFC 7946 6.1), as elsewhere of the row.
    assert answer.json()["etag"] == client.tag("/shops/1")


def test_tags(client, database):
    plain, shown = client.get("/shops/3"), client.get("/shops/3", accept=GEO)
    assert plain.etag != shown.etag and plain.etag.strip('"') == shown.etag.strip('"').split("~")[0]
    assert client.get("/shops/3", accept=GEO, if_none_match=plain.etag).status == 200
    assert client.get("/shops/3", if_none_match=shown.etag).status == 200
    assert client.get("/shops/3", accept=GEO, if_none_match=shown.etag).status == 304
    database.sql("UPDATE shops SET spot = 'SRID=4326;POINT(1 3)' WHERE id = 3")
    moved = client.get("/shops/3", accept=GEO, if_none_match=shown.etag).expect(200)
    client.patch("/shops/3", {"address": "x"}, if_match=shown.etag).expect(412)
    changed = client.patch("/shops/3", {"spot": "SRID=4326;POINT(1 2)", "address": None}, if_match=moved.etag, accept=GEO)
    assert same(bare(changed.expect(200).json()), THREE) and changed.etag.startswith('"3.')


def test_writes(client):
    new = {"id": 9, "address": "nine", "spot": "SRID=4326;POINT(7 8)"}
    nine = {"geometry": point(7, 8), "properties": {"id": 9, "address": "nine"}}
    show = {"accept": GEO, "prefer": "return=representation"}
    made = client.post("/shops", new, **show).expect(201)
    assert same(bare(made.json()), nine) and made.etag and made.get("Location") == "/shops/9"
    assert same(features(client.patch("/shops?id=eq.9", {"address": "nine"}, if_match="*", **show)), [nine])
    moved = {"address": "nine", "spot": {"type": "Point", "coordinates": [7, 9]}}
    put = client.put("/shops/9", moved, if_match="*", **show).expect(200)
    assert same(bare(put.json())["geometry"], point(7, 9))
    assert len(features(client.delete("/shops?id=eq.9", if_match="*", **show))) == 1
    assert len(features(client.post("/shops", [dict(new, id=10), dict(new, id=11)], **show), 201)) == 2
    assert client.patch("/shops/10", {"address": "q"}, if_match="*", accept=GEO, prefer="return=minimal").expect(204).body == b""
    client.delete("/shops?id=gte.10", if_match="*", accept=GEO).expect(204)


@pytest.mark.parametrize(
    "label, target, status, code",
    [
        ("a table without geometries", "/dull", 406, "PGRST107"),
        ("a row of it", "/dull/1", 406, "PGRST107"),
        ("a function that gives one value", "/rpc/middle", 406, "PGRST107"),
        ("groups", "/areas?select=middle,id.count()", 406, "PGRST107"),
        ("none is selected", "/shops?select=id", 400, "22023"),
        ("an item's is not selected", "/shops/1?select=id", 400, "22023"),
    ],
)
def test_where_there_is_no_geometry(client, label, target, status, code):
    error = client.get(target, accept=GEO).problem(status)
    assert error["code"] == code, label
    assert client.get(target, accept=GEO + ";q=0.5, application/json").expect(200).type == "application/json", label


def test_another_type_is_taken_where_there_is_no_geometry(client):
    assert client.get("/dull", accept=GEO + ", application/json;q=0.1").expect(200).type == "application/json"
    assert client.get("/shops", accept="application/*").expect(200).type == "application/json"
    assert client.get("/shops?id=eq.1", accept="application/geo+json;").expect(200).type == GEO
    assert client.post("/dull", {"id": 2}, accept=GEO).expect(406)
    assert client.get("/dull?id=eq.2").json() == []


def test_geometries_in_json_are_geojson(client):
    shown = client.get("/shops/1").expect(200).json()["spot"]
    assert shown["type"] == "Point" and shown["crs"]["properties"]["name"] == "EPSG:4326"
    assert same(shown["coordinates"], [-71.10044, 42.373695])
    assert client.get("/rpc/middle").expect(200).json()["type"] == "Point"
    assert client.get("/visits/2").json()["place"] is None


def test_in_the_dialect_all_are_collections(database, start):
    with start(database, server={"dialect": "postgrest"}).client() as client:
        assert same(features(client.get("/shops?id=eq.1", accept=GEO)), [ONE])
        assert same(features(client.get("/rpc/one_shop?which=1", accept=GEO)), [ONE])
        assert "etag" not in client.get("/shops?id=eq.1", accept=GEO).json()["features"][0]
        new = {"id": 12, "address": None, "spot": "SRID=4326;POINT(1 2)"}
        shown = features(client.post("/shops", new, accept=GEO, prefer="return=representation"), 201)
        assert same(shown, [dict(THREE, properties={"id": 12, "address": None})])
        shown = features(client.delete("/shops?id=eq.12", accept=GEO, prefer="return=representation"))
        assert len(shown) == 1


def test_without_postgis_nothing_is_geojson(create, start):
    made = create(like=SHOP)
    with start(made).client() as client:
        assert client.get("/customers", accept=GEO).problem(406)["code"] == "PGRST107"
