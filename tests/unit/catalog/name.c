/* Names of relations as people write them. */
#include "midair/catalog/name.h"

#include "midair/base/text.h"

#include <criterion/criterion.h>

static const struct {
    const char *in;
    const char *schema, *table; /* folded; table NULL: refused */
    const char *exact;          /* the table as written */
} rows[] = {
    {"orders", NULL, "orders", "orders"},
    {"  orders ", NULL, "orders", "orders"},
    {"Orders", NULL, "orders", "Orders"},
    {"Public.Orders", "public", "orders", "Orders"},
    {"\"Mixed\".\"Ta ble\"", "Mixed", "Ta ble", "Ta ble"},
    {"\"Mixed\".Orders", "Mixed", "orders", "Orders"},
    {"\"a\"\"b\"", NULL, "a\"b", "a\"b"},
    {"\"a.b\".c", "a.b", "c", "c"},
    {"Caf\xc3\x89", NULL, "caf\xc3\x89", "Caf\xc3\x89"},
    {"a;DROP", NULL, "a;drop", "a;DROP"},
    {"", NULL, NULL, NULL},
    {"   ", NULL, NULL, NULL},
    {".", NULL, NULL, NULL},
    {"a.", NULL, NULL, NULL},
    {".a", NULL, NULL, NULL},
    {"a..b", NULL, NULL, NULL},
    {"a.b.c", NULL, NULL, NULL},
    {"\"", NULL, NULL, NULL},
    {"\"\"", NULL, NULL, NULL},
    {"\"a", NULL, NULL, NULL},
    {"\"a\"\"", NULL, NULL, NULL},
    {"\"a\"b", NULL, NULL, NULL},
    {"a\"b\"", NULL, NULL, NULL},
    {"\"a\".\"b\".\"c\"", NULL, NULL, NULL},
};

Test(name, is_read_as_sql_reads_it)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct name name;
        bool good = name_parse(arena, slice_of(rows[i].in), &name);
        cr_expect_eq(good, rows[i].table != NULL, "'%s'", rows[i].in);
        if (!good || !rows[i].table)
            continue;
        cr_expect(slice_eq(name.table.folded, slice_of(rows[i].table)), "'%s'", rows[i].in);
        cr_expect(slice_eq(name.table.exact, slice_of(rows[i].exact)), "'%s'", rows[i].in);
        cr_expect_eq(slice_present(name.schema.folded), rows[i].schema != NULL, "'%s'", rows[i].in);
        cr_expect(slice_eq(name.schema.folded, slice_of(rows[i].schema)), "'%s'", rows[i].in);
    }
    struct name name;
    cr_expect_not(name_parse(arena, slice_make("a\0b", 3), &name));
    cr_expect_not(name_parse(arena, SLICE_ABSENT, &name));
    arena_free(arena);
}

Test(name, quoting_leaves_no_way_out)
{
    struct arena *arena = arena_new(0);
    cr_expect_str_eq(name_quote(arena, SLICE("a\"; DROP TABLE t; --")).at, "\"a\"\"; DROP TABLE t; --\"");
    cr_expect_str_eq(name_ident(arena, SLICE("S"), SLICE("t\"")).at, "\"S\".\"t\"\"\"");
    struct slice list[] = {SLICE("a"), SLICE("b\"c\\d,{}")};
    cr_expect_str_eq(text_array(arena, list, 2).at, "{\"a\",\"b\\\"c\\\\d,{}\"}");
    cr_expect_str_eq(text_array(arena, NULL, 0).at, "{}");
    cr_expect_str_eq(name_literal(arena, SLICE("it's")).at, "'it''s'");
    cr_expect_str_eq(name_literal(arena, SLICE("\\'")).at, " E'\\\\'''");
    arena_free(arena);
}
