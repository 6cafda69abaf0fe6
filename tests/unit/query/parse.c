/* The parser and the binder: what is accepted, and where errors point. */
#include "family.h"
#include "midair/query/query.h"

#include <criterion/criterion.h>

static struct err *bind(struct arena *arena, const char *text, struct query *out)
{
    struct ast_query ast;
    TRY(query_parse(arena, slice_of(text), &ast));
    return query_bind(arena, &ast, SLICE_ABSENT, family_orders(arena, 1), out);
}

Test(query, errors_point_at_the_byte)
{
    static const struct {
        const char *text;
        long position; /* -1: it is fine */
        const char *code;
    } rows[] = {
        {"", -1, NULL},
        {"&&", -1, NULL},
        {"id=eq.1&note=like.a*&order=id.desc.nullslast&limit=1&offset=0&select=id", -1, NULL},
        {"select=*,items(*)", -1, NULL},
        {"select=", -1, NULL},
        {"id=eq.1&nope=eq.1", 8, "42703"},
        {"note=eq.%C3%A9&nope=eq.1", 15, "42703"},
        {"select=id%2Cnope", 12, "42703"},
        {"select=%22id%22,nope", 16, "42703"},
        {"select=items(nope)", 13, "42703"},
        {"select=items(id)&items.nope=eq.1", 23, "42703"},
        {"select=nope(id)", 7, "PGRST200"},
        {"items.id=eq.1", 0, "PGRST108"},
        {"id", 0, "PGRST100"},
        {"=eq.1", 0, "PGRST100"},
        {"id=", 3, "PGRST100"},
        {"id=eq", 3, "PGRST100"},
        {"id=xx.1", 3, "PGRST100"},
        {"id=not.xx.1", 7, "PGRST100"},
        {"or=(id.eq.1", 11, "PGRST100"},
        {"or=(id.eq.1)x", 12, "PGRST100"},
        {"or=()", 4, "PGRST100"},
        {"not.or=(id.eq.1,and(id.gt.1,not.or(id.lt.2)))", -1, NULL},
        {"id=in.(1,2", 10, "PGRST100"},
        {"id=in.()", -1, NULL},
        {"limit=1&limit=2", 14, "PGRST100"},
        {"limit=-1", 6, "PGRST100"},
        {"select=id&select=id", 17, "PGRST100"},
        {"select=(", 7, "PGRST100"},
        {"select=)", 7, "PGRST100"},
        {"select=id:", 10, "PGRST100"},
        {"select=:id", 7, "PGRST100"},
        {"select=id::", 11, "PGRST100"},
        {"select=id::nope", 11, "42704"},
        {"select=...", 10, "PGRST100"},
        {"select=items(", 13, "PGRST100"},
        {"select=%22id", 7, "PGRST100"},
        {"select=%2", 7, "PGRST100"},
        {"select=%00", 7, "PGRST100"},
        {"select=%ff", 7, "PGRST100"},
        {"data->", 0, "PGRST100"},
        {"data->=is.null", 6, "PGRST100"},
        {"order=id.up", 9, "PGRST100"},
        {"order=items(id)&select=items(id)", 6, "PGRST118"},
        {"select=items(id)&items=eq.1", 17, "PGRST120"},
        {"id=is.true", 6, NULL},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct err *err = bind(arena, rows[i].text, &query);
        cr_expect_eq(err ? err->position : -1, rows[i].position, "%s: %ld %.*s", rows[i].text, err ? err->position : -1,
                     SLICE_ARG(err ? err->detail : SLICE("")));
        if (err && rows[i].code)
            cr_expect(slice_eq(err->code, slice_of(rows[i].code)), "%s: %.*s", rows[i].text, SLICE_ARG(err->code));
        arena_free(arena);
    }
}

Test(query, labels)
{
    static const struct {
        const char *item, *label;
    } rows[] = {
        {"id", "id"},
        {"x:id", "x"},
        {"%22a,b%22:id", "a,b"},
        {"id::text", "id"},
        {"data->a->>b", "b"},
        {"data->a->0", "a"},
        {"data->0", "data"},
        {"data->%22a.b%22", "a.b"},
        {"total.sum()", "sum"},
        {"s:total.sum()::text", "s"},
        {"count()", "count"},
        {"items(id)", "items"},
        {"lines:items(id)", "lines"},
        {"items_order_id_fkey(id)", "items_order_id_fkey"},
        {"...items(p:product)", "p"},
        {" id ", "id"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct slice text = arena_printf(arena, "select=%s", rows[i].item);
        struct err *err = bind(arena, text.at, &query);
        cr_assert_null(err, "%s: %.*s", rows[i].item, SLICE_ARG(err->detail));
        cr_assert_eq(query.output_count, 1, "%s", rows[i].item);
        cr_expect(slice_eq(query.outputs[0].label, slice_of(rows[i].label)), "%s: %.*s", rows[i].item,
                  SLICE_ARG(query.outputs[0].label));
        arena_free(arena);
    }
}

Test(query, limits)
{
    struct arena *arena = arena_new(0);
    struct query query;
    struct buf many = buf_new(arena, 4096), deep = buf_new(arena, 4096), wide = buf_new(arena, 4096);
    for (size_t i = 0; i <= QUERY_NODES_MAX; i++)
        buf_printf(&many, "id=eq.%zu&", i);
    BUF_LIT(&deep, "or=(");
    for (size_t i = 0; i < QUERY_DEPTH_MAX; i++)
        BUF_LIT(&deep, "and(");
    BUF_LIT(&wide, "select=id");
    for (size_t i = 0; i <= QUERY_EMBEDS_MAX; i++)
        buf_printf(&wide, ",a%zu:items(id)", i);
    struct buf *const all[] = {&many, &deep, &wide};
    for (size_t i = 0; i < 3; i++) {
        buf_byte(all[i], '\0');
        struct err *err = bind(arena, all[i]->at, &query);
        cr_assert_not_null(err, "limit %zu", i);
        cr_expect_eq(err->kind, ERR_BAD_QUERY);
    }
    arena_free(arena);
}

Test(query, two_relationships_need_a_hint)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = family_orders(arena, 2);
    struct ast_query ast;
    struct query query;
    cr_assert_null(query_parse(arena, SLICE("select=items(id)"), &ast));
    struct err *err = query_bind(arena, &ast, SLICE_ABSENT, orders, &query);
    cr_assert_not_null(err);
    cr_expect_eq(err->kind, ERR_AMBIGUOUS);
    cr_expect_eq(err->position, 7);
    cr_expect(slice_eq(err->code, SLICE("PGRST201")));
    cr_assert_null(query_parse(arena, SLICE("select=items!items_second_fkey(id)"), &ast));
    cr_assert_null(query_bind(arena, &ast, SLICE_ABSENT, orders, &query));
    cr_expect(slice_eq(query.embeds->link->name, SLICE("items_second_fkey")));
    cr_expect(query.embeds->to_children && !query.embeds->one);
    arena_free(arena);
}
