/* An event loop: one thread, one epoll, and the coroutines that run on it.
 *
 * Coroutines here are called strands. Whatever they wait for goes through base/wait, which comes back here
 * (struct wait_loop): a descriptor, a word that another strand or thread changes, a moment. Everything but
 * loop_post() and the resuming of a strand belongs to the loop's own thread.
 *
 * Descriptors are known by a generation besides their number, so an event that was meant for an older owner of the same
 * number is dropped. */
#ifndef MIDAIR_SRC_FRONT_LOOP_H
#define MIDAIR_SRC_FRONT_LOOP_H

#include "coroutine.h"
#include "midair/base/wait.h"
#include "timers.h"

struct loop;

/* What is told of events on its descriptor. */
struct loop_source {
    void (*ready)(struct loop_source *source, unsigned events); /* of enum loop_events */
};

enum loop_events { LOOP_READABLE = 1, LOOP_WRITABLE = 2, LOOP_ENDED = 4 /* the peer sends no more, or is gone */ };

/* Something to be done on the loop's thread. */
struct loop_post {
    void (*run)(struct loop_post *post);
    struct loop_post *next;
};

/* A timer whose time has come is taken out before `due` is called. */
struct loop_timer {
    struct timer timer; /* first member */
    void (*due)(struct loop_timer *timer);
};

struct strand {
    struct wait_coroutine wait; /* first member */
    struct loop_post post;
    struct loop *loop;
    struct coroutine *coroutine;
    struct strand *next; /* in one of the queues, or spare */
    struct loop_timer timer;
    int64_t until; /* of the suspension */
    struct wait_fd *fds;
    size_t fd_count;
    bool suspended, resumed;
    void (*run)(void *argument);
    void *argument;
};

struct watched {
    uint32_t generation;
    bool once; /* armed for a strand: whoever watches it must arm it again */
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
    struct watched *watched; /* by descriptor */
    size_t watched_room;
    struct strand_queue ready, later;
    struct strand *spare;
    int spare_count, strands; /* strands: in use */
    size_t stack;
    pthread_mutex_t mutex; /* guards posts; held for moments only, never while a strand runs */
    struct loop_post *first, *last;
    bool stopping;
};

/* False when the system has no descriptors or memory to give. */
bool loop_init(struct loop *loop, int number, size_t stack);
/* No strand is in use any more. */
void loop_fini(struct loop *loop);
/* Runs until loop_stop(), and until no strand is left. */
void loop_run(struct loop *loop);
/* On the loop's thread. */
void loop_stop(struct loop *loop);
/* From any thread: `post` belongs to the loop until it runs. */
void loop_post(struct loop *loop, struct loop_post *post);

/* Runs run(argument) on a strand, soon. False when there is no memory for one. */
bool loop_start(struct loop *loop, void (*run)(void *argument), void *argument);

/* Tells `source` when something arrives, or the peer ends: once for each arrival (edge-triggered). It must read all
 * there is. After a strand has waited for the same descriptor it must be called again. */
bool loop_watch(struct loop *loop, int fd, struct loop_source *source);
/* True when a strand has waited for it since. */
bool loop_watch_lost(const struct loop *loop, int fd);
/* Before a watched descriptor is closed. */
void loop_forget(struct loop *loop, int fd);
/* The timer's `due` is called at `at`. Moves it when it is set already. */
void loop_timer_set(struct loop *loop, struct loop_timer *timer, int64_t at);

#endif
