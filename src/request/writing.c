/* What a write says beside its content: `columns=`, `on_conflict=`, Prefer: resolution, missing and tx, and PUT by
 * filter (PostgREST's "Tables and Views"). */
#include "request.h"

#include "midair/catalog/canon.h"
#include "midair/catalog/policy.h"
#include "midair/http/problem.h"

static struct err *not_put(struct request *r)
{
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              "Filters must include all and only primary key columns with 'eq' operators");
    err->code = SLICE("PGRST105");
    problem_of(r->arena, err)->allow = method_list(r->arena, plan_methods(&r->route));
    return err;
}

/* `PUT /orders?id=eq.17` names the item that `PUT /orders/17` names. */
static struct err *put_by_filter(struct request *r)
{
    const struct relation *relation = r->route.relation;
    const struct key *key = &relation->key;
    struct slice query = r->in->query, value;
    size_t found = 0;
    struct slice *keys = ARENA_ARRAY(r->arena, struct slice, key->column_count);
    struct route item = {.kind = ROUTE_ITEM,
                         .relation = relation,
                         .keys = keys,
                         .keys_exact = true,
                         .parent_path = r->route.parent_path};
    for (size_t i = 0; i < key->column_count; i++) {
        const struct column *column = &relation->columns[key->columns[i]];
        TRY(params_take(r->arena, &query, arena_copy(r->arena, column->name).at, &value));
        if (!slice_present(value))
            continue;
        if (!slice_starts(value, SLICE("eq.")))
            return not_put(r);
        if (!catalog_canon(r->arena, column, slice_from(value, 3), &keys[i])) {
            struct err *err = err_new(r->arena, ERR_BAD_VALUE, "The key cannot be a value of its type.");
            err->code = SLICE("22P02");
            return err;
        }
        item.keys_exact = item.keys_exact && column->canon != CANON_NONE;
        found++;
    }
    if (found == 0)
        return NULL;
    if (found < key->column_count)
        return not_put(r);
    r->in->query = query;
    r->route = item;
    r->ask.allow = plan_methods(&r->route);
    r->by_filter = true;
    return NULL;
}

/* What is left of the query of a PUT by filter may only say what is shown. */
static struct err *check_put_rest(struct request *r)
{
    struct slice rest = r->in->query, pair;
    while (slice_present(rest)) {
        slice_cut(rest, '&', &pair, &rest);
        if (pair.len == 0 || slice_starts(pair, SLICE("select=")) || slice_starts(pair, SLICE("order=")))
            continue;
        if (!slice_starts(pair, SLICE("limit=")) && !slice_starts(pair, SLICE("offset=")))
            return not_put(r);
        struct err *err =
            err_new(r->arena, ERR_BAD_QUERY, "limit/offset querystring parameters are not allowed for PUT");
        err->code = SLICE("PGRST114");
        return err;
    }
    return NULL;
}

static bool same_columns(const struct relation *relation, const struct key *key, const struct names *names)
{
    size_t hits = 0;
    for (size_t i = 0; i < key->column_count; i++)
        for (size_t n = 0; n < names->count; n++)
            hits += slice_eq(relation->columns[key->columns[i]].name, names->items[n]);
    return hits == names->count && hits == key->column_count;
}

/* The key whose columns on_conflict= names; the primary key without it. */
static struct err *find_target(struct request *r, const struct names *names, const struct key **out)
{
    const struct relation *relation = r->route.relation;
    if (r->route.parent_path.count)
        return err_new(r->arena, ERR_BAD_QUERY, "A resolution of duplicates is served on the collection itself only.");
    *out = relation->key.column_count ? &relation->key : NULL;
    if (!names->given || (*out && same_columns(relation, *out, names)))
        return NULL;
    for (size_t i = 0; i < relation->unique_count; i++)
        if (same_columns(relation, &relation->uniques[i], names)) {
            *out = &relation->uniques[i];
            return NULL;
        }
    struct err *err = err_new(r->arena, ERR_BAD_QUERY,
                              "there is no unique or exclusion constraint matching the ON CONFLICT specification");
    err->code = SLICE("42P10");
    return err;
}

struct err *writing_params(struct request *r)
{
    struct names conflict;
    struct slice columns, target;
    bool post = r->method == METHOD_POST;
    if (r->route.kind == ROUTE_COLLECTION && r->method == METHOD_PUT)
        TRY(put_by_filter(r));
    if (!r->route.relation || (!post && r->method != METHOD_PATCH && r->method != METHOD_PUT))
        return NULL;
    TRY(params_take(r->arena, &r->in->query, "columns", &columns));
    TRY(names_read(r->arena, r->route.relation, columns, &r->columns));
    TRY(params_take(r->arena, &r->in->query, "on_conflict", &target));
    if (r->by_filter)
        TRY(check_put_rest(r));
    if (!post)
        return NULL;
    TRY(names_read(r->arena, r->route.relation, target, &conflict));
    if (r->ask.prefer.resolution != RESOLUTION_UNSET)
        TRY(find_target(r, &conflict, &r->conflict_target));
    return NULL;
}

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
    else if (r->columns.given)
        absent = r->ask.postgrest ? ABSENT_NULL : ABSENT_DEFAULT;
    if (r->by_filter && r->document.kind == JSON_ARRAY && r->document.count == 1)
        r->document = r->document.items[0];
    if (r->method != METHOD_POST && !r->columns.given)
        return NULL;
    return shape_rows(r->arena, &r->columns, absent, relation->policy->etag_field, &r->document);
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
