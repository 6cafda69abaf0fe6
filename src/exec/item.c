/* Writes of one item. The common ones are a single statement whose WHERE carries the preconditions; when no row comes
 * back, one look tells why. Those that need the row first (JSON Patch, a merge inside a json column, keys whose
 * spelling only PostgreSQL knows) hold its lock between the look and the write. */
#include "steps.h"

#include "midair/base/clock.h"

/* A look can find that the row is fine again: somebody else moved in between. Then the write is tried again. */
enum { ATTEMPTS_MAX = 4 };

static enum method method_of_plan(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_REPLACE:
        return METHOD_PUT;
    case PLAN_DELETE:
    case PLAN_DELETE_LIST:
        return METHOD_DELETE;
    default:
        return METHOD_PATCH;
    }
}

static struct err *contended(const struct exec *exec, const struct plan *plan)
{
    if (plan->relation->row_security) {
        struct err *err = err_new(exec->arena, ERR_FORBIDDEN, "A row security policy does not allow this change.");
        err->code = SLICE("42501");
        return err;
    }
    struct err *err = err_new(exec->arena, ERR_CONTENTION, "The row kept changing; this change was not made.");
    err->retry_after = 1;
    return err;
}

enum diagnose { DIAGNOSIS_RETRY, DIAGNOSIS_MISSING, DIAGNOSIS_FAILED };

/* Why did the statement find nothing? */
static struct err *diagnose(const struct exec *exec, const struct plan *plan, struct outcome *out,
                            enum diagnose *result)
{
    ROWS_AUTO rows = {0};
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    TRY(step_point(exec, plan, sql_select_item(exec->arena, layout, plan->keys, plan->parent_path, LOCK_NONE), &rows));
    *result = DIAGNOSIS_MISSING;
    if (rows.row_count == 0)
        return NULL;
    *result = DIAGNOSIS_RETRY;
    if (step_judge(exec, &plan->preconds, method_of_plan(plan), layout, &rows, 0) == VERDICT_FAILED) {
        *result = DIAGNOSIS_FAILED;
        step_outcome(exec, out, OUTCOME_FAILED, layout, &rows);
    }
    return NULL;
}

static void fail_without_row(struct outcome *out, const struct plan *plan)
{
    *out = (struct outcome){.kind = OUTCOME_FAILED, .layout = plan->layout};
}

/* PATCH and DELETE in one statement. */
static struct err *write_once(const struct exec *exec, const struct plan *plan, const struct statement *statement,
                              enum outcome_kind kind, struct outcome *out)
{
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        ROWS_AUTO rows = {0};
        enum diagnose result;
        if (!guard_hopeless(&plan->guard) && !plan->guard.must_be_absent)
            TRY(step_point(exec, plan, statement, &rows));
        if (rows.row_count > 0 || rows.affected > 0) {
            step_outcome(exec, out, kind, plan->layout, &rows);
            return NULL;
        }
        TRY(diagnose(exec, plan, out, &result));
        if (result == DIAGNOSIS_MISSING)
            return step_no_row(exec);
        if (result == DIAGNOSIS_FAILED)
            return NULL;
    }
    return contended(exec, plan);
}

static struct err *no_insert(const struct exec *exec)
{
    struct err *err = err_new(exec->arena, ERR_FORBIDDEN, "The row is not there, and new ones may not be made here.");
    err->code = SLICE("42501");
    return err;
}

/* PUT below a parent: that is not there, or the key is another parent's child's. */
static struct err *not_here(const struct exec *exec)
{
    return err_new(exec->arena, ERR_NO_ROW,
                   "There is no such row below this parent, and it cannot be created: the parent is not there, or the "
                   "key is taken elsewhere.");
}

/* PUT of a row that is not there. No row comes back when somebody else was faster. */
static struct err *create(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    enum conflict conflict = step_has_arbiter(plan->relation) ? CONFLICT_NOTHING : CONFLICT_FAIL;
    if (!plan->relation->can_insert)
        return no_insert(exec);
    struct err *err =
        step_point(exec, plan, sql_insert(exec->arena, plan->layout, &plan->as.replace.insert, conflict), &rows);
    if (!err && rows.row_count > 0)
        step_outcome(exec, out, OUTCOME_CREATED, plan->layout, &rows);
    return err;
}

/* Through a view there is no ON CONFLICT on the key: the row may have been there all the same. */
static bool was_there(const struct err *err)
{
    return err && slice_eq(err->code, SLICE("23505"));
}

static struct err *take_overwritten(const struct exec *exec, const struct plan *plan, struct rows *rows,
                                    struct outcome *out)
{
    if (rows->row_count == 0)
        return contended(exec, plan);
    bool created = slice_eq(rows_cell(rows, 0, rows->column_count - 1), SLICE("t"));
    step_outcome(exec, out, created ? OUTCOME_CREATED : OUTCOME_CHANGED, plan->layout, rows);
    return NULL;
}

static struct err *overwrite_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    ROWS_AUTO rows = {0};
    TRY(txn_main(txn, sql_upsert(exec->arena, plan->layout, &plan->as.replace.insert, &plan->as.replace.update),
                 &rows));
    return take_overwritten(exec, plan, &rows, out);
}

/* PUT without preconditions: insert or overwrite in one statement. */
static struct err *overwrite(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    if (step_in_transaction(plan))
        return txn_run(exec, overwrite_body, plan, out);
    TRY(step_point(exec, plan,
                   sql_upsert(exec->arena, plan->layout, &plan->as.replace.insert, &plan->as.replace.update), &rows));
    return take_overwritten(exec, plan, &rows, out);
}

/* Creates, and where a unique key is taken finds out which: this one, or another of the table's. */
static struct err *create_or_diagnose(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    enum diagnose result;
    struct err *taken = create(exec, plan, out);
    if (!was_there(taken))
        return taken;
    TRY(diagnose(exec, plan, out, &result));
    return result == DIAGNOSIS_MISSING ? taken : NULL;
}

static struct err *replace_once(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    const struct guard *guard = &plan->guard;
    bool creates = guard->must_be_absent && !guard->must_exist && step_has_arbiter(plan->relation);
    ROWS_AUTO rows = {0};
    enum diagnose result;
    if (creates) {
        TRY(create_or_diagnose(exec, plan, out));
        if (out->kind != OUTCOME_NONE)
            return NULL;
    } else if (!guard_hopeless(guard) && !guard->must_be_absent) {
        struct statement *update =
            sql_update_item(exec->arena, plan->layout, plan->keys, guard, &plan->as.replace.update);
        TRY(step_point(exec, plan, update, &rows));
        if (rows.row_count > 0) {
            step_outcome(exec, out, OUTCOME_CHANGED, plan->layout, &rows);
            return NULL;
        }
    }
    TRY(diagnose(exec, plan, out, &result));
    if (result == DIAGNOSIS_MISSING && guard->must_exist)
        fail_without_row(out, plan);
    else if (result == DIAGNOSIS_MISSING && !creates)
        return create_or_diagnose(exec, plan, out);
    return NULL;
}

/* A trigger of the database's did something else, or nothing, in the place of a write that was judged and allowed. */
static struct err *swallowed(struct txn *txn, const struct plan *plan, const struct layout *layout, struct rows *before,
                             struct outcome *out)
{
    const struct exec *exec = txn->exec;
    ROWS_AUTO rows = {0};
    if (plan->relation->row_security || !step_is_detoured(plan->relation))
        return contended(exec, plan);
    if (plan->kind == PLAN_DELETE) {
        step_outcome(exec, out, OUTCOME_DELETED, layout, before);
        return NULL;
    }
    TRY(txn_statement(txn, sql_select_item(exec->arena, plan->layout, plan->keys, NULL, LOCK_NONE), &rows));
    step_outcome(exec, out, OUTCOME_CHANGED, plan->layout, &rows);
    return NULL;
}

/* Where one statement cannot both check and write, or where its count does not tell why it found nothing. */
static bool must_lock(const struct plan *plan)
{
    return plan->guard.unresolved || step_surrounded(plan) || step_is_detoured(plan->relation);
}

/* Under the row's lock: judge, then write. */
static struct err *locked_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    bool for_update = plan->kind == PLAN_DELETE || step_covers_tree(&txn->preconds);
    enum lock_strength lock = step_lock(plan->relation, for_update);
    enum verdict verdict;
    ROWS_AUTO before = {0};
    ROWS_AUTO rows = {0};
    TRY(txn_statement(txn, sql_select_item(exec->arena, layout, plan->keys, plan->parent_path, lock), &before));
    if (before.row_count == 0) {
        txn->undo = true;
        if (plan->kind != PLAN_REPLACE)
            return step_no_row(exec);
        if (plan->guard.must_exist) {
            fail_without_row(out, plan);
            return NULL;
        }
        txn->undo = false;
        enum conflict conflict = step_has_arbiter(plan->relation) ? CONFLICT_NOTHING : CONFLICT_FAIL;
        TRY(txn_main(txn, sql_insert(exec->arena, plan->layout, &plan->as.replace.insert, conflict), &rows));
        if (rows.row_count == 0)
            return plan->parent_path ? not_here(exec) : contended(exec, plan);
        step_outcome(exec, out, OUTCOME_CREATED, plan->layout, &rows);
        return NULL;
    }
    TRY(step_judge_locked(txn, &txn->preconds, method_of_plan(plan), layout, &before, 0, &verdict));
    if (verdict == VERDICT_FAILED) {
        txn->undo = true;
        step_outcome(exec, out, OUTCOME_FAILED, layout, &before);
        return NULL;
    }
    if (plan->kind == PLAN_DELETE) {
        struct slice *const keys[] = {layout_keys(exec->arena, layout, &before, 0)};
        TRY(children_check(txn, plan, &plan->preconds, layout, &before, keys, 1, out));
        if (txn->undo)
            return NULL;
    }
    struct changes changes = {0};
    if (plan->kind == PLAN_REPLACE)
        changes = plan->as.replace.update;
    struct statement *statement;
    if (plan->kind == PLAN_PATCH)
        TRY(content_resolve(exec->arena, &plan->as.patch.patch, layout, &before, 0, &changes));
    /* What is explained is the statement as it would run without this transaction, where it can. */
    const struct guard *guard = plan->explain && !must_lock(plan) ? &plan->guard : NULL;
    if (plan->kind == PLAN_DELETE)
        statement =
            sql_delete_item(exec->arena, plan->show_rows ? plan->layout : NULL, plan->relation, plan->keys, guard);
    else
        statement = sql_update_item(exec->arena, plan->layout, plan->keys, guard, &changes);
    TRY(txn_main(txn, statement, &rows));
    if (rows.row_count == 0 && rows.affected == 0)
        return swallowed(txn, plan, layout, &before, out);
    step_outcome(exec, out, plan->kind == PLAN_DELETE ? OUTCOME_DELETED : OUTCOME_CHANGED, plan->layout, &rows);
    return NULL;
}

static bool needs_transaction(const struct plan *plan)
{
    return must_lock(plan) || step_in_transaction(plan);
}

struct err *step_replace(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    /* A row of a partition does not tell whether it is new. */
    bool table = plan->relation->kind == RELATION_TABLE;
    bool overwrites = table && !plan->parent_path && guard_empty(&plan->guard) && step_has_arbiter(plan->relation) &&
                      plan->relation->can_insert;
    if (overwrites && !must_lock(plan))
        return overwrite(exec, plan, out);
    if (needs_transaction(plan))
        return txn_run(exec, locked_body, plan, out);
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        TRY(replace_once(exec, plan, out));
        if (out->kind != OUTCOME_NONE)
            return NULL;
    }
    if (plan->parent_path)
        return not_here(exec);
    return contended(exec, plan);
}

struct err *step_patch(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    if (needs_transaction(plan) || plan->as.patch.patch.kind != PATCH_CHANGES)
        return txn_run(exec, locked_body, plan, out);
    struct statement *update =
        sql_update_item(exec->arena, plan->layout, plan->keys, &plan->guard, &plan->as.patch.patch.changes);
    return write_once(exec, plan, update, OUTCOME_CHANGED, out);
}

struct err *step_delete(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    if (needs_transaction(plan) || children_matter(exec, plan, &plan->preconds))
        return txn_run(exec, locked_body, plan, out);
    struct statement *statement =
        sql_delete_item(exec->arena, plan->show_rows ? plan->layout : NULL, plan->relation, plan->keys, &plan->guard);
    return write_once(exec, plan, statement, OUTCOME_DELETED, out);
}
