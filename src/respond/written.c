/* Responses to writes: the rows that are new or changed, as far as the client wants to see them (RFC 7240; PostgREST's
 * "Preferences"). */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"
#include "midair/http/range.h"

static bool wants_minimal(const struct ask *ask)
{
    const struct relation *relation = ask->decisions.plan->relation;
    if (ask->too_large)
        return true;
    if (ask->facts.prefer.returned == RETURN_UNSET)
        return ask->facts.postgrest || (relation && !relation->can_select);
    return ask->facts.prefer.returned != RETURN_REPRESENTATION;
}

/* The URL of the row: its item, or in PostgREST's dialect the filter that PostgREST's clients expect. Absent without a
 * key. */
static struct slice location_of(const struct ask *ask, const struct outcome *outcome)
{
    const struct relation *relation = outcome->layout->relation;
    struct slice *keys = layout_keys(ask->arena, outcome->layout, &outcome->parts[0], 0);
    if (!keys || !ask->facts.postgrest)
        return route_item_path(ask->arena, ask->facts.base_path, relation, keys);
    struct buf buf = buf_new(ask->arena, 128);
    buf_put(&buf, route_collection_path(ask->arena, ask->facts.base_path, relation));
    for (size_t i = 0; i < relation->key.column_count; i++) {
        struct slice name = relation->columns[relation->key.columns[i]].name;
        buf_byte(&buf, i ? '&' : '?');
        buf_put(&buf, text_percent_encode(ask->arena, name, ""));
        BUF_LIT(&buf, "=eq.");
        buf_put(&buf, text_percent_encode(ask->arena, keys[i], ""));
    }
    return buf_slice(&buf);
}

/* Sets Content-Range with the number of rows that were written. As in PostgREST, only PATCH has positions. When
 * If-Match: * matched no row at all, the total is sent without being requested. */
static void set_written_range(const struct ask *ask, int64_t count, struct http_response *out)
{
    bool none = count == 0 && ask->decisions.plan->preconds.if_match.kind == TAGS_ANY;
    int64_t total = ask->facts.prefer.count == COUNT_UNSET && !none ? -1 : count;
    response_set(out, "Content-Range",
                 content_range(ask->arena, 0, ask->facts.method == METHOD_PATCH ? count : 0, total));
}

static void set_if_present(struct http_response *out, const char *name, struct slice value)
{
    if (slice_present(value))
        response_set(out, name, value);
}

/* RFC 9110 9.3.4: a response to PUT has no validator unless the content was stored exactly as it was sent. */
static bool may_validate(const struct ask *ask, const struct outcome *outcome)
{
    return ask->facts.method != METHOD_PUT || outcome->layout->relation->policy->put_validators != VALIDATORS_STRICT;
}

/* The row is not shown, so it is not rendered. The tag is that of the plain row, as GET would send it. */
static void respond_unshown(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    struct validators validators = validators_of(ask, outcome);
    if (outcome->kind != OUTCOME_CREATED)
        out->status = 204;
    if (!may_validate(ask, outcome) || is_keyless(outcome))
        return;
    set_etag(ask, out, tag_state(validators.tag));
    if (validators.dated)
        set_last_modified(ask, out, validators.modified_us);
}

static void respond_shown(const struct ask *ask, const struct outcome *outcome, struct slice path,
                          struct http_response *out)
{
    struct validators validators = validators_of(ask, outcome);
    bool gzip = show_row(ask, outcome, &validators, out);
    if (may_validate(ask, outcome))
        set_validators(ask, outcome, &validators, gzip, out);
    set_if_present(out, "Content-Location", path);
}

/* 201, 200 or 204 for a write of one row. */
static void respond_one(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool created = outcome->kind == OUTCOME_CREATED;
    out->status = created ? 201 : 200;
    respond_common(ask, out);
    if (outcome_rows(outcome) == 0) { /* a trigger in the database suppressed the row */
        out->status = created ? 201 : 204;
        return;
    }
    struct slice *keys = layout_keys(ask->arena, outcome->layout, &outcome->parts[0], 0);
    if (wants_minimal(ask))
        respond_unshown(ask, outcome, out);
    else
        respond_shown(ask, outcome, route_item_path(ask->arena, ask->facts.base_path, outcome->layout->relation, keys),
                      out);
    if (created)
        set_if_present(out, "Location", location_of(ask, outcome));
}

static void respond_many(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool upserted = ask->facts.method == METHOD_POST && outcome->inserted;
    bool created = outcome->kind == OUTCOME_CREATED || upserted, minimal = wants_minimal(ask);
    int64_t count = (int64_t)outcome_rows(outcome);
    if (is_single_row(ask, outcome)) {
        struct outcome one = single_row(outcome);
        one.kind = created ? OUTCOME_CREATED : OUTCOME_CHANGED;
        respond_one(ask, &one, out);
        return;
    }
    if (ask->facts.postgrest && ask->decisions.plan->duplicates == DUPLICATES_IGNORE)
        created = true; /* PostgREST answers 201 even if all rows existed already */
    out->status = created ? 201 : minimal && !(ask->facts.postgrest && ask->facts.method == METHOD_POST) ? 204 : 200;
    respond_common(ask, out);
    if (!minimal) {
        put_array(ask, outcome, out);
        compress_body(ask, out);
    } else if (created && count == 1 && ask->facts.prefer.returned == RETURN_HEADERS_ONLY) {
        struct outcome one = single_row(outcome);
        set_if_present(out, "Location", location_of(ask, &one));
    }
}

static void respond_deleted(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->status = 204;
    respond_common(ask, out);
    if (ask->facts.prefer.returned != RETURN_REPRESENTATION || ask->too_large)
        return;
    out->status = 200;
    out->body = envelope_content(ask, outcome, SLICE_ABSENT);
    response_set(out, "Content-Type", envelope_type(ask));
    compress_body(ask, out);
}

void respond_written(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool list = ask->decisions.route->kind == ROUTE_COLLECTION;
    if (outcome->kind == OUTCOME_DELETED)
        respond_deleted(ask, outcome, out);
    else if (outcome->many)
        respond_many(ask, outcome, out);
    else
        respond_one(ask, outcome, out);
    if (list && out->status < 300 && (outcome->many || ask->facts.postgrest || ask->facts.prefer.count != COUNT_UNSET))
        set_written_range(ask, outcome->kind == OUTCOME_DELETED ? outcome->affected : (int64_t)outcome_rows(outcome),
                          out);
}
