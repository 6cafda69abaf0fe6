#include "reading.h"

#include "midair/base/text.h"
#include "midair/catalog/name.h"

#include "sql_read_creators.h"
#include "sql_read_mark.h"
#include "sql_read_path.h"
#include "sql_read_server.h"

struct statement catalog_statement(struct arena *arena, const char *sql, const char *const *values, size_t count)
{
    struct statement statement = {.text = slice_of(sql)};
    const char **copies = ARENA_ARRAY(arena, const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        copies[i] = values[i];
    statement.hash = map_hash(statement.text);
    statement.values = copies;
    statement.count = count;
    return statement;
}

static struct err *run(struct lease *lease, struct arena *scratch, const char *sql, int64_t deadline)
{
    ROWS_AUTO rows = {0};
    struct statement statement = catalog_statement(scratch, sql, NULL, 0);
    return lease_run(lease, scratch, &statement, deadline, &rows);
}

/* Returns the schemas to read: the exposed ones, then those that declarations name besides. */
static struct slice *all_schemas(struct arena *scratch, const struct catalog_options *options, size_t *count)
{
    struct slice *list = ARENA_ARRAY(scratch, struct slice, options->schema_count + 2 * options->resource_count);
    size_t used = 0;
    for (size_t i = 0; i < options->schema_count; i++)
        list[used++] = options->schemas[i];
    for (size_t i = 0; i < options->resource_count; i++) {
        struct name name;
        if (slice_present(options->resources[i].table) && name_parse(scratch, options->resources[i].table, &name) &&
            slice_present(name.schema.exact)) {
            list[used++] = name.schema.folded;
            if (!slice_eq(name.schema.folded, name.schema.exact))
                list[used++] = name.schema.exact;
        }
    }
    *count = used;
    return list;
}

static void note_schema(struct catalog *catalog, struct slice schema, bool there, bool usable)
{
    if (!there)
        findings_add(&catalog->findings, FINDING_ERROR, SLICE_ABSENT, "the schema \"%.*s\" does not exist",
                     SLICE_ARG(schema));
    else if (!usable)
        findings_add(&catalog->findings, FINDING_WARNING, SLICE_ABSENT,
                     "the role \"%.*s\" has no USAGE on the schema \"%.*s\": GRANT USAGE ON SCHEMA",
                     SLICE_ARG(catalog->user), SLICE_ARG(schema));
}

static struct err *read_server(struct reading *reading, const struct catalog_options *options)
{
    struct catalog *catalog = reading->catalog;
    const char *exposed = text_array(reading->scratch, options->schemas, options->schema_count).at;
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_server, exposed, &rows));
    if (rows.row_count == 0)
        return err_new(reading->scratch, ERR_INTERNAL, "no schema is exposed: set [database] schemas");
    int64_t version = 0;
    text_i64(rows_cell(&rows, 0, 0), &version);
    catalog->server_version = (int)version;
    catalog->database = arena_copy(catalog->arena, rows_cell(&rows, 0, 1));
    catalog->user = arena_copy(catalog->arena, rows_cell(&rows, 0, 2));
    catalog->incarnation = arena_copy(catalog->arena, rows_cell(&rows, 0, 7));
    catalog->schemas = ARENA_ARRAY(catalog->arena, struct exposed, rows.row_count);
    catalog->schema_count = rows.row_count;
    for (size_t i = 0; i < rows.row_count; i++) {
        catalog->schemas[i].name = arena_copy(catalog->arena, rows_cell(&rows, i, 3));
        catalog->schemas[i].comment = arena_copy(catalog->arena, rows_cell(&rows, i, 6));
    }
    for (size_t i = 0; i < rows.row_count; i++)
        note_schema(catalog, rows_cell(&rows, i, 3), rows_bool(&rows, i, 4), rows_bool(&rows, i, 5));
    if (catalog->server_version < 130000)
        findings_add(&catalog->findings, FINDING_ERROR, SLICE_ABSENT, "PostgreSQL 13 or later is needed, this is %d",
                     catalog->server_version / 10000);
    return NULL;
}

/* Reads the search_path of the session. Functions that take a row may also be in its schemas, as in PostgREST's
 * db-extra-search-path. */
static struct err *read_path(struct reading *reading, const struct catalog_options *options)
{
    const char *exposed = text_array(reading->scratch, options->schemas, options->schema_count).at;
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_path, exposed, &rows));
    if (rows.row_count && slice_present(rows_cell(&rows, 0, 0)))
        reading->path = arena_copy(reading->scratch, rows_cell(&rows, 0, 0)).at;
    if (rows.row_count) {
        reading->catalog->search_path = arena_copy(reading->catalog->arena, rows_cell(&rows, 0, 1));
        reading->catalog->search_first = arena_copy(reading->catalog->arena, rows_cell(&rows, 0, 2));
        reading->session_path = arena_copy(reading->scratch, rows_cell(&rows, 0, 3)).at;
    }
    return NULL;
}

/* Warns of schemas in the search_path in which other roles can create objects. midair qualifies every operator that it
 * can, but the database's own functions and policies may not. */
static struct err *read_creators(struct reading *reading)
{
    ROWS_AUTO rows = {0};
    TRY(reading_run(reading, sql_read_creators, reading->session_path, &rows));
    for (size_t i = 0; i < rows.row_count; i++)
        findings_add(
            &reading->catalog->findings, FINDING_WARNING, SLICE_ABSENT,
            "the schema \"%.*s\" is in the search_path, and others can create operators and functions in it that "
            "statements may then call: REVOKE CREATE ON SCHEMA from %.*s",
            SLICE_ARG(rows_cell(&rows, i, 0)), SLICE_ARG(rows_cell(&rows, i, 1)));
    return NULL;
}

struct err *catalog_mark(struct lease *lease, struct arena *arena, int64_t deadline, struct slice *mark)
{
    ROWS_AUTO rows = {0};
    struct statement statement = catalog_statement(arena, sql_read_mark, NULL, 0);
    TRY(lease_run(lease, arena, &statement, deadline, &rows));
    *mark = rows.row_count ? arena_copy(arena, rows_cell(&rows, 0, 0)) : SLICE_ABSENT;
    return NULL;
}

static struct err *read_mark(struct reading *reading)
{
    struct slice mark;
    TRY(catalog_mark(reading->lease, reading->scratch, reading->deadline, &mark));
    reading->catalog->mark = arena_copy(reading->catalog->arena, mark);
    return NULL;
}

/* Privileges are those of the role from here on: has_table_privilege() and its like ask about the current role. */
static struct err *become(struct reading *reading, struct slice role)
{
    const char *values[] = {text_cstr(reading->scratch, role)};
    struct statement statement =
        catalog_statement(reading->scratch, "SELECT pg_catalog.set_config('role', $1, true)", values, 1);
    ROWS_AUTO rows = {0};
    return lease_run(reading->lease, reading->scratch, &statement, reading->deadline, &rows);
}

static struct err *read_all(struct reading *reading, const struct catalog_options *options)
{
    if (slice_present(options->role))
        TRY(become(reading, options->role));
    TRY(read_path(reading, options));
    /* With this path the server prints every name outside pg_catalog qualified. */
    TRY(run(reading->lease, reading->scratch, "SET LOCAL search_path = pg_catalog", reading->deadline));
    /* The planner overestimates the cost of these queries, and JIT compilation would take ten times as long as the
     * queries themselves. */
    TRY(run(reading->lease, reading->scratch, "SET LOCAL jit = off", reading->deadline));
    TRY(read_server(reading, options));
    if (reading->catalog->server_version < 130000)
        return NULL;
    TRY(read_mark(reading));
    TRY(read_creators(reading));
    size_t count;
    struct slice *schemas = all_schemas(reading->scratch, options, &count);
    reading->schemas = text_array(reading->scratch, schemas, count).at;
    TRY(read_relations(reading));
    TRY(read_views(reading));
    TRY(read_columns(reading));
    TRY(read_shapes(reading));
    read_view_origins(reading);
    TRY(read_keys(reading));
    TRY(read_links(reading));
    reading->schemas = text_array(reading->scratch, options->schemas, options->schema_count).at;
    TRY(read_functions(reading));
    return read_media(reading);
}

static struct catalog *catalog_empty(void)
{
    struct arena *arena = arena_new(0);
    struct catalog *catalog = ARENA_NEW(arena, struct catalog);
    catalog->arena = arena;
    catalog->findings = findings_new(arena);
    catalog->by_resource = map_new(arena);
    return catalog;
}

struct err *catalog_read(struct lease *lease, struct arena *scratch, const struct catalog_options *options,
                         int64_t deadline, struct catalog **out)
{
    struct reading reading = {.lease = lease, .scratch = scratch, .deadline = deadline};
    TRY(lease_begin(lease, scratch, "ISOLATION LEVEL REPEATABLE READ READ ONLY", deadline));
    reading.catalog = catalog_empty();
    struct err *err = read_all(&reading, options);
    if (!err)
        err = lease_commit(lease, scratch, deadline);
    if (err) {
        lease_rollback(lease);
        catalog_free(reading.catalog);
        return err;
    }
    catalog_assemble(reading.catalog, &reading.facts, options);
    *out = reading.catalog;
    return NULL;
}
