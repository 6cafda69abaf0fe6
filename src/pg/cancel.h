/* Cancel requests and probes, sent without waiting (PostgreSQL's protocol, "Canceling Requests in Progress" and
 * "SSL Session Encryption").
 *
 * PQcancel has no time limit: it connects, sends, and reads until the server closes, so a server that is stopped, or a
 * proxy that is stuck, would hold the thread for ever. Here a request is a small state machine over a socket of its
 * own, which the flight waits for together with the connection's socket. A probe is the same machine with another
 * packet: a server that lives answers an SSLRequest at once, whatever its sessions do. */
#ifndef MIDAIR_SRC_PG_CANCEL_H
#define MIDAIR_SRC_PG_CANCEL_H

#include <libpq-fe.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* What a cancel request must show. libpq 15 keeps the secret to itself, but prints it in its trace. */
struct cancel_key {
    bool known;
    uint32_t process, secret;
};

/* The trace of a connection that is being made. */
struct cancel_trace {
    FILE *file; /* NULL: none */
    char *text;
    size_t len;
};

enum cancel_stage {
    CANCEL_NONE,       /* zero: no request was made */
    CANCEL_CONNECTING, /* wait for writing */
    CANCEL_SENT,       /* wait for reading: the server closes when it has signalled its process, or answers a probe */
    CANCEL_DONE,       /* the server did so */
    CANCEL_FAILED      /* the server cannot be reached */
};

struct cancel {
    enum cancel_stage stage;
    int fd; /* while connecting or sent */
    bool probes;
    struct cancel_key key;
};

/* Begins to trace a connection right after PQconnectStartParams. */
void cancel_trace_begin(struct cancel_trace *trace, PGconn *pg);
/* Ends it, wipes the trace and returns the key, if it was seen. */
struct cancel_key cancel_trace_end(struct cancel_trace *trace, PGconn *pg);

/* Begins a request to the server of a connection. Never waits; the stage says how it went. */
void cancel_begin(struct cancel *cancel, PGconn *pg, const struct cancel_key *key);
/* Begins a probe of that server. */
void cancel_begin_probe(struct cancel *cancel, PGconn *pg);
/* What to wait for on cancel->fd, of enum wait_events; 0: nothing. */
unsigned cancel_events(const struct cancel *cancel);
/* Goes on when the descriptor is ready. */
void cancel_advance(struct cancel *cancel);
/* Closes the descriptor. */
void cancel_end(struct cancel *cancel);

#endif
