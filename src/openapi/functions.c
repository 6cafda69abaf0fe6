/* Path items of functions: their parameters, how they are called, and their results. */
#include "parts.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/plan/call.h"

/* The overloads of one name. */
struct overloads {
    struct arena *arena;
    const struct catalog *catalog;
    const struct openapi_options *options;
    const struct function *list;
    size_t count;
};

/* Whether the function requires an argument that has no name. */
static bool has_nameless(const struct function *function)
{
    for (size_t i = 0; i < function->parameter_count; i++)
        if (function->parameters[i].name.len == 0 && !function->parameters[i].has_default)
            return true;
    return false;
}

static bool can_be_read(const struct function *function)
{
    return function->volatility != VOLATILITY_VOLATILE && !has_nameless(function);
}

/* The media type of content that is passed as a whole to the only parameter if that has no name; NULL: there is no such
 * parameter. */
static const char *whole_type(const struct function *function)
{
    static const struct {
        uint32_t oid;
        const char *type;
    } types[] = {{OID_JSON, "application/json"},
                 {OID_JSONB, "application/json"},
                 {OID_TEXT, "text/plain"},
                 {OID_BYTEA, "application/octet-stream"},
                 {OID_XML, "text/xml"}};
    for (size_t i = 0;
         function->parameter_count == 1 && function->parameters[0].name.len == 0 && i < sizeof(types) / sizeof(*types);
         i++)
        if (types[i].oid == function->parameters[0].type_oid)
            return types[i].type;
    return NULL;
}

static cJSON *parameter_schema(const struct function *function, size_t index)
{
    const struct parameter *parameter = &function->parameters[index];
    return openapi_type(parameter->type_oid, parameter->type);
}

/* The schema of the object of arguments. */
static cJSON *arguments_schema(const struct overloads *overloads, const struct function *function)
{
    cJSON *schema = cJSON_CreateObject(), *required = cJSON_CreateArray();
    cJSON_AddStringToObject(schema, "type", "object");
    cJSON *properties = cJSON_AddObjectToObject(schema, "properties");
    for (size_t i = 0; i < function->parameter_count; i++) {
        const char *name = text_cstr(overloads->arena, function->parameters[i].name);
        if (!name || !*name)
            continue;
        cJSON_AddItemToObject(properties, name, parameter_schema(function, i));
        if (!function->parameters[i].has_default)
            cJSON_AddItemToArray(required, cJSON_CreateString(name));
    }
    if (cJSON_GetArraySize(required))
        cJSON_AddItemToObject(schema, "required", required);
    else
        cJSON_Delete(required);
    return schema;
}

/* One schema unchanged, or several as alternatives. Takes ownership of `all`, an array. */
static cJSON *choice_of(cJSON *all)
{
    if (cJSON_GetArraySize(all) == 1) {
        cJSON *only = cJSON_DetachItemFromArray(all, 0);
        cJSON_Delete(all);
        return only;
    }
    cJSON *schema = cJSON_CreateObject();
    cJSON_AddItemToObject(schema, "anyOf", all);
    return schema;
}

static bool needs_content(const struct function *function)
{
    for (size_t i = 0; i < function->parameter_count; i++)
        if (!function->parameters[i].has_default)
            return true;
    return false;
}

static void add_body(cJSON *to, const struct overloads *overloads)
{
    bool required = true;
    cJSON *body = cJSON_CreateObject(), *content = cJSON_AddObjectToObject(body, "content"),
          *json = cJSON_CreateArray();
    for (size_t i = 0; i < overloads->count; i++) {
        const struct function *function = &overloads->list[i];
        const char *whole = whole_type(function);
        required = required && needs_content(function);
        if (whole && strcmp(whole, "application/json") != 0 && !cJSON_HasObjectItem(content, whole)) {
            cJSON *schema = cJSON_CreateObject();
            cJSON_AddStringToObject(schema, "type", "string");
            openapi_add_media(content, whole, schema);
        } else if (whole && strcmp(whole, "application/json") == 0) {
            cJSON_AddItemToArray(json, cJSON_CreateObject());
        } else if (!whole && !has_nameless(function)) {
            cJSON_AddItemToArray(json, arguments_schema(overloads, function));
        }
    }
    if (cJSON_GetArraySize(json))
        openapi_add_media(content, "application/json", choice_of(json));
    else
        cJSON_Delete(json);
    if (required)
        cJSON_AddTrueToObject(body, "required");
    if (content->child)
        cJSON_AddItemToObject(to, "requestBody", body);
    else
        cJSON_Delete(body);
}

/* The relation whose rows the function returns, if it is described in this document; otherwise NULL. */
static const struct relation *described(const struct overloads *overloads, const struct function *function)
{
    const struct catalog *catalog = overloads->catalog;
    for (size_t i = 0; function->relation_oid && i < catalog->relation_count; i++)
        if (catalog->relations[i]->oid == function->relation_oid)
            return openapi_shows(catalog->relations[i], overloads->options) ? catalog->relations[i] : NULL;
    return NULL;
}

static cJSON *result_schema(const struct overloads *overloads, const struct function *function)
{
    struct arena *arena = overloads->arena;
    const struct relation *table = described(overloads, function);
    cJSON *one = table ? openapi_ref(arena, "schemas", openapi_name(arena, table->resource))
                 : function->shape == RESULT_SCALAR ? openapi_column(arena, function->result, 0)
                                                    : openapi_row(arena, function->result);
    return function->returns_set ? openapi_array_of(one) : one;
}

static void add_results(cJSON *to, const struct overloads *overloads, bool reads)
{
    struct arena *arena = overloads->arena;
    cJSON *responses = cJSON_AddObjectToObject(to, "responses"), *all = cJSON_CreateArray();
    bool nothing = false, sets = false;
    for (size_t i = 0; i < overloads->count; i++) {
        const struct function *function = &overloads->list[i];
        if (reads && !can_be_read(function))
            continue;
        nothing = nothing || function->shape == RESULT_VOID;
        sets = sets || function->returns_set;
        if (function->shape != RESULT_VOID)
            cJSON_AddItemToArray(all, result_schema(overloads, function));
    }
    if (cJSON_GetArraySize(all)) {
        cJSON *done = cJSON_AddObjectToObject(responses, "200");
        cJSON_AddStringToObject(done, "description", "The result of the function.");
        if (sets)
            cJSON_AddItemToObject(cJSON_AddObjectToObject(done, "headers"), "Content-Range",
                                  openapi_ref(arena, "headers", "Content-Range"));
        openapi_add_media(cJSON_AddObjectToObject(done, "content"), "application/json", choice_of(all));
    } else {
        cJSON_Delete(all);
    }
    if (nothing)
        cJSON_AddStringToObject(cJSON_AddObjectToObject(responses, "204"), "description", "Done.");
    cJSON_AddItemToObject(responses, "default", openapi_ref(arena, "responses", "Problem"));
}

/* Whether every overload that GET can call requires the parameter. */
static bool always_given(const struct overloads *overloads, struct slice name)
{
    for (size_t i = 0; i < overloads->count; i++) {
        const struct function *function = &overloads->list[i];
        size_t at = function_parameter(function, name);
        if (can_be_read(function) && (at == function->parameter_count || function->parameters[at].has_default))
            return false;
    }
    return true;
}

static bool is_there(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *there = cJSON_GetObjectItemCaseSensitive(item, "name");
        if (there && strcmp(there->valuestring, name) == 0)
            return true;
    }
    return false;
}

static void add_argument(cJSON *list, const struct overloads *overloads, const struct function *function, size_t index)
{
    const char *name = text_cstr(overloads->arena, function->parameters[index].name);
    if (!name || !*name || is_there(list, name))
        return;
    cJSON *one = cJSON_CreateObject();
    cJSON_AddStringToObject(one, "name", name);
    cJSON_AddStringToObject(one, "in", "query");
    if (always_given(overloads, function->parameters[index].name))
        cJSON_AddTrueToObject(one, "required");
    cJSON_AddItemToObject(one, "schema", parameter_schema(function, index));
    cJSON_AddItemToArray(list, one);
}

static bool is_argument(const struct overloads *overloads, struct slice name)
{
    for (size_t i = 0; i < overloads->count; i++)
        if (can_be_read(&overloads->list[i]) &&
            function_parameter(&overloads->list[i], name) < overloads->list[i].parameter_count)
            return true;
    return false;
}

/* The parameters that select what is shown of the rows, without those whose names are arguments. */
static const char *row_words(const struct overloads *overloads)
{
    static const struct slice words[] = {SLICE_LITERAL("select"), SLICE_LITERAL("order"), SLICE_LITERAL("limit"),
                                         SLICE_LITERAL("offset"), SLICE_LITERAL("filter")};
    struct buf list = buf_new(overloads->arena, 64);
    for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
        if (!is_argument(overloads, words[i]))
            buf_printf(&list, "%.*s ", SLICE_ARG(words[i]));
    buf_z(&list, "Range Prefer IfNoneMatch");
    buf_byte(&list, '\0');
    return buf_slice(&list).at;
}

/* Adds the parameters of the query: the arguments, and those that apply to the returned rows. */
static void add_query(cJSON *to, const struct overloads *overloads)
{
    bool sets = false;
    for (size_t i = 0; i < overloads->count; i++)
        sets = sets || (can_be_read(&overloads->list[i]) && overloads->list[i].returns_set);
    openapi_add_parameters(to, overloads->arena, NULL, sets ? row_words(overloads) : "Prefer IfNoneMatch");
    cJSON *list = cJSON_GetObjectItemCaseSensitive(to, "parameters");
    for (size_t i = 0; i < overloads->count; i++)
        for (size_t k = 0; can_be_read(&overloads->list[i]) && k < overloads->list[i].parameter_count; k++)
            add_argument(list, overloads, &overloads->list[i], k);
}

static cJSON *operation(cJSON *path, const struct overloads *overloads, const char *method)
{
    const struct function *function = overloads->list;
    cJSON *to = cJSON_AddObjectToObject(path, method);
    cJSON_AddStringToObject(
        to, "operationId",
        arena_printf(overloads->arena, "call-%s!%s", openapi_name(overloads->arena, function->name), method).at);
    openapi_comment(to, overloads->arena, function->comment, "Call the function");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(to, "tags"), cJSON_CreateString("rpc"));
    return to;
}

cJSON *openapi_function(struct arena *arena, const struct catalog *catalog, const struct function *list, size_t count,
                        const struct openapi_options *options)
{
    const struct overloads overloads = {arena, catalog, options, list, count};
    cJSON *path = cJSON_CreateObject();
    bool readable = false;
    for (size_t i = 0; i < count; i++)
        readable = readable || can_be_read(&list[i]);
    if (readable) {
        cJSON *get = operation(path, &overloads, "get");
        add_query(get, &overloads);
        add_results(get, &overloads, true);
    }
    cJSON *post = operation(path, &overloads, "post");
    openapi_add_parameters(post, arena, NULL, "select Prefer");
    add_body(post, &overloads);
    add_results(post, &overloads, false);
    cJSON_AddArrayToObject(path, "parameters");
    return path;
}
