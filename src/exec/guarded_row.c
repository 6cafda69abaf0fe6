/* Guarded rows (plan/guarded_row.h): rows other than the target whose tags are preconditions. They are evaluated when
 * locks.c has locked them. When one of them does not hold, it becomes the outcome, so that the response shows its
 * state. */
#include "task.h"

#include <assert.h>

/* Makes the row that does not hold the outcome. Takes the rows over. */
static void fail(struct task *task, const struct guarded_row *row, const struct layout *layout, struct rows *rows)
{
    outcome_take(task, OUTCOME_FAILED, layout, rows);
    task->out->stale = row;
    task->session->undo = true;
}

static void keep_stale(struct task *task, const struct guarded_row *row, const struct layout *layout, struct rows *rows)
{
    rows_free(&task->stale.rows);
    task->stale = (struct stale){row, layout, *rows};
    *rows = (struct rows){0};
}

static void forget_stale(struct task *task)
{
    rows_free(&task->stale.rows);
    task->stale = (struct stale){0};
}

/* Makes the stale ancestor the outcome. */
static void fail_stale(struct task *task)
{
    struct stale stale = task->stale;
    task->stale = (struct stale){0};
    fail(task, stale.row, stale.layout, &stale.rows);
}

static bool is_listed(struct task *task, const struct guarded_row *row)
{
    const struct tag_list *list = &task->plan->preconds.if_match;
    for (size_t i = 0; i < list->count; i++)
        if (guarded_row_owns(task_arena(task), row->relation, row->keys, &list->tags[i]))
            return true;
    return false;
}

static struct err *evaluate(struct task *task, const struct guarded_row *row, const struct layout *layout,
                            enum lock_strength lock, struct rows *rows, enum verdict *verdict)
{
    struct preconds preconds = {.if_match = task->plan->preconds.if_match};
    if (row->role == GUARDED_NAMED)
        preconds = row->preconds;
    if (lock == LOCK_UPDATE)
        return evaluate_locked(task, &preconds, METHOD_PATCH, layout, rows, 0, verdict);
    *verdict = evaluate_state(task_arena(task), &preconds, METHOD_PATCH, layout, rows, 0);
    return NULL;
}

/* Evaluates If-Match against an ancestor. When it holds, If-Match is satisfied for the target as well. When it does
 * not, the ancestor is remembered as stale if one of the tags belongs to it; for a POST, whose target has no tag, the
 * first such ancestor is remembered in any case. */
static struct err *take_ancestor(struct task *task, const struct guarded_row *row, const struct layout *layout,
                                 enum lock_strength lock, struct rows *rows)
{
    enum verdict verdict;
    if (rows->row_count == 0)
        return no_parent(task_arena(task));
    TRY(evaluate(task, row, layout, lock, rows, &verdict));
    if (verdict == VERDICT_PROCEED)
        task->preconds.if_match = (struct tag_list){.kind = TAGS_ANY};
    else if (is_listed(task, row) || (!task->plan->keys && !task->stale.row))
        keep_stale(task, row, layout, rows);
    return NULL;
}

bool guarded_row_is_unreadable(const struct guarded_row *row, const struct err *err)
{
    bool exact = row->keys_exact;
    for (size_t i = 0; i < row->parent_path.count; i++)
        exact = exact && row->parent_path.ancestors[i].keys_exact;
    return !exact && slice_starts(err->code, SLICE("22"));
}

struct err *guarded_row_evaluate(struct task *task, const struct guarded_row *row, const struct layout *layout,
                                 enum lock_strength lock, struct rows *rows)
{
    enum verdict verdict = VERDICT_FAILED;
    if (row->role == GUARDED_ANCESTOR)
        return take_ancestor(task, row, layout, lock, rows);
    if (rows->row_count)
        TRY(evaluate(task, row, layout, lock, rows, &verdict));
    if (verdict == VERDICT_FAILED)
        fail(task, row, layout, rows);
    return NULL;
}

void guarded_rows_evaluated(struct task *task)
{
    bool inserts = task->kind == PLAN_INSERT || task->kind == PLAN_INSERT_MANY;
    if (task->preconds.if_match.kind == TAGS_ANY)
        forget_stale(task);
    else if (inserts && task->stale.row && !task->session->undo)
        fail_stale(task);
}

void guarded_rows_end(struct task *task)
{
    struct outcome *out = task->out;
    if (out->kind == OUTCOME_FAILED && task->stale.row && !out->stale && !out->losers) {
        outcome_release(out);
        fail_stale(task);
    }
}
