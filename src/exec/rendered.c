/* What handlers make of rows (catalog/handler.h). */
#include "steps.h"

#include "midair/base/text.h"

bool step_in_transaction(const struct plan *plan)
{
    return step_surrounded(plan) || plan->explain || plan->handler;
}

struct statement *step_list(const struct exec *exec, const struct plan *plan)
{
    const struct page *page = plan_page(plan);
    bool counted = page->total == TOTAL_EXACT;
    if (plan->handler)
        return sql_handle_list(exec->arena, plan->layout, &plan->query, plan->handler, page->limit, counted);
    return sql_select_list(exec->arena, plan->layout, &plan->query, page->limit, counted);
}

/* Of no rows some make NULL. */
static struct slice copied(struct arena *arena, struct slice text)
{
    return arena_copy(arena, slice_present(text) ? text : SLICE(""));
}

void step_take_rendered(const struct exec *exec, const struct plan *plan, struct rows *rows, struct outcome *out)
{
    uint64_t shown = 0, total = 0;
    *out = (struct outcome){.kind = OUTCOME_LIST, .layout = plan->layout, .many = true};
    out->rendered = copied(exec->arena, rows_cell(rows, 0, 0));
    text_u64(rows_cell(rows, 0, 1), &shown);
    out->rendered_rows = shown;
    if (plan_page(plan)->total == TOTAL_EXACT) {
        out->has_total = text_u64(rows_cell(rows, 0, 2), &total);
        out->total = (int64_t)total;
    }
}

/* The rows are gone or may change again, so they come from their texts. */
static struct err *make_written(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    struct slice *texts = ARENA_ARRAY(arena, struct slice, outcome_rows(out) + 1);
    size_t count = 0;
    ROWS_AUTO rows = {0};
    /* Where a trigger did away with a DELETE, the row comes from before. */
    for (size_t p = 0; out->layout->rendered_cell != NO_CELL && p < out->part_count; p++)
        for (size_t i = 0; i < out->parts[p].row_count; i++)
            texts[count++] = rows_cell(&out->parts[p], i, (size_t)out->layout->rendered_cell);
    TRY(txn_statement(txn, sql_handle_rows(arena, plan->relation, plan->handler, texts, count), &rows));
    out->rendered = copied(arena, rows_cell(&rows, 0, 0));
    return NULL;
}

struct err *step_make(struct txn *txn, const struct plan *plan, struct outcome *out)
{
    struct arena *arena = txn->exec->arena;
    bool deleted = out->kind == OUTCOME_DELETED && plan->show_rows;
    ROWS_AUTO said = {0};
    if (!plan->handler || plan_call(plan))
        return NULL; /* a call has asked already */
    if (deleted || out->kind == OUTCOME_CREATED || out->kind == OUTCOME_CHANGED)
        TRY(make_written(txn, plan, out));
    TRY(txn_statement(txn, sql_reply(arena), &said));
    return step_take_reply(arena, &said, out);
}
