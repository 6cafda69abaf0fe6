/* The parser and the binder: what is accepted, and where errors point. */
#include "family.h"
#include "midair/http/problem.h"
#include "midair/params/query.h"

#include <criterion/criterion.h>

static struct err *bind(struct arena *arena, const char *text, struct query *out)
{
    struct params ast;
    TRY(params_parse(arena, slice_of(text), NULL, &ast));
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
        {"id=eq", 5, "PGRST100"},
        {"id=xx.1", 3, "PGRST100"},
        {"id=not.xx.1", 7, "PGRST100"},
        {"or=(id.eq.1", 11, "PGRST100"},
        {"or=(id.eq.1)x", 12, "PGRST100"},
        {"or=()", 4, "PGRST100"},
        {"not.or=(id.eq.1,and(id.gt.1,not.or(id.lt.2)))", -1, NULL},
        {"id=in.(1,2", 10, "PGRST100"},
        {"id=in.()", -1, NULL},
        {"limit=1&limit=2", 14, "PGRST100"},
        {"limit=-1", 6, "PGRST103"},
        {"limit=", -1, NULL},
        {"limit=x", 6, "PGRST100"},
        {"offset=-1", -1, NULL},
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
        {"id=is.true", 6, "42804"},
        {"or=(id.is.null%20,%20and%20(%20id.in.(%201,2%20)%20))", -1, NULL},
        {"note=in.(%22)", -1, NULL},
        {"note=in.(%22a", 13, "PGRST100"},
        {"or=(tags.eq.{{a,b},{%22}%22}},id.eq.1)", -1, NULL},
        {"or=(tags.eq.{{a,b},id.eq.1)", 18, "PGRST100"},
        {"select=data->!@$%25_d->>!_e::integer", -1, NULL},
        {"select=data->>--34", 15, "PGRST100"},
        {"select=data->>-3x", 16, "PGRST100"},
        {"select=data->-3", -1, NULL},
        {"select=data->%22-3x%22", -1, NULL},
        {"order=data->!a.desc", -1, NULL},
        {"order=id.descending", 13, "PGRST100"},
        {"order=id.desc%20,%20note", -1, NULL},
        {"order=id%20desc", 6, "42703"},
        {"columns=id&on_conflict=id", -1, NULL},
        {"%22columns%22=eq.1", 0, "42703"},
        {"id::text=eq.1", 0, "42703"},
        {"select=count", -1, NULL},
        {"select=count,items(count)", -1, NULL},
        {"select=count->a", 7, "42703"},
        {"select=count.sum()", 7, "42703"},
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

/* What clients of PostgREST are told: the piece, the character in it, what was found and what could have been there. */
Test(query, errors_in_the_words_of_postgrest)
{
    static const struct {
        const char *text, *message, *details;
    } rows[] = {
        {"id=0", "\"failed to parse filter (0)\" (line 1, column 1)",
         "unexpected \"0\" expecting \"not\" or operator (eq, gt, ...)"},
        {"note=in.(%C3%A9)x", "\"failed to parse filter (in.(\xc3\xa9)x)\" (line 1, column 7)",
         "unexpected 'x' expecting end of input"},
        {"note=in.(a)%C3%A9", "\"failed to parse filter (in.(a)\xc3\xa9)\" (line 1, column 7)",
         "unexpected '\xc3\xa9' expecting end of input"},
        {"and=(id.eq.1", "\"failed to parse logic tree ((id.eq.1)\" (line 1, column 12)",
         "unexpected end of input expecting \",\" or \")\""},
        {"items.not.or=(id)", "\"failed to parse logic tree ((id))\" (line 1, column 6)",
         "unexpected \")\" expecting letter, digit, \"-\", \"->>\", \"->\" or delimiter (.)"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct err *err = bind(arena, rows[i].text, &query);
        cr_assert_not_null(err, "%s", rows[i].text);
        cr_expect(slice_eq(problem_read(err)->message, slice_of(rows[i].message)), "%s: %.*s", rows[i].text,
                  SLICE_ARG(problem_read(err)->message));
        cr_expect(slice_eq(err->details, slice_of(rows[i].details)), "%s: %.*s", rows[i].text, SLICE_ARG(err->details));
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
    struct params ast;
    struct query query;
    cr_assert_null(params_parse(arena, SLICE("select=items(id)"), NULL, &ast));
    struct err *err = query_bind(arena, &ast, SLICE_ABSENT, orders, &query);
    cr_assert_not_null(err);
    cr_expect_eq(err->kind, ERR_AMBIGUOUS);
    cr_expect_eq(err->position, 7);
    cr_expect(slice_eq(err->code, SLICE("PGRST201")));
    cr_assert_null(params_parse(arena, SLICE("select=items!items_second_fkey(id)"), NULL, &ast));
    cr_assert_null(query_bind(arena, &ast, SLICE_ABSENT, orders, &query));
    cr_expect(slice_eq(query.embeds->link->name, SLICE("items_second_fkey")));
    cr_expect(query.embeds->to_children && !query.embeds->one);
    arena_free(arena);
}
