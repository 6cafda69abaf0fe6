/* Assignments: the right-hand sides of SET and VALUES, and the stamps. */
#include "builder.h"

bool builder_stamps(const struct relation *relation)
{
    return relation->stamp.kind == STAMP_VERSION && !relation->stamp.by_base && !relation->stamp.left;
}

/* Appends a value as the column's type reads it. Arrays and composites are given as JSON, which json_populate_record
 * reads. */
static void put_given(struct builder *b, const struct relation *relation, const struct change *change)
{
    if (!change->record) {
        builder_param(b, change->value);
        return;
    }
    SQL(b, "(pg_catalog.json_populate_record(NULL::");
    buf_put(&b->text, relation->ident);
    SQL(b, ", ");
    builder_param(b, change->value);
    SQL(b, "::pg_catalog.json)).");
    builder_ident(b, relation->columns[change->column].name);
}

/* Appends an expression of the column and the value: `before` column `between` value `after`. */
static void put_computed(struct builder *b, const struct relation *relation, const struct change *change,
                         const char *before, const char *between, const char *after)
{
    buf_z(&b->text, before);
    builder_column(b, relation, change->column);
    buf_z(&b->text, between);
    builder_param(b, change->value);
    buf_z(&b->text, after);
}

void builder_value(struct builder *b, const struct relation *relation, const struct change *change)
{
    bool json = relation->columns[change->column].form == FORM_JSON;
    switch (change->op) {
    case CHANGE_SET:
        put_given(b, relation, change);
        break;
    case CHANGE_DEFAULT:
        SQL(b, "DEFAULT");
        break;
    case CHANGE_INC:
        put_computed(b, relation, change, "COALESCE(", ", 0) OPERATOR(pg_catalog.+) ", "");
        break;
    case CHANGE_MUL:
        put_computed(b, relation, change, "COALESCE(", ", 0) OPERATOR(pg_catalog.*) ", "");
        break;
    case CHANGE_MIN:
        put_computed(b, relation, change, "LEAST(", ", ", ")");
        break;
    case CHANGE_MAX:
        put_computed(b, relation, change, "GREATEST(", ", ", ")");
        break;
    case CHANGE_PUSH:
        if (json)
            put_computed(b, relation, change, "COALESCE(",
                         ", '[]') OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_array(", "::pg_catalog.jsonb)");
        else
            put_computed(b, relation, change, "pg_catalog.array_append(", ", ", ")");
        break;
    case CHANGE_PULL:
        if (json)
            put_computed(b, relation, change,
                         "(SELECT COALESCE(pg_catalog.jsonb_agg(e), '[]') FROM pg_catalog.jsonb_array_elements(",
                         ") AS e WHERE e OPERATOR(pg_catalog.<>) ", "::pg_catalog.jsonb)");
        else
            put_computed(b, relation, change, "pg_catalog.array_remove(", ", ", ")");
        break;
    case CHANGE_NOW:
        SQL(b, "pg_catalog.clock_timestamp()");
        break;
    case CHANGE_TOGGLE:
        SQL(b, "NOT COALESCE(");
        builder_column(b, relation, change->column);
        SQL(b, ", false)");
        break;
    case CHANGE_PARENT_PATH: /* an existing row below the parent already has this foreign key */
        builder_column(b, relation, change->column);
        break;
    }
}

void builder_set(struct builder *b, const struct relation *relation, const struct changes *changes)
{
    const struct stamp *stamp = &relation->stamp;
    for (size_t i = 0; i < changes->count; i++) {
        if (i)
            SQL(b, ", ");
        builder_ident(b, relation->columns[changes->items[i].column].name);
        SQL(b, " = ");
        builder_value(b, relation, &changes->items[i]);
    }
    if (builder_stamps(relation)) {
        if (changes->count)
            SQL(b, ", ");
        builder_ident(b, relation->columns[stamp->version].name);
        SQL(b, " = ");
        builder_column(b, relation, (size_t)stamp->version);
        SQL(b, " OPERATOR(pg_catalog.+) 1, ");
        builder_ident(b, relation->columns[stamp->modified].name);
        SQL(b, " = GREATEST(pg_catalog.clock_timestamp(), ");
        builder_column(b, relation, (size_t)stamp->modified);
        SQL(b, " OPERATOR(pg_catalog.+) interval '1 microsecond')");
    } else if (changes->count == 0) {
        /* SET must have an assignment, so the first key column is set to itself. */
        builder_ident(b, relation->columns[relation->key.columns[0]].name);
        SQL(b, " = ");
        builder_column(b, relation, (size_t)relation->key.columns[0]);
    }
}
