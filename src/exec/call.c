/* Function calls. The transaction is read-only unless the function may write. */
#include "task.h"

/* The error for too many rows. It rolls back what the function did. */
static struct err *too_many(struct arena *arena, const struct outcome *out)
{
    struct err *err = err_new(arena, ERR_BAD_REQUEST, "Query result exceeds max-affected preference constraint");
    err->code = SLICE("PGRST124");
    err->details = arena_printf(arena, "The query affects %zu rows", outcome_rows(out));
    return err;
}

/* Takes over the function's result, and what the function says about the response. */
static struct err *take(struct task *task, struct rows *result, struct rows *reply)
{
    const struct plan_call *call = &task->plan->as.call;
    struct outcome *out = task->out;
    bool handled = task->plan->handler;
    if (handled)
        rendered_take(task, result);
    else
        outcome_take(task, OUTCOME_LIST, task->plan->layout, result);
    TRY(reply_take(task, reply));
    out->many = call->call->function->returns_set;
    if (call->page.total == TOTAL_EXACT && !handled)
        list_take_total(out, &out->parts[0], out->parts[0].column_count);
    bool excess = call->cap.asked && (int64_t)outcome_rows(out) > call->cap.most;
    return excess ? too_many(task_arena(task), out) : NULL;
}

struct err *run_call(struct task *task)
{
    struct arena *arena = task_arena(task);
    struct session *session = task->session;
    const struct statement *call = sql_call(arena, task->plan->as.call.call, list_statement(task));
    struct rows rows[2] = {{0}};
    if (session->needs->explain)
        return session_work(session, call, &rows[0]); /* EXPLAIN replaces the call; its error ends the body */
    const struct statement *const both[] = {call, sql_reply(arena)};
    TRY(session_several(session, both, 2, rows));
    struct err *err = take(task, &rows[0], &rows[1]);
    rows_free(&rows[0]);
    rows_free(&rows[1]);
    return err;
}
