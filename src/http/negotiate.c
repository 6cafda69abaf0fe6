#include "midair/http/negotiate.h"

static struct slice lower(struct arena *arena, struct slice s)
{
    char *to = arena_alloc(arena, s.len);
    for (size_t i = 0; i < s.len; i++)
        to[i] = s.at[i] >= 'A' && s.at[i] <= 'Z' ? (char)(s.at[i] + ('a' - 'A')) : s.at[i];
    return slice_make(to, s.len);
}

/* Takes type "/" subtype from the front of `rest`. '*' is a token character, so this reads ranges as well. */
static bool take_type(struct slice *rest, struct slice *type, struct slice *subtype)
{
    if (!field_token(rest, type) || !rest->len || rest->at[0] != '/')
        return false;
    *rest = slice_from(*rest, 1);
    return field_token(rest, subtype);
}

static bool is_utf8(struct slice charset)
{
    return slice_eq_nocase(charset, SLICE("utf-8")) || slice_eq_nocase(charset, SLICE("utf8"));
}

static bool take_charset(struct arena *arena, struct slice params, struct media_type *out)
{
    struct slice name, value;
    enum field_param got;
    while ((got = field_param(arena, &params, &name, &value)) == PARAM_FOUND) {
        if (!slice_present(value))
            return false;
        if (!slice_eq_nocase(name, SLICE("charset")))
            continue;
        if (slice_present(out->charset))
            return false;
        out->charset = value;
    }
    out->utf8 = !slice_present(out->charset) || is_utf8(out->charset);
    return got == PARAM_END;
}

bool media_type_parse(struct arena *arena, struct slice s, struct media_type *out)
{
    struct slice rest = slice_trim(s), type, subtype;
    *out = (struct media_type){.utf8 = true};
    if (!take_type(&rest, &type, &subtype) || slice_eq(type, SLICE("*")) || slice_eq(subtype, SLICE("*")))
        return false;
    out->essence = lower(arena, slice_make(type.at, (size_t)(subtype.at + subtype.len - type.at)));
    out->params = rest;
    return take_charset(arena, rest, out);
}

/* One member of Accept. */
struct range {
    struct slice type, subtype;
    struct slice params; /* end at the weight */
    int weight;
    size_t param_count;
};

/* charset=utf-8 in a range restricts nothing, since all text is sent as UTF-8. */
static bool is_neutral(struct slice name, struct slice value)
{
    return slice_eq_nocase(name, SLICE("charset")) && is_utf8(value);
}

enum field_param accept_param(struct arena *arena, struct slice *rest, struct slice *name, struct slice *value)
{
    struct slice loose = *rest;
    enum field_param got = field_param(arena, rest, name, value);
    struct slice after = slice_trim(*rest);
    if (got == PARAM_END || (got == PARAM_FOUND && (!after.len || after.at[0] == ';')))
        return got;
    while (loose.len && (loose.at[0] == ';' || loose.at[0] == ' ' || loose.at[0] == '\t'))
        loose = slice_from(loose, 1);
    size_t end = slice_find(loose, ';');
    if (!slice_cut(slice_head(loose, end), '=', name, value) || !field_is_token(*name) ||
        slice_find(*value, '"') < value->len)
        return PARAM_BAD;
    *value = slice_trim(*value);
    *rest = slice_from(loose, end);
    return PARAM_FOUND;
}

/* The type of a range. "*" alone stands for every type, since some clients send that. */
static bool take_range(struct slice *rest, struct slice *type, struct slice *subtype)
{
    struct slice whole = *rest;
    if (take_type(rest, type, subtype))
        return true;
    *rest = whole;
    *subtype = SLICE("*");
    return field_token(rest, type) && slice_eq(*type, SLICE("*")) && !(rest->len && rest->at[0] == '/');
}

static bool parse_range(struct arena *arena, struct slice element, struct range *out)
{
    struct slice rest = element, name, value;
    enum field_param got;
    *out = (struct range){.weight = 1000};
    if (!take_range(&rest, &out->type, &out->subtype))
        return false;
    if (slice_eq(out->type, SLICE("*")) && !slice_eq(out->subtype, SLICE("*")))
        return false;
    out->params = rest;
    bool weighted = false;
    while ((got = accept_param(arena, &rest, &name, &value)) == PARAM_FOUND) {
        if (weighted)
            continue;
        if (slice_eq_nocase(name, SLICE("q"))) {
            if (!field_weight(value, &out->weight))
                return false;
            weighted = true;
        } else if (!is_neutral(name, value)) {
            out->param_count++;
        }
    }
    return got == PARAM_END;
}

bool accept_is_readable(struct arena *arena, struct slice accept)
{
    struct slice element;
    struct range range;
    while (field_next(&accept, &element))
        if (parse_range(arena, element, &range))
            return true;
    return false;
}

static bool has_param(struct arena *arena, struct slice params, struct slice wanted, struct slice value)
{
    struct slice name, own;
    while (field_param(arena, &params, &name, &own) == PARAM_FOUND)
        if (slice_eq_nocase(name, wanted) && slice_eq_nocase(own, value))
            return true;
    return false;
}

/* Whether the offer has every parameter of the range. */
static bool params_match(struct arena *arena, const struct range *range, struct slice offered)
{
    struct slice rest = range->params, name, value;
    while (accept_param(arena, &rest, &name, &value) == PARAM_FOUND) {
        if (slice_eq_nocase(name, SLICE("q")))
            return true;
        if (!is_neutral(name, value) && !has_param(arena, offered, name, value))
            return false;
    }
    return true;
}

enum { NO_MATCH = -1, ANY_TYPE, ANY_SUBTYPE, FOREIGN_PARAMS, EXACT_TYPE };

/* How specifically the range names the offer (RFC 9110 12.5.1). More matching parameters are more specific. */
static int specificity(struct arena *arena, const struct range *range, struct slice offer)
{
    struct slice type, subtype;
    if (slice_eq(range->type, SLICE("*")))
        return ANY_TYPE;
    if (!take_type(&offer, &type, &subtype) || !slice_eq_nocase(type, range->type))
        return NO_MATCH;
    if (slice_eq(range->subtype, SLICE("*")))
        return ANY_SUBTYPE;
    if (!slice_eq_nocase(subtype, range->subtype))
        return NO_MATCH;
    if (range->param_count == 0)
        return EXACT_TYPE;
    if (!params_match(arena, range, offer))
        return FOREIGN_PARAMS;
    return EXACT_TYPE + (range->param_count < 100 ? (int)range->param_count : 100);
}

/* How much the client wants an offer: the weight of the most specific range, and what decides between equal weights. */
struct wish {
    int weight; /* -1: no range matches */
    int specificity;
    size_t position;
};

static bool is_better(const struct wish *a, const struct wish *b)
{
    if (a->weight != b->weight)
        return a->weight > b->weight;
    if (a->specificity != b->specificity)
        return a->specificity > b->specificity;
    return a->position < b->position;
}

static void consider(struct arena *arena, const struct range *range, size_t position, struct slice offer,
                     struct wish *wish)
{
    int found = specificity(arena, range, offer);
    /* A range with weight 0 and a parameter that the offer lacks refuses another representation than the offer. */
    if (found == FOREIGN_PARAMS && range->weight == 0)
        return;
    if (found > wish->specificity || (found == wish->specificity && found >= 0 && range->weight > wish->weight))
        *wish = (struct wish){range->weight, found, position};
}

int accept_choose(struct arena *arena, struct slice accept, const struct slice *offers, size_t count)
{
    struct wish *wishes = ARENA_ARRAY(arena, struct wish, count);
    for (size_t i = 0; i < count; i++)
        wishes[i] = (struct wish){.weight = -1, .specificity = NO_MATCH};

    struct slice element;
    struct range range;
    size_t position = 0;
    while (field_next(&accept, &element)) {
        if (!parse_range(arena, element, &range))
            continue;
        for (size_t i = 0; i < count; i++)
            consider(arena, &range, position, offers[i], &wishes[i]);
        position++;
    }
    if (position == 0)
        return count ? 0 : -1;

    int best = -1;
    for (size_t i = 0; i < count; i++)
        if (wishes[i].weight > 0 && (best < 0 || is_better(&wishes[i], &wishes[best])))
            best = (int)i;
    return best;
}

/* One member of Accept-Encoding: a coding and its weight. */
static bool parse_coding(struct arena *arena, struct slice element, struct slice *coding, int *weight)
{
    struct slice name, value;
    enum field_param got;
    *weight = 1000;
    if (!field_token(&element, coding))
        return false;
    while ((got = field_param(arena, &element, &name, &value)) == PARAM_FOUND)
        if (!slice_eq_nocase(name, SLICE("q")) || !field_weight(value, weight))
            return false;
    return got == PARAM_END;
}

struct codings accept_codings(struct arena *arena, struct slice accept_encoding)
{
    int gzip = -1, identity = -1, any = -1, weight;
    struct slice element, coding;
    while (field_next(&accept_encoding, &element)) {
        if (!parse_coding(arena, element, &coding, &weight))
            continue;
        if (slice_eq_nocase(coding, SLICE("gzip")) || slice_eq_nocase(coding, SLICE("x-gzip")))
            gzip = weight;
        else if (slice_eq_nocase(coding, SLICE("identity")))
            identity = weight;
        else if (slice_eq(coding, SLICE("*")))
            any = weight;
    }
    if (gzip < 0)
        gzip = any;
    /* identity is acceptable, with the lowest preference, unless it is named or "*;q=0" excludes it (RFC 9110 12.5.3).
     */
    if (identity < 0)
        identity = any == 0 ? 0 : 1;
    return (struct codings){.gzip = gzip > 0 && gzip >= identity, .identity = identity > 0};
}
