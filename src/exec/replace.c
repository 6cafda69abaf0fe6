/* PUT of an item. */
#include "task.h"

static struct err *may_not_insert(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_FORBIDDEN, "The row does not exist, and new rows may not be created here.");
    err->code = SLICE("42501");
    return err;
}

/* Without preconditions, one statement inserts or overwrites. */
static struct err *overwrite(struct task *task)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(session_work(task->session,
                     sql_upsert(task_arena(task), plan->layout, &plan->as.replace.insert, &plan->as.replace.update),
                     &rows));
    if (rows.row_count == 0)
        return insert_is_diverted(task, &rows) ? show_target(task) : contended(task);
    bool created = slice_eq(rows_cell(&rows, 0, rows.column_count - 1), SLICE("t"));
    outcome_take(task, created ? OUTCOME_CREATED : OUTCOME_CHANGED, plan->layout, &rows);
    return NULL;
}

/* Inserts a row that does not exist. With ON CONFLICT, no row is returned when another transaction has inserted it
 * first. Without ON CONFLICT, as through a view, a unique violation is diagnosed: it may be about this key, or about
 * another unique key of the table. */
static struct err *create(struct task *task)
{
    const struct plan *plan = task->plan;
    enum conflict conflict = has_arbiter(plan->relation) ? CONFLICT_NOTHING : CONFLICT_FAIL;
    enum diagnosis diagnosis;
    ROWS_AUTO rows = {0};
    if (!plan->relation->can_insert)
        return may_not_insert(task_arena(task));
    struct err *err = session_work(
        task->session, sql_insert(task_arena(task), plan->layout, &plan->as.replace.insert, conflict, true), &rows);
    if (err && (conflict == CONFLICT_NOTHING || !slice_eq(err->code, SLICE("23505"))))
        return err;
    if (err) {
        TRY(diagnose(task, &diagnosis));
        return diagnosis == DIAGNOSIS_MISSING ? err : NULL;
    }
    if (rows.row_count)
        outcome_take(task, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

static struct err *update(struct task *task)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(session_work(
        task->session,
        sql_update_item(task_arena(task), plan->layout, plan->keys, &plan->guard, &plan->as.replace.update), &rows));
    TRY(one_row(task, &rows));
    if (rows.row_count)
        outcome_take(task, OUTCOME_CHANGED, plan->layout, &rows);
    return NULL;
}

/* One attempt. OUTCOME_NONE: another transaction inserted, deleted or changed the row in between. */
static struct err *attempt(struct task *task)
{
    const struct guard *guard = &task->plan->guard;
    bool creates = guard->must_be_absent && !guard->must_exist && has_arbiter(task->plan->relation);
    enum diagnosis diagnosis;
    if (creates)
        TRY(create(task));
    else if (!guard_hopeless(guard) && !guard->must_be_absent)
        TRY(update(task));
    if (task->out->kind != OUTCOME_NONE)
        return NULL;
    TRY(diagnose(task, &diagnosis));
    if (diagnosis == DIAGNOSIS_MISSING && guard->must_exist)
        fail_without_row(task);
    else if (diagnosis == DIAGNOSIS_MISSING && !creates)
        return create(task);
    return NULL;
}

struct err *run_replace(struct task *task)
{
    TRY(claims_check(task, &task->plan->as.replace.update.claims));
    if (replace_overwrites(task->plan))
        return overwrite(task);
    if (task->session->needs->locks)
        return write_locked(task);
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        TRY(attempt(task));
        task->session->undo = task->out->kind == OUTCOME_FAILED;
        if (task->out->kind != OUTCOME_NONE)
            return NULL;
    }
    return task->plan->parent_path ? no_parent_or_taken(task_arena(task)) : contended(task);
}
