/* What the executor's files share. Private to exec/. */
#ifndef MIDAIR_EXEC_STEPS_H
#define MIDAIR_EXEC_STEPS_H

#include "midair/exec/execute.h"
#include "midair/sql/sql.h"

/* One transaction on a lease. */
struct txn {
    const struct exec *exec;
    struct lease *lease;
    bool undo; /* set by the body: it succeeded in finding that nothing may be changed */
};

typedef struct err *txn_body(struct txn *txn, const struct plan *plan, struct outcome *out);

/* Runs `body` between BEGIN and COMMIT; again, a few times, when the server says that it rolled back because of others.
 * On an error *out holds nothing. */
struct err *txn_run(const struct exec *exec, txn_body *body, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *txn_statement(struct txn *txn, const struct statement *statement, struct rows *rows) MUST_USE;

/* Hash of relation and key: the order of writes within a flight. */
uint64_t step_hash(const struct relation *relation, const struct slice *keys);
struct err *step_point(const struct exec *exec, const struct plan *plan, const struct statement *statement,
                       struct rows *rows) MUST_USE;

/* Makes `rows` the only part of the outcome; takes them over. */
void step_outcome(const struct exec *exec, struct outcome *out, enum outcome_kind kind, const struct layout *layout,
                  struct rows *rows);
/* The state of a row as preconditions see it. */
struct current step_current(struct arena *arena, const struct layout *layout, const struct rows *rows, size_t row);
enum verdict step_judge(const struct exec *exec, const struct preconds *preconds, enum method method,
                        const struct layout *layout, const struct rows *rows, size_t row);
/* The same under the row's lock, where tags that cover a tree (plan/reach.h) are checked against all of it. The row
 * must be locked FOR UPDATE when step_sees_reach(). */
struct err *step_judge_locked(struct txn *txn, const struct preconds *preconds, enum method method,
                              const struct layout *layout, const struct rows *rows, size_t row,
                              enum verdict *verdict) MUST_USE;
bool step_sees_reach(const struct preconds *preconds);
struct err *step_no_row(const struct exec *exec);
struct err *step_no_parent(const struct exec *exec);

/* 406: the client asked for exactly one row. */
struct err *step_not_single(struct arena *arena, size_t rows);

struct err *step_insert(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_upsert(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_replace(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_patch(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_delete(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_insert_many(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_read_list(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_write_list(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_write_each(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;

#endif
