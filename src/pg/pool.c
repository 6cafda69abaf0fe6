#include "pool.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "xalloc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* An idle connection is closed after this long. */
static const int64_t idle_max_us = INT64_C(300) * 1000000;

/* A quarter of the pool. Where there is one connection only, all share it. */
static unsigned reserved_for_reads(unsigned size)
{
    return size == 1 ? 0 : size < 8 ? 1 : size / 4;
}

void pool_init(struct pool *pool, const struct conn_settings *settings, struct breaker *breaker, int size)
{
    *pool = (struct pool){.settings = settings, .breaker = breaker, .size = size > 0 ? (unsigned)size : 1};
    pthread_mutex_init(&pool->mutex, NULL);
    semaphore_init(&pool->permits, pool->size);
    semaphore_init(&pool->writers, pool->size - reserved_for_reads(pool->size));
    pool->idle = xcalloc(pool->size, sizeof *pool->idle);
}

void pool_fini(struct pool *pool)
{
    for (size_t i = 0; i < pool->idle_count; i++)
        conn_close(pool->idle[i]);
    free(pool->idle);
    semaphore_fini(&pool->permits);
    semaphore_fini(&pool->writers);
    pthread_mutex_destroy(&pool->mutex);
}

bool pool_try_permit(struct pool *pool, enum pool_use use)
{
    if (use == POOL_WRITE && !semaphore_try(&pool->writers))
        return false;
    if (semaphore_try(&pool->permits))
        return true;
    if (use == POOL_WRITE)
        semaphore_leave(&pool->writers);
    return false;
}

static bool await_permit(struct pool *pool, enum pool_use use, int64_t deadline)
{
    if (use == POOL_WRITE && !semaphore_enter(&pool->writers, deadline))
        return false;
    if (semaphore_enter(&pool->permits, deadline))
        return true;
    if (use == POOL_WRITE)
        semaphore_leave(&pool->writers);
    return false;
}

bool pool_permit(struct pool *pool, enum pool_use use, int64_t deadline)
{
    if (pool_try_permit(pool, use))
        return true;
    COUNT(pool->settings->counters, lease_waits);
    bool got = await_permit(pool, use, deadline);
    if (!got)
        COUNT(pool->settings->counters, lease_timeouts);
    return got;
}

static void leave(struct pool *pool, enum pool_use use)
{
    semaphore_leave(&pool->permits);
    if (use == POOL_WRITE)
        semaphore_leave(&pool->writers);
}

struct conn *open_through_breaker(const struct conn_settings *settings, struct breaker *breaker, int64_t deadline)
{
    if (!breaker_enter(breaker))
        return NULL;
    struct conn_why why;
    /* A caller with hardly any time left, or whose client has gone, says nothing about the server. */
    bool impatient = deadline - clock_now_us() < settings->connect_timeout_us;
    struct conn *conn = conn_open(settings, deadline, -1, &why);
    if (conn)
        breaker_succeeded(breaker);
    else if ((impatient && clock_now_us() >= deadline) || wait_unwanted())
        breaker_abandoned(breaker);
    else
        breaker_failed(breaker, why.text);
    return conn;
}

/* The index of the idle connection to take: the one that was used last of those that suit best. With the mutex held. */
static size_t choose_idle(const struct pool *pool, enum pool_want want)
{
    for (size_t i = pool->idle_count; want != WANT_ANY && i-- > 0;)
        if (pool->idle[i]->has_settings == (want == WANT_SETTINGS))
            return i;
    return pool->idle_count - 1;
}

/* Takes an idle connection; NULL: there is none. It may have settings although none are wanted. */
static struct conn *pop_idle(struct pool *pool, enum pool_want want)
{
    struct conn *conn = NULL;
    pthread_mutex_lock(&pool->mutex);
    if (pool->idle_count > 0) {
        size_t at = choose_idle(pool, want);
        conn = pool->idle[at];
        memmove(pool->idle + at, pool->idle + at + 1, (--pool->idle_count - at) * sizeof *pool->idle);
    }
    pthread_mutex_unlock(&pool->mutex);
    return conn;
}

static bool suits(const struct conn *conn, enum pool_want want)
{
    return want != WANT_PLAIN || !conn->has_settings;
}

/* A new connection for a permit that is held. When PostgreSQL refuses it while other connections of this pool are in
 * use (too many connections), the next one that is given back is as good: it is waited for, but not for long. */
static struct conn *open_or_give_up(struct pool *pool, enum pool_use use, enum pool_want want, int64_t deadline)
{
    struct conn *conn = open_through_breaker(pool->settings, pool->breaker, deadline);
    int64_t limit = clock_now_us() + 1000000;
    limit = deadline < limit ? deadline : limit;
    while (!conn && atomic_load(&pool->settings->counters->leases_in_use) > 0 &&
           wait_backoff(5000, limit) == WAIT_READY && clock_now_us() < limit) {
        conn = pop_idle(pool, want);
        if (conn && (!conn_alive(conn) || !suits(conn, want))) {
            conn_close(conn);
            conn = NULL;
        }
    }
    if (!conn)
        leave(pool, use);
    return conn;
}

static struct conn *lent(struct pool *pool, struct conn *conn)
{
    if (conn) {
        conn->mark = CONN_LENT;
        COUNT(pool->settings->counters, leases);
        COUNT(pool->settings->counters, leases_in_use);
    }
    return conn;
}

struct conn *pool_take(struct pool *pool, enum pool_use use, enum pool_want want, int64_t deadline)
{
    for (struct conn *conn; (conn = pop_idle(pool, want));) {
        bool alive = conn_alive(conn), fits = suits(conn, want);
        if (alive && fits)
            return lent(pool, conn);
        if (!alive)
            COUNT(pool->settings->counters, lost);
        conn_close(conn);
        if (alive)
            break; /* it made room for a new one */
    }
    return lent(pool, open_or_give_up(pool, use, want, deadline));
}

struct conn *pool_replace(struct pool *pool, enum pool_use use, enum pool_want want, struct conn *conn,
                          int64_t deadline)
{
    assert(conn->mark == CONN_LENT);
    COUNT_DOWN(pool->settings->counters, leases_in_use);
    conn_close(conn);
    return pool_take(pool, use, want, deadline);
}

/* Takes the connection at the bottom of the stack out when nobody needed it for long. */
static struct conn *pop_stale(struct pool *pool, int64_t now)
{
    if (pool->idle_count == 0 || now - pool->idle[0]->idle_since < idle_max_us)
        return NULL;
    struct conn *stale = pool->idle[0];
    memmove(pool->idle, pool->idle + 1, --pool->idle_count * sizeof *pool->idle);
    return stale;
}

void pool_give(struct pool *pool, enum pool_use use, struct conn *conn)
{
    assert(conn->mark == CONN_LENT);
    COUNT_DOWN(pool->settings->counters, leases_in_use);
    bool keep = conn_clean(conn);
    struct conn *stale = NULL;
    if (keep) {
        conn->mark = CONN_IDLE;
        conn->idle_since = clock_now_us();
        pthread_mutex_lock(&pool->mutex);
        stale = pop_stale(pool, conn->idle_since);
        assert(pool->idle_count < pool->size);
        pool->idle[pool->idle_count++] = conn;
        pthread_mutex_unlock(&pool->mutex);
    } else {
        conn_close(conn);
    }
    leave(pool, use);
    conn_close(stale);
}
