#include "midair/http/precond.h"

#include "midair/base/clock.h"
#include "midair/http/date.h"
#include "midair/http/field.h"

bool preconds_apply(enum method method)
{
    return method != METHOD_OPTIONS && method != METHOD_TRACE && method != METHOD_CONNECT;
}

/* The largest difference between the clocks of a client, midair and PostgreSQL that is tolerated before a date counts
 * as future. */
enum { SKEW_SECONDS = 60 };

static bool is_safe(enum method method)
{
    return method == METHOD_GET || method == METHOD_HEAD;
}

static bool parse_date(struct arena *arena, const struct fields *fields, const char *name, int64_t *seconds)
{
    struct slice value = field_get(arena, fields, name);
    return slice_present(value) && date_parse(value, seconds);
}

/* A read ignores an If-None-Match that cannot be parsed, since it can always be answered in full; a write must not lose
 * its condition. A list without members excludes no state, so it is the same as no condition. */
static struct err *parse_none_match(struct arena *arena, struct slice field, bool safe, struct tag_list *out)
{
    struct err *err = tag_list_parse(arena, field, out);
    if (err && !safe)
        return err;
    if (err || (out->kind == TAGS_LIST && out->count == 0))
        *out = (struct tag_list){.kind = TAGS_ABSENT};
    return NULL;
}

struct err *preconds_parse(struct arena *arena, enum method method, const struct fields *fields, struct preconds *out)
{
    struct slice none_match = field_get(arena, fields, "If-None-Match");
    *out = (struct preconds){.has_modified_since = false};
    TRY(tag_list_parse(arena, field_get(arena, fields, "If-Match"), &out->if_match));
    TRY(parse_none_match(arena, none_match, is_safe(method), &out->if_none_match));
    if (out->if_match.kind == TAGS_ABSENT)
        out->has_unmodified_since = parse_date(arena, fields, "If-Unmodified-Since", &out->unmodified_since) &&
                                    out->unmodified_since <= date_of_us(clock_wall_us()) + SKEW_SECONDS;
    if (!slice_present(none_match)) /* RFC 9110 13.1.3: an invalid one replaces the date too */
        out->has_modified_since = parse_date(arena, fields, "If-Modified-Since", &out->modified_since);
    return NULL;
}

bool preconds_any(const struct preconds *preconds)
{
    return preconds_guarding(preconds, true);
}

bool preconds_guarding(const struct preconds *preconds, bool dated)
{
    return preconds->if_match.kind != TAGS_ABSENT || preconds->if_none_match.kind != TAGS_ABSENT ||
           (dated && preconds->has_unmodified_since);
}

/* Whether a tag in the list has this state part. An empty state part never matches. */
static bool lists_state(const struct tag_list *list, struct slice state, bool strong)
{
    for (size_t i = 0; state.len && i < list->count; i++)
        if (!(strong && list->tags[i].weak) && slice_eq(tag_state(list->tags[i].opaque), state))
            return true;
    return false;
}

static bool lists_tag(const struct tag_list *list, struct slice etag)
{
    struct tag wanted = {.opaque = etag};
    for (size_t i = 0; etag.len && i < list->count; i++)
        if (tag_equal_weak(&list->tags[i], &wanted))
            return true;
    return false;
}

/* RFC 9110 13.1.1 */
static bool if_match_holds(const struct tag_list *list, const struct current *current)
{
    return current->exists && (list->kind == TAGS_ANY || lists_state(list, current->state, true));
}

/* RFC 9110 13.1.2 */
static bool if_none_match_holds(const struct tag_list *list, bool safe, const struct current *current)
{
    if (!current->exists)
        return true;
    if (list->kind == TAGS_ANY)
        return false;
    return safe ? !lists_tag(list, current->etag) : !lists_state(list, current->state, false);
}

/* Whether a second (since 1970) has ended by the clock of `current`. */
static bool second_is_over(int64_t second, const struct current *current)
{
    return second < (current->clock_second ? current->clock_second : date_of_us(clock_wall_us()));
}

/* RFC 9110 13.1.3, 13.1.4. The caller makes sure that the resource has a modification date. */
static bool modified_after(const struct current *current, int64_t seconds)
{
    return date_of_us(current->modified_us) > seconds;
}

static bool unmodified_since(const struct current *current, int64_t second)
{
    return !modified_after(current, second) && second_is_over(second, current);
}

enum verdict preconds_evaluate(const struct preconds *preconds, enum method method, const struct current *current)
{
    bool safe = is_safe(method);
    bool dated = current->exists && current->has_modified;
    bool creates = !safe && method != METHOD_PATCH && method != METHOD_DELETE;

    if (!preconds_apply(method) || (!current->exists && !creates))
        return VERDICT_PROCEED;
    /* Steps 1 and 2 of RFC 9110 13.2.2 */
    if (preconds->if_match.kind != TAGS_ABSENT) {
        if (!if_match_holds(&preconds->if_match, current))
            return VERDICT_FAILED;
    } else if (preconds->has_unmodified_since && dated && !unmodified_since(current, preconds->unmodified_since)) {
        return VERDICT_FAILED;
    }
    /* Steps 3 and 4 of RFC 9110 13.2.2 */
    if (preconds->if_none_match.kind != TAGS_ABSENT) {
        if (!if_none_match_holds(&preconds->if_none_match, safe, current))
            return safe ? VERDICT_NOT_MODIFIED : VERDICT_FAILED;
    } else if (safe && preconds->has_modified_since && dated && unmodified_since(current, preconds->modified_since)) {
        return VERDICT_NOT_MODIFIED;
    }
    return VERDICT_PROCEED;
}
