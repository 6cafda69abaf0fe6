/* POST of rows that may already exist (Prefer: resolution=). */
#include "task.h"

static struct err *would_overwrite(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_PRECONDITION_REQUIRED,
                              "Rows that exist already may only be overwritten with a precondition.");
    return err_hint(arena, err,
                    "Send each row with its entity tag in the member that carries it, or send If-Match: *, which "
                    "matches any current state.");
}

static bool any_is_new(const struct rows *rows)
{
    for (size_t i = 0; i < rows->row_count; i++)
        if (slice_eq(rows_cell(rows, i, rows->column_count - 1), SLICE("t")))
            return true;
    return false;
}

/* A trigger may put a row elsewhere, so the number of rows does not tell whether one of them exists. A duplicate is an
 * error then. */
static struct err *insert_only(struct task *task, const struct insert_rows *rows)
{
    const struct key *target = rows->target;
    struct arena *arena = task_arena(task);
    struct insert_rows only = *rows;
    only.duplicates = DUPLICATES_FAIL;
    struct err *err = parts_add(task, sql_insert_rows(arena, task->plan->layout, &only));
    bool exists = err && slice_eq(err->code, SLICE("23505")) && slice_eq(err->constraint, target->name);
    task->out->inserted = true;
    return exists ? would_overwrite(arena) : err;
}

static size_t rows_of(const struct batches *batches)
{
    size_t count = 0;
    for (size_t i = 0; i < batches->count; i++)
        count += batches->items[i].rows;
    return count;
}

static struct err *upsert_rows(struct task *task)
{
    const struct plan *plan = task->plan;
    const struct plan_upsert *upsert = &plan->as.upsert;
    bool guarded = plan->duplicates == DUPLICATES_MERGE && !upsert->may_overwrite;
    const struct insert_rows rows = {.batches = &upsert->batches,
                                     .target = upsert->target,
                                     .duplicates = guarded ? DUPLICATES_IGNORE : plan->duplicates,
                                     .names_key = true};
    if (guarded && plan->relation->diverted)
        return insert_only(task, &rows);
    TRY(parts_add(task, sql_insert_rows(task_arena(task), plan->layout, &rows)));
    task->out->inserted = any_is_new(&task->out->parts[0]);
    if (guarded && task->out->parts[0].row_count < rows_of(&upsert->batches))
        return would_overwrite(task_arena(task));
    return NULL;
}

struct err *run_upsert(struct task *task)
{
    const struct batches *batches = &task->plan->as.upsert.batches;
    parts_begin(task, OUTCOME_NONE, 1);
    if (batches->count) {
        TRY(claims_check(task, &batches->claims));
        TRY(upsert_rows(task));
    }
    task->out->kind = task->out->inserted ? OUTCOME_CREATED : OUTCOME_CHANGED;
    return NULL;
}
