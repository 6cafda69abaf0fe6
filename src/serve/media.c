/* Which representation the client takes (RFC 9110 12.5.1). */
#include "request.h"

#include "midair/base/text.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"

/* One thing that the result can be shown as. */
struct offer {
    struct slice type;
    const struct envelope *envelope; /* rows; NULL: a value as it is */
};

/* What is offered for this request: the default first, and of the others those that Accept names. */
struct menu {
    struct slice accept;
    struct offer *offers;
    size_t count;
};

enum { OFFERS_MAX = 32, LISTED_MAX = 16 };

/* The type and the subtype of an element of Accept, without parameters. */
static struct slice essence_of(struct slice text)
{
    return slice_trim(slice_head(text, slice_find(text, ';')));
}

/* Only the default is for those who name it with a star. */
static bool is_named(struct slice accept, struct slice type)
{
    struct slice element, essence = essence_of(type);
    while (field_next(&accept, &element))
        if (slice_eq_nocase(essence_of(element), essence))
            return true;
    return false;
}

static void offer(struct menu *menu, struct offer offer)
{
    if (menu->count < OFFERS_MAX && (menu->count == 0 || is_named(menu->accept, offer.type)))
        menu->offers[menu->count++] = offer;
}

static void offer_envelopes(struct menu *menu)
{
    size_t count;
    const struct envelope *all = envelopes(&count);
    for (size_t i = 0; i < count; i++) {
        offer(menu, (struct offer){.type = all[i].type, .envelope = &all[i]});
        if (all[i].alias)
            offer(menu, (struct offer){.type = slice_of(all[i].alias), .envelope = &all[i]});
    }
}

/* A single value can be shown as it is. */
static void offer_values(struct menu *menu)
{
    static const struct slice types[] = {SLICE_LITERAL("text/plain"), SLICE_LITERAL("application/octet-stream"),
                                         SLICE_LITERAL("text/xml")};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        offer(menu, (struct offer){.type = types[i]});
}

static struct menu menu_new(struct request *r)
{
    return (struct menu){.accept = field_get(r->arena, &r->in->fields, "Accept"),
                         .offers = ARENA_ARRAY(r->arena, struct offer, OFFERS_MAX)};
}

/* 406 with what was asked for, as PostgREST says it. */
static struct err *not_acceptable(struct request *r, struct slice accept)
{
    struct buf list = buf_new(r->arena, 128);
    struct slice element;
    for (size_t listed = 0; listed < LISTED_MAX && field_next(&accept, &element);) {
        if (!text_is_utf8(element))
            continue;
        buf_z(&list, listed++ ? ", " : "");
        buf_put(&list, essence_of(element));
    }
    struct err *err = err_new(r->arena, ERR_NOT_ACCEPTABLE, "None of these media types are available: %.*s",
                              SLICE_ARG(buf_slice(&list)));
    err->code = SLICE("PGRST107");
    if (!r->ask.postgrest)
        err_hint(r->arena, err, "application/json is there in any case, and text/csv for rows.");
    return err;
}

static struct err *take(struct request *r, const struct menu *menu)
{
    struct slice *types = ARENA_ARRAY(r->arena, struct slice, menu->count);
    for (size_t i = 0; i < menu->count; i++)
        types[i] = menu->offers[i].type;
    int choice = accept_choose(r->arena, menu->accept, types, menu->count);
    if (choice < 0)
        return not_acceptable(r, menu->accept);
    const struct offer *chosen = &menu->offers[choice];
    if (chosen->envelope)
        r->ask.envelope = *chosen->envelope;
    else if (slice_eq(chosen->type, SLICE("application/octet-stream")))
        r->ask.raw_type = chosen->type;
    else
        r->ask.raw_type = arena_printf(r->arena, "%.*s; charset=utf-8", SLICE_ARG(chosen->type));
    return NULL;
}

struct err *media_choose(struct request *r)
{
    bool collection = r->route.kind == ROUTE_COLLECTION;
    if (!collection && r->route.kind != ROUTE_ITEM)
        return NULL;
    struct menu menu = menu_new(r);
    offer_envelopes(&menu);
    TRY(take(r, &menu));
    r->ask.as_array = r->ask.postgrest && (collection || r->by_filter);
    bool reads = r->method == METHOD_GET || r->method == METHOD_HEAD;
    r->plan.singular = r->ask.envelope.kind == ENVELOPE_OBJECT && collection && !reads;
    return NULL;
}

struct err *media_choose_call(struct request *r, const struct function *function)
{
    struct menu menu = menu_new(r);
    offer_envelopes(&menu);
    if (function->shape == RESULT_SCALAR && !function->returns_set)
        offer_values(&menu);
    return take(r, &menu);
}
