/* The plans for items and collections. */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/http/problem.h"

static bool is_collection(const struct request *r)
{
    return request_route(r)->kind == ROUTE_COLLECTION;
}

static struct err *bind(const struct request *r, struct plan *plan)
{
    const struct route *route = request_route(r);
    enum method method = r->collect.method;
    struct query *query = &plan->query;
    TRY(query_bind(r->arena, &r->params.query, r->route.schema, route->relation, query));
    if (route->kind == ROUTE_ITEM && (query->filter_count || query->has_limit || query->offset))
        return err_new(r->arena, ERR_BAD_QUERY, "Filters, limit and offset belong to collections, not to one item.");
    query->parent_path = plan->parent_path;
    TRY(plan_check_aggregates(r, query));
    if (query->aggregated && !request_reads(r))
        return err_new(r->arena, ERR_BAD_QUERY,
                       "Aggregates can only be read; the response to a write shows the rows that it wrote.");
    if ((method == METHOD_PATCH || method == METHOD_DELETE) && (query->has_limit || query->offset))
        return err_hint(
            r->arena, err_new(r->arena, ERR_BAD_QUERY, "limit and offset do not determine which rows a write changes."),
            "Filter by the key; Prefer: max-affected=N refuses to change more than N rows.");
    TRY(media_layout(r, &r->allow.shown, plan));
    if (query->order_count && !request_reads(r))
        plan->layout->order = query;
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

static struct err *plan_read(const struct request *r, struct plan *plan)
{
    if (!is_collection(r)) {
        plan->kind = PLAN_READ_ITEM;
        return NULL;
    }
    plan->kind = PLAN_READ_LIST;
    TRY(plan_range(r, &plan->query));
    struct page *page = &plan->as.read_list.page;
    page->limit = plan->relation->policy->max_rows;
    if (plan->query.has_limit && plan->query.limit < page->limit)
        page->limit = plan->query.limit;
    page->total = total_of(r->collect.prefer.count);
    return NULL;
}

/* The preconditions of one element: those of the request, or otherwise its own tag. */
static struct err *element_conditions(const struct request *r, const struct plan *plan, const struct json *json,
                                      struct element *element, bool exact)
{
    struct slice tag = SLICE_ABSENT;
    element->preconds = plan->preconds;
    if (element->preconds.if_match.kind == TAGS_ABSENT)
        TRY(content_etag(r->arena, plan->relation, json, &tag));
    bool own = slice_present(tag);
    if (own) {
        TRY(tag_list_parse(r->arena, tag, &element->preconds.if_match));
        element->preconds.has_unmodified_since = false;
        if (element->preconds.if_match.count)
            element->expected = tag_state(element->preconds.if_match.tags[0].opaque);
    }
    element->guard = guard_make(r->arena, &element->preconds, plan->relation, element->keys, exact);
    /* a POST that is an upsert may overwrite, as PUT does */
    enum method method = r->collect.method == METHOD_POST ? METHOD_PUT : r->collect.method;
    element->may_write =
        own || plan->conditional || !plan_needs_precondition(plan->relation, method, r->collect.postgrest);
    return NULL;
}

/* Whether columns that columns= names and the content leaves out become their defaults in rows that are there. Without
 * the dialect, a change leaves alone what it does not name. */
static bool defaults_missing(const struct request *r)
{
    return r->collect.postgrest && r->params.query.columns.given && r->collect.prefer.missing == MISSING_DEFAULT;
}

/* Turns the members of an object into changes. In PostgREST's dialect, application/json replaces the values of columns;
 * otherwise it means the same as a merge patch, which also merges into json columns. */
static struct err *merge(const struct request *r, const struct plan *plan, const struct slice *keys,
                         const struct json *json, struct patch *out)
{
    TRY(content_merge(r->arena, plan->relation, keys, json, out));
    if (r->collect.postgrest && (r->allow.content == CONTENT_JSON || defaults_missing(r)))
        out->kind = PATCH_CHANGES;
    if (defaults_missing(r))
        content_default_missing(r->arena, plan->relation, keys, &r->params.query.columns, json, &out->changes);
    return NULL;
}

static struct err *plan_element(const struct request *r, const struct plan *plan, const struct json *json,
                                struct element *element)
{
    const struct relation *relation = plan->relation;
    bool exact;
    element->json = json;
    TRY(content_key(r->arena, relation, json, &element->keys, &exact));
    TRY(element_conditions(r, plan, json, element, exact));
    switch (r->collect.method) {
    case METHOD_DELETE:
        element->verb = ELEMENT_DELETE;
        return NULL;
    case METHOD_PATCH:
        element->verb = ELEMENT_PATCH;
        return merge(r, plan, element->keys, json, &element->patch);
    default:
        element->verb = ELEMENT_UPSERT;
        TRY(content_replace(r->arena, relation, element->keys, plan->parent_path, json, &element->replace));
        return content_insert(r->arena, relation, element->keys, plan->parent_path, json, &element->insert);
    }
}

/* Plans the writes of an array of rows with their keys. A PUT may also contain a single object. */
static struct err *plan_bulk(const struct request *r, struct plan *plan)
{
    const struct json *document = &r->decode.document;
    bool array = document->kind == JSON_ARRAY;
    const struct json *elements = array ? document->items : document;
    struct plan_bulk *bulk = &plan->as.bulk;
    plan->kind = PLAN_BULK;
    bulk->count = array ? document->count : 1;
    bulk->elements = ARENA_ARRAY(r->arena, struct element, bulk->count);
    if (plan->relation->key.column_count == 0)
        return err_new(r->arena, ERR_BAD_CONTENT,
                       "An array of rows names them by their keys, and these rows have none.");
    if (plan->query.filter_count)
        return err_new(r->arena, ERR_BAD_QUERY, "An array names its rows by their keys, so it cannot have a filter.");
    int64_t most = plan_cap(r, plan->relation).limit;
    if ((int64_t)bulk->count > most)
        return err_new(r->arena, ERR_BAD_CONTENT, "At most %lld rows may be written at once.", (long long)most);
    for (size_t i = 0; i < bulk->count; i++)
        TRY(plan_element(r, plan, &elements[i], &bulk->elements[i]));
    return NULL;
}

static struct err *plan_put(const struct request *r, struct plan *plan)
{
    const struct json *document = &r->decode.document;
    struct plan_replace *replace = &plan->as.replace;
    if (is_collection(r))
        return plan_bulk(r, plan);
    plan->kind = PLAN_REPLACE;
    TRY(content_replace(r->arena, plan->relation, plan->keys, plan->parent_path, document, &replace->update));
    return content_insert(r->arena, plan->relation, plan->keys, plan->parent_path, document, &replace->insert);
}

static struct err *plan_patch(const struct request *r, struct plan *plan)
{
    struct patch *patch = &plan->as.patch.patch;
    if (r->decode.bulk)
        return plan_bulk(r, plan);
    plan->kind = PLAN_PATCH;
    if (is_collection(r)) {
        plan->kind = PLAN_PATCH_LIST;
        plan->as.write_list.cap = plan_cap(r, plan->relation);
        patch = &plan->as.write_list.patch;
    }
    switch (r->allow.content) {
    case CONTENT_JSON_PATCH:
        return content_json_patch(r->arena, &r->decode.document, patch);
    case CONTENT_UPDATE:
        return content_update(r->arena, plan->relation, &r->decode.document, patch);
    default:
        TRY(merge(r, plan, plan->keys, &r->decode.document, patch));
        if (plan->kind == PLAN_PATCH_LIST)
            plan->as.write_list.idle = r->collect.postgrest && !plan->conditional && patch->changes.count == 0;
        return NULL;
    }
}

static struct err *plan_delete(const struct request *r, struct plan *plan)
{
    if (r->decode.bulk)
        return plan_bulk(r, plan);
    plan->kind = is_collection(r) ? PLAN_DELETE_LIST : PLAN_DELETE;
    if (plan->kind == PLAN_DELETE_LIST)
        plan->as.write_list.cap = plan_cap(r, plan->relation);
    return NULL;
}

/* ---- POST with Prefer: resolution= (PostgREST's "Upsert") ---- */

static struct err *any_tag(const struct request *r, const struct relation *relation, const struct json *rows,
                           size_t count, bool *any)
{
    *any = false;
    for (size_t i = 0; i < count; i++) {
        struct slice tag;
        if (rows[i].kind != JSON_OBJECT)
            return err_at(r->arena, ERR_BAD_CONTENT, rows[i].position, "Each row must be an object.");
        TRY(content_etag(r->arena, relation, &rows[i], &tag));
        *any = *any || slice_present(tag);
    }
    return NULL;
}

/* Whether the row contains its whole key. */
static bool has_key(const struct relation *relation, const struct json *row)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        const struct json *value = json_member(row, relation->columns[relation->key.columns[i]].name);
        if (!value || value->kind == JSON_NULL)
            return false;
    }
    return true;
}

/* If-Match: * says of each row that it may be overwritten. It does not say that the row exists, and takes the place of
 * the row's own tag. */
static void write_whatever_is_there(struct arena *arena, const struct plan *plan, struct element *element, bool exact)
{
    element->preconds = plan->preconds;
    element->preconds.if_match.kind = TAGS_ABSENT;
    element->guard = guard_make(arena, &element->preconds, plan->relation, element->keys, exact);
    element->may_write = true;
}

/* Plans one row of an upsert, with its own tag or the preconditions of the request. */
static struct err *plan_upsert_element(const struct request *r, const struct plan *plan, const struct json *row,
                                       struct element *element)
{
    const struct relation *relation = plan->relation;
    struct patch patch = {0};
    bool exact = true;
    *element = (struct element){.verb = ELEMENT_UPSERT, .json = row};
    if (!has_key(relation, row))
        return content_insert(r->arena, relation, NULL, NULL, row, &element->insert);
    TRY(content_key(r->arena, relation, row, &element->keys, &exact));
    if (plan->preconds.if_match.kind == TAGS_ANY)
        write_whatever_is_there(r->arena, plan, element, exact);
    else
        TRY(element_conditions(r, plan, row, element, exact));
    TRY(content_merge(r->arena, relation, element->keys, row, &patch));
    if (defaults_missing(r))
        content_default_missing(r->arena, relation, element->keys, &r->params.query.columns, row, &patch.changes);
    element->replace = patch.changes;
    return content_insert(r->arena, relation, element->keys, NULL, row, &element->insert);
}

static struct err *plan_upsert_each(const struct request *r, struct plan *plan, const struct json *rows, size_t count)
{
    plan->kind = PLAN_BULK;
    plan->as.bulk.count = count;
    plan->as.bulk.elements = ARENA_ARRAY(r->arena, struct element, count);
    for (size_t i = 0; i < count; i++)
        TRY(plan_upsert_element(r, plan, &rows[i], &plan->as.bulk.elements[i]));
    return NULL;
}

/* Whether ON CONFLICT cannot be used on the key: a view that is written by triggers or rules has no unique index, and
 * PostgreSQL refuses a value for a GENERATED ALWAYS identity even if its row exists. */
static bool finds_rows_first(const struct relation *relation)
{
    for (size_t i = 0; !relation->key.chosen && i < relation->key.column_count; i++)
        if (relation->columns[relation->key.columns[i]].identity_always)
            return true;
    return relation->rewritten;
}

static struct err *plan_upsert(const struct request *r, struct plan *plan)
{
    const struct relation *relation = plan->relation;
    const struct json *document = &r->decode.document;
    bool array = document->kind == JSON_ARRAY, tagged;
    const struct json *rows = array ? document->items : document;
    size_t count = array ? document->count : 1;
    bool any = plan->preconds.if_match.kind == TAGS_ANY, by_key = r->params.conflict_target == &relation->key;
    bool may_overwrite = any || !plan_needs_precondition(relation, METHOD_PUT, r->collect.postgrest);
    bool merge = r->collect.prefer.resolution == RESOLUTION_MERGE;
    plan->duplicates = merge ? DUPLICATES_MERGE : DUPLICATES_IGNORE;
    TRY(any_tag(r, relation, rows, count, &tagged));
    bool guarded = merge && !any && (tagged || preconds_any(&plan->preconds) || !may_overwrite);
    if (by_key && (guarded || finds_rows_first(relation)))
        return plan_upsert_each(r, plan, rows, count);
    if (tagged && merge && !any)
        may_overwrite = false; /* tags cannot be checked on another key, and must not be ignored */
    struct json only = *document, all = array ? only : json_of_array(&only, 1);
    plan->kind = PLAN_UPSERT;
    plan->as.upsert.target = r->params.conflict_target;
    plan->as.upsert.may_overwrite = may_overwrite;
    TRY(content_batches(r->arena, relation, NULL, r->params.conflict_target, &all, &plan->as.upsert.batches));
    if (merge && defaults_missing(r))
        content_default_merged(r->arena, relation, &r->params.query.columns, &plan->as.upsert.batches);
    return NULL;
}

static struct err *plan_post(const struct request *r, struct plan *plan)
{
    const struct json *document = &r->decode.document;
    if (r->params.conflict_target)
        return plan_upsert(r, plan);
    if (document->kind == JSON_ARRAY) {
        plan->kind = PLAN_INSERT_MANY;
        return content_batches(r->arena, plan->relation, plan->parent_path, NULL, document,
                               &plan->as.insert_many.batches);
    }
    plan->kind = PLAN_INSERT;
    return content_insert(r->arena, plan->relation, NULL, plan->parent_path, document, &plan->as.insert.row);
}

static struct err *plan_method(const struct request *r, struct plan *plan)
{
    if (r->decode.refused)
        return r->decode.refused;
    switch (r->collect.method) {
    case METHOD_GET:
    case METHOD_HEAD:
        return plan_read(r, plan);
    case METHOD_DELETE:
        return plan_delete(r, plan);
    case METHOD_POST:
        return plan_post(r, plan);
    case METHOD_PUT:
        return plan_put(r, plan);
    default:
        return plan_patch(r, plan);
    }
}

/* Sets the members of the plan that all kinds share. */
static void prepare(const struct request *r, struct planned *out)
{
    const struct route *route = request_route(r);
    struct plan *plan = &out->plan;
    plan->alone = plan_alone(plan->relation) || plan->query.embeds || plan->query.computed;
    plan->replies = r->authenticate.acts &&
                    (r->options->pre_request.len || (!request_reads(r) && plan->relation->foreign_triggers));
    plan->lenient = r->collect.postgrest && !plan->conditional;
    if (route->kind == ROUTE_ITEM)
        plan->guard = guard_make(r->arena, &plan->preconds, plan->relation, plan->keys, plan->keys_exact);
    /* A date is about a row that is there: where a precondition is required, it does not let a PUT create one. */
    if (plan->guard.has_unmodified_since && !plan->guard.must_be_absent &&
        plan_needs_precondition(plan->relation, METHOD_PUT, r->collect.postgrest))
        plan->guard.must_exist = true;
    plan->guard.parent_path = plan->parent_path;
    guarded_rows_resolve(r->arena, plan);
    plan->show_rows = r->collect.prefer.returned == RETURN_REPRESENTATION;
    plan->missing_applies = r->collect.postgrest && r->params.query.columns.given && r->collect.method == METHOD_PATCH;
    plan->singular = r->allow.shown.envelope.kind == ENVELOPE_OBJECT && is_collection(r) && !request_reads(r);
    if (!request_reads(r))
        plan_end(r, out);
}

/* A role that may not read the rows cannot ask for them, although it may be able to write them. The catalog may not
 * know yet that it can: this error has it read again. */
static struct err *check_readable(const struct request *r, const struct plan *plan)
{
    const struct relation *relation = plan->relation;
    bool table = relation->kind != RELATION_VIEW && relation->kind != RELATION_MATVIEW;
    if (relation->can_select || (!request_reads(r) && r->collect.prefer.returned != RETURN_REPRESENTATION))
        return NULL;
    struct err *err = err_new(r->arena, ERR_FORBIDDEN, "permission denied for %s %.*s", table ? "table" : "view",
                              SLICE_ARG(relation->name));
    err->code = SLICE("42501");
    return err;
}

struct err *rows_plan(const struct request *r, struct planned *out)
{
    const struct route *route = request_route(r);
    struct plan *plan = &out->plan;
    plan->relation = route->relation;
    plan->keys = route->keys;
    plan->keys_exact = route->keys_exact;
    plan->parent_path = route->parent_path.count ? &route->parent_path : NULL;
    plan->guarded_rows = r->conditions.guarded_rows;
    plan->conditional = r->decode.conditional;
    TRY(check_readable(r, plan));
    TRY(bind(r, plan));
    TRY(plan_zone(r, plan->handler ? settings_of_call(r, NULL) : NULL, plan));
    prepare(r, out);
    struct err *err = plan_method(r, plan);
    if (!err)
        return explain_check(r->arena, plan);
    if (!decode_waits(r, err, &r->decode))
        return err;
    plan->kind = PLAN_PROBE;
    plan->as.probe = (struct plan_probe){.method = r->collect.method, .refusal = err};
    return NULL;
}

struct err *rows_execute(const struct request *r, struct executed *out)
{
    const struct exec exec = request_exec(r);
    return execute(&exec, &r->plan.plan, &out->outcome);
}

struct err *rows_respond(const struct request *r, struct http_response *out)
{
    const struct plan *plan = &r->plan.plan;
    if (plan->kind == PLAN_PROBE)
        out->close = out->close || problem_read(plan->as.probe.refusal)->close;
    return respond_outcome(request_ask(r), &r->execute.outcome, out);
}
