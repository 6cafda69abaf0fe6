/* SQL text: of the shape of a request alone, names quoted, values never in it. */
#include "midair/sql/sql.h"

#include "../plan/shop.h"

#include <criterion/criterion.h>
#include <string.h>

static bool contains(const struct statement *statement, const char *text)
{
    return strstr(statement->text.at, text) != NULL;
}

Test(sql, a_conditional_update_checks_and_writes_in_one_statement)
{
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    const struct layout *layout = layout_new(arena, orders, NULL);
    struct state state = {.kind = STAMP_VERSION, .version = 3, .moment = 0};
    struct guard guard = {.must_exist = true, .listed = true, .any_of = &state, .any_count = 1};
    struct change change = {.column = SHOP_NOTE, .value = SLICE("x")};
    struct changes changes = {.items = &change, .count = 1};
    struct slice keys[] = {SLICE("17")};
    struct statement *statement = sql_update_item(arena, layout, keys, &guard, &changes);
    cr_expect(contains(statement, "UPDATE \"public\".\"orders\" AS t SET \"note\" = $1, \"version\" = t.\"version\" "
                                  "OPERATOR(pg_catalog.+) 1, \"modified\" = GREATEST("),
              "%s", statement->text.at);
    cr_expect(contains(statement,
                       "WHERE t.\"id\" OPERATOR(pg_catalog.=) $2 AND ((t.\"version\" OPERATOR(pg_catalog.=) $3 AND "
                       "t.\"modified\" OPERATOR(pg_catalog.=) $4)) RETURNING t.\"id\""),
              "%s", statement->text.at);
    cr_assert_eq(statement->count, 4);
    cr_expect_str_eq(statement->values[0], "x");
    cr_expect_str_eq(statement->values[1], "17");
    cr_expect_str_eq(statement->values[2], "3");
    cr_expect_str_eq(statement->values[3], "1970-01-01 00:00:00.000000+00");
    cr_expect(statement->writes);
    arena_free(arena);
}

Test(sql, names_are_quoted_whatever_they_hold)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = shop_orders(arena);
    orders->columns[SHOP_NOTE].name = SLICE("a\"; DROP TABLE x; --");
    const struct layout *layout = layout_new(arena, orders, NULL);
    struct slice keys[] = {SLICE("17")};
    struct statement *statement = sql_select_item(arena, layout, keys, NULL, LOCK_NONE);
    cr_expect(contains(statement, "t.\"a\"\"; DROP TABLE x; --\","), "%s", statement->text.at);
    arena_free(arena);
}

/* The text of every statement for two sets of values. */
static void statements(struct arena *arena, const char *value, const char *key, int64_t version,
                       struct statement *out[6])
{
    const struct relation *orders = shop_orders(arena);
    const struct layout *layout = layout_new(arena, orders, NULL);
    struct state *state = ARENA_NEW(arena, struct state);
    *state = (struct state){.kind = STAMP_VERSION, .version = version, .moment = version};
    struct guard guard = {.must_exist = true, .listed = true, .any_of = state, .any_count = 1};
    struct change change = {.column = SHOP_NOTE, .value = slice_of(value)};
    struct changes changes = {.items = &change, .count = 1};
    struct slice keys[] = {slice_of(key)};
    struct bound_filter filter = {.column = SHOP_NOTE, .op = OPERATOR_EQ, .value = slice_of(value)};
    struct query query = {.filters = &filter, .filter_count = 1, .offset = version};
    out[0] = sql_select_item(arena, layout, keys, NULL, LOCK_NONE);
    out[1] = sql_update_item(arena, layout, keys, &guard, &changes);
    out[2] = sql_delete_item(arena, layout, orders, keys, &guard);
    out[3] = sql_insert(arena, layout, &changes, CONFLICT_NOTHING, false);
    out[4] = sql_select_list(arena, layout, &query, version, true);
    size_t column = SHOP_NOTE, position = 0;
    struct batch batches[] = {
        {.columns = &column, .column_count = 1, .document = slice_of(value), .positions = &position, .rows = 1},
        {.document = slice_of(value), .positions = &position, .rows = 1}};
    struct batches both = {.items = batches, .count = 2};
    const struct insert_rows rows = {
        .batches = &both, .target = &orders->key, .duplicates = DUPLICATES_MERGE, .names_key = true};
    out[5] = sql_insert_rows(arena, layout, &rows);
}

Test(sql, values_never_change_the_text)
{
    static const char *const values[] = {
        "", "x", "'; DROP TABLE orders; --", "$1", "\"", "\\", "NULL", "DEFAULT", "1); --", "\xc3\xa9"};
    struct arena *arena = arena_new(0);
    struct statement *first[6], *other[6];
    statements(arena, "plain", "1", 1, first);
    for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
        statements(arena, values[v], values[v], (int64_t)v + 2, other);
        for (size_t i = 0; i < 6; i++) {
            cr_expect(slice_eq(first[i]->text, other[i]->text), "statement %zu, value %s: %s", i, values[v],
                      other[i]->text.at);
            cr_expect_eq(first[i]->hash, other[i]->hash);
        }
    }
    arena_free(arena);
}

Test(sql, a_view_of_a_stamped_table_is_not_stamped_by_the_statement)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = shop_orders(arena);
    orders->stamp.by_base = true;
    const struct layout *layout = layout_new(arena, orders, NULL);
    struct change change = {.column = SHOP_NOTE, .value = SLICE("x")};
    struct changes changes = {.items = &change, .count = 1};
    struct slice keys[] = {SLICE("17")};
    cr_expect_not(contains(sql_update_item(arena, layout, keys, NULL, &changes), "\"version\" ="));
    cr_expect_not(contains(sql_insert(arena, layout, &changes, CONFLICT_FAIL, false), "statement_timestamp"));
    arena_free(arena);
}
