#include "midair/openapi/openapi.h"

#include "parts.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/plan/route.h"

#include <assert.h>
#include <stdlib.h>

const char *openapi_name(struct arena *arena, struct slice name)
{
    struct buf out = buf_new(arena, name.len + 8);
    for (size_t i = 0; i < name.len; i++) {
        char c = name.at[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
        /* An underscore is kept unless two hexadecimal digits follow it, so most names stay readable and the encoding
         * stays unambiguous. */
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

bool openapi_shows(const struct relation *relation, const struct openapi_options *options)
{
    if (!relation_is_usable(relation))
        return false;
    return slice_present(options->profile) ? slice_eq(relation->schema, options->profile) : !relation->hidden;
}

/* The state while a document is made. */
struct making {
    struct arena *arena;
    const struct catalog *catalog;
    const struct openapi_options *options;
    cJSON *paths, *schemas, *parameters;
};

/* Adds a path. With several schemas it gets the fields that select one. */
static void add_path(struct making *making, const char *name, cJSON *path)
{
    cJSON *parameters = cJSON_GetObjectItemCaseSensitive(path, "parameters");
    assert(parameters);
    if (making->catalog->schema_count > 1) {
        cJSON_AddItemToArray(parameters, openapi_ref(making->arena, "parameters", "AcceptProfile"));
        cJSON_AddItemToArray(parameters, openapi_ref(making->arena, "parameters", "ContentProfile"));
    }
    if (cJSON_GetArraySize(parameters) == 0)
        cJSON_DeleteItemFromObjectCaseSensitive(path, "parameters");
    cJSON_AddItemToObject(making->paths, name, path);
}

static void add_rows(struct making *making, const struct relation *relation, struct slice collection,
                     const struct link *above)
{
    struct arena *arena = making->arena;
    if (openapi_collection_methods(relation))
        add_path(making, collection.at, openapi_collection(arena, relation, above));
    if (openapi_item_methods(relation))
        add_path(making,
                 arena_printf(arena, "%.*s/%s", SLICE_ARG(collection), openapi_key_template(arena, relation, false)).at,
                 openapi_item(arena, relation, above));
}

/* Adds the paths of the children of a row, one level deep. Deeper levels have the same form below the children's own
 * paths. */
static void add_children(struct making *making, const struct relation *relation, struct slice collection)
{
    struct arena *arena = making->arena;
    struct slice item =
        arena_printf(arena, "%.*s/%s", SLICE_ARG(collection), openapi_key_template(arena, relation, true));
    for (size_t i = 0; relation->key.column_count && i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        /* There may be far more links over views than foreign keys */
        if (!link->by_view && openapi_shows(link->child, making->options))
            add_rows(making, link->child, arena_copy(arena, route_children_path(arena, item, link)), link);
    }
}

static void add_relation(struct making *making, const struct relation *relation)
{
    struct arena *arena = making->arena;
    struct slice name = text_percent_encode(arena, relation->resource, "");
    struct slice collection = arena_printf(arena, "/%.*s", SLICE_ARG(name));
    const char *legal = openapi_name(arena, relation->resource);
    add_rows(making, relation, collection, NULL);
    add_children(making, relation, collection);
    cJSON_AddItemToObject(making->schemas, legal, openapi_row(arena, relation));
    cJSON_AddItemToObject(making->parameters, arena_printf(arena, "filter-%s", legal).at,
                          openapi_filter(arena, relation));
}

/* Functions of one name are adjacent, ordered by schema. Without a profile, those of the first schema are called. */
static void add_functions(struct making *making)
{
    const struct catalog *catalog = making->catalog;
    struct slice profile = making->options->profile, last = SLICE_ABSENT;
    size_t count = 1;
    for (size_t i = 0; i < catalog->function_count; i += count) {
        const struct function *first = &catalog->functions[i];
        for (count = 1; i + count < catalog->function_count; count++)
            if (!slice_eq(first[count].name, first->name) || !slice_eq(first[count].schema, first->schema))
                break;
        bool shown = slice_present(profile) ? slice_eq(first->schema, profile) : !slice_eq(first->name, last);
        last = first->name;
        struct slice name = text_percent_encode(making->arena, first->name, "");
        if (shown)
            add_path(making, arena_printf(making->arena, "/rpc/%.*s", SLICE_ARG(name)).at,
                     openapi_function(making->arena, catalog, first, count, making->options));
    }
}

/* The comment of the schema describes the API; its first line is the title. */
static void add_info(cJSON *document, struct arena *arena, const struct catalog *catalog,
                     const struct openapi_options *options)
{
    struct slice title = catalog->database.len ? catalog->database : SLICE("midair"), rest = SLICE_ABSENT;
    for (size_t i = 0; i < catalog->schema_count; i++)
        if (slice_present(options->profile) ? slice_eq(catalog->schemas[i].name, options->profile) : i == 0)
            if (slice_trim(catalog->schemas[i].comment).len)
                slice_cut(slice_trim(catalog->schemas[i].comment), '\n', &title, &rest);
    while (rest.len && rest.at[0] == '\n')
        rest = slice_from(rest, 1);
    cJSON *info = cJSON_AddObjectToObject(document, "info");
    openapi_text(info, arena, "title", title);
    cJSON_AddStringToObject(info, "version", MIDAIR_VERSION);
    openapi_text(info, arena, "description",
                 rest.len
                     ? rest
                     : SLICE("Every representation carries a strong entity tag; a write with If-Match happens only "
                             "if the row is still in the state that the client saw."));
}

static cJSON *build(struct arena *arena, const struct catalog *catalog, const struct openapi_options *options)
{
    cJSON *document = cJSON_CreateObject();
    cJSON_AddStringToObject(document, "openapi", "3.1.0");
    add_info(document, arena, catalog, options);
    cJSON *server = cJSON_CreateObject();
    openapi_text(server, arena, "url", options->base_path.len ? options->base_path : SLICE("/"));
    cJSON_AddItemToArray(cJSON_AddArrayToObject(document, "servers"), server);
    struct making making = {.arena = arena, .catalog = catalog, .options = options};
    making.paths = cJSON_AddObjectToObject(document, "paths");
    cJSON *components = cJSON_AddObjectToObject(document, "components");
    making.schemas = cJSON_AddObjectToObject(components, "schemas");
    making.parameters = openapi_parameters();
    for (size_t i = 0; i < catalog->relation_count; i++)
        if (openapi_shows(catalog->relations[i], options))
            add_relation(&making, catalog->relations[i]);
    add_functions(&making);
    if (options->batches) /* without profiles: each request of a batch has its own */
        cJSON_AddItemToObject(making.paths, "/_batch", openapi_batch(arena));
    /* No resource can have these names, since names that begin with _ are reserved for midair. */
    cJSON_AddItemToObject(making.schemas, "_problem", openapi_problem());
    cJSON *filter = cJSON_AddObjectToObject(making.schemas, "_filter");
    cJSON_AddStringToObject(filter, "type", "string");
    cJSON_AddStringToObject(filter, "description", "operator.value: eq.5, not.is.null, in.(1,2), like.A*");
    if (catalog->schema_count > 1)
        openapi_add_profiles(making.parameters, arena, catalog);
    cJSON_AddItemToObject(components, "parameters", making.parameters);
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
        abort(); /* out of memory */
    struct slice copy = arena_copy(arena, slice_of(text));
    cJSON_free(text);
    return copy;
}

struct openapi_set {
    struct arena *arena;
    struct slice plain; /* the document of all names that need no profile */
    struct slice *profiles, *documents;
    size_t count;
};

/* Making a document needs several times its size, so this memory is released immediately afterwards. */
static struct slice make_one(struct arena *to, const struct catalog *catalog, const struct openapi_options *options)
{
    struct arena *scratch = arena_new(0);
    struct slice document = arena_copy(to, openapi_document(scratch, catalog, options));
    arena_free(scratch);
    return document;
}

struct openapi_set *openapi_set_new(const struct catalog *catalog, struct slice base_path, bool postgrest, bool batches)
{
    struct openapi_options options = {.base_path = base_path, .postgrest = postgrest, .batches = batches};
    if (!catalog)
        return NULL;
    struct arena *arena = arena_new(0);
    struct openapi_set *set = ARENA_NEW(arena, struct openapi_set);
    *set = (struct openapi_set){.arena = arena, .count = catalog->schema_count};
    set->plain = make_one(arena, catalog, &options);
    set->profiles = ARENA_ARRAY(arena, struct slice, set->count);
    set->documents = ARENA_ARRAY(arena, struct slice, set->count);
    for (size_t i = 0; i < set->count; i++) {
        options.profile = set->profiles[i] = arena_copy(arena, catalog->schemas[i].name);
        set->documents[i] = make_one(arena, catalog, &options);
    }
    return set;
}

void openapi_set_free(struct openapi_set *set)
{
    if (set)
        arena_free(set->arena);
}

struct slice openapi_set_get(const struct openapi_set *set, struct slice profile)
{
    if (!slice_present(profile))
        return set->plain;
    for (size_t i = 0; i < set->count; i++)
        if (slice_eq(set->profiles[i], profile))
            return set->documents[i];
    return SLICE_ABSENT;
}
