#include "reading.h"

#include "midair/base/text.h"

#include <assert.h>

#include "sql_read_relations.h"
#include "sql_read_shapes.h"

struct err *reading_run(struct reading *reading, const char *sql, const char *value, struct rows *rows)
{
    struct statement statement = catalog_statement(reading->scratch, sql, &value, value ? 1 : 0);
    return lease_run(reading->lease, reading->scratch, &statement, reading->deadline, rows);
}

static enum relation_kind relation_kind_of(struct slice relkind)
{
    switch (relkind.len ? relkind.at[0] : 'r') {
    case 'p':
        return RELATION_PARTITIONED;
    case 'v':
        return RELATION_VIEW;
    case 'm':
        return RELATION_MATVIEW;
    case 'f':
        return RELATION_FOREIGN;
    default:
        return RELATION_TABLE;
    }
}

/* Reads trigger arguments as pg_trigger.tgargs stores them, in hexadecimal: each text ends in a NUL byte. */
static void read_stamp_arguments(struct arena *arena, struct slice hex, struct relation_facts *facts)
{
    size_t size = hex.len / 2;
    unsigned char *bytes = arena_alloc(arena, size + 1);
    if (!slice_present(hex) || !text_unhex(hex, bytes, size))
        return;
    struct slice rest = slice_make((const char *)bytes, size);
    struct slice *const names[] = {&facts->created, &facts->modified, &facts->version};
    for (size_t i = 0; i < 3; i++)
        if (!slice_cut(rest, '\0', names[i], &rest))
            *names[i] = SLICE_ABSENT;
}

static void read_relation(struct reading *reading, const struct rows *rows, size_t row)
{
    struct arena *arena = reading->catalog->arena;
    struct relation_facts *facts = &reading->facts.relations[row];
    struct relation *relation = facts->relation = ARENA_NEW(arena, struct relation);
    relation->oid = rows_u32(rows, row, 0);
    relation->schema = arena_copy(arena, rows_cell(rows, row, 1));
    relation->name = arena_copy(arena, rows_cell(rows, row, 2));
    relation->kind = relation_kind_of(rows_cell(rows, row, 3));
    relation->comment = arena_copy(arena, rows_cell(rows, row, 4));
    relation->row_security = rows_bool(rows, row, 5);
    relation->can_select = rows_bool(rows, row, 6);
    relation->can_insert = rows_bool(rows, row, 7);
    relation->can_update = rows_bool(rows, row, 8);
    relation->can_delete = rows_bool(rows, row, 9);
    relation->foreign_triggers = rows_bool(rows, row, 10);
    relation->rewritten = rows_bool(rows, row, 16);
    relation->vetoed = rows_bool(rows, row, 17);
    relation->simple = rows_bool(rows, row, 18);
    relation->lockable = rows_bool(rows, row, 19);
    relation->revised = rows_bool(rows, row, 20);
    relation->inherited = rows_bool(rows, row, 21);
    relation->diverted = rows_bool(rows, row, 22);
    relation->takes_insert = rows_bool(rows, row, 24);
    relation->takes_update = rows_bool(rows, row, 25);
    relation->takes_delete = rows_bool(rows, row, 26);
    facts->stamp_insert = rows_bool(rows, row, 11);
    facts->stamp_update = rows_bool(rows, row, 12);
    facts->stamp_old = rows_bool(rows, row, 23);
    read_stamp_arguments(arena, rows_cell(rows, row, 13), facts);
    facts->base_oid = rows_u32(rows, row, 14);
    facts->base_columns = text_array_read(reading->scratch, rows_cell(rows, row, 15), &facts->base_column_count);
}

struct err *read_relations(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_relations, reading->schemas, &rows));
    reading->facts.relation_count = rows.row_count;
    reading->facts.relations = ARENA_ARRAY(reading->scratch, struct relation_facts, rows.row_count);
    struct buf oids = buf_new(reading->scratch, 8 * rows.row_count + 4);
    for (size_t i = 0; i < rows.row_count; i++) {
        read_relation(reading, &rows, i);
        buf_byte(&oids, i ? ',' : '{');
        buf_put(&oids, rows_cell(&rows, i, 0));
    }
    buf_z(&oids, rows.row_count ? "}" : "{}");
    buf_byte(&oids, '\0');
    reading->oids = oids.at;
    return NULL;
}

struct err *read_shapes(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_shapes, reading->oids, &rows));
    for (size_t i = 0; i < rows.row_count; i++) {
        struct relation_facts *facts = catalog_facts_relation(&reading->facts, rows_u32(&rows, i, 0));
        assert(facts);
        facts->shape = arena_copy(reading->scratch, rows_cell(&rows, i, 1));
    }
    return NULL;
}
