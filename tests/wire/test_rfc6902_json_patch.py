"""RFC 6902: JSON Patch on rows and into json and jsonb columns."""

import json

import pytest

from midair import PATCH, race


@pytest.fixture
def product(database, request):
    sku = f"j{abs(hash(request.node.name)) % 10**9}"
    database.insert("products", "sku", sku=sku, name="thing", tags=["x"], stock=5)
    return f"/products/{sku}"


def sku_of(url):
    return url.split("/")[-1]


# On the document in the column `data`; paths are relative to it. A result of None: the patch does not fit.
INSIDE = [
    ("add a member", '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux"}]', '{"foo":"bar","baz":"qux"}'),
    ("add an element", '{"foo":["bar","baz"]}', '[{"op":"add","path":"/foo/1","value":"qux"}]', '{"foo":["bar","qux","baz"]}'),
    ("add at the end", '{"foo":["bar"]}', '[{"op":"add","path":"/foo/-","value":["abc","def"]}]', '{"foo":["bar",["abc","def"]]}'),
    ("add at the length", '{"foo":[1]}', '[{"op":"add","path":"/foo/1","value":2}]', '{"foo":[1,2]}'),
    ("add replaces a member", '{"foo":1}', '[{"op":"add","path":"/foo","value":2}]', '{"foo":2}'),
    ("add null", '{"foo":1}', '[{"op":"add","path":"/bar","value":null}]', '{"foo":1,"bar":null}'),
    ("add a nested object", '{"foo":"bar"}', '[{"op":"add","path":"/child","value":{"grandchild":{}}}]', '{"foo":"bar","child":{"grandchild":{}}}'),
    ("remove a member", '{"baz":"qux","foo":"bar"}', '[{"op":"remove","path":"/baz"}]', '{"foo":"bar"}'),
    ("remove an element", '{"foo":["bar","qux","baz"]}', '[{"op":"remove","path":"/foo/1"}]', '{"foo":["bar","baz"]}'),
    ("replace", '{"baz":"qux","foo":"bar"}', '[{"op":"replace","path":"/baz","value":"boo"}]', '{"baz":"boo","foo":"bar"}'),
    ("move a member", '{"foo":{"bar":"baz","waldo":"fred"},"qux":{"corge":"grault"}}', '[{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]', '{"foo":{"bar":"baz"},"qux":{"corge":"grault","thud":"fred"}}'),
    ("move an element", '{"foo":["all","grass","cows","eat"]}', '[{"op":"move","from":"/foo/1","path":"/foo/3"}]', '{"foo":["all","cows","eat","grass"]}'),
    ("move to itself", '{"foo":1}', '[{"op":"move","from":"/foo","path":"/foo"}]', '{"foo":1}'),
    ("copy", '{"a":{"b":1}}', '[{"op":"copy","from":"/a","path":"/c"}]', '{"a":{"b":1},"c":{"b":1}}'),
    ("a copy is a copy", '{"a":{"b":1}}', '[{"op":"copy","from":"/a","path":"/c"},{"op":"add","path":"/c/b","value":2}]', '{"a":{"b":1},"c":{"b":2}}'),
    ("test that holds", '{"baz":"qux","foo":["a",2,"c"]}', '[{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]', '{"baz":"qux","foo":["a",2,"c"]}'),
    ("test of numbers by value", '{"a":1.0}', '[{"op":"test","path":"/a","value":1}]', '{"a":1.0}'),
    ("test of objects in any order", '{"a":{"x":1,"y":2}}', '[{"op":"test","path":"/a","value":{"y":2,"x":1}}]', '{"a":{"x":1,"y":2}}'),
    ("escapes", '{"/":9,"~1":10}', '[{"op":"test","path":"/~01","value":10},{"op":"replace","path":"/~1","value":8}]', '{"/":8,"~1":10}'),
    ("the empty member", '{"":1}', '[{"op":"replace","path":"/","value":2}]', '{"":2}'),
    ("an index is a name in objects", '{"0":1}', '[{"op":"replace","path":"/0","value":2}]', '{"0":2}'),
    ("a minus is a name in objects", '{"-":1}', '[{"op":"replace","path":"/-","value":2}]', '{"-":2}'),
    ("steps build on each other", '{}', '[{"op":"add","path":"/a","value":[]},{"op":"add","path":"/a/-","value":1},{"op":"add","path":"/a/0","value":0}]', '{"a":[0,1]}'),
    ("members not defined are ignored", '{"foo":"bar"}', '[{"op":"add","path":"/baz","value":"qux","xyz":123}]', '{"foo":"bar","baz":"qux"}'),
    ("nothing to do", '{"foo":1}', "[]", '{"foo":1}'),
    ("replace of what is not there", '{"foo":1}', '[{"op":"replace","path":"/bar","value":1}]', None),
    ("remove of what is not there", '{"foo":1}', '[{"op":"remove","path":"/bar"}]', None),
    ("parent that is not there", '{"foo":"bar"}', '[{"op":"add","path":"/baz/bat","value":"qux"}]', None),
    ("past the end", '{"foo":[1]}', '[{"op":"add","path":"/foo/2","value":2}]', None),
    ("minus names nothing to remove", '{"foo":[1]}', '[{"op":"remove","path":"/foo/-"}]', None),
    ("leading zero in an index", '{"foo":[1,2]}', '[{"op":"remove","path":"/foo/01"}]', None),
    ("negative index", '{"foo":[1,2]}', '[{"op":"remove","path":"/foo/-1"}]', None),
    ("a name in an array", '{"foo":[1,2]}', '[{"op":"remove","path":"/foo/bar"}]', None),
    ("into a string", '{"foo":"bar"}', '[{"op":"add","path":"/foo/0","value":1}]', None),
    ("huge index", '{"foo":[1]}', '[{"op":"remove","path":"/foo/99999999999999999999"}]', None),
    ("move into itself", '{"foo":{"bar":1}}', '[{"op":"move","from":"/foo","path":"/foo/bar"}]', None),
    ("move of what is not there", '{"foo":1}', '[{"op":"move","from":"/bar","path":"/baz"}]', None),
    ("copy of what is not there", '{"foo":1}', '[{"op":"copy","from":"/bar","path":"/baz"}]', None),
    ("test that fails", '{"baz":"qux"}', '[{"op":"test","path":"/baz","value":"bar"}]', None),
    ("test of what is not there", '{"baz":"qux"}', '[{"op":"test","path":"/nope","value":null}]', None),
    ("test: a number is no string", '{"a":10}', '[{"op":"test","path":"/a","value":"10"}]', None),
    ("test: null is no false", '{"a":null}', '[{"op":"test","path":"/a","value":false}]', None),
    ("test: close numbers differ", '{"a":9007199254740993}', '[{"op":"test","path":"/a","value":9007199254740992}]', None),
    ("a late step that fails undoes all", '{"foo":1}', '[{"op":"replace","path":"/foo","value":2},{"op":"test","path":"/foo","value":1}]', None),
]


def under(patch, column):
    """The patch with its paths moved below the column."""
    steps = json.loads(patch)
    for step in steps:
        for name in ("path", "from"):
            if name in step:
                step[name] = f"/{column}{step[name]}"
    return steps


@pytest.mark.parametrize("column", ["data", "doc"])
@pytest.mark.parametrize("label, original, patch, result", INSIDE, ids=[row[0] for row in INSIDE])
def test_4_inside_a_column(client, database, product, column, label, original, patch, result):
    database.sql(f"UPDATE products SET {column} = %s WHERE sku = %s", original, sku_of(product))
    tag = client.tag(product)
    answer = client.patch(product, under(patch, column), type=PATCH, if_match=tag)
    if result is None:
        # A move into itself can be told from the patch alone (RFC 6902 4.4).
        answer.problem(*((400, 422) if "itself" in label else (409, 422)))
        assert client.tag(product) == tag
        result = original
    else:
        assert answer.expect(200).json()[column] == json.loads(result)
    assert database.row("products", sku=sku_of(product))[column] == json.loads(result)


ON_ROWS = [
    ("replace a column", [{"op": "replace", "path": "/name", "value": "new"}], {"name": "new"}),
    ("add a column that is NULL", [{"op": "add", "path": "/price", "value": 1}], {"price": 1}),
    ("add a column that is set", [{"op": "add", "path": "/stock", "value": 6}], {"stock": 6}),
    ("remove makes NULL", [{"op": "remove", "path": "/tags"}], {"tags": None}),
    ("a whole json column", [{"op": "add", "path": "/data", "value": {"a": [1]}}], {"data": {"a": [1]}}),
    ("test a column", [{"op": "test", "path": "/stock", "value": 5}, {"op": "replace", "path": "/stock", "value": 4}], {"stock": 4}),
    ("test NULL", [{"op": "test", "path": "/price", "value": None}, {"op": "replace", "path": "/price", "value": 2}], {"price": 2}),
    ("copy between columns", [{"op": "copy", "from": "/stock", "path": "/data"}], {"data": 5}),
    ("move between columns", [{"op": "move", "from": "/tags/0", "path": "/name"}], {"name": "x", "tags": []}),
    ("array element", [{"op": "add", "path": "/tags/-", "value": "y"}], {"tags": ["x", "y"]}),
    ("array element in front", [{"op": "add", "path": "/tags/0", "value": "w"}], {"tags": ["w", "x"]}),
    ("nothing", [], {}),
]


@pytest.mark.quick
@pytest.mark.parametrize("label, patch, changed", ON_ROWS, ids=[row[0] for row in ON_ROWS])
def test_4_on_the_row(client, product, label, patch, changed):
    before = client.get(product).json()
    after = client.patch(product, patch, type=PATCH, if_match=before["etag"]).expect(200).json()
    for name in ("name", "tags", "stock", "price", "data", "doc"):
        assert after[name] == changed.get(name, before[name]), name


BAD = [
    ("not an array", '{"op":"add","path":"/name","value":"x"}'),
    ("a string", '"x"'),
    ("a step that is no object", "[1]"),
    ("no op", '[{"path":"/name","value":"x"}]'),
    ("unknown op", '[{"op":"spam","path":"/name","value":"x"}]'),
    ("op in upper case", '[{"op":"ADD","path":"/name","value":"x"}]'),
    ("op that is a number", '[{"op":1,"path":"/name","value":"x"}]'),
    ("no path", '[{"op":"add","value":"x"}]'),
    ("path that is a number", '[{"op":"add","path":1,"value":"x"}]'),
    ("path without a slash", '[{"op":"add","path":"name","value":"x"}]'),
    ("bad escape", '[{"op":"add","path":"/name~2","value":"x"}]'),
    ("open escape", '[{"op":"add","path":"/name~","value":"x"}]'),
    ("no value", '[{"op":"add","path":"/name"}]'),
    ("no from", '[{"op":"copy","path":"/name"}]'),
    ("from that is null", '[{"op":"move","path":"/name","from":null}]'),
    ("op twice", '[{"op":"add","op":"remove","path":"/name","value":"x"}]'),
    ("broken", '[{"op":"add"'),
    ("empty", ""),
]


@pytest.mark.parametrize("label, body", BAD, ids=[row[0] for row in BAD])
def test_rfc5789_2_2_malformed_patch(client, product, label, body):
    tag = client.tag(product)
    client.patch(product, body, type=PATCH, if_match=tag).problem(400)
    assert client.tag(product) == tag


UNFIT = [
    ("a column that is not there", [{"op": "add", "path": "/nope", "value": 1}]),
    ("a value of the wrong type", [{"op": "replace", "path": "/stock", "value": "x"}]),
    ("NULL where none may be", [{"op": "remove", "path": "/name"}]),
    ("the whole row", [{"op": "replace", "path": "", "value": 1}]),
    ("below a plain column", [{"op": "add", "path": "/name/x", "value": 1}]),
]


@pytest.mark.parametrize("label, patch", UNFIT, ids=[row[0] for row in UNFIT])
def test_patch_that_does_not_fit_the_row(client, product, label, patch):
    tag = client.tag(product)
    client.patch(product, patch, type=PATCH, if_match=tag).problem(400, 409, 422)
    assert client.tag(product) == tag


def test_stamps_cannot_be_patched(client, database, product):
    before = database.row("products", sku=sku_of(product))
    patch = [{"op": "replace", "path": "/version", "value": 99}, {"op": "replace", "path": "/created", "value": "2001-01-01T00:00:00Z"},
             {"op": "replace", "path": "/name", "value": "x"}]
    client.patch(product, patch, type=PATCH, if_match="*").expect(200, 400, 422)
    after = database.row("products", sku=sku_of(product))
    assert after["created"] == before["created"] and after["version"] in (1, 2)


def test_numbers_keep_their_digits(client, database, product):
    body = '[{"op":"add","path":"/data","value":{"n":9007199254740993,"d":0.10}},{"op":"replace","path":"/stock","value":9007199254740993},' \
           '{"op":"add","path":"/price","value":123456789012345678901234567890.123456789}]'
    answer = client.patch(product, body, type=PATCH, if_match="*").expect(200)
    for number in ("9007199254740993", "0.10", "123456789012345678901234567890.123456789"):
        assert number in answer.text


@pytest.mark.concurrent
def test_concurrent_patches_without_a_tag_lose_nothing(client, server, database, product):
    database.sql("UPDATE products SET data = '{\"log\": []}' WHERE sku = %s", sku_of(product))

    def append(i):
        with server.client() as own:
            for j in range(10):
                own.patch(product, [{"op": "add", "path": "/data/log/-", "value": i * 100 + j}], type=PATCH, if_match="*").expect(200)

    race(6, append)
    log = database.row("products", sku=sku_of(product))["data"]["log"]
    assert sorted(log) == sorted(i * 100 + j for i in range(6) for j in range(10))


@pytest.mark.concurrent
def test_a_test_guards_like_a_tag(client, server, product):
    """Of N patches that test the same value and change it, exactly one goes through."""
    def write(i):
        with server.client() as own:
            patch = [{"op": "test", "path": "/stock", "value": 5}, {"op": "replace", "path": "/stock", "value": 100 + i}]
            return own.patch(product, patch, type=PATCH, if_match="*").status

    statuses = race(10, write)
    assert statuses.count(200) == 1 and set(statuses) <= {200, 409, 422}


def test_a_patch_bomb_is_refused_in_bounded_time(client, product):
    steps = [{"op": "add", "path": "/data", "value": {"a": ["x" * 100]}}]
    steps += [{"op": "copy", "from": "/data/a", "path": "/data/a/-"} for _ in range(60)]
    client.patch(product, steps, type=PATCH, if_match="*").problem(400, 413, 422)
    client.get(product).expect(200)
