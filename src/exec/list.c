/* Shared by reads and writes of many rows: pages, totals, and outcomes of several parts. */
#include "task.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"

#include <assert.h>
#include <string.h>

struct statement *list_statement(const struct task *task)
{
    const struct plan *plan = task->plan;
    const struct page *page = plan_page(plan);
    bool counted = page->total == TOTAL_EXACT;
    if (plan->handler)
        return sql_handle_list(task_arena(task), plan->layout, &plan->query, plan->handler, page->limit, counted);
    return sql_select_list(task_arena(task), plan->layout, &plan->query, page->limit, counted);
}

/* The count is in the last two cells of each row. For an empty page, the statement returns one row that has only the
 * count. */
void list_take_total(struct outcome *out, struct rows *rows, size_t columns)
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

struct err *list_count(struct task *task, int64_t limit, int64_t *total)
{
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(session_statement(task->session, sql_count_list(task_arena(task), plan->layout, &plan->query, limit), &rows));
    *total = 0;
    if (rows.row_count)
        text_i64(rows_cell(&rows, 0, 0), total);
    return NULL;
}

/* The planner's estimate of the number of rows. The first "Plan Rows" in the text belongs to the topmost node. */
static struct err *planned_total(struct task *task, int64_t *total)
{
    static const char name[] = "\"Plan Rows\": ";
    const struct plan *plan = task->plan;
    ROWS_AUTO rows = {0};
    TRY(session_statement(task->session, sql_explain_list(task_arena(task), plan->layout, &plan->query), &rows));
    *total = 0;
    if (rows.row_count == 0)
        return NULL;
    const char *at = strstr(rows_cell(&rows, 0, 0).at, name);
    for (at = at ? at + sizeof(name) - 1 : ""; *at >= '0' && *at <= '9'; at++)
        *total = *total * 10 + (*at - '0');
    return NULL;
}

struct err *list_estimate(struct task *task)
{
    const struct plan *plan = task->plan;
    struct outcome *out = task->out;
    int64_t most = plan->relation->policy->max_rows, counted = 0;
    if (plan->as.read_list.page.total == TOTAL_ESTIMATED) {
        TRY(list_count(task, most < INT64_MAX ? most + 1 : most, &counted));
        out->has_total = counted <= most;
        out->total = counted;
    }
    if (out->has_total)
        return NULL;
    TRY(planned_total(task, &out->total));
    out->has_total = out->estimated = true;
    if (out->total < counted)
        out->total = counted;
    return NULL;
}

void parts_begin(struct task *task, enum outcome_kind kind, size_t most)
{
    *task->out = (struct outcome){.kind = kind, .layout = task->plan->layout, .many = true};
    task->out->parts = ARENA_ARRAY(task_arena(task), struct rows, most);
}

struct err *parts_add(struct task *task, const struct statement *statement)
{
    struct outcome *out = task->out;
    struct rows *part = &out->parts[out->part_count];
    TRY(session_work(task->session, statement, part));
    out->part_count++;
    out->affected += part->affected;
    return NULL;
}

struct err *too_many_rows(struct task *task, int64_t count)
{
    struct arena *arena = task_arena(task);
    const struct cap *cap = &task->plan->as.write_list.cap;
    int64_t most = task->plan->relation->policy->max_affected;
    bool asked = cap->asked && cap->most < most;
    struct err *err =
        err_new(arena, ERR_BAD_REQUEST, "The filter selects more than the %lld rows that may be changed at once.",
                (long long)cap->limit);
    err->code = SLICE("PGRST124");
    err->details = arena_printf(arena, "The query affects more than %lld rows", (long long)cap->limit);
    if (!asked)
        return err;
    if (count < 0)
        TRY(list_count(task, most + 1, &count));
    err->detail = SLICE("Query result exceeds max-affected preference constraint");
    if (count <= most)
        err->details = arena_printf(arena, "The query affects %lld rows", (long long)count);
    return err;
}
