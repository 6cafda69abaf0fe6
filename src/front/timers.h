/* Timers of one event loop: a heap by time. Setting, moving and taking one costs the logarithm of their number. */
#ifndef MIDAIR_SRC_FRONT_TIMERS_H
#define MIDAIR_SRC_FRONT_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Lies in what waits for it; cleared at first. */
struct timer {
    int64_t at;   /* clock_now_us() terms */
    size_t place; /* in the heap, from 1; 0: not set */
};

struct timers {
    struct timer **heap;
    size_t count, room;
};

void timers_fini(struct timers *timers);
/* Sets or moves it. */
void timers_set(struct timers *timers, struct timer *timer, int64_t at);
/* One that is not set stays so. */
void timers_cancel(struct timers *timers, struct timer *timer);
/* When the first one is due; CLOCK_NEVER: there is none. */
int64_t timers_next(const struct timers *timers);
/* Takes one that is due by `now`; NULL when there is none. */
struct timer *timers_take(struct timers *timers, int64_t now);

#endif
