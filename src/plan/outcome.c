#include "midair/plan/outcome.h"

size_t outcome_rows(const struct outcome *outcome)
{
    size_t n = outcome->rendered_rows;
    for (size_t i = 0; i < outcome->part_count; i++)
        n += outcome->parts[i].row_count;
    return n;
}

struct err *outcome_not_single(struct arena *arena, const struct outcome *outcome)
{
    struct err *err = err_new(arena, ERR_NOT_ACCEPTABLE, "Cannot coerce the result to a single JSON object");
    err->code = SLICE("PGRST116");
    err->details = arena_printf(arena, "The result contains %zu rows", outcome_rows(outcome));
    return err;
}

void outcome_release(struct outcome *outcome)
{
    if (!outcome)
        return;
    for (size_t i = 0; i < outcome->part_count; i++)
        rows_free(&outcome->parts[i]);
    outcome->part_count = 0;
}
