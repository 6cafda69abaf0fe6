#include "help.h"

#include "midair/base/text.h"

#include <cjson/cJSON.h>
#include <stdlib.h>

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct {
    const char *label;
    struct slice in, out;
} accepted[] = {
    {"null", TEXT("null"), TEXT("null")},
    {"true and false", TEXT("[true,false]"), TEXT("[true,false]")},
    {"white space of all four kinds", TEXT(" \t\r\n[ 1 ,\n2\t] \r\n"), TEXT("[1,2]")},
    {"empty containers", TEXT("[[],{}, [ ] , { } ]"), TEXT("[[],{},[],{}]")},
    {"an integer beyond doubles", TEXT("9007199254740993"), TEXT("9007199254740993")},
    {"a fraction doubles do not have", TEXT("0.1"), TEXT("0.1")},
    {"trailing zeros", TEXT("1.00"), TEXT("1.00")},
    {"an exponent beyond doubles", TEXT("1e400"), TEXT("1e400")},
    {"all parts of a number", TEXT("-0.5E+07"), TEXT("-0.5E+07")},
    {"minus zero", TEXT("-0"), TEXT("-0")},
    {"an empty string", TEXT("\"\""), TEXT("\"\"")},
    {"simple escapes", TEXT("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""), TEXT("\"\\\"\\\\/\\b\\f\\n\\r\\t\"")},
    {"escaped ASCII", TEXT("\"\\u0041\""), TEXT("\"A\"")},
    {"escaped two bytes", TEXT("\"\\u00e9\\u07FF\""), TEXT("\"\xC3\xA9\xDF\xBF\"")},
    {"escaped three bytes", TEXT("\"\\u20AC\\uFFFF\""), TEXT("\"\xE2\x82\xAC\xEF\xBF\xBF\"")},
    {"a surrogate pair", TEXT("\"\\uD83D\\uDE00\""), TEXT("\"\xF0\x9F\x98\x80\"")},
    {"the last code point", TEXT("\"\\udbff\\udfff\""), TEXT("\"\xF4\x8F\xBF\xBF\"")},
    {"raw UTF-8", TEXT("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""), TEXT("\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\"")},
    {"DEL is no control byte", TEXT("\"\x7F\""), TEXT("\"\x7F\"")},
    {"an escaped control byte", TEXT("\"\\u0001\""), TEXT("\"\\u0001\"")},
    {"escapes after a long plain run", TEXT("\"0123456789abcdef\\n0123456789\""),
     TEXT("\"0123456789abcdef\\n0123456789\"")},
    {"names that differ in case", TEXT("{\"a\":1,\"A\":2}"), TEXT("{\"a\":1,\"A\":2}")},
    {"an empty name", TEXT("{\"\":1}"), TEXT("{\"\":1}")},
    {"the same name in two objects", TEXT("{\"a\":{\"a\":1}}"), TEXT("{\"a\":{\"a\":1}}")},
};

Test(gate, accepts_and_keeps)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(accepted); i++) {
        struct json value = parse_or_fail(arena, accepted[i].in);
        EXPECT_TEXT(render(arena, &value), accepted[i].out, accepted[i].label);
    }
    arena_free(arena);
}

static const struct {
    const char *label;
    struct slice in;
    long position;
} refused[] = {
    {"nothing", TEXT(""), 0},
    {"white space alone", TEXT("  \n"), 3},
    {"a byte order mark", TEXT("\xEF\xBB\xBF{}"), 0},
    {"UTF-16", TEXT("\xFF\xFE[\0]\0"), 0},
    {"a NUL byte after the value", TEXT("1\0"), 1},
    {"bytes after the value", TEXT("{} x"), 3},
    {"two values", TEXT("1 2"), 2},
    {"a closing bracket too many", TEXT("[1]]"), 3},
    {"form feed is no white space", TEXT("\f1"), 0},
    {"no-break space is no white space",
     TEXT("\xC2\xA0"
          "1"),
     0},
    {"NaN", TEXT("NaN"), 0},
    {"Infinity", TEXT("[Infinity]"), 1},
    {"-Infinity", TEXT("-Infinity"), 1},
    {"nan in lower case", TEXT("nan"), 0},
    {"True", TEXT("True"), 0},
    {"a word that is cut", TEXT("tru"), 0},
    {"a word that goes on", TEXT("nullx"), 4},
    {"a leading zero", TEXT("01"), 1},
    {"a leading zero after minus", TEXT("-012"), 2},
    {"a leading plus", TEXT("+1"), 0},
    {"a minus alone", TEXT("-"), 1},
    {"two minuses", TEXT("--1"), 1},
    {"no digit before the point", TEXT(".5"), 0},
    {"no digit after the point", TEXT("1."), 2},
    {"no digit after the point in a list", TEXT("[1.,2]"), 3},
    {"no digits in the exponent", TEXT("1e"), 2},
    {"a sign alone in the exponent", TEXT("1e+]"), 3},
    {"a point in the exponent", TEXT("1e1.5"), 3},
    {"hexadecimal", TEXT("0x10"), 1},
    {"digit groups", TEXT("1_000"), 1},
    {"a string that is not closed", TEXT("\"abc"), 4},
    {"a string that ends in a backslash", TEXT("\"abc\\"), 4},
    {"an escaped closing quote", TEXT("\"abc\\\""), 6},
    {"single quotes", TEXT("'a'"), 0},
    {"a raw newline in a string", TEXT("\"a\nb\""), 2},
    {"a raw tab in a string", TEXT("\"\t\""), 1},
    {"a raw NUL in a string", TEXT("\"a\0b\""), 2},
    {"a raw control byte far in", TEXT("\"0123456789abcdef\x1f\""), 17},
    {"an unknown escape", TEXT("\"\\x41\""), 1},
    {"an escaped NUL byte in the text", TEXT("\"\\\0\""), 1},
    {"an upper-case U escape", TEXT("\"\\U0041\""), 1},
    {"an escaped apostrophe", TEXT("\"\\'\""), 1},
    {"\\u with three digits", TEXT("\"\\u041\""), 1},
    {"\\u with a sign", TEXT("\"\\u+041\""), 1},
    {"\\u at the end", TEXT("\"\\u"), 1},
    {"\\u0000", TEXT("\"a\\u0000\""), 2},
    {"\\u0000 in a name", TEXT("{\"\\u0000\":1}"), 2},
    {"a high surrogate alone", TEXT("\"\\uD83D\""), 1},
    {"a high surrogate before text", TEXT("\"\\uD83Dabcdef\""), 1},
    {"a high surrogate before another escape", TEXT("\"\\uD83D\\n12345\""), 1},
    {"a high surrogate before a letter", TEXT("\"\\uD83D\\u0041\""), 1},
    {"two high surrogates", TEXT("\"\\uD83D\\uD83D\""), 1},
    {"two low surrogates", TEXT("\"\\uDE00\\uDE00\""), 1},
    {"a low surrogate alone", TEXT("\"\\uDE00\""), 1},
    {"a pair the wrong way round", TEXT("\"\\uDE00\\uD83D\""), 1},
    {"a high surrogate at the end", TEXT("\"\\uD83D\\u"), 1},
    {"a lone continuation byte", TEXT("\"\x80\""), 1},
    {"a sequence that is cut", TEXT("\"\xE2\x82\""), 1},
    {"an overlong slash", TEXT("\"\xC0\xAF\""), 1},
    {"an overlong NUL", TEXT("\"\xC0\x80\""), 1},
    {"an overlong three-byte form", TEXT("\"\xE0\x80\xAF\""), 1},
    {"a surrogate in UTF-8", TEXT("\"\xED\xA0\x80\""), 1},
    {"above U+10FFFF", TEXT("\"\xF4\x90\x80\x80\""), 1},
    {"five bytes", TEXT("\"\xF8\x88\x80\x80\x80\""), 1},
    {"0xFF after plain text", TEXT("\"abcdefghij\xFF\""), 11},
    {"invalid UTF-8 in a name", TEXT("{\"\xFF\":1}"), 2},
    {"invalid UTF-8 outside strings", TEXT("[1,\xFF]"), 3},
    {"an array that is not closed", TEXT("[1"), 2},
    {"an array that ends after a comma", TEXT("[1,"), 3},
    {"a trailing comma", TEXT("[1,]"), 3},
    {"a leading comma", TEXT("[,1]"), 1},
    {"two commas", TEXT("[1,,2]"), 3},
    {"no comma", TEXT("[1 2]"), 3},
    {"a semicolon", TEXT("[1;2]"), 2},
    {"a brace closes an array", TEXT("[1}"), 2},
    {"an object that is not closed", TEXT("{"), 1},
    {"an object that is cut after the name", TEXT("{\"a\""), 4},
    {"an object that is cut after the colon", TEXT("{\"a\":"), 5},
    {"no colon", TEXT("{\"a\" 1}"), 5},
    {"no value", TEXT("{\"a\":}"), 5},
    {"a name without quotes", TEXT("{a:1}"), 1},
    {"a number as name", TEXT("{1:1}"), 1},
    {"a trailing comma in an object", TEXT("{\"a\":1,}"), 7},
    {"a bracket closes an object", TEXT("{\"a\":1]"), 6},
    {"a comment", TEXT("/**/1"), 0},
    {"a comment behind", TEXT("1 // x"), 2},
    {"a member twice", TEXT("{\"a\":1,\"a\":1}"), 7},
    {"a member twice, once escaped", TEXT("{\"a\":1,\"b\":2, \"\\u0061\":1}"), 14},
    {"a member twice in an inner object", TEXT("[{\"x\":{\"\":1,\"\":2}}]"), 12},
    {"a member twice among many",
     TEXT("{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1,\"6\":1,\"7\":1,\"8\":1,\"9\":1,\"7\":1,\"1\":0}"), 55},
};

Test(gate, refuses_at_the_byte)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(refused); i++) {
        struct json value;
        struct err *err = json_parse(arena, exact(arena, refused[i].in), (struct json_limits){0}, &value);
        cr_expect_not_null(err, "%s: accepted", refused[i].label);
        if (!err)
            continue;
        cr_expect_eq(err->kind, ERR_BAD_JSON, "%s", refused[i].label);
        cr_expect_eq(err->position, refused[i].position, "%s: at %ld, want %ld: %.*s", refused[i].label, err->position,
                     refused[i].position, SLICE_ARG(err->detail));
        cr_expect(text_is_utf8(err->detail), "%s", refused[i].label);
    }
    arena_free(arena);
}

Test(gate, absent_text_is_refused)
{
    struct arena *arena = arena_new(0);
    struct json value;
    cr_expect_not_null(json_parse(arena, SLICE_ABSENT, (struct json_limits){0}, &value));
    arena_free(arena);
}

Test(gate, names_a_byte_order_mark)
{
    struct arena *arena = arena_new(0);
    struct json value;
    struct err *err = json_parse(arena, SLICE("\xEF\xBB\xBF{}"), (struct json_limits){0}, &value);
    cr_assert_not_null(err);
    cr_expect(slice_ends(err->detail, SLICE("a byte order mark is not allowed.")));
    arena_free(arena);
}

static const struct {
    const char *label;
    struct slice in;
    struct json_limits limits;
    bool fits;
    enum err_kind kind;
} limited[] = {
    {"depth at the limit", TEXT("[[1],{\"a\":2}]"), {.depth = 2}, true, 0},
    {"depth past the limit", TEXT("[[[]]]"), {.depth = 2}, false, ERR_BAD_JSON},
    {"depth of objects past the limit", TEXT("{\"a\":{\"b\":{}}}"), {.depth = 2}, false, ERR_BAD_JSON},
    {"depth 1 after a sibling", TEXT("[[],[[]]]"), {.depth = 2}, false, ERR_BAD_JSON},
    {"nodes at the limit", TEXT("[1,{\"a\":2}]"), {.nodes = 4}, true, 0},
    {"nodes past the limit", TEXT("[1,2,3,4]"), {.nodes = 4}, false, ERR_BAD_JSON},
    {"bytes at the limit", TEXT("[1,2]"), {.bytes = 5}, true, 0},
    {"bytes past the limit", TEXT("[1,2] "), {.bytes = 5}, false, ERR_CONTENT_TOO_LARGE},
};

Test(gate, keeps_to_its_limits)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(limited); i++) {
        struct json value;
        struct err *err = json_parse(arena, limited[i].in, limited[i].limits, &value);
        cr_expect_eq(err == NULL, limited[i].fits, "%s", limited[i].label);
        if (err)
            cr_expect_eq(err->kind, limited[i].kind, "%s", limited[i].label);
    }
    arena_free(arena);
}

/* `count` times `piece`. */
static void repeat(struct buf *buf, struct slice piece, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_put(buf, piece);
}

static struct err *parse_buf(struct buf *buf, struct json *out)
{
    return json_parse(buf->arena, exact(buf->arena, buf_slice(buf)), (struct json_limits){0}, out);
}

Test(gate, depth_is_bounded_without_a_limit)
{
    struct arena *arena = arena_new(0);
    struct json value;
    for (size_t extra = 0; extra < 2; extra++) {
        struct buf buf = buf_new(arena, 0);
        repeat(&buf, SLICE("["), JSON_DEPTH_MAX + extra);
        repeat(&buf, SLICE("]"), JSON_DEPTH_MAX + extra);
        cr_expect_eq(parse_buf(&buf, &value) == NULL, extra == 0, "%zu past the limit", extra);
    }
    struct buf bomb = buf_new(arena, 0);
    repeat(&bomb, SLICE("{\"a\":["), 500000);
    cr_expect_not_null(parse_buf(&bomb, &value));
    arena_free(arena);
}

Test(gate, takes_long_arrays)
{
    struct arena *arena = arena_new(0);
    struct buf buf = buf_new(arena, 0);
    struct json value;
    BUF_LIT(&buf, "[0");
    for (size_t i = 1; i < 100000; i++)
        buf_printf(&buf, ",%zu", i);
    BUF_LIT(&buf, "]");
    cr_assert_null(parse_buf(&buf, &value));
    cr_expect_eq(value.count, 100000);
    cr_expect_eq(value.nodes, 100001);
    cr_expect_eq(value.height, 1);
    EXPECT_TEXT(value.items[99999].text, SLICE("99999"), "the last element");
    arena_free(arena);
}

static struct buf wide_object(struct arena *arena, size_t count, const char *last)
{
    struct buf buf = buf_new(arena, 0);
    BUF_LIT(&buf, "{");
    for (size_t i = 0; i < count; i++)
        buf_printf(&buf, "\"column_with_a_long_name_%zu\":%zu,", i, i);
    buf_printf(&buf, "\"%s\":null}", last);
    return buf;
}

Test(gate, takes_wide_objects_and_finds_their_members)
{
    struct arena *arena = arena_new(0);
    struct buf buf = wide_object(arena, 100000, "z");
    struct json value;
    cr_assert_null(parse_buf(&buf, &value));
    cr_expect_eq(value.count, 100001);
    for (size_t i = 0; i < 100000; i += 997) {
        const struct json *member = json_member(&value, arena_printf(arena, "column_with_a_long_name_%zu", i));
        cr_assert_not_null(member);
        EXPECT_TEXT(member->text, arena_printf(arena, "%zu", i), "member");
    }
    cr_expect_null(json_member(&value, SLICE("column_with_a_long_name_100000")));
    cr_expect_null(json_member(&value, SLICE("Z")));
    cr_expect_null(json_member(&value, SLICE("")));
    arena_free(arena);
}

Test(gate, sees_one_duplicate_in_a_wide_object)
{
    struct arena *arena = arena_new(0);
    struct buf buf = wide_object(arena, 100000, "column_with_a_long_name_\\u0037");
    struct json value;
    struct err *err = parse_buf(&buf, &value);
    cr_assert_not_null(err);
    struct slice at = slice_from(buf_slice(&buf), (size_t)err->position);
    EXPECT_TEXT(at, SLICE("\"column_with_a_long_name_\\u0037\":null}"), "position of the second one");
    arena_free(arena);
}

Test(gate, shows_where_values_stand)
{
    struct arena *arena = arena_new(0);
    struct json value = parse_or_fail(arena, SLICE(" { \"a\" : [ 1.50 , \"x\\n\" ] } "));
    EXPECT_TEXT(value.raw, SLICE("{ \"a\" : [ 1.50 , \"x\\n\" ] }"), "object");
    cr_expect_eq(value.position, 1);
    cr_expect_eq(value.members[0].position, 3);
    const struct json *array = json_member(&value, SLICE("a"));
    EXPECT_TEXT(array->raw, SLICE("[ 1.50 , \"x\\n\" ]"), "array");
    EXPECT_TEXT(array->items[0].raw, SLICE("1.50"), "number");
    EXPECT_TEXT(array->items[1].raw, SLICE("\"x\\n\""), "string");
    EXPECT_TEXT(array->items[1].text, SLICE("x\n"), "decoded");
    cr_expect_eq(array->items[1].position, 18);
    cr_expect_eq(value.height, 2);
    cr_expect_eq(value.nodes, 4);
    cr_expect_null(json_member(array, SLICE("a")), "an array has no members");
    cr_expect_null(json_member(NULL, SLICE("a")));
    arena_free(arena);
}

/* --- cJSON's opinion --------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Pieces that make documents, right ones and nearly right ones. */
static const char *const pieces[] = {"{",       "}",       "[",     "]",  ",",  ":",    "\"a\"",       "\"b\"",
                                     "\"",      "\\",      "\\u00", "41", "0",  "1",    "-1.5e3",      "1e400",
                                     "true",    "false",   "null",  " ",  "\n", "\x01", "\xC3\xA9",    "\xFF",
                                     "\\ud83d", "\\ude00", "\"\"",  "01", "1.", "NaN",  "\"\\u0000\"", "\"x\\ty\""};

static struct slice random_pieces(struct arena *arena, uint32_t *state)
{
    struct buf buf = buf_new(arena, 64);
    for (size_t n = next_random(state) % 12; n > 0; n--)
        buf_z(&buf, pieces[next_random(state) % ROWS(pieces)]);
    return buf_slice(&buf);
}

static void random_value(struct buf *buf, uint32_t *state, unsigned depth)
{
    unsigned choice = next_random(state) % (depth ? 8 : 6);
    static const char *const scalars[] = {
        "null", "true", "-0.10", "12345678901234567890", "\"\\ud83d\\ude00\\n\"", "\"\xE2\x82\xAC plain \""};
    if (choice < 6) {
        buf_z(buf, scalars[choice]);
        return;
    }
    buf_byte(buf, choice == 6 ? '[' : '{');
    for (unsigned i = 0, n = next_random(state) % 4; i < n; i++) {
        if (i)
            buf_z(buf, " , ");
        if (choice == 7)
            buf_printf(buf, "\"m%u\" :", i);
        random_value(buf, state, depth - 1);
    }
    buf_byte(buf, choice == 6 ? ']' : '}');
}

/* What the gate accepts, cJSON accepts, and both see the same shape. */
static bool agree(const struct json *ours, const cJSON *theirs)
{
    static const int types[] = {cJSON_NULL,   cJSON_False, cJSON_True,  cJSON_Number,
                                cJSON_String, cJSON_Array, cJSON_Object};
    if ((theirs->type & 0xFF) != types[ours->kind])
        return false;
    if (ours->kind == JSON_STRING)
        return slice_eq(ours->text, slice_of(theirs->valuestring));
    const cJSON *child = theirs->child;
    for (size_t i = 0; i < ours->count; i++, child = child->next) {
        if (!child || (ours->kind == JSON_OBJECT && !slice_eq(ours->members[i].name, slice_of(child->string))) ||
            !agree(ours->kind == JSON_OBJECT ? &ours->members[i].value : &ours->items[i], child))
            return false;
    }
    return child == NULL;
}

static bool check_with_cjson(struct arena *arena, struct slice text)
{
    struct json value;
    if (json_parse(arena, exact(arena, text), (struct json_limits){.depth = 500}, &value))
        return false;
    cJSON *theirs = cJSON_ParseWithLength(text.at, text.len);
    cr_assert_not_null(theirs, "cJSON refuses %.*s", SLICE_ARG(text));
    cr_expect(agree(&value, theirs), "cJSON reads %.*s otherwise", SLICE_ARG(text));
    cJSON_Delete(theirs);
    return true;
}

Test(gate, accepts_nothing_that_cjson_refuses)
{
    struct arena *arena = arena_new(0);
    uint32_t state = 20261121;
    size_t passed = 0;
    for (size_t i = 0; i < ROWS(accepted); i++)
        passed += check_with_cjson(arena, accepted[i].in);
    cr_expect_eq(passed, ROWS(accepted));
    for (size_t i = 0; i < 200000; i++) {
        arena_reset(arena);
        passed += check_with_cjson(arena, random_pieces(arena, &state));
    }
    cr_expect_gt(passed, 5000, "too few of the random texts are JSON: %zu", passed);
    for (size_t i = 0; i < 20000; i++) {
        arena_reset(arena);
        struct buf buf = buf_new(arena, 64);
        random_value(&buf, &state, 4);
        cr_assert(check_with_cjson(arena, buf_slice(&buf)), "refused: %.*s", SLICE_ARG(buf_slice(&buf)));
    }
    arena_free(arena);
}
