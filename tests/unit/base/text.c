#include "midair/base/text.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(text, .init = setup, .fini = teardown);

Test(text, u64_takes_digits_alone)
{
    static const struct {
        const char *text;
        bool good;
        uint64_t value;
    } rows[] = {
        {"0", true, 0},
        {"007", true, 7},
        {"18446744073709551615", true, UINT64_MAX},
        {"18446744073709551616", false, 0},
        {"99999999999999999999", false, 0},
        {"184467440737095516150", false, 0},
        {"", false, 0},
        {"-1", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1a", false, 0},
        {"0x1", false, 0},
        {"1e3", false, 0},
        {"1.0", false, 0},
        {"\xEF\xBC\x91", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        uint64_t value = 77;
        cr_expect_eq(text_u64(slice_of(rows[i].text), &value), rows[i].good, "%s", rows[i].text);
        cr_expect_eq(value, rows[i].good ? rows[i].value : 77, "%s", rows[i].text);
    }
    uint64_t value;
    cr_expect_not(text_u64(slice_make("1\0", 2), &value));
    cr_expect_not(text_u64(SLICE_ABSENT, &value));
}

Test(text, i64_at_the_ends_of_its_range)
{
    static const struct {
        const char *text;
        bool good;
        int64_t value;
    } rows[] = {
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775807", true, INT64_MAX},
        {"-0", true, 0},
        {"-9223372036854775809", false, 0},
        {"9223372036854775808", false, 0},
        {"-", false, 0},
        {"--1", false, 0},
        {"-+1", false, 0},
        {"- 1", false, 0},
        {"", false, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t value = 77;
        cr_expect_eq(text_i64(slice_of(rows[i].text), &value), rows[i].good, "%s", rows[i].text);
        cr_expect_eq(value, rows[i].good ? rows[i].value : 77, "%s", rows[i].text);
    }
}

Test(text, unhex_wants_exactly_as_many_digits)
{
    unsigned char out[2] = {9, 9};
    cr_expect_not(text_unhex(SLICE("abc"), out, 2));
    cr_expect_not(text_unhex(SLICE("abcde"), out, 2));
    cr_expect_not(text_unhex(SLICE("abcg"), out, 2));
    cr_expect_not(text_unhex(SLICE("0x12"), out, 2));
    cr_expect_not(text_unhex(SLICE(""), out, 2));
    cr_expect(out[0] == 9 && out[1] == 9, "a failure leaves the output alone");
    cr_expect(text_unhex(SLICE("aBF0"), out, 2));
    cr_expect(out[0] == 0xAB && out[1] == 0xF0);
    cr_expect(text_unhex(SLICE(""), out, 0));
}

Test(text, percent_decoding_happens_once_and_strictly)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
    } rows[] = {
        {"abc", "abc"},
        {"", ""},
        {"%41%62", "Ab"},
        {"%2F%2c", "/,"},
        {"%C3%A9", "\xC3\xA9"},
        {"a+b", "a+b"},
        {"%2541", "%41"},
        {"%25", "%"},
        {"%", NULL},
        {"%4", NULL},
        {"%4g", NULL},
        {"%g4", NULL},
        {"%%41", NULL},
        {"abc%", NULL},
        {"%00", NULL},
        {"a%00b", NULL},
        {"%0 ", NULL},
        {"%-1", NULL},
        {"%+1", NULL},
        {"%0x", NULL},
        {"%u0041", NULL},
        {"%C3", NULL},
        {"%C3(", NULL},
        {"%C0%AF", NULL},
        {"%C0%80", NULL},
        {"%E0%80%AF", NULL},
        {"%ED%A0%80", NULL},
        {"%F4%90%80%80", NULL},
        {"%FF", NULL},
        {"%80", NULL},
        {"\xC3%A9", "\xC3\xA9"},
        {"\xFF", NULL},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice out;
        bool good = text_percent_decode(arena, slice_of(rows[i].in), &out);
        cr_expect_eq(good, rows[i].out != NULL, "%s", rows[i].in);
        if (good && rows[i].out)
            cr_expect(slice_eq(out, slice_of(rows[i].out)), "%s", rows[i].in);
    }
    struct slice out;
    cr_expect_not(text_percent_decode(arena, slice_make("a\0b", 3), &out), "a raw NUL");
    cr_expect(text_percent_decode(arena, SLICE_ABSENT, &out));
}

Test(text, form_decoding_reads_plus_as_a_space_and_says_where_each_byte_stood)
{
    static const struct {
        const char *in, *out; /* NULL: refused */
        uint32_t places[5];   /* of the bytes of `out`, and of its end */
    } rows[] = {
        {"", "", {0}},
        {"a+b", "a b", {0, 1, 2, 3}},
        {"%2B+%2b", "+ +", {0, 3, 4, 7}},
        {"%C3%A9x", "\xC3\xA9x", {0, 3, 6, 7}},
        {"%252B", "%2B", {0, 3, 4, 5}},
        {"++%41+", "  A ", {0, 1, 2, 5, 6}},
        {"%", NULL, {0}},
        {"a%2", NULL, {0}},
        {"%+1", NULL, {0}},
        {"%00", NULL, {0}},
        {"+%C3+", NULL, {0}},
        {"%FF", NULL, {0}},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice out, alone;
        const uint32_t *places;
        bool good = text_form_decode(arena, slice_of(rows[i].in), &out, &places);
        cr_expect_eq(good, rows[i].out != NULL, "%s", rows[i].in);
        cr_expect_eq(text_form_decode(arena, slice_of(rows[i].in), &alone, NULL), good, "%s", rows[i].in);
        if (!good || !rows[i].out)
            continue;
        cr_expect(slice_eq(out, slice_of(rows[i].out)) && slice_eq(out, alone), "%s", rows[i].in);
        for (size_t k = 0; k <= out.len; k++)
            cr_expect_eq(places[k], rows[i].places[k], "%s: byte %zu", rows[i].in, k);
    }
}

Test(text, percent_encoding_keeps_unreserved_characters_alone)
{
    struct slice out = text_percent_encode(arena, SLICE("aZ09-._~ /%,\xC3\xA9"), "");
    cr_expect(slice_eq(out, SLICE("aZ09-._~%20%2F%25%2C%C3%A9")), "%.*s", SLICE_ARG(out));
    out = text_percent_encode(arena, SLICE("/a,b"), "/");
    cr_expect(slice_eq(out, SLICE("/a%2Cb")));
    out = text_percent_encode(arena, slice_make("\0", 1), "/");
    cr_expect(slice_eq(out, SLICE("%00")), "NUL is not in the set of what is kept");
}

Test(text, percent_encoding_comes_back_by_decoding)
{
    for (unsigned c = 1; c < 128; c++) {
        char byte = (char)c;
        struct slice back;
        struct slice text = text_percent_encode(arena, slice_make(&byte, 1), "");
        cr_assert(text_percent_decode(arena, text, &back));
        cr_assert(slice_eq(back, slice_make(&byte, 1)), "byte %u", c);
    }
}

Test(text, utf8_is_the_shortest_form_of_a_scalar_value)
{
    static const struct {
        const char *label, *text;
        bool good;
    } rows[] = {
        {"empty", "", true},
        {"ASCII", "a~\x7f", true},
        {"U+0080", "\xC2\x80", true},
        {"U+07FF", "\xDF\xBF", true},
        {"U+0800", "\xE0\xA0\x80", true},
        {"U+D7FF", "\xED\x9F\xBF", true},
        {"U+E000", "\xEE\x80\x80", true},
        {"U+FFFF", "\xEF\xBF\xBF", true},
        {"U+10000", "\xF0\x90\x80\x80", true},
        {"U+10FFFF", "\xF4\x8F\xBF\xBF", true},
        {"a continuation alone", "\x80", false},
        {"a continuation after a letter", "a\xBF", false},
        {"overlong NUL", "\xC0\x80", false},
        {"overlong slash in two", "\xC0\xAF", false},
        {"overlong in two, highest", "\xC1\xBF", false},
        {"overlong in three", "\xE0\x9F\xBF", false},
        {"overlong in four", "\xF0\x8F\xBF\xBF", false},
        {"first surrogate", "\xED\xA0\x80", false},
        {"last surrogate", "\xED\xBF\xBF", false},
        {"above U+10FFFF", "\xF4\x90\x80\x80", false},
        {"five bytes", "\xF8\x88\x80\x80\x80", false},
        {"FE", "\xFE", false},
        {"FF", "\xFF", false},
        {"cut after one of two", "\xC3", false},
        {"cut after two of three", "\xE2\x82", false},
        {"cut after three of four", "\xF0\x9F\x98", false},
        {"a letter where a continuation belongs", "\xE2\x28\xA1", false},
        {"a lead where a continuation belongs", "\xC3\xC3", false},
    };
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(text_is_utf8(slice_of(rows[i].text)), rows[i].good, "%s", rows[i].label);
    cr_expect_eq(text_utf8_len(SLICE("\xE2\x82\xACx")), 3);
    cr_expect_eq(text_utf8_len(SLICE("")), 0);
}

Test(text, cstr_refuses_an_inner_nul)
{
    cr_expect_str_eq(text_cstr(arena, slice_make("abc", 2)), "ab");
    cr_expect_str_eq(text_cstr(arena, SLICE("")), "");
    cr_expect_str_eq(text_cstr(arena, SLICE_ABSENT), "");
    cr_expect_null(text_cstr(arena, slice_make("a\0b", 3)));
    cr_expect_null(text_cstr(arena, slice_make("a\0", 2)));
}

Test(text, arrays_keep_what_stands_in_them)
{
    static const struct {
        struct slice items[3];
        size_t count;
        const char *array;
    } rows[] = {
        {{{0}}, 0, "{}"},
        {{SLICE_LITERAL("a")}, 1, "{\"a\"}"},
        {{SLICE_LITERAL(""), SLICE_LITERAL("NULL"), SLICE_LITERAL("a,b")}, 3, "{\"\",\"NULL\",\"a,b\"}"},
        {{SLICE_LITERAL("\""), SLICE_LITERAL("\\"), SLICE_LITERAL("}{")}, 3, "{\"\\\"\",\"\\\\\",\"}{\"}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice array = text_array(arena, rows[i].items, rows[i].count);
        cr_expect(slice_eq(array, slice_of(rows[i].array)), "%s: %.*s", rows[i].array, SLICE_ARG(array));
    }
}

/* Arrays as PostgreSQL prints them: quotes only where an element needs them, and never in a number. */
Test(text, arrays_are_read_as_postgresql_prints_them)
{
    static const struct {
        struct slice text;
        size_t count;
        const char *elements[3];
    } rows[] = {
        {SLICE_ABSENT, 0, {NULL}},
        {SLICE_LITERAL("{}"), 0, {NULL}},
        {SLICE_LITERAL("{1,22,333}"), 3, {"1", "22", "333"}},
        {SLICE_LITERAL("{\"\"}"), 1, {""}},
        {SLICE_LITERAL("{\"\",a,\"\"}"), 3, {"", "a", ""}},
        {SLICE_LITERAL("{\"a,b\",\"}{\",c d}"), 3, {"a,b", "}{", "c d"}},
        {SLICE_LITERAL("{\"\\\"\",\"\\\\\",\"NULL\"}"), 3, {"\"", "\\", "NULL"}},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t count = 99;
        struct slice *list = text_array_read(arena, rows[i].text, &count);
        cr_assert_eq(count, rows[i].count, "row %zu", i);
        for (size_t k = 0; k < count; k++)
            cr_expect_str_eq(list[k].at, rows[i].elements[k], "row %zu", i);
    }
}

Test(text, the_distance_of_names_is_levenshteins)
{
    char longest[TEXT_DISTANCE_BYTES + 2];
    memset(longest, 'x', sizeof(longest));
    static const struct {
        struct slice a, b;
        size_t distance;
    } rows[] = {
        {SLICE_LITERAL(""), SLICE_LITERAL(""), 0},
        {SLICE_LITERAL(""), SLICE_LITERAL("abc"), 3},
        {SLICE_LITERAL("abc"), SLICE_LITERAL(""), 3},
        {SLICE_LITERAL("orders"), SLICE_LITERAL("orders"), 0},
        {SLICE_LITERAL("ORDERS"), SLICE_LITERAL("orders"), 0},
        {SLICE_LITERAL("order"), SLICE_LITERAL("orders"), 1},
        {SLICE_LITERAL("oders"), SLICE_LITERAL("orders"), 1},
        {SLICE_LITERAL("odrers"), SLICE_LITERAL("orders"), 2},
        {SLICE_LITERAL("kitten"), SLICE_LITERAL("sitting"), 3},
        {SLICE_LITERAL("abc"), SLICE_LITERAL("xyz"), 3},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_eq(text_distance(rows[i].a, rows[i].b), rows[i].distance, "%s %s", rows[i].a.at, rows[i].b.at);
    struct slice at_limit = slice_make(longest, TEXT_DISTANCE_BYTES), past = slice_make(longest, sizeof(longest) - 1);
    cr_expect_eq(text_distance(at_limit, at_limit), 0);
    cr_expect_eq(text_distance(past, past), TEXT_DISTANCE_BYTES + 1, "not compared");
    cr_expect_eq(text_distance(past, SLICE("x")), TEXT_DISTANCE_BYTES + 1);
}
