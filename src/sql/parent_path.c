/* Membership: conditions that a row lies below the ancestors that a nested route names. */
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

/* `a1."id" = $1 AND …` */
static void put_ancestor_key(struct builder *b, const struct place *place, size_t level)
{
    const struct ancestor *ancestor = &place->ancestors[level];
    for (size_t i = 0; i < ancestor->relation->key.column_count; i++) {
        if (i)
            SQL(b, " AND ");
        put_alias_column(b, "a", level, ancestor->relation, ancestor->relation->key.columns[i]);
        SQL(b, " = ");
        builder_param(b, ancestor->keys[i]);
    }
}

/* ` AND child."order_id" = a1."id"`: the foreign key of the level below, whose rows are called `child`. */
static void put_link(struct builder *b, const struct place *place, size_t level, const char *child)
{
    const struct link *link = place->ancestors[level].link;
    for (size_t i = 0; i < link->column_count; i++) {
        SQL(b, " AND ");
        put_alias_column(b, child, level + 1, link->child, link->columns[i]);
        SQL(b, " = ");
        put_alias_column(b, "a", level, link->parent, link->parent_columns[i]);
    }
}

static void put_from(struct builder *b, const struct place *place)
{
    for (size_t i = place->count; i-- > 0;) {
        if (i + 1 < place->count)
            SQL(b, ", ");
        buf_put(&b->text, place->ancestors[i].relation->ident);
        buf_printf(&b->text, " AS a%zu", i);
    }
}

/* All the levels of the place and what binds them to each other. */
static void put_chain(struct builder *b, const struct place *place)
{
    put_from(b, place);
    SQL(b, " WHERE ");
    for (size_t i = place->count; i-- > 0;) {
        if (i + 1 < place->count)
            SQL(b, " AND ");
        put_ancestor_key(b, place, i);
        if (i + 1 < place->count)
            put_link(b, place, i, "a");
    }
}

void builder_place(struct builder *b, const struct relation *relation, const struct place *place)
{
    const struct ancestor *parent = place_parent(place);
    bool settled = place_settles(parent);
    if (settled) {
        /* The foreign key itself says it: an index on it is all that is needed. */
        for (size_t i = 0; i < parent->link->column_count; i++) {
            if (i)
                SQL(b, " AND ");
            builder_column(b, relation, (size_t)parent->link->columns[i]);
            SQL(b, " = ");
            builder_param(b, parent->values[i]);
        }
        if (place->count == 1)
            return;
        SQL(b, " AND ");
    }
    SQL(b, "EXISTS (SELECT 1 FROM ");
    put_chain(b, place);
    put_link(b, place, place->count - 1, "t");
    SQL(b, ")");
}

void builder_place_exists(struct builder *b, const struct place *place)
{
    SQL(b, "EXISTS (SELECT 1 FROM ");
    put_chain(b, place);
    SQL(b, ")");
}

void builder_place_value(struct builder *b, const struct place *place, size_t column)
{
    const struct link *link = place_parent(place)->link;
    for (size_t i = 0; i < link->column_count; i++) {
        if (link->columns[i] != (int)column)
            continue;
        SQL(b, "(SELECT ");
        put_alias_column(b, "a", place->count - 1, link->parent, link->parent_columns[i]);
        SQL(b, " FROM ");
        put_chain(b, place);
        SQL(b, ")");
        return;
    }
}

struct statement *sql_in_place(struct arena *arena, const struct statement *list, const struct place *place)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT q.*, p.there FROM (SELECT ");
    for (size_t i = 0; i < list->count; i++)
        builder_keep(&b, list, i); /* the list's parameters keep their numbers */
    builder_place_exists(&b, place);
    SQL(&b, ") AS p (there) LEFT JOIN (SELECT l.*, true FROM (");
    buf_put(&b.text, list->text);
    SQL(&b, ") AS l) AS q ON true");
    return builder_done(&b, false);
}
