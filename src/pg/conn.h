/* One connection: made within a time limit, always set up in the same way, in pipeline mode from then on.
 *
 * It belongs to one thread at a time, which must not use it after giving it to the pool or closing it; the mark says so
 * in builds with asserts. See flight.h for how statements are run on it. */
#ifndef MIDAIR_SRC_PG_CONN_H
#define MIDAIR_SRC_PG_CONN_H

#include "cancel.h"
#include "dsn.h"
#include "prepared.h"

#include <libpq-fe.h>
#include <stdatomic.h>

/* Counters, one for each member of struct db_stats. */
struct counters {
    _Atomic uint64_t flights, flight_statements, flight_retries, flight_failed_items;
    _Atomic uint64_t leases, lease_waits, lease_timeouts;
    _Atomic uint64_t connects, connect_failures, lost;
    _Atomic uint64_t statements, prepared;
    _Atomic int64_t leases_in_use, connections;
    _Atomic uint64_t epoch; /* no statistic: how often the schema was read; what was prepared before that is stale */
};

#define COUNT(counters, which) atomic_fetch_add_explicit(&(counters)->which, 1, memory_order_relaxed)
#define COUNT_DOWN(counters, which) atomic_fetch_sub_explicit(&(counters)->which, 1, memory_order_relaxed)

/* What all connections of one kind have in common. */
struct conn_settings {
    struct dsn *dsn;
    struct counters *counters;
    int64_t connect_timeout_us; /* for each host */
    int64_t statement_timeout_us;
    int64_t lock_timeout_us; /* where a flight does not say another; 0: none */
    bool prepare; /* false, for PgBouncer: no statement gets a name, and settings are made in each transaction */
    int prepared_max;
    size_t result_max;      /* bytes that one flight may receive; 0: no limit */
    const char *role_setup; /* NULL: none */
};

enum conn_mark { CONN_LENT = 0x636f6e6e, CONN_IDLE = 0x69646c65, CONN_CLOSED = 0 };

struct conn {
    enum conn_mark mark;
    PGconn *pg;
    const struct conn_settings *settings;
    struct prepared_cache prepared;
    struct cancel_key key;
    int server_pid;     /* behind PgBouncer: the server's process in the transaction that is open; 0: not known */
    size_t host;        /* of settings->dsn */
    uint32_t silences;  /* of that host when the connection was made */
    bool unconfirmed;   /* the server said that a commit was not confirmed by its standby; a flight clears it */
    bool has_settings;  /* settings of transactions were made on it: to later ones they are empty, rather than absent */
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
/* The server's process that runs what is sent; 0: not known. */
int conn_server_pid(const struct conn *conn);
/* True when the host was found silent after the connection was made. */
bool conn_silent(const struct conn *conn);
/* Looks without waiting whether the server closed the connection while it was idle, or fell silent. */
bool conn_alive(struct conn *conn);
/* Milliseconds for a setting of the server's, rounded up. */
int64_t conn_ms(int64_t microseconds);
/* How long the server lets a transaction lie idle, in microseconds. */
int64_t conn_idle_timeout(const struct conn_settings *settings);
/* True when no transaction is open, values look as they should, and the connection can serve another request. */
bool conn_clean(const struct conn *conn);

#endif
