#include "midair/plan/parent_path.h"

const struct ancestor *place_parent(const struct place *place)
{
    return &place->ancestors[place->count - 1];
}

bool place_settles(const struct ancestor *ancestor)
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

const struct slice *place_value(const struct place *place, size_t column)
{
    if (!place || place->count == 0)
        return NULL;
    const struct ancestor *parent = place_parent(place);
    for (size_t i = 0; i < parent->link->column_count; i++)
        if (parent->link->columns[i] == (int)column)
            return &parent->values[i];
    return NULL;
}

struct place place_above(const struct place *place, size_t index)
{
    return (struct place){place->ancestors, index};
}
