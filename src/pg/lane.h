/* A lane: one connection that many workers share, without a thread of its own.
 *
 * A worker puts its job into the queue. If no worker leads the lane, it becomes the leader: it takes what is queued,
 * sends it as one flight (flight.h), makes the head of the queue the next leader, and wakes the workers whose jobs are
 * done. A job is done after the Sync's result, that is after the commit.
 *
 * What the server rolled back goes to the front of the queue again, without the statement that failed, which is to run
 * alone. What the server may have committed is never run twice.
 *
 * Ownership: a job belongs to its worker until lane_ride() queues it, to the lane while it is queued, to the leader
 * once it is taken out of the queue, and to its worker again when its word says so. The lane's connection is the
 * leader's. The one lock guards the queue and who leads; no other lock is taken while it is held. */
#ifndef MIDAIR_SRC_PG_LANE_H
#define MIDAIR_SRC_PG_LANE_H

#include "backoff.h"
#include "breaker.h"
#include "conn.h"

enum { LANE_FLIGHT_MAX = 256 };

/* What became of a job. */
enum job_end {
    JOB_ROWS,       /* ran and is committed; `result` holds the rows */
    JOB_FAILED,     /* the server refuses it: `result` holds its error */
    JOB_ALONE,      /* not run: it must run on a lease */
    JOB_LOCKED,     /* not run: somebody holds its row; it must wait on a lease */
    JOB_EXPIRED,    /* its deadline passed; not run */
    JOB_DOWN,       /* PostgreSQL is away; not run */
    JOB_UNKNOWN,    /* a write whose connection was lost: it may have been done */
    JOB_UNCONFIRMED /* a write that was committed, but that the standby did not confirm */
};

enum job_mark { JOB_QUEUED = 0x6a6f6271, JOB_TAKEN = 0x6a6f6274, JOB_RETURNED = 0x6a6f6272 };

struct job {
    const struct statement *statement;
    uint64_t keys;
    int64_t deadline;
    /* Out: */
    enum job_end end;
    PGresult *result; /* owned by the caller */
    /* The lane's own: */
    enum job_mark mark; /* who owns it: the lane, the leader, or its worker again */
    _Atomic uint32_t word;
    struct job *next;
    unsigned rounds;
};

struct lane {
    const struct conn_settings *settings;
    struct breaker *breaker;
    struct backoff *failing; /* texts that failed a short while ago */
    struct backoff *locked;  /* keys whose row was locked a short while ago */
    bool writes;
    size_t flight_max;
    struct conn *conn; /* the leader's */
    pthread_mutex_t mutex;
    struct job *first, *last;
    bool led;
    _Atomic bool busy; /* led, for a look without the lock */
};

void lane_init(struct lane *lane, const struct conn_settings *settings, struct breaker *breaker, bool writes,
               int flight_max);
void lane_fini(struct lane *lane);
/* Runs the job; returns when it is done, soon after its deadline at the latest. */
void lane_ride(struct lane *lane, struct job *job);

#endif
