/* What a response needs to know about the request: facts about the request, decisions that earlier steps made, and
 * properties of the outcome that concern the response as a whole. The step `respond` of the pipeline builds it;
 * everything in respond/ reads it as const. Its pointers and slices are borrowed from the request. */
#ifndef MIDAIR_RESPOND_ASK_H
#define MIDAIR_RESPOND_ASK_H

#include "midair/http/message.h"
#include "midair/http/precond.h"
#include "midair/http/prefer.h"
#include "midair/plan/plan.h"
#include "midair/plan/reply.h"
#include "midair/respond/envelope.h"

/* What the header fields and the configuration say, independent of the resource. */
struct facts {
    enum method method; /* X-HTTP-Method-Override is applied */
    struct slice path;  /* path of the request, not decoded */
    struct slice query; /* its query, not decoded; absent: none */
    struct slice base_path;
    struct prefer prefer;
    struct slice idempotency_key; /* of a write; absent: none */
    bool postgrest;               /* dialect = postgrest: error objects of PostgREST, return=minimal by default */
    bool verbose;                 /* verbose_errors: 5xx responses contain the note of the error */
    bool profiles;                /* several schemas are exposed, so responses depend on Accept-Profile */
    bool credentials;             /* responses depend on Authorization */
    bool gzip;                    /* the client accepts gzip */
    size_t gzip_min;              /* smallest body in bytes that is compressed; 0: never */
    struct slice origin;          /* the Origin field; absent: none */
    const struct slice *origins;  /* the origins that the configuration allows */
    size_t origin_count;
    int64_t wall_us;  /* the current time, in microseconds since 1970 */
    int64_t deadline; /* value of clock_now_us() at which the database work must have ended */
};

/* What earlier steps decided: the resource, and how the result is shown. Members that were not decided are zero. */
struct decisions {
    const struct route *route;  /* NULL before routing */
    const struct plan *plan;    /* never NULL; PLAN_NONE before planning */
    unsigned allow;             /* methods of the resource */
    struct slice profile;       /* schema of what is shown, for Content-Profile; absent: none or several */
    struct envelope envelope;   /* how rows are shown */
    struct slice raw_type;      /* media type under which a function's value is sent as it is; empty: it is not */
    struct slice rendered_type; /* media type, with parameters, of content that the database rendered; absent: none */
    bool as_array;              /* a single row of a collection is shown as an array of one */
    bool tx_choice;             /* the configuration allows Prefer: tx= */
};

struct ask {
    struct arena *arena;
    struct facts facts;
    struct decisions decisions;
    bool zoned;                /* the outcome has times in the time zone of Prefer: timezone= */
    const struct reply *reply; /* what a function says about the response; NULL: nothing */
    bool too_large;            /* the content would need more memory than a request may use */
};

#endif
