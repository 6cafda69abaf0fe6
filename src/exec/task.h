/* Tasks: one plan at work in a session. What the executor's files share; private to exec/.
 *
 * The files depend on each other in this order, and only downwards:
 *
 *   execute.c       the table of kinds, the session of a request
 *   read_item.c … call.c   one file a kind of plan
 *   locks.c         rows locked before anything is written; guarded_row.c judges them
 *   children.c, tree_digest.c, judge.c, committed.c, rendered.c    what several kinds do
 *   session.c, transaction.c   statements */
#ifndef MIDAIR_EXEC_TASK_H
#define MIDAIR_EXEC_TASK_H

#include "midair/exec/execute.h"
#include "midair/sql/sql.h"
#include "session.h"

/* An ancestor whose tag is in If-Match and does not hold, as it is now. */
struct stale {
    const struct guarded_row *row; /* NULL: none */
    const struct layout *layout;
    struct rows rows; /* owned by the task */
};

struct task {
    struct session *session;
    const struct plan *plan;
    enum plan_kind kind; /* the plan's; or what it would have been, where only its preconditions are judged */
    struct outcome *out;
    struct preconds preconds; /* what the target is judged by: the plan's, less what the guarded rows have settled */
    struct stale stale;
    struct rows target; /* owned: what was locked before the task ran, to be taken by target_lock() or list_lock() */
    bool target_locked;
    struct lock_keys keys;        /* of the target rows, as far as they are known */
    struct lock_keys parent_keys; /* of the parent that the path names */
};

static inline struct arena *task_arena(const struct task *task)
{
    return task->session->exec->arena;
}

/* ---- kinds of plans, each in the file of its name ----
 * On success the outcome is that of the plan, and session->undo is set where nothing may be kept. */
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
/* Judges the preconditions alone. */
struct err *run_probe(struct task *task) MUST_USE;
/* The same for all rows that a filter selects (write_list.c). */
struct err *probe_rows(struct task *task) MUST_USE;

/* ---- needs.c ---- */
struct needs plan_needs(struct arena *arena, const struct plan *plan);
/* What judging the preconditions of a plan needs, and nothing more. */
struct needs probe_needs(const struct plan *plan);
/* Whether they are about the rows of a filter: tags that none of these may have. */
bool probes_rows(const struct plan *plan);
/* The needs of several plans in one transaction, in which all that is written is locked first. */
void needs_add(struct needs *all, struct needs one);
/* Whether PUT may insert or overwrite in one statement: nothing is asked of the row, and a unique index finds it. */
bool replace_overwrites(const struct plan *plan);

/* ---- refusal.c ---- */
/* What an error of PostgreSQL's means for the plan: another error, or NULL where it is an outcome of the plan. The
 * session is closed. */
struct err *refusal_read(const struct exec *exec, struct task *task, struct err *err) MUST_USE;
/* Whether a look by key failed since PostgreSQL cannot read the key, which then names nothing. */
bool key_is_unreadable(const struct plan *plan, const struct err *err);

/* ---- judge.c: the state of a row against preconditions ---- */
/* Makes `rows` the only part of the outcome; takes them over. */
void outcome_take(struct task *task, enum outcome_kind kind, const struct layout *layout, struct rows *rows);
enum method task_method(const struct task *task);
enum verdict judge_state(struct arena *arena, const struct preconds *preconds, enum method method,
                         const struct layout *layout, const struct rows *rows, size_t row);
struct err *no_row(struct arena *arena);
struct err *no_parent(struct arena *arena);
/* A write that kept finding the row changed, or that a policy of row security forbids. */
struct err *contended(const struct task *task);

/* ---- tree_digest.c: the same where tags cover a tree ---- */
/* Judges a row that is locked: tags that cover a tree (plan/tree_digest.h) are checked against all of it. The row must
 * be locked FOR UPDATE when covers_tree(). */
struct err *judge_locked(struct task *task, const struct preconds *preconds, enum method method,
                         const struct layout *layout, const struct rows *rows, size_t row,
                         enum verdict *verdict) MUST_USE;
bool covers_tree(const struct preconds *preconds);

/* ---- locks.c: rows that are locked before anything is written ---- */
/* How rows are held between judging and writing: by a lock, FOR UPDATE where `for_update` says so, or by the snapshot
 * where writes are rewritten (needs.c). The one place where the strength of a lock is chosen. */
enum lock_strength lock_of(const struct relation *relation, bool for_update);
enum lock_strength lock_of_target(const struct task *task);
enum lock_strength lock_of_guarded(const struct task *task, const struct guarded_row *row);
/* Locks, in one order, the guarded rows of all tasks and what the tasks will write and touch, as far as their needs ask
 * for it; then judges the guarded rows. Where one of them does not hold, its task's outcome is OUTCOME_FAILED and
 * session->undo is set. *failed is that task, or the one that an error belongs to. */
struct err *locks_take(struct session *session, struct task *tasks, size_t count, size_t *failed) MUST_USE;
/* The target's row, locked; no row when it is not there. */
struct err *target_lock(struct task *task, const struct layout *layout, struct rows *rows) MUST_USE;
/* Gives back what the task holds besides its outcome. */
void task_release(struct task *task);

/* ---- family.c: relations that touch each other ---- */
/* In which order rows of two relations are locked: negative: those of `a` first. */
int family_order(const struct relation *a, const struct relation *b);
/* Whether writes of its rows touch parents / whether others touch its rows. */
bool family_touches(const struct relation *relation);
bool family_is_touched(const struct relation *relation);
/* Whether no more than one relation is touched on each level, so that triggers lock in the order of family_order(). */
bool family_is_chain(const struct relation *relation);
/* Whether a DELETE takes rows along that touch their parents. */
bool family_cascades(const struct relation *relation);
typedef void family_visit(void *context, const struct relation *relation, const struct lock_source *way);
/* Visits all relations that are touched when the rows at the end of `from` are written; and all whose rows go with
 * them when they are deleted. */
void family_climb(const struct lock_source *from, family_visit *visit, void *context);
void family_descend(const struct lock_source *from, family_visit *visit, void *context);

/* ---- write_list.c ---- */
/* The statement that finds the rows that the filter selects, and locks them. */
struct statement *list_search(const struct task *task, const struct layout *layout, enum lock_strength lock);
/* Locks them: the rows become task->target, their keys task->keys. */
struct err *list_lock(struct task *task) MUST_USE;
void list_take_keys(struct task *task, const struct layout *layout, const struct rows *rows);

/* ---- guarded_row.c ---- */
/* Judges a guarded row that was locked; takes the rows over. */
struct err *guarded_row_judge(struct task *task, const struct guarded_row *row, const struct layout *layout,
                              enum lock_strength lock, struct rows *rows) MUST_USE;
/* When all of them are judged; and after the work, where the target failed and an ancestor's tag was stale: it is the
 * ancestor that is shown. */
void guarded_rows_judged(struct task *task);
void guarded_rows_end(struct task *task);
/* Whether the error says that PostgreSQL cannot read the key, which then names nothing. */
bool guarded_row_is_unreadable(const struct guarded_row *row, const struct err *err);

/* ---- children.c ---- */
/* Whether a DELETE has to look for children that would go with the row before it deletes. */
bool children_matter(struct arena *arena, const struct plan *plan);
/* Looks for them, with the rows `keys` locked FOR UPDATE, so that none can come: OUTCOME_BLOCKED and session->undo when
 * there are some that `preconds` do not cover. `rows` is the one row, or NULL when there are several. */
struct err *children_check(struct task *task, const struct preconds *preconds, const struct layout *layout,
                           const struct rows *rows, struct slice *const *keys, size_t count) MUST_USE;
/* Turns the violation of a foreign key by a DELETE into OUTCOME_BLOCKED; false when it is something else. */
bool children_blocked(struct session *session, struct task *task, const struct err *err);

/* ---- item.c: what the writes of one item share ---- */
/* Whether triggers or rules may make something else of a write than what its statement says. */
bool is_detoured(const struct relation *relation);
/* Whether ON CONFLICT can name the key: there is a unique index behind it. */
bool has_arbiter(const struct relation *relation);
enum diagnosis { DIAGNOSIS_RETRY, DIAGNOSIS_MISSING, DIAGNOSIS_FAILED };
/* Why a guarded statement found nothing. DIAGNOSIS_FAILED: the outcome is OUTCOME_FAILED. */
struct err *diagnose(struct task *task, enum diagnosis *diagnosis) MUST_USE;
/* The statement carries the preconditions in its WHERE: PATCH and DELETE. */
struct err *write_guarded(struct task *task, const struct statement *statement, enum outcome_kind kind) MUST_USE;
/* Locks the target, judges it, writes. */
struct err *write_locked(struct task *task) MUST_USE;
void fail_without_row(struct task *task);
/* A write of an item that reached several rows is an error, so that its transaction is rolled back. */
struct err *one_row(const struct task *task, const struct rows *rows) MUST_USE;
/* Has PostgreSQL decide the claims of the content (plan/change.h). Errors: that of the first claim that is wrong. */
struct err *claims_check(struct task *task, const struct claims *claims) MUST_USE;
/* PUT below a parent: that is not there, or the key is another parent's child's. */
struct err *no_place(struct arena *arena);
enum { ATTEMPTS_MAX = 4 };

/* ---- list.c: what reads and writes of many rows share ---- */
/* A page, as rows or as what a handler makes of them. */
struct statement *list_statement(const struct task *task);
/* The count that a counted list carries: see sql_select_list(). */
void list_take_total(struct outcome *out, struct rows *rows, size_t columns);
/* How many rows the filters select, counted no further than `limit`. */
struct err *list_count(struct task *task, int64_t limit, int64_t *total) MUST_USE;
/* The number of all rows as count=planned and count=estimated want it. */
struct err *list_estimate(struct task *task) MUST_USE;
/* The outcome of a write whose statements have up to `most` results, and one more such statement. */
void parts_begin(struct task *task, enum outcome_kind kind, size_t most);
struct err *parts_add(struct task *task, const struct statement *statement) MUST_USE;
size_t parts_of_batches(const struct batches *batches);
/* PGRST124: the resource's own limit, or the client's, who wants to know how many there are. `count` -1: not known. */
struct err *too_many_rows(struct task *task, int64_t count) MUST_USE;

/* ---- keyless.c: writes by filter where rows have no key ---- */
struct err *write_keyless(struct task *task) MUST_USE;

/* ---- committed.c ---- */
/* Whether the rows of a write can be others at the commit than its statement returned; the plan then needs a
 * transaction. */
bool committed_differs(const struct plan *plan);
/* After the work: reads the rows of the outcome again where that is so. */
struct err *committed_read(struct task *task) MUST_USE;

/* ---- rendered.c ---- */
/* Takes the one row of sql_handle_list() over as the outcome of a list. */
void rendered_take(struct task *task, struct rows *rows);
/* What the function, or the handler, says about the answer (sql_reply) is judged before the commit: what cannot be said
 * is not done either. Takes the rows over. */
struct err *reply_take(struct task *task, struct rows *rows) MUST_USE;
/* After the work: what the handler makes of rows that were written, and what it says about the answer; nothing without
 * one. */
struct err *rendered_make(struct task *task) MUST_USE;

#endif
