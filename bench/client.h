/* The clients of the load generator: keep-alive connections on one epoll, each with one request under way,
 * each following the entity tags of its own rows (RFC 9110 13.1.1, 13.1.2). */
#ifndef BENCH_CLIENT_H
#define BENCH_CLIENT_H

#include "histogram.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum mode {
    MODE_GET,         /* GET of a random row */
    MODE_PATCH,       /* conditional PATCH of the connection's own rows, the tag taken from the answer before */
    MODE_LIST,        /* GET of the first `limit` rows */
    MODE_NOTMODIFIED, /* GET of the connection's own rows with If-None-Match and their current tag */
    MODE_HOT,         /* everybody reads the tag of row 1 and writes the row with it: one wins, the others get 412 */
};

/* Rows that one connection follows at most. */
enum { CLIENT_ROWS_MAX = 32 };

/* What all clients do; read only while they run. */
struct load {
    enum mode mode;
    struct sockaddr_in address;
    const char *path;   /* of the collection, with leading slash */
    const char *column; /* the integer column that PATCH sets */
    long rows;          /* keys are 1 … rows */
    int each;           /* rows that a connection follows, 1 … CLIENT_ROWS_MAX */
    int limit;          /* page size of MODE_LIST */
    uint64_t begin_us;  /* monotonic; what is sent earlier is warm-up and not counted */
    uint64_t end_us;    /* monotonic; nothing is sent later */
};

struct tally {
    uint64_t requests;    /* answers counted */
    uint64_t status[600]; /* of them, by status */
    uint64_t fetches;     /* GETs that only fetched a tag: not among the requests */
    uint64_t bytes;       /* received, heads included */
    uint64_t reconnects;  /* the server closed a connection after an answer */
    uint64_t errors;      /* connections lost, answers not understood, answers that never came */
    struct histogram latency;
};

/* Microseconds of the monotonic clock. */
uint64_t now_us(void);

/* Runs the clients first … first + count - 1 until load->end_us, at most two seconds longer for what is under
 * way. Adds to the tally. Result: false when no connection could be made at all. */
bool clients_run(const struct load *load, int first, int count, struct tally *tally);

#endif
