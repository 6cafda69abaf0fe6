/* One connection: made within a time limit, set up the same way always, in pipeline mode from then on.
 *
 * Belongs to one thread at a time. See flight.h for how statements are run on it. */
#ifndef MIDAIR_SRC_PG_CONN_H
#define MIDAIR_SRC_PG_CONN_H

#include "dsn.h"
#include "prepared.h"

#include <libpq-fe.h>
#include <stdatomic.h>

/* Counters, one row each; the order of struct db_stats. */
struct counters {
    _Atomic uint64_t flights, flight_statements, flight_retries, flight_failed_items;
    _Atomic uint64_t leases, lease_waits, lease_timeouts;
    _Atomic uint64_t connects, connect_failures, lost;
    _Atomic uint64_t statements, prepared;
    _Atomic int64_t leases_in_use, connections;
    _Atomic uint64_t epoch; /* no statistic: how often the schema was read; what was prepared before is prepared anew */
};

#define COUNT(counters, which) atomic_fetch_add_explicit(&(counters)->which, 1, memory_order_relaxed)
#define COUNT_DOWN(counters, which) atomic_fetch_sub_explicit(&(counters)->which, 1, memory_order_relaxed)

/* What all connections of one kind have in common. */
struct conn_settings {
    const struct dsn *dsn;
    struct counters *counters;
    int64_t connect_timeout_us; /* for each host */
    int64_t statement_timeout_us;
    int64_t lock_timeout_us; /* 0: none */
    bool prepare;            /* false: nothing is SET and no statement gets a name (PgBouncer) */
    int prepared_max;
    const char *role_setup; /* NULL: none */
};

struct conn {
    PGconn *pg;
    const struct conn_settings *settings;
    struct prepared_cache prepared;
    bool dead;          /* must be closed, whatever libpq says */
    int64_t idle_since; /* set by the pool */
};

/* Room for the reason why a connection could not be made. */
struct conn_why {
    char text[512];
};

/* A new connection, or NULL and the reason. Gives up at `deadline`, or when `stop_fd` becomes readable (-1: none). */
struct conn *conn_open(const struct conn_settings *settings, int64_t deadline, int stop_fd, struct conn_why *why);
/* NULL is allowed. */
void conn_close(struct conn *conn);
/* Looks without waiting whether the server closed the connection while it was idle. */
bool conn_alive(struct conn *conn);
/* True when no transaction is open, values look as they should, and the connection can serve another request. */
bool conn_clean(const struct conn *conn);

#endif
