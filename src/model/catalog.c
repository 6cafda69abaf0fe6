#include "midair/model/catalog.h"

#include <assert.h>

const struct relation *catalog_resource(const struct catalog *catalog, struct slice name)
{
    return map_get(&catalog->by_resource, name);
}

const struct column *relation_column(const struct relation *relation, struct slice name)
{
    return map_get(&relation->by_name, name);
}

size_t relation_column_index(const struct relation *relation, const struct column *column)
{
    assert(column >= relation->columns && column < relation->columns + relation->column_count);
    return (size_t)(column - relation->columns);
}

bool relation_is_stamp(const struct relation *relation, size_t column)
{
    const struct stamp *stamp = &relation->stamp;
    if (stamp->kind != STAMP_VERSION)
        return false;
    int index = (int)column;
    return index == stamp->created || index == stamp->modified || index == stamp->version;
}

bool relation_is_key(const struct relation *relation, size_t column)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (relation->key.columns[i] == (int)column)
            return true;
    return false;
}

void catalog_free(struct catalog *catalog)
{
    if (catalog)
        arena_free(catalog->arena);
}
