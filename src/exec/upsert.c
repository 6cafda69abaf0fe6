/* POST of rows that may already exist (Prefer: resolution=). */
#include "task.h"

static struct err *would_overwrite(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_PRECONDITION_REQUIRED,
                              "Rows that are there already may only be overwritten with a precondition.");
    return err_hint(arena, err,
                    "Give each row its tag in the member that carries it, or send If-Match: * to overwrite "
                    "whatever is there now.");
}

static struct err *upsert_batch(struct task *task, const struct batch *batch)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    struct outcome *out = task->out;
    const struct plan_upsert *upsert = &plan->as.upsert;
    bool merges = plan->duplicates == DUPLICATES_MERGE;
    TRY(parts_add(task, sql_upsert_many(arena, plan->layout, batch, upsert->target, merges && upsert->may_overwrite)));
    const struct rows *part = &out->parts[out->part_count - 1];
    for (size_t i = 0; i < part->row_count; i++)
        if (slice_eq(rows_cell(part, i, part->column_count - 1), SLICE("t")))
            out->inserted = true;
    if (merges && !upsert->may_overwrite && part->row_count < batch->rows)
        return would_overwrite(arena);
    return NULL;
}

/* Inserts rows without any column: each consists of defaults only. */
static struct err *insert_defaults(struct task *task, const struct batch *batch)
{
    static const struct changes none = {0};
    for (size_t i = 0; i < batch->rows; i++) {
        TRY(parts_add(task, sql_insert(task_arena(task), task->plan->layout, &none, CONFLICT_FAIL)));
        task->out->inserted = true;
    }
    return NULL;
}

struct err *run_upsert(struct task *task)
{
    const struct batches *batches = &task->plan->as.upsert.batches;
    parts_begin(task, OUTCOME_NONE, parts_of_batches(batches));
    for (size_t i = 0; i < batches->count; i++) {
        const struct batch *batch = &batches->items[i];
        TRY(batch->column_count ? upsert_batch(task, batch) : insert_defaults(task, batch));
    }
    task->out->kind = task->out->inserted ? OUTCOME_CREATED : OUTCOME_CHANGED;
    return NULL;
}
