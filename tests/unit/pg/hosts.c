/* Which of several hosts is tried first, and when one is probed. */
#include "../../../src/pg/dsn.h"
#include "midair/base/clock.h"

#include <criterion/criterion.h>

enum { A, B, C, HOSTS };
enum event { NOTHING, GOOD, LATE, SILENT };

static const struct {
    const char *label;
    struct {
        enum event event;
        size_t host;
    } events[4];
    size_t first;
} histories[] = {
    {"at first the first one", {{NOTHING, A}}, A},
    {"the last good one", {{GOOD, C}}, C},
    {"after a late one the next", {{LATE, A}}, B},
    {"after the last one the first", {{GOOD, C}, {LATE, C}}, A},
    {"one that is late although another is first changes nothing", {{GOOD, B}, {LATE, A}}, B},
    {"two late ones", {{LATE, A}, {LATE, B}}, C},
    {"after a silent one the next", {{SILENT, A}}, B},
    {"a silent one that answers again", {{SILENT, A}, {GOOD, A}}, A},
};

static void apply(struct dsn *dsn, enum event event, size_t host)
{
    if (event == GOOD)
        dsn_host_good(dsn, host);
    if (event == LATE)
        dsn_host_late(dsn, host);
    if (event == SILENT)
        dsn_host_silent(dsn, host);
}

Test(hosts, the_one_to_try_first)
{
    for (size_t i = 0; i < sizeof histories / sizeof *histories; i++) {
        struct dsn dsn = {.host_count = HOSTS};
        for (size_t e = 0; e < 4; e++)
            apply(&dsn, histories[i].events[e].event, histories[i].events[e].host);
        cr_expect_eq(atomic_load(&dsn.first), histories[i].first, "%s", histories[i].label);
    }
}

Test(hosts, a_single_host_stays_the_first)
{
    struct dsn dsn = {.host_count = 1};
    apply(&dsn, LATE, A);
    apply(&dsn, SILENT, A);
    cr_expect_eq(atomic_load(&dsn.first), A);
    cr_expect_eq(atomic_load(&dsn.silences[A]), 1);
}

static int64_t now_us = 1000;

static int64_t fake_now(void)
{
    return now_us;
}

Test(hosts, one_probe_at_a_time)
{
    struct dsn dsn = {.host_count = HOSTS};
    clock_fake(fake_now, NULL);
    cr_expect(dsn_may_probe(&dsn, A, 500));
    cr_expect_not(dsn_may_probe(&dsn, A, 500));
    cr_expect(dsn_may_probe(&dsn, B, 500), "another host");
    now_us += 499;
    cr_expect_not(dsn_may_probe(&dsn, A, 500));
    now_us += 1;
    cr_expect(dsn_may_probe(&dsn, A, 500));
    clock_fake(NULL, NULL);
}
