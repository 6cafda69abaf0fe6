#include "reading.h"

#include "midair/base/text.h"

#include <stdlib.h>

#include "sql_read_columns.h"
#include "sql_read_keys.h"
#include "sql_read_links.h"

/* The types whose JSON form or canonical spelling midair knows; the values of all others are JSON strings. The OIDs of
 * built-in types never change (pg_type.dat). */
static const struct {
    uint32_t oid;
    enum type_form form;
    enum type_canon canon;
} known_types[] = {
    {16, FORM_BOOL, CANON_BOOL},     {20, FORM_NUMBER, CANON_INT8},      {21, FORM_NUMBER, CANON_INT2},
    {23, FORM_NUMBER, CANON_INT4},   {25, FORM_STRING, CANON_TEXT},      {114, FORM_JSON, CANON_NONE},
    {700, FORM_NUMBER, CANON_NONE},  {701, FORM_NUMBER, CANON_NONE},     {1043, FORM_STRING, CANON_TEXT},
    {1082, FORM_DATE, CANON_NONE},   {1114, FORM_TIMESTAMP, CANON_NONE}, {1184, FORM_TIMESTAMPTZ, CANON_NONE},
    {1700, FORM_NUMBER, CANON_NONE}, {2950, FORM_STRING, CANON_UUID},    {3802, FORM_JSON, CANON_NONE},
};

void column_set_form(struct column *column)
{
    column->form = FORM_STRING;
    column->is_jsonb = column->type_oid == OID_JSONB;
    for (size_t i = 0; i < sizeof(known_types) / sizeof(known_types[0]); i++)
        if (known_types[i].oid == column->type_oid)
            column->form = known_types[i].form;
}

static void read_type(struct column *column, const struct rows *rows, size_t row)
{
    struct slice kind = rows_cell(rows, row, 5);
    column->is_array = rows_bool(rows, row, 6);
    column->is_jsonb = column->type_oid == OID_JSONB;
    if (column->is_array || rows_bool(rows, row, 7) || slice_eq(kind, SLICE("c"))) {
        column->form = FORM_TO_JSON;
        return;
    }
    column->form = FORM_STRING;
    for (size_t i = 0; i < sizeof(known_types) / sizeof(known_types[0]); i++) {
        if (known_types[i].oid == column->type_oid) {
            column->form = known_types[i].form;
            column->canon = known_types[i].canon;
        }
    }
    /* Under a nondeterministic collation texts with different bytes may be equal. */
    if (column->canon == CANON_TEXT && !rows_bool(rows, row, 8))
        column->canon = CANON_NONE;
}

static struct column read_column(struct arena *arena, const struct rows *rows, size_t row)
{
    struct column column = {
        .name = arena_copy(arena, rows_cell(rows, row, 2)),
        .type = arena_copy(arena, rows_cell(rows, row, 3)),
        .type_oid = rows_u32(rows, row, 4),
        .not_null = rows_bool(rows, row, 9),
        .has_default = rows_bool(rows, row, 10),
        .identity_always = rows_bool(rows, row, 11),
        .generated = rows_bool(rows, row, 12),
        .can_select = rows_bool(rows, row, 13),
        .can_insert = rows_bool(rows, row, 14),
        .can_update = rows_bool(rows, row, 15),
        .default_text = arena_copy(arena, rows_cell(rows, row, 16)),
        .comment = arena_copy(arena, rows_cell(rows, row, 17)),
        .equals = arena_copy(arena, rows_cell(rows, row, 19)),
        .needs_cast = rows_bool(rows, row, 20),
    };
    column.enum_values = text_array_read(arena, rows_cell(rows, row, 18), &column.enum_count);
    column.attributes = text_array_read(arena, rows_cell(rows, row, 21), &column.attribute_count);
    read_type(&column, rows, row);
    return column;
}

/* Returns the number of consecutive rows that have the same OID in `column` as *row, and moves *row behind them. */
static size_t rows_of_one(const struct rows *rows, size_t *row, size_t column)
{
    size_t first = *row;
    uint32_t oid = rows_u32(rows, first, column);
    while (*row < rows->row_count && rows_u32(rows, *row, column) == oid)
        ++*row;
    return *row - first;
}

/* Column numbers (attnum) have gaps where columns were dropped, so each relation keeps the number of each column in
 * `numbers`, by index. */
struct err *read_columns(struct reading *reading)
{
    struct arena *arena = reading->catalog->arena;
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_columns, reading->oids, &rows));
    for (size_t row = 0; row < rows.row_count;) {
        size_t first = row, count = rows_of_one(&rows, &row, 0);
        struct relation_facts *facts = catalog_facts_relation(&reading->facts, rows_u32(&rows, first, 0));
        if (!facts)
            continue;
        facts->relation->column_count = count;
        facts->relation->columns = ARENA_ARRAY(arena, struct column, count);
        facts->numbers = ARENA_ARRAY(reading->scratch, int, count);
        for (size_t i = 0; i < count; i++) {
            facts->relation->columns[i] = read_column(arena, &rows, first + i);
            facts->numbers[i] = (int)rows_u32(&rows, first + i, 1);
        }
    }
    return NULL;
}

static int index_of_number(const struct relation_facts *facts, int number)
{
    for (size_t i = 0; i < facts->relation->column_count; i++)
        if (facts->numbers[i] == number)
            return (int)i;
    return -1;
}

/* Converts the column numbers in `column` of these rows to column indexes. */
static int *read_indexes(struct arena *arena, const struct relation_facts *facts, const struct rows *rows, size_t first,
                         size_t count, size_t column)
{
    int *indexes = ARENA_ARRAY(arena, int, count);
    for (size_t i = 0; i < count; i++)
        indexes[i] = index_of_number(facts, (int)rows_u32(rows, first + i, column));
    return indexes;
}

static void add_unique(struct arena *arena, struct relation *relation, struct key key)
{
    size_t size = relation->unique_count * sizeof(struct key);
    relation->uniques = arena_grow(arena, relation->uniques, size, size + sizeof(struct key));
    relation->uniques[relation->unique_count++] = key;
}

struct err *read_keys(struct reading *reading)
{
    struct arena *arena = reading->catalog->arena;
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_keys, reading->oids, &rows));
    for (size_t row = 0; row < rows.row_count;) {
        size_t first = row, count = rows_of_one(&rows, &row, 1);
        struct relation_facts *facts = catalog_facts_relation(&reading->facts, rows_u32(&rows, first, 0));
        if (!facts)
            continue;
        struct key key = {.name = arena_copy(arena, rows_cell(&rows, first, 2)),
                          .column_count = count,
                          .arbiter = rows_bool(&rows, first, 5)};
        key.columns = read_indexes(arena, facts, &rows, first, count, 4);
        if (rows_bool(&rows, first, 3))
            facts->primary = key;
        else
            add_unique(arena, facts->relation, key);
    }
    return NULL;
}

static enum link_action action_of(struct slice letter)
{
    switch (letter.len ? letter.at[0] : 'a') {
    case 'r':
        return ACTION_RESTRICT;
    case 'c':
        return ACTION_CASCADE;
    case 'n':
        return ACTION_SET_NULL;
    case 'd':
        return ACTION_SET_DEFAULT;
    default:
        return ACTION_NONE;
    }
}

/* The triggers on insert, update and delete. A link counts as touching only if all of them are enabled. */
enum { TOUCH_EVENTS = 3 };

static void read_link(struct reading *reading, const struct rows *rows, size_t first, size_t count)
{
    struct arena *arena = reading->catalog->arena;
    struct link_facts *link = &reading->facts.links[reading->facts.link_count];
    link->child_oid = rows_u32(rows, first, 2);
    link->parent_oid = rows_u32(rows, first, 3);
    const struct relation_facts *child = catalog_facts_relation(&reading->facts, link->child_oid);
    const struct relation_facts *parent = catalog_facts_relation(&reading->facts, link->parent_oid);
    if (!child || !parent)
        return;
    link->link = (struct link){
        .name = arena_copy(arena, rows_cell(rows, first, 1)),
        .columns = read_indexes(arena, child, rows, first, count, 6),
        .parent_columns = read_indexes(arena, parent, rows, first, count, 7),
        .column_count = count,
        .on_delete = action_of(rows_cell(rows, first, 4)),
        .on_update = action_of(rows_cell(rows, first, 5)),
        .touch = rows_u32(rows, first, 8) == TOUCH_EVENTS,
    };
    link->touch_broken = !link->link.touch && rows_u32(rows, first, 8) > 0;
    reading->facts.link_count++;
}

struct err *read_links(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_links, reading->oids, &rows));
    reading->facts.links = ARENA_ARRAY(reading->scratch, struct link_facts, rows.row_count);
    for (size_t row = 0; row < rows.row_count;) {
        size_t first = row, count = rows_of_one(&rows, &row, 0);
        read_link(reading, &rows, first, count);
    }
    return NULL;
}
