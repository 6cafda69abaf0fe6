/* The front on event loops: its connections (clients), and the state of each loop (a worker).
 *
 * A connection stays with one loop. While it is idle, or while a head arrives, it occupies a few hundred bytes and no
 * coroutine. From the end of the head to the end of the response, a coroutine (strand) serves it. Only the thread of
 * its loop touches a client, so clients need no locks. */
#ifndef MIDAIR_SRC_FRONT_CLIENT_H
#define MIDAIR_SRC_FRONT_CLIENT_H

#include "address.h"
#include "exchange.h"
#include "loop.h"
#include "reader.h"
#include "stream.h"

enum { LOOPS_MAX = 64 };

struct loop_front;

enum client_state {
    CLIENT_FRESH, /* no request yet */
    CLIENT_IDLE,  /* idle, between requests */
    CLIENT_BUSY   /* a strand serves it */
};

struct client {
    struct loop_source source; /* first member */
    struct loop_post post;     /* moves it from the loop that accepted it to its own loop */
    struct loop_timer timer;
    struct worker *worker;
    struct client *next, *before; /* in the list of its state, in the order of `since`: the oldest is first */
    struct stream stream;
    enum client_state state;
    int64_t since;    /* when it entered this state */
    int64_t deadline; /* the time by which a head must be complete */
    bool proxied;     /* a PROXY header must come first */
    bool readable;    /* there may be bytes that have not been received yet */
    bool ended;       /* everything that the peer sent has been received */
    bool gone;        /* the peer sends no more, or has closed the connection */
    bool served;      /* at least one request was answered */
    bool evicted;     /* its reading side is closed to make room; a request already received is still answered */
    struct head_scan scan;
    char *inbox; /* received bytes that are not used yet; NULL: none */
    size_t have, size;
    char peer[PEER_TEXT];
};

struct client_list {
    struct client *first, *last;
};

/* One event loop with its clients. */
struct worker {
    struct loop loop; /* first member */
    struct loop_front *front;
    const struct front_options *options;
    pthread_t thread;
    struct labels labels;
    struct client_list fresh, idle, busy;
    struct server *spare; /* list of free servers, kept with their arenas */
    int spare_count;
    int open;          /* number of clients */
    _Atomic int dealt; /* number of clients, including those posted to this loop but not entered yet; written by several
                          threads */
    int mark;          /* number of clients above which connections are evicted */
    struct loop_timer tick; /* repeats the eviction while there are more clients than `mark` */
    struct loop_post drain, cut, end;
    bool draining;
};

/* Why a request is refused before its head was read. */
enum refusal { REFUSED_NOT, REFUSED_MALFORMED, REFUSED_LATE, REFUSED_TOO_LARGE };

/* The state that a request needs while it is served. Reused for later requests. */
struct server {
    struct transfer transfer; /* first member */
    struct client *client;
    struct arena *arena;
    struct chunks chunks;
    size_t head, used; /* offsets in the inbox: the end of the head, and the end of what was used */
    int64_t deadline;  /* of the current transfer; CLOCK_NEVER: none */
    bool late;         /* the deadline has passed */
    enum refusal refusal;
    struct server *next;
};

extern const struct carrier loop_carrier;

/* Adds a new client, on the thread of its own loop. Takes over `client` and its descriptor. */
void client_enter(struct client *client);
/* Closes idle and fresh clients until no more than `mark` are left, as far as that is possible. */
void worker_evict(struct worker *worker);
/* From here on each response closes its connection; idle connections are closed. */
void worker_drain(struct worker *worker);
/* Cuts off all connections, also those with a request under way. */
void worker_cut(struct worker *worker);
/* Frees the loop and the servers that the worker keeps. There are no clients any more. */
void worker_fini(struct worker *worker);
/* Implemented by the front (looping.c): a client of this worker has been freed. */
void loop_front_left(struct worker *worker);

#endif
