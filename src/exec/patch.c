/* PATCH of an item. */
#include "task.h"

struct err *run_patch(struct task *task)
{
    const struct plan *plan = task->plan;
    if (task->session->needs->locks)
        return write_locked(task);
    return write_guarded(
        task, sql_update_item(task_arena(task), plan->layout, plan->keys, &plan->guard, &plan->as.patch.patch.changes),
        OUTCOME_CHANGED);
}
