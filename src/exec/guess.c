/* Totals that need not be exact (PostgREST: planned and estimated counts). */
#include "steps.h"

#include "midair/base/text.h"
#include "midair/model/policy.h"

/* The first "Plan Rows" is the topmost node's. */
static struct err *planned_total(const struct exec *exec, const struct plan *plan, int64_t *total)
{
    static const char name[] = "\"Plan Rows\": ";
    ROWS_AUTO rows = {0};
    TRY(step_leased(exec, sql_explain_list(exec->arena, plan->layout, &plan->query), &rows));
    *total = 0;
    if (rows.row_count == 0)
        return NULL;
    const char *at = strstr(rows_cell(&rows, 0, 0).at, name);
    for (at = at ? at + sizeof(name) - 1 : ""; *at >= '0' && *at <= '9'; at++)
        *total = *total * 10 + (*at - '0');
    return NULL;
}

static struct err *counted_total(const struct exec *exec, const struct plan *plan, int64_t limit, int64_t *total)
{
    ROWS_AUTO rows = {0};
    TRY(step_leased(exec, sql_count_list(exec->arena, plan->layout, &plan->query, limit), &rows));
    *total = 0;
    if (rows.row_count)
        text_i64(rows_cell(&rows, 0, 0), total);
    return NULL;
}

struct err *step_guess_total(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    int64_t most = plan->relation->policy->max_rows, counted = 0;
    if (plan->estimated) {
        TRY(counted_total(exec, plan, most < INT64_MAX ? most + 1 : most, &counted));
        out->has_total = counted <= most;
        out->total = counted;
    }
    if (out->has_total)
        return NULL;
    TRY(planned_total(exec, plan, &out->total));
    out->has_total = out->guessed = true;
    if (out->total < counted)
        out->total = counted;
    return NULL;
}
