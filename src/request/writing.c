/* What a write says beside its content: Prefer: resolution, missing and tx (PostgREST's "Tables and Views"). */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/http/problem.h"

/* Whether the end of the transaction is the client's to choose ([database] tx_end). */
bool writing_rollback(const struct request *r)
{
    bool wanted = r->ask.prefer.tx == TX_ROLLBACK;
    switch (r->options->tx_end) {
    case TX_END_COMMIT:
        return false;
    case TX_END_ROLLBACK:
        return true;
    case TX_END_COMMIT_OVERRIDE:
        return wanted;
    case TX_END_ROLLBACK_OVERRIDE:
        return r->ask.prefer.tx == TX_UNSET || wanted;
    }
    return false;
}

struct err *writing_shape(struct request *r)
{
    const struct relation *relation = r->route.relation;
    enum absent_rule absent = r->ask.postgrest ? ABSENT_REFUSED : ABSENT_DEFAULT;
    if (r->content == CONTENT_JSON_PATCH || r->content == CONTENT_UPDATE)
        return NULL;
    if (r->ask.prefer.missing != MISSING_UNSET)
        absent = r->ask.prefer.missing == MISSING_NULL ? ABSENT_NULL : ABSENT_DEFAULT;
    else if (r->params.columns.given)
        absent = r->ask.postgrest ? ABSENT_NULL : ABSENT_DEFAULT;
    if (r->by_filter && r->document.kind == JSON_ARRAY && r->document.count == 1)
        r->document = r->document.items[0];
    if (r->method != METHOD_POST && !r->params.columns.given)
        return NULL;
    return shape_rows(r->arena, &r->params.columns, absent, relation->policy->etag_field, &r->document);
}

static struct err *any_tag(struct request *r, const struct json *rows, size_t count, bool *any)
{
    *any = false;
    for (size_t i = 0; i < count; i++) {
        struct slice tag;
        TRY(content_etag(r->arena, r->plan.relation, &rows[i], &tag));
        *any = *any || slice_present(tag);
    }
    return NULL;
}

/* Whether the row names its whole key. */
static bool has_key(const struct relation *relation, const struct json *row)
{
    for (size_t i = 0; i < relation->key.column_count; i++) {
        const struct json *value = json_member(row, relation->columns[relation->key.columns[i]].name);
        if (!value || value->kind == JSON_NULL)
            return false;
    }
    return true;
}

static struct err *plan_element(struct request *r, const struct json *row, struct element *element)
{
    const struct relation *relation = r->plan.relation;
    struct patch patch = {0};
    bool exact = true;
    *element = (struct element){.verb = ELEMENT_UPSERT};
    if (!has_key(relation, row))
        return content_insert(r->arena, relation, NULL, NULL, row, &element->insert);
    TRY(content_key(r->arena, relation, row, &element->keys, &exact));
    TRY(planning_conditions(r, row, element, exact));
    TRY(content_merge(r->arena, relation, element->keys, row, &patch));
    element->replace = patch.changes;
    return content_insert(r->arena, relation, element->keys, NULL, row, &element->insert);
}

/* Row by row, each under its own tag or that of the request. */
static struct err *plan_elements(struct request *r, const struct json *rows, size_t count)
{
    struct plan *plan = &r->plan;
    plan->kind = PLAN_BULK;
    plan->as.bulk.count = count;
    plan->as.bulk.elements = ARENA_ARRAY(r->arena, struct element, count);
    for (size_t i = 0; i < count; i++)
        TRY(plan_element(r, &rows[i], &plan->as.bulk.elements[i]));
    return NULL;
}

struct err *writing_upsert(struct request *r)
{
    struct plan *plan = &r->plan;
    const struct relation *relation = plan->relation;
    bool array = r->document.kind == JSON_ARRAY;
    const struct json *rows = array ? r->document.items : &r->document;
    size_t count = array ? r->document.count : 1;
    const struct preconds *preconds = &plan->preconds;
    bool any = preconds->if_match.kind == TAGS_ANY;
    for (size_t i = 0; i < count; i++)
        if (rows[i].kind != JSON_OBJECT)
            return err_at(r->arena, ERR_BAD_CONTENT, rows[i].position, "Each row must be an object.");
    bool merge = r->ask.prefer.resolution == RESOLUTION_MERGE;
    plan->duplicates = merge ? DUPLICATES_MERGE : DUPLICATES_IGNORE;
    bool may_overwrite = any || !plan_needs_precondition(relation, METHOD_PUT, r->ask.postgrest);
    bool tagged;
    TRY(any_tag(r, rows, count, &tagged));
    bool by_key = r->conflict_target == &relation->key;
    bool judged = tagged || preconds_any(preconds) || !may_overwrite;
    if (merge && by_key && !any && judged)
        return plan_elements(r, rows, count);
    if (tagged && merge && !any)
        may_overwrite = false; /* tags cannot be checked on another key, and are not to be passed over */
    struct json all = array ? r->document : json_of_array(&r->document, 1);
    plan->kind = PLAN_UPSERT;
    plan->as.upsert.target = r->conflict_target;
    plan->as.upsert.may_overwrite = may_overwrite;
    return content_batches(r->arena, relation, NULL, &all, &plan->as.upsert.batches);
}
