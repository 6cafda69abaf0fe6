/* The front on event loops: its connections (clients), and what belongs to each loop.
 *
 * A connection stays with one loop. Between requests, and while a head arrives, it is a few hundred bytes and costs
 * nothing; a strand serves it from the end of the head to the end of the answer. All of a client is touched by its
 * loop's thread alone, so there are no locks. */
#ifndef MIDAIR_SRC_FRONT_CLIENT_H
#define MIDAIR_SRC_FRONT_CLIENT_H

#include "address.h"
#include "exchange.h"
#include "loop.h"
#include "reader.h"

enum { LOOPS_MAX = 64 };

struct loop_front;

enum client_state {
    CLIENT_FRESH, /* no request yet */
    CLIENT_IDLE,  /* between requests */
    CLIENT_BUSY   /* a strand serves it */
};

struct client {
    struct loop_source source; /* first member */
    struct loop_post post;     /* carries it from the loop that accepts to its own */
    struct loop_timer timer;
    struct room *room;
    struct client *next, *before; /* in the list of its state: the one that is in it longest is first */
    int fd;
    enum client_state state;
    int64_t since;    /* when it came into this state */
    int64_t deadline; /* by which a head must be complete */
    bool readable;    /* there may be bytes that were not read */
    bool ended;       /* all that the peer has sent was read */
    bool gone;        /* it sends no more, or is gone */
    bool served;      /* a request was answered */
    bool evicted;     /* what it has sent is still answered */
    struct head_scan scan;
    char *inbox; /* what was received and not used; NULL: nothing */
    size_t have, size;
    char peer[PEER_TEXT];
};

struct client_list {
    struct client *first, *last;
};

/* A loop with its clients. */
struct room {
    struct loop loop; /* first member */
    struct loop_front *front;
    const struct front_options *options;
    pthread_t thread;
    struct labels labels;
    struct client_list fresh, idle, busy;
    struct server *spare; /* what serves requests: an arena */
    int spare_count;
    int open;               /* clients */
    _Atomic int dealt;      /* the same, with those under way to it; for the one that accepts */
    int mark;               /* clients above which room is made */
    struct loop_timer tick; /* while there are more clients than that */
    struct loop_post drain, cut, end;
    bool draining;
};

/* Why a request is answered before its head was read. */
enum refusal { REFUSED_NOT, REFUSED_MALFORMED, REFUSED_LATE, REFUSED_TOO_LARGE };

/* What a request needs while it is served. */
struct server {
    struct transfer transfer; /* first member */
    struct client *client;
    struct arena *arena;
    struct chunks chunks;
    size_t head, used; /* of the inbox: the size of the head, and what was used */
    int64_t deadline;  /* of the transfer under way; CLOCK_NEVER: none */
    bool late;         /* it passed */
    enum refusal refusal;
    struct server *next;
};

extern const struct carrier loop_carrier;

/* A new client on its own loop's thread. Owns `client` and its descriptor from here on. */
void client_enter(struct client *client);
/* Closes idle and fresh clients until no more than the mark is left, as far as possible. */
void room_make(struct room *room);
/* All answers close from here on, and those who wait are closed. */
void room_drain(struct room *room);
/* Cuts all connections. */
void room_cut(struct room *room);
/* Frees what the room keeps to serve with. */
void room_fini(struct room *room);
/* By the front: a client is gone. */
void loop_front_left(struct room *room);

#endif
