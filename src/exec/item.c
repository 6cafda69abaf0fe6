/* Writes of one item, in one of two ways.
 *
 * Guarded: a single statement whose WHERE clause carries the preconditions. When it returns no row, one further
 * statement (diagnose()) finds out why.
 *
 * Locked: where one statement cannot decide (JSON Patch, a merge inside a json column, keys whose spelling only
 * PostgreSQL knows, preconditions on other rows), the row is read and locked first, and written under that lock. */
#include "task.h"

#include <assert.h>

bool is_detoured(const struct relation *relation)
{
    return relation->rewritten || relation->vetoed;
}

bool has_arbiter(const struct relation *relation)
{
    bool table = relation->kind == RELATION_TABLE || relation->kind == RELATION_PARTITIONED;
    return table && relation->key.arbiter;
}

void fail_without_row(struct task *task)
{
    *task->out = (struct outcome){.kind = OUTCOME_FAILED, .layout = task->plan->layout};
}

struct err *claims_check(struct task *task, const struct claims *claims)
{
    ROWS_AUTO rows = {0};
    if (claims->count == 0)
        return NULL;
    TRY(session_statement(task->session, sql_compare_claims(task_arena(task), task->plan->relation, claims), &rows));
    assert(rows.row_count == 1 && rows.column_count == claims->count);
    for (size_t i = 0; i < claims->count; i++)
        if (!rows_bool(&rows, 0, i))
            return claims->items[i].err;
    return NULL;
}

struct err *one_row(const struct task *task, const struct rows *rows)
{
    if (rows->affected <= 1 && rows->row_count <= 1)
        return NULL;
    assert(!task->plan->relation->key.unique && session_in_transaction(task->session));
    return err_new(task_arena(task), ERR_CONFLICT, "Several rows have this key; nothing was changed.");
}

/* ---- guarded ---- */

struct err *diagnose(struct task *task, enum diagnosis *diagnosis)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    const struct layout *layout = layout_for_preconds(arena, plan->relation);
    ROWS_AUTO rows = {0};
    TRY(session_statement(task->session, sql_select_item(arena, layout, plan->keys, plan->parent_path, LOCK_NONE),
                          &rows));
    *diagnosis = DIAGNOSIS_MISSING;
    if (rows.row_count == 0)
        return NULL;
    *diagnosis = DIAGNOSIS_RETRY;
    if (evaluate_state(arena, &task->preconds, task_method(task), layout, &rows, 0) == VERDICT_FAILED) {
        *diagnosis = DIAGNOSIS_FAILED;
        outcome_take(task, OUTCOME_FAILED, layout, &rows);
    }
    return NULL;
}

/* The diagnosis can find that the preconditions hold after all, when another transaction wrote the row between the two
 * statements. Then the write is tried again. */
struct err *write_guarded(struct task *task, const struct statement *statement, enum outcome_kind kind)
{
    const struct guard *guard = &task->plan->guard;
    for (int i = 0; i < ATTEMPTS_MAX; i++) {
        ROWS_AUTO rows = {0};
        enum diagnosis diagnosis;
        if (!guard_hopeless(guard) && !guard->must_be_absent)
            TRY(session_work(task->session, statement, &rows));
        TRY(one_row(task, &rows));
        if (rows.row_count > 0 || rows.affected > 0) {
            outcome_take(task, kind, task->plan->layout, &rows);
            return NULL;
        }
        TRY(diagnose(task, &diagnosis));
        if (diagnosis == DIAGNOSIS_MISSING)
            return no_row(task_arena(task));
        if (diagnosis == DIAGNOSIS_FAILED) {
            task->session->undo = true;
            return NULL;
        }
    }
    return contended(task);
}

/* ---- locked ---- */

struct err *no_parent_or_taken(struct arena *arena)
{
    return err_new(arena, ERR_NO_ROW,
                   "There is no such row below this parent, and it cannot be created: the parent does not exist, or "
                   "another row has the key.");
}

/* A trigger or rule of the database took the write elsewhere. Shows the row as it is now; a PUT that was to create it
 * has none to show. */
struct err *show_target(struct task *task)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(session_statement(task->session, sql_select_item(task_arena(task), plan->layout, plan->keys, NULL, LOCK_NONE),
                          &rows));
    outcome_take(task, rows.row_count || task->kind != PLAN_REPLACE ? OUTCOME_CHANGED : OUTCOME_CREATED, plan->layout,
                 &rows);
    return NULL;
}

/* PUT of a row that does not exist. Where triggers may put the row elsewhere, a row that another transaction inserted
 * meanwhile must be an error: ON CONFLICT DO NOTHING would look like their doing. */
static struct err *create_missing(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    bool arbiter = has_arbiter(plan->relation) && !plan->relation->diverted;
    ROWS_AUTO rows = {0};
    struct err *err = session_work(
        task->session,
        sql_insert(arena, plan->layout, &plan->as.replace.insert, arbiter ? CONFLICT_NOTHING : CONFLICT_FAIL, true),
        &rows);
    if (err)
        return !arbiter && slice_eq(err->code, SLICE("23505")) ? insert_collided(task, err) : err;
    if (insert_is_diverted(task, &rows))
        TRY(insert_check_parent(task));
    else if (rows.row_count == 0)
        return plan->parent_path ? no_parent_or_taken(arena) : contended(task);
    outcome_take(task, OUTCOME_CREATED, plan->layout, &rows);
    return NULL;
}

/* Handles a target that does not exist: PUT creates it, the other methods fail. */
static struct err *write_missing(struct task *task)
{
    if (task->kind != PLAN_REPLACE)
        return no_row(task_arena(task));
    if (!task->plan->guard.must_exist)
        return create_missing(task);
    task->session->undo = true;
    fail_without_row(task);
    return NULL;
}

/* Whether the row is as it was before the statement. */
static struct err *is_unchanged(struct task *task, const struct layout *layout, const struct rows *before, bool *same)
{
    struct arena *arena = task_arena(task);
    ROWS_AUTO rows = {0};
    TRY(session_statement(task->session, sql_select_item(arena, layout, task->plan->keys, NULL, LOCK_NONE), &rows));
    *same = rows.row_count && slice_eq(layout_tag(arena, layout, &rows, 0), layout_tag(arena, layout, before, 0));
    return NULL;
}

/* The statement wrote no row although the row is locked and its preconditions hold. A trigger or rule of the database
 * may have done something else, or nothing, in its place: then that counts as the write. A policy of row security may
 * be the reason as well, except that a row which is locked for an UPDATE is one that the policies for UPDATE allow. */
static struct err *written_by_database(struct task *task, const struct layout *layout, struct rows *before)
{
    const struct relation *relation = task->plan->relation;
    bool same = false;
    if (!is_detoured(relation))
        return contended(task);
    if (relation->row_security && (task->kind == PLAN_DELETE || relation->rewritten))
        TRY(is_unchanged(task, layout, before, &same));
    if (same)
        return contended(task);
    if (task->kind != PLAN_DELETE)
        return show_target(task);
    outcome_take(task, OUTCOME_DELETED, layout, before);
    return NULL;
}

struct err *resolve_locked(struct task *task, const struct patch *patch, const struct layout *layout,
                           const struct rows *rows, size_t row, struct changes *changes)
{
    TRY(content_resolve(task_arena(task), patch, layout, rows, row, changes));
    return patch->kind == PATCH_CHANGES ? NULL : locks_for_changes(task, changes);
}

/* The statement that writes the row, whose state is `before`. */
static struct err *statement_of(struct task *task, const struct layout *layout, const struct rows *before,
                                struct statement **statement)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    /* EXPLAIN shows the statement that would run outside a transaction, where there is one. */
    const struct guard *guard =
        plan->explain && !plan->guard.unresolved && !plan->guarded_rows.count && !is_detoured(plan->relation)
            ? &plan->guard
            : NULL;
    struct changes changes = {0};
    if (task->kind == PLAN_DELETE) {
        *statement = sql_delete_item(arena, plan->show_rows ? plan->layout : NULL, plan->relation, plan->keys, guard);
        return NULL;
    }
    if (task->kind == PLAN_REPLACE)
        changes = plan->as.replace.update;
    else
        TRY(resolve_locked(task, &plan->as.patch.patch, layout, before, 0, &changes));
    *statement = sql_update_item(arena, plan->layout, plan->keys, guard, &changes);
    return NULL;
}

/* Writes the row, which is locked and whose preconditions hold. */
static struct err *write_row(struct task *task, const struct layout *layout, struct rows *before)
{
    ROWS_AUTO rows = {0};
    struct statement *statement;
    if (task->kind == PLAN_DELETE) {
        struct slice *const keys[] = {layout_keys(task_arena(task), layout, before, 0)};
        TRY(children_check(task, &task->plan->preconds, layout, before, keys, 1));
        if (task->session->undo)
            return NULL;
    }
    TRY(statement_of(task, layout, before, &statement));
    TRY(session_work(task->session, statement, &rows));
    TRY(one_row(task, &rows));
    if (rows.row_count == 0 && rows.affected == 0)
        return written_by_database(task, layout, before);
    outcome_take(task, task->kind == PLAN_DELETE ? OUTCOME_DELETED : OUTCOME_CHANGED, task->plan->layout, &rows);
    return NULL;
}

struct err *write_locked(struct task *task)
{
    const struct layout *layout = layout_for_preconds(task_arena(task), task->plan->relation);
    enum verdict verdict;
    ROWS_AUTO before = {0};
    assert(session_in_transaction(task->session));
    TRY(target_lock(task, layout, &before));
    if (before.row_count == 0)
        return write_missing(task);
    TRY(evaluate_locked(task, &task->preconds, task_method(task), layout, &before, 0, &verdict));
    if (verdict == VERDICT_PROCEED)
        return write_row(task, layout, &before);
    task->session->undo = true;
    outcome_take(task, OUTCOME_FAILED, layout, &before);
    return NULL;
}
