/* The pool: connections for leases, opened when they are first needed, given out in the order of asking.
 *
 * The connection that was used last goes out first, so that those above the need grow old and are closed.
 *
 * A permit is the right to one connection. Writes share fewer permits than there are, so that reads always find some:
 * whatever writes wait for, they do not keep a read from its connection. A write takes the writers' permit first, then
 * the pool's, and gives them back together.
 *
 * Ownership: a connection belongs to the pool while it is idle, and to the one who took it until pool_give() or
 * pool_replace(). The mutex guards the idle connections; no other lock is taken while it is held. */
#ifndef MIDAIR_SRC_PG_POOL_H
#define MIDAIR_SRC_PG_POOL_H

#include "breaker.h"
#include "conn.h"
#include "semaphore.h"

enum pool_use { POOL_READ, POOL_WRITE };

/* What a connection may have been used for. Settings of a transaction that do not exist otherwise (request.*) leave
 * their names behind: later transactions on the connection find them empty, rather than absent. So statements that make
 * such settings and those that make none do not share connections. */
enum pool_want { WANT_ANY, WANT_PLAIN, WANT_SETTINGS };

struct pool {
    const struct conn_settings *settings;
    struct breaker *breaker;
    struct semaphore permits; /* one for each connection */
    struct semaphore writers; /* those that writes may have */
    pthread_mutex_t mutex;
    struct conn **idle; /* a stack: the oldest at the bottom */
    size_t idle_count;
    unsigned size;
};

void pool_init(struct pool *pool, const struct conn_settings *settings, struct breaker *breaker, int size);
/* Closes the idle connections; none may be out. */
void pool_fini(struct pool *pool);
/* A permit, now or not at all / waiting until `deadline`. */
bool pool_try_permit(struct pool *pool, enum pool_use use);
bool pool_permit(struct pool *pool, enum pool_use use, int64_t deadline);
/* With a permit: a live connection, an idle one or a new one. NULL, and the permit is given back: PostgreSQL is away.
 */
struct conn *pool_take(struct pool *pool, enum pool_use use, enum pool_want want, int64_t deadline);
/* Exchanges a connection that died for a live one. NULL, and the permit is given back: PostgreSQL is away. */
struct conn *pool_replace(struct pool *pool, enum pool_use use, enum pool_want want, struct conn *conn,
                          int64_t deadline);
/* Gives connection and permit back; the connection is closed unless it is clean. */
void pool_give(struct pool *pool, enum pool_use use, struct conn *conn);
/* Opens a connection, unless the circuit breaker is open; NULL: PostgreSQL is away. */
struct conn *open_through_breaker(const struct conn_settings *settings, struct breaker *breaker, int64_t deadline);

#endif
