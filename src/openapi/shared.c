/* Components that all paths share: parameters, header fields, responses and the problem document. */
#include "parts.h"

#include "midair/base/text.h"

cJSON *openapi_array_of(cJSON *item)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON_AddStringToObject(schema, "type", "array");
    cJSON_AddItemToObject(schema, "items", item);
    return schema;
}

void openapi_add_media(cJSON *content, const char *type, cJSON *schema)
{
    cJSON_AddItemToObject(cJSON_AddObjectToObject(content, type), "schema", schema);
}

void openapi_comment(cJSON *to, struct arena *arena, struct slice comment, const char *summary)
{
    struct slice first, rest;
    slice_cut(comment, '\n', &first, &rest);
    first = slice_trim(first);
    if (first.len)
        openapi_text(to, arena, "summary", first);
    else if (summary)
        cJSON_AddStringToObject(to, "summary", summary);
    rest = slice_trim(rest);
    while (rest.len && rest.at[0] == '\n')
        rest = slice_trim(slice_from(rest, 1));
    if (rest.len)
        openapi_text(to, arena, "description", rest);
}

static const struct {
    const char *name, *in, *field, *type, *description;
} parameters[] = {
    {"IfMatch", "header", "If-Match", "string",
     "Entity tags of the state that may be changed, or * (RFC 9110 13.1.1). Where the resource requires it, a write "
     "without a precondition is answered 428."},
    {"IfNoneMatch", "header", "If-None-Match", "string",
     "Entity tags that the client has: if one is current, the response is 304. Or *: the write happens only if the "
     "resource does not exist (RFC 9110 13.1.2)."},
    {"IfModifiedSince", "header", "If-Modified-Since", "string", "An HTTP date (RFC 9110 13.1.3)."},
    {"IfUnmodifiedSince", "header", "If-Unmodified-Since", "string", "An HTTP date (RFC 9110 13.1.4)."},
    {"Prefer", "header", "Prefer", "string",
     "return=representation, minimal or headers-only; count=exact, planned or estimated; resolution=, missing=, "
     "max-affected=, handling=, tx= (RFC 7240)."},
    {"Range", "header", "Range", "string", "Rows of the collection, such as 0-24."},
    {"select", "query", "select", "string",
     "Columns, comma-separated: name, label:name, name::type, name->key, related(name,other), ...related(name)."},
    {"order", "query", "order", "string",
     "Columns to sort by, comma-separated, each with .asc or .desc and .nullsfirst or .nullslast."},
    {"limit", "query", "limit", "integer", "The largest number of rows."},
    {"offset", "query", "offset", "integer", "The number of rows to skip."},
    {"columns", "query", "columns", "string", "Members of the content that are used, comma-separated."},
    {"onConflict", "query", "on_conflict", "string",
     "Unique columns that identify an existing row, with Prefer: resolution=."},
    {"filter", "query", "filter", "object",
     "column=operator.value, such as status=eq.open or id=in.(1,2); or=(a.eq.1,b.is.null). Any number of them."},
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

static void add_profile(cJSON *to, struct arena *arena, const struct catalog *catalog, const char *name,
                        const char *field, const char *description)
{
    cJSON *one = cJSON_AddObjectToObject(to, name);
    cJSON_AddStringToObject(one, "name", field);
    cJSON_AddStringToObject(one, "in", "header");
    cJSON_AddStringToObject(one, "description", description);
    cJSON *schema = cJSON_AddObjectToObject(one, "schema");
    cJSON_AddStringToObject(schema, "type", "string");
    cJSON *names = cJSON_AddArrayToObject(schema, "enum");
    for (size_t i = 0; i < catalog->schema_count; i++)
        cJSON_AddItemToArray(names, cJSON_CreateString(arena_copy(arena, catalog->schemas[i].name).at));
}

void openapi_add_profiles(cJSON *to, struct arena *arena, const struct catalog *catalog)
{
    add_profile(to, arena, catalog, "AcceptProfile", "Accept-Profile",
                "The schema in which names are looked up, with GET and HEAD.");
    add_profile(to, arena, catalog, "ContentProfile", "Content-Profile",
                "The schema in which names are looked up, with the other methods.");
}

cJSON *openapi_headers(void)
{
    static const struct {
        const char *name, *description;
    } headers[] = {
        {"ETag", "The entity tag of the state, for If-Match and If-None-Match."},
        {"Last-Modified", "When the row was last changed."},
        {"Location", "The URL of the created row."},
        {"Content-Location", "The URL that the content represents."},
        {"Content-Range", "The range of rows, and their total number."},
        {"Content-Profile", "The schema of the content, where several are exposed."},
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
