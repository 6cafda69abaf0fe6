#include "help.h"

#include "midair/json/merge_patch.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct {
    const char *label;
    struct slice target, patch, result; /* an absent target: there is none */
} rows[] = {
    /* RFC 7396 appendix A */
    {"A 1: replace", TEXT("{\"a\":\"b\"}"), TEXT("{\"a\":\"c\"}"), TEXT("{\"a\":\"c\"}")},
    {"A 2: add", TEXT("{\"a\":\"b\"}"), TEXT("{\"b\":\"c\"}"), TEXT("{\"a\":\"b\",\"b\":\"c\"}")},
    {"A 3: remove", TEXT("{\"a\":\"b\"}"), TEXT("{\"a\":null}"), TEXT("{}")},
    {"A 4: remove one of two", TEXT("{\"a\":\"b\",\"b\":\"c\"}"), TEXT("{\"a\":null}"), TEXT("{\"b\":\"c\"}")},
    {"A 5: array by string", TEXT("{\"a\":[\"b\"]}"), TEXT("{\"a\":\"c\"}"), TEXT("{\"a\":\"c\"}")},
    {"A 6: string by array", TEXT("{\"a\":\"c\"}"), TEXT("{\"a\":[\"b\"]}"), TEXT("{\"a\":[\"b\"]}")},
    {"A 7: inner", TEXT("{\"a\":{\"b\":\"c\"}}"), TEXT("{\"a\":{\"b\":\"d\",\"c\":null}}"),
     TEXT("{\"a\":{\"b\":\"d\"}}")},
    {"A 8: array of objects", TEXT("{\"a\":[{\"b\":\"c\"}]}"), TEXT("{\"a\":[1]}"), TEXT("{\"a\":[1]}")},
    {"A 9: arrays", TEXT("[\"a\",\"b\"]"), TEXT("[\"c\",\"d\"]"), TEXT("[\"c\",\"d\"]")},
    {"A 10: object by array", TEXT("{\"a\":\"b\"}"), TEXT("[\"c\"]"), TEXT("[\"c\"]")},
    {"A 11: by null", TEXT("{\"a\":\"foo\"}"), TEXT("null"), TEXT("null")},
    {"A 12: by string", TEXT("{\"a\":\"foo\"}"), TEXT("\"bar\""), TEXT("\"bar\"")},
    {"A 13: null in the target stays", TEXT("{\"e\":null}"), TEXT("{\"a\":1}"), TEXT("{\"e\":null,\"a\":1}")},
    {"A 14: array by object", TEXT("[1,2]"), TEXT("{\"a\":\"b\",\"c\":null}"), TEXT("{\"a\":\"b\"}")},
    {"A 15: nested nulls are not added", TEXT("{}"), TEXT("{\"a\":{\"bb\":{\"ccc\":null}}}"),
     TEXT("{\"a\":{\"bb\":{}}}")},
    /* ours */
    {"no target", {NULL, 0}, TEXT("{\"a\":{\"b\":null,\"c\":1}}"), TEXT("{\"a\":{\"c\":1}}")},
    {"no target, a scalar", {NULL, 0}, TEXT("1.0"), TEXT("1.0")},
    {"an empty patch", TEXT("{\"a\":[1,{}]}"), TEXT("{}"), TEXT("{\"a\":[1,{}]}")},
    {"an empty patch makes an object of a scalar", TEXT("1"), TEXT("{}"), TEXT("{}")},
    {"an inner empty patch makes an object of a scalar", TEXT("{\"a\":1}"), TEXT("{\"a\":{}}"), TEXT("{\"a\":{}}")},
    {"nulls inside arrays stay", TEXT("{}"), TEXT("{\"a\":[null,{\"b\":null}]}"), TEXT("{\"a\":[null,{\"b\":null}]}")},
    {"numbers keep their text", TEXT("{\"a\":9007199254740993,\"b\":1.00}"), TEXT("{\"c\":0.10}"),
     TEXT("{\"a\":9007199254740993,\"b\":1.00,\"c\":0.10}")},
    {"members keep their places", TEXT("{\"a\":1,\"b\":2,\"c\":3}"), TEXT("{\"d\":4,\"b\":5}"),
     TEXT("{\"a\":1,\"b\":5,\"c\":3,\"d\":4}")},
    {"names are case-sensitive", TEXT("{\"a\":1}"), TEXT("{\"A\":null}"), TEXT("{\"a\":1}")},
    {"escaped names are the same", TEXT("{\"a\":1}"), TEXT("{\"\\u0061\":null}"), TEXT("{}")},
    {"an empty name", TEXT("{\"\":1}"), TEXT("{\"\":null}"), TEXT("{}")},
    {"many members", TEXT("{\"1\":1,\"2\":2,\"3\":3,\"4\":4,\"5\":5,\"6\":6,\"7\":7,\"8\":8,\"9\":9,\"10\":10}"),
     TEXT(
         "{\"10\":null,\"11\":11,\"2\":null,\"3\":0,\"4\":{\"x\":1},\"5\":null,\"6\":null,\"7\":null,\"8\":8,\"9\":9}"),
     TEXT("{\"1\":1,\"3\":0,\"4\":{\"x\":1},\"8\":8,\"9\":9,\"11\":11}")},
};

Test(merge_patch, follows_rfc_7396)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json target = {0}, patch = parse_or_fail(arena, rows[i].patch);
        bool present = slice_present(rows[i].target);
        if (present)
            target = parse_or_fail(arena, rows[i].target);
        struct json result = json_merge_patch(arena, present ? &target : NULL, &patch);
        EXPECT_TEXT(render(arena, &result), rows[i].result, rows[i].label);
        if (present)
            EXPECT_TEXT(render(arena, &target), rows[i].target, "the target is as before");
    }
    arena_free(arena);
}

/* A patch applied twice changes nothing the second time. */
Test(merge_patch, is_idempotent)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json patch = parse_or_fail(arena, rows[i].patch), want = parse_or_fail(arena, rows[i].result);
        struct json again = json_merge_patch(arena, &want, &patch);
        cr_expect(json_equal(&again, &want), "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(merge_patch, bears_the_deepest_documents)
{
    struct arena *arena = arena_new(0);
    struct buf buf = buf_new(arena, 0);
    for (size_t i = 0; i < JSON_DEPTH_MAX; i++)
        BUF_LIT(&buf, "{\"a\":");
    BUF_LIT(&buf, "1");
    for (size_t i = 0; i < JSON_DEPTH_MAX; i++)
        BUF_LIT(&buf, "}");
    struct json deep = parse_or_fail(arena, buf_slice(&buf));
    struct json result = json_merge_patch(arena, &deep, &deep);
    cr_expect(json_equal(&result, &deep));
    cr_expect_eq(result.height, JSON_DEPTH_MAX);
    result = json_merge_patch(arena, NULL, &deep);
    cr_expect(json_equal(&result, &deep));
    arena_free(arena);
}

Test(merge_patch, bears_wide_documents)
{
    struct arena *arena = arena_new(0);
    struct buf a = buf_new(arena, 0), b = buf_new(arena, 0);
    BUF_LIT(&a, "{\"\":0");
    BUF_LIT(&b, "{\"\":null");
    for (size_t i = 0; i < 60000; i++) {
        buf_printf(&a, ",\"%zu\":1", i);
        buf_printf(&b, ",\"%zu\":null", i);
    }
    BUF_LIT(&a, "}");
    BUF_LIT(&b, "}");
    struct json target = parse_or_fail(arena, buf_slice(&a)), patch = parse_or_fail(arena, buf_slice(&b));
    struct json result = json_merge_patch(arena, &target, &patch);
    EXPECT_TEXT(render(arena, &result), SLICE("{}"), "all are removed");
    arena_free(arena);
}
