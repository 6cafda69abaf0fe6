/* What the database makes of rows: names quoted, values never in the text. */
#include "midair/sql/sql.h"

#include "../plan/shop.h"

#include <criterion/criterion.h>
#include <string.h>

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(sql_rendered, .init = setup, .fini = teardown);

static void expect(const struct statement *statement, const char *text)
{
    cr_expect(strstr(statement->text.at, text), "%s\nin %s", text, statement->text.at);
}

static const struct handler own = {.ident = SLICE_LITERAL("\"public\".\"agg\""),
                                   .relation_oid = 1,
                                   .row_type = SLICE_LITERAL("\"public\".\"orders\"")};
static const struct handler any = {.ident = SLICE_LITERAL("\"public\".\"any\"")};

Test(sql_rendered, a_handler_takes_rows_or_what_is_selected)
{
    const struct relation *orders = shop_orders(arena);
    struct query query = {.relation = orders};
    const struct layout *layout = layout_new(arena, orders, NULL);
    expect(sql_handle_list(arena, layout, &query, &own, 10, false),
           "SELECT \"public\".\"agg\"(q.r) AS made, pg_catalog.count(*) AS shown FROM (SELECT CAST(t.* AS "
           "\"public\".\"orders\") AS r FROM");
    expect(sql_handle_list(arena, layout, &query, &any, 10, true), "SELECT \"public\".\"any\"(q.*) AS made");
    expect(sql_handle_list(arena, layout, &query, &any, 10, true),
           "AS total FROM (SELECT t.\"id\" AS \"id\", t.\"note\"");
}

Test(sql_rendered, one_row_is_one_cell_beside_its_state)
{
    struct relation *orders = shop_orders(arena);
    struct slice keys[] = {SLICE("17")};
    orders->shown_as.feature_maker = SLICE("\"gis\".\"st_asgeojson\"");
    const struct layout *layout = layout_rendered(arena, orders, NULL, FETCH_FEATURE, NULL);
    expect(sql_select_item(arena, layout, keys, NULL, LOCK_NONE),
           "(SELECT \"gis\".\"st_asgeojson\"(q.*) FROM (SELECT t.\"id\" AS \"id\", ");
    cr_expect_eq(layout->shown_count, 0);
    cr_expect(layout->by_content && !layout->plain);
    layout = layout_rendered(arena, orders, NULL, FETCH_HANDLED, &own);
    expect(sql_select_item(arena, layout, keys, NULL, LOCK_NONE),
           "SELECT t.\"id\", t.\"version\", t.\"modified\", (SELECT "
           "\"public\".\"agg\"(q.r) FROM (SELECT CAST(t.* AS");
}

Test(sql_rendered, written_rows_are_one_parameter)
{
    const struct relation *orders = shop_orders(arena);
    struct slice rows[] = {SLICE("(1,\"a\\b\")"), SLICE("(2,)"), SLICE("'); DROP TABLE x; --")};
    const struct statement *three = sql_handle_rows(arena, orders, &own, rows, 3);
    const struct statement *none = sql_handle_rows(arena, orders, &own, rows, 0);
    cr_expect_eq(three->count, 1);
    cr_expect_str_eq(three->values[0], "{\"(1,\\\"a\\\\b\\\")\",\"(2,)\",\"'); DROP TABLE x; --\"}");
    cr_expect_str_eq(none->values[0], "{}");
    cr_expect_str_eq(three->text.at, none->text.at);
}

Test(sql_rendered, a_plan_is_asked_with_the_parameters_of_its_statement)
{
    const struct relation *orders = shop_orders(arena);
    struct slice keys[] = {SLICE("17")};
    const struct explain plain = {0}, all = {true, true, true, true, true, true};
    const struct statement *of = sql_delete_item(arena, NULL, orders, keys, NULL);
    const struct statement *planned = sql_explain(arena, of, &plain), *run = sql_explain(arena, of, &all);
    expect(planned, "EXPLAIN (FORMAT TEXT) DELETE FROM ");
    expect(run, "EXPLAIN (FORMAT JSON, ANALYZE, VERBOSE, SETTINGS, BUFFERS, WAL) DELETE FROM ");
    cr_expect(!planned->writes && run->writes);
    cr_assert_eq(planned->count, of->count);
    cr_expect_str_eq(planned->values[0], "17");
}
