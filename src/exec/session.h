/* Sessions: the only way in which the executor runs a statement.
 *
 * A session is one of three things, from the cheapest to the dearest:
 *
 * - shared: it has no connection of its own. Each statement is one db_point(), which may share a round trip and a
 *   commit with the statements of other requests.
 * - leased: it has a connection of its own, for what may take long. Each statement is its own transaction.
 * - a transaction: it has a connection of its own, on which BEGIN was sent.
 *
 * What a plan does is written once, against session_statement() and its neighbours. What the plan needs of the session
 * is said by plan_needs(), and any number of plans can run in one session. When PostgreSQL rolls a transaction back
 * because of others (40001, 40P01), the whole body runs again.
 *
 * Private to exec/. A session belongs to the thread that opened it. */
#ifndef MIDAIR_EXEC_SESSION_H
#define MIDAIR_EXEC_SESSION_H

#include "midair/catalog/function.h"
#include "midair/exec/execute.h"
#include "midair/plan/explain.h"
#include "midair/plan/setting.h"

enum session_kind { SESSION_SHARED, SESSION_LEASED, SESSION_TRANSACTION };

/* What a plan asks of its session; see plan_needs(). */
struct needs {
    enum session_kind kind;
    enum isolation isolation; /* of the transaction */
    bool read_only;           /* the transaction must not write, whatever functions it calls */
    bool locks;               /* rows are judged under their locks, rather than by the statement that writes them */
    bool prelocks;            /* what is written and touched is locked before the first write (locks.c) */
    bool rollback;            /* everything happens but the commit (Prefer: tx=rollback) */
    bool alone;               /* shared: the statement must have a transaction of its own */
    uint64_t order;           /* shared: hash of relation and key, the order of writes that ride together */
    const struct settings *settings; /* of the transaction; NULL: none */
    const struct explain *explain;   /* EXPLAIN in the place of the work; NULL: no */
    struct slice role;               /* that statements run as; absent, as it always is so far: the connection's own */
};

struct session {
    const struct exec *exec;
    const struct needs *needs;
    struct lease *lease;  /* owned; NULL: shared, or not open */
    bool open;            /* statements can be run */
    bool undo;            /* set by the body: it succeeded in finding that nothing may be changed */
    bool zone_refused;    /* PostgreSQL does not know the time zone that was asked for */
    struct buf explained; /* what PostgreSQL said, where the needs ask for that */
};

/* The work of a session. It may run several times, so it begins by undoing what an earlier run has left in `context`.
 */
typedef struct err *session_body(struct session *session, void *context);

/* Opens a session, runs `body` in it, and closes it: a transaction is committed, or rolled back where the body failed
 * or set session->undo. Errors: the body's, those of db.h, ERR_CONTENTION when PostgreSQL kept rolling it back. */
struct err *session_run(const struct exec *exec, const struct needs *needs, session_body *body, void *context,
                        struct session *session) MUST_USE;

/* Runs a statement. */
struct err *session_statement(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
/* Statements of a transaction in as few round trips as can be; rows[i] is what statements[i] gave. After an error the
 * rows of those that ran before it in an earlier round trip are there all the same. */
struct err *session_several(struct session *session, const struct statement *const *statements, size_t count,
                            struct rows *rows) MUST_USE;
/* The statement that does the work of a plan. Where it is to be explained, it is that instead, and the error that is
 * returned leads out of the body: session_is_explained(). */
struct err *session_work(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
/* The statement that finds the rows for that one: explained and carried out. */
struct err *session_search(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
bool session_is_explained(const struct err *err);

/* ERR_TIMEOUT once the deadline has passed: nothing is sent any more, a COMMIT least of all. */
struct err *session_in_time(const struct session *session) MUST_USE;

static inline bool session_in_transaction(const struct session *session)
{
    return session->needs->kind == SESSION_TRANSACTION;
}

/* transaction.c: BEGIN with the settings, body, COMMIT or ROLLBACK, on session->lease. */
struct err *transaction_attempt(struct session *session, session_body *body, void *context) MUST_USE;

#endif
