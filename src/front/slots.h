/* Slots: the connections of the front on civetweb, and which of them is evicted next.
 *
 * Each worker has one slot, which holds its connection. Opening and closing a slot take the table's lock; beginning and
 * ending a request only change an atomic. The keeper, a thread of the table, shuts down connections whose deadline has
 * passed, and evicts some when there are more than `mark`.
 *
 * civetweb does not tell the descriptor of a connection, so it is found by the connection's addresses, once for each
 * connection. It is shut down only under the lock, which slots_close() takes before civetweb closes the descriptor, so
 * that a reused descriptor is never shut down by mistake. */
#ifndef MIDAIR_SRC_FRONT_SLOTS_H
#define MIDAIR_SRC_FRONT_SLOTS_H

#include "midair/base/wait.h"

enum { SLOT_NO_FD = -1 };

enum slot_state {
    SLOT_FREE,
    SLOT_FRESH,   /* connected, no request yet */
    SLOT_IDLE,    /* between requests */
    SLOT_BUSY,    /* serving a request */
    SLOT_EVICTED, /* evicted: what it has sent is still read and answered, then the worker reads the end of the stream
                   */
};

struct slot {
    _Atomic int state;
    _Atomic int64_t since;    /* when it entered this state, clock_now_us() */
    _Atomic int64_t deadline; /* of the current transfer; 0: none; SLOT_STRUCK: it has passed */
    _Atomic int shut_how;     /* for shutdown(2) at the deadline */
    int fd;
    bool leaving;          /* evicted, and counted in slots.leaving */
    uint32_t peer_address; /* network order */
    uint16_t peer_port, local_port;
};

#define SLOT_STRUCK INT64_C(-1)

struct slots {
    pthread_mutex_t lock;
    struct wait_condition changed; /* signalled when a connection is opened or closed, or the table stops */
    pthread_t keeper;
    struct slot *all;
    int count;
    int mark;            /* number of connections above which some are evicted */
    _Atomic int open;    /* number of connections */
    _Atomic int leaving; /* how many of these are evicted */
    _Atomic bool draining;
    bool stopping;
    unsigned char *claimed; /* one bit for each descriptor that belongs to a slot */
    int claimed_size;       /* number of descriptors that it covers */
};

/* Creates a table of `count` slots and starts the keeper. False when there is no thread or memory left. */
bool slots_init(struct slots *slots, int count, int reserve);
/* Ends the keeper and frees the table. No slot may be in use any more. */
void slots_fini(struct slots *slots);

/* A connection begins in this slot. May evict another connection. */
void slots_open(struct slots *slots, struct slot *slot);
/* Finds the slot's descriptor by its addresses, unless it is known. Until then the connection cannot be evicted. */
void slots_find_fd(struct slots *slots, struct slot *slot, const char *peer, int peer_port, int local_port);
/* The connection is about to be closed; its descriptor is not touched afterwards. */
void slots_close(struct slots *slots, struct slot *slot);

/* A request begins. Returns false when the connection is evicted: this is its last request. */
bool slot_begin(struct slot *slot, int64_t now);
/* The request is answered and the connection waits for the next one. */
void slot_idle(struct slot *slot, int64_t now);
/* Whether responses should close their connections: there are too many of them, or the table is draining. */
bool slots_pressed(const struct slots *slots);

/* Sets a deadline (clock_now_us() terms) for what is read or written next; `how` is for shutdown(2). */
void slot_deadline(struct slot *slot, int64_t deadline, int how);
/* Removes the deadline. Returns true when it has passed: then the connection cannot be used any more. */
bool slot_struck(struct slot *slot);

/* From here on each connection ends with its current request; idle ones are evicted. */
void slots_drain(struct slots *slots);
/* Waits until no connection is left or `deadline` has passed. Returns the number of connections left. */
int slots_wait(struct slots *slots, int64_t deadline);

#endif
