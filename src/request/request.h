/* One request on its way through the pipeline (step.def). Private to request/.
 *
 * Each step is one file, named as the step. It gets the request as it is so far, as const, and writes the one member of
 * struct request that has the step's name; the last one writes the response. The first error ends the sequence and is
 * answered as a problem document. What the steps from `allow` on do depends on the kind of resource that the path
 * names: its verbs are in one table (kinds.c). */
#ifndef MIDAIR_SRC_REQUEST_REQUEST_H
#define MIDAIR_SRC_REQUEST_REQUEST_H

#include "midair/exec/execute.h"
#include "midair/front/front.h"
#include "midair/json/value.h"
#include "midair/params/query.h"
#include "midair/plan/shape.h"
#include "midair/request/pipeline.h"
#include "midair/respond/respond.h"

#include <assert.h>

/* What the content of a write is (media_type.def). */
enum content_kind {
    CONTENT_NONE,
    CONTENT_JSON,
    CONTENT_MERGE_PATCH,
    CONTENT_JSON_PATCH,
    CONTENT_UPDATE,
    CONTENT_CSV,
    CONTENT_FORM
};

/* route: what the path names. */
struct routing {
    bool found;
    struct route route;
    struct slice schema; /* the one that a profile field names; absent: none */
};

/* params: the query string. */
struct parameters {
    struct params query;
    bool by_filter;                    /* PUT of a collection whose filters name one item by its key ... */
    struct route item;                 /* ... which is this one */
    const struct key *conflict_target; /* the key whose duplicates a POST resolves; NULL: it resolves none */
};

/* How the result is shown: what Accept chose (media.c). */
struct representation {
    struct envelope envelope;
    struct slice raw_type;         /* a function's value is shown as it is, under this type; empty: not so */
    struct slice rendered_type;    /* media type of what the database made, with its parameters; absent: nothing */
    const struct handler *handler; /* renders the rows; NULL: midair does it */
    bool features;                 /* rows are shown as GeoJSON */
    bool explained;                /* PostgreSQL's plan is shown in the place of the result */
    struct explain explain;
};

/* allow: which methods the resource takes, and in which media types. */
struct allowance {
    unsigned methods;            /* METHOD_BITs */
    enum content_kind content;   /* of a write of rows */
    struct representation shown; /* of rows; for a function it is chosen when its overload is known */
};

/* conditions: the preconditions that the fields state. */
struct conditions {
    struct preconds preconds;
    struct guarded_rows guarded_rows; /* named by Midair-If-Match */
    bool conditional;                 /* they count as the precondition that a write may need */
};

/* The arguments of a call: one entry an occurrence. */
struct arguments {
    struct slice *names;
    struct slice *values; /* texts; NULL: they are in the object */
    size_t count;
    struct slice object;            /* of JSON: the members that are arguments */
    struct slice document;          /* all of the content */
    const struct call_whole *whole; /* what the content as a whole may be an argument of */
    bool whole_only;
};

/* decode: the content of a write, and what it adds to the preconditions. */
struct content {
    bool present;
    struct json document;
    bool bulk;                  /* the document is an array of rows with their keys */
    struct arguments arguments; /* of a function */
    struct preconds preconds;   /* those of the fields, and a tag in the content */
    bool conditional;
    struct err *refused; /* what is wrong with the request, to be said when its preconditions have been judged */
};

/* plan: what is to be done, complete. */
struct planned {
    struct plan plan;
    struct representation shown; /* of a function's result */
    bool tx_choice;              /* Prefer: tx= is heard */
    bool openapi;                /* the index is shown as an OpenAPI document ... */
    struct slice type;           /* ... of this media type */
};

/* execute: what came of it. */
struct executed {
    struct outcome outcome; /* owned: outcome_release() */
    int64_t database_us;
    struct err *unready; /* of the readiness page: why the database does not answer; NULL: it does */
};

struct request {
    struct exchange *exchange;
    struct arena *arena;
    const struct http_request *in;
    struct http_response *out;
    const struct service *service;
    const struct view *view;
    const struct service_options *options;

    struct facts collect; /* respond/ask.h */
    struct routing route;
    struct parameters params;
    struct allowance allow;
    struct conditions conditions;
    struct content decode;
    struct planned plan;
    struct executed execute;
    bool too_large; /* the answer has to do without the rows that it would show */
};

struct err *step_collect(const struct request *r, struct facts *out) MUST_USE;
struct err *step_route(const struct request *r, struct routing *out) MUST_USE;
struct err *step_params(const struct request *r, struct parameters *out) MUST_USE;
struct err *step_allow(const struct request *r, struct allowance *out) MUST_USE;
struct err *step_conditions(const struct request *r, struct conditions *out) MUST_USE;
struct err *step_decode(const struct request *r, struct content *out) MUST_USE;
struct err *step_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *step_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *step_respond(const struct request *r, struct http_response *out) MUST_USE;

/* A kind of resource. A verb that is NULL has nothing to do. */
struct kind {
    const char *name;
    struct err *(*methods)(const struct request *r, unsigned *out); /* METHOD_BITs */
    struct err *(*decode)(const struct request *r, struct content *out);
    struct err *(*plan)(const struct request *r, struct planned *out);
    struct err *(*execute)(const struct request *r, struct executed *out);
    struct err *(*respond)(const struct request *r, struct http_response *out);
};

/* kinds.c: the kind of what the path names, and the one whose verbs serve the request: OPTIONS is the same for all. */
const struct kind *kind_of(const struct route *route);
const struct kind *request_kind(const struct request *r);

/* What the request is about, from `params` on. */
static inline const struct route *request_route(const struct request *r)
{
    return r->params.by_filter ? &r->params.item : &r->route.route;
}

static inline bool request_reads(const struct request *r)
{
    return r->collect.method == METHOD_GET || r->collect.method == METHOD_HEAD;
}

/* Preconditions are judged before content (RFC 9110 13.2.1), and tags of If-None-Match before their not being enough:
 * whether `err` has to wait until the rows have been asked about them. */
bool decode_waits(const struct request *r, const struct err *err, const struct content *content);

/* Rows: items and collections (decode.c, rows.c). */
struct err *rows_decode(const struct request *r, struct content *out) MUST_USE;
struct err *rows_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *rows_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *rows_respond(const struct request *r, struct http_response *out) MUST_USE;
/* Functions (functions.c): /rpc/NAME. */
struct err *function_methods(const struct request *r, unsigned *out) MUST_USE;
struct err *function_decode(const struct request *r, struct content *out) MUST_USE;
struct err *function_plan(const struct request *r, struct planned *out) MUST_USE;
struct err *function_execute(const struct request *r, struct executed *out) MUST_USE;
struct err *function_respond(const struct request *r, struct http_response *out) MUST_USE;

/* What the answer needs to know of the request, as far as its steps have come. In the arena. */
const struct ask *request_ask(const struct request *r);

/* plan.c, for all kinds of plans: aggregates that are switched off are PGRST123; Range says the same as limit and
 * offset (RFC 9110 14); Prefer: max-affected=; Prefer: tx=; Prefer: timezone= becomes one of `settings`, which may be
 * NULL. */
struct err *plan_check_aggregates(const struct request *r, const struct query *query) MUST_USE;
struct err *plan_range(const struct request *r, struct query *query) MUST_USE;
struct cap plan_cap(const struct request *r, const struct relation *relation);
void plan_end(const struct request *r, struct planned *out);
struct err *plan_zone(const struct request *r, struct settings *settings, struct plan *plan) MUST_USE;

/* media.c: what Accept chooses for the rows of the request, or for the result of `function` where it is not NULL. */
struct err *media_choose(const struct request *r, const struct function *function, struct representation *out) MUST_USE;
/* The layout of what was chosen, when plan->relation and plan->query are known. */
struct err *media_layout(const struct request *r, const struct representation *shown, struct plan *plan) MUST_USE;
/* settings.c: what a function can read of the request, and what it may say of the answer; `function` NULL: a handler.
 */
struct settings *settings_of_call(const struct request *r, const struct function *function);

#endif
