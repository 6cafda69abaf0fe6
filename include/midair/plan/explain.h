/* Execution plans: the response is PostgreSQL's plan for the request instead of its result (PostgREST's
 * application/vnd.pgrst.plan).
 *
 * The request is planned, its preconditions are evaluated and all checks before a write are made as usual. Only the
 * statements that do its work are run under EXPLAIN, and the transaction is rolled back. */
#ifndef MIDAIR_PLAN_EXPLAIN_H
#define MIDAIR_PLAN_EXPLAIN_H

#include "midair/base/err.h"

struct plan; /* plan/plan.h */

struct explain {
    bool json; /* FORMAT JSON, else text */
    bool analyze, verbose, settings, buffers, wal;
};

/* Checks that the plan is carried out by one statement, which can be explained. ERR_NOT_ACCEPTABLE (PGRST107) if
 * not. NULL as well when no explanation is wanted. */
struct err *explain_check(struct arena *arena, const struct plan *plan) MUST_USE;

#endif
