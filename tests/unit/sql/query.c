/* The text of a read depends on the shape of its query alone: prepared statements are reused, and nothing that a client
 * sends becomes SQL. */
#include "../params/family.h"
#include "midair/sql/sql.h"

#include <criterion/criterion.h>

static const struct statement *list_of(struct arena *arena, const struct relation *orders, struct slice text)
{
    struct params ast;
    struct query *query = ARENA_NEW(arena, struct query);
    struct err *err = params_parse(arena, text, NULL, &ast);
    if (!err)
        err = query_bind(arena, &ast, SLICE_ABSENT, orders, query);
    cr_assert_null(err, "%.*s: %.*s", SLICE_ARG(text), SLICE_ARG(err->detail));
    return sql_select_list(arena, layout_new(arena, orders, query), query, query->has_limit ? query->limit : 10, true);
}

/* Each %1 stands for a value. */
static struct slice filled(struct arena *arena, const char *shape, const char *value)
{
    struct buf buf = buf_new(arena, 256);
    for (const char *at = shape; *at; at++) {
        if (at[0] == '%' && at[1] == '1') {
            buf_z(&buf, value);
            at++;
        } else {
            buf_byte(&buf, *at);
        }
    }
    return buf_slice(&buf);
}

Test(sql_query, values_never_change_the_text)
{
    static const char *const shapes[] = {
        "id=eq.%1",
        "note=like.%1*",
        "note=in.(%22%1%22,%22%1%22)",
        "note=not.in.(%22%1%22)",
        "or=(note.eq.%22%1%22,and(note.gt.%22%1%22,id.not.eq.%22%1%22))",
        "note=eq(any).%1",
        "note=fts(english).%1",
        "data->>%22%1%22=eq.%1",
        "select=x:data->%22%1%22->>%22k%1%22",
        "select=x:data->%22%1%22,count()",
        "select=id,items(id)&items.product=eq.%1&items.or=(product.eq.%22%1%22,id.gt.%22%1%22)",
        "select=id,items!inner(id)&items.product=eq.%1&order=data->>%22%1%22",
        "tags=cs.%1",
    };
    static const char *const values[] = {"a",  "",       "'",    "''",     "%5C%5C",    ";--",
                                         "$1", "%7B%7D", "NULL", "%C3%A9", "x%20y%20z", "1)%20OR%20(1%3D1"};
    for (size_t s = 0; s < sizeof(shapes) / sizeof(*shapes); s++) {
        struct arena *arena = arena_new(0);
        const struct relation *orders = family_orders(arena, 1);
        const struct statement *first = list_of(arena, orders, filled(arena, shapes[s], "zz"));
        for (size_t v = 0; v < sizeof(values) / sizeof(*values); v++) {
            const struct statement *other = list_of(arena, orders, filled(arena, shapes[s], values[v]));
            cr_expect(slice_eq(first->text, other->text), "%s, %s:\n%s\n%s", shapes[s], values[v], first->text.at,
                      other->text.at);
            cr_expect_eq(first->count, other->count);
        }
        arena_free(arena);
    }
}

Test(sql_query, what_is_good_for_some_values_only_is_not_prepared)
{
    static const struct {
        const char *query;
        bool by_value;
    } rows[] = {
        {"", false},
        {"id=eq.1", false},
        {"id=in.(1,2)", false},
        {"note=gt.a&order=note", false},
        {"note=is.null", false},
        {"data->>a=eq.b", false},
        {"note=like.a*", true},
        {"note=not.ilike.*a", true},
        {"note=match.^a", true},
        {"note=imatch.^a", true},
        {"note=like(any).{a*,b*}", true},
        {"tags=cs.{a}", true},
        {"tags=cd.{a}", true},
        {"tags=ov.{a}", true},
        {"or=(id.eq.1,and(id.gt.2,tags.cs.{a}))", true},
        {"select=id,items(id)&items.product=like.a*", true},
        {"select=id,items!inner(id)&items.product=eq.a", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        const struct relation *orders = family_orders(arena, 1);
        const struct statement *list = list_of(arena, orders, slice_of(rows[i].query));
        cr_expect_eq(list->by_value, rows[i].by_value, "%s", rows[i].query);
        arena_free(arena);
    }
}

Test(sql_query, numbers_of_a_page_are_parameters)
{
    struct arena *arena = arena_new(0);
    const struct relation *orders = family_orders(arena, 1);
    const struct statement *one =
        list_of(arena, orders, SLICE("select=items(id)&limit=1&offset=1&items.limit=1&items.offset=1&id=in.(1)"));
    const struct statement *two =
        list_of(arena, orders, SLICE("select=items(id)&limit=9&offset=7&items.limit=5&items.offset=8&id=in.(1,2,3)"));
    cr_expect(slice_eq(one->text, two->text), "%s\n%s", one->text.at, two->text.at);
    arena_free(arena);
}

Test(sql_query, a_grouped_key_is_one_parameter)
{
    struct arena *arena = arena_new(0);
    const struct statement *statement = list_of(arena, family_orders(arena, 1), SLICE("select=k:data->>a,total.sum()"));
    cr_expect_not_null(strstr(statement->text.at, "to_json((t.\"data\" OPERATOR(pg_catalog.->>) $1::pg_catalog.text))"),
                       "%s", statement->text.at);
    cr_expect_not_null(strstr(statement->text.at, "GROUP BY (t.\"data\" OPERATOR(pg_catalog.->>) $1::pg_catalog.text)"),
                       "%s", statement->text.at);
    arena_free(arena);
}
