#include "midair/catalog/catalog.h"

const struct relation *catalog_resource(const struct catalog *catalog, struct slice name)
{
    return map_get(&catalog->by_resource, name);
}

static const struct exposed *exposed(const struct catalog *catalog, struct slice schema)
{
    for (size_t i = 0; i < catalog->schema_count; i++)
        if (slice_eq(catalog->schemas[i].name, schema))
            return &catalog->schemas[i];
    return NULL;
}

bool catalog_exposes(const struct catalog *catalog, struct slice schema)
{
    return exposed(catalog, schema) != NULL;
}

const struct relation *catalog_profile(const struct catalog *catalog, struct slice schema, struct slice name)
{
    if (!slice_present(schema))
        return catalog_resource(catalog, name);
    const struct exposed *profile = exposed(catalog, schema);
    return profile ? map_get(&profile->by_resource, name) : NULL;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog)
        arena_free(catalog->arena);
}
