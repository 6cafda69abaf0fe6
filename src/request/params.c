/* The step `params`: parses the query string once, for collections, items and functions alike.
 *
 * A PUT of a collection whose filters name one complete key is treated as a PUT of that item (PostgREST's "Upsert"). */
#include "request.h"

#include "midair/catalog/canon.h"
#include "midair/http/problem.h"

static struct err *not_put(const struct request *r)
{
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              "Filters must include all and only primary key columns with 'eq' operators");
    err->code = SLICE("PGRST105");
    problem_of(r->arena, err)->allow = method_list(r->arena, plan_methods(&r->route.route));
    return err;
}

/* The column of the key that a filter is about, as an index; key->column_count when it is about none. */
static size_t key_part(const struct relation *relation, const struct ast_filter *filter)
{
    size_t i = 0;
    if (filter->kind != FILTER_COMPARE || filter->embed.count || filter->path.count)
        return relation->key.column_count;
    while (i < relation->key.column_count &&
           !slice_eq(relation->columns[relation->key.columns[i]].name, filter->column.text))
        i++;
    return i;
}

static struct err *take_key(const struct request *r, const struct ast_filter *filter, size_t part, struct route *item)
{
    const struct relation *relation = item->relation;
    const struct column *column = &relation->columns[relation->key.columns[part]];
    if (slice_present(item->keys[part]))
        return err_at(r->arena, ERR_BAD_QUERY, filter->column.at, "%.*s= is given twice.", SLICE_ARG(column->name));
    if (filter->op != OPERATOR_EQ || filter->negated || filter->quantifier != QUANTIFIER_NONE)
        return not_put(r);
    if (!catalog_canon(r->arena, column, filter->value.text, &item->keys[part])) {
        struct err *err = err_new(r->arena, ERR_BAD_VALUE, "The key cannot be a value of its type.");
        err->code = SLICE("22P02");
        return err;
    }
    item->keys_exact = item->keys_exact && column->canon != CANON_NONE;
    return NULL;
}

/* Checks the other parameters of a PUT by filter: they may only concern what is shown. */
static struct err *check_put_page(const struct request *r, const struct params *params)
{
    if (params->pages)
        return not_put(r);
    if (!params->has_limit && !params->has_offset)
        return NULL;
    struct err *err = err_new(r->arena, ERR_BAD_QUERY, "limit/offset querystring parameters are not allowed for PUT");
    err->code = SLICE("PGRST114");
    return err;
}

/* `PUT /orders?id=eq.17` means the item `PUT /orders/17`. Without a filter on the key, the request is a PUT of an array
 * of rows. */
static struct err *put_by_filter(const struct request *r, struct parameters *out)
{
    const struct route *route = &r->route.route;
    const struct key *key = &route->relation->key;
    size_t found = 0, others = 0;
    out->item = (struct route){.kind = ROUTE_ITEM,
                               .relation = route->relation,
                               .keys = ARENA_ARRAY(r->arena, struct slice, key->column_count),
                               .keys_exact = true,
                               .parent_path = route->parent_path};
    for (const struct ast_filter *filter = out->query.filters; filter; filter = filter->next) {
        size_t part = key_part(route->relation, filter);
        if (part == key->column_count) {
            others++;
            continue;
        }
        TRY(take_key(r, filter, part, &out->item));
        found++;
    }
    if (found == 0)
        return NULL;
    if (found < key->column_count || others)
        return not_put(r);
    TRY(check_put_page(r, &out->query));
    out->query.filters = NULL; /* they are now the key of the item */
    out->by_filter = true;
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

/* Finds the key whose columns on_conflict= names; without on_conflict=, the primary key. */
static struct err *find_target(const struct request *r, const struct names *names, const struct key **out)
{
    const struct relation *relation = r->route.route.relation;
    if (r->route.route.parent_path.count)
        return err_new(r->arena, ERR_BAD_QUERY, "Prefer: resolution= is supported on the collection itself only.");
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

static struct err *parse(const struct request *r, struct params *out)
{
    const struct params_call call = {r->view->catalog, r->route.schema, r->route.route.function};
    bool in_query = r->route.route.kind == ROUTE_FUNCTION && request_reads(r);
    return params_parse(r->arena, r->in->query, in_query ? &call : NULL, out);
}

struct err *step_params(const struct request *r, struct parameters *out)
{
    const struct route *route = &r->route.route;
    const struct params *params = &out->query;
    enum method method = r->collect.method;
    assert(r->route.found);
    if (method == METHOD_OPTIONS || (!route->relation && route->kind != ROUTE_FUNCTION))
        return NULL; /* these resources have no parameters */
    TRY(parse(r, &out->query));
    if (r->collect.postgrest && params->columns.empty)
        return params->columns.empty;
    if (!route->relation || (method != METHOD_POST && method != METHOD_PATCH && method != METHOD_PUT))
        return NULL;
    if (route->kind == ROUTE_COLLECTION && method == METHOD_PUT)
        TRY(put_by_filter(r, out));
    TRY(params_check_names(r->arena, route->relation, &params->columns));
    if (method != METHOD_POST)
        return NULL;
    TRY(params_check_names(r->arena, route->relation, &params->on_conflict));
    if (r->collect.prefer.resolution == RESOLUTION_UNSET)
        return NULL;
    return find_target(r, &params->on_conflict, &out->conflict_target);
}
