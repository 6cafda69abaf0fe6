/* One request on its way through the pipeline. Each step reads what earlier ones wrote and writes its own part. Private
 * to serve/. */
#ifndef MIDAIR_SRC_REQUEST_REQUEST_H
#define MIDAIR_SRC_REQUEST_REQUEST_H

#include "midair/exec/execute.h"
#include "midair/front/front.h"
#include "midair/json/value.h"
#include "midair/plan/shape.h"
#include "midair/request/pipeline.h"
#include "midair/respond/respond.h"

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

struct request {
    /* from the front */
    struct exchange *exchange;
    struct arena *arena;
    struct http_request *in;
    struct http_response *out;
    const struct service *service;
    const struct view *view;
    const struct service_options *options;
    /* collect */
    enum method method; /* after X-HTTP-Method-Override */
    struct ask ask;
    int64_t deadline;
    /* route */
    struct route route;
    struct slice schema; /* the one that a profile field names; absent: none */
    /* params */
    struct params params;
    const struct key *conflict_target; /* whose duplicates a POST resolves; NULL: none */
    bool by_filter;                    /* PUT of the item that a filter on its key names */
    /* allow */
    enum content_kind content;
    /* decode */
    struct json document;
    bool has_document;
    bool bulk; /* the content is an array of rows with their keys */
    /* plan */
    struct plan plan;
    struct explain explain; /* plan.explain shows it */
    bool finished;          /* out is complete: the remaining steps have nothing to do */
    /* execute */
    struct outcome outcome;
    int64_t database_us;
};

struct err *step_collect(struct request *r) MUST_USE;
struct err *step_route(struct request *r) MUST_USE;
struct err *step_params(struct request *r) MUST_USE;
struct err *step_allow(struct request *r) MUST_USE;
struct err *step_conditions(struct request *r) MUST_USE;
struct err *step_decode(struct request *r) MUST_USE;
struct err *step_plan(struct request *r) MUST_USE;
struct err *step_execute(struct request *r) MUST_USE;
struct err *step_respond(struct request *r) MUST_USE;

/* Reads the content and passes it through the gate into r->document, once. */
struct err *request_document(struct request *r) MUST_USE;

/* serve/profile.c: the schema whose names count, from Accept-Profile or Content-Profile; and which one it came to. */
struct err *profile_read(struct request *r) MUST_USE;
void profile_resolve(struct request *r);
/* columns= and Prefer: missing=, applied to r->document. */
struct err *writing_shape(struct request *r) MUST_USE;
/* POST with Prefer: resolution=. */
struct err *writing_upsert(struct request *r) MUST_USE;
/* Whether the transaction of this request is to be rolled back in the end. */
bool writing_rollback(const struct request *r);
/* serve/calling.c: /rpc/NAME, from arguments to answer. */
struct err *calling(struct request *r) MUST_USE;
/* serve/planning.c: Prefer: timezone= becomes one of the settings of the plan; NULL: it has none yet. */
struct err *planning_zone(struct request *r, struct settings *settings) MUST_USE;
/* serve/planning.c: Prefer: max-affected= and tx=. */
struct cap planning_cap(const struct request *r);
void planning_end(struct request *r);
/* serve/planning.c: Range says the same as limit and offset. */
struct err *planning_range(struct request *r) MUST_USE;
/* PGRST123 where aggregates are switched off. */
struct err *planning_aggregates(struct request *r) MUST_USE;
/* serve/media.c: what the client is shown, by Accept. */
struct err *media_choose(struct request *r) MUST_USE;
/* The same for the result of a function. */
struct err *media_choose_call(struct request *r, const struct function *function) MUST_USE;
/* What a handler can read of the request; NULL without one. */
struct settings *media_settings(struct request *r);
/* The layout of what was chosen, when the query is known. */
struct err *media_layout(struct request *r, const struct relation *relation) MUST_USE;
/* serve/planning.c: the precondition of one element of an array of rows. */
struct err *planning_conditions(struct request *r, const struct json *json, struct element *element,
                                bool exact) MUST_USE;

/* What midair answers by itself: index, OpenAPI document, health, metrics. */
struct err *own_resource(struct request *r) MUST_USE;

#endif
