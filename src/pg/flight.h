/* A flight: statements sent on one connection as one libpq pipeline with one Sync at the end.
 *
 * Outside an explicit transaction the statements of a flight share one: either all of them are committed, before
 * the Sync's result comes, or none is. A flight of one statement is how a lease runs it.
 *
 * At the deadline, or when nobody wants the result any more (base/wait.h), the server is asked to cancel. What it
 * answers within a short grace period still counts, since the statements may have been done already; after that the
 * connection is given up. So a flight always ends, soon after its deadline at the latest, whatever the server does. */
#ifndef MIDAIR_SRC_PG_FLIGHT_H
#define MIDAIR_SRC_PG_FLIGHT_H

#include "conn.h"

/* How a statement was sent. */
struct flight_call {
    struct prepared *prepared;
    bool preparing;
};

struct flight_item {
    const struct statement *statement;
    PGresult *result; /* out: what it returned, or NULL; owned by the caller */
    struct flight_call call;
    struct flight_call before[STATEMENT_BEFORE_MAX]; /* of statement->before and its own, in the order of sending */
};

enum flight_end {
    FLIGHT_DONE,   /* committed, unless inside an explicit transaction */
    FLIGHT_ERROR,  /* the server said that a statement or the commit failed: nothing of it happened */
    FLIGHT_UNSENT, /* the connection was lost before the Sync had left: nothing of it happened */
    FLIGHT_UNKNOWN /* the connection was lost after that, or the standby did not confirm the commit */
};

struct flight {
    struct conn *conn;
    struct flight_item *items;
    size_t count;
    int64_t deadline;
    int64_t
        lock_timeout_us; /* of these statements and of the rest of their transaction; 0: as it is, CLOCK_NEVER: none */
    bool begins;         /* the first statement is BEGIN */
    /* lock_timeout counts for each lock by itself. From `locks_until` on (0: never) it is asked now and then whether
     * the server's process `pid` waits for a lock; then the flight is cancelled. */
    int64_t locks_until;
    bool (*is_blocked)(void *context, int pid);
    void *context;
    /* Out: */
    enum flight_end end;
    size_t failed_item;      /* for FLIGHT_ERROR: which item; `count` when it was the commit */
    PGresult *error;         /* for FLIGHT_ERROR: owned by the caller */
    struct prepared *failed; /* the prepared statement that failed; NULL: another one. Valid during the run only */
    bool cancelled;          /* a cancel was sent: the deadline passed, or: */
    bool unwanted;           /* nobody wants the result any more */
    bool locked_out;         /* it was waiting for a lock at `locks_until` */
    bool too_large;          /* it was cancelled since the results are too large, or: */
    bool memory_short;       /* since all requests together hold too much memory */
    size_t received;         /* bytes that came */
    bool unconfirmed;        /* for FLIGHT_UNKNOWN: committed, but the standby did not confirm it */
};

/* Runs it. After FLIGHT_ERROR the results of the items before the failed one are there as well: reads may use them. */
void flight_run(struct flight *flight);
/* Clears what the caller has not taken. */
void flight_clear(struct flight *flight);

/* SQLSTATE of the error; "" when there is none. */
const char *flight_sqlstate(const struct flight *flight);
/* True when the error means that a prepared statement has gone stale (DDL, DISCARD); the connection has forgotten it,
 * and the flight can run again. */
bool flight_stale(const struct flight *flight);

#endif
