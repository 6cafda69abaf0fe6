/* Parents that a write gives to a row, locked before the row itself.
 *
 * Along foreign keys without touch, transactions lock parents before children (src/exec/family.c). An UPDATE that moves
 * a row to another parent would do the opposite: it locks the row, and then PostgreSQL's check of the foreign key locks
 * the parent FOR KEY SHARE. So the same lock is taken first, by a CTE of the same statement. */
#include "builder.h"

static bool gives_parent(const struct link *link, const struct changes *changes, struct slice *values)
{
    if (link->touch || link->by_view || !link->parent->can_update)
        return false;
    for (size_t i = 0; i < link->column_count; i++) {
        const struct change *change = NULL;
        for (size_t k = 0; k < changes->count; k++)
            if (changes->items[k].column == (size_t)link->columns[i])
                change = &changes->items[k];
        if (!change || change->op != CHANGE_SET || change->record || !slice_present(change->value) ||
            !link->parent->columns[link->parent_columns[i]].can_select ||
            !link->child->columns[link->columns[i]].can_select)
            return false;
        values[i] = change->value;
    }
    return true;
}

static void put_columns(struct builder *b, const char *alias, const struct relation *relation, const int *columns,
                        const struct slice *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct column *column = &relation->columns[columns[i]];
        buf_printf(&b->text, "%s%s.", i ? " AND " : "", alias);
        builder_ident(b, column->name);
        builder_equals_value(b, column, values[i]);
    }
}

/* Appends the condition that the row has another parent now. */
static void put_moves(struct builder *b, const struct link *link, const struct slice *values, const struct slice *keys)
{
    const struct key *key = &link->child->key;
    SQL(b, " AND NOT EXISTS (SELECT FROM ");
    buf_put(&b->text, link->child->ident);
    SQL(b, " AS c WHERE ");
    put_columns(b, "c", link->child, key->columns, keys, key->column_count);
    SQL(b, " AND ");
    put_columns(b, "c", link->child, link->columns, values, link->column_count);
    SQL(b, ")");
}

/* Appends the query that locks the parent. A row that keeps its parent need not lock it; that is certain only if the
 * guard names the states in which the row is written, because otherwise it may be moved in between. */
static void put_lock(struct builder *b, const struct link *link, const struct slice *values, const struct slice *keys,
                     const struct guard *guard)
{
    SQL(b, "SELECT FROM ");
    buf_put(&b->text, link->parent->ident);
    SQL(b, " AS p WHERE ");
    put_columns(b, "p", link->parent, link->parent_columns, values, link->column_count);
    if (guard->any_count)
        put_moves(b, link, values, keys);
    SQL(b, " FOR KEY SHARE OF p");
}

size_t builder_new_parents(struct builder *b, const struct relation *relation, const struct slice *keys,
                           const struct guard *guard, const struct changes *changes)
{
    size_t count = 0;
    bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
    for (size_t i = 0; table && i < relation->parent_count; i++) {
        struct slice *values = ARENA_ARRAY(b->text.arena, struct slice, relation->parents[i]->column_count);
        if (!gives_parent(relation->parents[i], changes, values))
            continue;
        buf_printf(&b->text, "%sp%zu AS MATERIALIZED (", count ? ", " : "WITH ", count);
        put_lock(b, relation->parents[i], values, keys, guard);
        SQL(b, ")");
        count++;
    }
    return count;
}

void builder_after_parents(struct builder *b, size_t count)
{
    /* A condition without columns of the row is evaluated once, before any row is looked for. */
    for (size_t i = 0; i < count; i++)
        buf_printf(&b->text, " AND (SELECT pg_catalog.count(*) FROM p%zu) OPERATOR(pg_catalog.>=) 0", i);
}
