#include "route_missing.h"

#include "midair/base/text.h"

static bool counts(const struct relation *relation, struct slice schema)
{
    return slice_present(schema) ? slice_eq(relation->schema, schema) : !relation->hidden;
}

/* Names that are far from each other are no help. */
static size_t bound(struct slice name)
{
    size_t third = name.len / 3 + 1;
    return third < 4 ? third : 4;
}

static const struct relation *nearest(const struct catalog *catalog, struct slice schema, struct slice name)
{
    size_t best = bound(name);
    const struct relation *found = NULL;
    for (size_t i = 0; i < catalog->relation_count; i++) {
        const struct relation *relation = catalog->relations[i];
        size_t distance = counts(relation, schema) ? text_distance(name, relation->resource) : best;
        if (distance < best) {
            best = distance;
            found = relation;
        }
    }
    return found;
}

struct err *route_no_table(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name)
{
    struct slice shown = schema;
    if (!slice_present(schema) && catalog->schema_count)
        shown = catalog->schemas[0].name;
    struct err *err = err_new(arena, ERR_NO_RESOURCE, "Could not find the table '%.*s%s%.*s' in the schema cache",
                              SLICE_ARG(shown), shown.len ? "." : "", SLICE_ARG(name));
    const struct relation *near = nearest(catalog, schema, name);
    err->code = SLICE("PGRST205");
    if (near)
        err_hint(arena, err, "Perhaps you meant the table '%.*s.%.*s'", SLICE_ARG(near->schema),
                 SLICE_ARG(near->resource));
    return err;
}
