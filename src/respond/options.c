#include "parts.h"

#include "midair/http/field.h"
#include "midair/json/build.h"
#include "midair/model/policy.h"

const struct slice respond_accept_patch = SLICE_LITERAL(
    "application/merge-patch+json, application/json-patch+json, application/vnd.midair.update+json, application/json");
const struct slice respond_accept_post = SLICE_LITERAL("application/json");

/* A preflight cannot name a profile, so it is about every resource of the name: the method itself is judged later. */
static struct slice preflight_methods(const struct ask *ask)
{
    unsigned all = METHOD_BIT(METHOD_UNKNOWN) - 1;
    return method_list(ask->arena, ask->profiles ? all : ask->allow);
}

#define REQUEST_FIELDS                                                                                                 \
    "Accept, Accept-Profile, Authorization, Content-Profile, Content-Type, If-Match, If-Modified-Since, "              \
    "If-None-Match, If-Unmodified-Since, Midair-If-Match, Prefer, Range, Range-Unit, X-HTTP-Method-Override, "         \
    "X-Request-Id"

void respond_options(const struct ask *ask, const struct fields *fields, struct http_response *out)
{
    struct slice methods = method_list(ask->arena, ask->allow);
    out->status = 204;
    respond_common(ask, out);
    response_set(out, "Allow", methods);
    if (ask->allow & METHOD_BIT(METHOD_PATCH))
        response_set(out, "Accept-Patch", respond_accept_patch);
    if (ask->allow & METHOD_BIT(METHOD_POST))
        response_set(out, "Accept-Post", respond_accept_post);
    bool preflight = slice_present(field_get(ask->arena, fields, "Access-Control-Request-Method"));
    if (preflight && slice_present(response_get(out, "Access-Control-Allow-Origin"))) {
        response_set(out, "Access-Control-Allow-Methods", preflight_methods(ask));
        response_set(out, "Access-Control-Allow-Headers", SLICE(REQUEST_FIELDS));
        response_set(out, "Access-Control-Max-Age", SLICE("86400"));
    }
}

static void put_resource(struct json_out *json, const struct ask *ask, const struct relation *relation)
{
    struct route collection = {.kind = ROUTE_COLLECTION, .relation = relation};
    if (slice_present(ask->profile) && !slice_eq(relation->schema, ask->profile))
        return;
    struct slice href = route_collection_path(ask->arena, ask->base_path, relation);
    json_out_object(json);
    json_out_member_string(json, "name", relation->resource);
    json_out_member_string(json, "href", href);
    if (ask->profiles)
        json_out_member_string(json, "profile", relation->schema);
    if (relation->key.column_count) {
        struct buf item = buf_new(ask->arena, 64);
        buf_put(&item, href);
        for (size_t i = 0; i < relation->key.column_count; i++) {
            buf_z(&item, i ? ",{" : "/{");
            buf_put(&item, relation->columns[relation->key.columns[i]].name);
            buf_byte(&item, '}');
        }
        json_out_member_string(json, "item", buf_slice(&item));
    }
    json_out_member_string(json, "methods", method_list(ask->arena, plan_methods(&collection)));
    json_out_member_bool(json, "stamped", relation->stamp.kind == STAMP_VERSION);
    if (slice_present(relation->comment))
        json_out_member_string(json, "description", relation->comment);
    json_out_end_object(json);
}

void respond_index(const struct ask *ask, const struct catalog *catalog, struct http_response *out)
{
    struct buf body = buf_new(ask->arena, 1024);
    struct json_out json = json_out_new(&body);
    json_out_object(&json);
    json_out_name(&json, SLICE("resources"));
    json_out_array(&json);
    for (size_t i = 0; i < catalog->relation_count; i++)
        put_resource(&json, ask, catalog->relations[i]);
    json_out_end_array(&json);
    struct buf openapi = buf_new(ask->arena, 64);
    buf_put(&openapi, ask->base_path);
    BUF_LIT(&openapi, "/_openapi.json");
    json_out_member_string(&json, "openapi", buf_slice(&openapi));
    json_out_end_object(&json);
    respond_document(ask, &ask->plan->preconds, SLICE("application/json; charset=utf-8"), buf_slice(&body), out);
}
