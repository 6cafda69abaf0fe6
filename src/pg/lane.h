/* A lane: one connection that many workers share, without a thread of its own.
 *
 * A worker puts its statement into the queue. If nobody leads, it leads: it takes what is queued, sends it as one
 * flight (flight.h), hands leadership to the head of the queue and wakes those whose statements are settled. Answers
 * leave after the Sync's result, that is after the commit.
 *
 * What the server rolled back goes to the front of the queue again, without the culprit, which is told to run alone;
 * what it may have committed is never run twice. */
#ifndef MIDAIR_SRC_PG_LANE_H
#define MIDAIR_SRC_PG_LANE_H

#include "backoff.h"
#include "breaker.h"
#include "conn.h"

enum { LANE_FLIGHT_MAX = 256 };

/* What became of a job. */
enum job_end {
    JOB_ROWS,    /* ran and is committed; `result` holds the rows */
    JOB_FAILED,  /* the server refuses it: `result` holds its error */
    JOB_ALONE,   /* not run: it must run on a lease */
    JOB_LOCKED,  /* not run: somebody holds its row; it must wait on a lease */
    JOB_EXPIRED, /* its deadline passed; not run */
    JOB_DOWN,    /* PostgreSQL is away; not run */
    JOB_UNKNOWN  /* a write whose connection was lost: it may have been done */
};

struct job {
    const struct statement *statement;
    uint64_t keys;
    int64_t deadline;
    /* Out: */
    enum job_end end;
    PGresult *result; /* owned by the caller */
    /* The lane's own: */
    _Atomic uint32_t word;
    struct job *next;
    bool queued;
    unsigned rounds;
};

struct lane {
    const struct conn_settings *settings;
    struct breaker *breaker;
    struct backoff *failing; /* texts that failed lately */
    struct backoff *locked;  /* keys whose row somebody held lately */
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
/* Runs the job; returns when it is settled, soon after its deadline at the latest. */
void lane_ride(struct lane *lane, struct job *job);

#endif
