/* One request on its way through the pipeline (step.def). Private to request/.
 *
 * Each step is in a file with the step's name. It gets the request as const, and writes one member of struct request,
 * which has the step's name; the last step writes the response. The first error ends the sequence, and a problem
 * document is sent for it. The steps from `allow` on depend on the kind of resource that the path names: the functions
 * of each kind are in one table (kinds.c).
 *
 * Everything in the request lives in the arena of its exchange, except the outcome, which is released at the end. A
 * request is handled by one thread, or by one strand of an event loop. */
#ifndef MIDAIR_SRC_REQUEST_REQUEST_H
#define MIDAIR_SRC_REQUEST_REQUEST_H

#include "midair/exec/execute.h"
#include "midair/front/front.h"
#include "midair/http/negotiate.h"
#include "midair/json/value.h"
#include "midair/params/query.h"
#include "midair/plan/shape.h"
#include "midair/request/pipeline.h"
#include "midair/respond/respond.h"

#include <assert.h>

/* The kind of content of a write (media_type.def). */
enum content_kind {
    CONTENT_NONE,
    CONTENT_JSON,
    CONTENT_MERGE_PATCH,
    CONTENT_JSON_PATCH,
    CONTENT_UPDATE,
    CONTENT_CSV,
    CONTENT_FORM
};

/* The result of `authenticate`: the rights with which the request runs. */
struct authentication {
    bool acts; /* as `identity`; false: with the rights of midair's own connection */
    struct identity identity;
    const struct view *view; /* of the role; the pipeline releases it. NULL: that of the connection */
};

/* The result of `route`: what the path names. */
struct routing {
    bool found;
    struct route route;
    struct slice schema; /* named by Accept-Profile or Content-Profile; absent: by neither */
};

/* The result of `params`: the query string. */
struct parameters {
    struct params query;
    bool by_filter;                    /* a PUT of a collection whose filters name one item by its key ... */
    struct route item;                 /* ... which is this one */
    const struct key *conflict_target; /* the key whose duplicates a POST resolves; NULL: it resolves none */
};

/* How the result is shown, as chosen by Accept (media.c). */
struct representation {
    struct envelope envelope;
    struct slice raw_type;         /* a function's value is shown unchanged, with this type; empty: it is not */
    struct slice rendered_type;    /* media type of content rendered by the database, with parameters; absent: none */
    const struct handler *handler; /* renders the rows; NULL: midair renders them */
    bool features;                 /* rows are shown as GeoJSON */
    bool explained;                /* PostgreSQL's plan is shown instead of the result */
    struct explain explain;
};

/* The result of `allow`: the methods that the resource takes, and the media types. */
struct allowance {
    unsigned methods;            /* METHOD_BITs */
    enum content_kind content;   /* of a write of rows */
    struct representation shown; /* for rows; a function's is chosen when its overload is known */
};

/* The result of `conditions`: the preconditions in the header fields. */
struct conditions {
    struct preconds preconds;
    struct guarded_rows guarded_rows; /* named by Midair-If-Match */
    bool conditional;                 /* the write counts as conditional because of them */
};

/* The arguments of a call, one entry for each occurrence of a name. */
struct arguments {
    struct slice *names;
    struct slice *values; /* as text; NULL: the values are in `object` */
    size_t count;
    struct slice object;            /* JSON: the object whose members are the arguments */
    struct slice document;          /* the whole content */
    const struct call_whole *whole; /* what the content as a whole may be passed as */
    bool whole_only;
};

struct batch_document; /* batch.h */

/* The result of `decode`: the content of a write, and the preconditions with those in the content added. */
struct content {
    bool present;
    struct json document;
    struct batch_document *batch; /* of /_batch; its requests run in place. NULL: none */
    bool bulk;                    /* the document is an array of rows with their keys */
    struct arguments arguments;   /* of a function call */
    struct preconds preconds;     /* those of the header fields, and a tag in the content */
    bool conditional;
    struct err *refused; /* an error that is reported only after the preconditions have been evaluated; NULL: none */
};

/* The result of `plan`: what is to be done, complete. */
struct planned {
    struct plan plan;
    struct representation shown; /* for the result of a function */
    bool tx_choice;              /* Prefer: tx= is applied */
    bool openapi;                /* the index is shown as an OpenAPI document ... */
    struct slice type;           /* ... of this media type */
};

/* The result of `execute`. */
struct executed {
    struct outcome outcome;       /* owned: released by outcome_release() */
    bool batch_written;           /* requests of a batch have changed something */
    struct http_response *answer; /* the response, where it was made before the commit; NULL: it was not */
    int64_t database_us;
    struct err *unready; /* readiness page: why the database does not answer; NULL: it does */
};

/* When the phases of a request ended (clock_now_us()); 0: it did not get there. */
struct timing {
    int64_t parsed, planned, executed, responded;
};

struct request {
    struct exchange *exchange;
    struct arena *arena;
    const struct http_request *in;
    struct http_response *out;
    const struct service *service;
    const struct view *whole; /* as acquired; owned until the end of the request */
    const struct view *view;  /* `whole`, or from `authenticate` on the view of the role */
    const struct service_options *options;

    struct facts collect; /* respond/ask.h */
    struct authentication authenticate;
    struct routing route;
    struct parameters params;
    struct allowance allow;
    struct conditions conditions;
    struct content decode;
    struct planned plan;
    struct executed execute;
    struct timing timing;
    bool too_large; /* the response must leave out the rows that it would show, because they need too much memory */
};

struct err *step_collect(const struct request *r, struct facts *out) MUST_USE;
struct err *step_authenticate(const struct request *r, struct authentication *out) MUST_USE;
struct err *step_route(const struct request *r, struct routing *out) MUST_USE;
struct err *step_params(const struct request *r, struct parameters *out) MUST_USE;
struct err *step_allow(const struct request *r, struct allowance *out) MUST_USE;
struct err *step_conditions(const struct request *r, struct conditions *out) MUST_USE;
struct err *step_decode(const struct request *r, struct content *out) MUST_USE;
struct err *step_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *step_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *step_respond(const struct request *r, struct http_response *out) MUST_USE;

/* The hint for JSON that arrives as a form. */
#define RESPOND_JSON_HINT                                                                                              \
    "curl -d sends this type unless it is told otherwise: add -H 'Content-Type: application/json', or use --json."

/* A kind of resource. A function that is NULL has nothing to do. */
struct kind {
    const char *name;
    struct err *(*methods)(const struct request *r, unsigned *out); /* METHOD_BITs */
    struct err *(*decode)(const struct request *r, struct content *out);
    struct err *(*plan)(const struct request *r, struct planned *out);
    struct err *(*execute)(const struct request *r, struct executed *out);
    struct err *(*respond)(const struct request *r, struct http_response *out);
};

/* kind_of() is the kind of what the path names. request_kind() is the kind that serves the request, which for OPTIONS
 * is the same one for all resources (kinds.c). */
const struct kind *kind_of(const struct route *route);
const struct kind *request_kind(const struct request *r);

/* The resource that the request is about, valid from `params` on. */
static inline const struct route *request_route(const struct request *r)
{
    return r->params.by_filter ? &r->params.item : &r->route.route;
}

static inline bool request_reads(const struct request *r)
{
    return r->collect.method == METHOD_GET || r->collect.method == METHOD_HEAD;
}

/* Whether an error of `decode` must wait until the preconditions have been evaluated on the rows: preconditions come
 * before content (RFC 9110 13.2.1), and If-None-Match with tags comes before the error that it does not make the write
 * conditional. */
bool decode_waits(const struct request *r, const struct err *err, const struct content *content);

/* Rows: items and collections (decode.c, rows.c). */
struct err *rows_decode(const struct request *r, struct content *out) MUST_USE;
struct err *rows_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *rows_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *rows_respond(const struct request *r, struct http_response *out) MUST_USE;
/* Function calls (functions.c): /rpc/NAME. */
struct err *function_methods(const struct request *r, unsigned *out) MUST_USE;
struct err *function_decode(const struct request *r, struct content *out) MUST_USE;
struct err *function_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *function_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *function_respond(const struct request *r, struct http_response *out) MUST_USE;

/* Whether the rows can be sent in parts, so that they need not be held at once; sends them. *opened says whether
 * anything was sent: then the response is complete, or an error has cut it off, which can only be logged (parts.c). */
bool request_has_parts(const struct request *r);
struct err *request_send_parts(struct request *r, bool *opened) MUST_USE;

/* Whether the step failed because the catalog is out of date, and a newer one is there now, for which this function
 * waits; `executed`: the step was `execute` (outdated.c). */
bool request_is_outdated(const struct request *r, bool executed, const struct err *err);

/* Adds to an error of the database which column and row, or which filter, has the value that it refuses
 * (refused_value.c). */
void refused_value_place(const struct request *r, struct err *err);
/* What the response needs to know of the request, as far as its steps have run. In the arena. */
const struct ask *request_ask(const struct request *r);

/* Shared by the plans of all kinds (plan.c). plan_check_aggregates() is PGRST123 when aggregates are used but switched
 * off; plan_range() applies Range (RFC 9110 14); plan_cap() Prefer: max-affected=; plan_end() Prefer: tx=; plan_zone()
 * adds Prefer: timezone= to `settings`, which may be NULL. */
struct err *plan_check_aggregates(const struct request *r, const struct query *query) MUST_USE;
struct err *plan_range(const struct request *r, struct query *query) MUST_USE;
struct cap plan_cap(const struct request *r, const struct relation *relation);
void plan_end(const struct request *r, struct planned *out);
struct err *plan_zone(const struct request *r, struct settings *settings, struct plan *plan) MUST_USE;

/* Chooses the representation by Accept: of the rows of the request, or of the result of `function` where it is not
 * NULL. ERR_NOT_ACCEPTABLE when there is none (media.c). */
struct err *media_choose(const struct request *r, const struct function *function, struct representation *out) MUST_USE;
/* Reads Content-Type into *out, which is application/json without the field. In PostgREST's dialect parameters are
 * ignored, whatever they look like: content is in UTF-8. False when it cannot be parsed. */
bool media_of_content(const struct request *r, struct media_type *out);
/* Sets the layout for what was chosen. plan->relation and plan->query must be set. */
struct err *media_layout(const struct request *r, const struct representation *shown, struct plan *plan) MUST_USE;
/* The settings that a function can read about the request and write about the response; `function` NULL: for a handler
 * (settings.c). */
/* How the plans of a request are executed: until its deadline, and as its role (acting.c). Every plan of a request must
 * run with this. */
struct exec request_exec(const struct request *r);
/* An error of the database as the client of a role has to see it: 401 for what a token could change. */
struct err *acting_error(const struct request *r, struct err *err);
struct settings *settings_of_call(const struct request *r, const struct function *function);
/* Adds those that are about the request itself: request.* and the empty response.*. */
void settings_add_request(const struct request *r, struct settings *settings);

#endif
