/* The gate before new connections: while PostgreSQL is away, one attempt at a time, with growing pauses.
 *
 * Whoever comes while the gate is shut is told at once that the database cannot be reached. The longest
 * pause is half a second, so service is back within a second of the server's return. */
#ifndef MIDAIR_SRC_PG_BREAKER_H
#define MIDAIR_SRC_PG_BREAKER_H

#include "midair/base/err.h"

#include <pthread.h>

struct breaker {
    pthread_mutex_t mutex;
    unsigned failures;    /* in a row */
    int64_t closed_until; /* 0: open */
    char why[512];        /* what the last failure said, for the log */
};

void breaker_init(struct breaker *breaker);
void breaker_fini(struct breaker *breaker);
/* True: the caller may try to connect, and must say how it went. */
bool breaker_enter(struct breaker *breaker);
void breaker_succeeded(struct breaker *breaker);
/* The attempt was broken off too early to tell. */
void breaker_abandoned(struct breaker *breaker);
void breaker_failed(struct breaker *breaker, const char *why);
/* ERR_UNAVAILABLE with Retry-After, and the last failure as its note. */
struct err *breaker_error(struct breaker *breaker, struct arena *arena);

#endif
