#include "midair/stamping/stamp.h"

#include "touch.h"

#include "midair/catalog/name.h"

/* Two runs at the same time would both create the schema, so each run holds this advisory lock until the end of its
 * transaction. The number identifies the lock and must never change. */
static const char serialize[] = "SELECT pg_catalog.pg_advisory_xact_lock(7882822930457419)";

enum { IDENTIFIER_MAX = 63 };

struct err *stamp_columns_parse(struct arena *arena, struct slice text, struct stamp_columns *out)
{
    *out = (struct stamp_columns){0};
    const struct {
        struct slice role;
        struct slice *name;
    } roles[] = {
        {SLICE("created"), &out->created}, {SLICE("modified"), &out->modified}, {SLICE("version"), &out->version}};
    struct slice item, rest = text, role, name;
    while (slice_present(rest)) {
        slice_cut(rest, ',', &item, &rest);
        size_t i = 0;
        bool cut = slice_cut(slice_trim(item), '=', &role, &name);
        while (i < 3 && !slice_eq(slice_trim(role), roles[i].role))
            i++;
        if (!cut || i == 3 || slice_present(*roles[i].name) || slice_trim(name).len == 0)
            return err_new(arena, ERR_BAD_REQUEST,
                           "\"%.*s\" is not created=NAME, modified=NAME or version=NAME, each at most once",
                           SLICE_ARG(item));
        *roles[i].name = slice_trim(name);
    }
    return NULL;
}

/* Checks the requested column names. The marker that encloses function bodies must not occur in a name, because the
 * names are inserted into these bodies. */
static struct err *check_names(struct arena *arena, const struct stamp_columns *columns)
{
    const struct slice names[] = {columns->created, columns->modified, columns->version};
    for (size_t i = 0; i < 3; i++) {
        if (!slice_present(names[i]))
            continue;
        bool delimiter = false;
        for (size_t at = 0; at < names[i].len; at++)
            delimiter = delimiter || slice_starts(slice_from(names[i], at), SLICE("$midair$"));
        if (names[i].len == 0 || names[i].len > IDENTIFIER_MAX || delimiter || memchr(names[i].at, '\0', names[i].len))
            return err_new(arena, ERR_BAD_REQUEST,
                           "\"%.*s\" cannot be the name of a stamp column: it has 1 to %d bytes and no $midair$",
                           SLICE_ARG(names[i]), IDENTIFIER_MAX);
    }
    return NULL;
}

typedef struct err *(*plan_table)(struct stamp_plan *plan, struct slice name);

/* Plans the whole request. The tables come before the touches, because a touch needs the stamp columns that this run
 * gives to the parent. */
static struct err *make_plan(struct stamp_plan *plan, bool undo)
{
    const struct stamp_request *request = plan->request;
    plan_table step = undo ? unstamp_plan_table : stamp_plan_table;
    TRY(check_names(plan->arena, &request->columns));
    ROWS_AUTO rows = {0};
    TRY(stamp_ask(plan, serialize, NULL, 0, &rows));
    TRY(stamp_read_schema(plan));
    for (size_t i = 0; i < request->table_count; i++)
        TRY(step(plan, request->tables[i]));
    TRY(undo ? touch_plan_unstamp(plan) : touch_plan_stamp(plan));
    if (request->watch_ddl)
        TRY(undo ? unstamp_plan_watch(plan) : stamp_plan_watch(plan));
    if (undo)
        unstamp_plan_schema(plan);
    /* Running midair servers are told to read the catalog again; PostgreSQL delivers that at the commit. */
    if (plan->command_count > 0 && request->channel.len)
        stamp_command(plan, arena_printf(plan->arena, "NOTIFY %.*s, 'reload'",
                                         SLICE_ARG(name_quote(plan->arena, request->channel))));
    return NULL;
}

static struct err *run_commands(struct stamp_plan *plan)
{
    for (size_t i = 0; i < plan->command_count; i++) {
        ROWS_AUTO rows = {0};
        TRY(stamp_ask(plan, plan->commands[i].at, NULL, 0, &rows));
    }
    return NULL;
}

static void write_script(const struct stamp_plan *plan, struct buf *out)
{
    if (plan->command_count == 0)
        return;
    BUF_LIT(out, "BEGIN;\n");
    for (size_t i = 0; i < plan->command_count; i++) {
        buf_put(out, plan->commands[i]);
        BUF_LIT(out, ";\n");
    }
    BUF_LIT(out, "COMMIT;\n");
}

static struct err *run_plan(struct stamp_plan *plan, bool undo, struct buf *out)
{
    TRY(make_plan(plan, undo));
    if (plan->request->dry_run) {
        lease_rollback(plan->lease);
        write_script(plan, out);
        return NULL;
    }
    TRY(run_commands(plan));
    TRY(lease_commit(plan->lease, plan->arena, plan->deadline));
    buf_put(out, buf_slice(&plan->report));
    return NULL;
}

static struct err *run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                       bool undo, struct buf *out)
{
    struct stamp_plan plan = {.lease = lease, .arena = arena, .deadline = deadline, .request = request};
    plan.done = map_new(arena);
    plan.tables = map_new(arena);
    plan.untouched = map_new(arena);
    plan.report = buf_new(arena, 256);
    /* The level is set explicitly because the default may be another. A run that has waited for the advisory lock must
     * see what the other run committed, which a snapshot taken before the wait would not show. */
    TRY(lease_begin(lease, arena, "ISOLATION LEVEL READ COMMITTED", deadline));
    struct err *err = run_plan(&plan, undo, out);
    if (err)
        lease_rollback(lease);
    return err;
}

struct err *stamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                      struct buf *out)
{
    return run(lease, arena, request, deadline, false, out);
}

struct err *unstamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                        struct buf *out)
{
    return run(lease, arena, request, deadline, true, out);
}
