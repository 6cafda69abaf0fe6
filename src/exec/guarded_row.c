/* Watched rows: locked in one order before anything is written, judged, and shown when they do not hold. */
#include "steps.h"

/* Makes the row that does not hold the outcome; takes the rows over. */
static void fail(struct txn *txn, const struct watch *watch, const struct layout *layout, struct rows *rows,
                 struct outcome *out)
{
    step_outcome(txn->exec, out, OUTCOME_FAILED, layout, rows);
    out->stale = watch;
    txn->undo = true;
}

static void keep_stale(struct txn *txn, const struct watch *watch, const struct layout *layout, struct rows *rows)
{
    rows_free(&txn->stale_rows);
    txn->stale = watch;
    txn->stale_layout = layout;
    txn->stale_rows = *rows;
    *rows = (struct rows){0};
}

static bool is_listed(struct txn *txn, const struct plan *plan, const struct watch *watch)
{
    const struct tag_list *list = &plan->preconds.if_match;
    for (size_t i = 0; i < list->count; i++)
        if (watch_owns(txn->exec->arena, watch->relation, watch->keys, &list->tags[i]))
            return true;
    return false;
}

static struct err *judge(struct txn *txn, const struct plan *plan, const struct watch *watch,
                         const struct layout *layout, struct rows *rows, enum verdict *verdict)
{
    struct preconds preconds = {.if_match = plan->preconds.if_match};
    if (watch->role == WATCH_NAMED)
        preconds = watch->preconds;
    if (watch->lock == LOCK_UPDATE)
        return step_judge_locked(txn, &preconds, METHOD_PATCH, layout, rows, 0, verdict);
    *verdict = step_judge(txn->exec, &preconds, METHOD_PATCH, layout, rows, 0);
    return NULL;
}

/* `nearest` is the parent of the target: what a POST is judged by when none of the tags belongs to anybody. */
static struct err *take_ancestor(struct txn *txn, const struct plan *plan, const struct watch *watch,
                                 const struct layout *layout, struct rows *rows)
{
    enum verdict verdict;
    if (rows->row_count == 0)
        return step_no_parent(txn->exec);
    TRY(judge(txn, plan, watch, layout, rows, &verdict));
    if (verdict == VERDICT_PROCEED) {
        txn->preconds.if_match = (struct tag_list){.kind = TAGS_ANY};
        return NULL;
    }
    bool listed = is_listed(txn, plan, watch);
    if (listed || (!plan->keys && !txn->stale))
        keep_stale(txn, watch, layout, rows);
    return NULL;
}

/* A key that PostgreSQL cannot read names nothing. The transaction has failed with it, but nothing follows anyway. */
static bool is_unreadable(const struct watch *watch, const struct err *err)
{
    bool exact = watch->keys_exact;
    for (size_t i = 0; i < watch->place.count; i++)
        exact = exact && watch->place.ancestors[i].keys_exact;
    return !exact && slice_starts(err->code, SLICE("22"));
}

static struct err *take(struct txn *txn, const struct plan *plan, const struct watch *watch, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    const struct layout *layout = layout_new(arena, watch->relation, NULL);
    const struct place *place = watch->place.count ? &watch->place : NULL;
    enum verdict verdict;
    ROWS_AUTO rows = {0};
    struct err *err = txn_statement(txn, sql_select_item(arena, layout, watch->keys, place, watch->lock), &rows);
    if (err && !is_unreadable(watch, err))
        return err;
    if (watch->role == WATCH_ANCESTOR)
        return take_ancestor(txn, plan, watch, layout, &rows);
    if (rows.row_count == 0) {
        fail(txn, watch, layout, &rows, out);
        return NULL;
    }
    TRY(judge(txn, plan, watch, layout, &rows, &verdict));
    if (verdict == VERDICT_FAILED)
        fail(txn, watch, layout, &rows, out);
    return NULL;
}

/* The target in its place among the watched rows; the body finds it locked. */
static struct err *lock_target(struct txn *txn, const struct plan *plan)
{
    struct arena *arena = txn->exec->arena;
    const struct layout *layout = layout_new(arena, plan->relation, NULL);
    bool firm = plan->kind == PLAN_DELETE || step_sees_reach(&plan->preconds);
    ROWS_AUTO rows = {0};
    return txn_statement(
        txn, sql_select_item(arena, layout, plan->keys, plan->place, firm ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE), &rows);
}

static struct err *take_all(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    bool reads = plan->kind == PLAN_READ_ITEM || plan->kind == PLAN_READ_LIST, locked = reads;
    for (size_t i = 0; i < plan->watches.count; i++) {
        if (plan->watches.items[i].after && !locked) {
            TRY(lock_target(txn, plan));
            locked = true;
        }
        TRY(take(txn, plan, &plan->watches.items[i], out));
        if (txn->undo)
            return NULL;
    }
    return NULL;
}

struct err *watch_begin(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    bool inserts = plan->kind == PLAN_INSERT || plan->kind == PLAN_INSERT_MANY;
    rows_free(&txn->stale_rows);
    txn->stale = NULL;
    txn->preconds = plan->preconds;
    TRY(take_all(txn, plan, out));
    if (txn->preconds.if_match.kind == TAGS_ANY)
        rows_free(&txn->stale_rows);
    else if (inserts && txn->stale && !txn->undo)
        fail(txn, txn->stale, txn->stale_layout, &txn->stale_rows, out);
    if (txn->preconds.if_match.kind == TAGS_ANY)
        txn->stale = NULL;
    return NULL;
}

void watch_end(struct txn *txn, struct outcome *out)
{
    if (out->kind == OUTCOME_FAILED && txn->stale && !out->stale && !out->losers) {
        outcome_release(out);
        fail(txn, txn->stale, txn->stale_layout, &txn->stale_rows, out);
    }
    rows_free(&txn->stale_rows);
}
