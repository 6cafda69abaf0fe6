/* Writes of an array: each element names its row by key and, where the resource asks for it, the state that it is based
 * on. All elements are written in one transaction, or none is. An upsert replaces the row or creates it; without a
 * precondition it may insert, but not overwrite. */
#include "task.h"

#include <stdlib.h>

/* An element, and where its row goes. */
struct work {
    const struct element *element;
    struct rows *part; /* the part of the outcome for its row */
};

/* Adds the element to the losers, with `current` as the present tag of its row. `failed`: one of its preconditions does
 * not hold. Otherwise it may have no precondition, where one is required. */
static void lose(struct task *task, const struct work *work, struct slice current, bool failed)
{
    struct outcome *out = task->out;
    out->losers[out->loser_count++] = (struct loser){work->element->keys, current, work->element->expected};
    if (!work->element->may_write && !failed)
        out->conditions_missing = true;
}

/* Evaluates the preconditions of the request, or otherwise those of the element. */
static struct err *evaluate(struct task *task, const struct element *element, const struct layout *layout,
                            const struct rows *there, enum verdict *verdict)
{
    const struct preconds *preconds =
        task->plan->preconds.if_match.kind == TAGS_ABSENT ? &element->preconds : &task->preconds;
    enum method method = element->verb == ELEMENT_UPSERT ? METHOD_PUT : METHOD_PATCH;
    return evaluate_locked(task, preconds, method, layout, there, 0, verdict);
}

/* Reads and locks the present row of the element. */
static struct err *lock_row(struct task *task, const struct element *element, const struct layout *layout,
                            struct rows *rows)
{
    bool for_update = element->verb == ELEMENT_DELETE || covers_tree(&element->preconds);
    enum lock_strength lock = lock_of(layout->relation, for_update);
    return session_statement(
        task->session, sql_select_item(task_arena(task), layout, element->keys, task->plan->parent_path, lock), rows);
}

static struct err *insert_element(struct task *task, struct work *work, const struct layout *layout)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO there = {0};
    bool keyed = work->element->keys, arbiter = keyed && has_arbiter(plan->relation);
    if (keyed && !arbiter)
        TRY(lock_row(task, work->element, layout, &there));
    if (there.row_count == 0) {
        enum conflict conflict = arbiter ? CONFLICT_NOTHING : CONFLICT_FAIL;
        TRY(session_statement(
            task->session, sql_insert(task_arena(task), plan->layout, &work->element->insert, conflict), work->part));
        if (work->part->row_count)
            task->out->inserted = true;
        if (work->part->row_count || !keyed)
            return NULL;
        TRY(lock_row(task, work->element, layout, &there));
    }
    enum verdict verdict = VERDICT_PROCEED;
    if (there.row_count)
        TRY(evaluate(task, work->element, layout, &there, &verdict));
    lose(task, work, there.row_count ? layout_tag(task_arena(task), layout, &there, 0) : SLICE_ABSENT,
         verdict == VERDICT_FAILED);
    return NULL;
}

static struct err *delete_row(struct task *task, struct work *work, const struct layout *layout,
                              const struct rows *there)
{
    const struct element *element = work->element;
    struct slice *const keys[] = {element->keys};
    TRY(children_check(task, &element->preconds, layout, there, keys, 1));
    if (task->session->undo)
        return NULL;
    TRY(session_statement(
        task->session, sql_delete_item(task_arena(task), task->plan->layout, task->plan->relation, element->keys, NULL),
        work->part));
    return one_row(task, work->part);
}

static struct err *change_row(struct task *task, struct work *work, const struct layout *layout,
                              const struct rows *there)
{
    struct arena *arena = task_arena(task);
    const struct element *element = work->element;
    struct changes changes = element->replace;
    if (element->verb == ELEMENT_DELETE)
        return delete_row(task, work, layout, there);
    if (element->verb == ELEMENT_PATCH)
        TRY(content_resolve(arena, &element->patch, layout, there, 0, &changes));
    TRY(session_statement(task->session, sql_update_item(arena, task->plan->layout, element->keys, NULL, &changes),
                          work->part));
    return one_row(task, work->part);
}

/* Whether the element can only insert a row. */
static bool only_inserts(const struct element *element)
{
    if (!element->keys)
        return true;
    bool absent = element->guard.must_be_absent && !element->guard.must_exist;
    return element->verb == ELEMENT_UPSERT && (!element->may_write || absent);
}

static struct err *write_element(struct task *task, struct work *work)
{
    const struct plan *plan = task->plan;
    const struct element *element = work->element;
    const struct layout *layout = layout_new(task_arena(task), plan->relation, NULL);
    bool upsert = element->verb == ELEMENT_UPSERT;
    enum verdict verdict;
    ROWS_AUTO there = {0};
    if (only_inserts(element))
        return insert_element(task, work, layout);
    TRY(lock_row(task, element, layout, &there));
    if (there.row_count == 0 && upsert && !element->guard.must_exist)
        return insert_element(task, work, layout);
    if (there.row_count == 0) {
        lose(task, work, SLICE_ABSENT, false);
        return NULL;
    }
    TRY(evaluate(task, element, layout, &there, &verdict));
    if (!element->may_write || verdict == VERDICT_FAILED) {
        lose(task, work, layout_tag(task_arena(task), layout, &there, 0), verdict == VERDICT_FAILED);
        return NULL;
    }
    if (task->out->kind == OUTCOME_CREATED)
        task->out->kind = OUTCOME_CHANGED;
    return change_row(task, work, layout, &there);
}

static int by_key(const void *a, const void *b, void *relation)
{
    const struct work *x = a, *y = b;
    if (!x->element->keys || !y->element->keys)
        return (x->element->keys != NULL) - (y->element->keys != NULL);
    for (size_t i = 0; i < ((const struct relation *)relation)->key.column_count; i++) {
        int order = slice_cmp(x->element->keys[i], y->element->keys[i]);
        if (order)
            return order;
    }
    return 0;
}

static void begin(struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    static const enum outcome_kind kinds[] = {
        [ELEMENT_UPSERT] = OUTCOME_CREATED, [ELEMENT_PATCH] = OUTCOME_CHANGED, [ELEMENT_DELETE] = OUTCOME_DELETED};
    parts_begin(task, bulk->count ? kinds[bulk->elements[0].verb] : OUTCOME_CHANGED, bulk->count);
    task->out->part_count = bulk->count;
    task->out->losers = ARENA_ARRAY(task_arena(task), struct loser, bulk->count);
}

/* The elements with their parts of the outcome, ordered by key. Locks are taken in that order, whatever the order of
 * the array, so that two requests with the same keys cannot deadlock. */
static struct work *works_of(struct task *task)
{
    const struct plan_bulk *bulk = &task->plan->as.bulk;
    struct work *works = ARENA_ARRAY(task_arena(task), struct work, bulk->count);
    for (size_t i = 0; i < bulk->count; i++)
        works[i] = (struct work){&bulk->elements[i], &task->out->parts[i]};
    if (bulk->count)
        qsort_r(works, bulk->count, sizeof(*works), by_key, (void *)(uintptr_t)task->plan->relation);
    return works;
}

struct err *run_bulk(struct task *task)
{
    struct session *session = task->session;
    struct outcome *out = task->out;
    begin(task);
    struct work *works = works_of(task);
    for (size_t i = 0; i < task->plan->as.bulk.count && !session->undo; i++)
        TRY(write_element(task, &works[i]));
    if (session->undo)
        return NULL;
    out->affected = (int64_t)outcome_rows(out);
    if (out->loser_count) {
        session->undo = true;
        out->kind = OUTCOME_FAILED;
    }
    return NULL;
}
