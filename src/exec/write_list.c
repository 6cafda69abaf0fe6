/* PATCH and DELETE by filter. */
#include "task.h"

#include "midair/catalog/policy.h"

static void add_loser(struct task *task, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct arena *arena = task_arena(task);
    struct outcome *out = task->out;
    struct slice *keys = layout_keys(arena, layout, rows, row);
    for (size_t i = 0; i < layout->relation->key.column_count; i++)
        keys[i] = arena_copy(arena, keys[i]); /* copied, since they outlive the rows */
    out->losers[out->loser_count++] = (struct loser){keys, layout_tag(arena, layout, rows, row), SLICE_ABSENT};
}

/* Evaluates the preconditions of every locked row. The outcome is OUTCOME_FAILED when some rows do not satisfy them
 * (the losers), or when If-Match lists tags and there is no row at all. */
static struct err *evaluate_rows(struct task *task, const struct layout *layout, const struct rows *rows)
{
    struct outcome *out = task->out;
    *out = (struct outcome){.layout = layout, .many = true};
    out->losers = rows->row_count ? ARENA_ARRAY(task_arena(task), struct loser, rows->row_count) : NULL;
    for (size_t i = 0; i < rows->row_count; i++) {
        enum verdict verdict;
        TRY(evaluate_locked(task, &task->preconds, task_method(task), layout, rows, i, &verdict));
        if (verdict == VERDICT_FAILED)
            add_loser(task, layout, rows, i);
    }
    /* A row that the client knows by its tag and that is gone must not look as if it had been saved. */
    bool gone = rows->row_count == 0 && task->preconds.if_match.kind == TAGS_LIST;
    if (out->loser_count || gone) {
        out->kind = OUTCOME_FAILED;
        task->session->undo = true;
    }
    return NULL;
}

/* Shows rows of which a trigger took the write elsewhere, as a write of an item does. In PostgREST's dialect only the
 * rows that the statement returned are shown. */
static struct err *show_rows(struct task *task, struct slice *const *keys, size_t count, struct rows *part)
{
    const struct plan *plan = task->plan;
    if (!is_detoured(plan->relation) || plan->lenient || task->kind == PLAN_DELETE_LIST)
        return NULL;
    rows_free(part);
    return session_statement(task->session, sql_select_rows(task_arena(task), plan->layout, keys, count), part);
}

/* Writes the rows that were evaluated. The statement must not change another row that has an equal key. */
static struct err *write_expected(struct task *task, const struct statement *statement, struct slice *const *keys,
                                  size_t count)
{
    struct outcome *out = task->out;
    TRY(parts_add(task, statement));
    struct rows *part = &out->parts[out->part_count - 1];
    if (part->affected < (int64_t)count)
        return show_rows(task, keys, count, part);
    if (part->affected == (int64_t)count)
        return NULL;
    return err_new(task_arena(task), ERR_CONFLICT,
                   "Other rows have the same key as those that were selected; nothing was changed.");
}

static struct err *patch_rows(struct task *task, const struct layout *layout, const struct rows *locked,
                              struct slice **keys)
{
    const struct plan *plan = task->plan;
    const struct patch *patch = &plan->as.write_list.patch;
    struct arena *arena = task_arena(task);
    if (patch->kind == PATCH_CHANGES)
        return write_expected(task, sql_update_rows(arena, plan->layout, keys, locked->row_count, &patch->changes),
                              keys, locked->row_count);
    for (size_t i = 0; i < locked->row_count; i++) {
        struct changes changes;
        TRY(resolve_locked(task, patch, layout, locked, i, &changes));
        TRY(write_expected(task, sql_update_item(arena, plan->layout, keys[i], NULL, &changes), &keys[i], 1));
    }
    return NULL;
}

static struct err *delete_rows(struct task *task, const struct layout *layout, struct slice **keys, size_t count)
{
    const struct plan *plan = task->plan;
    TRY(children_check(task, &plan->preconds, layout, NULL, keys, count));
    if (task->session->undo)
        return NULL;
    return write_expected(task, sql_delete_rows(task_arena(task), plan->layout, keys, count), keys, count);
}

void list_take_keys(struct task *task, const struct layout *layout, const struct rows *rows)
{
    struct arena *arena = task_arena(task);
    struct slice **keys = ARENA_ARRAY(arena, struct slice *, rows->row_count);
    for (size_t i = 0; i < rows->row_count; i++) {
        keys[i] = layout_keys(arena, layout, rows, i);
        for (size_t k = 0; k < layout->relation->key.column_count; k++)
            keys[i][k] = arena_copy(arena, keys[i][k]); /* copied, since they outlive the rows */
    }
    task->keys = (struct lock_keys){keys, rows->row_count};
}

/* Returns an error when a key contains NULL, which identifies no row. */
static struct err *check_keys(const struct task *task)
{
    for (size_t i = 0; i < task->keys.count; i++)
        for (size_t k = 0; k < task->plan->relation->key.column_count; k++)
            if (!slice_present(task->keys.items[i][k]))
                return err_new(task_arena(task), ERR_CONFLICT,
                               "A row that was selected has NULL in its key, so it cannot be changed here.");
    return NULL;
}

struct statement *list_search(const struct task *task, const struct layout *layout, enum lock_strength lock)
{
    const struct plan *plan = task->plan;
    return sql_lock_list(task_arena(task), layout, &plan->query, plan->as.write_list.cap.limit + 1, lock);
}

static struct err *lock_rows(struct task *task, const struct layout *layout, struct rows *locked)
{
    bool for_update = task->kind == PLAN_DELETE_LIST || covers_tree(&task->preconds);
    TRY(session_search(task->session, list_search(task, layout, lock_of(task->plan->relation, for_update)), locked));
    return (int64_t)locked->row_count > task->plan->as.write_list.cap.limit ? too_many_rows(task, -1) : NULL;
}

struct err *list_lock(struct task *task)
{
    const struct layout *layout = layout_new(task_arena(task), task->plan->relation, NULL);
    TRY(lock_rows(task, layout, &task->target));
    task->target_locked = true;
    list_take_keys(task, layout, &task->target);
    return NULL;
}

static struct err *write_keyed(struct task *task)
{
    bool deletes = task->kind == PLAN_DELETE_LIST;
    const struct layout *layout = layout_new(task_arena(task), task->plan->relation, NULL);
    if (!task->target_locked)
        TRY(list_lock(task));
    ROWS_AUTO locked = task->target;
    task->target = (struct rows){0};
    task->target_locked = false;
    TRY(evaluate_rows(task, layout, &locked));
    if (task->session->undo)
        return NULL;
    parts_begin(task, deletes ? OUTCOME_DELETED : OUTCOME_CHANGED, locked.row_count + 1);
    if (locked.row_count == 0)
        return NULL;
    TRY(check_keys(task));
    return deletes ? delete_rows(task, layout, task->keys.items, locked.row_count)
                   : patch_rows(task, layout, &locked, task->keys.items);
}

struct err *probe_rows(struct task *task)
{
    const struct plan *plan = task->plan;
    const struct layout *layout = layout_new(task_arena(task), plan->relation, NULL);
    enum lock_strength lock = lock_of(plan->relation, covers_tree(&task->preconds));
    ROWS_AUTO locked = {0};
    TRY(session_search(
        task->session,
        sql_lock_list(task_arena(task), layout, &plan->query, plan->relation->policy->max_affected, lock), &locked));
    return evaluate_rows(task, layout, &locked);
}

struct err *run_write_list(struct task *task)
{
    if (!task->plan->relation->key.column_count)
        return write_keyless(task);
    if (!task->plan->as.write_list.idle)
        return write_keyed(task);
    parts_begin(task, OUTCOME_CHANGED, 1);
    return NULL;
}
