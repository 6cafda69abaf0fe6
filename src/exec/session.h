/* Sessions: the only way in which the executor runs a statement.
 *
 * A session is one of three things, in the order of their cost:
 *
 * - shared: it has no connection of its own. Each statement is one db_point(), which may share a round trip and a
 *   commit with the statements of other requests.
 * - leased: it has a connection of its own, for what may take long. Each statement is its own transaction.
 * - a transaction: it has a connection of its own, on which BEGIN was sent.
 *
 * What a plan does is written once, against session_statement() and the functions beside it. plan_needs() says what a
 * plan needs of its session, and any number of plans can run in one session. When PostgreSQL rolls a transaction back
 * because of other transactions (40001, 40P01), the whole body runs again.
 *
 * Private to exec/. A session belongs to the thread that opened it. */
#ifndef MIDAIR_EXEC_SESSION_H
#define MIDAIR_EXEC_SESSION_H

#include "midair/catalog/function.h"
#include "midair/exec/execute.h"
#include "midair/plan/explain.h"
#include "midair/plan/setting.h"

enum session_kind { SESSION_SHARED, SESSION_LEASED, SESSION_TRANSACTION };

/* What a plan needs of its session; see plan_needs(). */
struct needs {
    enum session_kind kind;
    enum isolation isolation; /* of the transaction */
    bool read_only;           /* the transaction must not write, whatever functions the plan calls */
    bool locks;     /* preconditions are evaluated under row locks, rather than by the statement that writes */
    bool prelocks;  /* rows that are written and touched are locked before the first write (locks.c) */
    bool several;   /* several plans run in the transaction: what an earlier one wrote, a later one finds */
    bool rollback;  /* everything happens except the commit (Prefer: tx=rollback) */
    bool alone;     /* shared: the statement must have a transaction of its own */
    uint64_t order; /* shared: hash of relation and key, which orders the writes of one flight */
    const struct settings *settings; /* of the transaction; NULL: none */
    const struct explain *explain;   /* EXPLAIN instead of the work; NULL: no */
    struct slice role;               /* of the statements; absent, as it always is so far: that of the connection */
};

struct session {
    const struct exec *exec;
    const struct needs *needs;
    struct lease *lease;  /* owned; NULL: shared, or not open */
    bool open;            /* statements can be run */
    bool undo;            /* set by the body: it succeeded, but the transaction must be rolled back */
    bool zone_refused;    /* PostgreSQL does not know the requested time zone */
    struct buf explained; /* the output of EXPLAIN, where the needs ask for it; in the executor's arena */
};

/* The work of a session. It may run several times, so it must first undo what an earlier run left in `context`. */
typedef struct err *session_body(struct session *session, void *context);

/* Opens a session, runs `body` in it, and closes it. A transaction is committed, or rolled back when the body failed or
 * set session->undo. Errors: those of the body and of pg/db.h; ERR_CONTENTION when PostgreSQL kept rolling the
 * transaction back. */
struct err *session_run(const struct exec *exec, const struct needs *needs, session_body *body, void *context,
                        struct session *session) MUST_USE;

/* Runs a statement. The caller frees the rows. Errors: those of pg/db.h. */
struct err *session_statement(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
/* Runs the statements of a transaction in as few round trips as possible; rows[i] is the result of statements[i]. After
 * an error, rows of statements that ran in an earlier round trip are set nevertheless, so the caller frees all of
 * them. */
struct err *session_several(struct session *session, const struct statement *const *statements, size_t count,
                            struct rows *rows) MUST_USE;
/* Runs the statement that does the work of a plan. Where the plan asks for EXPLAIN, it is explained instead, and the
 * function returns an error that leads out of the body; session_is_explained() tells it from others. */
struct err *session_work(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
/* Runs the statement that finds the rows for that one. With EXPLAIN it is both explained and executed. */
struct err *session_search(struct session *session, const struct statement *statement, struct rows *rows) MUST_USE;
bool session_is_explained(const struct err *err);

/* Returns ERR_TIMEOUT when the deadline has passed: then nothing more is sent, above all no COMMIT. */
struct err *session_in_time(const struct session *session) MUST_USE;

static inline bool session_in_transaction(const struct session *session)
{
    return session->needs->kind == SESSION_TRANSACTION;
}

/* transaction.c: BEGIN with the settings, body, COMMIT or ROLLBACK, on session->lease. */
struct err *transaction_attempt(struct session *session, session_body *body, void *context) MUST_USE;

#endif
