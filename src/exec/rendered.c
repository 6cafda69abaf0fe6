/* The content that handlers render from rows (catalog/handler.h), and what functions say about the response. */
#include "task.h"

#include "midair/base/text.h"

/* Some handlers return NULL for an empty set. */
static struct slice copied(struct arena *arena, struct slice text)
{
    return arena_copy(arena, slice_present(text) ? text : SLICE(""));
}

void rendered_take(struct task *task, struct rows *rows)
{
    ROWS_AUTO rendered = *rows;
    struct outcome *out = task->out;
    uint64_t shown = 0, total = 0;
    *rows = (struct rows){0};
    *out = (struct outcome){.kind = OUTCOME_LIST, .layout = task->plan->layout, .many = true};
    out->rendered = copied(task_arena(task), rows_cell(&rendered, 0, 0));
    text_u64(rows_cell(&rendered, 0, 1), &shown);
    out->rendered_rows = shown;
    if (plan_page(task->plan)->total == TOTAL_EXACT) {
        out->has_total = text_u64(rows_cell(&rendered, 0, 2), &total);
        out->total = (int64_t)total;
    }
}

struct err *reply_take(struct task *task, struct rows *rows)
{
    ROWS_AUTO said = *rows;
    struct reply *reply = ARENA_NEW(task_arena(task), struct reply);
    *rows = (struct rows){0};
    task->out->reply = reply;
    return reply_read(task_arena(task), rows_cell(&said, 0, 0), rows_cell(&said, 0, 1), reply);
}

/* Renders rows that were written. They may be deleted, or change again, so the handler gets them as texts. */
static struct err *make_written(struct task *task)
{
    const struct plan *plan = task->plan;
    struct arena *arena = task_arena(task);
    struct outcome *out = task->out;
    struct slice *texts = ARENA_ARRAY(arena, struct slice, outcome_rows(out) + 1);
    size_t count = 0;
    ROWS_AUTO rows = {0};
    /* When a trigger suppressed a DELETE, the row is the one that was read before. */
    for (size_t p = 0; out->layout->rendered_cell != NO_CELL && p < out->part_count; p++)
        for (size_t i = 0; i < out->parts[p].row_count; i++)
            texts[count++] = rows_cell(&out->parts[p], i, (size_t)out->layout->rendered_cell);
    TRY(session_statement(task->session, sql_handle_rows(arena, plan->relation, plan->handler, texts, count), &rows));
    out->rendered = copied(arena, rows_cell(&rows, 0, 0));
    return NULL;
}

struct err *rendered_make(struct task *task)
{
    const struct plan *plan = task->plan;
    enum outcome_kind kind = task->out->kind;
    bool deleted = kind == OUTCOME_DELETED && plan->show_rows;
    ROWS_AUTO said = {0};
    if (!(plan->handler || plan->replies) || plan_call(plan) || plan->explain)
        return NULL; /* a call has fetched the reply already */
    if (plan->handler && (deleted || kind == OUTCOME_CREATED || kind == OUTCOME_CHANGED))
        TRY(make_written(task));
    TRY(session_statement(task->session, sql_reply(task_arena(task)), &said));
    return reply_take(task, &said);
}
