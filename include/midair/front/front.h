/* The front: HTTP/1.1 in and out, on civetweb (RFC 9110, RFC 9112).
 *
 * One worker thread serves one connection at a time. For each request that is framed beyond doubt the front calls the
 * handler with an exchange and sends what the handler left in it, as one write. What cannot be trusted (RFC 9112 11.2)
 * never reaches the handler: it is answered with a problem document and the connection is closed. In particular no
 * header line is ever lost without an error, so a conditional request never turns into an unconditional one.
 *
 * When connections outnumber the workers less a reserve, those that have been idle longest are closed in favour of the
 * new ones. A connection may also be closed that has sent no request within a second of such a shortage. */
#ifndef MIDAIR_FRONT_FRONT_H
#define MIDAIR_FRONT_FRONT_H

#include "midair/http/message.h"

struct front;
struct transfer; /* the front's own part of an exchange */

/* One request and its response. All it shows lives until the handler returns. */
struct exchange {
    struct arena *arena;
    struct http_request in;
    struct http_response out;
    int64_t started_us; /* clock_now_us() when the header was complete */
    bool log;           /* write a line to the access log; preset from the options, the handler may change it */
    struct transfer *transfer;
};

/* Fills exchange->out; called on the worker's thread, many at the same time. */
typedef void front_handler(void *context, struct exchange *exchange);
/* Makes exchange->out the answer to `err`. `in` may be incomplete: the request may have been unreadable. */
typedef void front_failure(void *context, struct exchange *exchange, const struct err *err);

/* How requests are served. */
enum front_choice {
    FRONT_CIVETWEB, /* civetweb, with one thread for each connection */
    FRONT_LOOP      /* event loops, one for each processor, with a coroutine for each request */
};

struct front_options {
    enum front_choice kind;
    struct slice listen; /* "127.0.0.1:8080", "0.0.0.0:80", or a port alone for all addresses; port 0: a free one */
    int connections;     /* loop: at the same time; 0: as many as `threads` */
    int loops;           /* loop: event loops; 0: one for each processor */
    int threads;         /* workers */
    int reserve;         /* workers kept for new connections; 1 to threads - 1 */
    int keep_alive_timeout_ms; /* idle connection; also: the header of a second or later request */
    int request_timeout_ms;    /* the header of the first request, and any pause within content */
    int body_timeout_ms;       /* the whole content */
    int send_timeout_ms;       /* the whole response */
    size_t max_url;            /* bytes of the request target; longer: 414 */
    size_t max_header_bytes;   /* request line and header lines; longer: 431 */
    size_t max_body;           /* bytes of content, whatever exchange_read_body() allows; 0: no bound of its own */
    size_t request_memory;     /* limit of the exchange's arena; 0: none */
    size_t thread_stack;       /* bytes of stack a worker has; 0: the system's default */
    bool access_log;
    front_handler *handle;
    front_failure *fail; /* NULL: a minimal problem document */
    void *context;       /* for both */
};

/* Values of the options that no setting covers. */
enum { FRONT_RESERVE = 32, FRONT_SEND_TIMEOUT_MS = 60 * 1000, FRONT_THREAD_STACK = 256 * 1024 };

/* Starts to listen. NULL when that is not possible; *why then says why (static or valid until the next call). The
 * caller owns the front: front_stop. SIGPIPE is ignored from here on: civetweb's threads see to that. */
struct front *front_start(const struct front_options *options, const char **why);
/* How many event loops there are unless the options say otherwise: one for each processor that midair may use. */
int front_loops(void);
/* The port that it listens on. */
int front_port(const struct front *front);
/* Stops in order: no new connections, idle ones are closed, every answer closes its connection; waits until all are
 * gone or `deadline` (clock_now_us) has passed; ends the threads and frees the front. False when answers under way were
 * cut. */
bool front_stop(struct front *front, int64_t deadline);

/* Reads the content into in.body, so that preconditions can be judged before it is read. Sends 100 Continue first where
 * the client waits for it. Calling it again, or without content, changes nothing. Errors: ERR_CONTENT_TOO_LARGE above
 * `limit`, ERR_REQUEST_TIMEOUT, ERR_BAD_FRAMING when the content ends early or its chunks are malformed. */
struct err *exchange_read_body(struct exchange *exchange, size_t limit) MUST_USE;

#endif
