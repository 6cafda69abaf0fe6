/* LAYER: sql */
/* Queries of URLs: parsed, bound and made into SQL. Errors point into the query, and say in PostgREST's words what was
 * expected; what binds has statements whose parameters are no more than its bytes allow. */
#include "../unit/params/family.h"
#include "midair/base/text.h"
#include "midair/http/problem.h"
#include "midair/sql/sql.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* A syntax error has both of PostgREST's sentences or none. */
static void check_error(const struct err *err, size_t size)
{
    check(err->position >= -1 && err->position <= (long)size);
    check(err->detail.len > 0);
    if (slice_eq(err->code, SLICE("PGRST100")) && slice_present(err->details)) {
        check(slice_starts(problem_read(err)->message, SLICE("\"failed to parse ")));
        check(slice_starts(err->details, SLICE("unexpected ")));
        check(text_is_utf8(problem_read(err)->message) && text_is_utf8(err->details));
    }
}

/* All that reads, counts, plans or locks the rows. */
static void check_statements(struct arena *arena, const struct relation *orders, const struct query *query)
{
    const struct layout *layout = layout_new(arena, orders, query), *plain = layout_new(arena, orders, NULL);
    const struct slice keys[] = {SLICE("17")};
    const struct statement *all[] = {sql_select_list(arena, layout, query, 10, false),
                                     sql_select_list(arena, layout, query, 10, true),
                                     sql_count_list(arena, layout, query, 10),
                                     sql_explain_list(arena, layout, query),
                                     sql_select_item(arena, layout, keys, NULL, LOCK_NONE),
                                     sql_lock_list(arena, plain, query, 10, LOCK_NO_KEY_UPDATE)};
    for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++)
        check(all[i]->count < 8 * QUERY_NODES_MAX && strlen(all[i]->text.at) == all[i]->text.len);
    struct buf buf = buf_new(arena, 256);
    query_describe(&buf, query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice text = arena_copy(arena, slice_make(size ? (const char *)data : "", size));
    const struct relation *orders = family_orders(arena, 1);
    struct params ast;
    struct query query;
    struct err *err = params_parse(arena, text, NULL, &ast);
    if (!err)
        err = query_bind(arena, &ast, SLICE_ABSENT, orders, &query);
    if (err)
        check_error(err, size);
    else
        check_statements(arena, orders, &query);
    arena_free(arena);
    return 0;
}
