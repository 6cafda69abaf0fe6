/* LAYER: sql */
/* Queries of URLs: parsed, bound and made into SQL. Errors point into the query; what binds has a statement whose
 * parameters are no more than its bytes allow. */
#include "../unit/query/family.h"
#include "midair/sql/sql.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice text = arena_copy(arena, slice_make(size ? (const char *)data : "", size));
    const struct relation *orders = family_orders(arena, 1);
    struct ast_query ast;
    struct query query;
    struct err *err = query_parse(arena, text, &ast);
    if (!err)
        err = query_bind(arena, &ast, SLICE_ABSENT, orders, &query);
    if (err) {
        check(err->position >= -1 && err->position <= (long)size);
        check(err->detail.len > 0);
    } else {
        const struct statement *statement =
            sql_select_list(arena, layout_new(arena, orders, &query), &query, 10, size % 2 == 0);
        check(statement->count < 8 * QUERY_NODES_MAX);
        struct buf buf = buf_new(arena, 256);
        query_describe(&buf, &query);
    }
    arena_free(arena);
    return 0;
}
