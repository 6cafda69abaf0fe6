/* The gate before new connections: while PostgreSQL is away, one attempt at a time, with growing pauses.
 *
 * Whoever comes while the gate is shut is told at once that the database cannot be reached. The longest
 * pause is half a second, so service is back within a second of the server's return. */
#ifndef MIDAIR_SRC_PG_BREAKER_H
#define MIDAIR_SRC_PG_BREAKER_H

#include "midair/base/err.h"

#include <pthread.h>

struct gate {
    pthread_mutex_t mutex;
    unsigned failures;    /* in a row */
    int64_t closed_until; /* 0: open */
    char why[512];        /* what the last failure said, for the log */
};

void gate_init(struct gate *gate);
void gate_fini(struct gate *gate);
/* True: the caller may try to connect, and must say how it went. */
bool gate_enter(struct gate *gate);
void gate_succeeded(struct gate *gate);
/* The attempt was broken off too early to tell. */
void gate_abandoned(struct gate *gate);
void gate_failed(struct gate *gate, const char *why);
/* ERR_UNAVAILABLE with Retry-After, and the last failure as its note. */
struct err *gate_error(struct gate *gate, struct arena *arena);

#endif
