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

struct err *step_take_reply(struct arena *arena, struct rows *rows, struct outcome *out)
{
    ROWS_AUTO said = *rows;
    struct reply *reply = ARENA_NEW(arena, struct reply);
    *rows = (struct rows){0};
    out->reply = reply;
    return reply_read(arena, rows_cell(&said, 0, 0), rows_cell(&said, 0, 1), reply);
}

/* What is made is copied, so its row goes. */
static void take_rendered(const struct exec *exec, const struct plan *plan, struct rows *rows, struct outcome *out)
{
    ROWS_AUTO rendered = *rows;
    *rows = (struct rows){0};
    step_take_rendered(exec, plan, &rendered, out);
}

static struct err *call_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    struct rows rows[2] = {{0}};
    const struct statement *call = sql_call(arena, plan->as.call.call, step_list(txn->exec, plan));
    if (plan->explain)
        return txn_main(txn, call, &rows[0]); /* which leads out */
    TRY(txn_two(txn, call, sql_reply(arena), rows));
    if (plan->handler)
        take_rendered(txn->exec, plan, &rows[0], out);
    else
        step_outcome(txn->exec, out, OUTCOME_LIST, plan->layout, &rows[0]);
    TRY(step_take_reply(arena, &rows[1], out));
    out->many = plan->as.call.call->function->returns_set;
    if (plan->as.call.page.total == TOTAL_EXACT && !plan->handler)
        step_take_count(out, &out->parts[0], out->parts[0].column_count);
    return plan->as.call.cap.asked && (int64_t)outcome_rows(out) > plan->as.call.cap.most ? too_many(arena, out) : NULL;
}

/* What follows BEGIN. Reads are of one snapshot unless the function says otherwise. */
static const char *mode_of(const struct plan *plan)
{
    static const char *const modes[][2] = {
        [ISOLATION_DEFAULT] = {NULL, "ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        [ISOLATION_COMMITTED] = {"ISOLATION LEVEL READ COMMITTED", "ISOLATION LEVEL READ COMMITTED READ ONLY"},
        [ISOLATION_REPEATABLE] = {"ISOLATION LEVEL REPEATABLE READ", "ISOLATION LEVEL REPEATABLE READ READ ONLY"},
        [ISOLATION_SERIALIZABLE] = {"ISOLATION LEVEL SERIALIZABLE", "ISOLATION LEVEL SERIALIZABLE READ ONLY"}};
    return modes[plan->as.call.call->function->isolation][plan->as.call.read_only];
}

struct err *step_call(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return txn_call(exec, mode_of(plan), call_body, plan, out);
}
