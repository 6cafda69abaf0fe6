#include "futex.h"

#include "midair/base/clock.h"

#include <limits.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct timespec timespec_of(int64_t microseconds)
{
    return (struct timespec){.tv_sec = microseconds / 1000000, .tv_nsec = (microseconds % 1000000) * 1000};
}

bool futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    while (atomic_load_explicit(word, memory_order_acquire) == expected) {
        struct timespec left, *timeout = NULL;
        if (deadline != CLOCK_NEVER) {
            int64_t us = deadline - clock_now_us();
            if (us <= 0)
                return false;
            left = timespec_of(us);
            timeout = &left;
        }
        syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout, NULL, 0);
    }
    return true;
}

void futex_wake(_Atomic uint32_t *word)
{
    syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

int64_t backoff_jitter(int64_t n)
{
    static _Atomic uint64_t state = 0x9e3779b97f4a7c15u;
    uint64_t x = atomic_fetch_add_explicit(&state, 0x9e3779b97f4a7c15u, memory_order_relaxed);
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return n < 2 ? n : n - (int64_t)(x % (uint64_t)(n / 2 + 1));
}

void backoff_sleep(int64_t microseconds, int64_t deadline)
{
    int64_t us = backoff_jitter(microseconds);
    if (deadline != CLOCK_NEVER && deadline - clock_now_us() < us)
        us = deadline - clock_now_us();
    if (us <= 0)
        return;
    struct timespec nap = timespec_of(us);
    nanosleep(&nap, NULL);
}
