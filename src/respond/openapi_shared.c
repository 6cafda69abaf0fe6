/* What all paths share: parameters, header fields, responses and the problem document. */
#include "openapi_parts.h"

static const struct {
    const char *name, *in, *field, *type, *description;
} parameters[] = {
    {"IfMatch", "header", "If-Match", "string",
     "Entity tags of the state that may be changed, or * (RFC 9110 13.1.1). Where the resource demands it, a write "
     "without a precondition is answered 428."},
    {"IfNoneMatch", "header", "If-None-Match", "string",
     "Entity tags that the client has, answered 304; or *: only if there is none yet (RFC 9110 13.1.2)."},
    {"IfModifiedSince", "header", "If-Modified-Since", "string", "An HTTP date (RFC 9110 13.1.3)."},
    {"IfUnmodifiedSince", "header", "If-Unmodified-Since", "string", "An HTTP date (RFC 9110 13.1.4)."},
    {"Prefer", "header", "Prefer", "string",
     "return=representation, minimal or headers-only; count=exact, planned or estimated; resolution=, missing=, "
     "max-affected=, handling=, tx= (RFC 7240)."},
    {"Range", "header", "Range", "string", "Rows of the collection, such as 0-24."},
    {"select", "query", "select", "string", "Columns, comma-separated."},
    {"order", "query", "order", "string", "Columns to sort by, each with .asc or .desc."},
    {"limit", "query", "limit", "integer", "Rows at most."},
    {"offset", "query", "offset", "integer", "Rows to leave out at the beginning."},
    {"filter", "query", "filter", "object", "column=operator.value, such as status=eq.open; any number of them."},
};

cJSON *openapi_parameters(void)
{
    cJSON *all = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        cJSON *one = cJSON_AddObjectToObject(all, parameters[i].name);
        cJSON_AddStringToObject(one, "name", parameters[i].field);
        cJSON_AddStringToObject(one, "in", parameters[i].in);
        cJSON_AddStringToObject(one, "description", parameters[i].description);
        cJSON *schema = cJSON_AddObjectToObject(one, "schema");
        cJSON_AddStringToObject(schema, "type", parameters[i].type);
        if (strcmp(parameters[i].type, "integer") == 0)
            cJSON_AddNumberToObject(schema, "minimum", 0);
        if (strcmp(parameters[i].type, "object") == 0) {
            cJSON_AddStringToObject(one, "style", "form");
            cJSON_AddTrueToObject(one, "explode");
            cJSON_AddStringToObject(cJSON_AddObjectToObject(schema, "additionalProperties"), "type", "string");
        }
    }
    return all;
}

cJSON *openapi_headers(void)
{
    static const struct {
        const char *name, *description;
    } headers[] = {
        {"ETag", "The entity tag of the state, for If-Match and If-None-Match."},
        {"Last-Modified", "When the row was last changed."},
        {"Location", "The URL of what was made."},
        {"Content-Location", "The URL that the content represents."},
        {"Content-Range", "Which rows of how many."},
        {"Retry-After", "Seconds to wait."},
    };
    cJSON *all = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
        cJSON *one = cJSON_AddObjectToObject(all, headers[i].name);
        cJSON_AddStringToObject(one, "description", headers[i].description);
        cJSON_AddStringToObject(cJSON_AddObjectToObject(one, "schema"), "type", "string");
    }
    return all;
}

cJSON *openapi_responses(void)
{
    static const struct {
        const char *name, *description;
        bool problem, tag;
    } responses[] = {
        {"NotModified", "The client has this state already.", false, true},
        {"NotFound", "There is no such row or resource.", true, false},
        {"Conflict", "The change conflicts with other data.", true, false},
        {"PreconditionFailed", "The resource is not in the state that the client saw; nothing was changed.", true,
         true},
        {"PreconditionRequired", "The request must be conditional: send If-Match.", true, false},
        {"Problem", "The request failed.", true, false},
    };
    cJSON *all = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
        cJSON *one = cJSON_AddObjectToObject(all, responses[i].name);
        cJSON_AddStringToObject(one, "description", responses[i].description);
        if (responses[i].tag) {
            cJSON *tag = cJSON_AddObjectToObject(cJSON_AddObjectToObject(one, "headers"), "ETag");
            cJSON_AddStringToObject(tag, "$ref", "#/components/headers/ETag");
        }
        if (responses[i].problem) {
            cJSON *content = cJSON_AddObjectToObject(one, "content");
            cJSON *media = cJSON_AddObjectToObject(content, "application/problem+json");
            cJSON *schema = cJSON_AddObjectToObject(media, "schema");
            cJSON_AddStringToObject(schema, "$ref", "#/components/schemas/_problem");
        }
    }
    return all;
}

cJSON *openapi_problem(void)
{
    static const char *const texts[] = {"type", "title", "detail", "instance", "code", "message", "details", "hint"};
    cJSON *schema = cJSON_CreateObject();
    cJSON_AddStringToObject(schema, "type", "object");
    cJSON_AddStringToObject(schema, "description", "A problem document (RFC 9457).");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(properties, "status"), "type", "integer");
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        cJSON *types = cJSON_AddArrayToObject(cJSON_AddObjectToObject(properties, texts[i]), "type");
        cJSON_AddItemToArray(types, cJSON_CreateString("string"));
        cJSON_AddItemToArray(types, cJSON_CreateString("null"));
    }
    return schema;
}
