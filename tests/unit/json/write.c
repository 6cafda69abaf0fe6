#include "help.h"

#include "midair/json/build.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

/* Text and JSON of values as PostgreSQL 15 printed them in a session with UTC, DateStyle ISO and
 * bytea_output hex: SELECT x::text, row_to_json(q) FROM (SELECT …::TYPE AS x) q. */
static const struct {
    const char *type;
    enum type_form form;
    struct slice in, out;
} columns[] = {
    {"text", FORM_STRING, TEXT("plain"), TEXT("\"plain\"")},
    {"empty text", FORM_STRING, TEXT(""), TEXT("\"\"")},
    {"text with everything", FORM_STRING, TEXT("q\"b\\s/\b\f\n\r\t\x01\x1f\x7f \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"),
     TEXT("\"q\\\"b\\\\s/\\b\\f\\n\\r\\t\\u0001\\u001f\x7f \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"")},
    {"text null", FORM_STRING, TEXT("null"), TEXT("\"null\"")},
    {"text like HTML", FORM_STRING, TEXT("</script>\xE2\x80\xA8"), TEXT("\"</script>\xE2\x80\xA8\"")},
    {"char(5)", FORM_STRING, TEXT("ab   "), TEXT("\"ab   \"")},
    {"bytea", FORM_STRING, TEXT("\\x00ff5c22"), TEXT("\"\\\\x00ff5c22\"")},
    {"uuid", FORM_STRING, TEXT("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
     TEXT("\"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11\"")},
    {"inet", FORM_STRING, TEXT("10.0.0.1/8"), TEXT("\"10.0.0.1/8\"")},
    {"interval", FORM_STRING, TEXT("1 year 2 days 03:04:05.5"), TEXT("\"1 year 2 days 03:04:05.5\"")},
    {"int4range", FORM_STRING, TEXT("[1,5)"), TEXT("\"[1,5)\"")},
    {"money", FORM_STRING, TEXT("$12.50"), TEXT("\"$12.50\"")},
    {"oid", FORM_STRING, TEXT("4294967295"), TEXT("\"4294967295\"")},
    {"time", FORM_STRING, TEXT("10:34:40.5"), TEXT("\"10:34:40.5\"")},
    {"timetz", FORM_STRING, TEXT("10:34:40+02"), TEXT("\"10:34:40+02\"")},
    {"xml", FORM_STRING, TEXT("<a b=\"c\"/>"), TEXT("\"<a b=\\\"c\\\"/>\"")},
    {"tsvector", FORM_STRING, TEXT("'fat':1 'rat' 's''':2"), TEXT("\"'fat':1 'rat' 's''':2\"")},
    {"bit(4)", FORM_STRING, TEXT("1010"), TEXT("\"1010\"")},
    {"int2", FORM_NUMBER, TEXT("-32768"), TEXT("-32768")},
    {"int8", FORM_NUMBER, TEXT("9223372036854775807"), TEXT("9223372036854775807")},
    {"float4", FORM_NUMBER, TEXT("1e+20"), TEXT("1e+20")},
    {"float4 -0", FORM_NUMBER, TEXT("-0"), TEXT("-0")},
    {"float8", FORM_NUMBER, TEXT("1.7976931348623157e+308"), TEXT("1.7976931348623157e+308")},
    {"float8, small", FORM_NUMBER, TEXT("1e-300"), TEXT("1e-300")},
    {"float8 NaN", FORM_NUMBER, TEXT("NaN"), TEXT("\"NaN\"")},
    {"float8 Infinity", FORM_NUMBER, TEXT("Infinity"), TEXT("\"Infinity\"")},
    {"float8 -Infinity", FORM_NUMBER, TEXT("-Infinity"), TEXT("\"-Infinity\"")},
    {"numeric", FORM_NUMBER, TEXT("0.10"), TEXT("0.10")},
    {"numeric, long", FORM_NUMBER, TEXT("123456789012345678901234567890.000000000000000001"),
     TEXT("123456789012345678901234567890.000000000000000001")},
    {"bool true", FORM_BOOL, TEXT("t"), TEXT("true")},
    {"bool false", FORM_BOOL, TEXT("f"), TEXT("false")},
    {"date", FORM_DATE, TEXT("2026-11-21"), TEXT("\"2026-11-21\"")},
    {"date BC", FORM_DATE, TEXT("0044-03-15 BC"), TEXT("\"0044-03-15 BC\"")},
    {"date infinity", FORM_DATE, TEXT("-infinity"), TEXT("\"-infinity\"")},
    {"date, last", FORM_DATE, TEXT("5874897-12-31"), TEXT("\"5874897-12-31\"")},
    {"timestamp", FORM_TIMESTAMP, TEXT("2026-11-21 10:34:40.5"), TEXT("\"2026-11-21T10:34:40.5\"")},
    {"timestamp, midnight", FORM_TIMESTAMP, TEXT("2026-11-21 00:00:00"), TEXT("\"2026-11-21T00:00:00\"")},
    {"timestamp BC", FORM_TIMESTAMP, TEXT("0044-03-15 01:02:03.000004 BC"), TEXT("\"0044-03-15T01:02:03.000004 BC\"")},
    {"timestamp infinity", FORM_TIMESTAMP, TEXT("infinity"), TEXT("\"infinity\"")},
    {"timestamp -infinity", FORM_TIMESTAMP, TEXT("-infinity"), TEXT("\"-infinity\"")},
    {"timestamp, last", FORM_TIMESTAMP, TEXT("294276-12-31 23:59:59.999999"), TEXT("\"294276-12-31T23:59:59.999999\"")},
    {"timestamptz", FORM_TIMESTAMPTZ, TEXT("2026-11-21 10:34:40.5+00"), TEXT("\"2026-11-21T10:34:40.5+00:00\"")},
    {"timestamptz, whole second", FORM_TIMESTAMPTZ, TEXT("2026-11-21 05:04:40+00"),
     TEXT("\"2026-11-21T05:04:40+00:00\"")},
    {"timestamptz BC", FORM_TIMESTAMPTZ, TEXT("0044-03-15 01:02:03+00 BC"), TEXT("\"0044-03-15T01:02:03+00:00 BC\"")},
    {"timestamptz BC, fraction", FORM_TIMESTAMPTZ, TEXT("0044-03-15 01:02:03.5+00 BC"),
     TEXT("\"0044-03-15T01:02:03.5+00:00 BC\"")},
    {"timestamptz infinity", FORM_TIMESTAMPTZ, TEXT("infinity"), TEXT("\"infinity\"")},
    {"timestamptz -infinity", FORM_TIMESTAMPTZ, TEXT("-infinity"), TEXT("\"-infinity\"")},
    {"timestamptz, last", FORM_TIMESTAMPTZ, TEXT("294276-12-31 23:59:59.999999+00"),
     TEXT("\"294276-12-31T23:59:59.999999+00:00\"")},
    {"timestamptz in a zone with minutes", FORM_TIMESTAMPTZ, TEXT("2026-11-21 10:34:40+05:30"),
     TEXT("\"2026-11-21T10:34:40+05:30\"")},
    {"timestamptz west of UTC", FORM_TIMESTAMPTZ, TEXT("2026-11-21 10:34:40-03"),
     TEXT("\"2026-11-21T10:34:40-03:00\"")},
    {"json as it was", FORM_JSON, TEXT("{\"a\" : 1.0,  \"a\":2}"), TEXT("{\"a\" : 1.0,  \"a\":2}")},
    {"json with spaces around", FORM_JSON, TEXT(" [1] "), TEXT(" [1] ")},
    {"jsonb null", FORM_JSON, TEXT("null"), TEXT("null")},
    {"jsonb", FORM_JSON, TEXT("{\"a\": 100, \"b\": 1.0}"), TEXT("{\"a\": 100, \"b\": 1.0}")},
    {"int[] by to_json", FORM_TO_JSON, TEXT("[1,null,3]"), TEXT("[1,null,3]")},
};

Test(write, columns_look_as_row_to_json_prints_them)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(columns); i++) {
        struct buf buf = buf_new(arena, 16);
        json_put_column(&buf, columns[i].form, exact(arena, columns[i].in));
        EXPECT_TEXT(buf_slice(&buf), columns[i].out, columns[i].type);
    }
    arena_free(arena);
}

Test(write, sql_null_is_null_in_every_form)
{
    struct arena *arena = arena_new(0);
    for (int form = FORM_STRING; form <= FORM_TO_JSON; form++) {
        struct buf buf = buf_new(arena, 16);
        json_put_column(&buf, (enum type_form)form, SLICE_ABSENT);
        EXPECT_TEXT(buf_slice(&buf), SLICE("null"), "null");
    }
    arena_free(arena);
}

/* Whatever a text column holds, the result is JSON again and means the same. */
Test(write, odd_text_stays_json)
{
    static const struct slice odd[] = {TEXT(""),    TEXT(" "), TEXT("\""),       TEXT("+00"),           TEXT(" +00"),
                                       TEXT(" BC"), TEXT("-"), TEXT("a b \" c"), TEXT("2026 \n+00 BC"), TEXT("\\")};
    static const enum type_form forms[] = {FORM_STRING, FORM_NUMBER,    FORM_BOOL,
                                           FORM_DATE,   FORM_TIMESTAMP, FORM_TIMESTAMPTZ};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(odd); i++) {
        for (size_t k = 0; k < ROWS(forms); k++) {
            struct buf buf = buf_new(arena, 16);
            json_put_column(&buf, forms[k], exact(arena, odd[i]));
            parse_or_fail(arena, buf_slice(&buf));
        }
    }
    arena_free(arena);
}

/* Each byte at each offset: the scanner looks at eight at a time. */
Test(write, escapes_at_every_offset)
{
    struct arena *arena = arena_new(0);
    for (unsigned c = 1; c < 0x80; c++) {
        for (size_t at = 0; at < 20; at++) {
            char text[20];
            memset(text, 'x', sizeof(text));
            text[at] = (char)c;
            struct buf buf = buf_new(arena, 16);
            json_put_string(&buf, exact(arena, slice_make(text, sizeof(text))));
            struct json back = parse_or_fail(arena, buf_slice(&buf));
            cr_expect(slice_eq(back.text, slice_make(text, sizeof(text))), "byte %u at %zu", c, at);
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

Test(build, puts_commas_where_they_belong)
{
    struct arena *arena = arena_new(0);
    struct buf buf = buf_new(arena, 0);
    struct json value = parse_or_fail(arena, SLICE("{\"x\" : [1.0]}"));
    struct json_out out = json_out_new(&buf);
    json_out_object(&out);
    json_out_member_string(&out, "title", SLICE("a \"b\"\n"));
    json_out_member_int(&out, "status", -412);
    json_out_member_string(&out, "absent", SLICE_ABSENT);
    json_out_name(&out, SLICE("\"name\""));
    json_out_array(&out);
    json_out_object(&out);
    json_out_end_object(&out);
    json_out_array(&out);
    json_out_end_array(&out);
    json_out_int(&out, INT64_MIN);
    json_out_bool(&out, true);
    json_out_string(&out, SLICE_ABSENT);
    json_out_value(&out, &value);
    json_out_raw(&out, SLICE("[ ]"));
    json_out_string(&out, SLICE(""));
    json_out_end_array(&out);
    json_out_member_bool(&out, "close", false);
    json_out_member_raw(&out, "raw", SLICE("1.50"));
    json_out_end_object(&out);
    EXPECT_TEXT(buf_slice(&buf),
                SLICE("{\"title\":\"a \\\"b\\\"\\n\",\"status\":-412,\"absent\":null,\"\\\"name\\\"\":[{},[],"
                      "-9223372036854775808,true,null,{\"x\":[1.0]},[ ],\"\"],\"close\":false,\"raw\":1.50}"),
                "document");
    arena_free(arena);
}
