#include "midair/plan/call.h"

#include "midair/base/buf.h"
#include "midair/http/message.h"

#include <stdlib.h>

const struct call_whole call_whole_json = {{OID_JSON, OID_JSONB}, "json/jsonb"};
const struct call_whole call_whole_text = {{OID_TEXT}, "text"};
const struct call_whole call_whole_xml = {{OID_XML}, "xml"};
const struct call_whole call_whole_bytes = {{OID_BYTEA}, "bytea"};

/* Whether a function of that name exists. */
static bool is_known(const struct catalog *catalog, struct slice schema, struct slice name)
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

/* Errors for calls that no function fits, or several */

enum { HINT_NAMES_MAX = 50 };

static int by_text(const void *a, const void *b)
{
    return slice_cmp(*(const struct slice *)a, *(const struct slice *)b);
}

/* "a, b", sorted, each name once. */
static struct slice list_of(struct arena *arena, const struct slice *names, size_t count)
{
    struct slice *sorted = ARENA_ARRAY(arena, struct slice, count);
    struct buf buf = buf_new(arena, 64);
    for (size_t i = 0; i < count; i++)
        sorted[i] = names[i];
    if (count)
        qsort(sorted, count, sizeof(*sorted), by_text);
    for (size_t i = 0; i < count; i++) {
        if (i && slice_eq(sorted[i], sorted[i - 1]))
            continue;
        if (buf.len)
            BUF_LIT(&buf, ", ");
        buf_put(&buf, sorted[i]);
    }
    return buf_slice(&buf);
}

static struct slice parameters_of(struct arena *arena, const struct function *function)
{
    struct slice *names = ARENA_ARRAY(arena, struct slice, function->parameter_count);
    for (size_t i = 0; i < function->parameter_count; i++)
        names[i] = function->parameters[i].name;
    return list_of(arena, names, function->parameter_count);
}

/* The pair of bytes that ends at `at`, as if the text stood between two spaces. */
static int pair(struct slice text, size_t at)
{
    unsigned char first = at ? (unsigned char)text.at[at - 1] : ' ';
    unsigned char second = at < text.len ? (unsigned char)text.at[at] : ' ';
    return first << 8 | second;
}

/* The similarity of two texts in percent: the share of byte pairs that they have in common (Dice's coefficient). */
static size_t likeness(struct slice a, struct slice b)
{
    bool taken[128] = {false};
    size_t shared = 0;
    if (a.len >= sizeof(taken) || b.len >= sizeof(taken))
        return 0;
    for (size_t i = 0; i <= a.len; i++)
        for (size_t k = 0; k <= b.len; k++)
            if (!taken[k] && pair(a, i) == pair(b, k)) {
                taken[k] = true;
                shared++;
                break;
            }
    return 200 * shared / (a.len + b.len + 2);
}

static bool has_nameless(const struct function *function)
{
    for (size_t i = 0; i < function->parameter_count; i++)
        if (function->parameters[i].name.len == 0)
            return true;
    return false;
}

static struct slice hint_of(struct arena *arena, const struct catalog *catalog, const struct call_ask *ask,
                            struct slice wanted)
{
    enum { LEAST = 33 };
    struct slice best = SLICE_ABSENT;
    size_t score = LEAST;
    bool known = is_known(catalog, ask->schema, ask->name);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        struct slice text = function->name, compared = ask->name;
        if (slice_present(ask->schema) && !slice_eq(function->schema, ask->schema))
            continue;
        if (known && (!slice_eq(function->name, ask->name) || has_nameless(function)))
            continue;
        if (known) {
            text = arena_printf(arena, "(%.*s)", SLICE_ARG(parameters_of(arena, function)));
            compared = wanted;
        }
        size_t found = likeness(compared, text);
        if (found <= score)
            continue;
        score = found;
        best = arena_printf(arena, "%.*s.%.*s%.*s", SLICE_ARG(function->schema), SLICE_ARG(function->name),
                            known ? (int)text.len : 0, text.at);
    }
    return best;
}

static struct err *call_missing(struct arena *arena, const struct catalog *catalog, const struct call_ask *ask)
{
    struct slice list = list_of(arena, ask->names, ask->whole_only ? 0 : ask->name_count);
    struct slice wanted = arena_printf(arena, "(%.*s)", SLICE_ARG(list));
    bool several = slice_find(list, ',') < list.len;
    struct slice function = slice_present(ask->schema)
                                ? arena_printf(arena, "%.*s.%.*s", SLICE_ARG(ask->schema), SLICE_ARG(ask->name))
                                : ask->name;
    struct slice with = list.len ? wanted : SLICE(" without parameters");
    struct slice searched =
        list.len ? arena_printf(arena, " with parameter%s %.*s", several ? "s" : "", SLICE_ARG(list)) : with;
    if (ask->whole_only)
        with = searched = SLICE("");
    struct err *err = err_new(arena, ERR_NO_RESOURCE, "Could not find the function %.*s%.*s in the schema cache",
                              SLICE_ARG(function), SLICE_ARG(with));
    struct slice whole = ask->whole ? arena_printf(arena, "%s with a single unnamed %s parameter",
                                                   ask->whole_only ? "" : " or", ask->whole->name)
                                    : SLICE("");
    err->code = SLICE("PGRST202");
    err->details = arena_printf(arena,
                                "Searched for the function %.*s%.*s%.*s, but no matches were found in the schema "
                                "cache.",
                                SLICE_ARG(function), SLICE_ARG(searched), SLICE_ARG(whole));
    struct slice hint =
        ask->whole_only || ask->name_count > HINT_NAMES_MAX ? SLICE_ABSENT : hint_of(arena, catalog, ask, wanted);
    if (slice_present(hint))
        err_hint(arena, err, "Perhaps you meant to call the function %.*s", SLICE_ARG(hint));
    return err;
}

static struct err *call_ambiguous(struct arena *arena, const struct function *const *candidates, size_t count)
{
    struct buf list = buf_new(arena, 128);
    for (size_t f = 0; f < count; f++) {
        const struct function *function = candidates[f];
        buf_printf(&list, "%s%.*s.%.*s(", f ? ", " : "", SLICE_ARG(function->schema), SLICE_ARG(function->name));
        for (size_t i = 0; i < function->parameter_count; i++) {
            const struct parameter *parameter = &function->parameters[i];
            buf_printf(&list, "%s%.*s => %.*s", i ? ", " : "", SLICE_ARG(parameter->name), SLICE_ARG(parameter->type));
        }
        buf_byte(&list, ')');
    }
    struct err *err = err_new(arena, ERR_AMBIGUOUS, "Could not choose the best candidate function between: %.*s",
                              SLICE_ARG(buf_slice(&list)));
    err->code = SLICE("PGRST203");
    return err_hint(arena, err,
                    "Try renaming the parameters or the function itself in the database so function overloading can "
                    "be resolved");
}

/* Whether the function accepts the given argument names; `given` is set per parameter. */
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

/* Whether the function has a single unnamed parameter of a type that can take the content as a whole. */
static bool takes_whole(const struct function *function, const struct call_whole *whole)
{
    if (!whole || function->parameter_count != 1 || function->parameters[0].name.len)
        return false;
    for (const uint32_t *type = whole->types; *type; type++)
        if (*type == function->parameters[0].type_oid)
            return true;
    return false;
}

/* Overloads that accept the given names take precedence over those that accept the content as a whole. Within the
 * group that is used, more than one match is an error. */
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
