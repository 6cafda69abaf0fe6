#include "assemble_parts.h"

#include "midair/catalog/name.h"
#include "midair/catalog/policy.h"

size_t function_parameter(const struct function *function, struct slice name)
{
    size_t i = 0;
    while (i < function->parameter_count && !slice_eq(function->parameters[i].name, name))
        i++;
    return i;
}

bool function_callable(const struct function *function)
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

static const struct relation *returned_table(const struct catalog *catalog, const struct function *function)
{
    for (size_t i = 0; function->relation_oid && i < catalog->relation_count; i++)
        if (catalog->relations[i]->oid == function->relation_oid)
            return catalog->relations[i];
    return NULL;
}

/* Rows that a function gives have no key and no state: they may have been made up. Their links are those of the table
 * whose rows they are. */
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
        assemble_media_of(assembly->catalog, result, 0);
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
        if (function_callable(&catalog->functions[i]))
            catalog->functions[count++] = catalog->functions[i];
    catalog->function_count = count;
    for (size_t i = 0; i < count; i++) {
        struct function *function = &catalog->functions[i];
        function->ident = name_ident(catalog->arena, function->schema, function->name);
        if (function->result)
            complete_result(assembly, function);
    }
}
