/* Waiting for locked rows, so that those who do it never keep others from their connections.
 *
 * Every statement first runs with a short lock_timeout (flight_lock_timeout). What does not get its row in that time
 * gives its connection back, and runs again as one of a few who may wait for long: they share a quarter of the pool,
 * whatever they do. The whole wait of a request, for a place among these and for the locks, is at most lock_timeout. */
#ifndef MIDAIR_SRC_PG_ROW_LOCK_H
#define MIDAIR_SRC_PG_ROW_LOCK_H

#include "midair/base/err.h"
#include "semaphore.h"

#include <stdint.h>

struct db;
struct flight;

struct row_lock {
    struct semaphore places; /* of those who wait for long */
    int64_t short_us;        /* lock_timeout of connections */
    int64_t long_us;         /* the request's; CLOCK_NEVER: until its deadline */
    bool patient;            /* the long one is longer; otherwise nobody waits twice */
};

/* `short_us` and `long_us` as in struct db_options; `pool_size` connections. */
void row_lock_init(struct row_lock *lock, int64_t short_us, int64_t long_us, unsigned pool_size);
void row_lock_fini(struct row_lock *lock);

/* True when a statement that failed with this SQLSTATE, under the short limit, is to run again under the long one. */
bool row_lock_worth_waiting(const struct row_lock *lock, const char *sqlstate);
/* A place among those who wait; give it back by row_lock_leave(). ERR_LOCKED when lock_timeout passes first,
 * ERR_TIMEOUT when `deadline` does. */
struct err *row_lock_enter(struct row_lock *lock, struct arena *arena, int64_t deadline) MUST_USE;
void row_lock_leave(struct row_lock *lock);
/* Sets the limits of a flight of one of those who wait, by what is left of the request's lock_timeout. */
void row_lock_limit(struct db *db, struct flight *flight);
/* ERR_LOCKED with Retry-After. */
struct err *row_lock_error(struct arena *arena);

#endif
