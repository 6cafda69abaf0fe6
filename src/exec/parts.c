/* Lists that are too large to be held at once: read in parts by a cursor, each of which is shown before the next one is
 * fetched. The rows come from one snapshot, that of the cursor. */
#include "task.h"

#include "midair/base/clock.h"

#include <assert.h>

enum { FIRST_ROWS = 1, MOST_ROWS = 1000 };

bool execute_has_parts(const struct plan *plan)
{
    return plan->kind == PLAN_READ_LIST && !plan->parent_path && !plan->handler && !plan->explain && !plan->settings &&
           !plan->singular && plan->as.read_list.page.total == TOTAL_NONE && !plan->guarded_rows.count;
}

static size_t size_of(const struct rows *rows)
{
    size_t size = 0;
    for (size_t i = 0; i < rows->row_count * rows->column_count; i++)
        size += rows->cells[i].len;
    return size;
}

/* The number of rows of the next part, by the size of the rows so far. It grows slowly, since later rows may be
 * larger. */
static size_t next_count(size_t count, const struct rows *rows, size_t part_bytes)
{
    size_t each = size_of(rows) / rows->row_count + 1, fit = part_bytes / each;
    fit = fit < 4 * count ? fit : 4 * count;
    return fit < 1 ? 1 : fit > MOST_ROWS ? MOST_ROWS : fit;
}

/* Fetches and shows one part. The arena is that of the part alone. */
static struct err *run_part(const struct exec *exec, struct lease *lease, size_t *count, size_t part_bytes,
                            execute_sink *sink, void *context, bool *more)
{
    ROWS_AUTO rows = {0};
    TRY(lease_run(lease, exec->arena, sql_fetch(exec->arena, *count), exec->deadline, &rows));
    *more = sink(context, &rows) && rows.row_count == *count;
    if (*more)
        *count = next_count(*count, &rows, part_bytes);
    return NULL;
}

/* What of an error outlives the arena of the part. */
static struct err *kept(struct arena *arena, const struct err *from)
{
    struct err *err = err_new(arena, from->kind, "%.*s", SLICE_ARG(from->detail));
    err->code = arena_copy(arena, from->code);
    err->note = arena_copy(arena, from->note);
    err->retry_after = from->retry_after;
    return err;
}

static struct err *run_parts(const struct exec *exec, struct lease *lease, size_t part_bytes, int64_t part_us,
                             execute_sink *sink, void *context)
{
    struct exec one = *exec;
    size_t count = FIRST_ROWS;
    struct err *err = NULL;
    for (bool more = true; more && !err; one.deadline = clock_now_us() + part_us) {
        one.arena = arena_new(0);
        err = run_part(&one, lease, &count, part_bytes, sink, context, &more);
        if (err)
            err = kept(exec->arena, err);
        arena_free(one.arena);
    }
    return err;
}

struct err *execute_parts(const struct exec *exec, const struct plan *plan, size_t part_bytes, int64_t part_us,
                          execute_sink *sink, void *context)
{
    const struct statement *list =
        sql_select_list(exec->arena, plan->layout, &plan->query, plan->as.read_list.page.limit, false);
    LEASE_AUTO lease = NULL;
    assert(execute_has_parts(plan) && !exec->before);
    TRY(db_lease_for_read(exec->db, exec->arena, exec->deadline, &lease));
    TRY(lease_begin_with(lease, exec->arena,
                         plan->query.may_write ? "ISOLATION LEVEL REPEATABLE READ READ ONLY" : "READ ONLY",
                         sql_declare(exec->arena, list), exec->deadline));
    struct err *err = run_parts(exec, lease, part_bytes, part_us, sink, context);
    lease_rollback(lease);
    return err;
}
