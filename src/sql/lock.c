/* Row locks for a write, taken before it: rows found by their keys, or over foreign keys from rows already locked.
 *
 * Within one relation rows are locked in key order; src/exec/locks.c decides the order of relations. */
#include "builder.h"

#include "midair/base/map.h"

#include <assert.h>

/* Appends a row's alias: the first row of the path is t, the others are numbered. */
static void put_name(struct builder *b, size_t number)
{
    if (number)
        buf_printf(&b->text, "s%zu", number);
    else
        SQL(b, "t");
}

static void put_cell(struct builder *b, size_t number, const struct relation *relation, int column)
{
    put_name(b, number);
    SQL(b, ".");
    builder_ident(b, relation->columns[column].name);
}

/* Appends ` JOIN parent AS s1 ON s1."id" = t."order_id"`. */
static void put_step(struct builder *b, const struct lock_step *step, size_t number)
{
    const struct link *link = step->link;
    SQL(b, " JOIN ");
    buf_put(&b->text, lock_step_end(step)->ident);
    SQL(b, " AS ");
    put_name(b, number);
    for (size_t i = 0; i < link->column_count; i++) {
        buf_z(&b->text, i ? " AND " : " ON ");
        put_cell(b, step->down ? number : number - 1, link->child, link->columns[i]);
        builder_equals(b, &link->parent->columns[link->parent_columns[i]]);
        put_cell(b, step->down ? number - 1 : number, link->parent, link->parent_columns[i]);
    }
}

/* Appends the first row source of the path: existing rows, or the rows of a document that will be inserted. */
static void put_begin(struct builder *b, const struct lock_source *source)
{
    if (slice_present(source->document)) {
        SQL(b, "pg_catalog.json_populate_recordset(NULL::");
        buf_put(&b->text, source->relation->ident);
        SQL(b, ", ");
        builder_param(b, source->document);
        SQL(b, "::pg_catalog.json) AS t");
        return;
    }
    buf_put(&b->text, source->relation->ident);
    SQL(b, " AS t");
}

/* Appends the columns and sources of a SELECT of the keys of the rows at the end of the path. */
static void put_source(struct builder *b, const struct relation *relation, const struct lock_source *source)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        if (i)
            SQL(b, ", ");
        put_cell(b, source->depth, relation, relation->key.columns[i]);
    }
    SQL(b, " FROM ");
    put_begin(b, source);
    for (size_t i = 0; i < source->depth; i++)
        put_step(b, &source->steps[i], i + 1);
    if (slice_present(source->document))
        return;
    SQL(b, " CROSS JOIN ");
    builder_keys(b, source->relation, source->keys->items, source->keys->count, false);
}

struct statement *sql_lock_tree(struct arena *arena, const struct relation *relation)
{
    struct builder b = builder_new(arena);
    uint64_t number = map_hash(relation->ident) ^ map_hash(SLICE("midair"));
    SQL(&b, "SELECT pg_catalog.pg_advisory_xact_lock(");
    builder_param(&b, arena_printf(arena, "%lld", (long long)(int64_t)number));
    SQL(&b, "::pg_catalog.int8)");
    return builder_done(&b, false);
}

struct statement *sql_lock_rows(struct arena *arena, const struct relation *relation, const struct lock_source *sources,
                                size_t count, enum lock_strength lock, enum lock_wait wait)
{
    struct builder b = builder_new(arena);
    assert(relation->key.column_count && count);
    /* DISTINCT and UNION make each row appear once. If a row appeared twice, the second lock attempt would use an
     * old version of it and queue behind transactions that wait for the row. */
    SQL(&b, "SELECT 1 FROM ");
    buf_put(&b.text, relation->ident);
    SQL(&b, " AS t JOIN (");
    for (size_t i = 0; i < count; i++) {
        buf_z(&b.text, i == 0 ? "SELECT DISTINCT " : " UNION SELECT ");
        put_source(&b, relation, &sources[i]);
    }
    SQL(&b, ") AS d (");
    for (size_t i = 0; i < relation->key.column_count; i++)
        buf_printf(&b.text, i ? ", k%zu" : "k%zu", i);
    SQL(&b, ")");
    for (size_t i = 0; i < relation->key.column_count; i++) {
        buf_z(&b.text, i ? " AND " : " ON ");
        builder_column(&b, relation, (size_t)relation->key.columns[i]);
        builder_equals(&b, &relation->columns[relation->key.columns[i]]);
        buf_printf(&b.text, "d.k%zu", i);
    }
    builder_key_order(&b, relation);
    builder_lock(&b, lock);
    buf_z(&b.text, wait == LOCK_NOWAIT ? " NOWAIT" : "");
    return builder_done(&b, false);
}
