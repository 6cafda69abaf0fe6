/* The index: what is served, with links. */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/json/build.h"
#include "midair/plan/call.h"

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

static void put_function(struct json_out *json, const struct ask *ask, const struct catalog *catalog,
                         const struct function *function)
{
    unsigned methods = call_methods(catalog, function->schema, function->name);
    json_out_object(json);
    json_out_member_string(json, "name", function->name);
    json_out_member_string(json, "href",
                           arena_printf(ask->arena, "%.*s/rpc/%.*s", SLICE_ARG(ask->base_path),
                                        SLICE_ARG(text_percent_encode(ask->arena, function->name, "!$'()*:@"))));
    if (ask->profiles)
        json_out_member_string(json, "profile", function->schema);
    json_out_member_string(json, "methods", method_list(ask->arena, methods));
    if (slice_present(function->comment))
        json_out_member_string(json, "description", function->comment);
    json_out_end_object(json);
}

/* Overloads are one resource: they stand behind each other in the catalog. */
static void put_functions(struct json_out *json, const struct ask *ask, const struct catalog *catalog)
{
    json_out_name(json, SLICE("functions"));
    json_out_array(json);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        bool overload = i && slice_eq(function->name, catalog->functions[i - 1].name) &&
                        slice_eq(function->schema, catalog->functions[i - 1].schema);
        if (!overload && (!slice_present(ask->profile) || slice_eq(function->schema, ask->profile)))
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
    buf_put(&openapi, ask->base_path);
    BUF_LIT(&openapi, "/_openapi.json");
    json_out_member_string(&json, "openapi", buf_slice(&openapi));
    json_out_end_object(&json);
    respond_document(ask, &ask->plan->preconds, SLICE("application/json; charset=utf-8"), buf_slice(&body), out);
}
