/* The settings with which a function can read the request that calls it, by current_setting() (PostgREST's
 * "Transaction-Scoped Settings"). */
#include "request.h"

#include "midair/base/map.h"
#include "midair/base/text.h"
#include "midair/catalog/name.h"
#include "midair/http/field.h"
#include "midair/json/build.h"

/* Bytes that are not UTF-8 are read as ISO 8859-1, the historical encoding of field values (RFC 9110 5.5). */
static struct slice as_utf8(struct arena *arena, struct slice value)
{
    if (text_is_utf8(value))
        return value;
    struct buf buf = buf_new(arena, 2 * value.len);
    for (size_t i = 0; i < value.len; i++) {
        unsigned char c = (unsigned char)value.at[i];
        if (c >= 0x80)
            buf_byte(&buf, (char)(0xc0 | c >> 6));
        buf_byte(&buf, (char)(c < 0x80 ? c : 0x80 | (c & 0x3f)));
    }
    return buf_slice(&buf);
}

static struct slice lowered(struct arena *arena, struct slice name)
{
    struct slice copy = arena_copy(arena, name);
    char *bytes = (char *)(uintptr_t)copy.at;
    for (size_t i = 0; i < copy.len; i++)
        if (bytes[i] >= 'A' && bytes[i] <= 'Z')
            bytes[i] = (char)(bytes[i] + ('a' - 'A'));
    return copy;
}

static size_t slice_count(struct slice text, char c)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == c;
    return count;
}

static bool came_before(const struct fields *fields, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (slice_eq_nocase(fields->items[i].name, fields->items[index].name))
            return true;
    return false;
}

/* An object of all fields except cookies: names in lower case, lines with the same name joined (RFC 9110 5.3). */
static struct slice headers(const struct request *r)
{
    const struct fields *fields = &r->in->fields;
    struct buf buf = buf_new(r->arena, 512);
    struct json_out out = json_out_new(&buf);
    json_out_object(&out);
    for (size_t i = 0; i < fields->count; i++) {
        struct slice name = fields->items[i].name;
        if (slice_eq_nocase(name, SLICE("Cookie")) || came_before(fields, i))
            continue;
        json_out_name(&out, as_utf8(r->arena, lowered(r->arena, name)));
        json_out_string(&out, as_utf8(r->arena, field_get(r->arena, fields, text_cstr(r->arena, name))));
    }
    json_out_end_object(&out);
    return buf_slice(&buf);
}

/* Cookies as a server reads them (RFC 6265 5.4): pairs separated by semicolons. The last one of a name counts. */
static struct slice cookies(const struct request *r)
{
    const struct fields *fields = &r->in->fields;
    struct buf buf = buf_new(r->arena, 64);
    struct json_out out = json_out_new(&buf);
    struct map seen = map_new(r->arena);
    size_t most = 1, count = 0;
    for (size_t i = 0; i < fields->count; i++)
        if (slice_eq_nocase(fields->items[i].name, SLICE("Cookie")))
            most += slice_count(fields->items[i].value, ';') + 1;
    struct json_member *pairs = ARENA_ARRAY(r->arena, struct json_member, most);
    for (size_t i = 0; i < fields->count; i++) {
        struct slice rest = fields->items[i].value, pair, name, value;
        if (!slice_eq_nocase(fields->items[i].name, SLICE("Cookie")))
            continue;
        while (slice_present(rest)) {
            slice_cut(rest, ';', &pair, &rest);
            if (!slice_cut(slice_trim(pair), '=', &name, &value) || name.len == 0)
                continue;
            struct json_member *known = map_get(&seen, name), *pair_of = known ? known : &pairs[count++];
            *pair_of = (struct json_member){.name = name, .value = json_of_string(value)};
            map_put(&seen, name, pair_of);
        }
    }
    json_out_object(&out);
    for (size_t i = 0; i < count; i++) {
        json_out_name(&out, as_utf8(r->arena, pairs[i].name));
        json_out_string(&out, as_utf8(r->arena, pairs[i].value.text));
    }
    json_out_end_object(&out);
    return buf_slice(&buf);
}

/* Without authentication, the claims name the role of the connection. */
static struct slice claims(const struct request *r)
{
    if (r->authenticate.acts)
        return r->authenticate.identity.claims;
    struct buf buf = buf_new(r->arena, 64);
    struct json_out out = json_out_new(&buf);
    json_out_object(&out);
    json_out_member_string(&out, "role", r->view->catalog->user);
    json_out_end_object(&out);
    return buf_slice(&buf);
}

/* The function's own schema precedes the session's search path, so that it finds objects in its schema by unqualified
 * names. */
static struct slice path_of(const struct request *r, const struct function *function)
{
    struct slice session = r->view->catalog->search_path;
    return arena_printf(r->arena, "%.*s%s%.*s", SLICE_ARG(name_quote(r->arena, function->schema)),
                        session.len ? ", " : "", SLICE_ARG(session));
}

void settings_add_request(const struct request *r, struct settings *settings)
{
    settings_add(settings, "request.method", slice_of(method_name(r->collect.method)));
    settings_add(settings, "request.path", slice_from(r->in->path, r->options->base_path.len));
    settings_add(settings, "request.headers", headers(r));
    settings_add(settings, "request.cookies", cookies(r));
    settings_add(settings, "request.jwt.claims", claims(r));
    /* clears what an earlier request on the connection may have left */
    settings_add(settings, "response.headers", SLICE(""));
    settings_add(settings, "response.status", SLICE(""));
}

struct settings *settings_of_call(const struct request *r, const struct function *function)
{
    struct settings *settings = ARENA_NEW(r->arena, struct settings);
    if (!r->authenticate.acts) /* acting_statement() makes them otherwise */
        settings_add_request(r, settings);
    if (function && !slice_eq(function->schema, r->view->catalog->search_first))
        settings_add(settings, "search_path", path_of(r, function));
    if (function && slice_present(function->statement_timeout))
        settings_add(settings, "statement_timeout", function->statement_timeout);
    return settings;
}
