#include "../../../src/json/pointer.h"

#include "help.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

/* The document of RFC 6901 5, with an inner object for more. */
static const char document[] =
    "{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5,"
    "\"k\\\"l\":6,\" \":7,\"m~n\":8,\"in\":{\"~1\":9,\"0\":10,\"\":{\"\":11}},\"s\":\"text\"}";

static const struct {
    const char *label;
    struct slice pointer, value; /* an absent value: the pointer names nothing */
} rows[] = {
    /* RFC 6901 5 */
    {"an array", TEXT("/foo"), TEXT("[\"bar\",\"baz\"]")},
    {"an element", TEXT("/foo/0"), TEXT("\"bar\"")},
    {"the empty name", TEXT("/"), TEXT("0")},
    {"~1", TEXT("/a~1b"), TEXT("1")},
    {"a percent sign", TEXT("/c%d"), TEXT("2")},
    {"a circumflex", TEXT("/e^f"), TEXT("3")},
    {"a bar", TEXT("/g|h"), TEXT("4")},
    {"a backslash", TEXT("/i\\j"), TEXT("5")},
    {"a quote", TEXT("/k\"l"), TEXT("6")},
    {"a space", TEXT("/ "), TEXT("7")},
    {"~0", TEXT("/m~0n"), TEXT("8")},
    /* ours */
    {"~01 is ~1 and not /", TEXT("/in/~01"), TEXT("9")},
    {"a digit as a name", TEXT("/in/0"), TEXT("10")},
    {"empty names in a row", TEXT("/in//"), TEXT("11")},
    {"a name that is not there", TEXT("/bar"), {NULL, 0}},
    {"other case", TEXT("/FOO"), {NULL, 0}},
    {"an index past the end", TEXT("/foo/2"), {NULL, 0}},
    {"the place behind the end", TEXT("/foo/-"), {NULL, 0}},
    {"a leading zero", TEXT("/foo/00"), {NULL, 0}},
    {"a leading zero before 1", TEXT("/foo/01"), {NULL, 0}},
    {"a negative index", TEXT("/foo/-1"), {NULL, 0}},
    {"a plus sign", TEXT("/foo/+1"), {NULL, 0}},
    {"a space before the index", TEXT("/foo/ 1"), {NULL, 0}},
    {"a fraction", TEXT("/foo/1.0"), {NULL, 0}},
    {"an exponent", TEXT("/foo/1e0"), {NULL, 0}},
    {"an index beyond 64 bits", TEXT("/foo/18446744073709551616"), {NULL, 0}},
    {"an index of 2 to the 64 less one", TEXT("/foo/18446744073709551615"), {NULL, 0}},
    {"an empty index", TEXT("/foo/"), {NULL, 0}},
    {"a name in an array", TEXT("/foo/length"), {NULL, 0}},
    {"below a string", TEXT("/s/0"), {NULL, 0}},
    {"below a number", TEXT("//x"), {NULL, 0}},
    {"- in an object", TEXT("/in/-"), {NULL, 0}},
};

static const struct json *find(const struct json *root, const struct json_pointer *pointer)
{
    for (size_t i = 0; root && i < pointer->count; i++)
        root = json_pointer_step(root, pointer->tokens[i]);
    return root;
}

Test(pointer, finds_what_it_names)
{
    struct arena *arena = arena_new(0);
    struct json root = parse_or_fail(arena, SLICE(document));
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct json_pointer pointer;
        cr_assert_null(json_pointer_parse(arena, exact(arena, rows[i].pointer), 0, &pointer), "%s", rows[i].label);
        const struct json *value = find(&root, &pointer);
        cr_expect_eq(value != NULL, slice_present(rows[i].value), "%s", rows[i].label);
        if (value)
            EXPECT_TEXT(value->raw, rows[i].value, rows[i].label);
    }
    struct json_pointer whole;
    cr_assert_null(json_pointer_parse(arena, SLICE(""), 0, &whole));
    cr_expect_eq(find(&root, &whole), &root);
    arena_free(arena);
}

Test(pointer, refuses_what_is_none)
{
    static const struct slice bad[] = {TEXT("a"),   TEXT("a/b"),  TEXT("#/a"),   TEXT(" /a"),  TEXT("/~"), TEXT("/a~"),
                                       TEXT("/~2"), TEXT("/~/a"), TEXT("/a/~x"), TEXT("/~0~"), TEXT("~0")};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(bad); i++) {
        struct json_pointer pointer;
        struct err *err = json_pointer_parse(arena, exact(arena, bad[i]), 17, &pointer);
        cr_assert_not_null(err, "%.*s", SLICE_ARG(bad[i]));
        cr_expect_eq(err->kind, ERR_BAD_CONTENT);
        cr_expect_eq(err->position, 17);
    }
    arena_free(arena);
}

Test(pointer, knows_what_contains_what)
{
    static const struct {
        const char *outer, *inner;
        bool contains;
    } pairs[] = {{"", "/a", true},      {"/a", "/a/b", true},      {"/a", "/a/", true},   {"/a~1b", "/a~1b/c", true},
                 {"/a", "/a", false},   {"/a", "/ab", false},      {"/a/b", "/a", false}, {"", "", false},
                 {"/a", "/b/a", false}, {"/a~1b", "/a/b/c", false}};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(pairs); i++) {
        struct json_pointer outer, inner;
        cr_assert_null(json_pointer_parse(arena, slice_of(pairs[i].outer), 0, &outer));
        cr_assert_null(json_pointer_parse(arena, slice_of(pairs[i].inner), 0, &inner));
        cr_expect_eq(json_pointer_contains(&outer, &inner), pairs[i].contains, "%s in %s", pairs[i].inner,
                     pairs[i].outer);
    }
    arena_free(arena);
}
