#include "midair/plan/plan.h"

#include "midair/catalog/policy.h"
#include "midair/http/message.h"

static unsigned item_methods(const struct relation *relation)
{
    unsigned set = 0;
    if (relation->can_update)
        set |= METHOD_BIT(METHOD_PATCH) | METHOD_BIT(METHOD_PUT);
    if (relation->can_delete)
        set |= METHOD_BIT(METHOD_DELETE);
    return set;
}

static unsigned collection_methods(const struct relation *relation)
{
    unsigned set = relation->can_insert ? METHOD_BIT(METHOD_POST) : 0;
    bool keyed = relation->key.column_count > 0;
    if (relation->can_update)
        set |= METHOD_BIT(METHOD_PATCH);
    if (relation->can_update && relation->can_insert && keyed)
        set |= METHOD_BIT(METHOD_PUT);
    if (relation->can_delete)
        set |= METHOD_BIT(METHOD_DELETE);
    return set;
}

unsigned plan_methods(const struct route *route)
{
    unsigned always = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD) | METHOD_BIT(METHOD_OPTIONS);
    unsigned set = always;
    if (route->kind == ROUTE_FUNCTION)
        return always | METHOD_BIT(METHOD_POST);
    if (route->kind == ROUTE_BATCH)
        return METHOD_BIT(METHOD_POST) | METHOD_BIT(METHOD_OPTIONS);
    if (route->kind == ROUTE_ITEM)
        set |= item_methods(route->relation);
    else if (route->kind == ROUTE_COLLECTION)
        set |= collection_methods(route->relation);
    else
        return always;
    return set & (route->relation->policy->methods | METHOD_BIT(METHOD_OPTIONS));
}

bool plan_method_needs_privilege(const struct route *route, enum method method)
{
    if (route->kind != ROUTE_COLLECTION && route->kind != ROUTE_ITEM)
        return false;
    struct relation open = *route->relation;
    struct route same = *route;
    open.can_insert = open.takes_insert;
    open.can_update = open.takes_update;
    open.can_delete = open.takes_delete;
    same.relation = &open;
    return plan_methods(&same) & METHOD_BIT(method);
}

unsigned plan_shown_methods(const struct route *route)
{
    bool rows = route->kind == ROUTE_COLLECTION || route->kind == ROUTE_ITEM;
    unsigned reads = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD);
    return plan_methods(route) & (rows && !route->relation->can_select ? ~reads : ~0u);
}

bool plan_needs_precondition(const struct relation *relation, enum method method, bool lenient)
{
    const struct policy *policy = relation->policy;
    enum if_match_rule rule = policy->if_match;
    if (!policy->if_match_set)
        rule = relation->stamp.kind == STAMP_VERSION && !lenient ? IF_MATCH_REQUIRED : IF_MATCH_OPTIONAL;
    if (rule == IF_MATCH_DELETE)
        return method == METHOD_DELETE;
    return rule == IF_MATCH_REQUIRED && (method == METHOD_PUT || method == METHOD_PATCH || method == METHOD_DELETE);
}

bool plan_alone(const struct relation *relation)
{
    if (relation->policy->group_commit != GROUP_COMMIT_AUTO)
        return relation->policy->group_commit == GROUP_COMMIT_OFF;
    /* Writes that share a transaction would lock the parents that they touch one after the other, and not in the
     * global lock order, so they could deadlock. */
    for (size_t i = 0; i < relation->parent_count; i++)
        if (relation->parents[i]->touch)
            return true;
    /* Two writes of one row in the same transaction leave the same xmin, so only real stamps distinguish its states. */
    return relation->foreign_triggers || relation->stamp.kind != STAMP_VERSION || relation->row_security;
}

const struct page *plan_page(const struct plan *plan)
{
    if (plan->kind == PLAN_READ_LIST)
        return &plan->as.read_list.page;
    return plan->kind == PLAN_CALL ? &plan->as.call.page : NULL;
}

const struct call *plan_call(const struct plan *plan)
{
    return plan->kind == PLAN_CALL ? plan->as.call.call : NULL;
}

/* Rows without columns are inserted one by one. */
static bool is_one_batch(const struct batches *batches)
{
    return batches->count == 1 && (batches->items[0].column_count || batches->items[0].rows == 1);
}

static bool is_one_statement(const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_INSERT_MANY:
        return is_one_batch(&plan->as.insert_many.batches);
    case PLAN_UPSERT:
        return is_one_batch(&plan->as.upsert.batches);
    case PLAN_PATCH_LIST:
        return plan->as.write_list.patch.kind == PATCH_CHANGES;
    case PLAN_BULK:
        return false;
    default:
        return true;
    }
}

struct err *explain_check(struct arena *arena, const struct plan *plan)
{
    if (!plan->explain || is_one_statement(plan))
        return NULL;
    struct err *err =
        err_new(arena, ERR_NOT_ACCEPTABLE, "None of these media types are available: application/vnd.pgrst.plan");
    err->code = SLICE("PGRST107");
    return err_hint(
        arena, err,
        "This write is several statements, so it has no single plan. Request the plan of a write of one row.");
}

/* Whether the text of a column's values may depend on the time zone. It may for arrays and composite types, whose
 * elements are not examined. */
static bool depends(const struct column *column)
{
    enum { OID_TIMESTAMPTZ = 1184, OID_TSTZRANGE = 3910, OID_TSTZMULTIRANGE = 4536 };
    return column->type_oid == OID_TIMESTAMPTZ || column->type_oid == OID_TSTZRANGE ||
           column->type_oid == OID_TSTZMULTIRANGE || column->form == FORM_TO_JSON;
}

bool zone_may_differ(const struct relation *relation)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (depends(&relation->columns[relation->key.columns[i]]))
            return false;
    for (size_t i = 0; relation->stamp.kind == STAMP_CONTENT && i < relation->column_count; i++)
        if (depends(&relation->columns[i]))
            return false;
    return true;
}

struct err *zone_unknown(struct arena *arena, struct slice zone)
{
    struct err *err = err_new(arena, ERR_BAD_FIELD, "Invalid preferences given with handling=strict");
    err->code = SLICE("PGRST122");
    err->details = arena_printf(arena, "Invalid preferences: timezone=%.*s", SLICE_ARG(zone));
    return err;
}
