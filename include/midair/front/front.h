/* The front: HTTP/1.1 connections (RFC 9110, RFC 9112), served by civetweb or by event loops.
 *
 * For each request whose framing is beyond doubt, the front calls the handler with an exchange, and sends the response
 * that the handler left there in one write. A message that cannot be trusted (RFC 9112 11.2) never reaches the handler:
 * the front answers it with a problem document and closes the connection. In particular, a header line is never lost
 * without an error, so a conditional request never turns into an unconditional one.
 *
 * When there are more connections than the front wants to serve (for civetweb, the workers less the reserve), it closes
 * those that have been idle longest in favour of new ones. While there is such a shortage, it may also close a
 * connection that has sent no request within a second. */
#ifndef MIDAIR_FRONT_FRONT_H
#define MIDAIR_FRONT_FRONT_H

#include "midair/front/tls.h"
#include "midair/http/message.h"

struct front;
struct network;  /* front/address.h */
struct transfer; /* the front's own part of an exchange */

/* One request and its response. Everything in it lives until the handler returns. */
struct exchange {
    struct arena *arena;
    struct http_request in;
    struct http_response out;
    int64_t started_us; /* clock_now_us() when the header was complete */
    bool log;           /* write a line to the access log; preset from the options, and the handler may change it */
    struct transfer *transfer;
};

/* Fills exchange->out. It is called on the thread that serves the request; many calls run at the same time. */
typedef void front_handler(void *context, struct exchange *exchange);
/* Makes exchange->out the response to `err`. exchange->in may be incomplete, since the request may have been
 * unreadable. */
typedef void front_failure(void *context, struct exchange *exchange, const struct err *err);

/* How requests are served. */
enum front_choice {
    FRONT_CIVETWEB, /* civetweb, with one thread for each connection */
    FRONT_LOOP      /* event loops, one for each processor, with a coroutine for each request */
};

struct front_options {
    enum front_choice kind;
    struct slice listen;           /* see front/address.h; port 0 asks the system for a free port */
    int connections;               /* loop: most connections at the same time; 0: as many as `threads` */
    struct tls *tls;               /* loop: for the addresses with tls:; borrowed. NULL: there are none */
    const struct network *proxies; /* loop: connections from here begin with a PROXY header (front/proxy.h); borrowed */
    size_t proxy_count;
    int loops;                 /* loop: number of event loops; 0: one for each processor */
    int threads;               /* civetweb: worker threads */
    int reserve;               /* civetweb: workers kept free for new connections; 1 to threads - 1 */
    int keep_alive_timeout_ms; /* for an idle connection, and for the header of a second or later request */
    int request_timeout_ms;    /* the header of the first request, and any pause within content */
    int body_timeout_ms;       /* the whole content */
    int send_timeout_ms;       /* the whole response */
    int send_pause_ms;         /* one part of an open answer */
    size_t max_url;            /* bytes of the request target; longer: 414 */
    size_t max_header_bytes;   /* request line and header lines; longer: 431 */
    size_t max_body;           /* bytes of content, whatever exchange_read_body() allows; 0: no limit of its own */
    size_t request_memory;     /* limit of the exchange's arena; 0: none */
    size_t thread_stack;       /* bytes of stack for each worker; 0: the system's default */
    bool access_log;
    front_handler *handle;
    front_failure *fail; /* NULL: a minimal problem document */
    void *context;       /* passed to both functions; borrowed */
};

/* Values of the options for which there is no setting. */
enum {
    FRONT_RESERVE = 32,
    FRONT_SEND_TIMEOUT_MS = 60 * 1000,
    FRONT_SEND_PAUSE_MS = 10 * 1000,
    FRONT_THREAD_STACK = 256 * 1024
};

/* Starts to listen and to serve. Returns NULL when that is not possible; *why is then the reason, which is static or
 * valid until the next call. The caller owns the front and ends it with front_stop(). SIGPIPE is ignored from here
 * on. */
struct front *front_start(const struct front_options *options, const char **why);
/* The number of event loops unless the options give another: one for each processor that midair may use. */
int front_loops(void);
/* The port on which the front listens; of several addresses, that of the first one with a port. */
int front_port(const struct front *front);
/* From here on, new connections use these certificates. `tls` is borrowed. Only for a front with event loops. */
void front_set_tls(struct front *front, struct tls *tls);
/* Stops in order: it accepts no new connections, closes idle ones, closes each connection after its response, waits
 * until all are gone or `deadline` (in terms of clock_now_us()) has passed, ends the threads and frees the front.
 * Returns false when responses under way were cut off. */
bool front_stop(struct front *front, int64_t deadline);

/* ---- open answers: content that is sent while it is made ---- */

/* Whether the response can be an open answer: HTTP/1.1 can mark the end of content whose length is not known
 * beforehand, and whether it is complete (RFC 9112 7.1). Content of HTTP/1.0 would end with the connection, so a client
 * could not tell a part from the whole. */
bool exchange_may_open(const struct exchange *exchange);
/* Sends the head of exchange->out, whose body is ignored. From here on exchange->out must not be changed. Returns false
 * when it could not be sent. */
bool exchange_open(struct exchange *exchange);
/* Sends a part of the content and waits until the connection has taken it, so that a caller makes no more than a client
 * reads. A client that does not take it within send_pause_ms, or that takes less than 128 KiB in a second after the
 * first send_timeout_ms, loses the connection. Returns false when the client is gone, or
 * too slow: then nothing more can be sent. */
bool exchange_write(struct exchange *exchange, struct slice part);
/* Ends the content. When it is not `complete` the connection is broken off without the last chunk, so that the client
 * sees that something is missing. */
void exchange_end(struct exchange *exchange, bool complete);

/* Reads the content into in.body. The handler calls it when it needs the content, so that preconditions can be
 * evaluated first. Sends 100 Continue where the client waits for it (RFC 9110 10.1.1). A second call, or one for a
 * request without content, changes nothing. Errors: ERR_CONTENT_TOO_LARGE above `limit` bytes, ERR_REQUEST_TIMEOUT, and
 * ERR_BAD_FRAMING when the content ends early or its chunks are malformed. */
struct err *exchange_read_body(struct exchange *exchange, size_t limit) MUST_USE;

#endif
