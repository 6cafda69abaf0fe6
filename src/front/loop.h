/* An event loop: one thread, one epoll, and the coroutines that run on it.
 *
 * Coroutines here are called strands. Every wait of a strand goes through base/wait, which calls back into the loop
 * (struct wait_loop): for a descriptor, for a word in memory that another strand or thread changes, or for a point in
 * time. All functions except loop_post() and the resuming of a strand must be called on the loop's own thread.
 *
 * A descriptor is identified by its number and a generation, so that an event for an older file with the same number is
 * dropped. */
#ifndef MIDAIR_SRC_FRONT_LOOP_H
#define MIDAIR_SRC_FRONT_LOOP_H

#include "coroutine.h"
#include "midair/base/wait.h"
#include "timers.h"

struct loop;

/* Receives the events of its descriptor. */
struct loop_source {
    void (*ready)(struct loop_source *source, unsigned events); /* `events` is a set of enum loop_events */
};

/* LOOP_ENDED: the peer sends no more, or has closed the connection. */
enum loop_events { LOOP_READABLE = 1, LOOP_WRITABLE = 2, LOOP_ENDED = 4 };

/* Work to be done on the loop's thread. */
struct loop_post {
    void (*run)(struct loop_post *post);
    struct loop_post *next;
};

/* A timer. It is removed from the loop before `due` is called. */
struct loop_timer {
    struct timer timer; /* first member */
    void (*due)(struct loop_timer *timer);
};

struct strand {
    struct wait_coroutine wait; /* first member */
    struct loop_post post;
    struct loop *loop;
    struct coroutine *coroutine;
    struct strand *next; /* in one of the queues, or in the list of spare strands */
    struct loop_timer timer;
    int64_t until; /* when the current suspension ends */
    struct wait_fd *fds;
    size_t fd_count;
    bool suspended, resumed;
    void (*run)(void *argument);
    void *argument;
};

struct watched {
    uint32_t generation;
    bool once; /* armed for a strand: its source must call loop_watch() again */
    struct loop_source *source;
    struct strand *strand;
};

struct strand_queue {
    struct strand *first, *last;
};

struct loop {
    int number;
    int epoll, wakeup;
    struct timers timers;
    struct watched *watched; /* indexed by descriptor */
    size_t watched_cap;
    struct strand_queue ready, later;
    struct strand *spare;
    int spare_count, strands; /* strands: the number in use */
    size_t stack;
    pthread_mutex_t mutex; /* guards first and last; held only briefly, never while a strand runs */
    struct loop_post *first, *last;
    bool stopping;
};

/* Initialises a loop whose strands have `stack` bytes of stack. False when the system has no descriptors or memory
 * left. */
bool loop_init(struct loop *loop, int number, size_t stack);
/* Frees the loop. No strand may be in use any more. */
void loop_fini(struct loop *loop);
/* Runs until loop_stop(), and until no strand is left. */
void loop_run(struct loop *loop);
/* Asks the loop to end; called on its thread. */
void loop_stop(struct loop *loop);
/* Queues `post`; callable from any thread. The loop owns `post` until it runs it. */
void loop_post(struct loop *loop, struct loop_post *post);

/* Runs run(argument) on a strand, soon. Returns false when there is no memory for one. */
bool loop_start(struct loop *loop, void (*run)(void *argument), void *argument);

/* Registers `source` for events of the descriptor: it is called once for each arrival of bytes (edge-triggered) and
 * when the peer ends, so it must read until nothing is left; with `writable`, also each time that sending has become
 * possible. It must be called again after a strand has waited for the
 * same descriptor. Returns false when the system refuses. */
bool loop_watch(struct loop *loop, int fd, struct loop_source *source, bool writable);
/* Whether a strand has waited for the descriptor since, so that loop_watch() must be called again. */
bool loop_watch_lost(const struct loop *loop, int fd);
/* Must be called before a watched descriptor is closed. */
void loop_forget(struct loop *loop, int fd);
/* Sets the timer to `at` (clock_now_us() terms), or moves it there when it is set already. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);

#endif
