/* Execution plans in the place of the work (plan/explain.h). */
#include "steps.h"

/* What txn_main() returns instead of rows: the body is left as if by an error, and nothing of it is kept. */
static struct err explained = {.kind = ERR_INTERNAL, .position = -1};

static struct err *explain_statement(struct txn *txn, const struct statement *statement)
{
    struct arena *arena = txn->exec->arena;
    ROWS_AUTO rows = {0};
    TRY(txn_statement(txn, sql_explain(arena, statement, txn->explain), &rows));
    struct buf *text = &txn->explained;
    /* Several plans in JSON are one array of all of them. */
    bool follows = text->len > 0, joined = follows && txn->explain->json;
    if (joined) {
        while (text->len && text->at[text->len - 1] != ']')
            text->len--;
        text->at[text->len - 1] = ',';
    } else if (follows) {
        buf_byte(text, '\n');
    }
    for (size_t i = 0; i < rows.row_count; i++) {
        struct slice line = rows_cell(&rows, i, 0);
        if (i)
            buf_byte(text, '\n');
        buf_put(text, joined ? slice_from(line, slice_find(line, '[') + 1) : line);
    }
    return NULL;
}

struct err *txn_main(struct txn *txn, const struct statement *statement, struct rows *rows)
{
    if (!txn->explain)
        return txn_statement(txn, statement, rows);
    TRY(explain_statement(txn, statement));
    return &explained;
}

struct err *txn_search(struct txn *txn, const struct statement *statement, struct rows *rows)
{
    if (txn->explain)
        TRY(explain_statement(txn, statement));
    return txn_statement(txn, statement, rows);
}

struct err *explain_end(struct txn *txn, struct err *err, struct outcome *out)
{
    if (err && err != &explained)
        return err;
    txn->undo = true;
    if (out->kind == OUTCOME_FAILED || out->kind == OUTCOME_BLOCKED)
        return NULL;
    outcome_release(out);
    *out = (struct outcome){.kind = OUTCOME_EXPLAINED, .rendered = buf_slice(&txn->explained)};
    return NULL;
}
