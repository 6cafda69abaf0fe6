/* What an answer needs to know of the request: filled by the pipeline's steps, read by everything in respond/. */
#ifndef MIDAIR_RESPOND_ASK_H
#define MIDAIR_RESPOND_ASK_H

#include "midair/http/message.h"
#include "midair/http/precond.h"
#include "midair/http/prefer.h"
#include "midair/plan/plan.h"
#include "midair/plan/reply.h"
#include "midair/respond/envelope.h"

struct ask {
    struct arena *arena;
    enum method method;
    struct slice path;  /* raw path of the request */
    struct slice query; /* its raw query; absent: none */
    struct slice base_path;
    bool profiles;             /* several schemas are exposed: answers depend on Accept-Profile */
    struct slice profile;      /* the schema of what is shown, for Content-Profile; absent: none or several */
    bool postgrest;            /* dialect = postgrest: bare error objects, return=minimal by default */
    const struct route *route; /* NULL before routing */
    const struct plan *plan;   /* NULL before planning */
    struct prefer prefer;
    bool zoned;                  /* moments are shown in prefer.timezone */
    bool tx_choice;              /* Prefer: tx= is heard */
    struct envelope envelope;    /* how rows are shown */
    struct slice raw_type;       /* a function's value is shown as it is, under this type; empty: not so */
    struct slice rendered_type;  /* media type of what the database made, with its parameters; absent: nothing */
    bool as_array;               /* one row of a collection is an array of one */
    bool gzip;                   /* the client takes it */
    size_t gzip_min;             /* bytes; 0: never */
    struct slice origin;         /* the Origin field; absent: none */
    const struct slice *origins; /* the configured ones */
    size_t origin_count;
    const struct reply *reply; /* what a function says about the answer; NULL: nothing */
    bool too_large;            /* what would be shown needs more memory than a request may use */
    unsigned allow;            /* methods of the resource */
    int64_t wall_us;           /* now */
};

#endif
