/* Settings of a transaction: set_config(…, true), so that they end with it; and savepoints. */
#include "builder.h"

static void put_setting(struct builder *b, const char *name, struct slice value)
{
    buf_printf(&b->text, "%spg_catalog.set_config('%s', ", b->count ? ", " : "SELECT ", name);
    builder_param(b, value);
    SQL(b, ", true)");
}

struct statement *sql_settings(struct arena *arena, const struct settings *settings, bool zone)
{
    struct builder b = builder_new(arena);
    for (size_t i = 0; i < settings->count; i++)
        put_setting(&b, settings->items[i].name, settings->items[i].value);
    if (zone && slice_present(settings->zone))
        put_setting(&b, "TimeZone", settings->zone);
    if (b.count == 0)
        SQL(&b, "SELECT 1");
    struct statement *statement = builder_done(&b, false);
    statement->sets = settings->count > 0;
    return statement;
}

struct statement *sql_pre_request(struct arena *arena, struct slice name)
{
    struct builder b = builder_new(arena);
    struct slice schema, function;
    SQL(&b, "SELECT ");
    if (slice_cut(name, '.', &schema, &function)) {
        builder_ident(&b, schema);
        SQL(&b, ".");
    } else {
        function = name;
    }
    builder_ident(&b, function);
    SQL(&b, "()");
    return builder_done(&b, true);
}

struct statement *sql_savepoint(struct arena *arena, enum savepoint what, size_t number)
{
    static const char *const verbs[] = {[SAVEPOINT_BEGIN] = "SAVEPOINT",
                                        [SAVEPOINT_RELEASE] = "RELEASE SAVEPOINT",
                                        [SAVEPOINT_ROLLBACK] = "ROLLBACK TO SAVEPOINT"};
    struct builder b = builder_new(arena);
    buf_printf(&b.text, "%s midair_%zu", verbs[what], number);
    return builder_done(&b, false);
}

struct statement *sql_reply(struct arena *arena)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT pg_catalog.current_setting('response.headers', true), "
            "pg_catalog.current_setting('response.status', true)");
    return builder_done(&b, false);
}
