/* Sessions: opening and closing them, running statements, repeating a body, and EXPLAIN. */
#include "session.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/sql/sql.h"

#include <assert.h>

enum { RETRIES_MAX = 6, RETRY_PAUSE_US = 3000 };

/* Takes a connection for the session. Without a transaction, a lease is for reads that may take long. */
static struct err *take_lease(struct session *session)
{
    const struct exec *exec = session->exec;
    bool reads = session->needs->read_only || session->needs->kind == SESSION_LEASED;
    if (session->needs->settings || exec->before)
        return db_lease_for_settings(exec->db, exec->arena, reads, exec->deadline, &session->lease);
    return reads ? db_lease_for_read(exec->db, exec->arena, exec->deadline, &session->lease)
                 : db_lease(exec->db, exec->arena, exec->deadline, &session->lease);
}

static struct err *open_session(struct session *session)
{
    assert(!session->open && !session->lease);
    if (session->needs->kind != SESSION_SHARED)
        TRY(take_lease(session));
    session->open = true;
    return NULL;
}

static void close_session(struct session *session)
{
    lease_release(&session->lease);
    session->open = false;
    assert(!session->lease);
}

static struct err *attempt(struct session *session, session_body *body, void *context)
{
    session->undo = false;
    if (session_in_transaction(session))
        return transaction_attempt(session, body, context);
    return body(session, context);
}

static struct err *kept_colliding(struct arena *arena)
{
    struct err *err =
        err_new(arena, ERR_CONTENTION, "The change conflicted repeatedly with others; nothing was changed.");
    err->retry_after = 1;
    return err;
}

struct err *session_in_time(const struct session *session)
{
    if (clock_now_us() < session->exec->deadline)
        return NULL;
    return err_new(session->exec->arena, ERR_TIMEOUT, "The database did not answer in time; nothing was changed.");
}

/* Runs the body of a session with a connection of its own, and runs it again after a serialization failure or deadlock.
 * The statement of a shared session is repeated by db_point() instead. */
static struct err *run_open(struct session *session, session_body *body, void *context)
{
    const struct exec *exec = session->exec;
    for (int retry = 0;; retry++) {
        struct err *err = attempt(session, body, context);
        if (!db_may_retry(err) || session->needs->kind == SESSION_SHARED)
            return err;
        if (retry == RETRIES_MAX || clock_now_us() >= exec->deadline)
            return kept_colliding(exec->arena);
        wait_backoff((int64_t)RETRY_PAUSE_US << retry, exec->deadline);
    }
}

struct err *session_run(const struct exec *exec, const struct needs *needs, session_body *body, void *context,
                        struct session *session)
{
    assert(needs->kind == SESSION_TRANSACTION || !(needs->settings || needs->explain || needs->rollback));
    *session = (struct session){.exec = exec, .needs = needs};
    TRY(open_session(session));
    struct err *err = run_open(session, body, context);
    close_session(session);
    return err;
}

struct err *session_statement(struct session *session, const struct statement *statement, struct rows *rows)
{
    const struct exec *exec = session->exec;
    const struct needs *needs = session->needs;
    assert(session->open && (session->lease != NULL) == (needs->kind != SESSION_SHARED));
    struct statement acting;
    if (exec->before && !session_in_transaction(session)) {
        acting = *statement;
        acting.before = exec->before;
        statement = &acting;
    }
    if (session->lease)
        TRY(session_in_time(session));
    if (session->lease)
        return lease_run(session->lease, exec->arena, statement, exec->deadline, rows);
    unsigned flags = statement->writes ? POINT_WRITE | (needs->alone ? POINT_ALONE : 0) : 0;
    return db_point(exec->db, exec->arena, statement, needs->order, flags, exec->deadline, rows);
}

struct err *session_several(struct session *session, const struct statement *const *statements, size_t count,
                            struct rows *rows)
{
    const struct exec *exec = session->exec;
    assert(session->open && session_in_transaction(session));
    for (size_t i = 0; i < count; i += LEASE_MANY) {
        size_t n = count - i < LEASE_MANY ? count - i : LEASE_MANY;
        TRY(session_in_time(session));
        TRY(lease_run_many(session->lease, exec->arena, statements + i, n, exec->deadline, rows + i));
    }
    return NULL;
}

/* ---- EXPLAIN instead of the statement (plan/explain.h) ---- */

/* session_work() returns this instead of rows: the body returns as if on an error, and the transaction is rolled
 * back. */
static struct err explained = {.kind = ERR_INTERNAL, .position = -1};

bool session_is_explained(const struct err *err)
{
    return err == &explained;
}

static struct err *explain(struct session *session, const struct statement *statement)
{
    struct arena *arena = session->exec->arena;
    const struct explain *how = session->needs->explain;
    ROWS_AUTO rows = {0};
    TRY(session_statement(session, sql_explain(arena, statement, how), &rows));
    struct buf *text = &session->explained;
    /* Several plans in JSON are joined to one array. */
    bool follows = text->len > 0, joined = follows && how->json;
    if (joined) {
        while (text->len && text->at[text->len - 1] != ']')
            text->len--;
        text->at[text->len - 1] = ',';
    } else if (follows) {
        buf_byte(text, '\n');
    }
    for (size_t i = 0; i < rows.row_count; i++) {
        struct slice line = rows_cell(&rows, i, 0);
        if (i)
            buf_byte(text, '\n');
        buf_put(text, joined ? slice_from(line, slice_find(line, '[') + 1) : line);
    }
    return NULL;
}

struct err *session_work(struct session *session, const struct statement *statement, struct rows *rows)
{
    if (!session->needs->explain)
        return session_statement(session, statement, rows);
    TRY(explain(session, statement));
    return &explained;
}

struct err *session_search(struct session *session, const struct statement *statement, struct rows *rows)
{
    if (session->needs->explain)
        TRY(explain(session, statement));
    return session_statement(session, statement, rows);
}
