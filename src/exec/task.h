/* Tasks: one plan in a session. The declarations that the executor's files share; private to exec/.
 *
 * The files depend on each other in this order, only downwards:
 *
 *   execute.c                the table of kinds, the session of a request
 *   read_item.c … call.c     one file for each kind of plan
 *   locks.c                  rows locked before anything is written; guarded_row.c evaluates them
 *   children.c, tree_digest.c, evaluate.c, committed.c, rendered.c    shared by several kinds
 *   session.c, transaction.c    statements
 *
 * A function that takes rows over leaves the caller's struct empty. Where a transaction must be rolled back without an
 * error, because a precondition does not hold, the function sets the outcome and session->undo. */
#ifndef MIDAIR_EXEC_TASK_H
#define MIDAIR_EXEC_TASK_H

#include "midair/exec/execute.h"
#include "midair/sql/sql.h"
#include "session.h"

/* An ancestor whose tag is in If-Match but does not hold, in its present state. */
struct stale {
    const struct guarded_row *row; /* NULL: none */
    const struct layout *layout;
    struct rows rows; /* owned by the task */
};

struct task {
    struct session *session;
    const struct plan *plan;
    enum plan_kind kind; /* the plan's kind; or, in a probe, the kind whose preconditions are evaluated */
    struct outcome *out;
    struct preconds preconds; /* of the target: the plan's, less those that guarded rows satisfied */
    struct stale stale;
    struct rows target; /* owned: rows locked before the task ran, until target_lock() or list_lock() takes them */
    bool target_locked;
    bool taken_over;              /* a trigger put the row elsewhere: there is none to show */
    int collisions;               /* attempts in which another transaction inserted one of the rows first */
    struct lock_keys keys;        /* of the target rows, as far as they are known */
    struct lock_keys parent_keys; /* of the parent that the path names */
    /* Changes that were known only when their row was locked, and whose new parents another transaction held then. They
     * are kept for the next attempt of the session. */
    const struct changes **foreseen;
    size_t foreseen_count;
};

static inline struct arena *task_arena(const struct task *task)
{
    return task->session->exec->arena;
}

/* ---- kinds of plans, each in the file of its name ----
 *
 * On success the outcome is that of the plan, and session->undo is set where nothing may be committed. */
struct err *run_read_item(struct task *task) MUST_USE;
struct err *run_read_list(struct task *task) MUST_USE;
struct err *run_insert(struct task *task) MUST_USE;
struct err *run_insert_many(struct task *task) MUST_USE;
struct err *run_replace(struct task *task) MUST_USE;
struct err *run_patch(struct task *task) MUST_USE;
struct err *run_delete(struct task *task) MUST_USE;
struct err *run_write_list(struct task *task) MUST_USE;
struct err *run_bulk(struct task *task) MUST_USE;
struct err *run_upsert(struct task *task) MUST_USE;
struct err *run_call(struct task *task) MUST_USE;
/* Evaluates the preconditions alone. */
struct err *run_probe(struct task *task) MUST_USE;
/* The same for all rows that a filter selects (write_list.c). */
struct err *probe_rows(struct task *task) MUST_USE;

/* ---- execute.c ---- */
/* Resets a task to the state before it ran, since the body of a session may run several times. */
void task_reset(struct session *session, struct task *task);
/* Runs the task's plan, whose locks are taken, and what follows the work of every plan. */
struct err *task_run(struct task *task) MUST_USE;

/* ---- needs.c ---- */
struct needs plan_needs(struct arena *arena, const struct plan *plan);
/* The needs of evaluating a plan's preconditions, without the write. */
struct needs probe_needs(const struct plan *plan);
/* Whether the preconditions of a write that is refused anyway are about all rows that a filter selects. */
bool probes_rows(const struct plan *plan);
/* Whether PUT may insert or overwrite in one statement: there are no preconditions, and a unique index finds the
 * row. */
bool replace_overwrites(const struct plan *plan);

/* ---- refusal.c ---- */
/* Interprets an error of PostgreSQL for the plan, after the session is closed. Returns another error, or NULL where it
 * is an outcome of the plan. */
struct err *refusal_read(const struct exec *exec, struct task *task, struct err *err) MUST_USE;
/* Whether a read by key failed because PostgreSQL cannot read the key. Then there is no such row. */
bool key_is_unreadable(const struct plan *plan, const struct err *err);

/* ---- evaluate.c: evaluates preconditions against the state of a row ---- */
/* Makes `rows` the only part of the outcome. Takes them over. */
void outcome_take(struct task *task, enum outcome_kind kind, const struct layout *layout, struct rows *rows);
enum method task_method(const struct task *task);
enum verdict evaluate_state(struct arena *arena, const struct preconds *preconds, enum method method,
                            const struct layout *layout, const struct rows *rows, size_t row);
struct err *no_row(struct arena *arena);
struct err *no_parent(struct arena *arena);
/* The error for a write that found the row changed at each attempt, or that a policy of row security forbids. */
struct err *contended(const struct task *task);

/* ---- tree_digest.c: the same for tags that cover a tree ---- */
/* Evaluates preconditions against a locked row: tags that cover a tree (plan/tree_digest.h) are checked against all of
 * it. The row must be locked FOR UPDATE when covers_tree() says so. */
struct err *evaluate_locked(struct task *task, const struct preconds *preconds, enum method method,
                            const struct layout *layout, const struct rows *rows, size_t row,
                            enum verdict *verdict) MUST_USE;
bool covers_tree(const struct preconds *preconds);

/* ---- locks.c: rows that are locked before anything is written ---- */
/* The lock that keeps a row unchanged between evaluation and write: FOR UPDATE where `for_update` is set, and none
 * where the snapshot protects the row, since its writes are rewritten (needs.c). This is the only place where the
 * strength of a lock is chosen. */
enum lock_strength lock_of(const struct relation *relation, bool for_update);
enum lock_strength lock_of_target(const struct task *task);
enum lock_strength lock_of_guarded(const struct task *task, const struct guarded_row *row);
/* Locks, in one order, the guarded rows of all tasks and the rows that the tasks will write and touch, as far as their
 * needs ask for it; then evaluates the guarded rows. Where one of them does not hold, its task's outcome is
 * OUTCOME_FAILED and session->undo is set. *failed is the index of that task, or of the one that an error belongs
 * to. */
struct err *locks_take(struct session *session, struct task *tasks, size_t count, size_t *failed) MUST_USE;
/* Locks the parents that changes give to a row, where they were not known before the row was locked. It must not wait,
 * since that would be against the order of locks: when one is held, the error makes the session start again with them.
 * Without needs.prelocks, parents that are touched are left to the statement that writes the row. */
struct err *locks_for_changes(struct task *task, const struct changes *changes) MUST_USE;
/* Reads and locks the target's row; no row when it does not exist. The caller frees the rows. */
struct err *target_lock(struct task *task, const struct layout *layout, struct rows *rows) MUST_USE;
/* Frees what the task holds besides its outcome. */
void task_release(struct task *task);

/* ---- family.c: relations that touch each other ---- */
/* The order in which rows of two relations are locked: negative when those of `a` come first. */
int family_order(const struct relation *a, const struct relation *b);
/* Whether writes of its rows touch parents; whether writes of other rows touch its rows. */
bool family_touches(const struct relation *relation);
/* The relation among this one and those that its writes touch whose rows touch each other, as in a tree within one
 * table; NULL: none. Which rows are above a row changes there, so no order of row locks holds for all writers. midair's
 * own writers take turns instead. */
const struct relation *family_tree(const struct relation *relation);
/* Whether the changes may give another parent to a row, which it does not touch. */
bool family_moves(const struct relation *relation, const struct changes *changes);
bool family_is_touched(const struct relation *relation);
/* Whether at most one relation is touched on each level, so that triggers lock in the order of family_order(). */
bool family_is_chain(const struct relation *relation);
/* Whether a DELETE also deletes rows that touch their parents. */
bool family_cascades(const struct relation *relation);
typedef void family_visit(void *context, const struct relation *relation, const struct lock_source *way);
/* family_climb() visits all relations that are touched when the rows at the end of `from` are written; the other
 * function those whose rows are deleted with them. */
void family_climb(const struct lock_source *from, family_visit *visit, void *context);
void family_descend(const struct lock_source *from, family_visit *visit, void *context);

/* ---- write_list.c ---- */
/* The statement that finds the rows that the filter selects, and locks them. */
struct statement *list_search(const struct task *task, const struct layout *layout, enum lock_strength lock);
/* Locks these rows: they become task->target, and their keys task->keys. */
struct err *list_lock(struct task *task) MUST_USE;
void list_take_keys(struct task *task, const struct layout *layout, const struct rows *rows);

/* ---- guarded_row.c ---- */
/* Evaluates a guarded row that is locked. Takes the rows over. */
struct err *guarded_row_evaluate(struct task *task, const struct guarded_row *row, const struct layout *layout,
                                 enum lock_strength lock, struct rows *rows) MUST_USE;
/* Called when all guarded rows of the task are evaluated. When one ancestor satisfied If-Match, stale ancestors do not
 * matter. Otherwise a stale ancestor is the outcome of a POST, which has no target whose tag could hold. */
void guarded_rows_evaluated(struct task *task);
/* Called after the work: when the target's precondition failed and an ancestor's tag was stale, the ancestor becomes
 * the outcome. */
void guarded_rows_end(struct task *task);
/* Whether the error says that PostgreSQL cannot read the key of the row, which then does not exist. */
bool guarded_row_is_unreadable(const struct guarded_row *row, const struct err *err);

/* ---- children.c ---- */
/* Whether a DELETE has to look for children that would be deleted with the row. */
bool children_matter(struct arena *arena, const struct plan *plan);
/* Looks for such children. The rows `keys` are locked FOR UPDATE, so that no child can be added. When there are some
 * that `preconds` do not cover, the outcome is OUTCOME_BLOCKED and session->undo is set. `rows` is the one row, or NULL
 * when there are several. */
struct err *children_check(struct task *task, const struct preconds *preconds, const struct layout *layout,
                           const struct rows *rows, struct slice *const *keys, size_t count) MUST_USE;
/* Turns a foreign key violation by a DELETE into OUTCOME_BLOCKED. Returns false when the error is something else. */
bool children_blocked(struct session *session, struct task *task, const struct err *err);

/* ---- insert.c: shared by all inserts ---- */
/* Whether an INSERT returned no row because a trigger or rule of the database took it over. Where ON CONFLICT DO
 * NOTHING was in the statement, a row with the key may have been the reason as well. */
bool insert_is_diverted(const struct task *task, const struct rows *rows);
/* Returns an error when the parent that the path names does not exist. */
struct err *insert_check_parent(struct task *task) MUST_USE;
/* The error for an INSERT of a row that exists, although it did not when the preconditions were evaluated: it makes the
 * session run again. After several attempts it is `otherwise`. */
struct err *insert_collided(struct task *task, struct err *otherwise) MUST_USE;

/* ---- item.c: shared by the writes of one item ---- */
/* Whether triggers or rules may replace a write by something other than what its statement says. */
bool is_detoured(const struct relation *relation);
/* Whether ON CONFLICT can name the key, because there is a unique index for it. */
bool has_arbiter(const struct relation *relation);
enum diagnosis { DIAGNOSIS_RETRY, DIAGNOSIS_MISSING, DIAGNOSIS_FAILED };
/* Finds out why a guarded statement wrote nothing. With DIAGNOSIS_FAILED the outcome is set to OUTCOME_FAILED. */
struct err *diagnose(struct task *task, enum diagnosis *diagnosis) MUST_USE;
/* PATCH and DELETE by a statement that carries the preconditions in its WHERE clause. */
struct err *write_guarded(struct task *task, const struct statement *statement, enum outcome_kind kind) MUST_USE;
/* Makes the target's row, as it is now, the outcome of a write that a trigger took elsewhere. */
struct err *show_target(struct task *task) MUST_USE;
/* Locks the target, evaluates its preconditions, and writes it. */
struct err *write_locked(struct task *task) MUST_USE;
void fail_without_row(struct task *task);
/* Returns an error when a write of an item reached several rows, so that its transaction is rolled back. */
struct err *one_row(const struct task *task, const struct rows *rows) MUST_USE;
/* Has PostgreSQL check the claims of the content (plan/change.h). Returns the error of the first claim that is
 * wrong. */
struct err *claims_check(struct task *task, const struct claims *claims) MUST_USE;
/* content_resolve() for a row that is locked. Parents that only then turn out to be new are locked as well. */
struct err *resolve_locked(struct task *task, const struct patch *patch, const struct layout *layout,
                           const struct rows *rows, size_t row, struct changes *changes) MUST_USE;
/* The error for PUT below a parent when the parent does not exist, or the key belongs to a child of another parent. */
struct err *no_parent_or_taken(struct arena *arena);
enum { ATTEMPTS_MAX = 4 };

/* ---- list.c: shared by reads and writes of many rows ---- */
/* The statement for a page: its rows, or what a handler renders from them. */
struct statement *list_statement(const struct task *task);
/* Takes the total out of the rows of a counted list: see sql_select_list(). */
void list_take_total(struct outcome *out, struct rows *rows, size_t columns);
/* The number of rows that the filters select; counting stops at `limit`. */
struct err *list_count(struct task *task, int64_t limit, int64_t *total) MUST_USE;
/* Sets the total as count=planned and count=estimated define it. */
struct err *list_estimate(struct task *task) MUST_USE;
/* parts_begin() prepares the outcome of a write with up to `most` statements that return rows; parts_add() runs the
 * next of them and adds its rows as a part. */
void parts_begin(struct task *task, enum outcome_kind kind, size_t most);
struct err *parts_add(struct task *task, const struct statement *statement) MUST_USE;
/* PGRST124: more rows than the resource, or the client, allows. `count`: how many there are, for a client that asked;
 * -1: unknown. */
struct err *too_many_rows(struct task *task, int64_t count) MUST_USE;

/* ---- keyless.c: writes by filter of rows without a key ---- */
struct err *write_keyless(struct task *task) MUST_USE;

/* ---- committed.c ---- */
/* Whether the rows of a write can differ at the commit from what its statement returned. Then the plan needs a
 * transaction. */
bool committed_differs(const struct plan *plan);
/* After the work: reads the rows of the outcome again where committed_differs(). */
struct err *committed_read(struct task *task) MUST_USE;

/* ---- rendered.c ---- */
/* Takes over the one row of sql_handle_list() as the outcome of a list. */
void rendered_take(struct task *task, struct rows *rows);
/* Takes what the function, or the handler, says about the response (sql_reply), and checks it before the commit, so
 * that nothing is committed when it is invalid. Takes the rows over. */
struct err *reply_take(struct task *task, struct rows *rows) MUST_USE;
/* After the work: renders the written rows by the plan's handler, and fetches what the handler, or a trigger, says
 * about the response. Does nothing for plans with neither. */
struct err *rendered_make(struct task *task) MUST_USE;

#endif
