#include "parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/problem.h"
#include "midair/http/range.h"

/* Shows one row. If the row is too large to be shown, its preconditions are still evaluated, since 304 and 412 do not
 * need the content. */
static struct err *respond_found(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    struct validators validators = validators_of(ask, outcome);
    /* If the tag is known without the content, the content is rendered last, when it is known that it will be sent. */
    bool last = (ask->too_large || !may_compress(ask)) && !tag_needs_content(ask, outcome) && !is_keyless(outcome);
    bool gzip = false;
    out->status = 200;
    respond_common(ask, out);
    set_read_location(ask, out);
    if (!last)
        gzip = show_row(ask, outcome, &validators, out);
    set_validators(ask, outcome, &validators, gzip, out);
    struct preconds preconds = read_conditions(ask, outcome);
    evaluate_read(ask, &preconds, &validators, out);
    if (out->status == 412)
        respond_failed(ask, outcome, out);
    else if (ask->too_large && out->status == 200)
        return err_new(ask->arena, ERR_CONTENT_TOO_LARGE, "The request needs more memory than a request may use.");
    else if (last && out->status == 200)
        show_row(ask, outcome, &validators, out);
    return NULL;
}

static struct err *respond_list(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    int64_t count = (int64_t)outcome_rows(outcome), offset = ask->decisions.plan->query.offset;
    int64_t total = outcome->has_total ? outcome->total : -1;
    if (is_single_row(ask, outcome)) {
        struct outcome one = single_row(outcome);
        TRY(respond_found(ask, &one, out));
        response_set(out, "Content-Range", content_range(ask->arena, offset, count, total));
        return NULL;
    }
    if (ask->decisions.envelope.kind == ENVELOPE_OBJECT)
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
    set_read_location(ask, out);
    put_array(ask, outcome, out);
    set_content_tag(ask, out);
    response_set(out, "Content-Range", content_range(ask->arena, offset, count, total));
    set_links(ask, count, outcome->estimated ? -1 : total, out);
    struct preconds preconds = read_conditions(ask, outcome);
    evaluate_read(ask, &preconds, NULL, out);
    if (out->status == 412)
        fail_document(ask, out, "The collection has another tag than those that If-Match lists.");
    return NULL;
}

/* Whether max-affected applies: the plan affects several rows, and PostgREST's dialect requires handling=strict. */
static bool caps(const struct ask *ask)
{
    enum plan_kind kind = ask->decisions.plan->kind;
    bool heard = ask->facts.prefer.handling == HANDLING_STRICT || !ask->facts.postgrest;
    return heard && (kind == PLAN_PATCH_LIST || kind == PLAN_DELETE_LIST || kind == PLAN_CALL);
}

/* Sets Preference-Applied (RFC 7240 3): the preferences that were requested and honoured. */
static void preference_applied(const struct ask *ask, struct http_response *out)
{
    bool reads = ask->decisions.plan->kind == PLAN_READ_ITEM || ask->decisions.plan->kind == PLAN_READ_LIST;
    bool calls = ask->decisions.plan->kind == PLAN_CALL, posts = ask->facts.method == METHOD_POST && !calls;
    bool counts = ask->decisions.plan->kind == PLAN_READ_LIST || calls ||
                  (!reads && ask->decisions.route->kind == ROUTE_COLLECTION);
    struct prefer applied = {.count = counts ? ask->facts.prefer.count : COUNT_UNSET,
                             .handling = ask->facts.prefer.handling};
    if (!reads && !calls)
        applied.returned = ask->facts.prefer.returned;
    if (ask->too_large)
        applied.returned = RETURN_MINIMAL;
    if (posts && ask->decisions.plan->duplicates != DUPLICATES_FAIL)
        applied.resolution = ask->facts.prefer.resolution;
    if (posts || ask->decisions.plan->missing_applies)
        applied.missing = ask->facts.prefer.missing;
    if (ask->decisions.tx_choice)
        applied.tx = ask->facts.prefer.tx;
    if (ask->zoned)
        applied.timezone = ask->facts.prefer.timezone;
    applied.has_max_affected = ask->facts.prefer.has_max_affected && caps(ask);
    applied.max_affected = ask->facts.prefer.max_affected;
    struct slice text = prefer_applied(ask->arena, &applied);
    if (slice_present(text))
        response_set(out, "Preference-Applied", text);
}

/* A query plan is not a state of the resource, so it has no tag and must not be cached. */
static void respond_plan(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    out->status = 200;
    respond_common(ask, out);
    response_set(out, "Cache-Control", SLICE("no-store"));
    response_set(out, "Content-Type", ask->decisions.rendered_type);
    out->body = outcome->rendered;
    compress_body(ask, out);
}

struct err *respond_outcome(const struct ask *ask, const struct outcome *outcome, struct http_response *out)
{
    switch (outcome->kind) {
    case OUTCOME_NONE:
        return err_new(ask->arena, ERR_INTERNAL, "The request has no result.");
    case OUTCOME_FOUND:
        TRY(respond_found(ask, outcome, out));
        break;
    case OUTCOME_LIST:
        if (ask->too_large && plan_call(ask->decisions.plan))
            respond_empty(ask, out);
        else if (plan_call(ask->decisions.plan) &&
                 (plan_call(ask->decisions.plan)->function->shape == RESULT_VOID || !outcome->many))
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
