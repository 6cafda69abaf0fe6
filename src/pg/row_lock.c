#include "handle.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"

#include <string.h>

enum { LEAST_US = 1000 };

void row_lock_init(struct row_lock *lock, int64_t short_us, int64_t long_us, unsigned pool_size)
{
    *lock = (struct row_lock){.short_us = short_us, .long_us = long_us > 0 ? long_us : CLOCK_NEVER};
    lock->patient = lock->short_us > 0 && lock->short_us < lock->long_us;
    if (!lock->patient)
        lock->short_us = long_us;
    semaphore_init(&lock->places, pool_size < 8 ? 1 : pool_size / 4);
}

void row_lock_fini(struct row_lock *lock)
{
    semaphore_fini(&lock->places);
}

bool row_lock_worth_waiting(const struct row_lock *lock, const char *sqlstate)
{
    return lock->patient && strcmp(sqlstate, "55P03") == 0;
}

static int64_t until(const struct row_lock *lock)
{
    return lock->long_us == CLOCK_NEVER ? CLOCK_NEVER : wait_blocked_until(lock->long_us);
}

struct err *row_lock_enter(struct row_lock *lock, struct arena *arena, int64_t deadline)
{
    int64_t limit = until(lock);
    if (semaphore_enter(&lock->places, clock_earlier(limit, deadline)))
        return NULL;
    if (deadline < limit || wait_unwanted())
        return db_late(arena);
    return row_lock_error(arena);
}

struct err *row_lock_error(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_LOCKED, "The row is locked by another transaction.");
    err->retry_after = 1;
    return err;
}

void row_lock_leave(struct row_lock *lock)
{
    semaphore_leave(&lock->places);
}

/* The server's own limit comes first, unless several locks are waited for. */
enum { MARGIN_US = 100000 };

void row_lock_limit(struct db *db, struct flight *flight)
{
    int64_t limit = until(&db->row_lock), left = limit - clock_now_us();
    if (limit == CLOCK_NEVER) {
        flight->lock_timeout_us = CLOCK_NEVER;
        return;
    }
    flight->lock_timeout_us = left > LEAST_US ? left : LEAST_US;
    flight->locks_until = limit + MARGIN_US;
    flight->is_blocked = db_is_blocked;
    flight->context = db;
}
