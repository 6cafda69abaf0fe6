/* Execution plans: what PostgreSQL would do for a request, in the place of its answer (PostgREST's
 * application/vnd.pgrst.plan).
 *
 * The request is planned and judged as ever: its preconditions, and all that a write asks of the rows before it. Only
 * the statements that do its work are EXPLAINed instead of being run, and the transaction is rolled back. */
#ifndef MIDAIR_PLAN_EXPLAIN_H
#define MIDAIR_PLAN_EXPLAIN_H

#include "midair/base/err.h"

struct plan; /* plan/plan.h */

struct explain {
    bool json; /* FORMAT JSON; else text */
    bool analyze, verbose, settings, buffers, wal;
};

/* ERR_NOT_ACCEPTABLE where the request is carried out by an unknown number of statements, so that there is no one plan
 * of it. */
struct err *explain_check(struct arena *arena, const struct plan *plan) MUST_USE;

#endif
