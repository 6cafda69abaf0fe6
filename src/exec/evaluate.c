/* Evaluating preconditions against the state of a row that was read, and outcomes of one row. */
#include "task.h"

#include <assert.h>

void outcome_take(struct task *task, enum outcome_kind kind, const struct layout *layout, struct rows *rows)
{
    struct outcome *out = task->out;
    assert(out->part_count == 0);
    *out = (struct outcome){.kind = kind, .layout = layout, .part_count = 1, .affected = rows->affected};
    out->parts = ARENA_NEW(task_arena(task), struct rows);
    out->parts[0] = *rows;
    *rows = (struct rows){0};
}

enum method task_method(const struct task *task)
{
    switch (task->kind) {
    case PLAN_REPLACE:
        return METHOD_PUT;
    case PLAN_DELETE:
    case PLAN_DELETE_LIST:
        return METHOD_DELETE;
    default:
        return METHOD_PATCH;
    }
}

/* The state of a row in the form that the evaluation of preconditions takes. */
static struct current current_of(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row)
{
    struct state state;
    struct current current = {.exists = true};
    if (!layout_state(layout, rows, row, &state))
        return current;
    current.etag = current.state = layout_tag(arena, layout, rows, row);
    current.has_modified = state.kind == STAMP_VERSION;
    current.modified_us = state.moment;
    layout_clock(layout, rows, row, &current.clock_second);
    return current;
}

enum verdict evaluate_state(struct arena *arena, const struct preconds *preconds, enum method method,
                            const struct layout *layout, const struct rows *rows, size_t row)
{
    struct current current = current_of(arena, layout, rows, row);
    return preconds_evaluate(preconds, method, &current);
}

struct err *no_row(struct arena *arena)
{
    return err_new(arena, ERR_NO_ROW, "There is no row with this key.");
}

struct err *no_parent(struct arena *arena)
{
    return err_new(arena, ERR_NO_ROW, "There is no such parent.");
}

struct err *contended(const struct task *task)
{
    struct arena *arena = task_arena(task);
    if (task->plan->relation->row_security) {
        struct err *err = err_new(arena, ERR_FORBIDDEN, "A row security policy does not allow this change.");
        err->code = SLICE("42501");
        return err;
    }
    struct err *err =
        err_new(arena, ERR_CONTENTION, "Other transactions changed the row at each attempt; this change was not made.");
    err->retry_after = 1;
    return err;
}
