/* Which representation the client takes (RFC 9110 12.5.1). */
#include "request.h"

#include "midair/http/field.h"
#include "midair/http/negotiate.h"

static struct err *not_acceptable(struct request *r)
{
    struct err *err = err_new(r->arena, ERR_NOT_ACCEPTABLE,
                              "This resource can be shown as application/json, application/vnd.pgrst.object+json, "
                              "application/vnd.pgrst.array+json or text/csv.");
    err->code = r->ask.postgrest ? SLICE("PGRST107") : SLICE_ABSENT;
    return err;
}

/* Envelopes are for those who name them: a range with a star means JSON. */
static bool is_named(struct slice accept, struct slice type)
{
    struct slice element, essence = slice_head(type, slice_find(type, ';'));
    while (field_next(&accept, &element))
        if (slice_eq_nocase(slice_head(element, essence.len), essence))
            return true;
    return false;
}

struct err *media_choose(struct request *r)
{
    size_t count;
    const struct envelope *all = envelopes(&count);
    bool collection = r->route.kind == ROUTE_COLLECTION;
    if (!collection && r->route.kind != ROUTE_ITEM)
        return NULL;
    struct slice *offers = ARENA_ARRAY(r->arena, struct slice, count);
    for (size_t i = 0; i < count; i++)
        offers[i] = all[i].type;
    struct slice accept = field_get(r->arena, &r->in->fields, "Accept");
    int choice = accept_choose(r->arena, accept, offers, count);
    if (choice < 0 || (choice > 0 && !is_named(accept, offers[choice])))
        return not_acceptable(r);
    r->ask.envelope = all[choice];
    r->ask.as_array = r->ask.postgrest && (collection || r->by_filter);
    bool reads = r->method == METHOD_GET || r->method == METHOD_HEAD;
    r->plan.singular = r->ask.envelope.kind == ENVELOPE_OBJECT && collection && !reads;
    return NULL;
}
