/* The other rows that a tag covers (plan/tree_digest.h): their digest, and their locks.
 *
 * A row that the role cannot identify by key and stamps is digested by all of its readable columns. */
#include "builder.h"

/* Appends a row's alias: the root is t, the others are numbered. */
static void put_alias(struct builder *b, size_t number)
{
    if (number)
        buf_printf(&b->text, "n%zu", number);
    else
        SQL(b, "t");
}

static void put_cell(struct builder *b, size_t alias, const struct relation *relation, int column)
{
    put_alias(b, alias);
    SQL(b, ".");
    builder_ident(b, relation->columns[column].name);
}

/* Appends a column so that its text is the same in every time zone, because it becomes part of a tag. */
static void put_steady(struct builder *b, size_t alias, const struct relation *relation, int column)
{
    bool moment = relation->columns[column].form == FORM_TIMESTAMPTZ;
    if (moment)
        SQL(b, "pg_catalog.timezone('UTC', ");
    put_cell(b, alias, relation, column);
    if (moment)
        SQL(b, ")");
}

/* Appends the join condition between the rows of a step and the row that it starts from. */
static void put_join(struct builder *b, const struct tree_digest *step, size_t from, size_t to)
{
    const struct link *link = step->link;
    for (size_t i = 0; i < link->column_count; i++) {
        if (i)
            SQL(b, " AND ");
        put_cell(b, step->down ? to : from, link->child, link->columns[i]);
        builder_equals(b, &link->parent->columns[link->parent_columns[i]]);
        put_cell(b, step->down ? from : to, link->parent, link->parent_columns[i]);
    }
}

/* Whether key and stamps are readable and identify a row's state. They do not for views that also show data which
 * the stamps do not cover (`partial`). */
static bool can_read_identity(const struct relation *relation)
{
    const struct stamp *stamp = &relation->stamp;
    if (stamp->partial)
        return false;
    bool readable = relation->key.column_count > 0 && (stamp->kind == STAMP_XMIN || stamp->kind == STAMP_VERSION);
    for (size_t i = 0; i < relation->key.column_count; i++)
        readable = readable && relation->columns[relation->key.columns[i]].can_select;
    if (stamp->kind == STAMP_VERSION)
        readable =
            readable && relation->columns[stamp->version].can_select && relation->columns[stamp->modified].can_select;
    return readable;
}

/* Appends all readable columns: everything that a representation can show of the row. */
static void put_readable(struct builder *b, const struct relation *relation, size_t alias)
{
    bool first = true;
    for (size_t i = 0; i < relation->column_count; i++) {
        if (!relation->columns[i].can_select)
            continue;
        if (!first)
            SQL(b, ", ");
        first = false;
        put_steady(b, alias, relation, (int)i);
    }
    if (first)
        SQL(b, "1");
}

/* Appends values that distinguish each state of a row from all others. */
static void put_identity(struct builder *b, const struct relation *relation, size_t alias)
{
    const struct stamp *stamp = &relation->stamp;
    if (!can_read_identity(relation)) {
        put_readable(b, relation, alias);
        return;
    }
    for (size_t i = 0; i < relation->key.column_count; i++) {
        put_steady(b, alias, relation, relation->key.columns[i]);
        SQL(b, ", ");
    }
    if (stamp->kind == STAMP_VERSION) {
        put_steady(b, alias, relation, stamp->version);
        SQL(b, ", ");
        put_steady(b, alias, relation, stamp->modified);
    } else {
        put_alias(b, alias);
        SQL(b, ".xmin, ");
        put_alias(b, alias);
        SQL(b, ".ctid");
    }
    if (relation_has_tables(relation)) {
        SQL(b, ", ");
        put_alias(b, alias);
        SQL(b, ".tableoid");
    }
}

/* Appends one text for all rows of all steps that start at row `from`. Rows are sorted by their text, so the digest
 * does not depend on the order in which PostgreSQL finds them. */
static void put_content(struct builder *b, const struct tree_digest *steps, size_t from, size_t *aliases)
{
    SQL(b, "pg_catalog.concat_ws('/'");
    for (const struct tree_digest *step = steps; step; step = step->next) {
        size_t alias = ++*aliases;
        SQL(b, ", COALESCE((SELECT pg_catalog.string_agg(r.v, ',' ORDER BY r.v COLLATE \"C\") FROM (SELECT ROW(");
        put_identity(b, step->relation, alias);
        if (step->first) {
            SQL(b, ", ");
            put_content(b, step->first, alias, aliases);
        }
        SQL(b, ")::pg_catalog.text AS v FROM ");
        buf_put(&b->text, step->relation->ident);
        SQL(b, " AS ");
        put_alias(b, alias);
        SQL(b, " WHERE ");
        put_join(b, step, from, alias);
        SQL(b, ") AS r), '')");
    }
    SQL(b, ")");
}

void builder_tree_digest(struct builder *b, const struct tree_digest *steps)
{
    size_t aliases = 0;
    SQL(b, "pg_catalog.md5(");
    put_content(b, steps, 0, &aliases);
    SQL(b, ")");
}

struct statement *sql_tree_digest_content(struct arena *arena, const struct relation *root, const struct slice *keys,
                                          const struct tree_digest *steps)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_tree_digest(&b, steps);
    SQL(&b, " FROM ");
    buf_put(&b.text, root->ident);
    SQL(&b, " AS t WHERE ");
    builder_key(&b, root, keys);
    return builder_done(&b, false);
}

/* Whether rows of the relation can be locked. Locking a view's row locks the rows of its tables, which PostgreSQL
 * can determine for automatically updatable views. */
static bool can_lock(const struct relation *relation)
{
    bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
    return table ? relation->can_update || relation->can_delete : relation->lockable;
}

/* Makes the statement that follows the steps of `path` from the root and locks the rows of the last one, n<depth>,
 * in key order. */
static struct statement *lock_statement(struct arena *arena, const struct relation *root, const struct slice *keys,
                                        const struct tree_digest *const *path, size_t depth)
{
    struct builder b = builder_new(arena);
    const struct tree_digest *last = path[depth - 1];
    SQL(&b, "SELECT 1 FROM ");
    buf_put(&b.text, root->ident);
    SQL(&b, " AS t");
    for (size_t i = 0; i < depth; i++) {
        SQL(&b, " JOIN ");
        buf_put(&b.text, path[i]->relation->ident);
        SQL(&b, " AS ");
        put_alias(&b, i + 1);
        SQL(&b, " ON ");
        put_join(&b, path[i], i, i + 1);
    }
    SQL(&b, " WHERE ");
    builder_key(&b, root, keys);
    for (size_t i = 0; i < last->relation->key.column_count; i++) {
        buf_z(&b.text, i ? ", " : " ORDER BY ");
        put_cell(&b, depth, last->relation, last->relation->key.columns[i]);
    }
    /* FOR UPDATE also prevents new children of these rows: the check of their foreign key takes FOR KEY SHARE, which
     * conflicts with it. */
    bool has_children = false;
    for (const struct tree_digest *step = last->first; step; step = step->next)
        has_children = has_children || step->down;
    buf_z(&b.text, has_children ? " FOR UPDATE OF " : " FOR SHARE OF ");
    put_alias(&b, depth);
    return builder_done(&b, false);
}

static void add_locks(struct arena *arena, const struct relation *root, const struct slice *keys,
                      const struct tree_digest **path, size_t depth, const struct tree_digest *steps,
                      struct statement **out, size_t *count)
{
    for (; steps; steps = steps->next) {
        path[depth] = steps;
        if (can_lock(steps->relation))
            out[(*count)++] = lock_statement(arena, root, keys, path, depth + 1);
        add_locks(arena, root, keys, path, depth + 1, steps->first, out, count);
    }
}

size_t sql_tree_digest_locks(struct arena *arena, const struct relation *root, const struct slice *keys,
                             const struct tree_digest *steps, struct statement ***out)
{
    const struct tree_digest *path[TREE_DEPTH_MAX + 1];
    size_t count = 0;
    *out = ARENA_ARRAY(arena, struct statement *, tree_digest_count(steps));
    add_locks(arena, root, keys, path, 0, steps, *out, &count);
    return count;
}
