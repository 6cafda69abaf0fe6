/* INSERT of many rows.
 *
 * Rows that set the same columns are a batch, and take one INSERT from a JSON document. Several batches are CTEs of one
 * statement. PostgreSQL checks foreign keys when the whole statement is done, so a row may refer to any other row of
 * the array. */
#include "builder.h"

#include "midair/base/text.h"

bool builder_selects_parent_path(const struct relation *relation, const struct parent_path *parent_path)
{
    return parent_path &&
           (parent_path->count > 1 || relation->diverted || !parent_path_resolves(parent_path_parent(parent_path)));
}

bool builder_sets_identity(const struct relation *relation, const size_t *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (relation->columns[columns[i]].identity_always)
            return true;
    return false;
}

void builder_arbiter(struct builder *b, const struct relation *relation, const struct key *target)
{
    SQL(b, " ON CONFLICT (");
    for (size_t i = 0; i < target->column_count; i++) {
        if (i)
            SQL(b, ", ");
        builder_ident(b, relation->columns[target->columns[i]].name);
    }
    SQL(b, ")");
}

static bool is_target(const struct key *target, size_t column)
{
    for (size_t i = 0; i < target->column_count; i++)
        if ((size_t)target->columns[i] == column)
            return true;
    return false;
}

/* Appends `"a" = EXCLUDED."a", …` for those of the columns that are not in the target. `n` assignments come before;
 * returns how many there are now. */
static size_t put_excluded(struct builder *b, const struct relation *relation, const size_t *columns, size_t count,
                           const struct key *target, size_t n)
{
    for (size_t i = 0; i < count; i++) {
        struct slice name = relation->columns[columns[i]].name;
        if (is_target(target, columns[i]))
            continue;
        buf_z(&b->text, n++ ? ", " : " DO UPDATE SET ");
        builder_ident(b, name);
        SQL(b, " = EXCLUDED.");
        builder_ident(b, name);
    }
    return n;
}

/* Appends the assignments for the columns of the batch, and the stamps. A column that is not inserted has its default
 * in EXCLUDED. */
static void put_merged(struct builder *b, const struct relation *relation, const struct batch *batch,
                       const struct key *target)
{
    size_t n = put_excluded(b, relation, batch->columns, batch->column_count, target, 0);
    n = put_excluded(b, relation, batch->defaulted, batch->defaulted_count, target, n);
    if (builder_stamps(relation)) {
        const struct changes none = {0};
        buf_z(&b->text, n++ ? ", " : " DO UPDATE SET ");
        builder_set(b, relation, &none);
    }
    if (n == 0) { /* an update that changes nothing, so that RETURNING has the row */
        struct slice name = relation->columns[target->columns[0]].name;
        SQL(b, " DO UPDATE SET ");
        builder_ident(b, name);
        SQL(b, " = EXCLUDED.");
        builder_ident(b, name);
    }
}

/* Appends the value of a column: that of the parent's path, or the row's own. */
static void put_value(struct builder *b, const struct relation *relation, const struct parent_path *parent_path,
                      size_t column)
{
    const struct slice *given = parent_path_value(parent_path, column);
    if (given && slice_present(*given)) {
        builder_param(b, *given);
    } else if (given) {
        builder_parent_path_value(b, parent_path, column);
    } else {
        SQL(b, "r.");
        builder_ident(b, relation->columns[column].name);
    }
}

static void put_rows(struct builder *b, const struct relation *relation, const struct batch *batch,
                     const struct parent_path *parent_path)
{
    SQL(b, " SELECT ");
    for (size_t i = 0; i < batch->column_count; i++) {
        if (i)
            SQL(b, ", ");
        put_value(b, relation, parent_path, batch->columns[i]);
    }
    if (builder_stamps(relation))
        builder_first_stamps(b, batch->column_count == 0);
    SQL(b, " FROM pg_catalog.json_populate_recordset(NULL::");
    buf_put(&b->text, relation->ident);
    SQL(b, ", ");
    builder_param(b, batch->document);
    SQL(b, "::pg_catalog.json) AS r");
    if (builder_selects_parent_path(relation, parent_path)) {
        SQL(b, " WHERE ");
        builder_parent_path_exists(b, parent_path);
    }
}

static void put_batch(struct builder *b, const struct relation *relation, const struct batch *batch,
                      const struct insert_rows *rows)
{
    bool all_defaults = batch->column_count == 0 && !builder_stamps(relation);
    builder_insert(b, relation);
    if (!all_defaults) /* `INSERT INTO t SELECT FROM …` gives each column its default */
        builder_insert_columns(b, relation, batch->columns, batch->column_count);
    if (rows->names_key && relation->key.chosen && builder_sets_identity(relation, batch->columns, batch->column_count))
        SQL(b, " OVERRIDING SYSTEM VALUE");
    put_rows(b, relation, batch, rows->parent_path);
    if (rows->duplicates == DUPLICATES_FAIL || all_defaults)
        return;
    builder_arbiter(b, relation, rows->target);
    if (rows->duplicates == DUPLICATES_MERGE)
        put_merged(b, relation, batch, rows->target);
    else
        SQL(b, " DO NOTHING");
}

/* The positions of a batch's rows, as the text of an array. */
static struct slice positions_of(struct arena *arena, const struct batch *batch)
{
    struct buf buf = buf_new(arena, 8 * batch->rows + 2);
    buf_byte(&buf, '{');
    for (size_t i = 0; i < batch->rows; i++) {
        if (i)
            buf_byte(&buf, ',');
        buf_u64(&buf, batch->positions[i]);
    }
    buf_byte(&buf, '}');
    return buf_slice(&buf);
}

struct statement *sql_insert_rows(struct arena *arena, const struct layout *layout, const struct insert_rows *rows)
{
    const struct relation *relation = layout->relation;
    const struct batches *batches = rows->batches;
    /* xmax is 0 only in a row that was inserted. Views and foreign tables have no xmax. */
    const char *created = rows->duplicates == DUPLICATES_FAIL ? NULL
                          : relation->kind == RELATION_TABLE  ? "t.xmax OPERATOR(pg_catalog.=) 0"
                                                              : "true";
    struct builder b = builder_new(arena);
    if (batches->count == 1) {
        builder_write(&b, layout);
        put_batch(&b, relation, &batches->items[0], rows);
        builder_returning(&b, layout, created);
        return builder_done(&b, true);
    }
    struct slice *positions = ARENA_ARRAY(arena, struct slice, batches->count);
    for (size_t i = 0; i < batches->count; i++) {
        builder_write_part(&b, layout, created, i);
        put_batch(&b, relation, &batches->items[i], rows);
        builder_returning_part(&b, layout, created);
        positions[i] = positions_of(arena, &batches->items[i]);
    }
    builder_select_parts(&b, layout, created, positions, batches->count);
    return builder_done(&b, true);
}

struct statement *sql_check_constraints(struct arena *arena)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SET CONSTRAINTS ALL IMMEDIATE");
    return builder_done(&b, false);
}
