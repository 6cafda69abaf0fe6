"""docs/http.md section 5: numbers keep all their digits; every scalar type looks as row_to_json shows it."""

import json
from decimal import Decimal

import pytest

from midair import UPDATE


def exact(text):
    """Parsed JSON with numbers as their own text."""
    return json.loads(text, parse_float=lambda s: ("number", s), parse_int=lambda s: ("number", s))


NUMERICS = ["0", "1", "-1", "0.1", "0.10", "-0.1", "9007199254740992", "9007199254740993", "-9007199254740993", "9223372036854775807",
            "9223372036854775808", "123456789012345678901234567890", "0.123456789012345678901234567890",
            "123456789012345678901234567890.123456789012345678901234567890", "3.141592653589793238462643383279", "1.0", "100", "1000000000000000000000"]


@pytest.fixture
def sku(database):
    return f"num{database.one('SELECT count(*) FROM products')}"


@pytest.mark.parametrize("number", NUMERICS)
def test_numeric_comes_back_as_it_went_in(client, sku, number):
    made = client.post("/products", f'{{"sku":"{sku}","price":{number}}}').expect(201)
    assert exact(made.text)["price"] == ("number", number)
    assert exact(client.get(f"/products/{sku}").text)["price"] == ("number", number)
    changed = client.patch(f"/products/{sku}", f'{{"price":{number}}}', if_match="*").expect(200)
    assert exact(changed.text)["price"] == ("number", number)
    changed = client.put(f"/products/{sku}", f'{{"price":{number}}}', if_match="*").expect(200)
    assert exact(changed.text)["price"] == ("number", number)


@pytest.mark.parametrize("number, digits", [("1e400", 401), ("1E+2", 3), ("1.5e3", 4), ("25e-1", 2), ("1e-400", None), ("-0", 1), ("0e0", 1), ("1e131071", 131072)])
def test_exponents_keep_their_value(client, sku, number, digits):
    made = client.post("/products", f'{{"sku":"{sku}","price":{number}}}').expect(201)
    assert Decimal(exact(made.text)["price"][1]) == Decimal(number)


@pytest.mark.parametrize("number", ["1e131072", "1e-20000", "1e999999999", "1e99999999999999999999"])
def test_exponents_past_what_numeric_holds(client, sku, number, database):
    client.post("/products", f'{{"sku":"{sku}","price":{number}}}').expect(201, 400)
    if number != "1e-20000":
        assert database.row("products", sku=sku) is None


@pytest.mark.parametrize("number", ["9007199254740993", "9223372036854775807", "-9223372036854775808", "0", "-1"])
def test_bigint(client, sku, number):
    made = client.post("/products", f'{{"sku":"{sku}","stock":{number}}}').expect(201)
    assert exact(made.text)["stock"] == ("number", number)
    assert client.get(f"/products?stock=eq.{number}&sku=eq.{sku}").expect(200).json()[0]["sku"] == sku


@pytest.mark.parametrize("body", ['{"stock":9223372036854775808}', '{"stock":-9223372036854775809}', '{"stock":1e400}', '{"stock":0.5}', '{"stock":"many"}'])
def test_bigint_out_of_range(client, sku, database, body):
    client.post("/products", body.replace("{", f'{{"sku":"{sku}",')).problem(400)
    assert database.row("products", sku=sku) is None


@pytest.mark.parametrize("column", ["data", "doc"])
@pytest.mark.parametrize("number", NUMERICS + ["1e5", "1e-7"])
def test_numbers_in_json_columns(client, sku, column, number):
    made = client.post("/products", f'{{"sku":"{sku}","{column}":{{"n":[{number}]}}}}').expect(201)
    shown = exact(made.text)[column]["n"][0][1]
    assert shown == number if "e" not in number else Decimal(shown) == Decimal(number)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity"])
def test_what_json_has_no_number_for(client, sku, database, value):
    made = client.post("/products", f'{{"sku":"{sku}","price":"{value}","weight":"{value}"}}').expect(201)
    assert made.json()["price"] == value and made.json()["weight"] == value
    assert client.put(f"/products/{sku}", made.json(), if_match="*").expect(200).json()["price"] == value


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "nan", "01", "+1", ".5", "1.", "0x10", "1_000", "1e", "--1", "1,5", "\u0661"])
def test_what_is_no_json_number(client, sku, database, number):
    client.post("/products", f'{{"sku":"{sku}","price":{number}}}').problem(400)
    assert database.row("products", sku=sku) is None


@pytest.mark.parametrize("number", ["0.1", "1e308", "5e-324", "1.7976931348623157e308", "0.30000000000000004", "-0.0"])
def test_double_precision(client, sku, number):
    made = client.post("/products", f'{{"sku":"{sku}","weight":{number}}}').expect(201)
    assert float(exact(made.text)["weight"][1]) == float(number)


def test_a_long_number(client, sku):
    number = "9" * 5000 + "." + "1" * 5000
    made = client.post("/products", f'{{"sku":"{sku}","price":{number}}}').expect(201)
    assert exact(made.text)["price"] == ("number", number)


def test_increments_of_a_fraction(client, sku):
    client.post("/products", f'{{"sku":"{sku}","price":0.1}}').expect(201)
    answer = client.patch(f"/products/{sku}", '{"$inc":{"price":0.2}}', type=UPDATE, if_match="*").expect(200)
    assert exact(answer.text)["price"] == ("number", "0.3")


# Every scalar type


SCALARS = {
    "c_bool": ["true", "false"],
    "c_int2": ["-32768", "32767"],
    "c_int4": ["-2147483648", "2147483647"],
    "c_int8": ["-9223372036854775808", "9223372036854775807"],
    "c_float4": ["0.1", "3.4028235e38", "NaN", "-Infinity", "1e-45", "16777216"],
    "c_float8": ["0.1", "1.7976931348623157e308", "5e-324", "NaN", "Infinity", "1e21", "123456789", "-0"],
    "c_numeric": ["0.10", "NaN", "Infinity", "-123456789012345678901234567890.5", "1e-10"],
    "c_money": ["1234.56", "-1"],
    "c_text": ["", "plain", "\u00e9\U0001f600", 'q"\\/', "\x01\x1f\x7f\b\f\n\r\t", "</script>", "\u2028", "x" * 3000],
    "c_varchar": ["short"],
    "c_char": ["ab"],
    "c_name": ["a_name"],
    "c_bytea": ["\\x00ff10", "\\x"],
    "c_date": ["2024-02-29", "0001-01-01", "infinity", "-infinity", "0044-03-15 BC", "12345-01-01"],
    "c_time": ["00:00:00", "23:59:59.999999", "24:00:00"],
    "c_timetz": ["12:34:56+02", "12:34:56.5-11:30"],
    "c_timestamp": ["2024-01-02 03:04:05", "2024-01-02 03:04:05.000001", "2024-01-02 03:04:05.5", "infinity", "-infinity", "0044-03-15 12:00:00 BC"],
    "c_timestamptz": ["2024-01-02 03:04:05+02", "2024-01-02 03:04:05.123456-11:30", "infinity", "0044-03-15 12:00:00+00 BC", "12345-01-01 00:00:00+00"],
    "c_interval": ["1 day", "-3 mons 04:05:06.7", "100 years", "0"],
    "c_uuid": ["00000000-0000-0000-0000-000000000000", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11"],
    "c_inet": ["127.0.0.1", "10.0.0.0/8", "::1"],
    "c_cidr": ["10.0.0.0/8", "2001:db8::/32"],
    "c_macaddr": ["08:00:2b:01:02:03"],
    "c_bit": ["1010"],
    "c_varbit": ["101", ""],
    "c_json": ['{"b": 1,  "a": [1.10, null]}', "null", '"x"', "1e5", " [1 , 2] "],
    "c_jsonb": ['{"b": 1,  "a": [1.10, null]}', "null", '"x"', "12345678901234567890", "[]"],
    "c_xml": ["<a b='c'>d</a>"],
    "c_oid": ["0", "4294967295"],
    "c_point": ["(1.5,-2)"],
    "c_int4range": ["[1,10)", "empty", "(,5]"],
    "c_tsrange": ['[2024-01-01 00:00:00,2024-01-02 00:00:00)'],
    "c_enum": ["calm", "closed, for now"],
    "c_domain": ["7"],
    "c_composite": ['(1,2,"a, ""b""")', "(,,)"],
    "c_texts": ["{}", '{a,"b,c","q\\"",NULL}', "{{a,b},{c,d}}"],
    "c_ints": ["{1,2,NULL}", "{{1},{2}}"],
    "c_numerics": ["{0.10,NaN,123456789012345678901234567890}"],
    "c_moments": ['{"2024-01-02 03:04:05+02",infinity}'],
    "c_tsvector": ["'a':1 'b':2"],
    "c_char1": ["x"],
}
ROWS = [(column, value) for column, values in SCALARS.items() for value in values]


@pytest.fixture(scope="module")
def scalars(database):
    """One row for each value, and one of NULLs; the keys by (column, value)."""
    keys = {}
    for i, (column, value) in enumerate(ROWS):
        database.sql(f"INSERT INTO scalars (id, {column}) VALUES (%s, %s)", i + 1, value)
        keys[column, value] = i + 1
    database.insert("scalars", id=100000)
    return keys


def shown_by_postgresql(database, key):
    return exact(database.one("SELECT row_to_json(s)::text FROM scalars s WHERE id = %s", key))


@pytest.mark.parametrize("column, value", ROWS, ids=lambda v: v[:30])
def test_every_type_is_shown_as_row_to_json_shows_it(client, database, scalars, column, value):
    key = scalars[column, value]
    expected = shown_by_postgresql(database, key)
    shown = exact(client.get(f"/scalars/{key}").expect(200).text)
    tag = shown.pop("etag")
    assert shown == expected
    listed = exact(client.get(f"/scalars?id=eq.{key}").expect(200).text)[0]
    assert listed.pop("etag") == tag
    assert listed == expected
    part = exact(client.get(f"/scalars/{key}?select={column}").expect(200).text)
    assert part[column] == expected[column]


@pytest.mark.parametrize("column, value", ROWS, ids=lambda v: v[:30])
def test_every_type_can_be_put_back(client, database, scalars, column, value):
    key = scalars[column, value]
    answer = client.get(f"/scalars/{key}").expect(200)
    # White space around a json document is not shown, and the JSON null looks like NULL.
    before = database.one(f"SELECT nullif(trim({column}::text), %s) FROM scalars WHERE id = %s", "null" if "json" in column else "", key)
    back = client.put(f"/scalars/{key}", answer.body, if_match=answer.etag).expect(200)
    after = database.one(f"SELECT nullif(trim({column}::text), %s) FROM scalars WHERE id = %s", "null" if "json" in column else "", key)
    assert after == before
    assert exact(back.text)[column] == exact(answer.text)[column]


def test_nulls(client, database, scalars):
    shown = exact(client.get("/scalars/100000").expect(200).text)
    shown.pop("etag")
    assert shown == shown_by_postgresql(database, 100000)


@pytest.mark.parametrize("column", ["c_bool", "c_int4", "c_text", "c_timestamptz", "c_uuid", "c_enum", "c_numeric", "c_date", "c_bytea"])
def test_filters_by_type(client, database, scalars, column):
    from urllib.parse import quote
    value = SCALARS[column][0] or SCALARS[column][1]
    key = scalars[column, value]
    found = client.get(f"/scalars?{column}=eq.{quote(value, safe='')}&id=eq.{key}").expect(200).json()
    assert [r["id"] for r in found] == [key]


def test_booleans_are_no_strings_and_the_other_way_round(client, database):
    made = client.post("/scalars", {"id": 200001, "c_bool": True, "c_text": "true"}).expect(201).json()
    assert made["c_bool"] is True and made["c_text"] == "true"
