/* Path items: the allowed methods, with their parameters and responses. */
#include "parts.h"

#include "midair/base/buf.h"
#include "midair/http/message.h"
#include "midair/plan/plan.h"

enum { TARGET_COLLECTION = 1, TARGET_ITEM = 2 };

/* A method of a kind of resource, with its parameters and responses. Words in the lists are names of components. */
struct operation {
    enum method method;
    int target;
    const char *summary;
    const char *parameters; /* names, separated by spaces */
    const char *bodies;     /* names out of row, rows, merge, patch, update */
    const char *statuses;   /* "200:row": status and content; a word with a capital letter is a shared response */
};

static const struct operation operations[] = {
    {METHOD_GET, TARGET_COLLECTION, "Read rows",
     "select order limit offset filter Range Prefer IfNoneMatch IfModifiedSince", "",
     "200:rows 206:rows 304:NotModified default:Problem"},
    {METHOD_HEAD, TARGET_COLLECTION, "Read the header fields alone",
     "select order limit offset filter Range Prefer IfNoneMatch IfModifiedSince", "",
     "200: 206: 304:NotModified default:Problem"},
    {METHOD_POST, TARGET_COLLECTION, "Create a row, or several in one transaction", "select Prefer", "row rows",
     "201:row 409:Conflict default:Problem"},
    {METHOD_PATCH, TARGET_COLLECTION, "Change the rows that a filter selects, in one transaction",
     "filter Prefer IfMatch IfUnmodifiedSince", "merge",
     "200:rows 204: 409:Conflict 412:PreconditionFailed 428:PreconditionRequired default:Problem"},
    {METHOD_DELETE, TARGET_COLLECTION, "Delete the rows that a filter selects, in one transaction",
     "filter Prefer IfMatch IfUnmodifiedSince", "",
     "200:rows 204: 409:Conflict 412:PreconditionFailed 428:PreconditionRequired default:Problem"},
    {METHOD_GET, TARGET_ITEM, "Read a row", "select Prefer IfMatch IfNoneMatch IfModifiedSince IfUnmodifiedSince", "",
     "200:row 304:NotModified 404:NotFound 412:PreconditionFailed default:Problem"},
    {METHOD_HEAD, TARGET_ITEM, "Read the header fields alone",
     "select Prefer IfMatch IfNoneMatch IfModifiedSince IfUnmodifiedSince", "",
     "200: 304:NotModified 404:NotFound 412:PreconditionFailed default:Problem"},
    {METHOD_PUT, TARGET_ITEM, "Replace a row, or create it", "select Prefer IfMatch IfNoneMatch IfUnmodifiedSince",
     "row", "200:row 201:row 204: 409:Conflict 412:PreconditionFailed 428:PreconditionRequired default:Problem"},
    {METHOD_PATCH, TARGET_ITEM, "Change a row", "select Prefer IfMatch IfUnmodifiedSince", "merge patch update",
     "200:row 204: 404:NotFound 409:Conflict 412:PreconditionFailed 428:PreconditionRequired default:Problem"},
    {METHOD_DELETE, TARGET_ITEM, "Delete a row", "Prefer IfMatch IfUnmodifiedSince", "",
     "200:row 204: 404:NotFound 409:Conflict 412:PreconditionFailed 428:PreconditionRequired default:Problem"},
};

enum { OPERATIONS = sizeof(operations) / sizeof(operations[0]) };

static unsigned allowed(const struct relation *relation, int target)
{
    unsigned set = 0;
    for (size_t i = 0; i < OPERATIONS; i++) {
        enum method method = operations[i].method;
        bool may = method == METHOD_POST     ? relation->can_insert
                   : method == METHOD_PUT    ? relation->can_insert && relation->can_update
                   : method == METHOD_PATCH  ? relation->can_update
                   : method == METHOD_DELETE ? relation->can_delete
                                             : relation->can_select;
        if (operations[i].target == target && may)
            set |= METHOD_BIT(method);
    }
    const struct route route = {.kind = target == TARGET_ITEM ? ROUTE_ITEM : ROUTE_COLLECTION, .relation = relation};
    return set & plan_methods(&route);
}

unsigned openapi_collection_methods(const struct relation *relation)
{
    return allowed(relation, TARGET_COLLECTION);
}

unsigned openapi_item_methods(const struct relation *relation)
{
    return relation->key.column_count ? allowed(relation, TARGET_ITEM) : 0;
}

/* Takes the first word from the front of a list. */
static bool next_word(struct slice *rest, struct slice *word)
{
    slice_cut(*rest, ' ', word, rest);
    return word->len > 0;
}

void openapi_add_parameters(cJSON *to, struct arena *arena, const struct relation *relation, const char *words)
{
    cJSON *list = cJSON_AddArrayToObject(to, "parameters");
    struct slice rest = slice_of(words), word;
    while (next_word(&rest, &word)) {
        const char *name = arena_copy(arena, word).at;
        if (relation && slice_eq(word, SLICE("filter")))
            name = arena_printf(arena, "filter-%s", openapi_name(arena, relation->resource)).at;
        cJSON_AddItemToArray(list, openapi_ref(arena, "parameters", name));
    }
}

static cJSON *row_schema(struct arena *arena, const struct relation *relation)
{
    return openapi_ref(arena, "schemas", openapi_name(arena, relation->resource));
}

static cJSON *rows_schema(struct arena *arena, const struct relation *relation)
{
    return openapi_array_of(row_schema(arena, relation));
}

static cJSON *object_schema(const char *type, const char *description)
{
    cJSON *schema = cJSON_CreateObject();
    cJSON_AddStringToObject(schema, "type", type);
    cJSON_AddStringToObject(schema, "description", description);
    return schema;
}

static void add_body(cJSON *to, struct arena *arena, const struct relation *relation, const char *words)
{
    struct slice list = slice_of(words), word;
    if (list.len == 0)
        return;
    cJSON *body = cJSON_AddObjectToObject(to, "requestBody");
    cJSON_AddTrueToObject(body, "required");
    cJSON *content = cJSON_AddObjectToObject(body, "content"), *either = NULL;
    while (next_word(&list, &word)) {
        if (slice_eq(word, SLICE("row")) && list.len) {
            cJSON *schema = cJSON_CreateObject();
            either = cJSON_AddArrayToObject(schema, "oneOf");
            cJSON_AddItemToArray(either, row_schema(arena, relation));
            openapi_add_media(content, "application/json", schema);
        } else if (slice_eq(word, SLICE("row"))) {
            openapi_add_media(content, "application/json", row_schema(arena, relation));
        } else if (slice_eq(word, SLICE("rows"))) {
            cJSON_AddItemToArray(either, rows_schema(arena, relation));
        } else if (slice_eq(word, SLICE("merge"))) {
            openapi_add_media(content, "application/merge-patch+json",
                              object_schema("object", "The members to change; null removes one (RFC 7396)."));
        } else if (slice_eq(word, SLICE("patch"))) {
            openapi_add_media(content, "application/json-patch+json",
                              openapi_array_of(object_schema("object", "An operation (RFC 6902).")));
        } else {
            openapi_add_media(
                content, "application/vnd.midair.update+json",
                object_schema("object",
                              "Operators that the database applies: $set, $inc, $mul, $min, $max and others."));
        }
    }
}

static void add_header_refs(cJSON *response, struct arena *arena, const char *words)
{
    cJSON *headers = cJSON_AddObjectToObject(response, "headers");
    struct slice rest = slice_of(words), word;
    while (next_word(&rest, &word)) {
        const char *name = arena_copy(arena, word).at;
        cJSON_AddItemToObject(headers, name, openapi_ref(arena, "headers", name));
    }
}

/* A response that is specific to this operation: 200, 201, 204 or 206. */
static cJSON *own_response(struct arena *arena, const struct relation *relation, struct slice status, struct slice what)
{
    static const struct {
        const char *status, *description, *headers;
    } kinds[] = {
        {"200", "Success; the content is the current state.", "ETag Last-Modified"},
        {"201", "Created.", "ETag Last-Modified Location"},
        {"204", "Done.", "ETag"},
        {"206", "Some of the rows.", "ETag Content-Range"},
    };
    cJSON *response = cJSON_CreateObject();
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!slice_eq(status, slice_of(kinds[i].status)))
            continue;
        cJSON_AddStringToObject(response, "description", kinds[i].description);
        add_header_refs(response, arena, kinds[i].headers);
    }
    if (what.len) {
        bool one = slice_eq(what, SLICE("row"));
        cJSON *content = cJSON_AddObjectToObject(response, "content");
        openapi_add_media(content, "application/json",
                          one ? row_schema(arena, relation) : rows_schema(arena, relation));
    }
    return response;
}

static void add_responses(cJSON *to, struct arena *arena, const struct relation *relation, const char *words)
{
    cJSON *responses = cJSON_AddObjectToObject(to, "responses");
    struct slice rest = slice_of(words), word, status, what;
    while (next_word(&rest, &word)) {
        slice_cut(word, ':', &status, &what);
        bool shared = what.len && what.at[0] >= 'A' && what.at[0] <= 'Z';
        cJSON_AddItemToObject(responses, arena_copy(arena, status).at,
                              shared ? openapi_ref(arena, "responses", arena_copy(arena, what).at)
                                     : own_response(arena, relation, status, what));
    }
}

/* The suffix of the ids of operations below /orders/{id}: "!orders", or the name of the foreign key where there are
 * several. */
static const char *id_suffix(struct arena *arena, const struct link *above)
{
    if (!above)
        return "";
    return arena_printf(arena, "!%s!%s", openapi_name(arena, above->parent->resource), openapi_name(arena, above->name))
        .at;
}

static void add_operation(cJSON *path, struct arena *arena, const struct relation *relation,
                          const struct operation *operation, const struct link *above)
{
    static const char *const names[] = {
        [METHOD_GET] = "get",     [METHOD_HEAD] = "head",     [METHOD_POST] = "post",      [METHOD_PUT] = "put",
        [METHOD_PATCH] = "patch", [METHOD_DELETE] = "delete", [METHOD_OPTIONS] = "options"};
    const char *name = names[operation->method], *resource = openapi_name(arena, relation->resource);
    cJSON *to = cJSON_AddObjectToObject(path, name);
    cJSON_AddStringToObject(to, "operationId",
                            arena_printf(arena, "%s-%s-%s%s", name, resource,
                                         operation->target == TARGET_ITEM ? "item" : "collection",
                                         id_suffix(arena, above))
                                .at);
    cJSON_AddStringToObject(to, "summary", operation->summary);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(to, "tags"), cJSON_CreateString(resource));
    openapi_add_parameters(to, arena, relation, operation->parameters);
    add_body(to, arena, relation, operation->bodies);
    add_responses(to, arena, relation, operation->statuses);
}

static const char *key_name(struct arena *arena, const struct relation *relation, size_t index, bool above)
{
    const char *name = openapi_name(arena, relation->columns[relation->key.columns[index]].name);
    return above ? arena_printf(arena, "%s.%s", openapi_name(arena, relation->resource), name).at : name;
}

const char *openapi_key_template(struct arena *arena, const struct relation *relation, bool above)
{
    struct buf out = buf_new(arena, 64);
    for (size_t i = 0; i < relation->key.column_count; i++)
        buf_printf(&out, "%s{%s}", i ? "," : "", key_name(arena, relation, i, above));
    buf_byte(&out, '\0');
    return buf_slice(&out).at;
}

static void add_keys(cJSON *list, struct arena *arena, const struct relation *relation, bool above)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        cJSON *key = cJSON_CreateObject();
        cJSON_AddStringToObject(key, "name", key_name(arena, relation, i, above));
        cJSON_AddStringToObject(key, "in", "path");
        cJSON_AddTrueToObject(key, "required");
        cJSON_AddItemToObject(key, "schema", openapi_column(arena, relation, (size_t)relation->key.columns[i]));
        cJSON_AddItemToArray(list, key);
    }
}

static cJSON *path_of(struct arena *arena, const struct relation *relation, int target, const struct link *above)
{
    cJSON *path = cJSON_CreateObject();
    unsigned set = allowed(relation, target);
    openapi_comment(path, arena, relation->comment, NULL);
    for (size_t i = 0; i < OPERATIONS; i++)
        if (operations[i].target == target && (set & METHOD_BIT(operations[i].method)))
            add_operation(path, arena, relation, &operations[i], above);
    cJSON *parameters = cJSON_AddArrayToObject(path, "parameters");
    if (above)
        add_keys(parameters, arena, above->parent, true);
    if (target == TARGET_ITEM)
        add_keys(parameters, arena, relation, false);
    return path;
}

cJSON *openapi_collection(struct arena *arena, const struct relation *relation, const struct link *above)
{
    return path_of(arena, relation, TARGET_COLLECTION, above);
}

cJSON *openapi_item(struct arena *arena, const struct relation *relation, const struct link *above)
{
    return path_of(arena, relation, TARGET_ITEM, above);
}
