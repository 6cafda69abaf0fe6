/* The step `conditions`: the preconditions in the header fields (RFC 9110 13; docs/http.md, Midair-If-Match). Those
 * that need no row are evaluated here; the others become part of the plan. */
#include "request.h"

#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/named_tags.h"

/* Resolves the row that a member of Midair-If-Match names. */
static struct err *named_row(const struct request *r, const struct named_tag *named, struct guarded_row *out)
{
    struct route route;
    struct err *err = route_find(r->arena, r->view->catalog, r->route.schema, r->options->base_path,
                                 r->options->max_depth, named->path, &route);
    if (err && err->kind == ERR_NO_ROW)
        return err_new(r->arena, ERR_PRECONDITION_FAILED, "There is no row %.*s, which Midair-If-Match names.",
                       SLICE_ARG(named->path));
    if (!err && route.kind != ROUTE_ITEM)
        err = err_new(r->arena, ERR_BAD_FIELD, "It does not name a row.");
    if (err)
        return err_new(r->arena, ERR_BAD_FIELD, "Midair-If-Match names %.*s: %.*s", SLICE_ARG(named->path),
                       SLICE_ARG(err->detail));
    *out = (struct guarded_row){.role = GUARDED_NAMED,
                                .relation = route.relation,
                                .keys = route.keys,
                                .keys_exact = route.keys_exact,
                                .parent_path = route.parent_path,
                                .preconds = {.if_match = named->tags}};
    if (route.relation->policy->weak_tags == WEAK_TAGS_ACCEPT)
        tag_list_trust_weak(&out->preconds.if_match);
    return NULL;
}

/* Reads Midair-If-Match. It is ignored for reads, which change nothing. */
static struct err *named_rows(const struct request *r, struct conditions *out)
{
    const struct route *route = request_route(r);
    struct named_tags named;
    struct guarded_rows *rows = &out->guarded_rows;
    if (request_reads(r))
        return NULL;
    TRY(named_tags_parse(r->arena, field_get(r->arena, &r->in->fields, "Midair-If-Match"), &named));
    rows->items = ARENA_ARRAY(r->arena, struct guarded_row, named.count);
    for (size_t i = 0; i < named.count; i++) {
        struct guarded_row *row = &rows->items[rows->count++];
        TRY(named_row(r, &named.items[i], row));
        out->conditional = out->conditional || guarded_row_covers(row, route);
    }
    return NULL;
}

/* Whether the preconditions make a write conditional: the client says which state it saw, or, for a write that may
 * create the row, that there must be none. A list of tags in If-None-Match does neither, since any other state of the
 * row satisfies it. */
static bool guards(const struct route *route, const struct preconds *preconds, enum method method)
{
    struct preconds counted = *preconds;
    bool creates = method == METHOD_PUT || method == METHOD_POST;
    if (counted.if_none_match.kind == TAGS_LIST || !creates)
        counted.if_none_match.kind = TAGS_ABSENT;
    return preconds_guarding(&counted, route->relation->stamp.kind == STAMP_VERSION);
}

static struct err *evaluate(const struct request *r, struct preconds preconds, const char *why)
{
    const struct current there = {.exists = true};
    if (preconds_evaluate(&preconds, METHOD_POST, &there) == VERDICT_PROCEED)
        return NULL;
    return err_new(r->arena, ERR_PRECONDITION_FAILED, "%s", why);
}

/* Evaluates the preconditions of a POST that concern the collection or the function itself, which exists and has no tag
 * that a write could be checked against. */
static struct err *evaluate_post(const struct request *r, struct conditions *out)
{
    const struct route *route = request_route(r);
    struct preconds preconds = out->preconds;
    if (route->kind == ROUTE_FUNCTION || route->kind == ROUTE_BATCH) {
        out->preconds = (struct preconds){0};
        return evaluate(r, preconds, "A function or a batch has no state, so the precondition does not hold.");
    }
    if (r->collect.prefer.resolution == RESOLUTION_MERGE && r->params.conflict_target == &route->relation->key)
        return NULL; /* the preconditions are evaluated for each row */
    if (route->parent_path.count)
        preconds.if_match.kind = TAGS_ABSENT; /* it concerns the parent, and is evaluated under the parent's lock */
    if (preconds.if_match.kind == TAGS_ABSENT)
        return evaluate(r, preconds, "The collection exists, so If-None-Match: * does not hold; nothing was created.");
    struct err *err = evaluate(
        r, preconds, "POST creates a row, and If-Match cannot name a state of the collection; nothing was created.");
    return err ? err_hint(r->arena, err, "To create a copy of a row, send it without If-Match and without its key.")
               : NULL;
}

struct err *step_conditions(const struct request *r, struct conditions *out)
{
    const struct route *route = request_route(r);
    assert(r->allow.methods & METHOD_BIT(r->collect.method));
    if (r->collect.method == METHOD_OPTIONS)
        return NULL;
    TRY(preconds_parse(r->arena, r->collect.method, &r->in->fields, &out->preconds));
    if (route->relation && route->relation->policy->weak_tags == WEAK_TAGS_ACCEPT)
        tag_list_trust_weak(&out->preconds.if_match);
    if (route->kind == ROUTE_COLLECTION)
        out->preconds.has_unmodified_since = false; /* a collection has no modification date */
    if (route->relation) {
        out->conditional = guards(route, &out->preconds, r->collect.method);
        TRY(named_rows(r, out));
    }
    return r->collect.method == METHOD_POST ? evaluate_post(r, out) : NULL;
}
