/* Functions under /rpc with the relations of their results, and how rows can be rendered besides midair's own
 * envelopes: by the handlers of their relation, by those of any relation, and as GeoJSON where a column is a
 * geometry. */
#include "assemble.h"

#include "midair/catalog/name.h"
#include "midair/catalog/policy.h"

bool function_is(const struct function *function, struct slice schema, struct slice name)
{
    return slice_eq(function->name, name) && (!slice_present(schema) || slice_eq(function->schema, schema));
}

/* catalog->functions is sorted by name and then in the order of the exposed schemas, so the first match is the right
 * one. */
struct slice catalog_function_schema(const struct catalog *catalog, struct slice schema, struct slice name)
{
    for (size_t i = 0; i < catalog->function_count; i++)
        if (function_is(&catalog->functions[i], schema, name))
            return catalog->functions[i].schema;
    return slice_present(schema) || !catalog->schema_count ? schema : catalog->schemas[0].name;
}

size_t function_parameter(const struct function *function, struct slice name)
{
    size_t i = 0;
    while (i < function->parameter_count && !slice_eq(function->parameters[i].name, name))
        i++;
    return i;
}

/* Returns whether a request can call it: every required parameter has a name, or a single unnamed parameter takes the
 * whole content. */
static bool is_callable(const struct function *function)
{
    static const uint32_t whole[] = {OID_BYTEA, OID_TEXT, OID_JSON, OID_XML, OID_JSONB};
    for (size_t i = 0; i < sizeof(whole) / sizeof(*whole); i++)
        if (function->parameter_count == 1 && function->parameters[0].type_oid == whole[i])
            return true;
    for (size_t i = 0; i < function->parameter_count; i++)
        if (function->parameters[i].name.len == 0 && !function->parameters[i].has_default)
            return false;
    return true;
}

static bool shows_geometry(const struct catalog *catalog, const struct relation *relation)
{
    for (size_t i = 0; i < relation->column_count; i++)
        if (relation->columns[i].can_select && relation->columns[i].type_oid == catalog->makers.geometry_oid)
            return true;
    return false;
}

static void take_media(const struct catalog *catalog, struct relation *relation, uint32_t oid)
{
    relation->shown_as.handlers = ARENA_ARRAY(catalog->arena, const struct handler *, catalog->makers.handler_count);
    relation->shown_as.handler_count = 0;
    for (int any = 0; any < 2; any++) /* the relation's own handlers come first */
        for (size_t i = 0; i < catalog->makers.handler_count; i++) {
            const struct handler *handler = &catalog->makers.handlers[i];
            if (handler->relation_oid == (any ? 0 : oid) && (any || oid))
                relation->shown_as.handlers[relation->shown_as.handler_count++] = handler;
        }
    if (slice_present(catalog->makers.feature_maker) && shows_geometry(catalog, relation))
        relation->shown_as.feature_maker = catalog->makers.feature_maker;
}

void assemble_media(struct assembly *assembly)
{
    struct catalog *catalog = assembly->catalog;
    for (size_t i = 0; i < catalog->relation_count; i++) {
        struct relation *relation = catalog->relations[i];
        for (size_t k = 0; k < catalog->makers.handler_count; k++)
            if (catalog->makers.handlers[k].relation_oid == relation->oid)
                catalog->makers.handlers[k].row_type = relation->ident;
        take_media(catalog, relation, relation->oid);
    }
}

static const struct relation *returned_table(const struct catalog *catalog, const struct function *function)
{
    for (size_t i = 0; function->relation_oid && i < catalog->relation_count; i++)
        if (catalog->relations[i]->oid == function->relation_oid)
            return catalog->relations[i];
    return NULL;
}

/* Completes the relation of a function's result. The rows have no key and no stamp, since the function may have
 * computed them. If they are the rows of a table, they have the links of that table. */
static void complete_result(struct assembly *assembly, struct function *function)
{
    struct arena *arena = assembly->catalog->arena;
    const struct relation *table = returned_table(assembly->catalog, function);
    struct relation *result = function->result;
    if (table) {
        *result = *table;
        result->key = (struct key){0};
        result->uniques = NULL;
        result->unique_count = 0;
    } else {
        result->schema = function->schema;
        result->name = result->resource = function->name;
        result->by_name = map_new(arena);
        for (size_t i = 0; i < result->column_count; i++)
            map_put(&result->by_name, result->columns[i].name, &result->columns[i]);
        take_media(assembly->catalog, result, 0);
    }
    result->ident = slice_of("midair_call");
    result->kind = RELATION_VIEW;
    result->is_result = true;
    result->stamp = (struct stamp){.created = -1, .modified = -1, .version = -1};
    result->policy = ARENA_NEW(arena, struct policy);
    *result->policy = assembly->options->defaults;
    result->policy->etag_field = SLICE("");
    result->policy->cache_control = arena_copy(arena, assembly->options->defaults.cache_control);
}

void assemble_functions(struct assembly *assembly)
{
    struct catalog *catalog = assembly->catalog;
    size_t count = 0;
    for (size_t i = 0; i < catalog->function_count; i++)
        if (is_callable(&catalog->functions[i]))
            catalog->functions[count++] = catalog->functions[i];
    catalog->function_count = count;
    for (size_t i = 0; i < count; i++) {
        struct function *function = &catalog->functions[i];
        function->ident = name_ident(catalog->arena, function->schema, function->name);
        if (function->result)
            complete_result(assembly, function);
    }
}
