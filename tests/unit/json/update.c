#include "help.h"

#include "midair/json/update.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct {
    const char *label;
    struct slice in;
    const char *out; /* "$op column raw; …" */
} good[] = {
    {"$set takes any value",
     TEXT("{\"$set\":{\"a\":1.0,\"b\":null,\"c\":[1],\"d\":{\"$inc\":1},\"e\":\"x\",\"f\":true}}"),
     "$set a 1.0; $set b null; $set c [1]; $set d {\"$inc\":1}; $set e \"x\"; $set f true; "},
    {"all operators",
     TEXT("{\"$unset\":{\"a\":null},\"$inc\":{\"b\":-1},\"$mul\":{\"c\":1.10},\"$min\":{\"d\":5,\"e\":\"2026-01-01\"},"
          "\"$max\":{\"f\":0.5},\"$push\":{\"g\":{\"x\":1}},\"$pull\":{\"h\":\"y\"},\"$now\":{\"i\":true},\"$toggle\":{"
          "\"j\":true}}"),
     "$unset a null; $inc b -1; $mul c 1.10; $min d 5; $min e \"2026-01-01\"; $max f 0.5; $push g {\"x\":1}; $pull h "
     "\"y\"; "
     "$now i true; $toggle j true; "},
    {"digits stay", TEXT("{\"$inc\":{\"n\":9007199254740993}}"), "$inc n 9007199254740993; "},
    {"escaped operator and column", TEXT("{\"\\u0024set\":{\"\\u0061\":1}}"), "$set a 1; "},
    {"columns that differ in case", TEXT("{\"$set\":{\"a\":1},\"$inc\":{\"A\":1}}"), "$set a 1; $inc A 1; "},
    {"a column called $set", TEXT("{\"$set\":{\"$set\":1}}"), "$set $set 1; "},
};

Test(update, reads_operators)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(good); i++) {
        struct json document = parse_or_fail(arena, good[i].in);
        struct updates updates;
        struct err *err = json_update_parse(arena, &document, &updates);
        cr_assert_null(err, "%s: %.*s", good[i].label, SLICE_ARG(err ? err->detail : SLICE_ABSENT));
        struct buf buf = buf_new(arena, 64);
        for (size_t k = 0; k < updates.count; k++) {
            const struct update *update = &updates.items[k];
            buf_printf(&buf, "%s %.*s %.*s; ", update_op_name(update->op), SLICE_ARG(update->column),
                       SLICE_ARG(update->value->raw));
        }
        EXPECT_TEXT(buf_slice(&buf), slice_of(good[i].out), good[i].label);
    }
    arena_free(arena);
}

static const struct {
    const char *label;
    struct slice in;
    long position;
} bad[] = {
    {"an array", TEXT("[]"), 0},
    {"null", TEXT(" null"), 1},
    {"an empty object", TEXT("{}"), 0},
    {"an operator without columns", TEXT("{\"$set\":{}}"), 8},
    {"an operator without columns behind a good one", TEXT("{\"$set\":{\"a\":1},\"$inc\":{}}"), 23},
    {"an operator with null", TEXT("{\"$set\":null}"), 8},
    {"an operator with an array", TEXT("{\"$unset\":[\"a\"]}"), 10},
    {"an operator with a string", TEXT("{\"$unset\":\"a\"}"), 10},
    {"an unknown operator", TEXT("{\"$set\":{\"a\":1}, \"$rename\":{\"b\":\"c\"}}"), 17},
    {"an operator in upper case", TEXT("{\"$SET\":{\"a\":1}}"), 1},
    {"an operator without $", TEXT("{\"set\":{\"a\":1}}"), 1},
    {"a plain column", TEXT("{\"price\":1}"), 1},
    {"an operator with a space", TEXT("{\"$set \":{\"a\":1}}"), 1},
    {"an empty operator", TEXT("{\"\":{\"a\":1}}"), 1},
    {"a prefix of an operator", TEXT("{\"$se\":{\"a\":1}}"), 1},
    {"$inc with a string", TEXT("{\"$inc\":{\"a\":\"1\"}}"), 13},
    {"$inc with null", TEXT("{\"$inc\":{\"a\":null}}"), 13},
    {"$inc with a boolean", TEXT("{\"$inc\":{\"a\":true}}"), 13},
    {"$mul with an array", TEXT("{\"$mul\":{\"a\":[2]}}"), 13},
    {"$min with null", TEXT("{\"$min\":{\"a\":null}}"), 13},
    {"$max with a boolean", TEXT("{\"$max\":{\"a\":false}}"), 13},
    {"$max with an object", TEXT("{\"$max\":{\"a\":{}}}"), 13},
    {"$unset with an empty string", TEXT("{\"$unset\":{\"a\":\"\"}}"), 15},
    {"$unset with true", TEXT("{\"$unset\":{\"a\":true}}"), 15},
    {"$now with false", TEXT("{\"$now\":{\"a\":false}}"), 13},
    {"$now with 1", TEXT("{\"$now\":{\"a\":1}}"), 13},
    {"$now with \"true\"", TEXT("{\"$now\":{\"a\":\"true\"}}"), 13},
    {"$toggle with false", TEXT("{\"$toggle\":{\"a\":false}}"), 16},
    {"$toggle with null", TEXT("{\"$toggle\":{\"a\":null}}"), 16},
    {"the second column is wrong", TEXT("{\"$inc\":{\"a\":1,\"b\":\"x\"}}"), 19},
    {"a column under two operators", TEXT("{\"$set\":{\"a\":1},\"$inc\":{\"a\":1}}"), 24},
    {"a column under two operators, once escaped", TEXT("{\"$set\":{\"a\":1},\"$inc\":{\"\\u0061\":1}}"), 24},
    {"a column set and unset", TEXT("{\"$unset\":{\"b\":null},\"$set\":{\"a\":1,\"b\":1}}"), 35},
    {"two columns twice: the first is shown", TEXT("{\"$set\":{\"z\":1,\"b\":1},\"$inc\":{\"z\":1,\"b\":1}}"), 30},
    {"a column under three operators", TEXT("{\"$set\":{\"a\":1},\"$inc\":{\"a\":1},\"$mul\":{\"a\":1}}"), 24},
};

Test(update, refuses_at_the_byte)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(bad); i++) {
        struct json document = parse_or_fail(arena, bad[i].in);
        struct updates updates;
        struct err *err = json_update_parse(arena, &document, &updates);
        cr_expect_not_null(err, "%s: accepted", bad[i].label);
        if (!err)
            continue;
        cr_expect_eq(err->kind, ERR_BAD_CONTENT, "%s", bad[i].label);
        cr_expect_eq(err->position, bad[i].position, "%s: at %ld, want %ld: %.*s", bad[i].label, err->position,
                     bad[i].position, SLICE_ARG(err->detail));
    }
    arena_free(arena);
}

Test(update, bears_very_many_columns_and_long_names)
{
    struct arena *arena = arena_new(0);
    struct buf buf = buf_new(arena, 0);
    struct updates updates;
    BUF_LIT(&buf, "{\"$inc\":{\"\":1");
    for (size_t i = 0; i < 50000; i++)
        buf_printf(&buf, ",\"c%zu\":1", i);
    BUF_LIT(&buf, "},\"$mul\":{\"c49999\":2}}");
    struct json document = parse_or_fail(arena, buf_slice(&buf));
    cr_expect_not_null(json_update_parse(arena, &document, &updates), "the last column is there twice");

    struct buf name = buf_new(arena, 0);
    BUF_LIT(&name, "{\"");
    for (size_t i = 0; i < 100000; i++)
        BUF_LIT(&name, "\xE2\x82\xAC");
    BUF_LIT(&name, "\":1}");
    document = parse_or_fail(arena, buf_slice(&name));
    struct err *err = json_update_parse(arena, &document, &updates);
    cr_assert_not_null(err);
    cr_expect_lt(err->detail.len, 200, "the message stays short");
    arena_free(arena);
}
