/* The query string as one struct: what belongs to content, to pages, and to the function that is called. */
#include "family.h"
#include "midair/params/query.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))

/* add(a, b), whose value has one column, and rows(a), whose rows have the columns of orders. */
static const struct catalog *functions(struct arena *arena, const struct relation *orders)
{
    static struct parameter two[] = {{.name = {"a", 1}}, {.name = {"b", 1}}}, select[] = {{.name = {"select", 6}}};
    struct function *all = ARENA_ARRAY(arena, struct function, 4);
    struct catalog *catalog = ARENA_NEW(arena, struct catalog);
    struct relation *rows = ARENA_NEW(arena, struct relation);
    *rows = *orders;
    all[0] =
        (struct function){.schema = SLICE("public"), .name = SLICE("add"), .parameters = two, .parameter_count = 2};
    all[0].shape = RESULT_SCALAR;
    all[1] =
        (struct function){.schema = SLICE("other"), .name = SLICE("add"), .parameters = select, .parameter_count = 1};
    static struct parameter id[] = {{.name = {"id", 2}}};
    all[2] =
        (struct function){.schema = SLICE("public"), .name = SLICE("rows"), .parameters = id, .parameter_count = 1};
    all[2].shape = RESULT_ROW;
    all[2].result = rows;
    all[3] = (struct function){
        .schema = SLICE("public"), .name = SLICE("reserved"), .parameters = select, .parameter_count = 1};
    *catalog = (struct catalog){.arena = arena, .functions = all, .function_count = 4};
    return catalog;
}

static size_t filter_count(const struct params *params)
{
    size_t count = 0;
    for (const struct ast_filter *filter = params->filters; filter; filter = filter->next)
        count++;
    return count;
}

static struct err *parse_call(struct arena *arena, const char *schema, const char *function, const char *query,
                              struct params *out)
{
    const struct params_call call = {.catalog = functions(arena, family_orders(arena, 1)),
                                     .schema = slice_of(schema),
                                     .function = slice_of(function)};
    return params_parse(arena, slice_of(query), &call, out);
}

Test(params, arguments_are_told_from_filters_by_the_function_and_the_form_of_the_value)
{
    static const struct {
        const char *label, *schema, *function, *query;
        size_t arguments, filters;
    } rows[] = {
        {"two arguments", NULL, "add", "a=1&b=2", 2, 0},
        {"one of them twice", NULL, "add", "a=1&a=2&b=3", 3, 0},
        {"a value like a filter, where the result has no such column", NULL, "add", "a=eq.1", 1, 0},
        {"the same where it has one", NULL, "rows", "id=eq.1", 0, 1},
        {"a plain value where it has one", NULL, "rows", "id=1", 1, 0},
        {"an argument and a filter", NULL, "rows", "id=1&note=eq.x", 1, 1},
        {"a filter with a modifier", NULL, "rows", "note=eq(any).{a}", 0, 1},
        {"a negated filter", NULL, "rows", "note=not.eq.x", 0, 1},
        {"no operator before the dot", NULL, "rows", "note=zz.x", 1, 0},
        {"an operator without a dot", NULL, "rows", "note=eq", 1, 0},
        {"an operator in upper case", NULL, "rows", "note=EQ.x", 1, 0},
        {"an unknown name: it has to be named in the error", NULL, "add", "zzz=1", 1, 0},
        {"an unknown function", NULL, "nope", "a=1", 1, 0},
        {"what a query means by itself", NULL, "add", "a=1&order=a&limit=2&offset=1&select=a", 1, 0},
        {"a parameter that is named like it", NULL, "reserved", "select=id", 1, 0},
        {"another schema's function is not asked", NULL, "add", "select=a", 0, 0},
        {"the schema that a profile names", "other", "add", "select=a", 1, 0},
        {"columns= is about content", NULL, "add", "columns=a&b=1", 1, 0},
        {"escapes in the name", NULL, "add", "%61=1", 1, 0},
        {"an empty value", NULL, "add", "a=", 1, 0},
        {"logic trees", NULL, "rows", "id=1&or=(note.eq.a,note.eq.b)&not.and=(id.eq.1,id.eq.2)", 1, 2},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct params params;
        struct err *err = parse_call(arena, rows[i].schema, rows[i].function, rows[i].query, &params);
        cr_assert_null(err, "%s: %.*s", rows[i].label, SLICE_ARG(err->detail));
        cr_expect_eq(params.argument_count, rows[i].arguments, "%s: %zu arguments", rows[i].label,
                     params.argument_count);
        cr_expect_eq(filter_count(&params), rows[i].filters, "%s: %zu filters", rows[i].label, filter_count(&params));
        arena_free(arena);
    }
}

Test(params, every_operator_of_the_table_makes_a_filter)
{
    static const char *const names[] = {
#define OPERATOR(kind, name, sql, takes) name,
#include "midair/params/operator.def"
#undef OPERATOR
    };
    for (size_t i = 0; i < COUNT(names); i++) {
        struct arena *arena = arena_new(0);
        struct params params;
        char query[64];
        bool list = i == OPERATOR_IN, keyword = i == OPERATOR_IS;
        snprintf(query, sizeof(query), "note=%s.%s", names[i], list ? "(a)" : keyword ? "null" : "a");
        cr_assert_null(parse_call(arena, NULL, "rows", query, &params), "%s", query);
        cr_expect(params.argument_count == 0 && filter_count(&params) == 1, "%s", query);
        arena_free(arena);
    }
}

Test(params, arguments_keep_their_values_in_the_order_of_the_url)
{
    struct arena *arena = arena_new(0);
    struct params params;
    cr_assert_null(parse_call(arena, NULL, "add", "a=1+2&b=%2B&a=x%26y%3D", &params));
    cr_assert_eq(params.argument_count, 3);
    static const char *const names[] = {"a", "b", "a"}, *const values[] = {"1 2", "+", "x&y="};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(slice_eq(params.arguments[i].name, slice_of(names[i])), "name %zu", i);
        cr_expect(slice_eq(params.arguments[i].value, slice_of(values[i])), "value %zu", i);
    }
    arena_free(arena);
}

Test(params, lists_of_columns_for_content)
{
    static const struct {
        const char *label, *query;
        const char *names; /* of columns=, with '|' behind each; NULL: an error */
        const char *conflict;
    } rows[] = {
        {"none", "id=eq.1", "", ""},
        {"two", "columns=id,note", "id|note|", ""},
        {"spaces", "columns=+id+,+note", "id|note|", ""},
        {"quotes", "columns=%22id%22,%22a,b%22", "id|a,b|", ""},
        {"a quote inside of quotes", "columns=%22a%5C%22b%22", "a\"b|", ""},
        {"one that comes again", "columns=id,id,note,id", "id|note|", ""},
        {"an empty list is none", "columns=", "", ""},
        {"both", "on_conflict=note&columns=id", "id|", "note|"},
        {"an escaped name of the parameter", "%63olumns=id", "id|", ""},
        {"an arrow is part of a name", "columns=a-%3Eb", "a->b|", ""},
        {"given twice", "columns=id&columns=note", NULL, ""},
        {"an open quote", "columns=%22id", NULL, ""},
        {"text behind a quote", "columns=%22id%22x", NULL, ""},
        {"an empty name", "columns=id,,note", NULL, ""},
        {"a comma at the end", "columns=id,", NULL, ""},
        {"nothing but a comma", "columns=,", NULL, ""},
        {"an empty quoted name", "columns=%22%22", NULL, ""},
        {"spaces alone", "columns=+", NULL, ""},
        {"a bad escape", "columns=%zz", NULL, ""},
        {"a NUL", "columns=a%00", NULL, ""},
        {"on_conflict= twice", "on_conflict=id&on_conflict=id", NULL, ""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct params params;
        struct err *err = params_parse(arena, slice_of(rows[i].query), NULL, &params);
        cr_expect_eq(err == NULL, rows[i].names != NULL, "%s", rows[i].label);
        cr_expect(!err || slice_eq(err->code, SLICE("PGRST100")), "%s", rows[i].label);
        const struct names *lists[] = {&params.columns, &params.on_conflict};
        const char *expected[] = {rows[i].names, rows[i].conflict};
        for (size_t k = 0; !err && rows[i].names && k < 2; k++) {
            struct buf text = buf_new(arena, 64);
            for (size_t n = 0; n < lists[k]->count; n++) {
                buf_put(&text, lists[k]->items[n]);
                buf_byte(&text, '|');
            }
            cr_expect(slice_eq(buf_slice(&text), slice_of(expected[k])), "%s: %.*s", rows[i].label,
                      SLICE_ARG(buf_slice(&text)));
            cr_expect_eq(lists[k]->given, lists[k]->count > 0, "%s", rows[i].label);
        }
        arena_free(arena);
    }
}

Test(params, names_of_columns_are_checked_against_the_relation)
{
    struct arena *arena = arena_new(0);
    struct params params;
    const struct relation *orders = family_orders(arena, 1);
    cr_assert_null(params_parse(arena, SLICE("columns=id,note&on_conflict=id,nope"), NULL, &params));
    cr_expect_null(params_check_names(arena, orders, &params.columns));
    struct err *err = params_check_names(arena, orders, &params.on_conflict);
    cr_assert_not_null(err);
    cr_expect(err->kind == ERR_BAD_CONTENT && slice_eq(err->code, SLICE("PGRST204")));
    arena_free(arena);
}

Test(params, all_columns_are_shown_without_a_list_or_with_a_star_alone)
{
    static const struct {
        const char *query;
        bool all;
    } rows[] = {{"", true},           {"select=", true},      {"select=*", true},        {"select=%2A", true},
                {"select=id", false}, {"select=*,id", false}, {"select=items(*)", false}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct params params;
        cr_assert_null(params_parse(arena, slice_of(rows[i].query), NULL, &params));
        cr_expect_eq(params_select_all(&params), rows[i].all, "%s", rows[i].query);
        arena_free(arena);
    }
}
