#include "midair/json/tabular.h"

#include "help.h"

#define TEXT(literal)                                                                                                  \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

typedef struct err *parse_rows(struct arena *, struct slice, struct json_limits, struct json *);

static const struct {
    const char *label;
    struct slice in, out;
} tables[] = {
    {"one row", TEXT("a,b\n1,2\n"), TEXT("[{\"a\":\"1\",\"b\":\"2\"}]")},
    {"no rows", TEXT("a,b\n"), TEXT("[]")},
    {"no line end at all", TEXT("a"), TEXT("[]")},
    {"CRLF and CR alone", TEXT("a\r\n1\r2\n"), TEXT("[{\"a\":\"1\"},{\"a\":\"2\"}]")},
    {"a quoted line end", TEXT("a\n\"x\ny\"\n"), TEXT("[{\"a\":\"x\\ny\"}]")},
    {"quotes inside quotes", TEXT("a\n\"\"\"x\"\"\"\n"), TEXT("[{\"a\":\"\\\"x\\\"\"}]")},
    {"an empty quoted field", TEXT("a,b\n\"\",\n"), TEXT("[{\"a\":\"\",\"b\":\"\"}]")},
    {"NULL", TEXT("a,b\nNULL,null\n"), TEXT("[{\"a\":null,\"b\":\"null\"}]")},
    {"white space belongs to fields", TEXT(" a\n x \n"), TEXT("[{\" a\":\" x \"}]")},
    {"a blank line of one column is an empty field", TEXT("a\n\nx\n"), TEXT("[{\"a\":\"\"},{\"a\":\"x\"}]")},
    {"a byte order mark",
     TEXT("\xEF\xBB\xBF"
          "a\n1\n"),
     TEXT("[{\"a\":\"1\"}]")},
};

static const struct {
    const char *label;
    struct slice in;
    long position; /* -1: wherever */
} bad_tables[] = {
    {"nothing", TEXT(""), 0},
    {"a row too short", TEXT("a,b\n1\n"), 4},
    {"a row too long", TEXT("a\n1,2\n"), 4},
    {"an open quote", TEXT("a\n\"1\n"), 2},
    {"an open quote at the end", TEXT("a\n\""), 2},
    {"text behind a quote", TEXT("a\n\"1\"2\n"), 5},
    {"a quote inside a field", TEXT("a\n1\"2\n"), 3},
    {"an empty name", TEXT("a,,b\n1,2,3\n"), 2},
    {"a name twice", TEXT("a,a\n1,2\n"), -1},
    {"no UTF-8", TEXT("a\n\xFF\n"), -1},
    {"a NUL", TEXT("a\n\0\n"), -1},
};

static const struct {
    const char *label;
    struct slice in, out;
} forms[] = {
    {"two fields", TEXT("a=1&b=2"), TEXT("{\"a\":\"1\",\"b\":\"2\"}")},
    {"nothing", TEXT(""), TEXT("{}")},
    {"empty values", TEXT("a=&b"), TEXT("{\"a\":\"\",\"b\":\"\"}")},
    {"empty pairs", TEXT("&&a=1&"), TEXT("{\"a\":\"1\"}")},
    {"escapes", TEXT("a%20b=c+d%2B%26"), TEXT("{\"a b\":\"c d+&\"}")},
    {"an equals sign in a value", TEXT("a=b=c"), TEXT("{\"a\":\"b=c\"}")},
};

static const struct slice bad_forms[] = {TEXT("=1"),    TEXT("a=%"),     TEXT("a=%0"),  TEXT("%zz=1"),
                                         TEXT("a=%00"), TEXT("a=1&a=2"), TEXT("a=%ff"), TEXT("a=1&%61=2")};

static void expect_rows(struct arena *arena, parse_rows *parse, const char *label, struct slice in, struct slice out)
{
    struct json value = {0};
    struct err *err = parse(arena, exact(arena, in), (struct json_limits){0}, &value);
    cr_expect_null(err, "%s: %.*s", label, SLICE_ARG(err ? err->detail : SLICE_ABSENT));
    if (!err)
        EXPECT_TEXT(render(arena, &value), out, label);
}

Test(tabular, reads_csv)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(tables); i++)
        expect_rows(arena, csv_parse, tables[i].label, tables[i].in, tables[i].out);
    arena_free(arena);
}

Test(tabular, refuses_bad_csv)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(bad_tables); i++) {
        struct json value;
        struct err *err = csv_parse(arena, exact(arena, bad_tables[i].in), (struct json_limits){0}, &value);
        cr_assert_not_null(err, "%s", bad_tables[i].label);
        cr_expect_eq(err->kind, ERR_BAD_CSV, "%s", bad_tables[i].label);
        if (bad_tables[i].position >= 0)
            cr_expect_eq(err->position, bad_tables[i].position, "%s: %ld", bad_tables[i].label, err->position);
    }
    arena_free(arena);
}

Test(tabular, reads_forms)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < ROWS(forms); i++)
        expect_rows(arena, form_parse, forms[i].label, forms[i].in, forms[i].out);
    for (size_t i = 0; i < ROWS(bad_forms); i++) {
        struct json value;
        cr_expect_not_null(form_parse(arena, exact(arena, bad_forms[i]), (struct json_limits){0}, &value), "%.*s",
                           SLICE_ARG(bad_forms[i]));
    }
    arena_free(arena);
}

Test(tabular, keeps_limits)
{
    struct arena *arena = arena_new(0);
    struct json value;
    struct json_limits three = {.nodes = 3}, bytes = {.bytes = 3};
    cr_expect_null(csv_parse(arena, SLICE("a\n1\n2"), three, &value));
    cr_expect_not_null(csv_parse(arena, SLICE("a\n1\n2\n3"), three, &value));
    cr_expect_null(form_parse(arena, SLICE("a=1&b=2&c=3"), three, &value));
    cr_expect_not_null(form_parse(arena, SLICE("a=1&b=2&c=3&d=4"), three, &value));
    cr_expect_null(csv_parse(arena, SLICE("a\n1"), bytes, &value));
    cr_expect_eq(csv_parse(arena, SLICE("a\n12"), bytes, &value)->kind, ERR_CONTENT_TOO_LARGE);
    cr_expect_eq(form_parse(arena, SLICE("a=12"), bytes, &value)->kind, ERR_CONTENT_TOO_LARGE);
    arena_free(arena);
}
