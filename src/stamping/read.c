#include "plan.h"

#include "midair/base/text.h"
#include "midair/catalog/name.h"
#include "midair/catalog/read.h"

#include "sql_stamp_columns.h"
#include "sql_stamp_functions.h"
#include "sql_stamp_schema.h"
#include "sql_stamp_table.h"
#include "sql_stamp_triggers.h"

enum { OID_INT8 = 20, OID_INT2 = 21, OID_INT4 = 23, OID_TIMESTAMP = 1114, OID_TIMESTAMPTZ = 1184 };

struct err *stamp_ask(struct stamp_plan *plan, const char *sql, const char *const *values, size_t count,
                      struct rows *rows)
{
    struct statement statement = catalog_statement(plan->arena, sql, values, count);
    return lease_run(plan->lease, plan->arena, &statement, plan->deadline, rows);
}

struct err *stamp_read_schema(struct stamp_plan *plan)
{
    ROWS_AUTO schema = {0};
    TRY(stamp_ask(plan, sql_stamp_schema, (const char *const[]){STAMP_SCHEMA_COMMENT}, 1, &schema));
    plan->schema_there = rows_bool(&schema, 0, 0);
    plan->schema_ours = rows_bool(&schema, 0, 1);
    plan->schema_objects = rows_u32(&schema, 0, 2);

    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, sql_stamp_functions, NULL, 0, &rows));
    plan->functions = ARENA_ARRAY(plan->arena, struct stamp_function, rows.row_count);
    plan->function_count = rows.row_count;
    for (size_t i = 0; i < rows.row_count; i++) {
        struct stamp_function *function = &plan->functions[i];
        function->name = arena_copy(plan->arena, rows_cell(&rows, i, 0));
        function->body = arena_copy(plan->arena, rows_cell(&rows, i, 1));
        function->ours = rows_bool(&rows, i, 2);
        function->users = text_array_read(plan->arena, rows_cell(&rows, i, 3), &function->user_count);
    }
    return NULL;
}

struct err *stamp_bad(struct stamp_plan *plan, const char *what, struct slice table, const char *hint)
{
    struct err *err = err_new(plan->arena, ERR_BAD_REQUEST, "%.*s %s", SLICE_ARG(table), what);
    return hint ? err_hint(plan->arena, err, "%s", hint) : err;
}

static struct err *check_kind(struct stamp_plan *plan, const struct rows *rows, struct slice ident)
{
    switch (rows_cell(rows, 0, 3).at[0]) {
    case 'v':
    case 'm':
        return stamp_bad(plan, "is a view: only tables can be stamped", ident, "Stamp the tables that it shows.");
    case 'f':
        return stamp_bad(plan, "is a foreign table: only tables of this database can be stamped", ident,
                         "Stamp it in its own database.");
    default:
        break;
    }
    if (rows_bool(rows, 0, 4))
        return stamp_bad(plan, "is a partition", ident,
                         "Stamp the partitioned table: its triggers reach all partitions.");
    if (rows_bool(rows, 0, 5))
        return stamp_bad(plan, "inherits or is inherited from, and triggers are not inherited", ident,
                         "Use declarative partitioning.");
    return NULL;
}

struct slice *stamp_arguments(struct arena *arena, struct slice hex, size_t *count)
{
    size_t size = hex.len / 2;
    unsigned char *bytes = arena_alloc(arena, size + 1);
    *count = 0;
    if (!text_unhex(hex, bytes, size))
        return NULL;
    for (size_t i = 0; i < size; i++)
        *count += bytes[i] == '\0';
    struct slice *list = ARENA_ARRAY(arena, struct slice, *count);
    struct slice rest = slice_make((const char *)bytes, size);
    for (size_t i = 0; i < *count; i++)
        slice_cut(rest, '\0', &list[i], &rest);
    return list;
}

/* Reads the arguments of a stamp trigger: the three column names, the letters of the columns that stamping added, the
 * revision. */
static void read_stamp(struct arena *arena, struct slice hex, struct stamp_table *table)
{
    size_t count;
    const struct slice *list = stamp_arguments(arena, hex, &count);
    struct slice *const fields[] = {&table->stamped[ROLE_CREATED], &table->stamped[ROLE_MODIFIED],
                                    &table->stamped[ROLE_VERSION], &table->added, &table->revision};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]) && i < count; i++)
        *fields[i] = list[i];
}

/* Reads the arguments of a touch trigger: the revision, then the names of the constraints. If the triggers disagree,
 * those of the last one count. */
static void read_touch(struct arena *arena, const struct rows *rows, size_t row, struct stamp_table *table)
{
    size_t count;
    table->touch_enabled += rows_bool(rows, row, 1);
    const struct slice *list = stamp_arguments(arena, rows_cell(rows, row, 3), &count);
    if (count == 0)
        return;
    table->touch_function = arena_copy(arena, rows_cell(rows, row, 2));
    table->touch_revision = list[0];
    table->touching = ARENA_ARRAY(arena, struct slice, count);
    table->touching_count = count - 1;
    for (size_t i = 1; i < count; i++)
        table->touching[i - 1] = list[i];
}

static struct err *read_triggers(struct stamp_plan *plan, struct stamp_table *table)
{
    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, sql_stamp_triggers, (const char *const[]){table->oid.at}, 1, &rows));
    table->trigger_names = ARENA_ARRAY(plan->arena, struct slice, rows.row_count);
    table->trigger_count = rows.row_count;
    for (size_t i = 0; i < rows.row_count; i++) {
        table->trigger_names[i] = arena_copy(plan->arena, rows_cell(&rows, i, 0));
        if (slice_starts(table->trigger_names[i], SLICE("zzz_midair_touch_")))
            read_touch(plan->arena, &rows, i, table);
        for (int event = 0; event < STAMP_EVENTS; event++) {
            if (!slice_eq(table->trigger_names[i], stamp_trigger_name((enum stamp_event)event)))
                continue;
            table->enabled[event] = rows_bool(&rows, i, 1);
            table->function[event] = arena_copy(plan->arena, rows_cell(&rows, i, 2));
            read_stamp(plan->arena, rows_cell(&rows, i, 3), table);
        }
    }
    return NULL;
}

struct err *stamp_read_table(struct stamp_plan *plan, struct slice text, struct stamp_table *table)
{
    struct arena *arena = plan->arena;
    struct name name;
    *table = (struct stamp_table){0};
    if (!name_parse(arena, text, &name))
        return stamp_bad(plan, "is not a table name", text,
                         "Write table or schema.table; parts with capitals or spaces in double quotes.");
    struct slice names[] = {name.table.folded, name.table.exact};
    struct slice schemas[] = {name.schema.folded, name.schema.exact};
    struct slice in = slice_present(name.schema.exact)
                          ? text_array(arena, schemas, 2)
                          : text_array(arena, plan->request->schemas, plan->request->schema_count);
    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, sql_stamp_table, (const char *const[]){in.at, text_array(arena, names, 2).at}, 2, &rows));
    if (rows.row_count == 0)
        return stamp_bad(plan, "does not exist", text, "Name its schema too, and quote names that have capitals.");
    table->oid = arena_copy(arena, rows_cell(&rows, 0, 0));
    table->ident = name_ident(arena, rows_cell(&rows, 0, 1), rows_cell(&rows, 0, 2));
    table->partitioned = slice_eq(rows_cell(&rows, 0, 3), SLICE("p"));
    TRY(check_kind(plan, &rows, table->ident));
    return read_triggers(plan, table);
}

static struct err *bad_type(struct stamp_plan *plan, const struct stamp_table *table, const struct stamp_column *column,
                            struct slice type, const char *wanted, const char *hint)
{
    struct err *err = err_new(plan->arena, ERR_BAD_REQUEST, "%.*s: the column %.*s is %.*s; a stamp needs %s",
                              SLICE_ARG(table->ident), SLICE_ARG(column->ident), SLICE_ARG(type), wanted);
    return err_hint(plan->arena, err, "%s", hint);
}

/* Checks a column for `created` or `modified`. `whole` says that its type keeps microseconds; a column that keeps fewer
 * digits is widened unless it is of a domain. */
static struct err *check_moment(struct stamp_plan *plan, const struct stamp_table *table, struct stamp_column *column,
                                uint32_t type, bool whole, bool domain, struct slice printed)
{
    if (type == OID_TIMESTAMPTZ && (whole || !domain)) {
        column->widen = !whole;
        return NULL;
    }
    if (type != OID_TIMESTAMP)
        return bad_type(plan, table, column, printed, "timestamp with time zone",
                        "Name another column with --columns; midair adds those that do not exist.");
    const char *hint =
        arena_printf(
            plan->arena,
            "midair cannot know which time zone its values are in: ALTER TABLE %.*s ALTER COLUMN %.*s TYPE timestamp "
            "with time zone USING %.*s AT TIME ZONE 'UTC' (or that zone), then stamp again.",
            SLICE_ARG(table->ident), SLICE_ARG(column->ident), SLICE_ARG(column->ident))
            .at;
    return bad_type(plan, table, column, printed, "timestamp with time zone", hint);
}

static struct err *check_version(struct stamp_plan *plan, const struct stamp_table *table, struct stamp_column *column,
                                 uint32_t type, bool domain, struct slice printed)
{
    column->widen = type != OID_INT8;
    if (type == OID_INT8 || (!domain && (type == OID_INT4 || type == OID_INT2)))
        return NULL;
    return bad_type(plan, table, column, printed, "bigint (integer and smallint are widened)",
                    "Name another column with --columns version=NAME; midair adds it if it does not exist.");
}

static struct err *check_column(struct stamp_plan *plan, const struct stamp_table *table, size_t role,
                                struct stamp_column *column, const struct rows *rows, size_t row)
{
    struct slice printed = rows_cell(rows, row, 1);
    uint32_t type = rows_u32(rows, row, 2);
    bool whole = slice_eq(rows_cell(rows, row, 3), SLICE("-1")) || slice_eq(rows_cell(rows, row, 3), SLICE("6"));
    bool domain = rows_bool(rows, row, 4);
    column->there = true;
    if (rows_bool(rows, row, 5) || rows_bool(rows, row, 6)) {
        struct err *err = err_new(
            plan->arena, ERR_BAD_REQUEST, "%.*s: the column %.*s cannot be a stamp: it is %s", SLICE_ARG(table->ident),
            SLICE_ARG(column->ident),
            rows_bool(rows, row, 5) ? "generated" : "part of the primary key, a foreign key or the partition key");
        return err_hint(plan->arena, err, "Name another column with --columns.");
    }
    if (role == ROLE_VERSION)
        return check_version(plan, table, column, type, domain, printed);
    return check_moment(plan, table, column, type, whole, domain, printed);
}

struct err *stamp_read_columns(struct stamp_plan *plan, struct stamp_table *table)
{
    struct slice names[STAMP_ROLES];
    for (size_t role = 0; role < STAMP_ROLES; role++)
        names[role] = table->columns[role].name;
    ROWS_AUTO rows = {0};
    const char *array = text_array(plan->arena, names, STAMP_ROLES).at;
    TRY(stamp_ask(plan, sql_stamp_columns, (const char *const[]){table->oid.at, array}, 2, &rows));
    for (size_t row = 0; row < rows.row_count; row++)
        for (size_t role = 0; role < STAMP_ROLES; role++)
            if (slice_eq(rows_cell(&rows, row, 0), names[role]))
                TRY(check_column(plan, table, role, &table->columns[role], &rows, row));
    return NULL;
}
