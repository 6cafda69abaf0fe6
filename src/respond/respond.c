#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/problem.h"
#include "midair/http/range.h"

/* Whether the row's state covers all that is shown of it. */
static bool tag_needs_content(const struct ask *ask, const struct outcome *outcome)
{
    return ask->zoned || outcome->layout->by_content;
}

struct validators validators_of(const struct ask *ask, const struct outcome *outcome)
{
    const struct rows *rows = &outcome->parts[0];
    struct validators found = {.tag = layout_full_tag(ask->arena, outcome->layout, rows, 0)};
    struct state state;
    /* The row's date says nothing of other rows that are shown, of what is computed, or of what a handler makes. */
    found.dated = slice_present(found.tag) && !outcome->layout->tree_digest && !outcome->layout->computed &&
                  !outcome->layout->handler && outcome->layout->relation->stamp.kind == STAMP_VERSION &&
                  layout_state(outcome->layout, rows, 0, &state);
    found.modified_us = found.dated ? state.moment : 0;
    return found;
}

/* The content, and what the database says besides about the answer: its fields are part of what is shown. */
static struct slice all_shown(const struct ask *ask, struct slice body)
{
    if (!ask->reply || !slice_present(ask->reply->text))
        return body;
    struct buf buf = buf_new(ask->arena, ask->reply->text.len + body.len + 1);
    buf_put(&buf, ask->reply->text);
    buf_byte(&buf, '\n');
    buf_put(&buf, body);
    return buf_slice(&buf);
}

static bool is_keyless(const struct outcome *outcome)
{
    return !outcome->layout->key_cells;
}

/* One row without a key, of a function or a view, has the tag of its content like a list of them; what was written has
 * none, since no write could be judged by it. */
static void set_keyless_tag(const struct ask *ask, struct slice content, bool gzip, struct http_response *out)
{
    struct slice tag = content_tag(ask->arena, all_shown(ask, content));
    if (ask->method == METHOD_GET || ask->method == METHOD_HEAD)
        set_etag(ask, out, envelope_tag(ask, variant_tag(ask, tag, NULL, SLICE_ABSENT, gzip), true));
}

void set_validators(const struct ask *ask, const struct outcome *outcome, const struct validators *validators,
                    bool gzip, struct http_response *out)
{
    if (is_keyless(outcome)) {
        set_keyless_tag(ask, validators->content, gzip, out);
        return;
    }
    set_etag(ask, out,
             envelope_tag(ask,
                          variant_tag(ask, validators->tag, outcome->layout, all_shown(ask, validators->content), gzip),
                          true));
    if (validators->dated)
        set_last_modified(ask, out, validators->modified_us);
}

bool show_row(const struct ask *ask, const struct outcome *outcome, struct validators *validators,
              struct http_response *out)
{
    out->body = validators->content = envelope_content(ask, outcome, validators->tag);
    response_set(out, "Content-Type", envelope_type(ask));
    return compress_body(ask, out);
}

/* Of the tags in If-Match, those that can still hold: a tag that covers other rows holds for a representation that
 * shows the same ones in the same states. What is not shown here cannot be vouched for. */
static struct tag_list matching_tree_digest(const struct ask *ask, const struct tag_list *list, struct slice opaque)
{
    struct tag_list kept = *list;
    kept.tags = ARENA_ARRAY(ask->arena, struct tag, list->count);
    kept.count = 0;
    for (size_t i = 0; i < list->count; i++) {
        struct slice part = tree_digest_of_tag(list->tags[i].opaque);
        if (!slice_present(part) || slice_eq(part, tree_digest_of_tag(opaque)))
            kept.tags[kept.count++] = list->tags[i];
    }
    return kept;
}

/* Turns an answer to GET or HEAD that has its validators into 304 or 412 where the preconditions say so (RFC
 * 9110 13.2.2). */
static void judge_read(const struct ask *ask, const struct preconds *preconds, bool dated, int64_t modified_us,
                       struct http_response *out)
{
    struct slice etag = response_get(out, "ETag");
    struct slice opaque = etag.len > 2 ? slice_make(etag.at + 1, etag.len - 2) : SLICE_ABSENT;
    struct current current = {
        .exists = true, .etag = opaque, .state = state_text(opaque), .has_modified = dated, .modified_us = modified_us};
    struct preconds resolved = *preconds;
    if (!reply_succeeds(ask))
        return;
    resolved.if_match = matching_tree_digest(ask, &preconds->if_match, opaque);
    switch (preconds_judge(&resolved, METHOD_GET, &current)) {
    case VERDICT_PROCEED:
        return;
    case VERDICT_NOT_MODIFIED: {
        struct http_response kept = {.status = 304, .close = out->close};
        respond_common(ask, &kept);
        response_set(&kept, "ETag", etag);
        if (slice_present(response_get(out, "Last-Modified")))
            response_set(&kept, "Last-Modified", response_get(out, "Last-Modified"));
        *out = kept;
        return;
    }
    case VERDICT_FAILED:
        out->status = 412;
        return;
    }
}

/* What is still to be judged: If-Match may hold already, by the tag of an ancestor. */
static struct preconds read_conditions(const struct ask *ask, const struct outcome *outcome)
{
    struct preconds preconds = ask->plan->preconds;
    if (outcome->ancestor_holds)
        preconds.if_match = (struct tag_list){.kind = TAGS_ANY};
    return preconds;
}

static void respond_found(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    struct validators validators = validators_of(ask, outcome);
    /* Mostly the tag is known without the content, which may not be needed then. */
    bool last = !may_compress(ask) && !tag_needs_content(ask, outcome) && !is_keyless(outcome);
    bool gzip = false;
    out->status = 200;
    respond_common(ask, out);
    if (!last)
        gzip = show_row(ask, outcome, &validators, out);
    set_validators(ask, outcome, &validators, gzip, out);
    struct preconds preconds = read_conditions(ask, outcome);
    judge_read(ask, &preconds, validators.dated, validators.modified_us, out);
    if (out->status == 412)
        respond_failed(ask, outcome, out);
    else if (last && out->status == 200)
        show_row(ask, outcome, &validators, out);
}

/* Compresses the body, and tags it by what it was before. */
static void set_content_tag(const struct ask *ask, struct http_response *out)
{
    struct slice tag = content_tag(ask->arena, all_shown(ask, out->body));
    bool gzip = compress_body(ask, out);
    set_etag(ask, out, envelope_tag(ask, variant_tag(ask, tag, NULL, SLICE_ABSENT, gzip), false));
}

void put_array(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->body = shows_values(ask, outcome) && ask->envelope.kind != ENVELOPE_OBJECT
                    ? values_content(ask, outcome)
                    : envelope_content(ask, outcome, SLICE_ABSENT);
    response_set(out, "Content-Type", envelope_type(ask));
}

bool is_single(const struct ask *ask, const struct outcome *outcome)
{
    return outcome->many && ask->envelope.kind == ENVELOPE_OBJECT && outcome_rows(outcome) == 1;
}

struct outcome single(const struct outcome *outcome)
{
    struct outcome one = *outcome;
    while (one.parts[0].row_count == 0)
        one.parts++;
    one.part_count = 1;
    one.many = false;
    return one;
}

/* 412 for what is no row: it still carries the tag that holds now. */
static void fail_document(const struct ask *ask, struct http_response *out, const char *why)
{
    struct slice etag = response_get(out, "ETag");
    respond_failure(ask, err_new(ask->arena, ERR_PRECONDITION_FAILED, "%s", why), out);
    response_set(out, "ETag", etag);
}

static struct err *respond_list(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    int64_t count = (int64_t)outcome_rows(outcome), offset = ask->plan->query.offset;
    int64_t total = outcome->has_total ? outcome->total : -1;
    if (is_single(ask, outcome)) {
        struct outcome one = single(outcome);
        respond_found(ask, &one, out);
        response_set(out, "Content-Range", content_range(ask->arena, offset, count, total));
        return NULL;
    }
    if (ask->envelope.kind == ENVELOPE_OBJECT)
        return outcome_not_single(ask->arena, outcome);
    if (total >= 0 && !outcome->estimated && offset > total) {
        struct err *err =
            err_new(ask->arena, ERR_RANGE_NOT_SATISFIABLE, "The collection has %lld rows; the range begins at %lld.",
                    (long long)total, (long long)offset);
        err->code = SLICE("PGRST103");
        problem_of(ask->arena, err)->message = SLICE("Requested range not satisfiable");
        problem_of(ask->arena, err)->range = content_range(ask->arena, offset, 0, total);
        err->details = arena_printf(ask->arena, "An offset of %lld was requested, but there are only %lld rows.",
                                    (long long)offset, (long long)total);
        return err;
    }
    out->status = total >= 0 && count < total ? 206 : 200;
    respond_common(ask, out);
    put_array(ask, outcome, out);
    set_content_tag(ask, out);
    response_set(out, "Content-Range", content_range(ask->arena, offset, count, total));
    set_links(ask, count, outcome->estimated ? -1 : total, out);
    struct preconds preconds = read_conditions(ask, outcome);
    judge_read(ask, &preconds, false, 0, out);
    if (out->status == 412)
        fail_document(ask, out, "The collection is not in the state that was expected.");
    return NULL;
}

/* Whether the plan is one that a number of rows can be kept below. */
static bool caps(const struct ask *ask)
{
    enum plan_kind kind = ask->plan->kind;
    bool heard = ask->prefer.handling == HANDLING_STRICT || !ask->postgrest;
    return heard && (kind == PLAN_PATCH_LIST || kind == PLAN_DELETE_LIST || kind == PLAN_CALL);
}

/* Preference-Applied (RFC 7240 3): what was asked for and done. */
static void preference_applied(const struct ask *ask, struct http_response *out)
{
    bool reads = ask->plan->kind == PLAN_READ_ITEM || ask->plan->kind == PLAN_READ_LIST;
    bool calls = ask->plan->kind == PLAN_CALL, posts = ask->method == METHOD_POST && !calls;
    bool counts = ask->plan->kind == PLAN_READ_LIST || calls || (!reads && ask->route->kind == ROUTE_COLLECTION);
    struct prefer applied = {.count = counts ? ask->prefer.count : COUNT_UNSET, .handling = ask->prefer.handling};
    if (!reads && !calls)
        applied.returned = ask->prefer.returned;
    if (posts && ask->plan->duplicates != DUPLICATES_FAIL)
        applied.resolution = ask->prefer.resolution;
    if (posts)
        applied.missing = ask->prefer.missing;
    if (ask->tx_choice)
        applied.tx = ask->prefer.tx;
    if (ask->zoned)
        applied.timezone = ask->prefer.timezone;
    applied.has_max_affected = ask->prefer.has_max_affected && caps(ask);
    applied.max_affected = ask->prefer.max_affected;
    struct slice text = prefer_applied(ask->arena, &applied);
    if (slice_present(text))
        response_set(out, "Preference-Applied", text);
}

/* A plan is no state of anything: it has no tag, and nobody may keep it. */
static void respond_plan(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->status = 200;
    respond_common(ask, out);
    response_set(out, "Cache-Control", SLICE("no-store"));
    response_set(out, "Content-Type", ask->rendered_type);
    out->body = outcome->rendered;
    compress_body(ask, out);
}

struct err *respond_outcome(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    switch (outcome->kind) {
    case OUTCOME_NONE:
        return err_new(ask->arena, ERR_INTERNAL, "The request came to no result.");
    case OUTCOME_FOUND:
        respond_found(ask, outcome, out);
        break;
    case OUTCOME_LIST:
        if (plan_call(ask->plan) && (plan_call(ask->plan)->function->shape == RESULT_VOID || !outcome->many))
            respond_call(ask, outcome, out);
        else
            TRY(respond_list(ask, outcome, out));
        break;
    case OUTCOME_CREATED:
    case OUTCOME_CHANGED:
    case OUTCOME_DELETED:
        respond_written(ask, outcome, out);
        break;
    case OUTCOME_FAILED:
        respond_failed(ask, outcome, out);
        return NULL;
    case OUTCOME_EXPLAINED:
        respond_plan(ask, outcome, out);
        return NULL;
    case OUTCOME_BLOCKED:
        respond_blocked(ask, &outcome->blocked, out);
        return NULL;
    }
    preference_applied(ask, out);
    apply_reply(ask, out);
    return NULL;
}

void respond_document(const struct ask *ask, const struct preconds *preconds, struct slice type, struct slice body,
                      struct http_response *out)
{
    out->status = 200;
    respond_common(ask, out);
    response_set(out, "Content-Type", type);
    out->body = body;
    set_content_tag(ask, out);
    judge_read(ask, preconds, false, 0, out);
    if (out->status == 412)
        fail_document(ask, out, "The document is not in the state that was expected.");
}
