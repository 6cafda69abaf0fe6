/* The clients of the load generator. They are keep-alive connections on one epoll instance. Each has one request under
 * way at a time, and keeps the entity tags of its own rows (RFC 9110 13.1.1, 13.1.2). */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "histogram.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum mode {
    MODE_GET,         /* GET of a random row */
    MODE_PATCH,       /* conditional PATCH of the connection's own rows, with the tag of the previous response */
    MODE_LIST,        /* GET of the first `limit` rows */
    MODE_NOTMODIFIED, /* GET of the connection's own rows with If-None-Match and their current tag */
    MODE_HOT,         /* all clients read the tag of row 1 and write with it: one succeeds, the others get 412 */
};

/* The largest number of rows whose tags one connection keeps. */
enum { CLIENT_ROWS_MAX = 32 };

/* The parameters of all clients. They do not change while the clients run. */
struct load {
    enum mode mode;
    struct sockaddr_in address;
    const char *path;   /* of the collection, with leading slash */
    const char *parent; /* of the collection of its parents; used where `parents` is not 0 */
    long parents;       /* items are asked for below a parent: that of key k has the key 1 + k % parents */
    const char *column; /* the integer column that PATCH sets */
    long rows;          /* keys are 1 … rows */
    int each;           /* rows whose tags a connection keeps, 1 … CLIENT_ROWS_MAX */
    int limit;          /* page size of MODE_LIST */
    uint64_t begin_us;  /* monotonic; requests sent earlier are warm-up and not counted */
    uint64_t end_us;    /* monotonic; no request is sent later */
};

struct tally {
    uint64_t requests;    /* responses counted */
    uint64_t status[600]; /* the same, by status */
    uint64_t fetches;     /* GETs that only fetched a tag; not included in requests */
    uint64_t bytes;       /* bytes received, including headers */
    uint64_t reconnects;  /* connections that the server closed after a response */
    uint64_t errors;      /* connections lost, responses that could not be parsed, responses that never came */
    struct histogram latency;
};

/* Microseconds of the monotonic clock. */
uint64_t now_us(void);

/* Runs the clients first … first + count - 1 until load->end_us, and at most two seconds longer for requests that are
 * under way then. Adds to the tally. Returns false if no connection could be made at all. */
bool clients_run(const struct load *load, int first, int count, struct tally *tally);

#endif
