#include "midair/catalog/relation.h"

#include <assert.h>

bool relation_is_usable(const struct relation *relation)
{
    return relation->can_select || relation->can_insert || relation->can_update || relation->can_delete;
}

bool relation_called(const struct relation *relation, struct slice schema, struct slice name)
{
    return slice_eq(relation->resource, name) ||
           (slice_present(schema) && slice_present(relation->own_name) && slice_eq(relation->schema, schema) &&
            slice_eq(relation->own_name, name));
}

int relation_distance(const struct relation *relation, struct slice schema)
{
    if (slice_present(schema) && slice_eq(relation->schema, schema))
        return 0;
    return relation->hidden ? 2 : 1;
}

struct slice relation_label(const struct relation *relation)
{
    return relation->hidden ? relation->ident : relation->resource;
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

const struct column *relation_field(const struct relation *relation, size_t field)
{
    assert(field < relation->column_count + relation->computed.field_count);
    return field < relation->column_count ? &relation->columns[field]
                                          : &relation->computed.fields[field - relation->column_count];
}

size_t relation_find_field(const struct relation *relation, struct slice name)
{
    const struct column *column = relation_column(relation, name);
    if (column)
        return relation_column_index(relation, column);
    for (size_t i = 0; i < relation->computed.field_count; i++)
        if (slice_eq(relation->computed.fields[i].name, name))
            return relation->column_count + i;
    return SIZE_MAX;
}

const struct computed_link *relation_computed_link(const struct relation *relation, struct slice name)
{
    for (size_t i = 0; i < relation->computed.link_count; i++)
        if (slice_eq(relation->computed.links[i].name, name))
            return &relation->computed.links[i];
    return NULL;
}

bool relation_is_stamp(const struct relation *relation, size_t column)
{
    const struct stamp *stamp = &relation->stamp;
    if (stamp->kind != STAMP_VERSION)
        return false;
    int index = (int)column;
    return index == stamp->created || index == stamp->modified || index == stamp->version;
}

bool relation_is_referred_to(const struct relation *relation)
{
    for (size_t i = 0; i < relation->child_count; i++)
        if (!relation->children[i]->by_view)
            return true;
    return false;
}

bool relation_has_tables(const struct relation *relation)
{
    return relation->inherited || relation->kind == RELATION_PARTITIONED;
}

bool relation_is_key(const struct relation *relation, size_t column)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (relation->key.columns[i] == (int)column)
            return true;
    return false;
}
