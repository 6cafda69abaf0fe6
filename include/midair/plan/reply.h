/* Replies: status and fields of the response as set by a called function, through the settings response.headers and
 * response.status (PostgREST's "Transactions"). */
#ifndef MIDAIR_PLAN_REPLY_H
#define MIDAIR_PLAN_REPLY_H

#include "midair/base/err.h"
#include "midair/http/message.h"

enum { REPLY_FIELDS_MAX = 16 };

struct reply {
    int status; /* 0: not set */
    struct field fields[REPLY_FIELDS_MAX];
    size_t field_count;
    struct slice text; /* source text of `fields`, hashed into tags; absent: no fields */
};

/* Reads both settings; empty and absent ones set nothing. Fields that only midair may set (response_is_own) are
 * ignored. `out` is in the arena. Errors: ERR_DATABASE with PGRST111 or PGRST112, after which the call is rolled
 * back. */
struct err *reply_read(struct arena *arena, struct slice headers, struct slice status, struct reply *out) MUST_USE;

#endif
