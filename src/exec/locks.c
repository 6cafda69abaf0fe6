/* Rows that are locked before anything is written.
 *
 * All tasks of a session take these locks in one order, so that two sessions never wait for each other: parents before
 * children, then by the name of the relation and by key. The rows are judged in the same order when all are locked. */
#include "task.h"

#include <assert.h>
#include <stdlib.h>

enum { TOUCH_DEPTH_MAX = 16 };

/* One row to be locked: a guarded row of a task, or its target. */
struct row_lock {
    struct task *task;
    const struct guarded_row *guarded; /* NULL: the target */
    const struct relation *relation;
    const struct slice *keys;
    const struct parent_path *parent_path;
    enum lock_strength strength;
    const struct layout *layout;
    struct rows rows;
};

struct row_locks {
    struct row_lock *items;
    size_t count;
    size_t read; /* so many were read; fewer than `count` where a key cannot be read, after which nothing can be */
};

enum lock_strength lock_of(const struct relation *relation, bool for_update)
{
    if (relation->rewritten)
        return LOCK_NONE;
    return for_update ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE;
}

static bool reads(const struct task *task)
{
    return task->kind == PLAN_READ_ITEM || task->kind == PLAN_READ_LIST;
}

enum lock_strength lock_of_target(const struct task *task)
{
    if (reads(task) || !session_in_transaction(task->session))
        return LOCK_NONE;
    return lock_of(task->plan->relation, task->kind == PLAN_DELETE || covers_tree(&task->plan->preconds));
}

/* Whether writes of `child` bump rows of `relation`, be it over several levels. */
static bool is_touched(const struct relation *relation, const struct relation *child, size_t depth)
{
    for (size_t i = 0; depth < TOUCH_DEPTH_MAX && i < child->parent_count; i++) {
        const struct link *link = child->parents[i];
        if (link->touch && (link->parent == relation || is_touched(relation, link->parent, depth + 1)))
            return true;
    }
    return false;
}

/* A lock that is taken in a weaker form first and has to grow later is how deadlocks begin. */
static enum lock_strength lock_of_guarded(const struct task *task, const struct guarded_row *row)
{
    const struct relation *relation = row->relation;
    const struct preconds *preconds = row->role == GUARDED_NAMED ? &row->preconds : &task->plan->preconds;
    if (reads(task) || (!relation->can_update && !relation->can_delete))
        return LOCK_NONE; /* PostgreSQL lets nobody lock what he may not write */
    if (covers_tree(preconds) || relation->rewritten)
        return lock_of(relation, true);
    return is_touched(relation, task->plan->relation, 0) ? lock_of(relation, false) : LOCK_SHARE;
}

static int by_order(const void *x, const void *y)
{
    const struct row_lock *a = x, *b = y;
    if (a->relation->level != b->relation->level)
        return a->relation->level < b->relation->level ? -1 : 1;
    int order = slice_cmp(a->relation->resource, b->relation->resource);
    order = order ? order : slice_cmp(a->relation->ident, b->relation->ident);
    for (size_t i = 0; order == 0 && i < a->relation->key.column_count; i++)
        order = slice_cmp(a->keys[i], b->keys[i]);
    /* The target is locked before a guarded row that is the same one. */
    return order ? order : (a->guarded != NULL) - (b->guarded != NULL);
}

static bool is_same_row(const struct row_lock *a, const struct row_lock *b)
{
    bool same = a->relation == b->relation;
    for (size_t i = 0; same && i < a->relation->key.column_count; i++)
        same = slice_eq(a->keys[i], b->keys[i]);
    return same;
}

static void add_target(struct row_locks *locks, struct task *task)
{
    const struct plan *plan = task->plan;
    locks->items[locks->count++] = (struct row_lock){.task = task,
                                                     .relation = plan->relation,
                                                     .keys = plan->keys,
                                                     .parent_path = plan->parent_path,
                                                     .strength = lock_of_target(task)};
}

static void add_guarded(struct row_locks *locks, struct task *task)
{
    for (size_t i = 0; i < task->plan->guarded_rows.count; i++) {
        const struct guarded_row *row = &task->plan->guarded_rows.items[i];
        locks->items[locks->count++] =
            (struct row_lock){.task = task,
                              .guarded = row,
                              .relation = row->relation,
                              .keys = row->keys,
                              .parent_path = row->parent_path.count ? &row->parent_path : NULL,
                              .strength = lock_of_guarded(task, row)};
    }
}

/* The same row is locked in the strongest form that anybody needs. */
static void level_strengths(struct row_locks *locks)
{
    for (size_t i = 1; i < locks->count; i++)
        for (size_t k = i; k-- > 0 && is_same_row(&locks->items[k], &locks->items[i]);) {
            struct row_lock *a = &locks->items[k], *b = &locks->items[i];
            a->strength = b->strength = a->strength > b->strength ? a->strength : b->strength;
        }
}

static struct row_locks collect(struct session *session, struct task *tasks, size_t count)
{
    struct row_locks locks = {0};
    size_t most = 0;
    for (size_t i = 0; i < count; i++)
        most += tasks[i].plan->guarded_rows.count + 1;
    locks.items = ARENA_ARRAY(session->exec->arena, struct row_lock, most);
    for (size_t i = 0; i < count; i++) {
        const struct plan *plan = tasks[i].plan;
        bool several = plan->guarded_rows.count || count > 1;
        if (several && plan->keys && session->needs->locks && !reads(&tasks[i]))
            add_target(&locks, &tasks[i]);
        add_guarded(&locks, &tasks[i]);
    }
    qsort(locks.items, locks.count, sizeof(struct row_lock), by_order);
    level_strengths(&locks);
    return locks;
}

/* An ancestor or a named row whose key PostgreSQL cannot read is one that is not there. The transaction has failed with
 * it, but nothing follows it. */
static struct err *lock_all(struct session *session, struct row_locks *locks, const struct task **at)
{
    struct arena *arena = session->exec->arena;
    for (; locks->read < locks->count; locks->read++) {
        struct row_lock *lock = &locks->items[locks->read];
        *at = lock->task;
        lock->layout = layout_judged(arena, lock->relation);
        struct err *err = session_statement(
            session, sql_select_item(arena, lock->layout, lock->keys, lock->parent_path, lock->strength), &lock->rows);
        if (err && !(lock->guarded && guarded_row_is_unreadable(lock->guarded, err)))
            return err;
        if (err) {
            locks->read++;
            return NULL;
        }
    }
    return NULL;
}

/* The target's row stays with its task, where no other task of the session can change it before that one runs. */
static void keep_target(struct row_lock *lock, bool alone)
{
    if (!alone)
        return;
    lock->task->target = lock->rows;
    lock->task->target_locked = true;
    lock->rows = (struct rows){0};
}

static struct err *judge_all(struct session *session, struct row_locks *locks, bool alone, const struct task **at)
{
    for (size_t i = 0; i < locks->read && !session->undo; i++) {
        struct row_lock *lock = &locks->items[i];
        *at = lock->task;
        if (!lock->guarded)
            keep_target(lock, alone);
        else
            TRY(guarded_row_judge(lock->task, lock->guarded, lock->layout, lock->strength, &lock->rows));
    }
    return NULL;
}

static void release(struct row_locks *locks)
{
    for (size_t i = 0; i < locks->count; i++)
        rows_free(&locks->items[i].rows);
}

/* A POST that no tag allowed fails when all of them have been judged. */
static void end_judging(struct session *session, struct task *tasks, size_t count, const struct task **at)
{
    for (size_t i = 0; i < count && !session->undo; i++) {
        *at = &tasks[i];
        guarded_rows_judged(&tasks[i]);
    }
}

struct err *locks_take(struct session *session, struct task *tasks, size_t count, size_t *failed)
{
    bool alone = count == 1;
    const struct task *at = tasks;
    if (alone && !tasks->plan->guarded_rows.count)
        return NULL;
    assert(session_in_transaction(session));
    struct row_locks locks = collect(session, tasks, count);
    struct err *err = lock_all(session, &locks, &at);
    if (!err)
        err = judge_all(session, &locks, alone, &at);
    release(&locks);
    if (!err)
        end_judging(session, tasks, count, &at);
    *failed = (size_t)(at - tasks);
    return err;
}

struct err *target_lock(struct task *task, const struct layout *layout, struct rows *rows)
{
    const struct plan *plan = task->plan;
    if (task->target_locked) {
        *rows = task->target;
        task->target = (struct rows){0};
        task->target_locked = false;
        return NULL;
    }
    return session_statement(
        task->session, sql_select_item(task_arena(task), layout, plan->keys, plan->parent_path, lock_of_target(task)),
        rows);
}

void task_release(struct task *task)
{
    rows_free(&task->target);
    rows_free(&task->stale.rows);
    task->stale = (struct stale){0};
    task->target_locked = false;
}
