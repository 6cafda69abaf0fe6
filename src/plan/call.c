#include "call_missing.h"

#include "midair/http/message.h"

const struct call_whole call_whole_json = {{OID_JSON, OID_JSONB}, "json/jsonb"};
const struct call_whole call_whole_text = {{OID_TEXT}, "text"};
const struct call_whole call_whole_xml = {{OID_XML}, "xml"};
const struct call_whole call_whole_bytes = {{OID_BYTEA}, "bytea"};

bool call_known(const struct catalog *catalog, struct slice schema, struct slice name)
{
    for (size_t i = 0; i < catalog->function_count; i++)
        if (function_is(&catalog->functions[i], schema, name))
            return true;
    return false;
}

unsigned call_methods(const struct catalog *catalog, struct slice schema, struct slice name)
{
    unsigned set = 0;
    schema = catalog_function_schema(catalog, schema, name);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        if (!function_is(function, schema, name))
            continue;
        set |= METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS);
        if (function->volatility != VOLATILITY_VOLATILE)
            set |= METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
    }
    return set;
}

static bool fits(const struct function *function, const struct call_ask *ask, bool *given)
{
    memset(given, 0, function->parameter_count * sizeof(*given));
    for (size_t i = 0; i < ask->name_count; i++) {
        struct slice name = ask->names[i];
        size_t at = name.len ? function_parameter(function, name) : function->parameter_count;
        if (at == function->parameter_count)
            return false;
        given[at] = true;
    }
    for (size_t i = 0; i < function->parameter_count; i++)
        if (!given[i] && !function->parameters[i].has_default)
            return false;
    return !ask->whole_only;
}

static bool takes_whole(const struct function *function, const struct call_whole *whole)
{
    if (!whole || function->parameter_count != 1 || function->parameters[0].name.len)
        return false;
    for (const uint32_t *type = whole->types; *type; type++)
        if (*type == function->parameters[0].type_oid)
            return true;
    return false;
}

struct err *call_choose(struct arena *arena, const struct catalog *catalog, const struct call_ask *asked,
                        struct call *out)
{
    struct call_ask ask = *asked;
    const struct function **named = ARENA_ARRAY(arena, const struct function *, catalog->function_count);
    const struct function **lone = ARENA_ARRAY(arena, const struct function *, catalog->function_count);
    size_t named_count = 0, lone_count = 0;
    *out = (struct call){.kind = ask.name_count ? CALL_RECORD : CALL_EMPTY};
    ask.schema = catalog_function_schema(catalog, ask.schema, ask.name);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        if (!function_is(function, ask.schema, ask.name))
            continue;
        bool *given = ARENA_ARRAY(arena, bool, function->parameter_count);
        if (fits(function, &ask, given)) {
            named[named_count++] = function;
            out->given = given;
        } else if (takes_whole(function, ask.whole)) {
            lone[lone_count++] = function;
        }
    }
    if (named_count > 1)
        return call_ambiguous(arena, named, named_count);
    if (!named_count && lone_count > 1)
        return call_ambiguous(arena, lone, lone_count);
    if (!named_count && !lone_count)
        return call_missing(arena, catalog, &ask);
    if (!named_count)
        out->kind = CALL_WHOLE;
    out->function = named_count ? named[0] : lone[0];
    return NULL;
}
