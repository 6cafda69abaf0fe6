/* DELETE of an item. */
#include "task.h"

struct err *run_delete(struct task *task)
{
    const struct plan *plan = task->plan;
    if (task->session->needs->locks)
        return write_locked(task);
    const struct layout *shown = plan->show_rows ? plan->layout : NULL;
    return write_guarded(task, sql_delete_item(task_arena(task), shown, plan->relation, plan->keys, &plan->guard),
                         OUTCOME_DELETED);
}
