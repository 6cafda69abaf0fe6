/* Slots: which connections there are, and whose turn it is to go.
 *
 * Each worker has one slot, which holds its connection. Opening and closing take a lock; a request only moves an
 * atomic. The keeper, a thread of the table, ends what has passed its deadline and makes room when connections
 * outnumber the mark.
 *
 * civetweb does not tell the descriptor of a connection, so it is found by its addresses, once a connection. It is only
 * ever shut down under the lock that slots_close() takes before civetweb closes it, so a reused descriptor is never
 * hit. */
#ifndef MIDAIR_SRC_FRONT_SLOTS_H
#define MIDAIR_SRC_FRONT_SLOTS_H

#include "midair/base/wait.h"

enum { SLOT_NO_FD = -1 };

enum slot_state {
    SLOT_FREE,
    SLOT_FRESH,   /* connected, no request yet */
    SLOT_IDLE,    /* between requests */
    SLOT_BUSY,    /* serving a request */
    SLOT_EVICTED, /* told to go: what it has sent is still read and answered, then it reads the end */
};

struct slot {
    _Atomic int state;
    _Atomic int64_t since;    /* when it came into this state, clock_now_us() */
    _Atomic int64_t deadline; /* of the transfer under way; 0: none; SLOT_STRUCK: it passed */
    _Atomic int shut_how;     /* for shutdown(2) at the deadline */
    int fd;
    bool leaving;          /* evicted and counted in `leaving` */
    uint32_t peer_address; /* network order */
    uint16_t peer_port, local_port;
};

#define SLOT_STRUCK INT64_C(-1)

struct slots {
    pthread_mutex_t lock;
    struct wait_condition changed; /* a connection came or went, or the table stops */
    pthread_t keeper;
    struct slot *all;
    int count;
    int mark;            /* connections above which room is made */
    _Atomic int open;    /* connections */
    _Atomic int leaving; /* of these, told to go */
    _Atomic bool draining;
    bool stopping;
    unsigned char *claimed; /* one bit a descriptor that belongs to a slot */
    int claimed_size;       /* descriptors it covers */
};

/* A table of `count` slots; starts the keeper. False when there is no thread or memory to be had. */
bool slots_init(struct slots *slots, int count, int reserve);
/* Ends the keeper and frees the table. No slot is in use any more. */
void slots_fini(struct slots *slots);

/* A connection begins in this slot. May evict another one. */
void slots_open(struct slots *slots, struct slot *slot);
/* Finds the slot's descriptor by its addresses, unless it is known; until then it cannot be evicted. */
void slots_find_fd(struct slots *slots, struct slot *slot, const char *peer, int peer_port, int local_port);
/* It is about to be closed; afterwards its descriptor is not touched. */
void slots_close(struct slots *slots, struct slot *slot);

/* A request begins. False when the connection was told to go: this is its last one. */
bool slot_begin(struct slot *slot, int64_t now);
/* The request is answered and the connection waits for the next one. */
void slot_idle(struct slot *slot, int64_t now);
/* Whether answers should close their connections: too many of them, or draining. */
bool slots_pressed(const struct slots *slots);

/* Sets a deadline for what is read or written next; `how` is for shutdown(2). */
void slot_deadline(struct slot *slot, int64_t deadline, int how);
/* Takes the deadline away; true when it passed: then the connection is of no use any more. */
bool slot_struck(struct slot *slot);

/* Tells all connections to go when their request is done. */
void slots_drain(struct slots *slots);
/* Waits until no connection is left or `deadline` has passed; returns how many are left. */
int slots_wait(struct slots *slots, int64_t deadline);

#endif
