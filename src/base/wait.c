#include "midair/base/wait.h"

#include "midair/base/clock.h"
#include "waiters.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The longest sleep before the cancellation check and the end of the program are checked again. */
enum { CHECK_US = 200 * 1000 };

/* The thread itself as a waiter; its `loop` is NULL. */
static _Thread_local struct wait_coroutine own_thread;
static _Thread_local struct wait_coroutine *own_coroutine;
static _Atomic int64_t requests_end_by = CLOCK_NEVER;

/* One wait, which may consist of several sleeps. */
struct sleep {
    int64_t deadline;
    int64_t until; /* end of the next sleep; CLOCK_NEVER: no limit */
};

/* The calling waiter: the coroutine that runs, or the thread. */
static struct wait_coroutine *waiter(void)
{
    return own_coroutine ? own_coroutine : &own_thread;
}

/* Prepares the next sleep. WAIT_READY means: sleep until sleep->until. Any other result ends the wait. */
static enum wait_end next_sleep(struct sleep *sleep)
{
    struct wait_coroutine *self = waiter();
    int64_t deadline = sleep->deadline;
    if (deadline <= 0)
        return WAIT_LATE;
    if (deadline == CLOCK_NEVER && !self->watch.unwanted && !self->watch.serves) {
        sleep->until = CLOCK_NEVER;
        return WAIT_READY;
    }
    int64_t now = clock_now_us();
    if (self->watch.unwanted && now - self->checked_us >= CHECK_US) {
        self->checked_us = now;
        if (wait_unwanted())
            return WAIT_UNWANTED;
    }
    if (self->watch.serves)
        deadline = clock_earlier(deadline, atomic_load_explicit(&requests_end_by, memory_order_relaxed));
    if (deadline <= now)
        return WAIT_LATE;
    sleep->until = clock_earlier(deadline, now + CHECK_US);
    return WAIT_READY;
}

/* If waiters_leave() fails, a waker has taken the coroutine out of the list and has resumed it or is about to. That
 * resume() must be consumed here; otherwise it would end the coroutine's next wait. */
static void suspend_on_word(struct wait_coroutine *self, _Atomic uint32_t *word, uint32_t expected, int64_t until)
{
    struct word_waiter entry = {.word = word, .coroutine = self};
    if (!waiters_enter(&entry, expected))
        return;
    bool resumed = self->loop->suspend(self, NULL, 0, until);
    while (!resumed && !waiters_leave(&entry))
        resumed = self->loop->suspend(self, NULL, 0, CLOCK_NEVER);
}

static void sleep_on_word(_Atomic uint32_t *word, uint32_t expected, int64_t until)
{
    struct timespec left, *timeout = NULL;
    if (until != CLOCK_NEVER) {
        int64_t us = until - clock_now_us();
        if (us <= 0)
            return;
        left = (struct timespec){.tv_sec = us / 1000000, .tv_nsec = (us % 1000000) * 1000};
        timeout = &left;
    }
    waiters_thread_enter(word);
    syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, expected, timeout, NULL, 0);
    waiters_thread_leave(word);
}

enum wait_end wait_word(_Atomic uint32_t *word, uint32_t expected, int64_t deadline)
{
    struct sleep sleep = {.deadline = deadline};
    while (atomic_load_explicit(word, memory_order_acquire) == expected) {
        enum wait_end end = next_sleep(&sleep);
        if (end != WAIT_READY)
            return end;
        if (own_coroutine)
            suspend_on_word(own_coroutine, word, expected, sleep.until);
        else
            sleep_on_word(word, expected, sleep.until);
    }
    return WAIT_READY;
}

/* Sleeping threads are woken by the kernel. The system call is skipped when there are none. */
static void wake_threads(_Atomic uint32_t *word, int count)
{
    if (waiters_has_threads(word))
        syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, count, NULL, NULL, 0);
}

void wait_wake(_Atomic uint32_t *word)
{
    struct wait_coroutine *next = waiters_take(word);
    if (next)
        next->loop->resume(next);
    else
        wake_threads(word, 1);
}

static short poll_events(unsigned events)
{
    return (short)((events & WAIT_READ ? POLLIN : 0) | (events & WAIT_WRITE ? POLLOUT : 0));
}

static unsigned events_of(unsigned asked, short revents)
{
    unsigned ready = (revents & POLLIN ? WAIT_READ : 0u) | (revents & POLLOUT ? WAIT_WRITE : 0u);
    return revents & (POLLERR | POLLHUP | POLLNVAL) ? asked : ready;
}

/* Calls poll(2) once and sets fds[].ready. */
static void poll_once(struct wait_fd *fds, struct pollfd *polled, size_t count, int timeout_ms, bool *failed)
{
    int n = poll(polled, count, timeout_ms);
    *failed = n < 0 && errno != EINTR;
    for (size_t i = 0; i < count; i++)
        fds[i].ready = n > 0 ? events_of(fds[i].events, polled[i].revents) : 0;
}

static bool any_ready(const struct wait_fd *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i].ready)
            return true;
    return false;
}

enum wait_end wait_fds(struct wait_fd *fds, size_t count, int64_t deadline)
{
    struct pollfd polled[WAIT_FDS_MAX];
    struct sleep sleep = {.deadline = deadline};
    bool failed = false;
    assert(count <= WAIT_FDS_MAX);
    for (size_t i = 0; i < count; i++)
        polled[i] = (struct pollfd){.fd = fds[i].fd, .events = poll_events(fds[i].events)};
    for (;;) {
        enum wait_end end = next_sleep(&sleep);
        if (own_coroutine && end == WAIT_READY)
            own_coroutine->loop->suspend(own_coroutine, fds, count, sleep.until);
        else
            poll_once(fds, polled, count, end == WAIT_READY ? clock_left_ms(sleep.until) : 0, &failed);
        if (any_ready(fds, count))
            return WAIT_READY;
        if (failed)
            return WAIT_FAILED;
        if (end != WAIT_READY)
            return end;
    }
}

enum wait_end wait_fd(int fd, unsigned events, int64_t deadline)
{
    struct wait_fd one = {.fd = fd, .events = events};
    return fd < 0 ? WAIT_FAILED : wait_fds(&one, 1, deadline);
}

enum wait_end wait_until(int64_t moment)
{
    _Atomic uint32_t nothing = 0;
    enum wait_end end = wait_word(&nothing, 0, moment);
    return end == WAIT_LATE && clock_now_us() >= moment ? WAIT_READY : end;
}

int64_t wait_jitter(int64_t n)
{
    static _Atomic uint64_t state;
    uint64_t x = atomic_fetch_add_explicit(&state, 0x9e3779b97f4a7c15u, memory_order_relaxed);
    x ^= (uint64_t)clock_now_us() << 20;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    x ^= x >> 31;
    return n < 2 ? n : n - (int64_t)(x % (uint64_t)(n / 2 + 1));
}

enum wait_end wait_backoff(int64_t microseconds, int64_t deadline)
{
    int64_t until = clock_now_us() + wait_jitter(microseconds);
    return wait_until(clock_earlier(until, deadline));
}

enum wait_end wait_condition(struct wait_condition *condition, pthread_mutex_t *mutex, int64_t deadline)
{
    uint32_t seen = atomic_load(&condition->changes);
    pthread_mutex_unlock(mutex);
    enum wait_end end = wait_word(&condition->changes, seen, deadline);
    pthread_mutex_lock(mutex);
    return end;
}

void wait_changed(struct wait_condition *condition)
{
    atomic_fetch_add(&condition->changes, 1);
    for (struct wait_coroutine *next; (next = waiters_take(&condition->changes));)
        next->loop->resume(next);
    wake_threads(&condition->changes, INT_MAX);
}

struct wait_watch wait_watch(struct wait_watch watch)
{
    struct wait_coroutine *self = waiter();
    struct wait_watch before = self->watch;
    self->watch = watch;
    self->checked_us = clock_now_us();
    return before;
}

struct wait_watch wait_watch_none(void)
{
    const struct wait_watch *watch = &waiter()->watch;
    return wait_watch((struct wait_watch){.serves = watch->serves, .blocked_until = watch->blocked_until});
}

bool wait_unwanted(void)
{
    const struct wait_watch *watch = &waiter()->watch;
    return watch->unwanted && watch->unwanted(watch->context);
}

int64_t wait_blocked_until(int64_t limit_us)
{
    struct wait_watch *watch = &waiter()->watch;
    if (!watch->serves || !watch->blocked_until)
        watch->blocked_until = clock_now_us() + limit_us;
    return watch->blocked_until;
}

void wait_requests_end_by(int64_t deadline)
{
    atomic_store(&requests_end_by, deadline);
}

/* ---- coroutines ---- */

void wait_as(struct wait_coroutine *coroutine)
{
    own_coroutine = coroutine;
}

int wait_loop_number(void)
{
    return own_coroutine ? own_coroutine->loop_number : -1;
}

void wait_yield(void)
{
    if (own_coroutine)
        own_coroutine->loop->yield(own_coroutine);
}

struct blocking {
    void (*call)(void *argument);
    void *argument;
    _Atomic uint32_t done;
};

static void *run_blocking(void *argument)
{
    struct blocking *blocking = argument;
    blocking->call(blocking->argument);
    atomic_store(&blocking->done, 1);
    wait_wake(&blocking->done);
    return NULL;
}

void wait_call(void (*call)(void *argument), void *argument)
{
    struct blocking blocking = {.call = call, .argument = argument};
    pthread_t thread;
    /* The wait below must not be cancelled: the thread uses `blocking`, which is on this stack. */
    if (!own_coroutine || pthread_create(&thread, NULL, run_blocking, &blocking) != 0) {
        call(argument);
        return;
    }
    struct wait_watch watch = wait_watch((struct wait_watch){0}); /* the thread uses `argument` to its end */
    wait_word(&blocking.done, 0, CLOCK_NEVER);
    wait_watch(watch);
    pthread_join(thread, NULL);
}
