/* Statements that write rows, and those that find rows by many keys.
 *
 * A conditional write is one statement with the guard in its WHERE clause. Under READ COMMITTED PostgreSQL evaluates
 * the clause again on the newest version of a row that was changed concurrently, so no write passes a precondition
 * that has ceased to hold. Under REPEATABLE READ such a write fails with 40001. */
#include "builder.h"

#include "midair/base/text.h"

/* Appends the columns of an INSERT, `"a", "b", "created", …`, with the stamps at the end. */
void builder_insert_columns(struct builder *b, const struct relation *relation, const size_t *columns, size_t count)
{
    SQL(b, " (");
    for (size_t i = 0; i < count; i++) {
        if (i)
            SQL(b, ", ");
        builder_ident(b, relation->columns[columns[i]].name);
    }
    if (builder_stamps(relation)) {
        const int stamps[] = {relation->stamp.created, relation->stamp.modified, relation->stamp.version};
        for (size_t i = 0; i < 3; i++) {
            if (i || count)
                SQL(b, ", ");
            builder_ident(b, relation->columns[stamps[i]].name);
        }
    }
    SQL(b, ")");
}

/* Appends the values of a new row's stamps, as midair's trigger would set them: created and modified are the
 * statement's time, version is 1. */
void builder_first_stamps(struct builder *b, bool first)
{
    if (!first)
        SQL(b, ", ");
    SQL(b, "pg_catalog.statement_timestamp(), pg_catalog.statement_timestamp(), 1");
}

void builder_insert(struct builder *b, const struct relation *relation)
{
    b->inserts = true;
    SQL(b, "INSERT INTO ");
    buf_put(&b->text, relation->ident);
    SQL(b, " AS t");
}

/* Appends an INSERT of one row. `names_key`: the changes contain the key. */
static void put_row(struct builder *b, const struct relation *relation, const struct changes *changes, bool names_key)
{
    size_t *columns = ARENA_ARRAY(b->text.arena, size_t, changes->count);
    builder_insert(b, relation);
    if (changes->count == 0 && !builder_stamps(relation)) {
        SQL(b, " DEFAULT VALUES");
        return;
    }
    for (size_t i = 0; i < changes->count; i++)
        columns[i] = changes->items[i].column;
    builder_insert_columns(b, relation, columns, changes->count);
    if (names_key && relation->key.chosen && builder_sets_identity(relation, columns, changes->count))
        SQL(b, " OVERRIDING SYSTEM VALUE");
    bool checks = builder_selects_parent_path(relation, changes->parent_path);
    buf_z(&b->text, checks ? " SELECT " : " VALUES (");
    for (size_t i = 0; i < changes->count; i++) {
        if (i)
            SQL(b, ", ");
        if (changes->items[i].op == CHANGE_PARENT_PATH)
            builder_parent_path_value(b, changes->parent_path, changes->items[i].column);
        else
            builder_value(b, relation, &changes->items[i]);
    }
    if (builder_stamps(relation))
        builder_first_stamps(b, changes->count == 0);
    if (!checks) {
        SQL(b, ")");
        return;
    }
    SQL(b, " WHERE ");
    builder_parent_path_exists(b, changes->parent_path);
}

struct statement *sql_insert(struct arena *arena, const struct layout *layout, const struct changes *changes,
                             enum conflict conflict, bool names_key)
{
    struct builder b = builder_new(arena);
    builder_write(&b, layout);
    put_row(&b, layout->relation, changes, names_key);
    if (conflict == CONFLICT_NOTHING) {
        builder_arbiter(&b, layout->relation, &layout->relation->key);
        SQL(&b, " DO NOTHING");
    }
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

struct statement *sql_upsert(struct arena *arena, const struct layout *layout, const struct changes *insert,
                             const struct changes *replace)
{
    struct builder b = builder_new(arena);
    builder_write(&b, layout);
    put_row(&b, layout->relation, insert, true);
    builder_arbiter(&b, layout->relation, &layout->relation->key);
    SQL(&b, " DO UPDATE SET ");
    builder_set(&b, layout->relation, replace);
    builder_returning(&b, layout, "t.xmax OPERATOR(pg_catalog.=) 0");
    return builder_done(&b, true);
}

/* Appends `UPDATE … AS t SET …`. */
static void put_update(struct builder *b, const struct layout *layout, const struct changes *changes)
{
    SQL(b, "UPDATE ");
    buf_put(&b->text, layout->relation->ident);
    SQL(b, " AS t SET ");
    builder_set(b, layout->relation, changes);
}

static struct builder begin_update(struct arena *arena, const struct layout *layout, const struct changes *changes)
{
    struct builder b = builder_new(arena);
    builder_write(&b, layout);
    put_update(&b, layout, changes);
    return b;
}

/* Begins `DELETE FROM … AS t`. */
static struct builder begin_delete(struct arena *arena, const struct layout *layout, const struct relation *relation)
{
    struct builder b = builder_new(arena);
    builder_write(&b, layout);
    SQL(&b, "DELETE FROM ");
    buf_put(&b.text, relation->ident);
    SQL(&b, " AS t");
    return b;
}

struct statement *sql_update_item(struct arena *arena, const struct layout *layout, const struct slice *keys,
                                  const struct guard *guard, const struct changes *changes)
{
    struct builder b = builder_new(arena);
    size_t parents = guard ? builder_new_parents(&b, layout->relation, keys, guard, changes) : 0;
    builder_write_behind(&b, layout, parents);
    put_update(&b, layout, changes);
    SQL(&b, " WHERE ");
    builder_key(&b, layout->relation, keys);
    builder_guard(&b, layout->relation, guard);
    builder_after_parents(&b, parents);
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

struct statement *sql_delete_item(struct arena *arena, const struct layout *layout, const struct relation *relation,
                                  const struct slice *keys, const struct guard *guard)
{
    struct builder b = begin_delete(arena, layout, relation);
    SQL(&b, " WHERE ");
    builder_key(&b, relation, keys);
    builder_guard(&b, relation, guard);
    if (layout)
        builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

/* The values of one key column in all `rows`, as the text of an array. */
static struct slice key_array(struct arena *arena, struct slice *const *keys, size_t rows, size_t part)
{
    struct slice *parts = ARENA_ARRAY(arena, struct slice, rows);
    for (size_t i = 0; i < rows; i++)
        parts[i] = keys[i][part];
    return text_array(arena, parts, rows);
}

/* Whether elements are passed as texts: unnest() would flatten an array of arrays and split an array of rows into
 * columns. */
static bool travels_as_text(const struct column *column)
{
    return column->form == FORM_TO_JSON;
}

/* Appends `unnest($1::integer[], …) AS k (k0, …)` and the join on it. With `ordered`, k has the position of each key
 * too. */
void builder_keys(struct builder *b, const struct relation *relation, struct slice *const *keys, size_t rows,
                  bool ordered)
{
    const struct key *key = &relation->key;
    SQL(b, "ROWS FROM (");
    for (size_t i = 0; i < key->column_count; i++) {
        const struct column *column = &relation->columns[key->columns[i]];
        if (i)
            SQL(b, ", ");
        SQL(b, "pg_catalog.unnest(");
        builder_param(b, key_array(b->text.arena, keys, rows, i));
        SQL(b, "::");
        buf_put(&b->text, travels_as_text(column) ? SLICE("pg_catalog.text") : column->type);
        SQL(b, "[])");
    }
    buf_z(&b->text, ordered ? ") WITH ORDINALITY AS k (" : ") AS k (");
    for (size_t i = 0; i < key->column_count; i++)
        buf_printf(&b->text, i ? ", k%zu" : "k%zu", i);
    buf_z(&b->text, ordered ? ", midair_order) WHERE " : ") WHERE ");
    for (size_t i = 0; i < key->column_count; i++) {
        const struct column *column = &relation->columns[key->columns[i]];
        if (i)
            SQL(b, " AND ");
        builder_column(b, relation, (size_t)key->columns[i]);
        builder_equals(b, column);
        buf_printf(&b->text, "k.k%zu", i);
        if (travels_as_text(column)) {
            SQL(b, "::");
            buf_put(&b->text, column->type);
        }
    }
}

struct statement *sql_select_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT ");
    builder_fetches(&b, layout);
    SQL(&b, " FROM ");
    buf_put(&b.text, layout->relation->ident);
    SQL(&b, " AS t");
    if (layout->query)
        builder_joins(&b, layout->query, JOINS_SHOWN);
    SQL(&b, " CROSS JOIN ");
    builder_keys(&b, layout->relation, keys, rows, true);
    SQL(&b, " ORDER BY k.midair_order");
    return builder_done(&b, false);
}

struct statement *sql_update_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows, const struct changes *changes)
{
    struct builder b = begin_update(arena, layout, changes);
    SQL(&b, " FROM ");
    builder_keys(&b, layout->relation, keys, rows, false);
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

struct statement *sql_update_where(struct arena *arena, const struct layout *layout, const struct changes *changes,
                                   const struct query *query)
{
    struct builder b = begin_update(arena, layout, changes);
    builder_filters(&b, layout->relation, query);
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

struct statement *sql_delete_where(struct arena *arena, const struct layout *layout, const struct query *query)
{
    struct builder b = begin_delete(arena, layout, layout->relation);
    builder_filters(&b, layout->relation, query);
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

struct statement *sql_delete_rows(struct arena *arena, const struct layout *layout, struct slice *const *keys,
                                  size_t rows)
{
    struct builder b = begin_delete(arena, layout, layout->relation);
    SQL(&b, " USING ");
    builder_keys(&b, layout->relation, keys, rows, false);
    builder_returning(&b, layout, NULL);
    return builder_done(&b, true);
}

/* Appends ` JOIN child AS c1 ON c1."order_id" = t."id"`. */
static void put_child(struct builder *b, const struct link *link, size_t level)
{
    SQL(b, " JOIN ");
    buf_put(&b->text, link->child->ident);
    buf_printf(&b->text, " AS c%zu ON ", level);
    for (size_t i = 0; i < link->column_count; i++) {
        if (i)
            SQL(b, " AND ");
        buf_printf(&b->text, "c%zu.", level);
        builder_ident(b, link->child->columns[link->columns[i]].name);
        builder_equals(b, &link->parent->columns[link->parent_columns[i]]);
        if (level)
            buf_printf(&b->text, "c%zu.", level - 1);
        else
            SQL(b, "t.");
        builder_ident(b, link->parent->columns[link->parent_columns[i]].name);
    }
}

struct statement *sql_count_children(struct arena *arena, const struct relation *relation, struct slice *const *keys,
                                     size_t rows, const struct cascade *chain)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT pg_catalog.count(*) FROM ");
    buf_put(&b.text, relation->ident);
    SQL(&b, " AS t");
    for (size_t i = 0; i < chain->depth; i++)
        put_child(&b, chain->links[i], i);
    SQL(&b, " CROSS JOIN ");
    builder_keys(&b, relation, keys, rows, false);
    return builder_done(&b, false);
}
