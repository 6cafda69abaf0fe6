/* Many rows at once: pages, bulk inserts, writes by filter, upserts. Each is one statement or one transaction. */
#include "steps.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

#include <stdlib.h>

struct err *step_leased(const struct exec *exec, const struct statement *statement, struct rows *rows)
{
    LEASE_AUTO lease = NULL;
    TRY(db_lease(exec->db, exec->arena, exec->deadline, &lease));
    return lease_run(lease, exec->arena, statement, exec->deadline, rows);
}

/* The count stands in each row's last two cells; a page that is empty has one row that carries it alone. */
void step_take_count(struct outcome *out, struct rows *rows, size_t columns)
{
    uint64_t total = 0;
    if (rows->row_count == 0)
        return;
    size_t hit = columns - 1;
    out->has_total = text_u64(rows_cell(rows, 0, hit - 1), &total);
    out->total = (int64_t)total;
    if (!slice_present(rows_cell(rows, 0, hit)))
        rows->row_count = 0;
}

/* A list below a row that is not there is not an empty list. */
static struct err *take_parent_path(const struct exec *exec, struct rows *rows)
{
    size_t last = rows->column_count - 1;
    if (rows->row_count == 0 || !slice_eq(rows_cell(rows, 0, last), SLICE("t")))
        return step_no_parent(exec);
    if (!slice_present(rows_cell(rows, 0, last - 1)))
        rows->row_count = 0;
    return NULL;
}

static struct statement *list_statement(const struct exec *exec, const struct plan *plan)
{
    struct statement *list = step_list(exec, plan);
    return plan->parent_path ? sql_below_parent(exec->arena, list, plan->parent_path) : list;
}

static struct err *take_list(const struct exec *exec, const struct plan *plan, struct rows *rows, struct outcome *out)
{
    size_t columns = rows->column_count;
    if (plan->parent_path) {
        columns -= 2;
        TRY(take_parent_path(exec, rows));
    }
    if (plan->handler) {
        step_take_rendered(exec, plan, rows, out);
        return NULL;
    }
    step_outcome(exec, out, OUTCOME_LIST, plan->layout, rows);
    out->many = true;
    if (plan->as.read_list.page.total == TOTAL_EXACT)
        step_take_count(out, &out->parts[0], columns);
    return NULL;
}

static struct err *list_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    TRY(txn_main(txn, list_statement(txn->exec, plan), &rows));
    TRY(take_list(txn->exec, plan, &rows, out));
    out->ancestor_holds = txn->preconds.if_match.kind == TAGS_ANY;
    return NULL;
}

struct err *step_read_list(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    ROWS_AUTO rows = {0};
    if (step_reads_apart(plan)) {
        TRY(txn_read(exec, list_body, plan, out));
    } else {
        TRY(step_leased(exec, list_statement(exec, plan), &rows));
        TRY(take_list(exec, plan, &rows, out));
    }
    enum total total = plan->as.read_list.page.total;
    bool estimates = total == TOTAL_PLANNED || total == TOTAL_ESTIMATED;
    return out->kind == OUTCOME_LIST && estimates ? step_estimate_total(exec, plan, out) : NULL;
}

static void begin_parts(const struct exec *exec, const struct plan *plan, struct outcome *out, enum outcome_kind kind,
                        size_t most)
{
    *out = (struct outcome){.kind = kind, .layout = plan->layout, .many = true};
    out->parts = ARENA_ARRAY(exec->arena, struct rows, most);
}

/* Runs a statement whose rows become one more part. */
static struct err *add_part(struct txn *txn, const struct statement *statement, struct outcome *out)
{
    struct rows *part = &out->parts[out->part_count];
    TRY(txn_main(txn, statement, part));
    out->part_count++;
    out->affected += part->affected;
    return NULL;
}

/* The same for a write of `count` rows that were judged: it must not reach any other by way of an equal key. */
static struct err *add_judged(struct txn *txn, const struct statement *statement, size_t count, struct outcome *out)
{
    TRY(add_part(txn, statement, out));
    if (out->parts[out->part_count - 1].affected <= (int64_t)count)
        return NULL;
    return err_new(txn->exec->arena, ERR_CONFLICT,
                   "Other rows have the same key as those that were selected; nothing was changed.");
}

static struct err *insert_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    size_t most = 0;
    for (size_t i = 0; i < plan->as.insert_many.batches.count; i++)
        most += plan->as.insert_many.batches.items[i].column_count ? 1 : plan->as.insert_many.batches.items[i].rows;
    begin_parts(txn->exec, plan, out, OUTCOME_CREATED, most);
    for (size_t i = 0; i < plan->as.insert_many.batches.count; i++) {
        const struct batch *batch = &plan->as.insert_many.batches.items[i];
        const struct changes none = {0};
        if (batch->column_count)
            TRY(add_part(txn,
                         sql_insert_many(arena, plan->layout, batch->columns, batch->column_count, batch->document,
                                         plan->parent_path),
                         out));
        for (size_t row = 0; !batch->column_count && row < batch->rows; row++)
            TRY(add_part(txn, sql_insert(arena, plan->layout, &none, CONFLICT_FAIL), out));
    }
    return plan->parent_path && out->affected == 0 ? step_no_parent(txn->exec) : NULL;
}

struct err *step_insert_many(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    if (plan->as.insert_many.batches.count == 0 && !plan->guarded_rows.count) {
        begin_parts(exec, plan, out, OUTCOME_CREATED, 0);
        return plan->singular ? outcome_not_single(exec->arena, out) : NULL;
    }
    return txn_run(exec, insert_body, plan, out);
}

static void add_loser(struct outcome *out, struct slice *keys, struct slice current, struct slice expected)
{
    out->losers[out->loser_count++] = (struct loser){keys, current, expected};
}

/* The key of a row that outlives the rows. */
static struct slice *copied_keys(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct slice *keys = layout_keys(arena, layout, rows, row);
    for (size_t i = 0; i < layout->relation->key.column_count; i++)
        keys[i] = arena_copy(arena, keys[i]);
    return keys;
}

/* Judges every locked row. With losers the outcome is OUTCOME_FAILED. */
static struct err *judge_rows(struct txn *txn, const struct plan *plan, const struct layout *layout,
                              const struct rows *rows, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    enum method method = plan->kind == PLAN_DELETE_LIST ? METHOD_DELETE : METHOD_PATCH;
    *out = (struct outcome){.layout = layout, .many = true};
    out->losers = ARENA_ARRAY(exec->arena, struct loser, rows->row_count);
    for (size_t i = 0; i < rows->row_count; i++) {
        enum verdict verdict;
        TRY(step_judge_locked(txn, &txn->preconds, method, layout, rows, i, &verdict));
        if (verdict == VERDICT_FAILED)
            add_loser(out, copied_keys(exec->arena, layout, rows, i), layout_tag(exec->arena, layout, rows, i),
                      SLICE_ABSENT);
    }
    if (out->loser_count)
        out->kind = OUTCOME_FAILED;
    return NULL;
}

static struct err *patch_rows(struct txn *txn, const struct plan *plan, const struct layout *layout,
                              const struct rows *locked, struct slice **keys, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    if (plan->as.write_list.patch.kind == PATCH_CHANGES)
        return add_judged(
            txn, sql_update_rows(arena, plan->layout, keys, locked->row_count, &plan->as.write_list.patch.changes),
            locked->row_count, out);
    for (size_t i = 0; i < locked->row_count; i++) {
        struct changes changes;
        TRY(content_resolve(arena, &plan->as.write_list.patch, layout, locked, i, &changes));
        TRY(add_judged(txn, sql_update_item(arena, plan->layout, keys[i], NULL, &changes), 1, out));
    }
    return NULL;
}

/* The keys by which the locked rows are written. NULL in one names no row. */
static struct err *keys_of_rows(const struct exec *exec, const struct layout *layout, const struct rows *rows,
                                struct slice ***keys)
{
    *keys = ARENA_ARRAY(exec->arena, struct slice *, rows->row_count);
    for (size_t i = 0; i < rows->row_count; i++) {
        (*keys)[i] = layout_keys(exec->arena, layout, rows, i);
        for (size_t k = 0; k < layout->relation->key.column_count; k++)
            if (!slice_present((*keys)[i][k]))
                return err_new(exec->arena, ERR_CONFLICT,
                               "A row that was selected has NULL in its key, so it cannot be changed here.");
    }
    return NULL;
}

struct err *step_too_many(struct txn *txn, const struct plan *plan, int64_t count)
{
    struct arena *arena = txn->exec->arena;
    int64_t most = plan->relation->policy->max_affected;
    bool asked = plan->as.write_list.cap.asked && plan->as.write_list.cap.most < most;
    struct err *err =
        err_new(arena, ERR_BAD_REQUEST, "The filter selects more than the %lld rows that may be changed at once.",
                (long long)plan->as.write_list.cap.limit);
    err->code = SLICE("PGRST124");
    err->details =
        arena_printf(arena, "The query affects more than %lld rows", (long long)plan->as.write_list.cap.limit);
    if (!asked)
        return err;
    if (count < 0)
        TRY(step_count(txn->exec, txn, plan, most + 1, &count));
    err->detail = SLICE("Query result exceeds max-affected preference constraint");
    if (count <= most)
        err->details = arena_printf(arena, "The query affects %lld rows", (long long)count);
    return err;
}

static struct err *write_body(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    bool deletes = plan->kind == PLAN_DELETE_LIST, for_update = deletes || step_covers_tree(&txn->preconds);
    const struct layout *layout = layout_new(exec->arena, plan->relation, NULL);
    ROWS_AUTO locked = {0};
    if (plan->as.write_list.idle) {
        begin_parts(exec, plan, out, OUTCOME_CHANGED, 1);
        return NULL;
    }
    TRY(txn_search(txn,
                   sql_lock_list(exec->arena, layout, &plan->query, plan->as.write_list.cap.limit + 1,
                                 step_lock(plan->relation, for_update)),
                   &locked));
    if ((int64_t)locked.row_count > plan->as.write_list.cap.limit)
        return step_too_many(txn, plan, -1);
    TRY(judge_rows(txn, plan, layout, &locked, out));
    if (out->kind == OUTCOME_FAILED) {
        txn->undo = true;
        return NULL;
    }
    begin_parts(exec, plan, out, deletes ? OUTCOME_DELETED : OUTCOME_CHANGED, locked.row_count + 1);
    if (locked.row_count == 0)
        return NULL;
    struct slice **keys;
    TRY(keys_of_rows(exec, layout, &locked, &keys));
    if (deletes) {
        TRY(children_check(txn, plan, &plan->preconds, layout, NULL, keys, locked.row_count, out));
        if (txn->undo)
            return NULL;
    }
    if (deletes)
        return add_judged(txn, sql_delete_rows(exec->arena, plan->layout, keys, locked.row_count), locked.row_count,
                          out);
    return patch_rows(txn, plan, layout, &locked, keys, out);
}

struct err *step_write_list(const struct exec *exec, const struct plan *plan, struct outcome *out)
{
    return plan->relation->key.column_count ? txn_run(exec, write_body, plan, out)
                                            : step_write_keyless(exec, plan, out);
}
