/* POST: one new row, and rows that may be there already. */
#include "steps.h"

static struct err *insert_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    TRY(txn_main(txn, sql_insert(txn->exec->arena, plan->layout, &plan->as.insert.row, CONFLICT_FAIL), &rows));
    if (plan->parent_path && rows.row_count == 0 && rows.affected == 0)
        return step_no_parent(txn->exec);
    step_outcome(txn->exec, out, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

struct err *step_insert(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    if (step_in_transaction(plan))
        return txn_run(exec, insert_body, plan, out);
    TRY(step_point(exec, plan, sql_insert(exec->arena, plan->layout, &plan->as.insert.row, CONFLICT_FAIL), &rows));
    if (plan->parent_path && rows.row_count == 0 && rows.affected == 0)
        return step_no_parent(exec);
    step_outcome(exec, out, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

static struct err *would_overwrite(const struct exec *exec)
{
    struct err *err = err_new(exec->arena, ERR_PRECONDITION_REQUIRED,
                              "Rows that are there already may only be overwritten with a precondition.");
    return err_hint(exec->arena, err,
                    "Give each row its tag in the member that carries it, or send If-Match: * to overwrite "
                    "whatever is there now.");
}

static struct err *upsert_batch(struct txn *txn, const struct plan *plan, const struct batch *batch,
                                struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    const struct plan_upsert *upsert = &plan->as.upsert;
    bool merge = plan->duplicates == DUPLICATES_MERGE && upsert->may_overwrite;
    struct rows *part = &out->parts[out->part_count];
    TRY(txn_main(txn, sql_upsert_many(arena, plan->layout, batch, upsert->target, merge), part));
    out->part_count++;
    out->affected += part->affected;
    for (size_t i = 0; i < part->row_count; i++)
        if (slice_eq(rows_cell(part, i, part->column_count - 1), SLICE("t")))
            out->inserted = true;
    if (plan->duplicates == DUPLICATES_MERGE && !upsert->may_overwrite && part->row_count < batch->rows)
        return would_overwrite(txn->exec);
    return NULL;
}

/* Rows without any column: each one all defaults. */
static struct err *insert_defaults(struct txn *txn, const struct plan *plan, const struct batch *batch,
                                   struct outcome *out)
{
    const struct changes none = {0};
    for (size_t i = 0; i < batch->rows; i++) {
        struct rows *part = &out->parts[out->part_count];
        TRY(txn_main(txn, sql_insert(txn->exec->arena, plan->layout, &none, CONFLICT_FAIL), part));
        out->part_count++;
        out->affected++;
        out->inserted = true;
    }
    return NULL;
}

static struct err *upsert_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    size_t most = 0;
    for (size_t i = 0; i < plan->as.upsert.batches.count; i++)
        most += plan->as.upsert.batches.items[i].column_count ? 1 : plan->as.upsert.batches.items[i].rows;
    *out = (struct outcome){.layout = plan->layout, .many = true};
    out->parts = ARENA_ARRAY(txn->exec->arena, struct rows, most);
    for (size_t i = 0; i < plan->as.upsert.batches.count; i++) {
        const struct batch *batch = &plan->as.upsert.batches.items[i];
        TRY(batch->column_count ? upsert_batch(txn, plan, batch, out) : insert_defaults(txn, plan, batch, out));
    }
    out->kind = out->inserted ? OUTCOME_CREATED : OUTCOME_CHANGED;
    return NULL;
}

struct err *step_upsert(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return txn_run(exec, upsert_body, plan, out);
}
