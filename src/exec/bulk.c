/* Writes of an array: each element names its row by key and, where the resource asks for it, the state it is based on.
 * All in one transaction: all or none. An upsert replaces the row or creates it; it may insert without a precondition,
 * but not overwrite. */
#include "steps.h"

#include <stdlib.h>

/* One element at work. */
struct work {
    const struct element *element;
    struct rows *part; /* its place in the answer */
};

static void lose(struct outcome *out, const struct work *work, struct slice current)
{
    out->losers[out->loser_count++] = (struct loser){work->element->keys, current, work->element->expected};
    if (!work->element->may_write)
        out->conditions_missing = true;
}

/* The row as it is now, locked. */
static struct err *lock_row(struct txn *txn, const struct plan *plan, const struct element *element,
                            const struct layout *layout, struct rows *rows)
{
    bool for_update = element->verb == ELEMENT_DELETE || step_covers_tree(&element->preconds);
    enum lock_strength lock = step_lock(layout->relation, for_update);
    return txn_statement(txn, sql_select_item(txn->exec->arena, layout, element->keys, plan->parent_path, lock), rows);
}

static struct err *insert_element(struct txn *txn, const struct plan *plan, struct work *work, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    const struct layout *layout = layout_new(arena, plan->relation, NULL);
    ROWS_AUTO there = {0};
    bool keyed = work->element->keys, arbiter = keyed && step_has_arbiter(plan->relation);
    if (keyed && !arbiter)
        TRY(lock_row(txn, plan, work->element, layout, &there));
    if (there.row_count == 0) {
        enum conflict conflict = arbiter ? CONFLICT_NOTHING : CONFLICT_FAIL;
        TRY(txn_statement(txn, sql_insert(arena, plan->layout, &work->element->insert, conflict), work->part));
        if (work->part->row_count)
            out->inserted = true;
        if (work->part->row_count || !keyed)
            return NULL;
        TRY(lock_row(txn, plan, work->element, layout, &there));
    }
    lose(out, work, there.row_count ? layout_tag(arena, layout, &there, 0) : SLICE_ABSENT);
    return NULL;
}

static struct err *change_row(struct txn *txn, const struct plan *plan, struct work *work, const struct layout *layout,
                              const struct rows *there, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    const struct element *element = work->element;
    struct changes changes = element->replace;
    if (element->verb == ELEMENT_DELETE) {
        struct slice *const keys[] = {element->keys};
        TRY(children_check(txn, plan, &element->preconds, layout, there, keys, 1, out));
    }
    if (txn->undo)
        return NULL;
    if (element->verb == ELEMENT_DELETE)
        return txn_statement(txn, sql_delete_item(arena, plan->layout, plan->relation, element->keys, NULL),
                             work->part);
    if (element->verb == ELEMENT_PATCH)
        TRY(content_resolve(arena, &element->patch, layout, there, 0, &changes));
    return txn_statement(txn, sql_update_item(arena, plan->layout, element->keys, NULL, &changes), work->part);
}

static struct err *write_element(struct txn *txn, const struct plan *plan, struct work *work, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    const struct element *element = work->element;
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    bool upsert = element->verb == ELEMENT_UPSERT;
    enum method method = upsert ? METHOD_PUT : METHOD_PATCH;
    enum verdict verdict;
    /* The request's condition, or else the element's own. */
    const struct preconds *preconds = plan->preconds.if_match.kind == TAGS_ABSENT ? &element->preconds : &txn->preconds;
    ROWS_AUTO there = {0};
    if (!element->keys)
        return insert_element(txn, plan, work, out);
    if (upsert && (!element->may_write || (element->guard.must_be_absent && !element->guard.must_exist)))
        return insert_element(txn, plan, work, out);
    TRY(lock_row(txn, plan, element, layout, &there));
    if (there.row_count == 0 && upsert && !element->guard.must_exist)
        return insert_element(txn, plan, work, out);
    if (there.row_count == 0) {
        lose(out, work, SLICE_ABSENT);
        return NULL;
    }
    TRY(step_judge_locked(txn, preconds, method, layout, &there, 0, &verdict));
    if (!element->may_write || verdict == VERDICT_FAILED) {
        lose(out, work, layout_tag(exec->arena, layout, &there, 0));
        return NULL;
    }
    if (out->kind == OUTCOME_CREATED)
        out->kind = OUTCOME_CHANGED;
    return change_row(txn, plan, work, layout, &there, out);
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

static struct err *bulk_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    size_t count = plan->as.bulk.count;
    bool deletes = count && plan->as.bulk.elements[0].verb == ELEMENT_DELETE;
    bool upserts = count && plan->as.bulk.elements[0].verb == ELEMENT_UPSERT;
    *out = (struct outcome){.layout = plan->layout, .many = true, .part_count = count};
    out->kind = deletes ? OUTCOME_DELETED : upserts ? OUTCOME_CREATED : OUTCOME_CHANGED;
    out->parts = ARENA_ARRAY(arena, struct rows, count);
    out->losers = ARENA_ARRAY(arena, struct loser, count);
    struct work *works = ARENA_ARRAY(arena, struct work, count);
    for (size_t i = 0; i < count; i++)
        works[i] = (struct work){&plan->as.bulk.elements[i], &out->parts[i]};
    /* Locks are taken in the order of the keys, whatever the order of the array. */
    if (count)
        qsort_r(works, count, sizeof(*works), by_key, (void *)(uintptr_t)plan->relation);
    for (size_t i = 0; i < count && !txn->undo; i++)
        TRY(write_element(txn, plan, &works[i], out));
    if (txn->undo)
        return NULL;
    out->affected = (int64_t)outcome_rows(out);
    if (out->loser_count) {
        txn->undo = true;
        out->kind = OUTCOME_FAILED;
    }
    return NULL;
}

struct err *step_bulk(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return txn_run(exec, bulk_body, plan, out);
}
