/* INSERT … ON CONFLICT for many rows. */
#include "builder.h"

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

static void put_conflict(struct builder *b, const struct relation *relation, const struct batch *batch,
                         const struct key *target, bool merge)
{
    SQL(b, " ON CONFLICT (");
    for (size_t i = 0; i < target->column_count; i++) {
        if (i)
            SQL(b, ", ");
        builder_ident(b, relation->columns[target->columns[i]].name);
    }
    SQL(b, ")");
    if (merge)
        put_merged(b, relation, batch, target);
    else
        SQL(b, " DO NOTHING");
}

static void put_rows(struct builder *b, const struct relation *relation, const struct batch *batch)
{
    SQL(b, " SELECT ");
    for (size_t i = 0; i < batch->column_count; i++) {
        if (i)
            SQL(b, ", ");
        SQL(b, "r.");
        builder_ident(b, relation->columns[batch->columns[i]].name);
    }
    if (builder_stamps(relation))
        builder_first_stamps(b, batch->column_count == 0);
    SQL(b, " FROM pg_catalog.json_populate_recordset(NULL::");
    buf_put(&b->text, relation->ident);
    SQL(b, ", ");
    builder_param(b, batch->document);
    SQL(b, "::pg_catalog.json) AS r");
}

static bool names_always_identity(const struct relation *relation, const struct batch *batch)
{
    for (size_t i = 0; i < batch->column_count; i++)
        if (relation->columns[batch->columns[i]].identity_always)
            return true;
    return false;
}

struct statement *sql_upsert_many(struct arena *arena, const struct layout *layout, const struct batch *batch,
                                  const struct key *target, bool merge)
{
    const struct relation *relation = layout->relation;
    struct builder b = builder_new(arena);
    builder_write(&b, layout);
    builder_insert(&b, relation);
    builder_insert_columns(&b, relation, batch->columns, batch->column_count);
    if (names_always_identity(relation, batch))
        SQL(&b, " OVERRIDING SYSTEM VALUE"); /* the client chooses the key, as with PUT */
    put_rows(&b, relation, batch);
    put_conflict(&b, relation, batch, target, merge);
    /* xmax is 0 only in a row that was inserted. Views and foreign tables have no xmax. */
    builder_returning(&b, layout, relation->kind == RELATION_TABLE ? "t.xmax OPERATOR(pg_catalog.=) 0" : "true");
    return builder_done(&b, true);
}

struct statement *sql_check_constraints(struct arena *arena)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SET CONSTRAINTS ALL IMMEDIATE");
    return builder_done(&b, false);
}
