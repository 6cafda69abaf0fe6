/* What an answer needs to know of the request: facts, decisions, and what the outcome says of the answer as a whole. It
 * is made by the step `respond` of the pipeline, and const to everything in respond/. */
#ifndef MIDAIR_RESPOND_ASK_H
#define MIDAIR_RESPOND_ASK_H

#include "midair/http/message.h"
#include "midair/http/precond.h"
#include "midair/http/prefer.h"
#include "midair/plan/plan.h"
#include "midair/plan/reply.h"
#include "midair/respond/envelope.h"

/* What the fields of the request and the configuration say, whatever the request is about. */
struct facts {
    enum method method; /* after X-HTTP-Method-Override */
    struct slice path;  /* raw path of the request */
    struct slice query; /* its raw query; absent: none */
    struct slice base_path;
    struct prefer prefer;
    bool postgrest;              /* dialect = postgrest: bare error objects, return=minimal by default */
    bool profiles;               /* several schemas are exposed: answers depend on Accept-Profile */
    bool gzip;                   /* the client takes it */
    size_t gzip_min;             /* bytes; 0: never */
    struct slice origin;         /* the Origin field; absent: none */
    const struct slice *origins; /* the configured ones */
    size_t origin_count;
    int64_t wall_us;  /* now */
    int64_t deadline; /* clock_now_us() at which the database work must be over */
};

/* What was made of it: what it is about, and how the result is shown. All zero as far as it was not decided. */
struct decisions {
    const struct route *route;  /* NULL before routing */
    const struct plan *plan;    /* never NULL; PLAN_NONE before planning */
    unsigned allow;             /* methods of the resource */
    struct slice profile;       /* the schema of what is shown, for Content-Profile; absent: none or several */
    struct envelope envelope;   /* how rows are shown */
    struct slice raw_type;      /* a function's value is shown as it is, under this type; empty: not so */
    struct slice rendered_type; /* media type of what the database made, with its parameters; absent: nothing */
    bool as_array;              /* one row of a collection is an array of one */
    bool tx_choice;             /* Prefer: tx= is heard */
};

struct ask {
    struct arena *arena;
    struct facts facts;
    struct decisions decisions;
    bool zoned;                /* the outcome shows moments in the time zone of Prefer: timezone= */
    const struct reply *reply; /* what a function says about the answer; NULL: nothing */
    bool too_large;            /* what would be shown needs more memory than a request may use */
};

#endif
