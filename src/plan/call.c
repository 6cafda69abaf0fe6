#include "midair/plan/call.h"

#include "midair/base/buf.h"

static bool is_candidate(const struct function *function, struct slice schema, struct slice name)
{
    return slice_eq(function->name, name) && (!slice_present(schema) || slice_eq(function->schema, schema));
}

/* The schema that counts: the one asked for, or the first that has the name (the list is in their order). */
static struct slice settle_schema(const struct catalog *catalog, struct slice schema, struct slice name)
{
    for (size_t i = 0; i < catalog->function_count; i++)
        if (is_candidate(&catalog->functions[i], schema, name))
            return catalog->functions[i].schema;
    return schema;
}

bool call_known(const struct catalog *catalog, struct slice schema, struct slice name)
{
    for (size_t i = 0; i < catalog->function_count; i++)
        if (is_candidate(&catalog->functions[i], schema, name))
            return true;
    return false;
}

bool call_takes(const struct catalog *catalog, struct slice schema, struct slice name, struct slice parameter)
{
    schema = settle_schema(catalog, schema, name);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        if (is_candidate(function, schema, name) && parameter.len &&
            function_parameter(function, parameter) < function->parameter_count)
            return true;
    }
    return false;
}

static bool fits(const struct function *function, const struct slice *names, size_t count, bool *given)
{
    memset(given, 0, function->parameter_count * sizeof(*given));
    for (size_t i = 0; i < count; i++) {
        size_t at = names[i].len ? function_parameter(function, names[i]) : function->parameter_count;
        if (at == function->parameter_count)
            return false;
        given[at] = true;
    }
    for (size_t i = 0; i < function->parameter_count; i++)
        if (!given[i] && !function->parameters[i].has_default)
            return false;
    return true;
}

static bool takes_whole(const struct function *function, const uint32_t *whole)
{
    if (!whole || function->parameter_count != 1 || function->parameters[0].name.len)
        return false;
    for (; *whole; whole++)
        if (*whole == function->parameters[0].type_oid)
            return true;
    return false;
}

static void put_names(struct buf *buf, const struct slice *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(buf, ", ");
        buf_put(buf, names[i]);
    }
}

static void put_signature(struct buf *buf, const struct function *function)
{
    buf_printf(buf, "%.*s.%.*s(", SLICE_ARG(function->schema), SLICE_ARG(function->name));
    for (size_t i = 0; i < function->parameter_count; i++) {
        const struct parameter *parameter = &function->parameters[i];
        buf_printf(buf, "%s%.*s => %.*s", i ? ", " : "", SLICE_ARG(parameter->name), SLICE_ARG(parameter->type));
    }
    buf_byte(buf, ')');
}

/* How alike two names are: bytes in common from either end. */
static size_t likeness(struct slice a, struct slice b)
{
    size_t least = a.len < b.len ? a.len : b.len, head = 0, tail = 0;
    while (head < least && a.at[head] == b.at[head])
        head++;
    while (tail < least - head && a.at[a.len - 1 - tail] == b.at[b.len - 1 - tail])
        tail++;
    return head + tail;
}

static const struct function *near_miss(const struct catalog *catalog, struct slice name)
{
    const struct function *best = NULL;
    size_t score = name.len / 2;
    for (size_t i = 0; i < catalog->function_count; i++) {
        size_t found = likeness(name, catalog->functions[i].name);
        if (found > score) {
            score = found;
            best = &catalog->functions[i];
        }
    }
    return best;
}

static struct err *not_found(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name,
                             const struct slice *names, size_t count)
{
    struct buf list = buf_new(arena, 64), hint = buf_new(arena, 64);
    put_names(&list, names, count);
    const char *open = count ? "(" : "", *close = count ? ")" : "";
    const char *text = count ? "" : " without parameters";
    struct err *err =
        err_new(arena, ERR_NO_RESOURCE, "Could not find the function %.*s%s%.*s%s%.*s%s%s in the schema cache",
                SLICE_ARG(schema), slice_present(schema) ? "." : "", SLICE_ARG(name), open, SLICE_ARG(buf_slice(&list)),
                close, text);
    err->code = SLICE("PGRST202");
    const struct function *near = near_miss(catalog, name);
    if (near) {
        put_signature(&hint, near);
        err_hint(arena, err, "Perhaps you meant to call the function %.*s", SLICE_ARG(buf_slice(&hint)));
    }
    return err;
}

static struct err *ambiguous(struct arena *arena, const struct function *a, const struct function *b)
{
    struct buf list = buf_new(arena, 128);
    put_signature(&list, a);
    BUF_LIT(&list, ", ");
    put_signature(&list, b);
    struct err *err = err_new(arena, ERR_AMBIGUOUS, "Could not choose the best candidate function between: %.*s",
                              SLICE_ARG(buf_slice(&list)));
    err->code = SLICE("PGRST203");
    return err_hint(arena, err,
                    "Try renaming the parameters or the function itself in the database so function overloading can "
                    "be resolved");
}

struct err *call_choose(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name,
                        const struct slice *names, size_t name_count, const uint32_t *whole, struct call *out)
{
    const struct function *found = NULL, *lone = NULL;
    *out = (struct call){.kind = name_count ? CALL_RECORD : CALL_EMPTY};
    schema = settle_schema(catalog, schema, name);
    for (size_t i = 0; i < catalog->function_count; i++) {
        const struct function *function = &catalog->functions[i];
        if (!is_candidate(function, schema, name))
            continue;
        bool *given = ARENA_ARRAY(arena, bool, function->parameter_count);
        if (takes_whole(function, whole))
            lone = function;
        if (!fits(function, names, name_count, given))
            continue;
        if (found)
            return ambiguous(arena, found, function);
        found = function;
        out->given = given;
    }
    if (!found && lone)
        out->kind = CALL_WHOLE;
    out->function = found ? found : lone;
    return out->function ? NULL : not_found(arena, catalog, schema, name, names, name_count);
}
