/* A cursor over the rows of another statement. */
#include "builder.h"

struct statement *sql_declare(struct arena *arena, const struct statement *statement)
{
    struct builder b = builder_new(arena);
    for (size_t i = 0; i < statement->count; i++)
        builder_keep(&b, statement, i);
    SQL(&b, "DECLARE part NO SCROLL CURSOR FOR ");
    buf_put(&b.text, statement->text);
    return builder_done(&b, false);
}

/* FETCH takes no parameters. The counts are few, so there are few texts. */
struct statement *sql_fetch(struct arena *arena, size_t count)
{
    struct builder b = builder_new(arena);
    buf_printf(&b.text, "FETCH %zu FROM part", count);
    return builder_done(&b, false);
}
