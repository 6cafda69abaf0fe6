#include "midair/http/etag.h"

#include "midair/base/buf.h"

enum { HEX_MIN = 16, HEX_MAX = 40 };

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

static bool is_own_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.';
}

static bool is_state(struct slice s)
{
    size_t hex = 0;
    while (hex < s.len && is_hex(s.at[s.len - 1 - hex]))
        hex++;
    if (hex < HEX_MIN || hex > HEX_MAX || s.len < hex + 2 || s.at[s.len - 1 - hex] != '.')
        return false;
    for (size_t i = 0; i < s.len - hex; i++)
        if (!is_own_char(s.at[i]) && s.at[i] != '-')
            return false;
    return true;
}

/* Whether an opaque tag has the form of midair's own tags, with or without a variant part. */
static bool is_ours(struct slice opaque)
{
    struct slice state, variant;
    if (!slice_cut(opaque, '~', &state, &variant))
        return is_state(state);
    for (size_t i = 0; i < variant.len; i++)
        if (!is_own_char(variant.at[i]))
            return false;
    return variant.len && is_state(state);
}

struct slice tag_state(struct slice opaque)
{
    return slice_head(opaque, slice_find(opaque, '~'));
}

struct slice tag_quote(struct arena *arena, struct slice opaque)
{
    if (!slice_present(opaque))
        return opaque;
    struct buf text = buf_new(arena, opaque.len + 2);
    buf_byte(&text, '"');
    buf_put(&text, opaque);
    buf_byte(&text, '"');
    return buf_slice(&text);
}

bool tag_equal_weak(const struct tag *a, const struct tag *b)
{
    return slice_eq(a->opaque, b->opaque);
}

void tag_list_trust_weak(struct tag_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        struct tag *tag = &list->tags[i];
        if (tag->weak && is_ours(tag->opaque)) {
            tag->weak = false;
            tag->tolerated = true;
        }
    }
}

/* Removes the suffix that a compressing proxy added, if the rest has the form of midair's own tags. */
static void straighten(struct tag *tag)
{
    static const struct slice suffixes[] = {{"-gzip", 5}, {";gzip", 5}};
    for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
        if (!slice_ends(tag->opaque, suffixes[i]))
            continue;
        struct slice rest = slice_head(tag->opaque, tag->opaque.len - suffixes[i].len);
        if (is_ours(rest)) {
            tag->opaque = rest;
            tag->tolerated = true;
            return;
        }
    }
}

static struct err *bad(struct arena *arena, size_t at, const char *why)
{
    return err_at(arena, ERR_BAD_FIELD, at, "The list of entity tags cannot be parsed at byte %zu: %s.", at, why);
}

/* etagc of RFC 9110 8.8.3. It excludes spaces. */
static bool is_etagc(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte > ' ' && byte != '"' && byte != 127;
}

static struct err *parse_quoted(struct arena *arena, struct slice field, size_t *at, struct tag *tag)
{
    size_t start = ++*at;
    while (*at < field.len && is_etagc(field.at[*at]))
        ++*at;
    if (*at == field.len)
        return bad(arena, *at, "the closing quote is missing");
    if (field.at[*at] != '"')
        return bad(arena, *at, "this byte cannot be in an entity tag");
    tag->opaque = slice_make(field.at + start, *at - start);
    ++*at;
    return NULL;
}

static struct err *parse_bare(struct arena *arena, struct slice field, size_t *at, struct tag *tag)
{
    size_t start = *at;
    while (*at < field.len && is_etagc(field.at[*at]) && field.at[*at] != ',')
        ++*at;
    tag->opaque = slice_make(field.at + start, *at - start);
    tag->tolerated = true;
    straighten(tag);
    if (!is_ours(tag->opaque))
        return bad(arena, start, "an entity tag is written in double quotes");
    return NULL;
}

struct err *tag_parse(struct arena *arena, struct slice field, size_t *at, struct tag *tag)
{
    *tag = (struct tag){.weak = slice_starts(slice_from(field, *at), SLICE("W/"))};
    if (tag->weak)
        *at += 2;
    if (*at == field.len || field.at[*at] != '"')
        return parse_bare(arena, field, at, tag);
    TRY(parse_quoted(arena, field, at, tag));
    straighten(tag);
    return NULL;
}

static size_t skip(struct slice field, size_t at, bool commas)
{
    while (at < field.len && (field.at[at] == ' ' || field.at[at] == '\t' || (commas && field.at[at] == ',')))
        at++;
    return at;
}

static struct err *add(struct arena *arena, struct tag_list *out, size_t at, struct tag tag)
{
    if (out->count == TAGS_MAX)
        return bad(arena, at, "there are too many entity tags");
    /* The array has room for 4, 8, 16, … tags, so it is full whenever the count is such a power of two. */
    if (out->count == 0)
        out->tags = ARENA_ARRAY(arena, struct tag, 4);
    else if (out->count >= 4 && (out->count & (out->count - 1)) == 0)
        out->tags = arena_grow(arena, out->tags, out->count * sizeof(tag), 2 * out->count * sizeof(tag));
    out->tags[out->count++] = tag;
    return NULL;
}

static struct err *parse_members(struct arena *arena, struct slice field, struct tag_list *out)
{
    size_t at = skip(field, 0, true);
    while (at < field.len) {
        struct tag tag;
        size_t start = at;
        if (field.at[at] == '*')
            return bad(arena, at, "\"*\" must stand alone");
        TRY(tag_parse(arena, field, &at, &tag));
        TRY(add(arena, out, start, tag));
        at = skip(field, at, false);
        if (at < field.len && field.at[at] != ',')
            return bad(arena, at, "a comma must separate entity tags");
        at = skip(field, at, true);
    }
    return NULL;
}

struct err *tag_list_parse(struct arena *arena, struct slice field, struct tag_list *out)
{
    *out = (struct tag_list){.kind = TAGS_ABSENT};
    if (!slice_present(field))
        return NULL;
    if (slice_eq(slice_trim(field), SLICE("*"))) {
        out->kind = TAGS_ANY;
        return NULL;
    }
    out->kind = TAGS_LIST;
    return parse_members(arena, field, out);
}
