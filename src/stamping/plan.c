#include "plan.h"

#include "midair/catalog/name.h"

static const char letters[STAMP_ROLES + 1] = "cmv";

void stamp_command(struct stamp_plan *plan, struct slice command)
{
    if (plan->command_count == plan->command_cap) {
        size_t cap = plan->command_cap ? plan->command_cap * 2 : 16;
        plan->commands = arena_grow(plan->arena, plan->commands, plan->command_cap * sizeof(struct slice),
                                    cap * sizeof(struct slice));
        plan->command_cap = cap;
    }
    plan->commands[plan->command_count++] = arena_copy(plan->arena, command);
}

/* Sets the names and quoted identifiers of the stamp columns: the requested names, else those that the table is stamped
 * with, else the usual ones. A table that is stamped with other columns than requested is refused. */
static struct err *choose_names(struct stamp_plan *plan, struct stamp_table *table)
{
    static const struct slice usual[STAMP_ROLES] = {{"created", 7}, {"modified", 8}, {"version", 7}};
    const struct stamp_columns *asked = &plan->request->columns;
    const struct slice names[STAMP_ROLES] = {asked->created, asked->modified, asked->version};
    for (size_t role = 0; role < STAMP_ROLES; role++) {
        struct slice now = table->stamped[role];
        struct slice name = slice_present(names[role]) ? names[role] : slice_present(now) ? now : usual[role];
        if (slice_present(now) && !slice_eq(now, name)) {
            struct err *err = err_new(plan->arena, ERR_BAD_REQUEST, "%.*s is already stamped with the column \"%.*s\"",
                                      SLICE_ARG(table->ident), SLICE_ARG(now));
            return err_hint(plan->arena, err, "Unstamp it first to use \"%.*s\".", SLICE_ARG(name));
        }
        table->columns[role].name = name;
        table->columns[role].ident = name_quote(plan->arena, name);
    }
    for (size_t role = 0; role < STAMP_ROLES; role++)
        if (slice_eq(table->columns[role].name, table->columns[(role + 1) % STAMP_ROLES].name))
            return err_new(plan->arena, ERR_BAD_REQUEST, "%.*s: \"%.*s\" cannot be two stamps at once",
                           SLICE_ARG(table->ident), SLICE_ARG(table->columns[role].name));
    return NULL;
}

bool stamp_function_current(const struct stamp_plan *plan, struct slice name, struct slice body)
{
    for (size_t i = 0; i < plan->function_count; i++)
        if (slice_eq(plan->functions[i].name, name))
            return slice_eq(plan->functions[i].body, body);
    return false;
}

void stamp_plan_schema(struct stamp_plan *plan)
{
    if (plan->schema_there)
        return;
    plan->schema_there = true;
    stamp_command(plan, SLICE("CREATE SCHEMA midair_triggers"));
    stamp_command(plan, SLICE("COMMENT ON SCHEMA midair_triggers IS '" STAMP_SCHEMA_COMMENT "'"));
    stamp_command(plan, SLICE("GRANT USAGE ON SCHEMA midair_triggers TO PUBLIC"));
}

/* Creates the trigger functions for the table's column names, unless they exist with the same body or this run creates
 * them already. */
static void plan_functions(struct stamp_plan *plan, const struct stamp_table *table)
{
    for (int event = 0; event < STAMP_EVENTS; event++) {
        struct slice name = stamp_function_name(plan->arena, table, (enum stamp_event)event);
        struct slice body = stamp_function_body(plan->arena, table, (enum stamp_event)event);
        if (stamp_function_current(plan, name, body) || map_get(&plan->done, name))
            continue;
        map_put(&plan->done, name, plan);
        stamp_plan_schema(plan);
        stamp_command(plan, stamp_create_function(plan->arena, name, body));
    }
}

/* Adds missing columns and widens those that are too narrow. A new column first gets a default that is constant during
 * the statement, because PostgreSQL then need not rewrite the rows; the volatile default is set afterwards. */
static void plan_columns(struct stamp_plan *plan, const struct stamp_table *table)
{
    struct buf add = buf_new(plan->arena, 256), later = buf_new(plan->arena, 256);
    for (size_t role = 0; role < STAMP_ROLES; role++) {
        const struct stamp_column *column = &table->columns[role];
        const char *type = role == ROLE_VERSION ? "bigint" : "timestamp with time zone";
        if (column->there && !column->widen)
            continue;
        buf_z(&add, add.len ? ", " : "");
        if (column->there) {
            buf_printf(&add, "ALTER COLUMN %.*s TYPE %s", SLICE_ARG(column->ident), type);
            continue;
        }
        buf_printf(&add, "ADD COLUMN %.*s %s NOT NULL DEFAULT %s", SLICE_ARG(column->ident), type,
                   role == ROLE_VERSION ? "1" : "pg_catalog.transaction_timestamp()");
        if (role != ROLE_VERSION)
            buf_printf(&later, "%sALTER COLUMN %.*s SET DEFAULT pg_catalog.clock_timestamp()", later.len ? ", " : "",
                       SLICE_ARG(column->ident));
    }
    if (add.len)
        stamp_command(
            plan, arena_printf(plan->arena, "ALTER TABLE %.*s %.*s", SLICE_ARG(table->ident), (int)add.len, add.at));
    if (later.len)
        stamp_command(plan, arena_printf(plan->arena, "ALTER TABLE %.*s %.*s", SLICE_ARG(table->ident), (int)later.len,
                                         later.at));
}

/* Replaces values that are no valid stamps: columns that existed before may hold NULL or infinity. */
static void plan_repair(struct stamp_plan *plan, const struct stamp_table *table)
{
    struct buf set = buf_new(plan->arena, 256), where = buf_new(plan->arena, 256);
    for (size_t role = 0; role < STAMP_ROLES; role++) {
        struct slice ident = table->columns[role].ident;
        if (!table->columns[role].there)
            continue;
        buf_z(&set, set.len ? ", " : "");
        buf_z(&where, where.len ? " OR " : "");
        if (role == ROLE_VERSION) {
            buf_printf(&set, "%.*s = coalesce(%.*s, 1)", SLICE_ARG(ident), SLICE_ARG(ident));
            buf_printf(&where, "%.*s IS NULL", SLICE_ARG(ident));
            continue;
        }
        buf_printf(&set,
                   "%.*s = CASE WHEN pg_catalog.isfinite(%.*s) THEN %.*s ELSE pg_catalog.transaction_timestamp() END",
                   SLICE_ARG(ident), SLICE_ARG(ident), SLICE_ARG(ident));
        buf_printf(&where, "pg_catalog.isfinite(%.*s) IS NOT TRUE", SLICE_ARG(ident));
    }
    if (set.len)
        stamp_command(plan, arena_printf(plan->arena, "UPDATE %.*s SET %.*s WHERE %.*s", SLICE_ARG(table->ident),
                                         (int)set.len, set.at, (int)where.len, where.at));
}

/* Returns the letters of the columns that stamping added, in this run or an earlier one. Unstamping drops these columns
 * only. */
static struct slice added_letters(struct arena *arena, const struct stamp_table *table)
{
    struct buf added = buf_new(arena, 8);
    for (size_t role = 0; role < STAMP_ROLES; role++)
        if (!table->columns[role].there || slice_find(table->added, letters[role]) < table->added.len)
            buf_byte(&added, letters[role]);
    return buf_slice(&added);
}

/* Returns whether the columns, triggers and functions are already as this revision would create them. */
static bool is_stamped(const struct stamp_plan *plan, const struct stamp_table *table)
{
    for (size_t role = 0; role < STAMP_ROLES; role++)
        if (!table->columns[role].there || table->columns[role].widen)
            return false;
    for (int event = 0; event < STAMP_EVENTS; event++) {
        struct slice name = stamp_function_name(plan->arena, table, (enum stamp_event)event);
        if (!table->enabled[event] || !slice_eq(table->function[event], name) ||
            !stamp_function_current(plan, name, stamp_function_body(plan->arena, table, (enum stamp_event)event)))
            return false;
    }
    return slice_eq(table->revision, SLICE(STAMP_REVISION));
}

void stamp_drop_trigger(struct stamp_plan *plan, const struct stamp_table *table, struct slice name)
{
    stamp_command(plan, arena_printf(plan->arena, "DROP TRIGGER %.*s ON %.*s", SLICE_ARG(name_quote(plan->arena, name)),
                                     SLICE_ARG(table->ident)));
}

static void drop_stamp_triggers(struct stamp_plan *plan, const struct stamp_table *table)
{
    for (int event = 0; event < STAMP_EVENTS; event++)
        if (slice_present(table->function[event]))
            stamp_drop_trigger(plan, table, stamp_trigger_name((enum stamp_event)event));
}

struct err *stamp_plan_table(struct stamp_plan *plan, struct slice name)
{
    struct stamp_table table;
    TRY(stamp_read_table(plan, name, &table));
    if (map_put(&plan->done, table.oid, plan))
        return NULL;
    TRY(choose_names(plan, &table));
    TRY(stamp_read_columns(plan, &table));
    struct stamp_table *kept = ARENA_NEW(plan->arena, struct stamp_table);
    *kept = table;
    map_put(&plan->tables, table.oid, kept);
    bool already = is_stamped(plan, &table);
    buf_printf(&plan->report, "%.*s: %s (%.*s, %.*s, %.*s)\n", SLICE_ARG(table.ident),
               already ? "already stamped" : "stamped", SLICE_ARG(table.columns[ROLE_CREATED].name),
               SLICE_ARG(table.columns[ROLE_MODIFIED].name), SLICE_ARG(table.columns[ROLE_VERSION].name));
    if (already)
        return NULL;
    plan_functions(plan, &table);
    drop_stamp_triggers(plan, &table);
    plan_columns(plan, &table);
    plan_repair(plan, &table);
    struct slice added = added_letters(plan->arena, &table);
    for (int event = 0; event < STAMP_EVENTS; event++)
        stamp_command(plan, stamp_create_trigger(plan->arena, &table, (enum stamp_event)event, added));
    return NULL;
}

struct err *unstamp_plan_table(struct stamp_plan *plan, struct slice name)
{
    struct stamp_table table;
    TRY(stamp_read_table(plan, name, &table));
    if (map_put(&plan->done, table.oid, plan))
        return NULL;
    buf_printf(&plan->report, "%.*s: %s\n", SLICE_ARG(table.ident), table.trigger_count ? "unstamped" : "not stamped");
    for (size_t i = 0; i < table.trigger_count; i++)
        stamp_drop_trigger(plan, &table, table.trigger_names[i]);
    if (!slice_present(table.stamped[ROLE_VERSION]))
        return NULL;
    struct buf drop = buf_new(plan->arena, 128);
    for (size_t role = 0; role < STAMP_ROLES; role++)
        if (slice_find(table.added, letters[role]) < table.added.len)
            buf_printf(&drop, "%s DROP COLUMN IF EXISTS %.*s", drop.len ? "," : "",
                       SLICE_ARG(name_quote(plan->arena, table.stamped[role])));
    if (drop.len)
        stamp_command(
            plan, arena_printf(plan->arena, "ALTER TABLE %.*s%.*s", SLICE_ARG(table.ident), (int)drop.len, drop.at));
    return NULL;
}

/* Returns whether the table stops using the function in this run. Children that stay stamped also stop using a touch
 * function when they lose their touch triggers. */
static bool leaves(const struct stamp_plan *plan, struct slice function, struct slice user)
{
    return map_get(&plan->done, user) || (slice_starts(function, SLICE("touch_")) && map_get(&plan->untouched, user));
}

void unstamp_plan_schema(struct stamp_plan *plan)
{
    if (plan->command_count == 0)
        return;
    size_t left = plan->schema_objects;
    for (size_t i = 0; i < plan->function_count; i++) {
        const struct stamp_function *function = &plan->functions[i];
        bool used = !function->ours;
        for (size_t j = 0; j < function->user_count; j++)
            used = used || !leaves(plan, function->name, function->users[j]);
        if (used)
            continue;
        stamp_command(plan, arena_printf(plan->arena, "DROP FUNCTION midair_triggers.%.*s()",
                                         SLICE_ARG(name_quote(plan->arena, function->name))));
        left--;
    }
    if (left == 0 && plan->schema_ours)
        stamp_command(plan, SLICE("DROP SCHEMA midair_triggers"));
}
