/* SQL text of computed fields and relationships, and of aggregates that belong further out. */
#include "../params/family.h"
#include "midair/sql/sql.h"

#include <criterion/criterion.h>
#include <string.h>

static struct query *bound(struct arena *arena, const struct relation *relation, const char *text)
{
    struct params ast;
    struct query *query = ARENA_NEW(arena, struct query);
    struct err *err = params_parse(arena, slice_of(text), NULL, &ast);
    if (!err)
        err = query_bind(arena, &ast, SLICE_ABSENT, relation, query);
    cr_assert_null(err, "%s: %.*s", text, SLICE_ARG(err->detail));
    return query;
}

static const char *list_text(struct arena *arena, const struct relation *relation, const char *text)
{
    const struct query *query = bound(arena, relation, text);
    return sql_select_list(arena, layout_new(arena, relation, query), query, 10, false)->text.at;
}

Test(sql_computed, a_function_is_given_the_row)
{
    static const struct {
        const char *query, *part;
    } rows[] = {
        {"select=label", "SELECT \"public\".\"label\"(t.*), "},
        {"select=label::text", "to_json(CAST(\"public\".\"label\"(t.*) AS "},
        {"label=eq.1", "WHERE (\"public\".\"label\"(t.*) OPERATOR(pg_catalog.=) $1)"},
        {"label=fts.x", "(pg_catalog.to_tsvector(\"public\".\"label\"(t.*)) OPERATOR(pg_catalog.@@) "},
        {"label->a=eq.1",
         "(pg_catalog.to_jsonb(\"public\".\"label\"(t.*)) OPERATOR(pg_catalog.->) $1::pg_catalog.text)"},
        {"order=label.desc", "ORDER BY \"public\".\"label\"(t.*) DESC"},
        {"select=label,count()", "GROUP BY \"public\".\"label\"(t.*)"},
        {"select=items(orders(label))", "SELECT \"public\".\"label\"(t2.*) AS \"label\""},
        {"select=best(id)", "FROM \"public\".\"best\"(t.*) AS t1 WHERE true LIMIT $1"},
        {"select=best(id)&best.order=id", "FROM \"public\".\"best\"(t.*) AS t1 WHERE true ORDER BY t1.\"id\" LIMIT $1"},
        {"select=top(id)", "FROM \"public\".\"top\"(t.*) AS t1 WHERE true LIMIT 1)"},
        {"select=only(id)", "FROM \"public\".\"only\"(t.*) AS t1 WHERE NOT (t1.* IS NULL))"},
        {"select=items(orders(top(id)))", "FROM \"public\".\"top\"(t2.*) AS t3"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct relation *orders = family_orders(arena, 1);
        family_compute(arena, orders);
        const char *text = list_text(arena, orders, rows[i].query);
        cr_expect_not_null(strstr(text, rows[i].part), "%s: %s", rows[i].query, text);
        arena_free(arena);
    }
}

Test(sql_computed, nothing_changes_for_those_who_do_not_ask)
{
    struct arena *arena = arena_new(0);
    struct relation *plain = family_orders(arena, 1), *computed = family_orders(arena, 1);
    family_compute(arena, computed);
    static const char *const queries[] = {"", "select=*", "select=id,items(*)&id=eq.1&order=note",
                                          "select=note,count()"};
    for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
        cr_expect_str_eq(list_text(arena, plain, queries[i]), list_text(arena, computed, queries[i]));
    arena_free(arena);
}

Test(sql_computed, rows_without_a_type_carry_the_row_along)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = family_orders(arena, 1);
    family_compute(arena, orders);
    struct slice keys[] = {SLICE("1")}, *rows[] = {keys};
    const struct query *query = bound(arena, orders, "select=label,items(id)");
    const char *text = sql_delete_rows(arena, layout_new(arena, orders, query), rows, 1)->text.at;
    cr_expect_not_null(
        strstr(text, ", CAST(t.* AS \"public\".\"orders\") AS midair_row) SELECT \"public\".\"label\"(t.midair_row)"),
        "%s", text);
    query = bound(arena, orders, "select=id,items(id)");
    text = sql_delete_rows(arena, layout_new(arena, orders, query), rows, 1)->text.at;
    cr_expect_null(strstr(text, "midair_row"), "%s", text);
    query = bound(arena, orders, "select=label");
    text = sql_delete_rows(arena, layout_new(arena, orders, query), rows, 1)->text.at;
    cr_expect_not_null(strstr(text, "RETURNING \"public\".\"label\"(t.*)"), "%s", text);

    struct relation *result = ARENA_NEW(arena, struct relation);
    *result = *orders;
    result->is_result = true;
    result->ident = SLICE("midair_call");
    struct function function = {.ident = SLICE("\"public\".\"f\""), .shape = RESULT_ROW, .result = result};
    struct call call = {.function = &function, .keeps_row = true};
    query = bound(arena, result, "select=best(id)");
    const struct statement *list = sql_select_list(arena, layout_new(arena, result, query), query, 10, false);
    text = sql_call(arena, &call, list)->text.at;
    cr_expect_not_null(strstr(text, "SELECT q.*, CAST(q.* AS \"public\".\"orders\") AS midair_row FROM"), "%s", text);
    cr_expect_not_null(strstr(text, "FROM \"public\".\"best\"(t.midair_row) AS t1"), "%s", text);
    call.keeps_row = false;
    cr_expect_null(strstr(sql_call(arena, &call, list)->text.at, "CAST(q.*"));
    arena_free(arena);
}

Test(sql_computed, aggregates_of_a_spread_are_taken_outside)
{
    static const struct {
        const char *query, *inside, *outside;
    } rows[] = {
        {"select=product,...orders(total.sum())", "SELECT true AS j, t1.\"total\" AS v0 FROM",
         "pg_catalog.to_json(pg_catalog.sum(e1.v0))"},
        {"select=...orders(total::text.max()::text)", "SELECT true AS j, CAST(t1.\"total\" AS ",
         "pg_catalog.to_json(CAST(pg_catalog.max(e1.v0) AS "},
        {"select=...orders(count())", "SELECT true AS j, true AS v0 FROM",
         "pg_catalog.to_json(pg_catalog.count(e1.v0))"},
        {"select=...orders(note,count())", "SELECT true AS j, t1.\"note\" AS v0, true AS v1",
         "to_json(e1.v0), pg_catalog.to_json(pg_catalog.count(e1.v1)) FROM"},
        {"select=...orders(...top(id.min()))", "SELECT true AS j, e2.v0 AS v0 FROM",
         "pg_catalog.to_json(pg_catalog.min(e1.v0))"},
        {"select=...orders(n:note,count())&order=orders(n)", ", t1.\"note\" AS o0",
         "GROUP BY e1.v0, e1.o0 ORDER BY e1.o0"},
        {"select=orders(id),count()&order=orders(id)", ", t1.\"id\" AS o0",
         "GROUP BY e1.j::pg_catalog.text, e1.o0 ORDER BY e1.o0"},
        {"select=orders(id),count()&order=orders(note)", ", t1.\"note\" AS o0",
         "GROUP BY e1.j::pg_catalog.text ORDER BY e1.o0"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct relation *orders = family_orders(arena, 1);
        family_compute(arena, orders);
        const char *text = list_text(arena, orders->children[0]->child, rows[i].query);
        cr_expect_not_null(strstr(text, rows[i].inside), "%s: %s", rows[i].query, text);
        cr_expect_not_null(strstr(text, rows[i].outside), "%s: %s", rows[i].query, text);
        arena_free(arena);
    }
}
