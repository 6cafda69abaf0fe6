/* The step `execute`: runs the plan. It is the only step that uses the database. */
#include "idempotency.h"

#include "midair/base/clock.h"

struct err *step_execute(const struct request *r, struct executed *out)
{
    const struct kind *kind = request_kind(r);
    const struct plan *plan = &r->plan.plan;
    assert(plan->kind == PLAN_NONE || plan->kind == PLAN_PROBE || plan->layout);
    assert(plan->kind != PLAN_PROBE || plan->as.probe.refusal);
    if (!kind->execute)
        return NULL;
    int64_t from = clock_now_us();
    struct err *err = idempotency_applies(r, plan) ? idempotency_execute(r, out) : kind->execute(r, out);
    out->database_us = clock_now_us() - from;
    if (err && err->kind == ERR_BAD_VALUE)
        refused_value_place(r, err);
    return err;
}
