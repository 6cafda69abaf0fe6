/* An exchange under way, as every front sees it. What differs between the fronts is behind two tables of functions:
 * struct front_kind (start and stop) and struct carrier (the bytes of one connection). */
#ifndef MIDAIR_SRC_FRONT_EXCHANGE_H
#define MIDAIR_SRC_FRONT_EXCHANGE_H

#include "head.h"
#include "midair/front/front.h"
#include "midair/http/date.h"

/* A front is a struct that begins with this one. */
struct front {
    const struct front_kind *kind;
};

/* See front.h for what each of them does. */
struct front_kind {
    const char *name;
    struct front *(*start)(const struct front_options *options, const char **why);
    int (*port)(const struct front *front);
    bool (*stop)(struct front *front, int64_t deadline);
};

extern const struct front_kind front_civetweb;
extern const struct front_kind front_loop;

/* How a front moves the bytes of the connection that an exchange is on. */
struct carrier {
    /* Content, without the framing of its chunks. Returns the bytes read; 0 at the end of chunked content, or after a
     * pause that is too long; negative when the content ends early, is malformed or too late. */
    int (*read)(struct transfer *transfer, char *to, size_t size);
    /* Returns the bytes sent; fewer than wanted, or negative: the connection is of no use any more. */
    int (*write)(struct transfer *transfer, struct slice bytes);
    /* What is read (SHUT_RD) or moved at all (SHUT_RDWR) from here on must be done by `deadline`. */
    void (*set_deadline)(struct transfer *transfer, int64_t deadline, int how);
    /* Takes the deadline away; true when it passed. */
    bool (*end_deadline)(struct transfer *transfer);
    /* Whether answers should close their connections: there are too many of them, or the front is stopping. */
    bool (*is_pressed)(const struct transfer *transfer);
};

/* What answers carry besides their content. One for each thread, since it is not locked. */
struct labels {
    uint64_t id_state;
    int64_t date_second;
    char date[DATE_LEN + 1];
};

enum body_state { BODY_UNREAD, BODY_READ, BODY_BROKEN };

struct transfer {
    const struct front_options *options;
    const struct carrier *carrier;
    struct labels *labels;
    int fd; /* negative: not known */
    struct head_framing framing;
    enum body_state body;
    struct err *body_error;
    bool last;    /* the connection ends with this answer, whatever the client wants */
    bool evicted; /* because others need its place: its reading side is shut */
};

/* `seed` makes the ids of several threads differ when the system has no random numbers. */
void labels_init(struct labels *labels, uint64_t seed);

/* Fills in what is the same for every request; counts it as under way. */
void exchange_begin(struct exchange *exchange, struct arena *arena, struct transfer *transfer, int64_t now);
/* Hands an exchange whose head was read to the handler, or answers in its place: `err` is what head_read() said. */
void exchange_serve(struct exchange *exchange, struct err *err);
/* Whether the client has closed the connection, or its sending side, since its request came: it does not want the
 * answer any more. A connection that only we have shut counts as open. For struct wait_watch; `transfer` is a struct
 * transfer. */
bool exchange_client_gone(void *transfer);
/* Makes exchange->out the answer to `err`. */
void exchange_fail(struct exchange *exchange, const struct err *err);
/* Sets in.id: the client's when it is sane, else a new one. */
void exchange_make_id(struct exchange *exchange);
/* Sends exchange->out, counts and logs it, and clears the way for the next request; transfer->last says whether there
 * can be one. */
void exchange_finish(struct exchange *exchange);
/* Why a method that is not known, or not offered, is refused. */
struct err *exchange_foreign_method(struct arena *arena, const char *method);

#endif
