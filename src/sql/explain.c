/* EXPLAIN of other statements. */
#include "builder.h"

struct statement *sql_explain(struct arena *arena, const struct statement *statement, const struct explain *explain)
{
    const struct {
        bool wanted;
        const char *option;
    } options[] = {{explain->analyze, ", ANALYZE"},
                   {explain->verbose, ", VERBOSE"},
                   {explain->settings, ", SETTINGS"},
                   {explain->buffers, ", BUFFERS"},
                   {explain->wal, ", WAL"}};
    struct builder b = builder_new(arena);
    for (size_t i = 0; i < statement->count; i++)
        builder_keep(&b, statement, i);
    buf_z(&b.text, explain->json ? "EXPLAIN (FORMAT JSON" : "EXPLAIN (FORMAT TEXT");
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
        if (options[i].wanted)
            buf_z(&b.text, options[i].option);
    SQL(&b, ") ");
    buf_put(&b.text, statement->text);
    /* EXPLAIN ANALYZE runs the statement, so it counts as a write if the statement does, although it is rolled back. */
    return builder_done(&b, statement->writes && explain->analyze);
}
