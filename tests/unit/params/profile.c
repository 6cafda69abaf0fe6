/* Embeds where several schemas have a table of one name: which one is meant, and which is no rival. */
#include "family.h"
#include "midair/params/query.h"

#include <criterion/criterion.h>

/* orders with the children public.items, and depot.items by a foreign key of another name; depot's hides behind
 * public's unless `seen`. */
static struct relation *two_schemas(struct arena *arena, bool seen)
{
    struct relation *orders = family_orders(arena, 2);
    struct relation *far = family_items(arena);
    far->schema = SLICE("depot");
    far->ident = SLICE("\"depot\".\"items\"");
    far->hidden = !seen;
    far->parents = ARENA_ARRAY(arena, struct link *, 1);
    far->parents[far->parent_count++] = orders->children[1];
    orders->children[1]->child = far;
    orders->children[0]->child->parent_count = 1;
    return orders;
}

static const struct {
    const char *label;
    const char *schema; /* of the profile; NULL: none */
    bool seen;
    const char *select;
    const char *ident; /* NULL: an error with this code */
    const char *code;
} rows[] = {
    {"no profile", NULL, false, "select=items(id)", "\"public\".\"items\"", NULL},
    {"the first schema", "public", false, "select=items(id)", "\"public\".\"items\"", NULL},
    {"the other one", "depot", false, "select=items(id)", "\"depot\".\"items\"", NULL},
    {"a third one", "elsewhere", false, "select=items(id)", "\"public\".\"items\"", NULL},
    {"by a constraint of the hidden one", NULL, false, "select=items_second_fkey(id)", "\"depot\".\"items\"", NULL},
    {"with its constraint as hint", NULL, false, "select=items!items_second_fkey(id)", "\"depot\".\"items\"", NULL},
    {"the same with a profile", "public", false, "select=items!items_second_fkey(id)", "\"depot\".\"items\"", NULL},
    {"a hint that fits neither", "depot", false, "select=items!nope(id)", NULL, "PGRST200"},
    {"both are seen", NULL, true, "select=items(id)", NULL, "PGRST201"},
    {"both are seen, with a profile", "depot", true, "select=items(id)", "\"depot\".\"items\"", NULL},
    {"a schema is no name", "depot", false, "select=%22depot.items%22(id)", NULL, "PGRST200"},
};

Test(profile, names_count_in_the_schema_first_and_what_hides_is_no_rival)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct params ast;
        struct query query;
        struct slice schema = rows[i].schema ? slice_of(rows[i].schema) : SLICE_ABSENT;
        struct err *err = params_parse(arena, slice_of(rows[i].select), NULL, &ast);
        if (!err)
            err = query_bind(arena, &ast, schema, two_schemas(arena, rows[i].seen), &query);
        if (rows[i].ident) {
            cr_assert_null(err, "%s: %.*s", rows[i].label, SLICE_ARG(err->detail));
            cr_expect(slice_eq(query.embeds->target->ident, slice_of(rows[i].ident)), "%s: %.*s", rows[i].label,
                      SLICE_ARG(query.embeds->target->ident));
        } else {
            cr_assert_not_null(err, "%s", rows[i].label);
            cr_expect(slice_eq(err->code, slice_of(rows[i].code)), "%s: %.*s", rows[i].label, SLICE_ARG(err->code));
        }
        arena_free(arena);
    }
}
