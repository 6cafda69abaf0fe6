/* A connection string taken apart: one set of libpq parameters a host, so that each host gets its own time limit
 * (libpq's asynchronous connect has none and would stay with a host that does not answer). */
#ifndef MIDAIR_SRC_PG_DSN_H
#define MIDAIR_SRC_PG_DSN_H

#include "midair/base/slice.h"

#include <stdatomic.h>
#include <stdint.h>

enum { DSN_PARAMS_MAX = 64, DSN_HOSTS_MAX = 32 };

struct dsn {
    void *options;       /* PQconninfoOption array; NULL: the string could not be parsed */
    size_t host_count;   /* from 1 to DSN_HOSTS_MAX; further ones are not used */
    bool prefer_standby; /* needs two rounds over the hosts */
    /* What was learned about the hosts; any thread may change it. */
    _Atomic size_t first;                         /* which to try first: the last one that was good */
    _Atomic uint32_t silences[DSN_HOSTS_MAX];     /* how often it was found silent: connections from before are bad */
    _Atomic int64_t next_probe_us[DSN_HOSTS_MAX]; /* when it may be probed again */
};

struct dsn_params {
    const char *keys[DSN_PARAMS_MAX];
    const char *values[DSN_PARAMS_MAX];
    size_t count;
    char host[256], hostaddr[64], port[16];
};

void dsn_init(struct dsn *dsn, const char *url);
void dsn_fini(struct dsn *dsn);
/* Attempts of one connect: every host once, twice for target_session_attrs=prefer-standby. */
size_t dsn_attempts(const struct dsn *dsn);
/* The host of an attempt. */
size_t dsn_host(const struct dsn *dsn, size_t attempt);
/* It was good: it is tried first from now on. */
void dsn_host_good(struct dsn *dsn, size_t host);
/* It did not answer in time: another one is tried first from now on. */
void dsn_host_late(struct dsn *dsn, size_t host);
/* It is known to be silent: connections to it that were made before are of no use any more. */
void dsn_host_silent(struct dsn *dsn, size_t host);
/* True when the caller is to probe the host now: one at a time, every `interval_us`. */
bool dsn_may_probe(struct dsn *dsn, size_t host, int64_t interval_us);
/* The parameters of an attempt; borrows from `dsn`, lasts as long as `out`. NULL-terminated for libpq. */
void dsn_params(const struct dsn *dsn, size_t attempt, struct dsn_params *out);

#endif
