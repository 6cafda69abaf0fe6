/* The executor: it runs a plan and returns an outcome.
 *
 * Preconditions are either part of the statement that writes, or evaluated under a row lock in the transaction that
 * writes. A row is never read in one transaction and written in another on the strength of what was read. */
#ifndef MIDAIR_EXEC_EXECUTE_H
#define MIDAIR_EXEC_EXECUTE_H

#include "midair/pg/db.h"
#include "midair/plan/outcome.h"

struct exec {
    struct db *db;
    struct arena *arena;
    int64_t deadline; /* in clock_now_us() terms, for all the database work of the request */
    /* Makes the role and the settings of the request (sql_settings()), before each statement that is a transaction of
     * its own, and at the begin of each transaction. NULL: the request runs with the rights of the connection. */
    const struct statement *before;
};

/* Runs one plan. On success the caller releases *out with outcome_release(). On an error *out holds nothing. Errors:
 * those of pg/db.h, ERR_NO_ROW, ERR_BAD_CONTENT and ERR_UNPROCESSABLE from patches that need the row, ERR_FORBIDDEN
 * (row security), ERR_CONTENTION. */
struct err *execute(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;

/* Takes the next rows of a list; they are released afterwards. Returns false to stop. */
typedef bool execute_sink(void *context, const struct rows *rows);

/* Whether execute_parts() can run the plan: a plain page of rows without a parent, a total, or a handler. */
bool execute_has_parts(const struct plan *plan);
/* Reads a list in parts, by a cursor in a transaction, and hands each part to `sink`; the first call has no rows when
 * there are none. A part has about as many rows as fit into `part_bytes`. exec->deadline is that of the first part;
 * each further one may take `part_us`. Errors: those of pg/db.h; afterwards `sink` may have been called already. When
 * `sink` stopped it, there is no error. */
struct err *execute_parts(const struct exec *exec, const struct plan *plan, size_t part_bytes, int64_t part_us,
                          execute_sink *sink, void *context) MUST_USE;

/* Evaluates the preconditions of a write of an item whose content turned out to be unusable, since preconditions come
 * before content (RFC 9110 13.2.1). *out is OUTCOME_FAILED when one of them does not hold, otherwise OUTCOME_NONE.
 * Errors: ERR_NO_ROW when there is no row, and those of pg/db.h. */
struct err *execute_probe(const struct exec *exec, const struct plan *plan, enum method method,
                          struct outcome *out) MUST_USE;

#endif
