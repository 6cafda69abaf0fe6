#include "midair/plan/explain.h"

#include "midair/plan/plan.h"

/* Rows without columns are made one by one. */
static bool is_one_batch(const struct batches *batches)
{
    return batches->count == 1 && (batches->items[0].column_count || batches->items[0].rows == 1);
}

static bool is_one_statement(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_INSERT_MANY:
        return is_one_batch(&plan->as.insert_many.batches);
    case PLAN_UPSERT:
        return is_one_batch(&plan->as.upsert.batches);
    case PLAN_PATCH_LIST:
        return plan->as.write_list.patch.kind == PATCH_CHANGES;
    case PLAN_BULK:
        return false;
    default:
        return true;
    }
}

struct err *explain_check(struct arena *arena, const struct plan *plan)
{
    if (!plan->explain || is_one_statement(plan))
        return NULL;
    struct err *err =
        err_new(arena, ERR_NOT_ACCEPTABLE, "None of these media types are available: application/vnd.pgrst.plan");
    err->code = SLICE("PGRST107");
    return err_hint(arena, err, "This write is not one statement, so it has no plan. Ask for that of one of its rows.");
}
