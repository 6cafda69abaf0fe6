#include "builder.h"

struct statement *sql_settings(struct arena *arena, const struct settings *settings)
{
    struct builder b = builder_new(arena);
    for (size_t i = 0; i < settings->count; i++) {
        buf_printf(&b.text, "%spg_catalog.set_config('%s', ", i ? ", " : "SELECT ", settings->items[i].name);
        builder_param(&b, settings->items[i].value);
        SQL(&b, ", true)");
    }
    return builder_done(&b, false);
}

struct statement *sql_reply(struct arena *arena)
{
    struct builder b = builder_new(arena);
    SQL(&b, "SELECT pg_catalog.current_setting('response.headers', true), "
            "pg_catalog.current_setting('response.status', true)");
    return builder_done(&b, false);
}
