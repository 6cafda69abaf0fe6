/* The members of struct db and of struct lease. db.c makes a struct db; point.c and lease.c use it.
 *
 * Order in which permits are taken: a place among those who wait for rows (row_lock.h), the writers' permit, the pool's
 * permit. No mutex is held while one of them is waited for. */
#ifndef MIDAIR_SRC_PG_HANDLE_H
#define MIDAIR_SRC_PG_HANDLE_H

#include "backoff.h"
#include "flight.h"
#include "lane.h"
#include "pool.h"
#include "row_lock.h"
#include "sqlstate.h"

#include "midair/pg/db.h"

enum { DB_READ_LANES_MAX = 4 };

struct db {
    struct db_options options; /* its slices are not used after db_open */
    char *role_setup;
    struct dsn dsn;
    struct counters counters;
    struct conn_settings lease_settings, lane_settings;
    struct breaker breaker;
    struct pool pool;
    struct row_lock row_lock;
    struct backoff failing, locked;
    struct semaphore ping_turn; /* guards ping_conn */
    struct conn *ping_conn;     /* of /_ready, for when the pool has none; NULL: not needed yet */
    struct lane read_lanes[DB_READ_LANES_MAX];
    int read_lane_count;
    struct lane write_lane;
    _Atomic int in_flight; /* point statements under way */
    _Atomic unsigned next_lane;
};

enum lease_mark { LEASE_HELD = 0x6c656173, LEASE_RELEASED = 0 };

struct lease {
    enum lease_mark mark;
    struct db *db;
    enum pool_use use;
    enum pool_want want;
    struct conn *conn; /* NULL: lost, and the permit is given back */
    bool in_transaction;
    bool blocked; /* a row was locked: the next transaction waits for it (row_lock.h) */
    bool waits;   /* it has its place among those who wait */
};

/* Runs a flight of one statement, `item`. A prepared statement that has gone stale is prepared again, unless a
 * transaction is open. */
void run_one(struct flight *flight, struct flight_item *item, bool in_transaction);

/* Errors that do not come from the server. Where the client has gone, the first three are db_gone(). */
struct err *db_busy(struct arena *arena);
struct err *db_late(struct arena *arena);
struct err *db_unknown(struct arena *arena, bool unconfirmed);
struct err *db_lost(struct arena *arena);
struct err *db_gone(struct arena *arena);
/* 413, or 503 where all requests together hold too much. */
struct err *db_too_large(struct arena *arena, bool memory_short);
struct err *db_unreachable(struct db *db, struct arena *arena);

/* Whether a process of the server waits for a lock, by a connection of its own; false when that is not known. `db` is a
 * struct db. */
bool db_is_blocked(void *db, int pid);
/* Writes a line about a statement to the log, if log_sql is on. */
void db_log(const struct db *db, const struct statement *statement, const char *door, int64_t began,
            const struct err *err, const struct rows *rows);

#endif
