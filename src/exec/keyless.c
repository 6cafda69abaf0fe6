/* Writes by filter of a table or view without a key: one statement, since nothing could name its rows once they were
 * looked at. They have no tags either, so no tag holds. */
#include "steps.h"

static struct err *no_tags(struct arena *arena)
{
    return err_new(arena, ERR_PRECONDITION_FAILED,
                   "Rows without a key have no tags and no dates that could hold; nothing was changed.");
}

/* What would need the rows before they are written. */
static struct err *check(const struct exec *exec, const struct plan *plan)
{
    bool deletes = plan->kind == PLAN_DELETE_LIST;
    if (query_restricted_by_embeds(&plan->query))
        return err_new(exec->arena, ERR_BAD_QUERY, "Rows without a key cannot be chosen by what is embedded in them.");
    if (!deletes && plan->as.write_list.patch.kind != PATCH_CHANGES)
        return err_new(exec->arena, ERR_BAD_CONTENT, "Rows without a key can be given values, but not be patched.");
    if (deletes && relation_is_referred_to(plan->relation) && !plan->lenient)
        return err_new(exec->arena, ERR_CONFLICT,
                       "Rows without a key cannot be deleted here when others refer to them.");
    return NULL;
}

static struct err *body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    const struct current there = {.exists = true};
    bool deletes = plan->kind == PLAN_DELETE_LIST;
    enum method method = deletes ? METHOD_DELETE : METHOD_PATCH;
    ROWS_AUTO rows = {0};
    TRY(check(exec, plan));
    if (!deletes && plan->as.write_list.patch.changes.count == 0) {
        *out = (struct outcome){.kind = OUTCOME_CHANGED, .layout = plan->layout, .many = true};
        return NULL;
    }
    const struct statement *statement =
        deletes ? sql_delete_where(exec->arena, plan->layout, &plan->query)
                : sql_update_where(exec->arena, plan->layout, &plan->as.write_list.patch.changes, &plan->query);
    TRY(txn_main(txn, statement, &rows));
    if ((int64_t)rows.row_count > plan->as.write_list.cap.limit)
        return step_too_many(txn, plan, (int64_t)rows.row_count);
    bool dated = txn->preconds.has_unmodified_since && plan->relation->stamp.kind == STAMP_VERSION;
    if (rows.row_count && (dated || preconds_judge(&txn->preconds, method, &there) != VERDICT_PROCEED))
        return no_tags(exec->arena);
    step_outcome(exec, out, deletes ? OUTCOME_DELETED : OUTCOME_CHANGED, plan->layout, &rows);
    out->many = true;
    return NULL;
}

struct err *step_write_keyless(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return txn_run(exec, body, plan, out);
}
