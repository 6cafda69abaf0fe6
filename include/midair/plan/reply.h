/* Replies: what a function says about the answer to its call, by the settings response.headers and response.status
 * (PostgREST's "Transactions"). */
#ifndef MIDAIR_PLAN_REPLY_H
#define MIDAIR_PLAN_REPLY_H

#include "midair/base/err.h"
#include "midair/http/message.h"

enum { REPLY_FIELDS_MAX = 16 };

struct reply {
    int status; /* 0: as usual */
    struct field fields[REPLY_FIELDS_MAX];
    size_t field_count;
    struct slice text; /* `fields` as they were given; absent: there are none. For tags */
};

/* Reads both settings; empty and absent ones say nothing. Fields that are midair's own to say (response_is_own) are
 * left out. Errors: ERR_DATABASE with PGRST111 or PGRST112; nothing of the call is kept then. */
struct err *reply_read(struct arena *arena, struct slice headers, struct slice status, struct reply *out) MUST_USE;

#endif
