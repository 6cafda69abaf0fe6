/* The path item of /_batch, and the schema of a batch and its response. */
#include "parts.h"

/* Adds a property of an object; `description` may be NULL. Returns it, borrowed. */
static cJSON *property(cJSON *object, const char *name, const char *type, const char *description)
{
    cJSON *properties = cJSON_GetObjectItemCaseSensitive(object, "properties");
    if (!properties)
        properties = cJSON_AddObjectToObject(object, "properties");
    cJSON *one = cJSON_AddObjectToObject(properties, name);
    if (type)
        cJSON_AddStringToObject(one, "type", type);
    if (description)
        cJSON_AddStringToObject(one, "description", description);
    return one;
}

static void add_words(cJSON *to, const char *const *words, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(to, "enum");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(words[i]));
}

static void add_required(cJSON *to, const char *const *words, size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(to, "required");
    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(words[i]));
}

static cJSON *object_new(void)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "type", "object");
    return object;
}

static void add_headers(cJSON *object, const char *description)
{
    cJSON *headers = property(object, "headers", "object", description);
    cJSON_AddStringToObject(cJSON_AddObjectToObject(headers, "additionalProperties"), "type", "string");
}

static cJSON *request_schema(void)
{
    static const char *const required[] = {"id", "method", "url"}, *const locks[] = {"share", "update"};
    static const char *const levels[] = {"read-committed", "repeatable-read", "serializable"};
    cJSON *object = object_new();
    property(object, "id", "string", "Letters, digits and - _ . : that identify the request in the batch.");
    property(object, "method", "string", NULL);
    property(object, "url", "string", "A path with a query. $ID at its begin is the resource of an earlier request.");
    add_headers(object, "Field names and values. $ID in If-Match is the tag that an earlier request answered.");
    property(object, "body", NULL,
             "The content. In it, \"$ID\" is the key of an earlier request that dependsOn lists.");
    property(object, "atomicityGroup", "string",
             "Consecutive requests with the same name are one transaction. outer/inner is a savepoint in outer.");
    cJSON *needs = property(object, "dependsOn", "array", "Ids of earlier requests and groups that must succeed.");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(needs, "items"), "type", "string");
    add_words(property(object, "lock", "string", "Of a GET in a group: locks the rows until the commit."), locks, 2);
    add_words(property(object, "isolation", "string", "Of the transaction of the group."), levels, 3);
    add_required(object, required, 3);
    return object;
}

static cJSON *response_schema(void)
{
    static const char *const required[] = {"id", "status"};
    cJSON *object = object_new();
    property(object, "id", "string", NULL);
    property(object, "atomicityGroup", "string", NULL);
    property(object, "status", "integer", NULL);
    add_headers(object, NULL);
    property(object, "body", NULL, NULL);
    add_required(object, required, 2);
    return object;
}

/* {"type": "object", "properties": {NAME: array of `item`}} */
static cJSON *list_of(const char *name, cJSON *item)
{
    cJSON *object = object_new();
    cJSON_AddItemToObject(cJSON_AddObjectToObject(object, "properties"), name, openapi_array_of(item));
    add_required(object, &name, 1);
    return object;
}

cJSON *openapi_batch(struct arena *arena)
{
    cJSON *path = cJSON_CreateObject();
    cJSON *post = cJSON_AddObjectToObject(path, "post");
    cJSON_AddStringToObject(post, "operationId", "_batch");
    cJSON_AddStringToObject(post, "summary", "Several requests at once (OData 4.01 JSON batch)");
    openapi_add_parameters(post, arena, NULL, "Prefer");
    cJSON *body = cJSON_AddObjectToObject(post, "requestBody");
    cJSON_AddTrueToObject(body, "required");
    openapi_add_media(cJSON_AddObjectToObject(body, "content"), "application/json",
                      list_of("requests", request_schema()));
    cJSON *answer = cJSON_AddObjectToObject(cJSON_AddObjectToObject(post, "responses"), "200");
    cJSON_AddStringToObject(answer, "description", "One response for each request, in their order");
    openapi_add_media(cJSON_AddObjectToObject(answer, "content"), "application/json",
                      list_of("responses", response_schema()));
    return path;
}
