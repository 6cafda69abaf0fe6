/* Watched rows: locked in one order before anything is written, judged, and shown when they do not hold. */
#include "steps.h"

/* Makes the row that does not hold the outcome; takes the rows over. */
static void fail(struct txn *txn, const struct guarded_row *guarded_row, const struct layout *layout, struct rows *rows,
                 struct outcome *out)
{
    step_outcome(txn->exec, out, OUTCOME_FAILED, layout, rows);
    out->stale = guarded_row;
    txn->undo = true;
}

static void keep_stale(struct txn *txn, const struct guarded_row *guarded_row, const struct layout *layout,
                       struct rows *rows)
{
    rows_free(&txn->stale_rows);
    txn->stale = guarded_row;
    txn->stale_layout = layout;
    txn->stale_rows = *rows;
    *rows = (struct rows){0};
}

static bool is_listed(struct txn *txn, const struct plan *plan, const struct guarded_row *guarded_row)
{
    const struct tag_list *list = &plan->preconds.if_match;
    for (size_t i = 0; i < list->count; i++)
        if (guarded_row_owns(txn->exec->arena, guarded_row->relation, guarded_row->keys, &list->tags[i]))
            return true;
    return false;
}

static struct err *judge(struct txn *txn, const struct plan *plan, const struct guarded_row *guarded_row,
                         const struct layout *layout, struct rows *rows, enum verdict *verdict)
{
    struct preconds preconds = {.if_match = plan->preconds.if_match};
    if (guarded_row->role == GUARDED_NAMED)
        preconds = guarded_row->preconds;
    if (guarded_row->lock == LOCK_UPDATE)
        return step_judge_locked(txn, &preconds, METHOD_PATCH, layout, rows, 0, verdict);
    *verdict = step_judge(txn->exec, &preconds, METHOD_PATCH, layout, rows, 0);
    return NULL;
}

/* `nearest` is the parent of the target: what a POST is judged by when none of the tags belongs to anybody. */
static struct err *take_ancestor(struct txn *txn, const struct plan *plan, const struct guarded_row *guarded_row,
                                 const struct layout *layout, struct rows *rows)
{
    enum verdict verdict;
    if (rows->row_count == 0)
        return step_no_parent(txn->exec);
    TRY(judge(txn, plan, guarded_row, layout, rows, &verdict));
    if (verdict == VERDICT_PROCEED) {
        txn->preconds.if_match = (struct tag_list){.kind = TAGS_ANY};
        return NULL;
    }
    bool listed = is_listed(txn, plan, guarded_row);
    if (listed || (!plan->keys && !txn->stale))
        keep_stale(txn, guarded_row, layout, rows);
    return NULL;
}

/* A key that PostgreSQL cannot read names nothing. The transaction has failed with it, but nothing follows anyway. */
static bool is_unreadable(const struct guarded_row *guarded_row, const struct err *err)
{
    bool exact = guarded_row->keys_exact;
    for (size_t i = 0; i < guarded_row->parent_path.count; i++)
        exact = exact && guarded_row->parent_path.ancestors[i].keys_exact;
    return !exact && slice_starts(err->code, SLICE("22"));
}

static struct err *take(struct txn *txn, const struct plan *plan, const struct guarded_row *guarded_row,
                        struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    const struct layout *layout = layout_new(arena, guarded_row->relation, NULL);
    const struct parent_path *parent_path = guarded_row->parent_path.count ? &guarded_row->parent_path : NULL;
    enum verdict verdict;
    ROWS_AUTO rows = {0};
    struct err *err =
        txn_statement(txn, sql_select_item(arena, layout, guarded_row->keys, parent_path, guarded_row->lock), &rows);
    if (err && !is_unreadable(guarded_row, err))
        return err;
    if (guarded_row->role == GUARDED_ANCESTOR)
        return take_ancestor(txn, plan, guarded_row, layout, &rows);
    if (rows.row_count == 0) {
        fail(txn, guarded_row, layout, &rows, out);
        return NULL;
    }
    TRY(judge(txn, plan, guarded_row, layout, &rows, &verdict));
    if (verdict == VERDICT_FAILED)
        fail(txn, guarded_row, layout, &rows, out);
    return NULL;
}

/* The target in its place among the watched rows; the body finds it locked. */
static struct err *lock_target(struct txn *txn, const struct plan *plan)
{
    struct arena *arena = txn->exec->arena;
    const struct layout *layout = layout_new(arena, plan->relation, NULL);
    bool for_update = plan->kind == PLAN_DELETE || step_covers_tree(&plan->preconds);
    ROWS_AUTO rows = {0};
    return txn_statement(
        txn,
        sql_select_item(arena, layout, plan->keys, plan->parent_path, for_update ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE),
        &rows);
}

static struct err *take_all(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    bool reads = plan->kind == PLAN_READ_ITEM || plan->kind == PLAN_READ_LIST, locked = reads;
    for (size_t i = 0; i < plan->guarded_rows.count; i++) {
        if (plan->guarded_rows.items[i].after && !locked) {
            TRY(lock_target(txn, plan));
            locked = true;
        }
        TRY(take(txn, plan, &plan->guarded_rows.items[i], out));
        if (txn->undo)
            return NULL;
    }
    return NULL;
}

struct err *guarded_rows_begin(struct txn *txn, const struct plan *plan, struct outcome *out)
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

void guarded_rows_end(struct txn *txn, struct outcome *out)
{
    if (out->kind == OUTCOME_FAILED && txn->stale && !out->stale && !out->losers) {
        outcome_release(out);
        fail(txn, txn->stale, txn->stale_layout, &txn->stale_rows, out);
    }
    rows_free(&txn->stale_rows);
}
