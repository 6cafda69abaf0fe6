/* What the executor's files share. Private to exec/. */
#ifndef MIDAIR_EXEC_STEPS_H
#define MIDAIR_EXEC_STEPS_H

#include "midair/exec/execute.h"
#include "midair/sql/sql.h"

/* One transaction on a lease. */
struct txn {
    const struct exec *exec;
    struct lease *lease;
    const char *mode;              /* what follows BEGIN, or NULL */
    bool undo;                     /* set by the body: it succeeded in finding that nothing may be changed */
    const struct explain *explain; /* the plan's */
    struct buf explained;          /* what PostgreSQL said, if so */
    bool zone_refused;             /* PostgreSQL does not know the time zone that was asked for */
    struct preconds preconds; /* what the target is judged by: the plan's, less what the watched rows have settled */
    const struct guarded_row *stale; /* an ancestor whose tag is in If-Match and does not hold */
    struct rows stale_rows;          /* as it is now */
    const struct layout *stale_layout;
};

typedef struct err *txn_body(struct txn *txn, const struct plan *plan, struct outcome *out);

/* Runs `body` between BEGIN and COMMIT; again, a few times, when the server says that it rolled back because of others.
 * On an error *out holds nothing. */
struct err *txn_run(const struct exec *exec, txn_body *body, const struct plan *plan, struct outcome *out) MUST_USE;
/* The same for a body that only reads, all of it in one snapshot. */
struct err *txn_read(const struct exec *exec, txn_body *body, const struct plan *plan, struct outcome *out) MUST_USE;
/* The same with `mode` behind BEGIN; NULL: none. */
struct err *txn_call(const struct exec *exec, const char *mode, txn_body *body, const struct plan *plan,
                     struct outcome *out) MUST_USE;
/* Locks and judges the watched rows and locks the target among them. Where one of them does not hold, *out is
 * OUTCOME_FAILED and txn->undo is set. */
struct err *guarded_rows_begin(struct txn *txn, const struct plan *plan, struct outcome *out) MUST_USE;
/* After the body: where the target failed and an ancestor's tag was stale, it is the ancestor that is shown. */
void guarded_rows_end(struct txn *txn, struct outcome *out);
struct err *txn_statement(struct txn *txn, const struct statement *statement, struct rows *rows) MUST_USE;
/* Two statements in one round trip; `rows` has two elements. */
struct err *txn_two(struct txn *txn, const struct statement *first, const struct statement *second,
                    struct rows *rows) MUST_USE;

/* The statement that does the work of the body. Where it is to be explained, it is that instead, and the error that is
 * returned leads out of the body to explain_end(). */
struct err *txn_main(struct txn *txn, const struct statement *statement, struct rows *rows) MUST_USE;
/* The statement that finds the rows for that one: explained and carried out. */
struct err *txn_search(struct txn *txn, const struct statement *statement, struct rows *rows) MUST_USE;
/* After the body: the outcome is what was explained, unless the request failed. Sets txn->undo. */
struct err *explain_end(struct txn *txn, struct err *err, struct outcome *out) MUST_USE;

/* Whether the plan needs a transaction for more than its one statement. */
bool step_surrounded(const struct plan *plan);
/* Whether a read needs a transaction of its own, which can only read: a function in its query could write. */
bool step_reads_apart(const struct plan *plan);
/* Hash of relation and key: the order of writes within a flight. */
uint64_t step_hash(const struct relation *relation, const struct slice *keys);
struct err *step_point(const struct exec *exec, const struct plan *plan, const struct statement *statement,
                       struct rows *rows) MUST_USE;

/* A statement that may take long: on a connection of its own. */
struct err *step_leased(const struct exec *exec, const struct statement *statement, struct rows *rows) MUST_USE;

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
bool step_covers_tree(const struct preconds *preconds);
/* Whether triggers or rules may make something else of a write than what its statement says. */
bool step_is_detoured(const struct relation *relation);
/* Whether ON CONFLICT can name the key: there is a unique index behind it. */
bool step_has_arbiter(const struct relation *relation);
/* How rows are held between judging and writing: by a lock, FOR UPDATE where it has to be `firm`, or by the snapshot
 * where writes are rewritten (see txn_run). */
enum lock_strength step_lock(const struct relation *relation, bool for_update);
/* Whether a DELETE has to look for children that would go with the row before it deletes (children.c). */
bool children_matter(const struct exec *exec, const struct plan *plan, const struct preconds *preconds);
/* Looks for them, with the rows `keys` locked FOR UPDATE, so that none can come: OUTCOME_BLOCKED and txn->undo when
 * there are some that `preconds` do not cover. `rows` is the one row, or NULL when there are several. */
struct err *children_check(struct txn *txn, const struct plan *plan, const struct preconds *preconds,
                           const struct layout *layout, const struct rows *rows, struct slice *const *keys,
                           size_t count, struct outcome *out) MUST_USE;
/* Turns the violation of a foreign key by a DELETE into OUTCOME_BLOCKED; false when it is something else. */
bool children_explain(const struct exec *exec, const struct plan *plan, const struct err *err, struct outcome *out);
struct err *step_no_row(const struct exec *exec);
struct err *step_no_parent(const struct exec *exec);

/* Whether a transaction of its own is needed whatever it does. A handler that reads may not write. */
bool step_in_transaction(const struct plan *plan);
/* A page, as rows or as what a handler makes of them. */
struct statement *step_list(const struct exec *exec, const struct plan *plan);
/* Takes the one row of sql_handle_list() over as the outcome of a list; `total`: a count is the third of its cells. */
void step_take_rendered(const struct exec *exec, const struct plan *plan, struct rows *rows, struct outcome *out);
/* What the function, or the handler, says about the answer (sql_reply) is judged before the commit: what cannot be said
 * is not done either. Takes the rows over. */
struct err *step_take_reply(struct arena *arena, struct rows *rows, struct outcome *out) MUST_USE;
/* After the body: what the handler makes of rows that were written, and what it says about the answer; nothing without
 * one. */
struct err *step_make(struct txn *txn, const struct plan *plan, struct outcome *out) MUST_USE;

struct err *step_insert(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_call(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
/* The count that a counted list carries: see sql_select_list(). */
void step_take_count(struct outcome *out, struct rows *rows, size_t columns);
struct err *step_upsert(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_replace(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_patch(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_delete(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_insert_many(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_read_list(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
/* How many rows the filters select, counted no further than `limit`; in `txn`, or on a lease (NULL). */
struct err *step_count(const struct exec *exec, struct txn *txn, const struct plan *plan, int64_t limit,
                       int64_t *total) MUST_USE;
/* The number of all rows as count=planned and count=estimated want it. */
struct err *step_estimate_total(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_write_list(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
struct err *step_write_keyless(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;
/* PGRST124: the resource's own limit, or the client's, who wants to know how many there are. `count` -1: not known. */
struct err *step_too_many(struct txn *txn, const struct plan *plan, int64_t count) MUST_USE;
struct err *step_bulk(const struct exec *exec, const struct plan *plan, struct outcome *out) MUST_USE;

#endif
