/* Calls: the function is called in a CTE, and the query on its rows follows. */
#include "builder.h"

#include "midair/plan/call.h"

/* `"a" => a."a", VARIADIC "v" => a."v"` for the arguments that are given. */
static void put_arguments(struct builder *b, const struct call *call)
{
    const struct function *function = call->function;
    size_t n = 0;
    for (size_t i = 0; i < function->parameter_count; i++) {
        const struct parameter *parameter = &function->parameters[i];
        if (!call->given[i])
            continue;
        if (n++)
            SQL(b, ", ");
        if (function->variadic && i + 1 == function->parameter_count)
            SQL(b, "VARIADIC ");
        builder_ident(b, parameter->name);
        SQL(b, " => ");
        if (call->kind == CALL_TEXT) {
            builder_param(b, call->values[i]);
            SQL(b, "::");
            buf_put(&b->text, parameter->type);
        } else {
            SQL(b, "a.");
            builder_ident(b, parameter->name);
        }
    }
}

static void put_record(struct builder *b, const struct call *call)
{
    size_t n = 0;
    SQL(b, "pg_catalog.json_to_record(");
    builder_param(b, call->document);
    SQL(b, "::pg_catalog.json) AS a (");
    for (size_t i = 0; i < call->function->parameter_count; i++) {
        if (!call->given[i])
            continue;
        if (n++)
            SQL(b, ", ");
        builder_ident(b, call->function->parameters[i].name);
        SQL(b, " ");
        buf_put(&b->text, call->function->parameters[i].type);
    }
    SQL(b, ")");
}

/* `"schema"."function"(…)`. */
static void put_function(struct builder *b, const struct call *call)
{
    const struct function *function = call->function;
    buf_put(&b->text, function->ident);
    SQL(b, "(");
    if (call->kind == CALL_WHOLE) {
        builder_param(b, call->document);
        SQL(b, "::");
        buf_put(&b->text, function->parameters[0].type);
    } else {
        put_arguments(b, call);
    }
    SQL(b, ")");
}

/* In FROM, PostgreSQL requires a column list for a function that RETURNS record, and the columns are not known. In
 * the SELECT list it returns the record as one value. */
static void put_record_call(struct builder *b, const struct call *call)
{
    SQL(b, "SELECT ");
    put_function(b, call);
    SQL(b, " AS ");
    builder_ident(b, call->function->name);
    if (call->kind == CALL_RECORD) {
        SQL(b, " FROM ");
        put_record(b, call);
    }
}

/* `SELECT … FROM "schema"."function"(…)`. */
static void put_call(struct builder *b, const struct call *call)
{
    const struct function *function = call->function;
    bool row = function->shape == RESULT_ROW;
    if (row) {
        SQL(b, "SELECT q.*");
        if (call->keeps_row)
            builder_whole_row(b, function->result, "q");
    } else {
        SQL(b, "SELECT q.v AS ");
        builder_ident(b, function->name);
    }
    SQL(b, " FROM ");
    if (call->kind == CALL_RECORD) {
        put_record(b, call);
        SQL(b, ", LATERAL ");
    }
    put_function(b, call);
    buf_z(&b->text, row ? " AS q" : " AS q (v)");
}

struct statement *sql_call(struct arena *arena, const struct call *call, const struct statement *rows)
{
    static const struct slice with = SLICE_LITERAL("WITH ");
    struct builder b = builder_new(arena);
    for (size_t i = 0; i < rows->count; i++)
        builder_keep(&b, rows, i); /* `rows` already contains their numbers */
    SQL(&b, "WITH midair_call AS MATERIALIZED (");
    if (call->function->unnamed_record)
        put_record_call(&b, call);
    else
        put_call(&b, call);
    SQL(&b, ")");
    if (slice_starts(rows->text, with)) {
        SQL(&b, ", ");
        buf_put(&b.text, slice_from(rows->text, with.len));
    } else {
        SQL(&b, " ");
        buf_put(&b.text, rows->text);
    }
    return builder_done(&b, call->function->volatility == VOLATILITY_VOLATILE);
}
