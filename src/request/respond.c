/* The step `respond`: makes the response from the outcome. */
#include "request.h"

/* The schema of what is shown, for Content-Profile; absent for none or several. */
static struct slice profile_of(const struct request *r)
{
    const struct call *call = plan_call(&r->plan.plan);
    if (!r->collect.profiles || !r->route.found)
        return SLICE_ABSENT;
    if (call)
        return call->function->schema;
    const struct relation *relation = request_route(r)->relation;
    return relation ? relation->schema : r->route.schema;
}

const struct ask *request_ask(const struct request *r)
{
    const struct route *route = request_route(r);
    bool function = r->route.found && route->kind == ROUTE_FUNCTION;
    const struct representation *shown = function ? &r->plan.shown : &r->allow.shown;
    struct ask *ask = ARENA_NEW(r->arena, struct ask);
    *ask = (struct ask){
        .arena = r->arena,
        .facts = r->collect,
        .decisions = {.route = r->route.found ? route : NULL,
                      .plan = &r->plan.plan,
                      .allow = r->allow.methods,
                      .profile = profile_of(r),
                      .envelope = shown->envelope,
                      .raw_type = shown->raw_type,
                      .rendered_type = shown->rendered_type,
                      .as_array = r->collect.postgrest && r->route.found &&
                                  (route->kind == ROUTE_COLLECTION || r->params.by_filter),
                      .tx_choice = r->plan.tx_choice},
        .zoned = r->execute.outcome.zoned,
        .reply = r->execute.outcome.reply,
        .too_large = r->too_large,
    };
    return ask;
}

struct err *step_respond(const struct request *r, struct http_response *out)
{
    assert(r->route.found && out->status == 0);
    if (!r->execute.answer || r->too_large)
        return request_kind(r)->respond(r, out);
    bool close = out->close;
    *out = *r->execute.answer;
    out->close = out->close || close;
    return NULL;
}
