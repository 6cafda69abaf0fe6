/* Timers come out in order of their times, however they were set, moved and cancelled. */
#include "../../../src/front/timers.h"

#include "midair/base/clock.h"

#include <criterion/criterion.h>

enum { MANY = 500 };

static uint64_t state = 1;

static int64_t some(int64_t below)
{
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (int64_t)((state >> 33) % (uint64_t)below);
}

/* Takes all; they must be in order, and none later than `last`. Returns how many there were. */
static int take_all(struct timers *timers, int64_t last)
{
    int64_t before = INT64_MIN;
    int count = 0;
    for (struct timer *timer; (timer = timers_take(timers, last)); count++) {
        cr_assert_geq(timer->at, before);
        cr_assert_leq(timer->at, last);
        cr_assert_eq(timer->place, 0);
        before = timer->at;
    }
    return count;
}

Test(timers, come_in_order)
{
    struct timers timers = {0};
    struct timer all[MANY] = {0};
    for (int i = 0; i < MANY; i++)
        timers_set(&timers, &all[i], some(1000));
    cr_assert_eq(take_all(&timers, 1000), MANY);
    cr_assert_eq(timers_next(&timers), CLOCK_NEVER);
    timers_fini(&timers);
}

Test(timers, none_comes_before_its_time)
{
    struct timers timers = {0};
    struct timer early = {0}, late = {0};
    timers_set(&timers, &late, 20);
    timers_set(&timers, &early, 10);
    cr_assert_eq(timers_next(&timers), 10);
    cr_assert_null(timers_take(&timers, 9));
    cr_assert_eq(timers_take(&timers, 10), &early);
    cr_assert_null(timers_take(&timers, 19));
    cr_assert_eq(timers_take(&timers, 20), &late);
    timers_fini(&timers);
}

Test(timers, moved_and_cancelled_ones_keep_the_order)
{
    struct timers timers = {0};
    struct timer all[MANY] = {0};
    for (int round = 0; round < 20000; round++) {
        struct timer *timer = &all[some(MANY)];
        if (some(3) == 0)
            timers_cancel(&timers, timer);
        else
            timers_set(&timers, timer, some(100000));
        if (some(10) == 0)
            take_all(&timers, some(2000));
    }
    int set = 0;
    for (int i = 0; i < MANY; i++)
        set += all[i].place != 0;
    cr_assert_eq(take_all(&timers, INT64_MAX), set);
    timers_fini(&timers);
}
