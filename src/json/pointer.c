#include "pointer.h"

#include "midair/base/text.h"

/* Decodes ~0 and ~1 (RFC 6901 4). False when another byte follows a ~. */
static bool decode_token(struct arena *arena, struct slice raw, struct slice *out)
{
    *out = raw;
    if (slice_find(raw, '~') == raw.len)
        return true;
    char *to = arena_alloc(arena, raw.len + 1);
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        if (raw.at[i] != '~') {
            to[len++] = raw.at[i];
            continue;
        }
        if (++i == raw.len || (raw.at[i] != '0' && raw.at[i] != '1'))
            return false;
        to[len++] = raw.at[i] == '0' ? '~' : '/';
    }
    *out = slice_make(to, len);
    return true;
}

static size_t count_tokens(struct slice text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++)
        count += text.at[i] == '/';
    return count;
}

struct err *json_pointer_parse(struct arena *arena, struct slice text, size_t position, struct json_pointer *out)
{
    *out = (struct json_pointer){.text = text};
    if (text.len == 0)
        return NULL;
    if (text.at[0] != '/')
        return err_at(arena, ERR_BAD_CONTENT, position, "A JSON pointer must be empty or begin with '/'.");
    out->tokens = ARENA_ARRAY(arena, struct slice, count_tokens(text));
    struct slice rest = slice_from(text, 1);
    for (bool more = true; more;) {
        struct slice raw, tail;
        more = slice_cut(rest, '/', &raw, &tail);
        if (!decode_token(arena, raw, &out->tokens[out->count++]))
            return err_at(arena, ERR_BAD_CONTENT, position, "In a JSON pointer 0 or 1 must follow '~'.");
        rest = tail;
    }
    return NULL;
}

bool json_pointer_index(struct slice token, size_t *out)
{
    uint64_t index;
    if (token.len > 1 && token.at[0] == '0')
        return false;
    if (!text_u64(token, &index) || index > SIZE_MAX)
        return false;
    *out = (size_t)index;
    return true;
}

const struct json *json_pointer_step(const struct json *container, struct slice token)
{
    size_t index;
    if (container->kind == JSON_OBJECT)
        return json_member(container, token);
    if (container->kind == JSON_ARRAY && json_pointer_index(token, &index) && index < container->count)
        return &container->items[index];
    return NULL;
}

bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner)
{
    if (outer->count >= inner->count)
        return false;
    for (size_t i = 0; i < outer->count; i++)
        if (!slice_eq(outer->tokens[i], inner->tokens[i]))
            return false;
    return true;
}
