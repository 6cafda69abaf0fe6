/* A page of rows, below a parent or not, and the total number of rows. */
#include "task.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

/* A list below a parent that does not exist is an error, not an empty list. */
static struct err *take_parent_path(struct task *task, struct rows *rows)
{
    size_t last = rows->column_count - 1;
    if (rows->row_count == 0 || !slice_eq(rows_cell(rows, 0, last), SLICE("t")))
        return no_parent(task_arena(task));
    if (!slice_present(rows_cell(rows, 0, last - 1)))
        rows->row_count = 0;
    return NULL;
}

static struct err *take_list(struct task *task, struct rows *rows)
{
    const struct plan *plan = task->plan;
    struct outcome *out = task->out;
    size_t columns = rows->column_count;
    if (plan->parent_path) {
        columns -= 2;
        TRY(take_parent_path(task, rows));
    }
    if (plan->handler) {
        rendered_take(task, rows);
        return NULL;
    }
    outcome_take(task, OUTCOME_LIST, plan->layout, rows);
    out->many = true;
    if (plan->as.read_list.page.total == TOTAL_EXACT)
        list_take_total(out, &out->parts[0], columns);
    return NULL;
}

/* Locks the rows that the filters select, in the order of their keys. */
static struct err *lock_rows(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    enum lock_strength lock = plan->lock == READ_LOCK_UPDATE ? LOCK_UPDATE : LOCK_SHARE;
    ROWS_AUTO rows = {0};
    if (plan->lock == READ_LOCK_NONE)
        return NULL;
    return session_statement(task->session,
                             sql_lock_list(arena, layout_new(arena, plan->relation, NULL), &plan->query,
                                           plan->as.read_list.page.limit, lock),
                             &rows);
}

struct err *run_read_list(struct task *task)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    struct statement *list = list_statement(task);
    if (plan->parent_path)
        list = sql_below_parent(task_arena(task), list, plan->parent_path);
    TRY(lock_rows(task));
    TRY(session_work(task->session, list, &rows));
    TRY(take_list(task, &rows));
    task->out->ancestor_holds = task->preconds.if_match.kind == TAGS_ANY;
    enum total total = plan->as.read_list.page.total;
    return total == TOTAL_PLANNED || total == TOTAL_ESTIMATED ? list_estimate(task) : NULL;
}
