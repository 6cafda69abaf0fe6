/* Evaluates the preconditions of a write of an item without writing. The guarded rows have been evaluated before; this
 * evaluates those of the target. */
#include "task.h"

static struct err *evaluate_target(struct task *task, const struct layout *layout, const struct rows *rows,
                                   enum verdict *verdict)
{
    const struct current none = {0};
    enum method method = task->kind == PLAN_REPLACE ? METHOD_PUT : METHOD_PATCH;
    if (rows->row_count == 0)
        *verdict = preconds_evaluate(&task->preconds, method, &none);
    else if (session_in_transaction(task->session))
        return evaluate_locked(task, &task->preconds, method, layout, rows, 0, verdict);
    else
        *verdict = evaluate_state(task_arena(task), &task->preconds, method, layout, rows, 0);
    return NULL;
}

struct err *run_probe(struct task *task)
{
    struct arena *arena = task_arena(task);
    const struct layout *layout = layout_for_preconds(arena, task->plan->relation);
    enum verdict verdict;
    ROWS_AUTO rows = {0};
    task->session->undo = true;
    if (!task->plan->keys)
        return probes_rows(task->plan) ? probe_rows(task) : NULL;
    TRY(target_lock(task, layout, &rows));
    if (rows.row_count == 0 && task->kind != PLAN_REPLACE)
        return no_row(arena);
    TRY(evaluate_target(task, layout, &rows, &verdict));
    if (verdict == VERDICT_FAILED)
        outcome_take(task, OUTCOME_FAILED, layout, &rows);
    return NULL;
}
