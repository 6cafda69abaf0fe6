/* Rows as they will be at the commit. What a statement returns of the rows that it wrote may not be their final state:
 * triggers may change them afterwards, a touch or a cascade may write them again, or a parent that is shown with them
 * may be touched. The catalog knows where that can happen (relation.revised); there the rows are read again when all
 * work of the plan is done. Elsewhere this adds no statement. */
#include "task.h"

/* Whether a write touches any parent, also one in the same relation, which family_touches() leaves out. */
static bool touches_parents(const struct relation *relation)
{
    for (size_t i = 0; i < relation->parent_count; i++)
        if (relation->parents[i]->touch)
            return true;
    return false;
}

bool committed_differs(const struct plan *plan)
{
    const struct relation *relation = plan->relation;
    switch (plan->kind) {
    case PLAN_INSERT:
    case PLAN_INSERT_MANY:
    case PLAN_REPLACE:
    case PLAN_PATCH:
    case PLAN_PATCH_LIST:
    case PLAN_UPSERT:
    case PLAN_BULK:
        break;
    default:
        return false;
    }
    if (!relation->key.column_count || !plan->layout || !plan->layout->key_cells)
        return false;
    bool shows_others = plan->layout->query && plan->layout->query->embeds;
    return relation->revised || (shows_others && touches_parents(relation));
}

/* Reads the rows of one part again, in their order. A row that no longer exists is left out. */
static struct err *read_part(struct task *task, struct rows *part)
{
    const struct layout *layout = task->out->layout;
    struct arena *arena = task_arena(task);
    struct slice **keys = ARENA_ARRAY(arena, struct slice *, part->row_count);
    struct rows both[2] = {{0}, {0}};
    for (size_t i = 0; i < part->row_count; i++)
        keys[i] = layout_keys(arena, layout, part, i);
    /* Deferred triggers would otherwise run at the commit, after the rows were read. */
    const struct statement *const statements[] = {sql_check_constraints(arena),
                                                  sql_select_rows(arena, layout, keys, part->row_count)};
    TRY(session_several(task->session, statements, 2, both));
    both[1].affected = part->affected;
    rows_free(part);
    rows_free(&both[0]);
    *part = both[1];
    return NULL;
}

struct err *committed_read(struct task *task)
{
    struct outcome *out = task->out;
    bool written = out->kind == OUTCOME_CREATED || out->kind == OUTCOME_CHANGED;
    if (!written || !committed_differs(task->plan))
        return NULL;
    for (size_t i = 0; i < out->part_count; i++)
        if (out->parts[i].row_count)
            TRY(read_part(task, &out->parts[i]));
    return NULL;
}
