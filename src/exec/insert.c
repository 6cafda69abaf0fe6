/* POST of one new row, and of arrays of new rows; and what the other kinds of inserts share with them. */
#include "task.h"

bool insert_is_diverted(const struct task *task, const struct rows *rows)
{
    return task->plan->relation->diverted && rows->row_count == 0 && rows->affected == 0;
}

struct err *insert_check_parent(struct task *task)
{
    const struct parent_path *path = task->plan->parent_path;
    ROWS_AUTO rows = {0};
    if (!path)
        return NULL;
    TRY(session_statement(task->session, sql_parent_path_there(task_arena(task), path), &rows));
    return rows_bool(&rows, 0, 0) ? NULL : no_parent(task_arena(task));
}

struct err *insert_collided(struct task *task, struct err *otherwise)
{
    enum { COLLISIONS_MAX = 3 };
    return task->collisions++ < COLLISIONS_MAX ? contended(task) : otherwise;
}

struct err *run_insert(struct task *task)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(claims_check(task, &plan->as.insert.row.claims));
    TRY(session_work(task->session,
                     sql_insert(task_arena(task), plan->layout, &plan->as.insert.row, CONFLICT_FAIL, false), &rows));
    if (plan->parent_path && rows.row_count == 0 && rows.affected == 0) {
        if (!insert_is_diverted(task, &rows))
            return no_parent(task_arena(task));
        TRY(insert_check_parent(task));
    }
    task->taken_over = insert_is_diverted(task, &rows);
    outcome_take(task, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

struct err *run_insert_many(struct task *task)
{
    const struct plan *plan = task->plan;
    const struct batches *batches = &plan->as.insert_many.batches;
    const struct insert_rows rows = {.batches = batches, .parent_path = plan->parent_path};
    parts_begin(task, OUTCOME_CREATED, 1);
    if (batches->count == 0)
        return NULL;
    TRY(claims_check(task, &batches->claims));
    TRY(parts_add(task, sql_insert_rows(task_arena(task), plan->layout, &rows)));
    if (!plan->parent_path || task->out->affected)
        return NULL;
    return plan->relation->diverted ? insert_check_parent(task) : no_parent(task_arena(task));
}
