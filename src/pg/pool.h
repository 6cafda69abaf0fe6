/* The pool: connections for leases, opened when first needed, taken in the order of asking.
 *
 * The most recently used connection goes out first, so that those above the need grow old and are closed. */
#ifndef MIDAIR_SRC_PG_POOL_H
#define MIDAIR_SRC_PG_POOL_H

#include "breaker.h"
#include "conn.h"
#include "semaphore.h"

struct pool {
    const struct conn_settings *settings;
    struct breaker *breaker;
    struct semaphore semaphore; /* one permit a connection */
    pthread_mutex_t mutex;
    struct conn **idle; /* a stack: the oldest at the bottom */
    size_t idle_count;
    unsigned size;
};

void pool_init(struct pool *pool, const struct conn_settings *settings, struct breaker *breaker, int size);
/* Closes the idle connections; none may be out. */
void pool_fini(struct pool *pool);
/* The right to one connection, now or never / waiting until `deadline`. */
bool pool_try_permit(struct pool *pool);
bool pool_permit(struct pool *pool, int64_t deadline);
/* With a permit: a live connection, an idle one or a new one. NULL, and the permit is given back: PostgreSQL is away.
 */
struct conn *pool_take(struct pool *pool, int64_t deadline);
/* Exchanges a connection that died for a live one; NULL, and the permit is given back: PostgreSQL is away. */
struct conn *pool_replace(struct pool *pool, struct conn *conn, int64_t deadline);
/* Gives connection and permit back; the connection is closed unless it is clean. */
void pool_give(struct pool *pool, struct conn *conn);
/* Opens a connection through the gate; NULL: PostgreSQL is away. */
struct conn *open_through_breaker(const struct conn_settings *settings, struct breaker *breaker, int64_t deadline);

#endif
