/* Answers to writes: the row or the rows that are new or changed, as far as the client wants to see them (RFC 7240;
 * PostgREST's "Preferences"). */
#include "parts.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"
#include "midair/http/range.h"

static bool wants_minimal(const struct ask *ask)
{
    if (ask->prefer.returned == RETURN_UNSET)
        return ask->postgrest;
    return ask->prefer.returned != RETURN_REPRESENTATION;
}

/* Where the row is: its own URL, or in PostgREST's dialect the filter that such clients know. Absent without a key. */
static struct slice location_of(const struct ask *ask, const struct outcome *outcome)
{
    const struct relation *relation = outcome->layout->relation;
    struct slice *keys = layout_keys(ask->arena, outcome->layout, &outcome->parts[0], 0);
    if (!keys || !ask->postgrest)
        return route_item_path(ask->arena, ask->base_path, relation, keys);
    struct buf buf = buf_new(ask->arena, 128);
    buf_put(&buf, route_collection_path(ask->arena, ask->base_path, relation));
    for (size_t i = 0; i < relation->key.column_count; i++) {
        struct slice name = relation->columns[relation->key.columns[i]].name;
        buf_byte(&buf, i ? '&' : '?');
        buf_put(&buf, text_percent_encode(ask->arena, name, ""));
        BUF_LIT(&buf, "=eq.");
        buf_put(&buf, text_percent_encode(ask->arena, keys[i], ""));
    }
    return buf_slice(&buf);
}

/* How many rows were written, as PostgREST says it: only for PATCH they have places. */
static void set_written_range(const struct ask *ask, int64_t count, struct http_response *out)
{
    int64_t total = ask->prefer.count == COUNT_UNSET ? -1 : count;
    response_set(out, "Content-Range", content_range(ask->arena, 0, ask->method == METHOD_PATCH ? count : 0, total));
}

/* 201, 200 or 204 for a write of one row. The tag and the place of the row are there in any case. */
static void respond_one(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool created = outcome->kind == OUTCOME_CREATED;
    const struct rows *rows = &outcome->parts[0];
    out->status = created ? 201 : 200;
    respond_common(ask, out);
    if (outcome_rows(outcome) == 0) {
        out->status = created ? 201 : 204; /* a trigger of the database's swallowed the row */
        return;
    }
    struct slice *keys = layout_keys(ask->arena, outcome->layout, rows, 0);
    struct slice parent_path = route_item_path(ask->arena, ask->base_path, outcome->layout->relation, keys);
    struct slice location = created ? location_of(ask, outcome) : SLICE_ABSENT;
    struct validators validators = validators_of(ask, outcome);
    bool gzip = show_row(ask, outcome, &validators, out);
    set_validators(ask, outcome, &validators, gzip, out);
    if (slice_present(location))
        response_set(out, "Location", location);
    if (slice_present(parent_path))
        response_set(out, "Content-Location", parent_path);
    if (wants_minimal(ask)) {
        /* Without content the tag is that of the plain row: what a GET would show. */
        struct http_response full = *out;
        *out = (struct http_response){.status = created ? 201 : 204, .close = full.close};
        respond_common(ask, out);
        set_etag(ask, out, state_text(validators.tag));
        if (slice_present(response_get(&full, "Last-Modified")))
            response_set(out, "Last-Modified", response_get(&full, "Last-Modified"));
        if (slice_present(location))
            response_set(out, "Location", location);
    }
    /* RFC 9110 9.3.4: no validator on PUT unless the content was stored as it came. */
    if (ask->method == METHOD_PUT && outcome->layout->relation->policy->put_validators == VALIDATORS_STRICT) {
        response_set(out, "ETag", SLICE_ABSENT);
        response_set(out, "Last-Modified", SLICE_ABSENT);
    }
}

static void respond_many(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool upserted = ask->method == METHOD_POST && outcome->inserted;
    bool created = outcome->kind == OUTCOME_CREATED || upserted, minimal = wants_minimal(ask);
    int64_t count = (int64_t)outcome_rows(outcome);
    if (is_single_row(ask, outcome)) {
        struct outcome one = single_row(outcome);
        one.kind = created ? OUTCOME_CREATED : OUTCOME_CHANGED;
        respond_one(ask, &one, out);
        return;
    }
    if (ask->postgrest && ask->plan->duplicates == DUPLICATES_IGNORE)
        created = true; /* PostgREST says so even where all of them were there */
    out->status = created ? 201 : minimal && !(ask->postgrest && ask->method == METHOD_POST) ? 204 : 200;
    respond_common(ask, out);
    if (!minimal) {
        put_array(ask, outcome, out);
        compress_body(ask, out);
    } else if (created && count == 1 && ask->prefer.returned == RETURN_HEADERS_ONLY) {
        struct outcome one = single_row(outcome);
        struct slice location = location_of(ask, &one);
        if (slice_present(location))
            response_set(out, "Location", location);
    }
}

static void respond_deleted(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->status = 204;
    respond_common(ask, out);
    if (ask->prefer.returned != RETURN_REPRESENTATION)
        return;
    out->status = 200;
    out->body = envelope_content(ask, outcome, SLICE_ABSENT);
    response_set(out, "Content-Type", envelope_type(ask));
    compress_body(ask, out);
}

void respond_written(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    bool list = ask->route->kind == ROUTE_COLLECTION;
    if (outcome->kind == OUTCOME_DELETED)
        respond_deleted(ask, outcome, out);
    else if (outcome->many)
        respond_many(ask, outcome, out);
    else
        respond_one(ask, outcome, out);
    if (list && out->status < 300 && (outcome->many || ask->postgrest || ask->prefer.count != COUNT_UNSET))
        set_written_range(ask, outcome->kind == OUTCOME_DELETED ? outcome->affected : (int64_t)outcome_rows(outcome),
                          out);
}
