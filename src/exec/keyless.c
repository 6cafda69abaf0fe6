/* Writes by filter of a table or view without a key. They are one statement, because rows that were read first could
 * not be identified again. Such rows have no tags either, so If-Match with a tag never holds. */
#include "task.h"

static struct err *no_tags(struct arena *arena)
{
    return err_new(arena, ERR_PRECONDITION_FAILED,
                   "Rows without a key have neither entity tags nor dates, so the precondition does not hold; nothing "
                   "was changed.");
}

/* Refuses what would have to know the rows before they are written. */
static struct err *check(const struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    bool deletes = task->kind == PLAN_DELETE_LIST;
    if (query_restricted_by_embeds(&plan->query))
        return err_new(arena, ERR_BAD_QUERY, "Rows without a key cannot be selected by their embedded resources.");
    if (!deletes && plan->as.write_list.patch.kind != PATCH_CHANGES)
        return err_new(arena, ERR_BAD_CONTENT,
                       "Rows without a key can only be given new values; update operators and patches need a key.");
    if (deletes && relation_is_referred_to(plan->relation) && !plan->lenient)
        return err_new(arena, ERR_CONFLICT, "Rows without a key cannot be deleted here when others refer to them.");
    return NULL;
}

static bool conditions_hold(const struct task *task)
{
    const struct current there = {.exists = true};
    bool dated = task->preconds.has_unmodified_since && task->plan->relation->stamp.kind == STAMP_VERSION;
    return !dated && preconds_evaluate(&task->preconds, task_method(task), &there) == VERDICT_PROCEED;
}

static struct statement *statement_of(const struct task *task)
{
    const struct plan *plan = task->plan;
    if (task->kind == PLAN_DELETE_LIST)
        return sql_delete_where(task_arena(task), plan->layout, &plan->query);
    return sql_update_where(task_arena(task), plan->layout, &plan->as.write_list.patch.changes, &plan->query);
}

struct err *write_keyless(struct task *task)
{
    const struct plan *plan = task->plan;
    bool deletes = task->kind == PLAN_DELETE_LIST;
    ROWS_AUTO rows = {0};
    TRY(check(task));
    if (task->preconds.if_match.kind == TAGS_LIST)
        return no_tags(task_arena(task));
    if (!deletes && plan->as.write_list.patch.changes.count == 0) {
        parts_begin(task, OUTCOME_CHANGED, 1);
        return NULL;
    }
    if (!conditions_hold(task)) { /* preconditions come before values that the database may refuse */
        int64_t selected;
        TRY(list_count(task, 1, &selected));
        if (selected)
            return no_tags(task_arena(task));
    }
    TRY(session_work(task->session, statement_of(task), &rows));
    if ((int64_t)rows.row_count > plan->as.write_list.cap.limit)
        return too_many_rows(task, (int64_t)rows.row_count);
    if (rows.row_count && !conditions_hold(task))
        return no_tags(task_arena(task));
    outcome_take(task, deletes ? OUTCOME_DELETED : OUTCOME_CHANGED, plan->layout, &rows);
    task->out->many = true;
    return NULL;
}
