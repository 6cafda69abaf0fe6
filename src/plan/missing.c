/* Prefer: missing=default for rows that exist: columns that the content leaves out get their defaults. */
#include "midair/plan/content.h"

/* Whether a client can set the column to its default. */
static bool can_default(const struct relation *relation, const struct column *column)
{
    return column && !relation_is_stamp(relation, relation_column_index(relation, column)) && !column->generated &&
           !column->identity_always && column->can_update;
}

void content_default_missing(struct arena *arena, const struct relation *relation, const struct slice *keys,
                             const struct names *columns, const struct json *document, struct changes *out)
{
    size_t size = out->count * sizeof(struct change);
    out->items = arena_grow(arena, out->items, size, size + columns->count * sizeof(struct change));
    for (size_t i = 0; i < columns->count; i++) {
        const struct column *column = relation_column(relation, columns->items[i]);
        if (!can_default(relation, column) || json_member(document, columns->items[i]))
            continue;
        size_t index = relation_column_index(relation, column);
        if (!keys || !relation_is_key(relation, index))
            out->items[out->count++] = (struct change){.column = index, .op = CHANGE_DEFAULT};
    }
}

static bool batch_has(const struct batch *batch, size_t column)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (batch->columns[i] == column)
            return true;
    return false;
}

void content_default_merged(struct arena *arena, const struct relation *relation, const struct names *columns,
                            struct batches *batches)
{
    for (size_t b = 0; b < batches->count; b++) {
        struct batch *batch = &batches->items[b];
        size_t *defaulted = ARENA_ARRAY(arena, size_t, columns->count), count = 0;
        for (size_t i = 0; i < columns->count; i++) {
            const struct column *column = relation_column(relation, columns->items[i]);
            if (can_default(relation, column) && !batch_has(batch, relation_column_index(relation, column)))
                defaulted[count++] = relation_column_index(relation, column);
        }
        batch->defaulted = defaulted;
        batch->defaulted_count = count;
    }
}
