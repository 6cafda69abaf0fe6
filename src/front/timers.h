/* The timers of one event loop: a heap ordered by time. Setting, moving and taking a timer cost O(log n). */
#ifndef MIDAIR_SRC_FRONT_TIMERS_H
#define MIDAIR_SRC_FRONT_TIMERS_H

#include <stddef.h>
#include <stdint.h>

/* Embedded in the object that waits; zero at first. */
struct timer {
    int64_t at;   /* when it is due, in clock_now_us() terms */
    size_t place; /* position in the heap, from 1; 0: not set */
};

struct timers {
    struct timer **heap;
    size_t count, cap;
};

void timers_fini(struct timers *timers);
/* Sets the timer, or moves it when it is set. */
void timers_set(struct timers *timers, struct timer *timer, int64_t at);
/* Removes the timer. One that is not set is left alone. */
void timers_cancel(struct timers *timers, struct timer *timer);
/* When the first timer is due; CLOCK_NEVER when there is none. */
int64_t timers_next(const struct timers *timers);
/* Removes and returns a timer that is due by `now`; NULL when there is none. */
struct timer *timers_take(struct timers *timers, int64_t now);

#endif
