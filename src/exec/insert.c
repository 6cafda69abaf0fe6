/* POST of one new row, and of arrays of new rows. */
#include "task.h"

struct err *run_insert(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    ROWS_AUTO rows = {0};
    TRY(claims_check(task, &plan->as.insert.row.claims));
    TRY(session_work(task->session, sql_insert(arena, plan->layout, &plan->as.insert.row, CONFLICT_FAIL), &rows));
    if (plan->parent_path && rows.row_count == 0 && rows.affected == 0)
        return no_parent(arena);
    outcome_take(task, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

static struct err *insert_batch(struct task *task, const struct batch *batch)
{
    static const struct changes none = {0};
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    if (batch->column_count)
        return parts_add(task, sql_insert_many(arena, plan->layout, batch->columns, batch->column_count,
                                               batch->document, plan->parent_path));
    for (size_t row = 0; row < batch->rows; row++)
        TRY(parts_add(task, sql_insert(arena, plan->layout, &none, CONFLICT_FAIL)));
    return NULL;
}

struct err *run_insert_many(struct task *task)
{
    const struct plan *plan = task->plan;
    const struct batches *batches = &plan->as.insert_many.batches;
    parts_begin(task, OUTCOME_CREATED, parts_of_batches(batches));
    for (size_t i = 0; i < batches->count; i++)
        TRY(insert_batch(task, &batches->items[i]));
    return plan->parent_path && batches->count && task->out->affected == 0 ? no_parent(task_arena(task)) : NULL;
}
