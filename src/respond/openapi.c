#include "midair/respond/openapi.h"

#include "openapi_parts.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"

#include <stdlib.h>

const char *openapi_name(struct arena *arena, struct slice name)
{
    struct buf out = buf_new(arena, name.len + 8);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        /* Most names have underscores, and hardly any one that two digits follow. */
        bool lone = c == '_' && !(i + 2 < name.len && strchr("0123456789abcdef", name.at[i + 1]) &&
                                  strchr("0123456789abcdef", name.at[i + 2]));
        if (plain || lone)
            buf_byte(&out, c);
        else
            buf_printf(&out, "_%02x", (unsigned char)c);
    }
    buf_byte(&out, '\0');
    return buf_slice(&out).at;
}

void openapi_text(cJSON *to, struct arena *arena, const char *name, struct slice text)
{
    const char *z = slice_present(text) ? text_cstr(arena, text) : NULL;
    if (z)
        cJSON_AddStringToObject(to, name, z);
}

cJSON *openapi_ref(struct arena *arena, const char *kind, const char *name)
{
    cJSON *ref = cJSON_CreateObject();
    cJSON_AddStringToObject(ref, "$ref", arena_printf(arena, "#/components/%s/%s", kind, name).at);
    return ref;
}

/* "/order_lines/{order_id},{line}" */
static const char *item_path(struct arena *arena, const struct relation *relation, struct slice collection)
{
    struct buf out = buf_new(arena, 64);
    buf_put(&out, collection);
    for (size_t i = 0; i < relation->key.column_count; i++)
        buf_printf(&out, "%s{%s}", i ? "," : "/",
                   openapi_name(arena, relation->columns[relation->key.columns[i]].name));
    buf_byte(&out, '\0');
    return buf_slice(&out).at;
}

static void add_relation(struct arena *arena, const struct relation *relation, cJSON *paths, cJSON *schemas)
{
    struct slice name = text_percent_encode(arena, relation->resource, "");
    struct slice collection = arena_printf(arena, "/%.*s", SLICE_ARG(name));
    if (openapi_collection_methods(relation))
        cJSON_AddItemToObject(paths, collection.at, openapi_collection(arena, relation));
    if (openapi_item_methods(relation))
        cJSON_AddItemToObject(paths, item_path(arena, relation, collection), openapi_item(arena, relation));
    cJSON_AddItemToObject(schemas, openapi_name(arena, relation->resource), openapi_row(arena, relation));
}

static cJSON *build(struct arena *arena, const struct catalog *catalog, const struct openapi_options *options)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "openapi", "3.1.0");
    cJSON *info = cJSON_AddObjectToObject(document, "info");
    openapi_text(info, arena, "title", catalog->database.len ? catalog->database : SLICE("midair"));
    cJSON_AddStringToObject(info, "version", MIDAIR_VERSION);
    cJSON_AddStringToObject(info, "description",
                            "Every representation carries a strong entity tag; a write with If-Match happens only if "
                            "the row is still in the state that the client saw.");
    cJSON *server = cJSON_CreateObject();
    openapi_text(server, arena, "url", options->base_path.len ? options->base_path : SLICE("/"));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(document, "servers"), server);
    cJSON *paths = cJSON_AddObjectToObject(document, "paths");
    cJSON *components = cJSON_AddObjectToObject(document, "components");
    cJSON *schemas = cJSON_AddObjectToObject(components, "schemas");
    for (size_t i = 0; i < catalog->relation_count; i++)
        add_relation(arena, catalog->relations[i], paths, schemas);
    /* A resource cannot have this name: those that begin with _ are midair's own. */
    cJSON_AddItemToObject(schemas, "_problem", openapi_problem());
    cJSON_AddItemToObject(components, "parameters", openapi_parameters());
    cJSON_AddItemToObject(components, "headers", openapi_headers());
    cJSON_AddItemToObject(components, "responses", openapi_responses());
    return document;
}

struct slice openapi_document(struct arena *arena, const struct catalog *catalog, const struct openapi_options *options)
{
    cJSON *document = build(arena, catalog, options);
    char *text = cJSON_PrintUnformatted(document);
    cJSON_Delete(document);
    if (!text)
        abort(); /* no memory */
    struct slice copy = arena_copy(arena, slice_of(text));
    cJSON_free(text);
    return copy;
}
