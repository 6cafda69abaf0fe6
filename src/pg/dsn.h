/* A connection string taken apart: one set of libpq parameters a host, so that each host gets its own time limit
 * (libpq's asynchronous connect has none and would stay with a host that does not answer). */
#ifndef MIDAIR_SRC_PG_DSN_H
#define MIDAIR_SRC_PG_DSN_H

#include "midair/base/slice.h"

#include <stdint.h>

enum { DSN_PARAMS_MAX = 64 };

struct dsn {
    void *options;       /* PQconninfoOption array; NULL: the string could not be parsed */
    size_t host_count;   /* at least 1 */
    bool prefer_standby; /* needs two rounds over the hosts */
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
/* The parameters of an attempt; borrows from `dsn`, lasts as long as `out`. NULL-terminated for libpq. */
void dsn_params(const struct dsn *dsn, size_t attempt, struct dsn_params *out);

#endif
