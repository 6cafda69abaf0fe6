/* A read of one item by its key. */
#include "task.h"

/* Locks the row that the read shows until the end of the transaction, and evaluates If-Match under the lock: with a tag
 * that covers a tree, all rows of the tree are locked too. */
static struct err *lock_item(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    bool tree = covers_tree(&task->preconds);
    enum lock_strength lock = plan->relation->rewritten                ? LOCK_NONE
                              : plan->lock == READ_LOCK_UPDATE || tree ? LOCK_UPDATE
                                                                       : LOCK_SHARE;
    const struct layout *layout = layout_for_preconds(arena, plan->relation);
    enum verdict verdict = VERDICT_PROCEED;
    ROWS_AUTO rows = {0};
    if (plan->lock == READ_LOCK_NONE)
        return NULL;
    TRY(session_statement(task->session, sql_select_item(arena, layout, plan->keys, plan->parent_path, lock), &rows));
    if (rows.row_count == 0)
        return no_row(arena);
    if (tree)
        TRY(evaluate_locked(task, &task->preconds, METHOD_PATCH, layout, &rows, 0, &verdict));
    if (verdict == VERDICT_PROCEED)
        return NULL;
    task->session->undo = true;
    outcome_take(task, OUTCOME_FAILED, layout, &rows);
    return NULL;
}

struct err *run_read_item(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    ROWS_AUTO rows = {0};
    TRY(lock_item(task));
    if (task->out->kind == OUTCOME_FAILED)
        return NULL;
    TRY(session_work(task->session, sql_select_item(arena, plan->layout, plan->keys, plan->parent_path, LOCK_NONE),
                     &rows));
    if (rows.row_count == 0)
        return no_row(arena);
    outcome_take(task, OUTCOME_FOUND, plan->layout, &rows);
    task->out->ancestor_holds = task->preconds.if_match.kind == TAGS_ANY;
    return NULL;
}
