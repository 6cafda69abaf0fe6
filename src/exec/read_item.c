/* A read of one item by its key. */
#include "task.h"

struct err *run_read_item(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    ROWS_AUTO rows = {0};
    TRY(session_work(task->session, sql_select_item(arena, plan->layout, plan->keys, plan->parent_path, LOCK_NONE),
                     &rows));
    if (rows.row_count == 0)
        return no_row(arena);
    outcome_take(task, OUTCOME_FOUND, plan->layout, &rows);
    task->out->ancestor_holds = task->preconds.if_match.kind == TAGS_ANY;
    return NULL;
}
