#include "midair/plan/outcome.h"

size_t outcome_rows(const struct outcome *outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < outcome->part_count; i++)
        n += outcome->parts[i].row_count;
    return n;
}

void outcome_release(struct outcome *outcome)
{
    if (!outcome)
        return;
    for (size_t i = 0; i < outcome->part_count; i++)
        rows_free(&outcome->parts[i]);
    outcome->part_count = 0;
}
