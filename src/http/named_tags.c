#include "midair/http/named_tags.h"

static struct err *bad(struct arena *arena, size_t at, const char *why)
{
    return err_at(arena, ERR_BAD_FIELD, at, "Midair-If-Match cannot be parsed at byte %zu: %s.", at, why);
}

static size_t skip(struct slice field, size_t at, bool commas)
{
    while (at < field.len && (field.at[at] == ' ' || field.at[at] == '\t' || (commas && field.at[at] == ',')))
        at++;
    return at;
}

/* Bytes that may be in the path of a URL (RFC 3986 3.3), and some that clients do not escape there. */
static bool is_path_byte(char c)
{
    return c > ' ' && c < 127 && !strchr("<>\"?#\\", c);
}

static struct err *parse_path(struct arena *arena, struct slice field, size_t *at, struct slice *path)
{
    if (field.at[*at] != '<')
        return bad(arena, *at, "a path in angle brackets must come first");
    size_t start = ++*at;
    if (start == field.len || field.at[start] != '/')
        return bad(arena, start, "the path must begin with a slash");
    while (*at < field.len && is_path_byte(field.at[*at]))
        ++*at;
    if (*at == field.len || field.at[*at] != '>')
        return bad(arena, *at, "the path must end with >");
    *path = slice_make(field.at + start, *at - start);
    ++*at;
    return NULL;
}

static struct err *parse_member(struct arena *arena, struct slice field, size_t *at, struct named_tag *out)
{
    TRY(parse_path(arena, field, at, &out->path));
    *at = skip(field, *at, false);
    if (*at == field.len)
        return bad(arena, *at, "an entity tag must follow the path");
    if (field.at[*at] == '*') {
        out->tags = (struct tag_list){.kind = TAGS_ANY};
        ++*at;
        return NULL;
    }
    out->tags = (struct tag_list){.kind = TAGS_LIST, .tags = ARENA_NEW(arena, struct tag), .count = 1};
    return tag_parse(arena, field, at, out->tags.tags);
}

struct err *named_tags_parse(struct arena *arena, struct slice field, struct named_tags *out)
{
    *out = (struct named_tags){0};
    if (!slice_present(field))
        return NULL;
    out->items = ARENA_ARRAY(arena, struct named_tag, NAMED_TAGS_MAX);
    size_t at = skip(field, 0, true);
    while (at < field.len) {
        if (out->count == NAMED_TAGS_MAX)
            return bad(arena, at, "there are too many members");
        TRY(parse_member(arena, field, &at, &out->items[out->count++]));
        at = skip(field, at, false);
        if (at < field.len && field.at[at] != ',')
            return bad(arena, at, "a comma must separate the members");
        at = skip(field, at, true);
    }
    return out->count ? NULL : bad(arena, field.len, "there is no member");
}
