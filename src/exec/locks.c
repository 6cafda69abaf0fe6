/* Locking rows before anything is written.
 *
 * All tasks of a session take these locks in one order, so that two sessions never wait for each other (family.c):
 * along touch links from the bottom up, otherwise parents before children; then by the name of the relation; then by
 * key. Rows of one relation that are found over foreign keys are locked by one statement. When all rows are locked, the
 * guarded rows are evaluated. */
#include "locks.h"

#include <assert.h>

enum { TOUCH_DEPTH_MAX = 16 };

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

/* Whether writes of `child` touch rows of `relation`, directly or over several levels. */
static bool is_touched(const struct relation *relation, const struct relation *child, size_t depth)
{
    for (size_t i = 0; depth < TOUCH_DEPTH_MAX && i < child->parent_count; i++) {
        const struct link *link = child->parents[i];
        if (link->touch && (link->parent == relation || is_touched(relation, link->parent, depth + 1)))
            return true;
    }
    return false;
}

/* Chooses the lock of a guarded row. It is taken in the strongest form that the transaction will need, because raising
 * a weaker lock later can deadlock. */
enum lock_strength lock_of_guarded(const struct task *task, const struct guarded_row *row)
{
    const struct relation *relation = row->relation;
    const struct preconds *preconds = row->role == GUARDED_NAMED ? &row->preconds : &task->plan->preconds;
    if (reads(task) || (!relation->can_update && !relation->can_delete))
        return LOCK_NONE; /* PostgreSQL lets a role lock only rows that it may update */
    if (covers_tree(preconds) || relation->rewritten)
        return lock_of(relation, true);
    return is_touched(relation, task->plan->relation, 0) ? lock_of(relation, false) : LOCK_SHARE;
}

/* ---- locking ---- */

/* Whether the keys of the list must be known before its rows are locked: other rows come before them, or other rows of
 * the same relation are locked together with them, in the order of their keys. */
static bool must_find(const struct lock_groups *groups, const struct lock_group *group)
{
    bool others = group->row_count || group->source_count;
    for (size_t i = 0; !others && i < groups->count; i++)
        for (size_t k = 0; !others && k < groups->items[i].source_count; k++)
            others = groups->items[i].sources[k].keys == &group->list->keys && &groups->items[i] < group;
    return others;
}

/* Finds the rows of lists without locking them, where their keys must be known first. */
static struct err *find_lists(const struct lock_groups *groups, const struct task **at)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct task *task = groups->items[i].list;
        ROWS_AUTO rows = {0};
        if (!task || !must_find(groups, &groups->items[i]))
            continue;
        *at = task;
        const struct layout *layout = layout_new(task_arena(task), task->plan->relation, NULL);
        TRY(session_statement(task->session, list_search(task, layout, LOCK_NONE), &rows));
        list_take_keys(task, layout, &rows);
    }
    return NULL;
}

/* The sources of the group that lead to rows, with its single rows as one more source. */
static size_t sources_of(struct arena *arena, const struct lock_group *group, struct lock_source **out)
{
    size_t count = 0;
    *out = ARENA_ARRAY(arena, struct lock_source, group->source_count + group->row_count + 2);
    for (size_t i = 0; i < group->source_count; i++)
        if (slice_present(group->sources[i].document) || group->sources[i].keys->count)
            (*out)[count++] = group->sources[i];
    if (group->list && group->list->keys.count)
        (*out)[count++] = (struct lock_source){.relation = group->relation, .keys = &group->list->keys};
    if (!group->row_count)
        return count;
    struct lock_keys *keys = ARENA_NEW(arena, struct lock_keys);
    keys->items = ARENA_ARRAY(arena, struct slice *, group->row_count);
    for (size_t i = 0; i < group->row_count; i++)
        keys->items[keys->count++] = (struct slice *)(uintptr_t)group->rows[i].keys;
    (*out)[count++] = (struct lock_source){.relation = group->relation, .keys = keys};
    return count;
}

/* The statement that locks the rows that the group's sources lead to; NULL when they lead to no row, or only to its
 * single row. */
static struct statement *statement_of(struct arena *arena, const struct lock_group *group, enum lock_wait wait)
{
    struct lock_source *sources;
    if (group->strength == LOCK_NONE || (!group->list && lock_group_is_covered(group)))
        return NULL;
    size_t count = sources_of(arena, group, &sources);
    return count ? sql_lock_rows(arena, group->relation, sources, count, group->strength, wait) : NULL;
}

/* Statements that are sent together, and where their rows go. */
struct wave {
    const struct statement **statements;
    struct rows *rows;
    struct rows **takers; /* takers[i] receives the rows of statements[i]; NULL: they are freed */
    size_t count;
};

static struct wave wave_new(struct arena *arena, const struct lock_group *groups, size_t count)
{
    size_t most = count;
    for (size_t i = 0; i < count; i++)
        most += groups[i].row_count;
    return (struct wave){.statements = ARENA_ARRAY(arena, const struct statement *, most),
                         .rows = ARENA_ARRAY(arena, struct rows, most),
                         .takers = ARENA_ARRAY(arena, struct rows *, most)};
}

static void wave_add(struct wave *wave, const struct statement *statement, struct rows *taker)
{
    wave->statements[wave->count] = statement;
    wave->takers[wave->count++] = taker;
}

static void wave_add_group(struct arena *arena, struct wave *wave, struct lock_group *group)
{
    struct statement *statement = group->list ? NULL : statement_of(arena, group, LOCK_WAIT);
    if (statement)
        wave_add(wave, statement, NULL);
    for (size_t i = 0; i < group->row_count; i++) {
        struct row_lock *row = &group->rows[i];
        row->layout = layout_for_preconds(arena, row->relation);
        wave_add(wave, sql_select_item(arena, row->layout, row->keys, row->parent_path, group->strength), &row->rows);
    }
}

static struct err *wave_run(struct session *session, struct wave *wave)
{
    struct err *err = NULL;
    if (wave->count == 1)
        err = session_statement(session, wave->statements[0], &wave->rows[0]);
    else if (wave->count)
        err = session_several(session, wave->statements, wave->count, wave->rows);
    for (size_t i = 0; i < wave->count; i++) {
        if (wave->takers[i] && !err)
            *wave->takers[i] = wave->rows[i];
        else
            rows_free(&wave->rows[i]);
    }
    return err;
}

/* Whether later groups can be locked without waiting for the result of this one: it has no target, which may not exist,
 * no list, whose keys are not known yet, and no key that PostgreSQL may be unable to read. */
static bool is_plain(const struct lock_group *group)
{
    for (size_t i = 0; i < group->row_count; i++)
        if (!group->rows[i].guarded || !group->rows[i].guarded->keys_exact)
            return false;
    return !group->list;
}

/* Fails when the group's target does not exist, except for a PUT, which may create it. Then no ancestor needs to be
 * locked. */
static struct err *check_target(struct session *session, const struct lock_group *group, const struct task **at)
{
    if (session->needs->several)
        return NULL; /* an earlier plan of the transaction may insert it */
    for (size_t i = 0; i < group->row_count; i++) {
        const struct row_lock *row = &group->rows[i];
        *at = row->task;
        if (!row->guarded && row->rows.row_count == 0 && row->task->kind != PLAN_REPLACE)
            return no_row(session->exec->arena);
    }
    return NULL;
}

/* Locks the rows of a list, and before that, in one order, those that were found together with other rows. */
static struct err *lock_list(struct session *session, const struct lock_group *group)
{
    ROWS_AUTO rows = {0};
    struct statement *statement = statement_of(session->exec->arena, group, LOCK_WAIT);
    if (statement && (group->row_count || group->source_count))
        TRY(session_statement(session, statement, &rows));
    return list_lock(group->list);
}

/* Locks the groups from `first` on that can be locked in one round trip, at least one. *count is their number. */
static struct err *lock_some(struct session *session, struct lock_group *first, size_t most, size_t *count,
                             const struct task **at)
{
    struct arena *arena = session->exec->arena;
    *count = 1;
    while (is_plain(first) && *count < most && is_plain(&first[*count]))
        ++*count;
    if (first->list) {
        *at = first->list;
        TRY(lock_list(session, first));
    }
    struct wave wave = wave_new(arena, first, *count);
    for (size_t i = 0; i < *count; i++)
        wave_add_group(arena, &wave, &first[i]);
    if (first->row_count)
        *at = first->rows[0].task;
    TRY(wave_run(session, &wave));
    return check_target(session, first, at);
}

/* The guarded row of the group whose key PostgreSQL cannot read, and which therefore does not exist. The error has
 * aborted the transaction, but nothing more runs in it. */
static struct row_lock *unreadable_row(const struct lock_group *group, const struct err *err)
{
    for (size_t i = 0; i < group->row_count; i++)
        if (group->rows[i].guarded && guarded_row_is_unreadable(group->rows[i].guarded, err))
            return &group->rows[i];
    return NULL;
}

/* Locks all groups. When the key of a guarded row cannot be read, *unreadable is that row and nothing after it is
 * locked; otherwise it is NULL. */
static struct err *lock_all(struct session *session, struct lock_groups *groups, const struct task **at,
                            struct row_lock **unreadable)
{
    *unreadable = NULL;
    for (size_t i = 0, count; i < groups->count; i += count) {
        struct err *err = lock_some(session, &groups->items[i], groups->count - i, &count, at);
        if (err)
            *unreadable = unreadable_row(&groups->items[i], err);
        if (err)
            return *unreadable ? NULL : err;
    }
    return NULL;
}

/* Locks children that were inserted after their siblings were locked and before their parent was, whose lock now keeps
 * further ones out. It must not wait for them, since their owner may be waiting for the parent: when one is locked
 * (55P03), the error makes the session start again. */
static struct err *lock_newcomers(struct session *session, struct lock_groups *groups)
{
    struct arena *arena = session->exec->arena;
    struct wave wave = wave_new(arena, groups->items, groups->count);
    for (size_t i = 0; i < groups->count; i++) {
        struct statement *statement =
            groups->items[i].cascades ? statement_of(arena, &groups->items[i], LOCK_NOWAIT) : NULL;
        if (statement)
            wave_add(&wave, statement, NULL);
    }
    struct err *err = wave_run(session, &wave);
    if (!err || !slice_eq(err->code, SLICE("55P03")))
        return err;
    return err_new(arena, ERR_CONTENTION, "Child rows were added to the rows that are to be deleted.");
}

/* ---- evaluating preconditions ---- */

/* Keeps the target's row for its task. With several tasks, the row is read again when its task runs, because an earlier
 * task may have changed it. */
static void keep_target(struct row_lock *row, bool alone)
{
    if (!alone)
        return;
    row->task->target = row->rows;
    row->task->target_locked = true;
    row->rows = (struct rows){0};
}

static struct err *evaluate_row(struct row_lock *row, enum lock_strength lock, bool alone)
{
    if (row->guarded)
        return guarded_row_evaluate(row->task, row->guarded, row->layout, lock, &row->rows);
    keep_target(row, alone);
    return NULL;
}

static struct err *evaluate_all(struct session *session, struct lock_groups *groups, bool alone, const struct task **at)
{
    for (size_t i = 0; i < groups->count; i++) {
        struct lock_group *group = &groups->items[i];
        for (size_t k = 0; k < group->row_count && !session->undo; k++) {
            *at = group->rows[k].task;
            TRY(evaluate_row(&group->rows[k], group->strength, alone));
        }
    }
    return NULL;
}

/* When all ancestors have been evaluated: a POST fails when none of its tags allowed it. */
static void end_judging(struct session *session, struct task *tasks, size_t count, const struct task **at)
{
    for (size_t i = 0; i < count && !session->undo; i++) {
        *at = &tasks[i];
        guarded_rows_evaluated(&tasks[i]);
    }
}

/* ---- all of it ---- */

static void release(struct lock_groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t k = 0; k < groups->items[i].row_count; k++)
            rows_free(&groups->items[i].rows[k].rows);
}

/* Locks and evaluates, in this order: the keys of lists that must be known first, all groups, children that were added
 * meanwhile, the guarded rows. */
static struct err *take(struct session *session, struct lock_groups *groups, struct task *tasks, size_t count,
                        const struct task **at)
{
    struct row_lock *unreadable;
    TRY(find_lists(groups, at));
    *at = tasks;
    TRY(lock_all(session, groups, at, &unreadable));
    if (unreadable) {
        *at = unreadable->task;
        unreadable->layout = layout_for_preconds(session->exec->arena, unreadable->relation);
        return guarded_row_evaluate(unreadable->task, unreadable->guarded, unreadable->layout, LOCK_NONE,
                                    &unreadable->rows);
    }
    TRY(lock_newcomers(session, groups));
    TRY(evaluate_all(session, groups, count == 1 && !session->needs->several, at));
    end_judging(session, tasks, count, at);
    return NULL;
}

/* Keeps the changes for the next attempt of the session, which begins by locking the parents that they name. */
static void foresee(struct task *task, const struct changes *changes)
{
    size_t size = task->foreseen_count * sizeof(*task->foreseen);
    struct changes *copy = ARENA_NEW(task_arena(task), struct changes);
    *copy = *changes;
    task->foreseen = arena_grow(task_arena(task), task->foreseen, size, size + sizeof(*task->foreseen));
    task->foreseen[task->foreseen_count++] = copy;
}

struct err *locks_for_changes(struct task *task, const struct changes *changes)
{
    struct session *session = task->session;
    struct lock_groups groups = lock_plan_parents(session, task->plan->relation, changes);
    struct wave wave = wave_new(session->exec->arena, groups.items, groups.count);
    for (size_t i = 0; i < groups.count; i++) {
        struct statement *statement = statement_of(session->exec->arena, &groups.items[i], LOCK_NOWAIT);
        if (statement)
            wave_add(&wave, statement, NULL);
    }
    struct err *err = wave_run(session, &wave);
    if (!err || !slice_eq(err->code, SLICE("55P03")))
        return err;
    foresee(task, changes);
    return err_new(session->exec->arena, ERR_CONTENTION, "The new parent of the row was locked.");
}

/* Waits for its turn among midair's writers of relations that touch themselves. */
static struct err *take_turns(struct session *session, const struct task *tasks, size_t count, const struct task **at)
{
    for (size_t i = 0; i < count; i++) {
        const struct relation *tree = reads(&tasks[i]) ? NULL : family_tree(tasks[i].plan->relation);
        ROWS_AUTO rows = {0};
        *at = &tasks[i];
        if (tree)
            TRY(session_statement(session, sql_lock_tree(session->exec->arena, tree), &rows));
    }
    *at = tasks;
    return NULL;
}

struct err *locks_take(struct session *session, struct task *tasks, size_t count, size_t *failed)
{
    const struct task *at = tasks;
    *failed = 0;
    if (!session->needs->prelocks && !tasks->plan->guarded_rows.count && !tasks->foreseen_count)
        return NULL;
    assert(session_in_transaction(session));
    if (session->needs->prelocks) {
        struct err *err = take_turns(session, tasks, count, &at);
        *failed = (size_t)(at - tasks);
        TRY(err);
    }
    struct lock_groups groups = lock_plan(session, tasks, count);
    struct err *err = take(session, &groups, tasks, count, &at);
    release(&groups);
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
    task->keys = task->parent_keys = (struct lock_keys){0};
    task->target_locked = false;
}
