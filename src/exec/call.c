/* Functions: on a lease, in a transaction that can only read unless the function may write. */
#include "steps.h"

#include "midair/base/text.h"

/* Nothing that the function did is kept. */
static struct err *too_many(struct arena *arena, const struct outcome *out)
{
    struct err *err = err_new(arena, ERR_BAD_REQUEST, "Query result exceeds max-affected preference constraint");
    err->code = SLICE("PGRST124");
    err->details = arena_printf(arena, "The query affects %zu rows", outcome_rows(out));
    return err;
}

static struct err *call_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    ROWS_AUTO rows = {0};
    struct statement *list = sql_select_list(arena, plan->layout, &plan->query, plan->limit, plan->counted);
    TRY(txn_main(txn, sql_call(arena, plan->call, list), &rows));
    step_outcome(txn->exec, out, OUTCOME_LIST, plan->layout, &rows);
    out->many = plan->call->function->returns_set;
    if (plan->counted)
        step_take_count(out, &out->parts[0], out->parts[0].column_count);
    return plan->capped && (int64_t)outcome_rows(out) > plan->most_affected ? too_many(arena, out) : NULL;
}

struct err *step_call(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return plan->read_only ? txn_read(exec, call_body, plan, out) : txn_run(exec, call_body, plan, out);
}
