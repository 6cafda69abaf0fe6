/* Clocks: monotonic microseconds for deadlines, wall-clock microseconds for dates.
 *
 * A deadline is a value of clock_now_us(); CLOCK_NEVER means none. Tests can replace both clocks. */
#ifndef MIDAIR_BASE_CLOCK_H
#define MIDAIR_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* Microseconds of a clock that never steps back. */
int64_t clock_now_us(void);
/* Microseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_us(void);
/* What is left until `deadline` in milliseconds, rounded up, for poll(2): 0 when it is over, -1 for
 * CLOCK_NEVER. */
int clock_left_ms(int64_t deadline);
/* The earlier of two deadlines. */
static inline int64_t clock_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
/* Replaces the clocks; NULL restores the real ones. For tests, before threads start. */
void clock_fake(int64_t (*now)(void), int64_t (*wall)(void));

#endif
