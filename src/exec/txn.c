#include "steps.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/plan/zone.h"

enum { TRIES = 6 };

/* What keeps a transaction that succeeded from being committed. */
static struct err *judge_result(struct txn *txn, const struct plan *plan, const struct outcome *out)
{
    ROWS_AUTO rows = {0};
    if (plan->singular && outcome_rows(out) != 1)
        return outcome_not_single(txn->exec->arena, out);
    if (!plan->rollback)
        return NULL;
    txn->undo = true;
    return txn_statement(txn, sql_check_constraints(txn->exec->arena), &rows); /* what the commit would have found */
}

/* A time zone that PostgreSQL does not know: the preference is left aside, or is an error where the client said so. */
static bool is_zone_refused(const struct txn *txn, const struct plan *plan, const struct err *err)
{
    return !txn->zone_refused && slice_present(plan->settings->zone) && slice_eq(err->code, SLICE("22023"));
}

static struct err *begin(struct txn *txn, const struct plan *plan, const char *mode)
{
    const struct exec *exec = txn->exec;
    if (!plan->settings)
        return lease_begin(txn->lease, exec->arena, mode, exec->deadline);
    const struct statement *settings = sql_settings(exec->arena, plan->settings, !txn->zone_refused);
    struct err *err = lease_begin_with(txn->lease, exec->arena, mode, settings, exec->deadline);
    if (!err || !is_zone_refused(txn, plan, err))
        return err;
    if (plan->settings->zone_strict)
        return zone_unknown(exec->arena, plan->settings->zone);
    txn->zone_refused = true;
    return begin(txn, plan, mode);
}

static struct err *attempt(struct txn *txn, txn_body *body, const struct plan *plan, struct outcome *out)
{
    const struct exec *exec = txn->exec;
    txn->undo = false;
    /* What INSTEAD OF triggers and rules write cannot be locked beforehand. In one snapshot the server refuses (40001)
     * to change a row that somebody else changed since it was judged. */
    const char *mode = plan->relation->rewritten ? "ISOLATION LEVEL REPEATABLE READ" : txn->mode;
    txn->explained = buf_new(exec->arena, 0);
    TRY(begin(txn, plan, mode));
    struct err *err = guarded_rows_begin(txn, plan, out);
    if (!err && !txn->undo)
        err = body(txn, plan, out);
    guarded_rows_end(txn, out);
    if (txn->explain)
        err = explain_end(txn, err, out);
    if (!err && !txn->undo)
        err = step_make(txn, plan, out);
    if (!err && !txn->undo)
        err = judge_result(txn, plan, out);
    if (!err && !txn->undo)
        err = lease_commit(txn->lease, exec->arena, exec->deadline);
    else
        lease_rollback(txn->lease);
    return err;
}

/* Those who collide wait for different times, or they would collide again. */
static void pause_before(int try, int64_t deadline)
{
    wait_backoff(INT64_C(2000) << try, deadline);
}

static struct err *run(const struct exec *exec, const char *mode, txn_body *body, const struct plan *plan,
                       struct outcome *out)
{
    LEASE_AUTO lease = NULL;
    TRY(db_lease(exec->db, exec->arena, exec->deadline, &lease));
    struct txn txn = {.exec = exec, .lease = lease, .mode = mode, .explain = plan->explain};
    for (int try = 0;; try++) {
        struct err *err = attempt(&txn, body, plan, out);
        if (!err) {
            out->zoned = plan->settings && slice_present(plan->settings->zone) && !txn.zone_refused;
            return NULL;
        }
        outcome_release(out);
        *out = (struct outcome){0};
        if (!db_may_retry(err))
            return err;
        if (try == TRIES || clock_now_us() >= exec->deadline) {
            struct err *lost =
                err_new(exec->arena, ERR_CONTENTION, "The change kept colliding with others; nothing was changed.");
            lost->retry_after = 1;
            return lost;
        }
        pause_before(try, exec->deadline);
    }
}

struct err *txn_run(const struct exec *exec, txn_body *body, const struct plan *plan, struct outcome *out)
{
    return run(exec, NULL, body, plan, out);
}

struct err *txn_read(const struct exec *exec, txn_body *body, const struct plan *plan, struct outcome *out)
{
    return run(exec, "ISOLATION LEVEL REPEATABLE READ READ ONLY", body, plan, out);
}

struct err *txn_call(const struct exec *exec, const char *mode, txn_body *body, const struct plan *plan,
                     struct outcome *out)
{
    return run(exec, mode, body, plan, out);
}

struct err *txn_statement(struct txn *txn, const struct statement *statement, struct rows *rows)
{
    return lease_run(txn->lease, txn->exec->arena, statement, txn->exec->deadline, rows);
}

struct err *txn_two(struct txn *txn, const struct statement *first, const struct statement *second, struct rows *rows)
{
    const struct statement *const both[] = {first, second};
    return lease_run_many(txn->lease, txn->exec->arena, both, 2, txn->exec->deadline, rows);
}
