/* Units of work: several plans, and statements of midair's own, in one transaction.
 *
 * unit_run() opens the transaction and calls the body, which runs plans with unit_plan(). What a plan is may depend on
 * the outcomes of those before it. All of it is committed when the body succeeds, and nothing when it fails or calls
 * unit_undo(). When PostgreSQL rolls the transaction back because of others (40001, 40P01), the body runs again from
 * its start: it must therefore return errors of the unit's functions for which db_may_retry() holds, and first undo
 * what an earlier run left in its context.
 *
 * Rows are locked in one order as far as the plans are known beforehand: unit_lock() takes the locks of several plans
 * together. The locks of other plans are taken when they run. */
#ifndef MIDAIR_EXEC_UNIT_H
#define MIDAIR_EXEC_UNIT_H

#include "midair/exec/execute.h"

struct unit;

struct unit_terms {
    const struct plan *only;  /* the one plan of the unit, which determines the transaction; NULL: there are several */
    enum isolation isolation; /* the least that is wanted */
    bool read_only;
    bool rollback; /* everything happens except the commit */
};

typedef struct err *unit_body(struct unit *unit, void *context);

/* Runs the body in a transaction. Errors: those of the body and of pg/db.h; ERR_CONTENTION when PostgreSQL kept rolling
 * the transaction back. */
struct err *unit_run(const struct exec *exec, const struct unit_terms *terms, unit_body *body, void *context) MUST_USE;

/* The isolation that a plan requires of its transaction. */
enum isolation unit_isolation(struct arena *arena, const struct plan *plan);

/* Locks the rows that the plans write, touch and name in their preconditions, and evaluates those of other rows than
 * the targets. unit_plan() must run each of the plans afterwards. When a precondition does not hold, the unit is
 * undone, and *failed is the index of the plan, whose outcome is outcomes[*failed]; otherwise *failed is `count`. On an
 * error it is the index of the plan that the error belongs to. */
struct err *unit_lock(struct unit *unit, const struct plan *const *plans, struct outcome *outcomes, size_t count,
                      size_t *failed) MUST_USE;

/* Runs a plan. The caller releases *out. When the outcome is one with which nothing may be committed (OUTCOME_FAILED,
 * OUTCOME_BLOCKED), the unit is undone. After an error nothing more can run, except after unit_back(). Errors of
 * PostgreSQL are those of the SQLSTATE; unit_refusal() says what they mean for the plan. */
struct err *unit_plan(struct unit *unit, const struct plan *plan, struct outcome *out) MUST_USE;

/* The arena of the unit's results. */
struct arena *unit_arena(const struct unit *unit);

/* Nothing of the unit will be committed. */
void unit_undo(struct unit *unit);
bool unit_is_undone(const struct unit *unit);

/* Savepoints: unit_back() undoes what ran since the latest unit_save(), even after an error, and ends the savepoint;
 * unit_keep() ends it without undoing anything. They nest. */
struct err *unit_save(struct unit *unit) MUST_USE;
struct err *unit_keep(struct unit *unit) MUST_USE;
struct err *unit_back(struct unit *unit) MUST_USE;

/* Runs a statement that belongs to no plan, or several in one round trip. The caller frees the rows. */
struct err *unit_statement(struct unit *unit, const struct statement *statement, struct rows *rows) MUST_USE;
struct err *unit_statements(struct unit *unit, const struct statement *const *statements, size_t count,
                            struct rows *rows) MUST_USE;

/* What an error of unit_plan() means for the plan, when the unit has ended without a commit: another error, or NULL
 * where it is an outcome, which the caller releases. */
struct err *unit_refusal(const struct exec *exec, const struct plan *plan, struct err *err,
                         struct outcome *out) MUST_USE;

#endif
