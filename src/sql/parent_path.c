/* Membership: conditions that a row belongs to the ancestors that a nested route names. */
#include "builder.h"

static void put_alias_column(struct builder *b, const char *alias, size_t level, const struct relation *relation,
                             int column)
{
    buf_z(&b->text, alias);
    if (alias[0] == 'a')
        buf_u64(&b->text, level);
    buf_byte(&b->text, '.');
    builder_ident(b, relation->columns[column].name);
}

/* Appends `a1."id" = $1 AND …`, the key of one ancestor. */
static void put_ancestor_key(struct builder *b, const struct parent_path *parent_path, size_t level)
{
    const struct ancestor *ancestor = &parent_path->ancestors[level];
    for (size_t i = 0; i < ancestor->relation->key.column_count; i++) {
        if (i)
            SQL(b, " AND ");
        put_alias_column(b, "a", level, ancestor->relation, ancestor->relation->key.columns[i]);
        builder_equals_value(b, &ancestor->relation->columns[ancestor->relation->key.columns[i]], ancestor->keys[i]);
    }
}

/* Appends ` AND child."order_id" = a1."id"`: the foreign key of the next level, whose alias is `child`. */
static void put_link(struct builder *b, const struct parent_path *parent_path, size_t level, const char *child)
{
    const struct link *link = parent_path->ancestors[level].link;
    for (size_t i = 0; i < link->column_count; i++) {
        SQL(b, " AND ");
        put_alias_column(b, child, level + 1, link->child, link->columns[i]);
        builder_equals(b, &link->parent->columns[link->parent_columns[i]]);
        put_alias_column(b, "a", level, link->parent, link->parent_columns[i]);
    }
}

static void put_from(struct builder *b, const struct parent_path *parent_path)
{
    for (size_t i = parent_path->count; i-- > 0;) {
        if (i + 1 < parent_path->count)
            SQL(b, ", ");
        buf_put(&b->text, parent_path->ancestors[i].relation->ident);
        buf_printf(&b->text, " AS a%zu", i);
    }
}

/* Appends all levels of the path, and the conditions that join them. */
static void put_chain(struct builder *b, const struct parent_path *parent_path)
{
    put_from(b, parent_path);
    SQL(b, " WHERE ");
    for (size_t i = parent_path->count; i-- > 0;) {
        if (i + 1 < parent_path->count)
            SQL(b, " AND ");
        put_ancestor_key(b, parent_path, i);
        if (i + 1 < parent_path->count)
            put_link(b, parent_path, i, "a");
    }
}

void builder_parent_path(struct builder *b, const struct relation *relation, const struct parent_path *parent_path)
{
    const struct ancestor *parent = parent_path_parent(parent_path);
    bool resolved = parent_path_resolves(parent);
    if (resolved) {
        /* The foreign key's columns are sufficient, so only their index is needed. */
        for (size_t i = 0; i < parent->link->column_count; i++) {
            if (i)
                SQL(b, " AND ");
            builder_column(b, relation, (size_t)parent->link->columns[i]);
            builder_equals_value(b, &relation->columns[parent->link->columns[i]], parent->values[i]);
        }
        if (parent_path->count == 1)
            return;
        SQL(b, " AND ");
    }
    SQL(b, "EXISTS (SELECT 1 FROM ");
    put_chain(b, parent_path);
    put_link(b, parent_path, parent_path->count - 1, "t");
    SQL(b, ")");
}

void builder_parent_path_exists(struct builder *b, const struct parent_path *parent_path)
{
    SQL(b, "EXISTS (SELECT 1 FROM ");
    put_chain(b, parent_path);
    SQL(b, ")");
}

void builder_parent_path_value(struct builder *b, const struct parent_path *parent_path, size_t column)
{
    const struct link *link = parent_path_parent(parent_path)->link;
    for (size_t i = 0; i < link->column_count; i++) {
        if (link->columns[i] != (int)column)
            continue;
        SQL(b, "(SELECT ");
        put_alias_column(b, "a", parent_path->count - 1, link->parent, link->parent_columns[i]);
        SQL(b, " FROM ");
        put_chain(b, parent_path);
        SQL(b, ")");
        return;
    }
}

struct statement *sql_parent_path_there(struct arena *arena, const struct parent_path *parent_path)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_parent_path_exists(&b, parent_path);
    return builder_done(&b, false);
}

struct statement *sql_below_parent(struct arena *arena, const struct statement *list,
                                   const struct parent_path *parent_path)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT q.*, p.there FROM (SELECT ");
    for (size_t i = 0; i < list->count; i++)
        builder_keep(&b, list, i); /* the list's parameters keep their numbers */
    builder_parent_path_exists(&b, parent_path);
    SQL(&b, ") AS p (there) LEFT JOIN (SELECT l.*, true FROM (");
    buf_put(&b.text, list->text);
    SQL(&b, ") AS l) AS q ON true");
    return builder_done(&b, false);
}
