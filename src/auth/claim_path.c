#include "claim_path.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"

static bool is_key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || (c && strchr("_$@", c));
}

static bool take(struct slice *rest, struct slice word)
{
    if (!slice_starts(*rest, word))
        return false;
    *rest = slice_from(*rest, word.len);
    return true;
}

/* A text in double quotes, in which a backslash makes the next character an ordinary one. */
static bool take_quoted(struct arena *arena, struct slice *rest, struct slice *out)
{
    struct buf text = buf_new(arena, rest->len + 1);
    size_t i = 1;
    if (!slice_starts(*rest, SLICE("\"")))
        return false;
    for (; i < rest->len && rest->at[i] != '"'; i++) {
        if (rest->at[i] == '\\' && i + 1 < rest->len)
            i++;
        buf_byte(&text, rest->at[i]);
    }
    if (i >= rest->len)
        return false;
    *out = buf_slice(&text);
    *rest = slice_from(*rest, i + 1);
    return true;
}

static bool take_key(struct arena *arena, struct slice *rest, struct claim_step *step)
{
    step->kind = CLAIM_KEY;
    if (take_quoted(arena, rest, &step->text))
        return true;
    size_t len = 0;
    while (len < rest->len && is_key_char(rest->at[len]))
        len++;
    step->text = arena_copy(arena, slice_head(*rest, len));
    *rest = slice_from(*rest, len);
    return len > 0;
}

static bool take_comparison(struct slice *rest, enum claim_step_kind *kind)
{
    static const struct {
        const char *sign;
        enum claim_step_kind kind;
    } signs[] = {{"==^", CLAIM_ENDS},
                 {"==", CLAIM_EQUAL},
                 {"!=", CLAIM_UNEQUAL},
                 {"^==", CLAIM_BEGINS},
                 {"*==", CLAIM_CONTAINS}};
    for (size_t i = 0; i < sizeof(signs) / sizeof(*signs); i++)
        if (take(rest, slice_of(signs[i].sign))) {
            *kind = signs[i].kind;
            return true;
        }
    return false;
}

static void skip_blanks(struct slice *rest)
{
    while (take(rest, SLICE(" ")))
        ;
}

/* What follows "[?": (@ == "text")] */
static bool take_filter(struct arena *arena, struct slice *rest, struct claim_step *step)
{
    if (!take(rest, SLICE("(@")))
        return false;
    skip_blanks(rest);
    if (!take_comparison(rest, &step->kind))
        return false;
    skip_blanks(rest);
    return take_quoted(arena, rest, &step->text) && take(rest, SLICE(")]"));
}

static bool take_index(struct slice *rest, struct claim_step *step)
{
    size_t len = 0;
    while (len < rest->len && rest->at[len] >= '0' && rest->at[len] <= '9')
        len++;
    step->kind = CLAIM_INDEX;
    if (!text_u64(slice_head(*rest, len), &step->index))
        return false;
    *rest = slice_from(*rest, len);
    return take(rest, SLICE("]"));
}

bool claim_path_parse(struct arena *arena, struct slice text, struct claim_path *out)
{
    *out = (struct claim_path){0};
    struct slice rest = text;
    bool filtered = false;
    while (rest.len) {
        if (out->count == CLAIM_STEPS_MAX || filtered)
            return false;
        struct claim_step *step = &out->steps[out->count++];
        if (take(&rest, SLICE("."))) {
            if (!take_key(arena, &rest, step))
                return false;
        } else if (take(&rest, SLICE("[?"))) {
            filtered = true;
            if (!take_filter(arena, &rest, step))
                return false;
        } else if (!take(&rest, SLICE("[")) || !take_index(&rest, step)) {
            return false;
        }
    }
    return out->count > 0;
}

static bool contains(struct slice text, struct slice part)
{
    for (size_t i = 0; i + part.len <= text.len; i++)
        if (slice_starts(slice_from(text, i), part))
            return true;
    return false;
}

static bool compares(const struct claim_step *step, struct slice text)
{
    switch (step->kind) {
    case CLAIM_EQUAL:
        return slice_eq(text, step->text);
    case CLAIM_UNEQUAL:
        return !slice_eq(text, step->text);
    case CLAIM_BEGINS:
        return slice_starts(text, step->text);
    case CLAIM_ENDS:
        return slice_ends(text, step->text);
    case CLAIM_CONTAINS:
        return contains(text, step->text);
    case CLAIM_KEY:
    case CLAIM_INDEX:
        break;
    }
    return false;
}

static const struct json *follow(const struct claim_step *step, const struct json *from)
{
    if (step->kind == CLAIM_KEY)
        return json_member(from, step->text);
    if (from->kind != JSON_ARRAY)
        return NULL;
    if (step->kind == CLAIM_INDEX)
        return step->index < from->count ? &from->items[step->index] : NULL;
    for (size_t i = 0; i < from->count; i++)
        if (from->items[i].kind == JSON_STRING && compares(step, from->items[i].text))
            return &from->items[i];
    return NULL;
}

const struct json *claim_path_follow(const struct claim_path *path, const struct json *claims)
{
    const struct json *at = claims;
    for (size_t i = 0; at && i < path->count; i++)
        at = follow(&path->steps[i], at);
    return at;
}
