/* Responses that midair makes itself: the index of resources, OPTIONS, and documents with their tag. */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/json/build.h"
#include "midair/plan/call.h"

const struct slice respond_accept_patch = SLICE_LITERAL(
    "application/merge-patch+json, application/json-patch+json, application/vnd.midair.update+json, application/json");
const struct slice respond_accept_post = SLICE_LITERAL("application/json");

#define REQUEST_FIELDS                                                                                                 \
    "Accept, Accept-Profile, Authorization, Content-Profile, Content-Type, Idempotency-Key, If-Match, "                \
    "If-Modified-Since, If-None-Match, If-Unmodified-Since, Midair-If-Match, Prefer, Range, Range-Unit, "              \
    "X-HTTP-Method-Override, X-Request-Id"

/* A preflight request cannot name a profile, nor a token, so it concerns the resources of that name in all schemas.
 * PostgREST allows all methods. In both cases the method is checked when the request itself arrives. */
static struct slice preflight_methods(const struct ask *ask)
{
    unsigned all = METHOD_BIT(METHOD_TRACE) - 1;
    return method_list(
        ask->arena, ask->facts.profiles || ask->facts.postgrest || ask->facts.credentials ? all : ask->decisions.allow);
}

/* PostgREST's clients send their own fields (apikey, X-Client-Info), and PostgREST allows all fields that are
 * requested. */
static struct slice preflight_fields(const struct ask *ask, const struct fields *fields)
{
    struct slice asked = field_get(ask->arena, fields, "Access-Control-Request-Headers"), name;
    struct buf list = buf_new(ask->arena, 512);
    BUF_LIT(&list, REQUEST_FIELDS);
    while (ask->facts.postgrest && field_next(&asked, &name)) {
        if (!field_is_token(name) || field_lists(SLICE(REQUEST_FIELDS), name))
            continue;
        BUF_LIT(&list, ", ");
        buf_put(&list, name);
    }
    return buf_slice(&list);
}

/* The value of Allow in the order and notation of PostgREST. */
static struct slice postgrest_methods(struct arena *arena, unsigned set)
{
    static const enum method order[] = {METHOD_OPTIONS, METHOD_GET,   METHOD_HEAD,  METHOD_POST,
                                        METHOD_PUT,     METHOD_PATCH, METHOD_DELETE};
    struct buf list = buf_new(arena, 64);
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
        if (set & METHOD_BIT(order[i])) {
            buf_z(&list, list.len ? "," : "");
            buf_z(&list, method_name(order[i]));
        }
    return buf_slice(&list);
}

void respond_options(const struct ask *ask, const struct fields *fields, struct http_response *out)
{
    const struct route *route = ask->decisions.route;
    unsigned shown = ask->decisions.allow & (route ? plan_shown_methods(route) : ~0u);
    out->status = ask->facts.postgrest ? 200 : 204;
    respond_common(ask, out);
    response_set(out, "Allow",
                 ask->facts.postgrest ? postgrest_methods(ask->arena, shown) : method_list(ask->arena, shown));
    if (ask->decisions.allow & METHOD_BIT(METHOD_PATCH))
        response_set(out, "Accept-Patch", respond_accept_patch);
    if (ask->decisions.allow & METHOD_BIT(METHOD_POST))
        response_set(out, "Accept-Post", respond_accept_post);
    bool preflight = slice_present(field_get(ask->arena, fields, "Access-Control-Request-Method"));
    if (preflight && slice_present(response_get(out, "Access-Control-Allow-Origin"))) {
        response_set(out, "Access-Control-Allow-Methods", preflight_methods(ask));
        response_set(out, "Access-Control-Allow-Headers", preflight_fields(ask, fields));
        response_set(out, "Access-Control-Max-Age", SLICE("86400"));
    }
}

static void put_resource(struct json_out *json, const struct ask *ask, const struct relation *relation)
{
    struct route collection = {.kind = ROUTE_COLLECTION, .relation = relation};
    if (!relation_is_usable(relation) ||
        (slice_present(ask->decisions.profile) && !slice_eq(relation->schema, ask->decisions.profile)))
        return;
    struct slice href = route_collection_path(ask->arena, ask->facts.base_path, relation);
    json_out_object(json);
    json_out_member_string(json, "name", relation->resource);
    json_out_member_string(json, "href", href);
    if (ask->facts.profiles)
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
    json_out_member_string(json, "methods", method_list(ask->arena, plan_shown_methods(&collection)));
    json_out_member_bool(json, "stamped", relation->stamp.kind == STAMP_VERSION);
    if (slice_present(relation->comment))
        json_out_member_string(json, "description", relation->comment);
    json_out_end_object(json);
}

static void put_function(struct json_out *json, const struct ask *ask, const struct catalog *catalog,
                         const struct function *function)
{
    unsigned methods = call_methods(catalog, function->schema, function->name);
    json_out_object(json);
    json_out_member_string(json, "name", function->name);
    json_out_member_string(json, "href",
                           arena_printf(ask->arena, "%.*s/rpc/%.*s", SLICE_ARG(ask->facts.base_path),
                                        SLICE_ARG(text_percent_encode(ask->arena, function->name, "!$'()*:@"))));
    if (ask->facts.profiles)
        json_out_member_string(json, "profile", function->schema);
    json_out_member_string(json, "methods", method_list(ask->arena, methods));
    if (slice_present(function->comment))
        json_out_member_string(json, "description", function->comment);
    json_out_end_object(json);
}

/* Overloads are one resource. They are adjacent in the catalog. */
static void put_functions(struct json_out *json, const struct ask *ask, const struct catalog *catalog)
{
    json_out_name(json, SLICE("functions"));
    json_out_array(json);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        bool overload = i && slice_eq(function->name, catalog->functions[i - 1].name) &&
                        slice_eq(function->schema, catalog->functions[i - 1].schema);
        if (!overload && (!slice_present(ask->decisions.profile) || slice_eq(function->schema, ask->decisions.profile)))
            put_function(json, ask, catalog, function);
    }
    json_out_end_array(json);
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
    put_functions(&json, ask, catalog);
    struct buf openapi = buf_new(ask->arena, 64);
    buf_put(&openapi, ask->facts.base_path);
    BUF_LIT(&openapi, "/_openapi.json");
    json_out_member_string(&json, "openapi", buf_slice(&openapi));
    json_out_end_object(&json);
    respond_document(ask, &ask->decisions.plan->preconds, SLICE("application/json; charset=utf-8"), buf_slice(&body),
                     out);
}

/* A 412 for a document still has the current tag. */
void fail_document(const struct ask *ask, struct http_response *out, const char *why)
{
    struct slice etag = response_get(out, "ETag");
    respond_failure(ask, err_new(ask->arena, ERR_PRECONDITION_FAILED, "%s", why), out);
    response_set(out, "ETag", etag);
}

void respond_document(const struct ask *ask, const struct preconds *preconds, struct slice type, struct slice body,
                      struct http_response *out)
{
    out->status = 200;
    respond_common(ask, out);
    response_set(out, "Content-Type", type);
    out->body = body;
    set_content_tag(ask, out);
    evaluate_read(ask, preconds, NULL, out);
    if (out->status == 412)
        fail_document(ask, out, "The document is not in the state that was expected.");
}
