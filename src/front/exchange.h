/* An exchange under way, as every front sees it. The differences between the fronts are behind two tables of functions:
 * struct front_kind (start and stop) and struct carrier (the bytes of one connection).
 *
 * The protocol for one request: the front calls exchange_begin(), reads the head into exchange->in with head_read(),
 * and passes the result to exchange_serve(). Then exchange_finish() sends the response, and transfer->last says whether
 * to close the connection. */
#ifndef MIDAIR_SRC_FRONT_EXCHANGE_H
#define MIDAIR_SRC_FRONT_EXCHANGE_H

#include "head.h"

#include "midair/front/front.h"
#include "midair/http/date.h"

/* Each front is a struct that begins with this one. */
struct front {
    const struct front_kind *kind;
};

/* The functions of a front; see front.h. */
struct front_kind {
    const char *name;
    struct front *(*start)(const struct front_options *options, const char **why);
    int (*port)(const struct front *front);
    bool (*stop)(struct front *front, int64_t deadline);
    void (*set_tls)(struct front *front, struct tls *tls); /* NULL: this front has no TLS */
};

extern const struct front_kind front_civetweb;
extern const struct front_kind front_loop;

/* How a front moves the bytes of the connection that an exchange belongs to. */
struct carrier {
    /* Reads content, without the framing of chunks. Returns the bytes read; 0 at the end of chunked content, or after a
     * pause that is too long; negative when the content ends early, is malformed or exceeds the deadline. */
    int (*read)(struct transfer *transfer, char *to, size_t size);
    /* Returns the bytes sent. When it is fewer than wanted, or negative, the connection cannot be used any more. */
    int (*write)(struct transfer *transfer, struct slice bytes);
    /* From here on, everything that is read (SHUT_RD), or read and written (SHUT_RDWR), must be done by `deadline`. */
    void (*set_deadline)(struct transfer *transfer, int64_t deadline, int how);
    /* Removes the deadline. Returns true when it has passed. */
    bool (*end_deadline)(struct transfer *transfer);
    /* Tells the peer that nothing more will be sent, where the transport has a word for that (TLS). NULL: it has
     * none. */
    void (*end)(struct transfer *transfer);
    /* Whether responses should close their connections: there are too many of them, or the front is stopping. */
    bool (*is_pressed)(const struct transfer *transfer);
};

/* The Date and the request ids of responses. One for each thread, since it is not locked. */
struct labels {
    uint64_t id_state;
    int64_t date_second;
    char date[DATE_LEN + 1];
};

enum body_state { BODY_UNREAD, BODY_READ, BODY_BROKEN };
/* How far an open answer is. */
enum open_state { OPEN_NOT, OPEN_SENDING, OPEN_COMPLETE, OPEN_BROKEN };

struct transfer {
    const struct front_options *options;
    const struct carrier *carrier;
    struct labels *labels;
    int fd; /* negative: not known */
    struct head_framing framing;
    enum body_state body;
    struct err *body_error;
    enum open_state open;
    size_t open_bytes;  /* sent of an open answer */
    int64_t open_until; /* when it must have been sent, as far as a slow client has not earned more time */
    bool last;          /* the connection ends with this response, whatever the client wants */
    bool evicted;       /* the connection is evicted to make room: its reading side is shut down */
};

/* `seed` makes the ids of several threads differ when the system has no random numbers. */
void labels_init(struct labels *labels, uint64_t seed);

/* Sets the members that are the same for every request, and counts the request as under way. */
void exchange_begin(struct exchange *exchange, struct arena *arena, struct transfer *transfer, int64_t now);
/* Calls the handler for an exchange whose head was read, or makes the response to `err`, the result of head_read(). */
void exchange_serve(struct exchange *exchange, struct err *err);
/* Whether the client has closed the connection, or its sending side, since it sent the request, and so does not want
 * the response any more. A connection whose reading side was shut down by midair alone counts as open. Used with struct
 * wait_watch; `transfer` is a struct transfer. */
bool exchange_client_gone(void *transfer);
/* Sends exchange->out, counts and logs it, and prepares the connection for the next request; transfer->last says
 * whether there can be one. */
void exchange_finish(struct exchange *exchange);
/* The error for a method that is unknown, or not offered by the server. */
struct err *exchange_foreign_method(struct arena *arena, const char *method);

#endif
