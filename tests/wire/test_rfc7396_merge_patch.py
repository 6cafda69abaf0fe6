"""RFC 7396: merge patch of columns, and into json and jsonb columns."""

import json
import re

import pytest

from midair import JSON, MERGE

columns = pytest.mark.parametrize("column", ["data", "doc"])


@pytest.fixture
def product(database, request):
    sku = f"p{abs(hash(request.node.name)) % 10**9}"
    database.insert("products", "sku", sku=sku)
    return sku


def put_column(database, sku, column, text):
    database.sql(f"UPDATE products SET {column} = %s WHERE sku = %s", text, sku)


# RFC 7396, appendix A; the original and the result stand under "v" of the column.
APPENDIX = [
    ('{"a":"b"}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'),
    ('{"a":"b"}', '{"a":null}', "{}"),
    ('{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'),
    ('{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'),
    ('{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'),
    ('{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'),
    ('{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'),
    ('["a","b"]', '["c","d"]', '["c","d"]'),
    ('{"a":"b"}', '["c"]', '["c"]'),
    ('{"a":"foo"}', '"bar"', '"bar"'),
    ('{"e":null}', '{"a":1}', '{"e":null,"a":1}'),
    ("[1,2]", '{"a":"b","c":null}', '{"a":"b"}'),
    ("{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'),
]


@columns
@pytest.mark.parametrize("type", [JSON, MERGE])
@pytest.mark.parametrize("original, patch, result", APPENDIX)
def test_appendix_a_inside_a_column(client, database, product, column, type, original, patch, result):
    put_column(database, product, column, f'{{"v":{original},"kept":[1]}}')
    body = f'{{"{column}":{{"v":{patch}}}}}'
    answer = client.patch(f"/products/{product}", body, type=type, if_match="*").expect(200)
    assert answer.json()[column] == {"v": json.loads(result), "kept": [1]}
    assert database.row("products", sku=product)[column] == {"v": json.loads(result), "kept": [1]}


@columns
@pytest.mark.parametrize("original, patch, result", APPENDIX)
def test_appendix_a_as_the_column(client, database, product, column, original, patch, result):
    put_column(database, product, column, original)
    answer = client.patch(f"/products/{product}", f'{{"{column}":{patch}}}', type=MERGE, if_match="*").expect(200)
    assert answer.json()[column] == json.loads(result)


@columns
def test_null_empties_the_column(client, database, product, column):
    put_column(database, product, column, '{"a":1}')
    client.patch(f"/products/{product}", {column: None}, type=MERGE, if_match="*").expect(200)
    assert database.one(f"SELECT {column} IS NULL FROM products WHERE sku = %s", product)


@columns
def test_an_empty_column_is_no_object_yet(client, product, column):
    answer = client.patch(f"/products/{product}", {column: {"a": {"b": None, "c": 1}}}, type=MERGE, if_match="*")
    assert answer.expect(200).json()[column] == {"a": {"c": 1}}


@columns
@pytest.mark.parametrize("number", ["9007199254740993", "0.1", "-0.000000000000000000001", "123456789012345678901234567890",
                                    "1.10", "1e300"])
def test_numbers_inside_keep_their_digits(client, database, product, column, number):
    put_column(database, product, column, f'{{"old":{number}}}')
    body = f'{{"{column}":{{"new":{number}}}}}'
    answer = client.patch(f"/products/{product}", body, type=MERGE, if_match="*").expect(200)
    shown = answer.json()[column]
    from decimal import Decimal
    assert Decimal(shown["old"]) == Decimal(number) == Decimal(shown["new"])
    if "e" not in number:
        # Only the two members: the digits may stand in a moment or a tag as well.
        assert len(re.findall(r'"(?:old|new)": ?' + re.escape(number) + "[,}]", answer.text)) == 2


def test_columns_that_are_not_named_stay(client, database):
    key = database.insert("orders", note="n", status="s", count=3)
    body = client.patch(f"/orders/{key}", {"count": 4}, type=MERGE, if_match="*").expect(200).json()
    assert (body["note"], body["status"], body["count"]) == ("n", "s", 4)


def test_null_of_a_plain_column(client, database):
    key = database.insert("orders", note="n")
    assert client.patch(f"/orders/{key}", {"note": None}, if_match="*").expect(200).json()["note"] is None
    client.patch(f"/orders/{key}", {"status": None}, if_match="*").problem(400)


def test_arrays_are_replaced(client, database, product):
    client.patch(f"/products/{product}", {"tags": ["a", "b,c", 'q"', None], "grid": [[1, 2], [3, 4]]}, if_match="*").expect(200)
    row = database.row("products", sku=product)
    assert row["tags"] == ["a", "b,c", 'q"', None] and row["grid"] == [[1, 2], [3, 4]]
    client.patch(f"/products/{product}", {"tags": []}, if_match="*").expect(200)
    assert database.row("products", sku=product)["tags"] == []


@pytest.mark.quick
def test_several_columns_at_once(client, database, product):
    put_column(database, product, "data", '{"a":1,"b":2}')
    put_column(database, product, "doc", '{"c":1}')
    answer = client.patch(f"/products/{product}", {"data": {"a": None}, "doc": {"d": 2}, "stock": 9, "name": "n"}, if_match="*")
    body = answer.expect(200).json()
    assert (body["data"], body["doc"], body["stock"], body["name"]) == ({"b": 2}, {"c": 1, "d": 2}, 9, "n")


def test_nothing_to_change(client, database, product):
    before = client.get(f"/products/{product}").json()
    answer = client.patch(f"/products/{product}", {}, type=MERGE, if_match="*").expect(200)
    after = answer.json()
    for name in ("sku", "name", "data", "stock", "created"):
        assert before[name] == after[name]
    assert answer.etag == client.tag(f"/products/{product}")


@pytest.mark.concurrent
def test_two_merges_into_one_column_lose_nothing(client, server, database, product):
    """Without a tag (*), each merge works on what is there at that moment."""
    from midair import race
    put_column(database, product, "data", "{}")

    def merge(i):
        with server.client() as own:
            for j in range(10):
                own.patch(f"/products/{product}", {"data": {f"k{i}_{j}": i}}, type=MERGE, if_match="*").expect(200)

    race(8, merge)
    assert len(database.row("products", sku=product)["data"]) == 80


@pytest.mark.parametrize("body", ["[]", "null", "1", "", '{"data": }', '{"nope": {}}', '{"data": {"a": 1, "a": 2}}',
                                  '{"stock": {"a": 1}}', '{"tags": {"a": 1}}', '{"tags": "x"}', '{"grid": [[1], [2, 3]]}',
                                  '{"grid": ["x"]}', '{"until": "someday"}'])
def test_content_that_does_not_fit(client, product, body):
    tag = client.tag(f"/products/{product}")
    client.patch(f"/products/{product}", body, type=MERGE, if_match=tag).problem(400)
    assert client.tag(f"/products/{product}") == tag


def test_strings_are_kept_byte_for_byte(client, database, product):
    value = "\u00e9\U0001f600 \"quoted\" \\ / \b\f\n\r\t \u007f \u2028 </script> ' ; --"
    answer = client.patch(f"/products/{product}", {"name": value, "data": {value: value}}, if_match="*").expect(200)
    assert answer.json()["name"] == value and answer.json()["data"] == {value: value}
    row = database.row("products", sku=product)
    assert row["name"] == value and row["data"] == {value: value}
