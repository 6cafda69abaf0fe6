#include "midair/base/clock.h"

#include <limits.h>
#include <stddef.h>
#include <time.h>

static int64_t read_clock(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t real_now(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

static int64_t real_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t (*now_source)(void) = real_now;
static int64_t (*wall_source)(void) = real_wall;

int64_t clock_now_us(void)
{
    return now_source();
}

int64_t clock_wall_us(void)
{
    return wall_source();
}

int clock_left_ms(int64_t deadline)
{
    if (deadline == CLOCK_NEVER)
        return -1;
    int64_t now = clock_now_us();
    if (deadline <= now)
        return 0;
    int64_t ms = (deadline - now - 1) / 1000 + 1;
    return ms > INT_MAX ? INT_MAX : (int)ms;
}

void clock_fake(int64_t (*now)(void), int64_t (*wall)(void))
{
    now_source = now ? now : real_now;
    wall_source = wall ? wall : real_wall;
}
