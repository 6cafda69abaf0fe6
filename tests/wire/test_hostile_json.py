"""RFC 8259 and docs/http.md section 5: a body is checked strictly before anything else looks at it."""

import time

import pytest

from midair import MERGE, PATCH, UPDATE

DEPTH, NODES, BODY = 8, 50, 4096


@pytest.fixture(scope="module")
def config():
    return {"server": {"max_depth_json": DEPTH, "max_nodes_json": NODES, "max_body": BODY}}


@pytest.fixture(scope="module")
def wide(database):
    """A server with the limits that it has by itself."""
    from midair import Midair
    with Midair(database) as running:
        yield running


@pytest.fixture
def unchanged(database):
    before = database.one("SELECT count(*), max(xmin::text::bigint) FROM products")
    yield
    assert database.one("SELECT count(*), max(xmin::text::bigint) FROM products") == before


BROKEN = [
    b"", b" ", b"\n", b"{", b"}", b"[", b"]", b'"', b"{]", b"[}", b"nul", b"nulll", b"NULL", b"True", b"tru", b"undefined", b"NaN", b"Infinity",
    b"-", b"+1", b"01", b"1.", b".1", b"1e", b"1e+", b"0x1", b"1 2", b"{} {}", b"{}{}", b"{},", b"{}\x00", b"\x00", b"{}x", b"{} //", b"/**/{}", b"# x\n{}",
    b"{,}", b'{"sku"}', b'{"sku":}', b'{"sku":"x",}', b'{"sku":"x" "name":"y"}', b'{"sku":"x";}', b'{"sku"::"x"}', b'{:"x"}', b"{sku:1}", b"{'sku':'x'}",
    b'{"sku":"x"', b'{"sku":"x', b'{"sku":"x\n"}', b'{"sku":"x\t"}', b'{"sku":"\x00"}', b'{"sku":"\x1f"}', b'{"sku":"\\x41"}', b'{"sku":"\\u12"}', b'{"sku":"\\u12g4"}',
    b'{"sku":"\\"}', b'{"sku":"\\', b'{"sku":"\\u0000"}', b'{"sku":"a\\u0000b"}', b'{"\\u0000":1}', b'{"sku":"\\ud800"}', b'{"sku":"\\udc00"}', b'{"sku":"\\ud800\\u0041"}',
    b'{"sku":"\\ud800x"}', b'{"sku":"\\udc00\\ud800"}', b'{"sku":"\xff"}', b'{"sku":"\xc0\x80"}', b'{"sku":"\xc3"}', b'{"sku":"\xed\xa0\x80"}', b'{"sku":"\xf4\x90\x80\x80"}',
    b'{"sku":"\xe2\x82"}', b'{"sku":"\xf8\x88\x80\x80\x80"}', b'{"\xff":1}', b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b'{"sku":"x"}\xef\xbb\xbf', b"\x0b{}", b"\x0c{}",
    b"\xc2\xa0{}", b'{"sku":"x"}\x0b', b"[1,,2]", b"[1,]", b"[,1]", b"[1 2]", b"[1", b"[1,", b"[\"x\"", b"['x']", b"[a]", b"[1:2]",
    b'{"sku":"x","sku":"y"}', b'{"sku":"x","s\\u006bu":"y"}', b'{"data":{"a":1,"a":1}}', b'{"data":[{"a":1,"b":2,"a":3}]}', b'{"data":{"a":1,"\\u0061":2}}',
    b'{"data":{"":1,"":2}}', b'{"sku":-}', b'{"sku":1e5.5}', b'{"sku":1.2.3}', b'{"sku":--1}', b'{"sku":1a}', b'{"sku":truefalse}', b'{"sku":nullx}',
]


@pytest.mark.parametrize("body", BROKEN, ids=lambda b: repr(b)[2:40])
def test_broken_content(client, unchanged, body):
    client.post("/products", body).problem(400)


@pytest.mark.parametrize("body", BROKEN, ids=lambda b: repr(b)[2:40])
@pytest.mark.parametrize("type", [MERGE, PATCH, UPDATE], ids=["merge", "patch", "update"])
def test_broken_patches(client, database, body, type):
    if not database.row("products", sku="target"):
        database.insert("products", "sku", sku="target")
    tag = client.tag("/products/target")
    client.patch("/products/target", body, type=type, if_match=tag).problem(400)
    assert client.tag("/products/target") == tag


@pytest.mark.parametrize("text", [
    '{"sku":"%s","data":{"":1}}', ' \t\r\n{ "sku" : "%s" } \r\n', '{"sku":"%s","data":{"a":1,"A":2}}', '{"sku":"%s","data":"\\ud83d\\ude00"}',
    '{"sku":"%s","data":["\\"\\\\\\/\\b\\f\\n\\r\\t"]}', '{"sku":"%s","data":"\x7f\u2028\uffff"}', '{"sku":"%s","data":[0,-0,1E5,1e-5]}', '{"sku":"%s","data":[[],{},null,true,false]}',
    '{"s\\u006bu":"%s"}',
])
def test_sound_content(client, database, text):
    sku = f"sound{database.one('SELECT count(*) FROM products')}"
    client.post("/products", text % sku).expect(201)
    assert database.row("products", sku=sku)


# Limits: at each and one past it


def nested(levels, sku):
    """An object with `levels` levels of containers in all."""
    return '{"sku":"%s","data":' % sku + "[" * (levels - 1) + "]" * (levels - 1) + "}"


def test_depth_at_the_limit_and_past_it(client, database):
    client.post("/products", nested(DEPTH, "depth ok")).expect(201)
    client.post("/products", nested(DEPTH + 1, "depth bad")).problem(400, 413)
    assert database.row("products", sku="depth ok") and not database.row("products", sku="depth bad")


def test_values_at_the_limit_and_past_it(client, database):
    def body(count, sku):
        return '{"sku":"%s","data":[%s]}' % (sku, ",".join(["1"] * (count - 3)))

    client.post("/products", body(NODES, "nodes ok")).expect(201)
    client.post("/products", body(NODES + 1, "nodes bad")).problem(400, 413)
    assert database.row("products", sku="nodes ok") and not database.row("products", sku="nodes bad")


def test_size_at_the_limit_and_past_it(client, database):
    def body(size, sku):
        start = '{"sku":"%s","name":"' % sku
        return start + "x" * (size - len(start) - 2) + '"}'

    client.post("/products", body(BODY, "size ok")).expect(201)
    client.post("/products", body(BODY + 1, "size bad")).problem(413)
    assert database.row("products", sku="size ok") and not database.row("products", sku="size bad")


HUGE = [
    ("arrays in arrays", b"[" * 500000),
    ("objects in objects", b'{"a":' * 150000),
    ("arrays closed", b'{"sku":"x","data":' + b"[" * 300000 + b"]" * 300000 + b"}"),
    ("one long string that never ends", b'"' + b"x" * 900000),
    ("backslashes", b'{"sku":"' + b"\\" * 900000),
    ("digits", b'{"price":' + b"9" * 900000 + b"}"),
    ("commas", b"[" + b"," * 900000),
    ("spaces", b" " * 900000),
    ("many equal names", b"{" + b",".join(b'"a":1' for _ in range(100000)) + b"}"),
    ("many names", b"{" + b",".join(b'"a%d":1' % i for i in range(60000)) + b"}"),
    ("many names into a column", b'{"sku":"x","data":{' + b",".join(b'"a%d":1' % i for i in range(40000)) + b',"a0":1}}'),
    ("many rows", b"[" + b",".join(b"{}" for _ in range(200000)) + b"]"),
    ("many rows with columns that are not there", b"[" + b",".join(b'{"c%d":1}' % i for i in range(50000)) + b"]"),
    ("escapes", b'{"sku":"' + b"\\u0041" * 140000 + b'","sku":1}'),
    ("exponent", b'{"price":1e' + b"9" * 500000 + b"}"),
]


@pytest.mark.parametrize("label, body", HUGE, ids=[row[0] for row in HUGE])
def test_huge_content_is_refused_in_bounded_time(wide, unchanged, label, body):
    assert len(body) <= 1048576
    start = time.monotonic()
    with wide.client(timeout=60) as client:
        client.post("/products", body).problem(400, 413)
        client.get("/orders/1").expect(200)
    assert time.monotonic() - start < 30, "not bounded"


def test_numbers_with_many_digits_in_a_column(wide, database):
    with wide.client() as client:
        client.post("/products", '{"sku":"digits","price":%s}' % ("9" * 100000)).expect(201)
        assert ("9" * 100000) in client.get("/products/digits").text


def test_names_that_collide_with_own_words(client, database):
    """Columns and members with names that other languages treat specially."""
    for name in ("__proto__", "constructor", "toString", "$set", "etag", "version"):
        client.post("/products", {"sku": f"own {name}", "data": {name: {"a": 1}}}).expect(201)
        assert database.row("products", sku=f"own {name}")["data"] == {name: {"a": 1}}


def test_sql_in_names_and_values(client, database):
    for text in ("'; DROP TABLE products; --", '"; DROP TABLE products; --', "$1", "%s", "\\", "E'\\x'"):
        client.post("/products", {text: 1}).problem(400)
        client.post("/products", {"sku": f"sql {text}", "name": text, "data": {text: text}, "tags": [text]}).expect(201)
        row = database.row("products", sku=f"sql {text}")
        assert row["name"] == text and row["data"] == {text: text} and row["tags"] == [text]


@pytest.mark.parametrize("shape", ["arrays", "objects"])
def test_the_greatest_depth_that_can_be_set(start, database, shape):
    """Depth costs stack in the thread that serves: at the greatest limit nothing breaks, whatever reads the document."""
    limit = 128
    server = start(database, server={"max_depth_json": limit})

    def deep(levels, inner="1"):
        return "[" * levels + inner + "]" * levels if shape == "arrays" else '{"a":' * levels + inner + "}" * levels

    with server.client() as client:
        sku = f"deepest {shape}"
        client.post("/products", '{"sku":"%s","data":%s}' % (sku, deep(limit - 1))).expect(201)
        url = "/products/deepest%20" + shape
        assert client.get(url).expect(200).text.count("[" if shape == "arrays" else '{"a":') >= limit - 1
        client.patch(url, '{"data":%s}' % deep(limit - 1, "2"), type=MERGE, if_match="*").expect(200)
        client.patch(url, '{"data":%s}' % deep(limit), type=MERGE, if_match="*").problem(400, 413)
        value = deep(limit - 2, "2")
        client.patch(url, '[{"op":"replace","path":"/data","value":%s},{"op":"test","path":"/data","value":%s}]' % (value, value),
                     type=PATCH, if_match="*").expect(200)
        client.patch(url, '[{"op":"test","path":"/data","value":%s}]' % deep(limit - 2, "3"), type=PATCH, if_match="*").problem(409, 422)
        client.patch(url, '{"$set":{"data":%s}}' % deep(limit - 2), type=UPDATE, if_match="*").expect(200)
        client.put(url, '{"data":%s}' % deep(limit - 1), if_match="*").expect(200)
        client.get("/orders/1").expect(200)
