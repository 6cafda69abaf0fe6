/* PUT of an array: each element replaces the row of its key or creates it, all in one transaction. An element may
 * overwrite only with a precondition where the resource asks for one. */
#include "steps.h"

#include <stdlib.h>

/* One element at work. */
struct element {
    const struct upsert *upsert;
    struct rows *part; /* its place in the answer */
};

static void lose(struct outcome *out, const struct element *element, struct slice current)
{
    out->losers[out->loser_count++] = (struct loser){element->upsert->keys, current, element->upsert->expected};
    if (!element->upsert->may_overwrite)
        out->conditions_missing = true;
}

/* The row as it is now, locked: the loser's tag, or what a replacement is judged by. */
static struct err *lock_row(struct txn *txn, const struct plan *plan, const struct upsert *upsert,
                            struct layout **layout, struct rows *rows)
{
    *layout = layout_new(txn->exec->arena, plan->relation, NULL);
    return txn_statement(txn, sql_select_item(txn->exec->arena, *layout, upsert->keys, LOCK_NO_KEY_UPDATE), rows);
}

static struct err *insert_element(struct txn *txn, const struct plan *plan, struct element *element,
                                  struct outcome *out)
{
    ROWS_AUTO there = {0};
    struct layout *layout;
    TRY(txn_statement(txn, sql_insert(txn->exec->arena, plan->layout, &element->upsert->insert, CONFLICT_NOTHING),
                      element->part));
    if (element->part->row_count)
        return NULL;
    TRY(lock_row(txn, plan, element->upsert, &layout, &there));
    lose(out, element, there.row_count ? layout_tag(txn->exec->arena, layout, &there, 0) : SLICE_ABSENT);
    return NULL;
}

static struct err *replace_element(struct txn *txn, const struct plan *plan, struct element *element,
                                   struct outcome *out)
{
    const struct exec *exec = txn->exec;
    const struct upsert *upsert = element->upsert;
    ROWS_AUTO there = {0};
    struct layout *layout;
    TRY(lock_row(txn, plan, upsert, &layout, &there));
    if (there.row_count == 0 && !upsert->guard.must_exist)
        return insert_element(txn, plan, element, out);
    if (there.row_count == 0) {
        lose(out, element, SLICE_ABSENT);
        return NULL;
    }
    if (step_judge(exec, &upsert->preconds, METHOD_PUT, layout, &there, 0) == VERDICT_FAILED) {
        lose(out, element, layout_tag(exec->arena, layout, &there, 0));
        return NULL;
    }
    out->kind = OUTCOME_CHANGED;
    return txn_statement(txn, sql_update_item(exec->arena, plan->layout, upsert->keys, NULL, &upsert->replace),
                         element->part);
}

static int by_key(const void *a, const void *b, void *relation)
{
    const struct element *x = a, *y = b;
    for (size_t i = 0; i < ((const struct relation *)relation)->key.column_count; i++) {
        int order = slice_cmp(x->upsert->keys[i], y->upsert->keys[i]);
        if (order)
            return order;
    }
    return 0;
}

static struct err *upsert_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    *out = (struct outcome){.kind = OUTCOME_CREATED, .layout = plan->layout, .many = true};
    out->parts = ARENA_ARRAY(arena, struct rows, plan->upsert_count);
    out->part_count = plan->upsert_count;
    out->losers = ARENA_ARRAY(arena, struct loser, plan->upsert_count);
    struct element *elements = ARENA_ARRAY(arena, struct element, plan->upsert_count);
    for (size_t i = 0; i < plan->upsert_count; i++)
        elements[i] = (struct element){&plan->upserts[i], &out->parts[i]};
    /* Locks are taken in the order of the keys, whatever the order of the array. */
    qsort_r(elements, plan->upsert_count, sizeof(*elements), by_key, (void *)(uintptr_t)plan->relation);
    for (size_t i = 0; i < plan->upsert_count; i++) {
        const struct upsert *upsert = elements[i].upsert;
        bool insert_only = !upsert->may_overwrite || (upsert->guard.must_be_absent && !upsert->guard.must_exist);
        TRY(insert_only ? insert_element(txn, plan, &elements[i], out) : replace_element(txn, plan, &elements[i], out));
    }
    out->affected = (int64_t)outcome_rows(out);
    if (out->loser_count) {
        txn->undo = true;
        out->kind = OUTCOME_FAILED;
    }
    return NULL;
}

struct err *step_upsert_list(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return txn_run(exec, upsert_body, plan, out);
}
