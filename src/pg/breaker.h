/* The circuit breaker before new connections. After a failed attempt it is open for a short time, which grows with each
 * further failure, and then lets one attempt through at a time.
 *
 * While it is open, callers are told at once that the database cannot be reached. It is never open for more than half a
 * second, so that service is back within a second of the server's return. Thread-safe. */
#ifndef MIDAIR_SRC_PG_BREAKER_H
#define MIDAIR_SRC_PG_BREAKER_H

#include "midair/base/err.h"

#include <pthread.h>

struct breaker {
    pthread_mutex_t mutex;
    unsigned failures;  /* in a row */
    int64_t open_until; /* 0: closed, which is the usual state */
    char why[512];      /* what the last failure said, for the log */
};

void breaker_init(struct breaker *breaker);
void breaker_fini(struct breaker *breaker);
/* True: the caller may try to connect, and must call one of the three functions below afterwards. */
bool breaker_enter(struct breaker *breaker);
void breaker_succeeded(struct breaker *breaker);
/* The attempt was given up too early to tell. */
void breaker_abandoned(struct breaker *breaker);
/* `why` goes to the log, at the first failure in a row, and into breaker_error(). */
void breaker_failed(struct breaker *breaker, const char *why);
/* ERR_UNAVAILABLE with Retry-After, and the last failure as its note. */
struct err *breaker_error(struct breaker *breaker, struct arena *arena);

#endif
