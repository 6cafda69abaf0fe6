/* The event trigger that makes the database tell midair of DDL (midair stamp --watch-ddl). */
#include "plan.h"

#include "midair/catalog/name.h"

#include "sql_stamp_watch.h"

/* Temporary tables are not served, and programs that create them should not make midair read the catalog each time.
 * Dropped objects are not among the commands, so an empty list counts as a change. */
static struct slice body_of(struct arena *arena, struct slice channel)
{
    return arena_printf(arena,
                        "\nBEGIN\n"
                        "    IF NOT EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands())\n"
                        "       OR EXISTS (SELECT FROM pg_catalog.pg_event_trigger_ddl_commands() c\n"
                        "                  WHERE c.schema_name IS DISTINCT FROM 'pg_temp') THEN\n"
                        "        NOTIFY %.*s, 'reload';\n"
                        "    END IF;\n"
                        "END\n",
                        SLICE_ARG(name_quote(arena, channel)));
}

static struct err *read_watch(struct stamp_plan *plan, struct slice body, bool *exists, bool *current)
{
    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, sql_stamp_watch, NULL, 0, &rows));
    *exists = rows.row_count > 0;
    *current = *exists && rows_bool(&rows, 0, 0) && slice_eq(rows_cell(&rows, 0, 1), body);
    return NULL;
}

struct err *stamp_plan_watch(struct stamp_plan *plan)
{
    struct slice channel = plan->request->channel, body;
    bool exists, current;
    if (channel.len == 0)
        return err_new(plan->arena, ERR_BAD_REQUEST, "--watch-ddl needs a channel, and [database] channel is empty");
    body = body_of(plan->arena, channel);
    TRY(read_watch(plan, body, &exists, &current));
    if (current) {
        BUF_LIT(&plan->report, "DDL: midair is told already\n");
        return NULL;
    }
    stamp_plan_schema(plan);
    stamp_command(plan, arena_printf(plan->arena,
                                     "CREATE OR REPLACE FUNCTION midair_triggers.watch_ddl() RETURNS event_trigger "
                                     "LANGUAGE plpgsql AS $midair$%.*s$midair$",
                                     SLICE_ARG(body)));
    if (exists)
        stamp_command(plan, SLICE("DROP EVENT TRIGGER midair_watch_ddl"));
    stamp_command(plan, SLICE("CREATE EVENT TRIGGER midair_watch_ddl ON ddl_command_end EXECUTE FUNCTION "
                              "midair_triggers.watch_ddl()"));
    BUF_LIT(&plan->report, "DDL: midair is told from now on\n");
    return NULL;
}

struct err *unstamp_plan_watch(struct stamp_plan *plan)
{
    bool exists, current;
    TRY(read_watch(plan, SLICE(""), &exists, &current));
    if (!exists) {
        BUF_LIT(&plan->report, "DDL: midair is not told\n");
        return NULL;
    }
    stamp_command(plan, SLICE("DROP EVENT TRIGGER midair_watch_ddl"));
    stamp_command(plan, SLICE("DROP FUNCTION midair_triggers.watch_ddl()"));
    plan->schema_objects -= plan->schema_objects > 0;
    BUF_LIT(&plan->report, "DDL: midair is told no more\n");
    return NULL;
}
