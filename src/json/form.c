#include "midair/base/text.h"
#include "midair/json/tabular.h"

static struct err *bad_form(struct arena *arena, size_t at, const char *why)
{
    struct err *err = err_at(arena, ERR_BAD_JSON, at, "%s", why);
    err->code = SLICE("PGRST102");
    return err;
}

struct err *form_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out)
{
    struct slice rest = text, pair;
    size_t most = 1, n = 0;
    if (limits.bytes && text.len > limits.bytes)
        return err_new(arena, ERR_CONTENT_TOO_LARGE, "The content is longer than %zu bytes.", limits.bytes);
    for (size_t i = 0; i < text.len; i++)
        most += text.at[i] == '&';
    if (limits.nodes && most > limits.nodes)
        return bad_form(arena, 0, "The content has more fields than a request may have.");
    struct json_member *members = ARENA_ARRAY(arena, struct json_member, most);
    while (slice_present(rest)) {
        struct slice name, value;
        slice_cut(rest, '&', &pair, &rest);
        size_t at = (size_t)(pair.at - text.at);
        if (pair.len == 0)
            continue;
        if (!slice_cut(pair, '=', &name, &value))
            value = SLICE("");
        if (name.len == 0 || !text_form_decode(arena, name, &name, NULL) ||
            !text_form_decode(arena, value, &value, NULL))
            return bad_form(arena, at, "The content is not name=value pairs with proper percent escapes in UTF-8.");
        members[n] = (struct json_member){name, json_of_string(value), at};
        members[n++].value.position = at;
    }
    *out = json_of_object(arena, members, n);
    size_t twice = json_duplicate(out);
    if (twice < n)
        return bad_form(arena, members[twice].position, "The content names a field twice.");
    return NULL;
}
