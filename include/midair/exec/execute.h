/* The executor: a plan becomes an outcome. Checks and writes are one statement, or happen under a row lock in one
 * transaction; there is no reading first and writing later. */
#ifndef MIDAIR_EXEC_EXECUTE_H
#define MIDAIR_EXEC_EXECUTE_H

#include "midair/pg/db.h"
#include "midair/plan/outcome.h"

struct exec {
    struct db *db;
    struct arena *arena;
    int64_t deadline; /* in clock_now_us() terms, for all the database work of the request */
};

/* Carries the plan out. On success the caller releases *out by outcome_release(). Errors: those of db/db.h, ERR_NO_ROW,
 * ERR_BAD_CONTENT and ERR_UNPROCESSABLE from patches that need the row, ERR_FORBIDDEN (row security). */
struct err *execute(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;

/* Carries several plans out in one transaction, in their order: all of them or none. What they write and what their
 * preconditions speak of is locked first, in one order. On success *failed is `count`, and the caller releases every
 * outcome. Where a plan came to an outcome that lets nothing be kept (OUTCOME_FAILED, OUTCOME_BLOCKED), *failed is that
 * plan, and the others have OUTCOME_NONE. On an error it is the plan that the error belongs to. None of the plans is to
 * be explained, and their settings are the same. */
struct err *execute_all(const struct exec *exec, const struct plan *const *plans, size_t count,
                        struct outcome *outcomes, size_t *failed) MUST_USE;

/* Judges the preconditions of a write of an item whose content turned out to be unusable: *out is OUTCOME_FAILED when
 * one of them does not hold, else OUTCOME_NONE. ERR_NO_ROW when there is no row. Preconditions come before content (RFC
 * 9110 13.2.1). */
struct err *execute_probe(const struct exec *exec, const struct plan *plan, enum method method,
                          struct outcome *out) MUST_USE;

#endif
