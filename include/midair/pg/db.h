/* The database as the layers above see it. There are two ways to run a statement:
 *
 * - db_point() runs one statement that finds its row by key. It goes over a lane, where many requests share one round
 *   trip and one commit, or over a connection of its own, whichever is faster at the moment. The result is the same.
 * - db_lease() takes a connection for a transaction or for a long read. lease_release() gives it back, or closes it
 * when it is not clean.
 *
 * Every call has a deadline and ends soon after it, whatever the server does; it also ends when the request is not
 * wanted any more (base/wait.h), with ERR_CLIENT_GONE. A statement that writes is never sent twice, unless the server
 * itself said that it rolled the first attempt back. Results are returned after the commit, never before.
 *
 * Locked rows: a statement first waits for a lock for flight_lock_timeout only. Then it gives its connection back and
 * runs again as one of those who wait for long. They share a quarter of the pool, and a request waits for locks for
 * lock_timeout in all. db_point() and a lease without a transaction do so by themselves. In a transaction the error is
 * one of those that db_may_retry() tells; the next lease_begin() on the same lease then waits for its turn. So a caller
 * that runs a transaction again keeps its lease.
 *
 * Thread-safe, except that a lease belongs to the thread (or coroutine) that took it. */
#ifndef MIDAIR_PG_DB_H
#define MIDAIR_PG_DB_H

#include "midair/base/err.h"
#include "midair/base/rows.h"
#include "midair/pg/statement.h"

struct db;
struct lease;

/* All of them are set by the caller: app/settings.def is the only list of defaults. */
struct db_options {
    struct slice url;   /* libpq connection string or URI, several hosts included */
    int pool_size;      /* leases at most; writes get three quarters of them */
    int read_lanes;     /* 0: reads take leases */
    bool write_lane;    /* false: writes take leases */
    int lane_threshold; /* point statements in flight from which lanes are used */
    int flight_max;     /* statements in one flight at most */
    bool prepare;       /* named prepared statements; off for PgBouncer in transaction mode, */
                        /* which also switches the lanes off */
    int prepared_max;   /* statements kept per connection */
    size_t result_max;  /* bytes of the results of one flight at most; 0: no limit */
    int64_t connect_timeout_us;
    int64_t pool_timeout_us; /* waiting for a lease */
    int64_t statement_timeout_us;
    int64_t lock_timeout_us;        /* waiting for locked rows, in all; 0: until the deadline */
    int64_t flight_lock_timeout_us; /* at first; then the request waits as one of a few */
    bool log_sql;
    struct slice role_setup; /* SQL to run on each new connection (not when prepare is off); absent: none */
};

/* Copies the options. Opens no connection: that happens at first use. Owned by the caller: db_close. */
struct db *db_open(const struct db_options *options);
/* Closes all connections. No request may be under way. NULL is allowed. */
void db_close(struct db *db);
/* The schema was read again: what connections had prepared is prepared anew, with the types that columns have now. */
void db_schema_read(struct db *db);

enum point_flags {
    POINT_WRITE = 1, /* changes data: the write lane, and never replayed */
    POINT_ALONE = 2  /* must have a transaction of its own: sharing a commit is not harmless here */
};

/* Runs one statement to its commit. `deadline` in clock_now_us() terms. On success *rows holds the result;
 * release it by rows_free. `keys` is a hash of relation and key: statements of one flight run in its order, so that
 * flights, and the lane and the leases, lock rows in the same order.
 *
 * Errors: what db_error() makes of an SQLSTATE; ERR_UNAVAILABLE (nothing was sent), ERR_BUSY (no lease in time),
 * ERR_TIMEOUT (cancelled, rolled back), ERR_OUTCOME_UNKNOWN (a write was under way when the connection was lost, or the
 * standby did not confirm its commit), ERR_LOCKED,
 * ERR_CONTENTION (40001/40P01 again and again). */
struct err *db_point(struct db *db, struct arena *arena, const struct statement *statement, uint64_t keys,
                     unsigned flags, int64_t deadline, struct rows *rows) MUST_USE;

/* Takes a connection, waiting until `deadline` or pool_timeout. */
struct err *db_lease(struct db *db, struct arena *arena, int64_t deadline, struct lease **lease) MUST_USE;
/* The same for what only reads: a part of the connections is kept for these. */
struct err *db_lease_for_read(struct db *db, struct arena *arena, int64_t deadline, struct lease **lease) MUST_USE;
/* The same for transactions that make settings (statement->sets), which leave traces on their connection: so they have
 * connections of their own, as have statements with statement->before. `reads`: as db_lease_for_read(). */
struct err *db_lease_for_settings(struct db *db, struct arena *arena, bool reads, int64_t deadline,
                                  struct lease **lease) MUST_USE;
/* Gives it back: into the pool when its transaction status is idle, else it is closed. NULL is allowed. */
void lease_release(struct lease **lease);
#define LEASE_AUTO __attribute__((cleanup(lease_release))) struct lease *

/* One statement on the lease, inside its transaction if one is open. */
struct err *lease_run(struct lease *lease, struct arena *arena, const struct statement *statement, int64_t deadline,
                      struct rows *rows) MUST_USE;
/* Several statements of an open transaction in one round trip; rows[i] is what statements[i] gave. On an error nothing
 * is in any of them. At most LEASE_MANY. */
enum { LEASE_MANY = 4 };
struct err *lease_run_many(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                           size_t count, int64_t deadline, struct rows *rows) MUST_USE;
/* BEGIN, COMMIT, ROLLBACK. `mode` is NULL or what follows BEGIN: "ISOLATION LEVEL REPEATABLE READ READ ONLY". A COMMIT
 * whose connection dies gives ERR_OUTCOME_UNKNOWN. lease_rollback never fails: a connection that cannot is closed on
 * release. */
struct err *lease_begin(struct lease *lease, struct arena *arena, const char *mode, int64_t deadline) MUST_USE;
/* BEGIN and a statement in one round trip; the statement's rows are not returned. After an error the transaction is
 * rolled back. */
struct err *lease_begin_with(struct lease *lease, struct arena *arena, const char *mode,
                             const struct statement *statement, int64_t deadline) MUST_USE;
struct err *lease_commit(struct lease *lease, struct arena *arena, int64_t deadline) MUST_USE;
void lease_rollback(struct lease *lease);
/* True when `err` is a serialization failure or a deadlock, or a row was locked for a short time: the server rolled the
 * transaction back and it may run again, on the same lease. */
bool db_may_retry(const struct err *err);

/* Whether PostgreSQL answers `SELECT 1` now, for /_ready. When all leases are taken it uses a connection of its own. */
struct err *db_ping(struct db *db, struct arena *arena, int64_t deadline) MUST_USE;

/* A connection of its own that listens on a channel (NOTIFY midair, 'reload'), with reconnection; see db/listen.h. */

/* Figures for /_metrics, read without a lock. */
struct db_stats {
    uint64_t flights, flight_statements, flight_retries, flight_failed_items;
    uint64_t leases, lease_waits, lease_timeouts;
    uint64_t connects, connect_failures, lost;
    uint64_t statements, prepared;
    int64_t leases_in_use, connections;
};
void db_stats(const struct db *db, struct db_stats *out);

#endif
