#include "midair/http/prefer.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"
#include "midair/http/field.h"

enum preference {
    RESOLUTION,
    MISSING,
    RETURN,
    COUNT,
    TX,
    CONTINUE,
    HANDLING,
    MAX_AFFECTED,
    TIMEZONE,
    WAIT,
    PREFERENCES
};

static const struct slice names[PREFERENCES] = {
#define NAME(text)                                                                                                     \
    {                                                                                                                  \
        text, sizeof(text) - 1                                                                                         \
    }
    [RESOLUTION] = NAME("resolution"),
    [MISSING] = NAME("missing"),
    [RETURN] = NAME("return"),
    [COUNT] = NAME("count"),
    [TX] = NAME("tx"),
    [CONTINUE] = NAME("continue-on-error"),
    [HANDLING] = NAME("handling"),
    [MAX_AFFECTED] = NAME("max-affected"),
    [TIMEZONE] = NAME("timezone"),
    [WAIT] = NAME("wait"),
#undef NAME
};

static enum preference preference_of(struct slice name)
{
    unsigned i = 0;
    while (i < PREFERENCES && !slice_eq_nocase(names[i], name))
        i++;
    return (enum preference)i;
}

/* Sets a preference whose value is one of several words. False when `value` is none of them. */
static bool choose(struct prefer *out, enum preference preference, struct slice value)
{
#define PREFER(which, member, constant, name, text)                                                                    \
    if (preference == which && slice_eq_nocase(value, SLICE(text))) {                                                  \
        out->member = constant;                                                                                        \
        return true;                                                                                                   \
    }
#include "midair/http/prefer.def"
#undef PREFER
    return false;
}

/* Whether `s` can be the name of a time zone. Only PostgreSQL knows whether the zone exists. */
static bool may_be_zone(struct slice s)
{
    enum { ZONE_MAX = 63 };
    for (size_t i = 0; i < s.len; i++) {
        char c = s.at[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !strchr("_+-/:.<>", c))
            return false;
    }
    return s.len > 0 && s.len <= ZONE_MAX;
}

static bool set(struct prefer *out, enum preference preference, struct slice value)
{
    uint64_t number;
    if (preference == TIMEZONE) {
        out->timezone = may_be_zone(value) ? value : SLICE_ABSENT;
        return slice_present(out->timezone);
    }
    if (preference == CONTINUE && !slice_present(value))
        value = SLICE("true"); /* the name alone says it (OData 4.01, JSON batch) */
    if (preference != MAX_AFFECTED && preference != WAIT)
        return choose(out, preference, value);
    if (!text_u64(value, &number) || number > INT64_MAX)
        return false;
    if (preference == MAX_AFFECTED) {
        out->has_max_affected = true;
        out->max_affected = (int64_t)number;
    }
    return true;
}

/* name [ "=" value ] and parameters. None of the supported preferences has parameters, so they are parsed and
 * ignored. */
static bool parse_member(struct arena *arena, struct slice member, struct slice *name, struct slice *value)
{
    struct slice param, ignored;
    enum field_param got;
    if (!field_pair(arena, &member, name, value))
        return false;
    while ((got = field_param(arena, &member, &param, &ignored)) == PARAM_FOUND)
        continue;
    return got == PARAM_END;
}

/* timezone=Europe/Brussels: a token may not contain a slash, but clients send the name without quotes. */
static bool parse_zone(struct slice member, struct slice *name, struct slice *value)
{
    return slice_cut(member, '=', name, value) && slice_eq_nocase(slice_trim(*name), names[TIMEZONE]) &&
           slice_find(*value, '"') == value->len;
}

static bool take(struct arena *arena, struct slice member, unsigned *seen, struct prefer *out)
{
    struct slice name, value;
    if (parse_zone(member, &name, &value)) {
        name = slice_trim(name);
        value = slice_trim(slice_head(value, slice_find(value, ';')));
    } else if (!parse_member(arena, member, &name, &value)) {
        return false;
    }
    enum preference preference = preference_of(name);
    if (preference == PREFERENCES)
        return false;
    if (*seen & 1u << preference)
        return true;
    *seen |= 1u << preference;
    return set(out, preference, value);
}

void prefer_parse(struct arena *arena, struct slice field, struct prefer *out)
{
    *out = (struct prefer){.has_max_affected = false};
    struct buf invalid = buf_new(arena, 0);
    struct slice member;
    unsigned seen = 0;
    while (field_next(&field, &member)) {
        if (take(arena, member, &seen, out))
            continue;
        if (invalid.len)
            BUF_LIT(&invalid, ", ");
        buf_put(&invalid, member);
    }
    out->invalid = invalid.len ? buf_slice(&invalid) : SLICE_ABSENT;
}

static void say(struct buf *to, const char *name, const char *value)
{
    if (to->len)
        BUF_LIT(to, ", ");
    buf_z(to, name);
    BUF_LIT(to, "=");
    buf_z(to, value);
}

struct slice prefer_applied(struct arena *arena, const struct prefer *applied)
{
    struct buf text = buf_new(arena, 128);
#define PREFER(which, member, constant, name, value)                                                                   \
    if (applied->member == constant)                                                                                   \
        say(&text, name, value);
#include "midair/http/prefer.def"
#undef PREFER
    if (slice_present(applied->timezone)) {
        say(&text, "timezone", "");
        buf_put(&text, applied->timezone);
    }
    if (applied->has_max_affected) {
        say(&text, "max-affected", "");
        buf_i64(&text, applied->max_affected);
    }
    return text.len ? buf_slice(&text) : SLICE_ABSENT;
}
