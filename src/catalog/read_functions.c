#include "reading.h"

#include "midair/base/text.h"
#include "midair/catalog/name.h"

#include "sql_read_functions.h"
#include "sql_read_media.h"

static struct slice *copied_array(struct arena *arena, const struct rows *rows, size_t row, size_t column,
                                  size_t *count)
{
    return text_array_read(arena, rows_cell(rows, row, column), count);
}

static uint32_t oid_of(struct slice text)
{
    uint64_t oid = 0;
    text_u64(text, &oid);
    return (uint32_t)oid;
}

static void read_parameters(struct arena *arena, const struct rows *rows, size_t row, struct function *function)
{
    size_t count, defaults = rows_u32(rows, row, 6);
    struct slice *names = copied_array(arena, rows, row, 7, &count);
    struct slice *types = copied_array(arena, rows, row, 8, &count);
    struct slice *oids = copied_array(arena, rows, row, 9, &count);
    function->parameter_count = count;
    function->parameters = ARENA_ARRAY(arena, struct parameter, count);
    for (size_t i = 0; i < count; i++)
        function->parameters[i] = (struct parameter){
            .name = names[i], .type = types[i], .type_oid = oid_of(oids[i]), .has_default = i + defaults >= count};
}

static struct relation *read_result(struct arena *arena, const struct rows *rows, size_t row)
{
    size_t count;
    struct relation *result = ARENA_NEW(arena, struct relation);
    struct slice *names = copied_array(arena, rows, row, 12, &count);
    struct slice *types = copied_array(arena, rows, row, 13, &count);
    struct slice *oids = copied_array(arena, rows, row, 14, &count);
    struct slice *kinds = copied_array(arena, rows, row, 15, &count);
    result->columns = ARENA_ARRAY(arena, struct column, count);
    result->column_count = count;
    result->can_select = true;
    for (size_t i = 0; i < count; i++) {
        struct column *column = &result->columns[i];
        *column = (struct column){.name = names[i], .type = types[i], .type_oid = oid_of(oids[i]), .can_select = true};
        column_set_form(column);
        if (slice_eq(kinds[i], SLICE("j")))
            column->form = FORM_TO_JSON;
    }
    return result;
}

static enum volatility volatility_of(struct slice text)
{
    if (slice_eq(text, SLICE("i")))
        return VOLATILITY_IMMUTABLE;
    return slice_eq(text, SLICE("s")) ? VOLATILITY_STABLE : VOLATILITY_VOLATILE;
}

static enum isolation isolation_of(struct slice text)
{
    if (slice_eq(text, SLICE("serializable")))
        return ISOLATION_SERIALIZABLE;
    if (slice_eq(text, SLICE("repeatable read")))
        return ISOLATION_REPEATABLE;
    return ISOLATION_COMMITTED; /* PostgreSQL treats read uncommitted as read committed */
}

/* Reads the settings of a function that must be in force before the statement that calls it starts. PostgreSQL applies
 * them when the function is entered, which is too late for these. */
static void read_settings(struct arena *arena, struct slice config, struct function *function)
{
    size_t count;
    const struct slice *settings = text_array_read(arena, config, &count);
    for (size_t i = 0; i < count; i++) {
        struct slice name, value;
        if (!slice_cut(settings[i], '=', &name, &value))
            continue;
        if (slice_eq(name, SLICE("statement_timeout")))
            function->statement_timeout = value;
        else if (slice_eq(name, SLICE("default_transaction_isolation")))
            function->isolation = isolation_of(value);
    }
}

static void read_function(struct arena *arena, const struct rows *rows, size_t row, struct function *function)
{
    struct slice shape = rows_cell(rows, row, 10);
    *function = (struct function){.schema = arena_copy(arena, rows_cell(rows, row, 0)),
                                  .name = arena_copy(arena, rows_cell(rows, row, 1)),
                                  .comment = arena_copy(arena, rows_cell(rows, row, 2)),
                                  .volatility = volatility_of(rows_cell(rows, row, 3)),
                                  .returns_set = rows_bool(rows, row, 4),
                                  .variadic = rows_bool(rows, row, 5),
                                  .shape = RESULT_SCALAR,
                                  .relation_oid = rows_u32(rows, row, 11),
                                  .argument_oid = rows_u32(rows, row, 17),
                                  .returns_one = rows_bool(rows, row, 18),
                                  .media = arena_copy(arena, rows_cell(rows, row, 19))};
    read_parameters(arena, rows, row, function);
    read_settings(arena, rows_cell(rows, row, 16), function);
    if (slice_eq(shape, SLICE("void")))
        function->shape = RESULT_VOID;
    else if (slice_eq(shape, SLICE("row")))
        function->shape = RESULT_ROW;
    function->unnamed_record = slice_eq(shape, SLICE("record"));
    function->result = read_result(arena, rows, row);
}

static struct err *read_schemas(struct reading *reading, const char *schemas, struct function **out, size_t *count)
{
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_functions, schemas, &rows));
    *out = ARENA_ARRAY(reading->catalog->arena, struct function, rows.row_count);
    *count = rows.row_count;
    for (size_t i = 0; i < rows.row_count; i++)
        read_function(reading->catalog->arena, &rows, i, &(*out)[i]);
    return NULL;
}

struct err *read_functions(struct reading *reading)
{
    struct catalog *catalog = reading->catalog;
    struct catalog_facts *facts = &reading->facts;
    TRY(read_schemas(reading, reading->schemas, &catalog->functions, &catalog->function_count));
    if (!reading->path)
        return NULL;
    return read_schemas(reading, reading->path, &facts->row_functions, &facts->row_function_count);
}

struct err *read_media(struct reading *reading)
{
    struct catalog *catalog = reading->catalog;
    struct arena *arena = catalog->arena;
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_media, reading->schemas, &rows));
    catalog->makers.handlers = ARENA_ARRAY(arena, struct handler, rows.row_count);
    for (size_t i = 0; i < rows.row_count; i++) {
        struct slice ident = name_ident(arena, rows_cell(&rows, i, 0), rows_cell(&rows, i, 1));
        struct slice media = arena_copy(arena, rows_cell(&rows, i, 2));
        if (!slice_present(media)) {
            catalog->makers.feature_maker = ident;
            catalog->makers.geometry_oid = rows_u32(&rows, i, 3);
        } else if (!slice_starts(media, SLICE("application/vnd.pgrst."))) {
            catalog->makers.handlers[catalog->makers.handler_count++] = (struct handler){
                .media = media, .ident = ident, .relation_oid = rows_u32(&rows, i, 3), .bytes = rows_bool(&rows, i, 4)};
        }
    }
    return NULL;
}
