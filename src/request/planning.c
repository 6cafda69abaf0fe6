/* From request to plan. */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"
#include "midair/http/range.h"
#include "midair/plan/zone.h"

struct err *planning_aggregates(struct request *r)
{
    const struct query *query = &r->plan.query;
    if (!query->has_aggregate || r->options->aggregates)
        return NULL;
    struct err *err = err_at(r->arena, ERR_BAD_QUERY, query->aggregate_at, "Use of aggregate functions is not allowed");
    err->code = SLICE("PGRST123");
    return err;
}

static struct err *bind_query(struct request *r)
{
    TRY(query_bind(r->arena, &r->params, r->schema, r->route.relation, &r->plan.query));
    if (r->route.kind == ROUTE_ITEM && (r->plan.query.filter_count || r->plan.query.has_limit || r->plan.query.offset))
        return err_new(r->arena, ERR_BAD_QUERY, "Filters, limit and offset belong to collections, not to one item.");
    r->plan.query.parent_path = r->plan.parent_path;
    TRY(planning_aggregates(r));
    if (r->plan.query.aggregated && r->method != METHOD_GET && r->method != METHOD_HEAD)
        return err_new(r->arena, ERR_BAD_QUERY, "Aggregates are for reading; a write shows the rows it wrote.");
    bool changes = r->method == METHOD_PATCH || r->method == METHOD_DELETE;
    if (changes && (r->plan.query.has_limit || r->plan.query.offset))
        return err_hint(r->arena,
                        err_new(r->arena, ERR_BAD_QUERY, "limit and offset do not say which rows a write changes."),
                        "Filter by the key; Prefer: max-affected=N refuses to change more than N rows.");
    TRY(media_layout(r, r->route.relation));
    if (r->plan.query.order_count && r->method != METHOD_GET && r->method != METHOD_HEAD)
        r->plan.layout->order = &r->plan.query;
    return NULL;
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static struct err *no_such_range(struct request *r, const char *why, const char *details)
{
    struct err *err = err_new(r->arena, ERR_RANGE_NOT_SATISFIABLE, "%s", why);
    err->code = SLICE("PGRST103");
    problem_of(r->arena, err)->message = SLICE("Requested range not satisfiable");
    err->details = slice_of(details);
    return err;
}

/* Where a page ends; INT64_MAX: nowhere. */
static int64_t end_of(int64_t offset, bool has_limit, int64_t limit)
{
    int64_t end;
    return has_limit && !__builtin_add_overflow(offset, limit, &end) ? end : INT64_MAX;
}

/* What is in the range and in the page that the query asks for. */
static struct err *narrow_page(struct request *r, struct query *query, const struct row_range *range)
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

/* Range: items=0-9 says the same as limit and offset (RFC 9110 14); beside these it narrows the page down. */
struct err *planning_range(struct request *r)
{
    struct row_range range;
    struct query *query = &r->plan.query;
    struct slice field = field_get(r->arena, &r->in->fields, "Range");
    /* The tag of a collection is known only with its rows, so with If-Range the whole is sent (RFC 9110 13.1.5, 14.2).
     */
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

static enum total total_of(enum prefer_count count)
{
    switch (count) {
    case COUNT_UNSET:
        return TOTAL_NONE;
    case COUNT_EXACT:
        return TOTAL_EXACT;
    case COUNT_PLANNED:
        return TOTAL_PLANNED;
    case COUNT_ESTIMATED:
        return TOTAL_ESTIMATED;
    }
    return TOTAL_NONE;
}

static struct err *plan_read(struct request *r)
{
    struct plan *plan = &r->plan;
    if (r->route.kind == ROUTE_ITEM) {
        plan->kind = PLAN_READ_ITEM;
        return NULL;
    }
    plan->kind = PLAN_READ_LIST;
    TRY(planning_range(r));
    int64_t most = plan->relation->policy->max_rows;
    plan->as.read_list.page.limit = plan->query.has_limit ? least(plan->query.limit, most) : most;
    plan->as.read_list.page.total = total_of(r->ask.prefer.count);
    return NULL;
}

/* Where conditions of a POST are about the collection: it is there, and it has no tag that a write could be checked by.
 */
static struct err *judge_post(struct request *r)
{
    const struct current collection = {.exists = true};
    struct preconds preconds = r->plan.preconds;
    if (r->plan.parent_path)
        preconds.if_match.kind = TAGS_ABSENT; /* it is about the parent, which the statement or a watch sees to */
    if (preconds_judge(&preconds, METHOD_POST, &collection) == VERDICT_PROCEED)
        return NULL;
    if (preconds.if_match.kind == TAGS_ABSENT)
        return err_new(r->arena, ERR_PRECONDITION_FAILED,
                       "The collection exists, so If-None-Match: * does not hold; nothing was created.");
    return err_new(r->arena, ERR_PRECONDITION_FAILED,
                   "POST creates a row, and no state of the collection can be named by If-Match; nothing was created.");
}

static struct err *plan_post(struct request *r)
{
    struct plan *plan = &r->plan;
    if (r->conflict_target)
        return writing_upsert(r);
    if (r->document.kind == JSON_ARRAY) {
        plan->kind = PLAN_INSERT_MANY;
        return content_batches(r->arena, plan->relation, plan->parent_path, &r->document,
                               &plan->as.insert_many.batches);
    }
    plan->kind = PLAN_INSERT;
    return content_insert(r->arena, plan->relation, NULL, plan->parent_path, &r->document, &plan->as.insert.row);
}

/* The precondition of one element: the request's, or else its own tag. */
struct err *planning_conditions(struct request *r, const struct json *json, struct element *element, bool exact)
{
    const struct relation *relation = r->plan.relation;
    struct slice tag = SLICE_ABSENT;
    element->preconds = r->plan.preconds;
    if (element->preconds.if_match.kind == TAGS_ABSENT)
        TRY(content_etag(r->arena, relation, json, &tag));
    bool own = slice_present(tag);
    if (own) {
        TRY(tag_list_parse(r->arena, tag, &element->preconds.if_match));
        element->preconds.has_unmodified_since = false;
        if (element->preconds.if_match.count)
            element->expected = tag_state(element->preconds.if_match.tags[0].opaque);
    }
    element->guard = guard_make(r->arena, &element->preconds, relation, element->keys, exact);
    enum method method = r->method == METHOD_POST ? METHOD_PUT : r->method; /* an upsert may overwrite */
    element->may_write = own || r->plan.conditional || !plan_needs_precondition(relation, method, r->ask.postgrest);
    return NULL;
}

/* The members of an object become changes. To PostgREST application/json says what columns are from now on; else it
 * means the same as a merge patch, which goes into json columns. */
static struct err *merge(struct request *r, const struct slice *keys, const struct json *json, struct patch *out)
{
    TRY(content_merge(r->arena, r->plan.relation, keys, json, out));
    if (r->ask.postgrest && r->content == CONTENT_JSON)
        out->kind = PATCH_CHANGES;
    return NULL;
}

static struct err *plan_element(struct request *r, const struct json *json, struct element *element)
{
    const struct relation *relation = r->plan.relation;
    bool exact;
    TRY(content_key(r->arena, relation, json, &element->keys, &exact));
    TRY(planning_conditions(r, json, element, exact));
    switch (r->method) {
    case METHOD_DELETE:
        element->verb = ELEMENT_DELETE;
        return NULL;
    case METHOD_PATCH:
        element->verb = ELEMENT_PATCH;
        return merge(r, element->keys, json, &element->patch);
    default:
        element->verb = ELEMENT_UPSERT;
        TRY(content_replace(r->arena, relation, element->keys, r->plan.parent_path, json, &element->replace));
        return content_insert(r->arena, relation, element->keys, r->plan.parent_path, json, &element->insert);
    }
}

/* An array of rows with their keys; PUT takes a single object as well. */
static struct err *plan_bulk(struct request *r)
{
    struct plan *plan = &r->plan;
    bool array = r->document.kind == JSON_ARRAY;
    const struct json *elements = array ? r->document.items : &r->document;
    plan->kind = PLAN_BULK;
    plan->as.bulk.count = array ? r->document.count : 1;
    plan->as.bulk.elements = ARENA_ARRAY(r->arena, struct element, plan->as.bulk.count);
    if (plan->query.filter_count)
        return err_new(r->arena, ERR_BAD_QUERY, "An array of rows names them by their keys, and takes no filter.");
    int64_t most = planning_cap(r).limit;
    if ((int64_t)plan->as.bulk.count > most)
        return err_new(r->arena, ERR_BAD_CONTENT, "At most %lld rows may be written at once.", (long long)most);
    for (size_t i = 0; i < plan->as.bulk.count; i++)
        TRY(plan_element(r, &elements[i], &plan->as.bulk.elements[i]));
    return NULL;
}

static struct err *plan_put(struct request *r)
{
    struct plan *plan = &r->plan;
    if (r->route.kind == ROUTE_COLLECTION)
        return plan_bulk(r);
    plan->kind = PLAN_REPLACE;
    TRY(content_replace(r->arena, plan->relation, plan->keys, plan->parent_path, &r->document,
                        &plan->as.replace.update));
    return content_insert(r->arena, plan->relation, plan->keys, plan->parent_path, &r->document,
                          &plan->as.replace.insert);
}

static struct err *plan_patch(struct request *r)
{
    struct plan *plan = &r->plan;
    if (r->bulk)
        return plan_bulk(r);
    struct patch *patch = &plan->as.patch.patch;
    plan->kind = PLAN_PATCH;
    if (r->route.kind == ROUTE_COLLECTION) {
        plan->kind = PLAN_PATCH_LIST;
        plan->as.write_list.cap = planning_cap(r);
        patch = &plan->as.write_list.patch;
    }
    switch (r->content) {
    case CONTENT_JSON_PATCH:
        return content_json_patch(r->arena, &r->document, patch);
    case CONTENT_UPDATE:
        return content_update(r->arena, plan->relation, &r->document, patch);
    default:
        TRY(merge(r, plan->keys, &r->document, patch));
        if (plan->kind == PLAN_PATCH_LIST)
            plan->as.write_list.idle = r->ask.postgrest && !plan->conditional && patch->changes.count == 0;
        return NULL;
    }
}

static struct err *plan_content(struct request *r)
{
    TRY(request_document(r));
    switch (r->method) {
    case METHOD_POST:
        return plan_post(r);
    case METHOD_PUT:
        return plan_put(r);
    default:
        return plan_patch(r);
    }
}

static bool is_about_content(const struct err *err)
{
    return err->kind == ERR_BAD_JSON || err->kind == ERR_BAD_CONTENT || err->kind == ERR_CONTENT_TOO_LARGE;
}

/* Preconditions are judged before content (RFC 9110 13.2.1): where the content is no good, the row is looked at, and a
 * stale tag is 412 all the same. */
static struct err *plan_write(struct request *r)
{
    struct err *err = plan_content(r);
    bool judged = r->plan.guarded_rows.count ||
                  (r->route.kind == ROUTE_ITEM && (!r->plan.keys_exact || preconds_any(&r->plan.preconds)));
    if (!err || !is_about_content(err) || !judged)
        return err;
    struct exec exec = {.db = r->service->db, .arena = r->arena, .deadline = r->deadline};
    TRY(execute_probe(&exec, &r->plan, r->method, &r->outcome));
    if (r->outcome.kind != OUTCOME_FAILED)
        return err;
    r->out->close = r->out->close || problem_read(err)->close;
    return NULL;
}

/* How many rows a write may reach: what the resource allows, and what the client says. */
struct cap planning_cap(const struct request *r)
{
    bool heard = r->ask.prefer.handling == HANDLING_STRICT || !r->ask.postgrest;
    struct cap cap = {.limit = r->plan.relation->policy->max_affected,
                      .asked = r->ask.prefer.has_max_affected && heard,
                      .most = r->ask.prefer.max_affected};
    if (cap.asked)
        cap.limit = least(cap.limit, cap.most);
    return cap;
}

/* Whether Prefer: tx= is heard, and what becomes of the transaction. */
void planning_end(struct request *r)
{
    r->plan.rollback = writing_rollback(r);
    r->ask.tx_choice = r->options->tx_end == TX_END_COMMIT_OVERRIDE || r->options->tx_end == TX_END_ROLLBACK_OVERRIDE;
}

/* What every kind of plan has. */
static void prepare(struct request *r)
{
    struct plan *plan = &r->plan;
    plan->alone = plan_alone(plan->relation) || plan->query.embeds || plan->query.computed;
    plan->lenient = r->ask.postgrest && !plan->conditional;
    if (r->route.kind == ROUTE_ITEM)
        plan->guard = guard_make(r->arena, &plan->preconds, plan->relation, plan->keys, plan->keys_exact);
    plan->guard.parent_path = plan->parent_path;
    guarded_rows_resolve(r->arena, plan);
    plan->show_rows = r->ask.prefer.returned == RETURN_REPRESENTATION;
    if (r->method != METHOD_GET && r->method != METHOD_HEAD)
        planning_end(r);
}

/* Prefer: timezone=. Values are shown and read in it, so the whole request runs in a transaction of its own. */
struct err *planning_zone(struct request *r, struct settings *settings)
{
    struct slice zone = r->ask.prefer.timezone;
    bool strict = r->ask.prefer.handling == HANDLING_STRICT;
    if (!slice_present(zone))
        return NULL;
    if (!zone_may_differ(r->plan.relation))
        return strict ? zone_unknown(r->arena, zone) : NULL;
    if (!settings)
        settings = ARENA_NEW(r->arena, struct settings);
    settings->zone = zone;
    settings->zone_strict = strict;
    r->plan.settings = settings;
    return NULL;
}

static struct err *plan_method(struct request *r)
{
    struct plan *plan = &r->plan;
    switch (r->method) {
    case METHOD_GET:
    case METHOD_HEAD:
        return plan_read(r);
    case METHOD_DELETE:
        if (r->bulk)
            return plan_bulk(r);
        plan->kind = r->route.kind == ROUTE_ITEM ? PLAN_DELETE : PLAN_DELETE_LIST;
        if (plan->kind == PLAN_DELETE_LIST)
            plan->as.write_list.cap = planning_cap(r);
        return NULL;
    case METHOD_POST:
        if (r->ask.prefer.resolution != RESOLUTION_MERGE || r->conflict_target != &plan->relation->key)
            TRY(judge_post(r)); /* else each row is judged by itself */
        return plan_write(r);
    default:
        return plan_write(r);
    }
}

struct err *step_plan(struct request *r)
{
    TRY(bind_query(r));
    struct settings *settings = media_settings(r);
    r->plan.settings = settings;
    TRY(planning_zone(r, settings));
    prepare(r);
    TRY(plan_method(r));
    return r->outcome.kind == OUTCOME_NONE ? explain_check(r->arena, &r->plan) : NULL;
}
