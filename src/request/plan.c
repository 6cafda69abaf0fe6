/* The step `plan`: turns the request into a complete plan. No later step reads header fields or parameters to know what
 * to do, and the database is not used before `execute`. Each kind of resource makes its own plans; this file has what
 * they share. */
#include "idempotency.h"

#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"
#include "midair/http/range.h"
#include "midair/plan/setting.h"

struct err *plan_check_aggregates(const struct request *r, const struct query *query)
{
    if (!query->has_aggregate || r->options->aggregates)
        return NULL;
    struct err *err = err_at(r->arena, ERR_BAD_QUERY, query->aggregate_at, "Use of aggregate functions is not allowed");
    err->code = SLICE("PGRST123");
    return err;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct err *no_such_range(const struct request *r, const char *why, const char *details)
{
    struct err *err = err_new(r->arena, ERR_RANGE_NOT_SATISFIABLE, "%s", why);
    err->code = SLICE("PGRST103");
    problem_of(r->arena, err)->message = SLICE("Requested range not satisfiable");
    err->details = slice_of(details);
    return err;
}

/* The end of a page; INT64_MAX when it has no limit. */
static int64_t end_of(int64_t offset, bool has_limit, int64_t limit)
{
    int64_t end;
    return has_limit && !__builtin_add_overflow(offset, limit, &end) ? end : INT64_MAX;
}

/* Narrows the page of the query to the rows that are also in the range. */
static struct err *narrow_page(const struct request *r, struct query *query, const struct row_range *range)
{
    if (query->has_limit && query->limit == 0)
        return NULL;
    int64_t end = least(end_of(query->offset, query->has_limit, query->limit),
                        end_of(range->offset, range->has_limit, range->limit));
    query->offset = query->offset > range->offset ? query->offset : range->offset;
    query->has_limit = end < INT64_MAX;
    query->limit = query->has_limit ? end - query->offset : 0;
    if (query->has_limit && query->limit <= 0)
        return no_such_range(r, "The Range field and limit= and offset= have no row in common.",
                             "The Range header lies outside of the limit and offset parameters.");
    return NULL;
}

/* Range: items=0-9 means the same as limit and offset (RFC 9110 14). Together with these, it narrows the page. */
struct err *plan_range(const struct request *r, struct query *query)
{
    struct row_range range;
    struct slice field = field_get(r->arena, &r->in->fields, "Range");
    /* The tag of a collection is known only together with its rows, so with If-Range the whole is sent (RFC 9110
     * 13.1.5, 14.2). */
    bool unless_changed = slice_present(field_get(r->arena, &r->in->fields, "If-Range"));
    if (!slice_present(field) || unless_changed)
        return NULL;
    switch (range_parse(field, field_get(r->arena, &r->in->fields, "Range-Unit"), &range)) {
    case RANGE_NONE:
        return NULL;
    case RANGE_BAD:
        return no_such_range(
            r, "The range ends before it begins.",
            "The lower boundary must be lower than or equal to the upper boundary in the Range header.");
    case RANGE_FOUND:
        return narrow_page(r, query, &range);
    }
    return NULL;
}

/* The limit on the rows that a write may affect: the smaller of the resource's and the client's. */
struct cap plan_cap(const struct request *r, const struct relation *relation)
{
    const struct prefer *prefer = &r->collect.prefer;
    bool heard = prefer->handling == HANDLING_STRICT || !r->collect.postgrest;
    struct cap cap = {.limit = relation->policy->max_affected,
                      .asked = prefer->has_max_affected && heard,
                      .most = prefer->max_affected};
    if (cap.asked)
        cap.limit = least(cap.limit, cap.most);
    return cap;
}

/* How the transaction ends ([database] tx_end), and whether the client may choose it. */
void plan_end(const struct request *r, struct planned *out)
{
    enum prefer_tx wanted = r->collect.prefer.tx;
    switch (r->options->tx_end) {
    case TX_END_COMMIT:
        return;
    case TX_END_ROLLBACK:
        out->plan.rollback = true;
        return;
    case TX_END_COMMIT_OVERRIDE:
        out->plan.rollback = wanted == TX_ROLLBACK;
        break;
    case TX_END_ROLLBACK_OVERRIDE:
        out->plan.rollback = wanted != TX_COMMIT;
        break;
    }
    out->tx_choice = true;
}

/* The time zone applies to the values that are read as well as to those that are shown, so the whole request runs in a
 * transaction of its own, with the zone as a setting. */
struct err *plan_zone(const struct request *r, struct settings *settings, struct plan *plan)
{
    struct slice zone = r->collect.prefer.timezone;
    bool strict = r->collect.prefer.handling == HANDLING_STRICT;
    plan->settings = settings;
    if (!slice_present(zone))
        return NULL;
    if (!zone_may_differ(plan->relation))
        return strict ? zone_unknown(r->arena, zone) : NULL;
    if (!settings)
        settings = ARENA_NEW(r->arena, struct settings);
    settings->zone = zone;
    settings->zone_strict = strict;
    plan->settings = settings;
    return NULL;
}

struct err *step_plan(const struct request *r, struct planned *out)
{
    const struct kind *kind = request_kind(r);
    assert(!r->decode.bulk || (r->decode.present && r->decode.document.kind == JSON_ARRAY));
    assert(!r->decode.refused || request_route(r)->relation);
    out->plan.preconds = r->decode.preconds;
    if (kind->plan)
        TRY(kind->plan(r, out));
    out->plan.enclosed = idempotency_applies(r, &out->plan);
    return NULL;
}
