/* Totals that need not be exact (PostgREST: planned and estimated counts). */
#include "steps.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

/* In a transaction where the plan has one. */
static struct err *ask(const struct exec *exec, struct txn *txn, const struct statement *statement, struct rows *rows)
{
    return txn ? txn_statement(txn, statement, rows) : step_leased(exec, statement, rows);
}

/* The first "Plan Rows" is the topmost node's. */
static struct err *planned_total(const struct exec *exec, struct txn *txn, const struct plan *plan, int64_t *total)
{
    static const char name[] = "\"Plan Rows\": ";
    ROWS_AUTO rows = {0};
    TRY(ask(exec, txn, sql_explain_list(exec->arena, plan->layout, &plan->query), &rows));
    *total = 0;
    if (rows.row_count == 0)
        return NULL;
    const char *at = strstr(rows_cell(&rows, 0, 0).at, name);
    for (at = at ? at + sizeof(name) - 1 : ""; *at >= '0' && *at <= '9'; at++)
        *total = *total * 10 + (*at - '0');
    return NULL;
}

struct err *step_count(const struct exec *exec, struct txn *txn, const struct plan *plan, int64_t limit, int64_t *total)
{
    ROWS_AUTO rows = {0};
    TRY(ask(exec, txn, sql_count_list(exec->arena, plan->layout, &plan->query, limit), &rows));
    *total = 0;
    if (rows.row_count)
        text_i64(rows_cell(&rows, 0, 0), total);
    return NULL;
}

static struct err *estimate(const struct exec *exec, struct txn *txn, const struct plan *plan, struct outcome *out)
{
    int64_t most = plan->relation->policy->max_rows, counted = 0;
    if (plan->as.read_list.page.total == TOTAL_ESTIMATED) {
        TRY(step_count(exec, txn, plan, most < INT64_MAX ? most + 1 : most, &counted));
        out->has_total = counted <= most;
        out->total = counted;
    }
    if (out->has_total)
        return NULL;
    TRY(planned_total(exec, txn, plan, &out->total));
    out->has_total = out->estimated = true;
    if (out->total < counted)
        out->total = counted;
    return NULL;
}

static struct err *estimate_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    return estimate(txn->exec, txn, plan, out);
}

struct err *step_estimate_total(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    struct outcome totals = {0};
    if (!plan->settings && !plan->query.may_write)
        return estimate(exec, NULL, plan, out);
    TRY(txn_read(exec, estimate_body, plan, &totals)); /* values are read by the same settings */
    out->has_total = totals.has_total;
    out->total = totals.total;
    out->estimated = totals.estimated;
    return NULL;
}
