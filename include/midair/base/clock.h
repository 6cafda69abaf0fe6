/* Clocks: monotonic microseconds for deadlines and wall-clock microseconds for dates.
 *
 * A deadline is a value of clock_now_us(); CLOCK_NEVER means that there is none. Tests can replace both clocks. */
#ifndef MIDAIR_BASE_CLOCK_H
#define MIDAIR_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_NEVER INT64_MAX

/* Microseconds of a clock that never runs backwards. Only differences are meaningful. */
int64_t clock_now_us(void);
/* Microseconds since 1970-01-01T00:00:00Z. */
int64_t clock_wall_us(void);
/* Milliseconds left until `deadline`, rounded up, as poll(2) takes them: 0 when the deadline has passed, -1 for
 * CLOCK_NEVER. */
int clock_left_ms(int64_t deadline);
/* The earlier of two deadlines. */
static inline int64_t clock_earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}
/* Replaces the clocks; NULL restores the real one. Only for tests, and only before threads are started. */
void clock_fake(int64_t (*now)(void), int64_t (*wall)(void));

#endif
