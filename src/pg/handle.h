/* What a struct db is made of; db.c makes it, point.c and lease.c use it. */
#ifndef MIDAIR_SRC_PG_HANDLE_H
#define MIDAIR_SRC_PG_HANDLE_H

#include "backoff.h"
#include "flight.h"
#include "lane.h"
#include "midair/pg/db.h"
#include "midair/pg/sqlstate.h"
#include "pool.h"

enum { DB_READ_LANES_MAX = 4 };

struct db {
    struct db_options options; /* its slices are not used after db_open */
    char *role_setup;
    struct dsn dsn;
    struct counters counters;
    struct conn_settings lease_settings, lane_settings;
    struct breaker breaker;
    struct pool pool;
    struct semaphore locked_semaphore; /* bounds the leases that wait for locked rows, so that others get theirs */
    struct backoff failing, locked;
    struct lane read_lanes[DB_READ_LANES_MAX];
    int read_lane_count;
    struct lane write_lane;
    _Atomic int in_flight; /* point statements under way */
    _Atomic unsigned next_lane;
};

struct lease {
    struct db *db;
    struct conn *conn; /* NULL: lost, and the permit is given back */
    bool in_transaction;
};

/* One statement on one connection, in which a stale prepared statement is made again (unless a transaction is open).
 * The flight's single item is `item`. */
void run_one(struct flight *flight, struct flight_item *item, bool in_transaction);

/* The errors that do not come from the server. */
struct err *db_busy(struct arena *arena);
struct err *db_late(struct arena *arena);
struct err *db_unknown(struct arena *arena);
struct err *db_lost(struct arena *arena);

/* One line about a statement, when log_sql is on. */
void db_log(const struct db *db, const struct statement *statement, const char *door, int64_t began,
            const struct err *err, const struct rows *rows);

#endif
