#include "midair/catalog/reading.h"

#include "midair/base/text.h"

#include "sql_read_relations.h"

struct statement introspect_statement(struct arena *arena, const char *sql, const char *value)
{
    struct statement statement = {.text = slice_of(sql)};
    statement.hash = map_hash(statement.text);
    const char **values = ARENA_ARRAY(arena, const char *, 1);
    int *lengths = ARENA_ARRAY(arena, int, 1);
    values[0] = value;
    lengths[0] = value ? (int)strlen(value) : 0;
    statement.values = values;
    statement.lengths = lengths;
    statement.count = value ? 1 : 0;
    return statement;
}

struct err *introspect_ask(struct reading *reading, const char *sql, const char *value, struct rows *rows)
{
    struct statement statement = introspect_statement(reading->scratch, sql, value);
    return lease_run(reading->lease, reading->scratch, &statement, reading->deadline, rows);
}

bool cell_bool(const struct rows *rows, size_t row, size_t column)
{
    return slice_eq(rows_cell(rows, row, column), SLICE("t"));
}

uint32_t cell_oid(const struct rows *rows, size_t row, size_t column)
{
    uint64_t value = 0;
    text_u64(rows_cell(rows, row, column), &value);
    return (uint32_t)value;
}

/* One element from *at on, unescaped to `out`; *at is then behind the comma or the brace that ends it. */
static size_t array_element(struct slice text, size_t *at, char *out)
{
    size_t len = 0, i = *at;
    bool quoted = text.at[i] == '"';
    for (i += quoted; i < text.len; i++) {
        char c = text.at[i];
        if (quoted ? c == '"' : c == ',' || c == '}')
            break;
        if (c == '\\' && i + 1 < text.len)
            c = text.at[++i];
        out[len++] = c;
    }
    *at = i + quoted + 1;
    out[len] = '\0';
    return len;
}

struct slice *introspect_array(struct arena *arena, struct slice text, size_t *count)
{
    *count = 0;
    if (text.len <= 2)
        return NULL;
    size_t most = 1;
    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == ',';
    struct slice *list = ARENA_ARRAY(arena, struct slice, most);
    char *out = arena_alloc(arena, text.len + 1);
    for (size_t at = 1; at < text.len;) {
        size_t len = array_element(text, &at, out);
        list[(*count)++] = slice_make(out, len);
        out += len + 1;
    }
    return list;
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

/* Trigger arguments as they are stored: texts that end in a NUL byte each, in hexadecimal. */
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
    relation->oid = cell_oid(rows, row, 0);
    relation->schema = arena_copy(arena, rows_cell(rows, row, 1));
    relation->name = arena_copy(arena, rows_cell(rows, row, 2));
    relation->kind = relation_kind_of(rows_cell(rows, row, 3));
    relation->comment = arena_copy(arena, rows_cell(rows, row, 4));
    relation->row_security = cell_bool(rows, row, 5);
    relation->can_select = cell_bool(rows, row, 6);
    relation->can_insert = cell_bool(rows, row, 7);
    relation->can_update = cell_bool(rows, row, 8);
    relation->can_delete = cell_bool(rows, row, 9);
    relation->foreign_triggers = cell_bool(rows, row, 10);
    relation->rewritten = cell_bool(rows, row, 16);
    relation->vetoed = cell_bool(rows, row, 17);
    relation->simple = cell_bool(rows, row, 18);
    relation->lockable = cell_bool(rows, row, 19);
    facts->stamp_insert = cell_bool(rows, row, 11);
    facts->stamp_update = cell_bool(rows, row, 12);
    read_stamp_arguments(arena, rows_cell(rows, row, 13), facts);
    facts->base_oid = cell_oid(rows, row, 14);
    facts->base_columns = introspect_array(reading->scratch, rows_cell(rows, row, 15), &facts->base_column_count);
}

struct err *introspect_relations(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    TRY(introspect_ask(reading, sql_read_relations, reading->schemas, &rows));
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
