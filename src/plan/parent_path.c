#include "midair/plan/parent_path.h"

const struct ancestor *parent_path_parent(const struct parent_path *parent_path)
{
    return &parent_path->ancestors[parent_path->count - 1];
}

bool parent_path_resolves(const struct ancestor *ancestor)
{
    const struct link *link = ancestor->link;
    const struct key *key = &ancestor->relation->key;
    size_t found = 0;
    if (link->by_view)
        return false; /* a row of the table may be missing in the view */
    for (size_t i = 0; i < link->column_count; i++)
        if (!slice_present(ancestor->values[i]))
            return false;
    for (size_t k = 0; k < key->column_count; k++)
        for (size_t i = 0; i < link->column_count; i++)
            if (link->parent_columns[i] == key->columns[k]) {
                found++;
                break;
            }
    return found == key->column_count;
}

const struct slice *parent_path_value(const struct parent_path *parent_path, size_t column)
{
    if (!parent_path || parent_path->count == 0)
        return NULL;
    const struct ancestor *parent = parent_path_parent(parent_path);
    for (size_t i = 0; i < parent->link->column_count; i++)
        if (parent->link->columns[i] == (int)column)
            return &parent->values[i];
    return NULL;
}

struct parent_path parent_path_above(const struct parent_path *parent_path, size_t index)
{
    return (struct parent_path){parent_path->ancestors, index};
}
