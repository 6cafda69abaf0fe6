/* Functions of a row in a query: where they are found, and what the query knows of itself because of them. */
#include "family.h"
#include "midair/params/query.h"

#include <criterion/criterion.h>

static struct err *bind(struct arena *arena, const char *text, bool items, struct query *out)
{
    struct params ast;
    struct relation *orders = family_orders(arena, 1);
    family_compute(arena, orders);
    TRY(params_parse(arena, slice_of(text), NULL, &ast));
    return query_bind(arena, &ast, SLICE_ABSENT, items ? orders->children[0]->child : orders, out);
}

Test(computed, the_query_knows_which_rows_are_given_to_functions)
{
    static const struct {
        const char *text;
        bool takes_row, computed, may_write;
    } rows[] = {
        {"select=id", false, false, false},
        {"select=*", false, false, false},
        {"select=items(*)", false, false, false},
        {"select=label", true, true, false},
        {"select=x:label::text", true, true, false},
        {"select=label.max()", true, true, false},
        {"label=eq.1", true, true, false},
        {"or=(id.eq.1,and(label.eq.1,id.eq.2))", true, true, false},
        {"order=label", true, true, false},
        {"select=best(id)", true, true, false},
        {"select=fresh", true, true, true},
        {"select=label,fresh", true, true, true},
        {"select=label&fresh=is.true", true, true, true},
        {"select=items(id,orders(label))", false, true, false},
        {"select=items(id,orders(id))&items.orders.fresh=is.true", false, true, true},
        {"select=items(id,orders(id))&items.order=orders(fresh)", false, true, true},
        {"select=items(orders(best(id)))", false, true, false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct err *err = bind(arena, rows[i].text, false, &query);
        cr_assert_null(err, "%s: %.*s", rows[i].text, SLICE_ARG(err->detail));
        cr_expect(query.takes_row == rows[i].takes_row && query.computed == rows[i].computed &&
                      query.may_write == rows[i].may_write,
                  "%s", rows[i].text);
        arena_free(arena);
    }
}

Test(computed, errors_point_at_the_byte)
{
    static const struct {
        const char *text;
        long position; /* -1: it is fine */
        const char *code;
    } rows[] = {
        {"select=label", -1, NULL},
        {"select=id&label=eq.1&order=label.desc", -1, NULL},
        {"select=fresh&fresh=is.false", -1, NULL},
        {"label=is.true", 9, NULL},
        {"select=lable", 7, "42703"},
        {"select=items(label)", 13, "42703"},
        {"select=label(id)", 7, "PGRST200"},
        {"select=best", 7, "42703"},
        {"select=best(label)", 12, "42703"},
        {"select=bset(id)", 7, "PGRST200"},
        {"order=best(id)&select=best(id)", 6, "PGRST118"},
        {"order=top(id)&select=top(id)", -1, NULL},
        {"order=only(id)&select=only(id)", -1, NULL},
        {"select=best!nope(id)", -1, NULL},
        {"select=...top(id.max())", -1, NULL},
        {"select=id,...best(id.max())", 13, "PGRST127"},
        {"select=id,...items(count())", 13, "PGRST127"},
        {"select=id,...items(count)", 13, "PGRST127"},
        {"select=items(...orders(...items(count())))", 26, "PGRST127"},
        {"select=...items(...orders(count()))", 10, "PGRST127"},
        {"select=items(...orders(count()))", -1, NULL},
        {"select=count,id", -1, NULL},
        {"select=count->a", 7, "42703"},
        {"select=count.sum()", 7, "42703"},
        {"count=eq.1", 0, "42703"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct err *err = bind(arena, rows[i].text, false, &query);
        cr_expect_eq(err ? err->position : -1, rows[i].position, "%s: %ld %.*s", rows[i].text, err ? err->position : -1,
                     SLICE_ARG(err ? err->detail : SLICE("")));
        if (err && rows[i].code)
            cr_expect(slice_eq(err->code, slice_of(rows[i].code)), "%s: %.*s", rows[i].text, SLICE_ARG(err->code));
        arena_free(arena);
    }
}

Test(computed, aggregates_of_a_spread_belong_to_the_rows_around_it)
{
    static const struct {
        const char *text;
        bool aggregated, has_aggregate;
        long at;
    } rows[] = {
        {"select=id", false, false, 0},
        {"select=count", true, false, 0},
        {"select=orders(count)", false, false, 0},
        {"select=id.max()", true, true, 7},
        {"select=id,orders(total.sum())", false, true, 17},
        {"select=id,...orders(id)", false, false, 0},
        {"select=id,...orders(total.sum())", true, true, 20},
        {"select=id,...orders(count)", true, false, 0},
        {"select=id,...orders(items(id.max()))", false, true, 26},
        {"select=id,...orders(...top(...orders(total.sum())))", true, true, 37},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct query query;
        struct err *err = bind(arena, rows[i].text, true, &query);
        cr_assert_null(err, "%s: %.*s", rows[i].text, SLICE_ARG(err->detail));
        cr_expect(query.aggregated == rows[i].aggregated && query.has_aggregate == rows[i].has_aggregate, "%s",
                  rows[i].text);
        if (query.has_aggregate)
            cr_expect_eq((long)query.aggregate_at, rows[i].at, "%s: %zu", rows[i].text, query.aggregate_at);
        arena_free(arena);
    }
}

Test(computed, descriptions_tell_relationships_apart)
{
    static const char *const selects[] = {"select=x:best(id)",  "select=x:top(id)",        "select=x:only(id)",
                                          "select=x:items(id)", "select=x:best!inner(id)", "select=label",
                                          "select=fresh",       "select=x:label",          "select=...top(id)"};
    struct slice seen[sizeof(selects) / sizeof(*selects)];
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(selects) / sizeof(*selects); i++) {
        struct query query;
        struct buf buf = buf_new(arena, 256);
        cr_assert_null(bind(arena, selects[i], false, &query), "%s", selects[i]);
        query_describe(&buf, &query);
        seen[i] = buf_slice(&buf);
        for (size_t k = 0; k < i; k++)
            cr_expect_not(slice_eq(seen[i], seen[k]), "%s and %s", selects[i], selects[k]);
    }
    arena_free(arena);
}
