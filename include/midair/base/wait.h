/* Waiting: the only place where a thread of midair sleeps, or where a coroutine lets an event loop have its thread.
 *
 * A wait is for a word in memory (a futex), for descriptors, or for a moment. Each has a deadline in clock_now_us()
 * terms; CLOCK_NEVER means none. scripts/lint refuses poll, select, sleep, futex and condition variables elsewhere. The
 * exceptions are front/loop.c, in which event loops sleep, and civetweb, which waits for a client's next request,
 * and for the bytes that mg_read and mg_write move, inside its own library.
 *
 * A thread can name what it works for (wait_watch). Its waits then look a few times a second whether that is still
 * wanted, and end early when it is not. */
#ifndef MIDAIR_BASE_WAIT_H
#define MIDAIR_BASE_WAIT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum wait_end {
    WAIT_READY,    /* what was waited for has happened */
    WAIT_LATE,     /* the deadline passed */
    WAIT_UNWANTED, /* nobody wants the result any more (wait_watch) */
    WAIT_FAILED    /* the descriptor cannot be waited for */
};

/* Waits while *word == expected. Each waiter should have a word of its own, so that waking it wakes nobody else; no
 * wake-up is lost, since the kernel compares the word again before the thread sleeps. */
enum wait_end wait_word(_Atomic uint32_t *word, uint32_t expected, int64_t deadline);
/* Wakes one thread or coroutine that waits for the word. The word may be gone already: then nothing happens. */
void wait_wake(_Atomic uint32_t *word);

enum wait_events { WAIT_READ = 1, WAIT_WRITE = 2 };

struct wait_fd {
    int fd;          /* negative: not waited for */
    unsigned events; /* of wait_events */
    unsigned ready;  /* out: which came; an error or a hang-up counts as all that were asked for */
};

enum { WAIT_FDS_MAX = 4 };

/* Waits until one of the descriptors is ready. At most WAIT_FDS_MAX. A deadline that has passed looks once. */
enum wait_end wait_fds(struct wait_fd *fds, size_t count, int64_t deadline);
/* The same for one descriptor. */
enum wait_end wait_fd(int fd, unsigned events, int64_t deadline);

/* Waits until `moment`. */
enum wait_end wait_until(int64_t moment);
/* Waits for a random time between half of `microseconds` and all of it, but not past `deadline`: those who collided
 * come back at different times. */
enum wait_end wait_backoff(int64_t microseconds, int64_t deadline);
/* A value between half of `n` and `n`, different for each call and each run of the program. */
int64_t wait_jitter(int64_t n);

/* A condition of several threads, guarded by a mutex of the owner's: what pthread_cond_t is for. */
struct wait_condition {
    _Atomic uint32_t changes;
};

/* With `mutex` held: lets go of it until the condition changes, and takes it again. May return early; check again. */
enum wait_end wait_condition(struct wait_condition *condition, pthread_mutex_t *mutex, int64_t deadline);
/* Wakes all who wait for the condition. With the mutex held. */
void wait_changed(struct wait_condition *condition);

/* What the calling thread works for. `unwanted` is asked in its waits, at least four times a second. */
struct wait_watch {
    bool (*unwanted)(void *context); /* NULL: always wanted */
    void *context;
    bool serves;           /* it serves a request: wait_requests_end_by() applies */
    int64_t blocked_until; /* see wait_blocked_until(); 0: nothing has blocked it yet */
};

/* Sets it and returns the one before, to be set again afterwards. */
struct wait_watch wait_watch(struct wait_watch watch);
/* For a thread that works for others besides its own client, such as the leader of a lane: the result is wanted until
 * the watch that is returned is set again. */
struct wait_watch wait_watch_none(void);
/* Asks at once. */
bool wait_unwanted(void);
/* Until when the request may be blocked by what others hold, such as a locked row: `limit_us` from the first call on,
 * however many there are. A thread that serves no request gets a new limit each time. */
int64_t wait_blocked_until(int64_t limit_us);

/* Waits of threads that serve requests end by `deadline` too, those under way within a quarter of a second: for the end
 * of the program. CLOCK_NEVER takes it back. */
void wait_requests_end_by(int64_t deadline);

/* ---- coroutines ---- */

/* A coroutine as a waiter. While it runs, its thread waits as it (wait_as). One that is suspended holds no mutex. */
struct wait_coroutine {
    const struct wait_loop *loop;
    struct wait_watch watch;
    int64_t looked_us;
    int loop_number; /* from 0 */
};

/* What its event loop does for it. */
struct wait_loop {
    /* Lets others run until resume() was called for it, a descriptor is ready, or `until`. Sets fds[].ready. True when
     * it was resumed: each call of resume() makes one suspend() return true. */
    bool (*suspend)(struct wait_coroutine *self, struct wait_fd *fds, size_t count, int64_t until);
    /* From any thread. */
    void (*resume)(struct wait_coroutine *self);
    /* Lets everything run once that is ready. */
    void (*yield)(struct wait_coroutine *self);
};

/* The calling thread waits as this coroutine; NULL: as itself. */
void wait_as(struct wait_coroutine *coroutine);
/* The number of the event loop in which the caller runs; -1: it has a thread of its own. */
int wait_loop_number(void);
/* In a coroutine: everything else that is ready in its loop runs first. */
void wait_yield(void);
/* Calls a function that may block. In a coroutine it runs on a thread of its own, while others go on. */
void wait_call(void (*call)(void *argument), void *argument);

#endif
