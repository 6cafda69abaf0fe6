/* What the front keeps about itself, its workers and the exchange under way. */
#ifndef MIDAIR_SRC_FRONT_EXCHANGE_H
#define MIDAIR_SRC_FRONT_EXCHANGE_H

#include "head.h"
#include "midair/front/front.h"
#include "midair/http/date.h"
#include "slots.h"

struct mg_connection;
struct mg_context;

enum {
    SLACK = 4096, /* what civetweb's buffer holds above the limit, so that a little too much is judged by us */
};

struct worker {
    struct front *front;
    struct slot *slot;
    struct arena *arena; /* made at the first request */
    const char *buffer;  /* where civetweb's buffer begins: the lowest place at which a request was seen to begin */
    uint64_t consumed;   /* bytes of this connection that requests took, about */
    bool served;         /* a request of this connection was served */
    bool refused;        /* civetweb refused the last one */
    uint64_t id_state;
    int64_t date_second;
    char date[DATE_LEN + 1];
};

struct front {
    struct front_options options;
    struct mg_context *civetweb;
    struct slots slots;
    struct worker *workers;
    _Atomic int worker_count;
    int port;
    int listener;
};

enum body_state { BODY_UNREAD, BODY_READ, BODY_BROKEN };

struct transfer {
    struct mg_connection *conn;
    struct worker *worker;
    struct head_framing framing;
    enum body_state body;
    struct err *body_error;
    bool last;    /* the connection ends with this answer, whatever the client wants */
    bool evicted; /* because others need its place: its reading side is shut */
};

/* Makes exchange->out the answer to `err`. */
void exchange_fail(struct exchange *exchange, const struct err *err);
/* Sets in.id: the client's when it is sane, else a new one. */
void exchange_make_id(struct exchange *exchange);
/* Sends exchange->out, counts and logs it, and clears the way for the next request; transfer->last says whether there
 * can be one. */
void exchange_finish(struct exchange *exchange);

/* civetweb's, by front.c: bytes moved; 0 after a pause that is too long, negative at the end or on an error. */
int front_read(struct mg_connection *conn, char *to, size_t size);
int front_write(struct mg_connection *conn, struct slice bytes);

#endif
