/* Waiting: the only module in which a thread of midair sleeps, or in which a coroutine gives its thread back to the
 * event loop.
 *
 * A wait is for a word in memory to change (a futex), for file descriptors, or for a moment. Each wait has a deadline,
 * a value of clock_now_us(); CLOCK_NEVER means none. scripts/lint refuses poll, select, sleep, futex and condition
 * variables elsewhere. There are two exceptions: front/loop.c, in which event loops sleep, and civetweb, which waits
 * inside its own library for a client's next request and for the bytes that mg_read and mg_write move.
 *
 * A waiter is a coroutine or, outside of coroutines, a thread. A waiter that serves a client can set a cancellation
 * check (wait_watch). Its waits then ask several times a second whether the result is still needed, and end early when
 * it is not. */
#ifndef MIDAIR_BASE_WAIT_H
#define MIDAIR_BASE_WAIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wait_end {
    WAIT_READY,    /* the word changed, a descriptor is ready, or the moment has come */
    WAIT_LATE,     /* the deadline passed */
    WAIT_UNWANTED, /* the cancellation check says that the result is not needed any more */
    WAIT_FAILED    /* the kernel cannot wait for the descriptor, or it is negative */
};

/* Waits while *word == expected. Each waiter should use a word of its own, so that a wake-up does not wake others. No
 * wake-up is lost if the waker changes the word before it calls wait_wake(), since the word is compared again before
 * the waiter sleeps. */
enum wait_end wait_word(_Atomic uint32_t *word, uint32_t expected, int64_t deadline);
/* Wakes one thread or coroutine that waits for the word. Only the address is used, so the word may have been freed: if
 * the waiter has already seen the change and returned, nothing happens. */
void wait_wake(_Atomic uint32_t *word);

enum wait_events { WAIT_READ = 1, WAIT_WRITE = 2 };

struct wait_fd {
    int fd;          /* a negative one is ignored */
    unsigned events; /* a set of wait_events */
    unsigned ready;  /* out: those that occurred; an error or a hang-up sets all of `events` */
};

enum { WAIT_FDS_MAX = 4 };

/* Waits until one of the descriptors is ready; at most WAIT_FDS_MAX. With a deadline that has passed, the descriptors
 * are still polled once. */
enum wait_end wait_fds(struct wait_fd *fds, size_t count, int64_t deadline);
/* The same for one descriptor. A negative one is WAIT_FAILED. */
enum wait_end wait_fd(int fd, unsigned events, int64_t deadline);

/* Waits until `moment`, a value of clock_now_us(): WAIT_READY when it has come. */
enum wait_end wait_until(int64_t moment);
/* Waits for a random time between half of `microseconds` and all of it, but not past `deadline`. The jitter keeps those
 * that collided from colliding again. */
enum wait_end wait_backoff(int64_t microseconds, int64_t deadline);
/* A random value between half of `n` and `n`. The sequence differs between runs of the program. */
int64_t wait_jitter(int64_t n);

/* A condition variable for several waiters, guarded by a mutex of its owner, like pthread_cond_t. */
struct wait_condition {
    _Atomic uint32_t changes;
};

/* Called with `mutex` held: unlocks it, waits for wait_changed(), and locks it again. It may return early, so the
 * caller must check its condition in a loop. */
enum wait_end wait_condition(struct wait_condition *condition, pthread_mutex_t *mutex, int64_t deadline);
/* Wakes all that wait for the condition. Called with the mutex held. */
void wait_changed(struct wait_condition *condition);

/* The request for which the calling waiter works. `unwanted` is the cancellation check; waits call it at least four
 * times a second. */
struct wait_watch {
    bool (*unwanted)(void *context); /* NULL: the result is always needed */
    void *context;
    bool serves;           /* a request is served: wait_requests_end_by() applies */
    int64_t blocked_until; /* see wait_blocked_until(); 0: not called yet */
};

/* Sets the cancellation check of the calling waiter. Returns the previous one, which the caller sets again
 * afterwards. */
struct wait_watch wait_watch(struct wait_watch watch);
/* Suspends the cancellation check while the waiter also works for others, for example as the leader of a lane, which
 * runs the statements of several requests. Returns the previous check, which the caller sets again afterwards. */
struct wait_watch wait_watch_none(void);
/* Runs the cancellation check now: true when the result is not needed any more. */
bool wait_unwanted(void);
/* The deadline (clock_now_us()) for being blocked by what others hold, such as a locked row. It is `limit_us` after the
 * first call of a request, however many statements are blocked. Outside of requests each call gives a new deadline. */
int64_t wait_blocked_until(int64_t limit_us);

/* Makes all waits of requests end by `deadline`, also those in progress, which notice it within a quarter of a second.
 * It is used when the program stops. CLOCK_NEVER removes the deadline. */
void wait_requests_end_by(int64_t deadline);

/* ---- coroutines ---- */

/* A coroutine as a waiter. Its event loop calls wait_as() before it runs the coroutine, so that waits of the thread
 * become waits of the coroutine. A coroutine must hold no mutex when it is suspended. */
struct wait_coroutine {
    const struct wait_loop *loop;
    struct wait_watch watch;
    int64_t checked_us;
    int loop_number; /* from 0 */
};

/* The functions of the event loop that runs a coroutine. */
struct wait_loop {
    /* Runs other coroutines until resume() was called for this one, a descriptor is ready, or `until` has come. Sets
     * fds[].ready. Returns true when it was resumed: each call of resume() makes exactly one suspend() return true. */
    bool (*suspend)(struct wait_coroutine *self, struct wait_fd *fds, size_t count, int64_t until);
    /* Makes suspend() of this coroutine return. It may be called from any thread. */
    void (*resume)(struct wait_coroutine *self);
    /* Runs everything else that is ready once. */
    void (*yield)(struct wait_coroutine *self);
};

/* Sets the coroutine that the calling thread runs; NULL: none, so that the thread itself is the waiter. */
void wait_as(struct wait_coroutine *coroutine);
/* The number of the event loop in which the caller runs; -1 outside of event loops. */
int wait_loop_number(void);
/* In a coroutine: runs everything else that is ready in its loop first. Otherwise it does nothing. */
void wait_yield(void);
/* Calls a function that may block. In a coroutine the function runs on a new thread while the loop goes on, and
 * wait_call() returns when it has ended; cancellation does not end this wait. Without a coroutine, or when no thread
 * can be created, the function runs on the calling thread. */
void wait_call(void (*call)(void *argument), void *argument);

#endif
