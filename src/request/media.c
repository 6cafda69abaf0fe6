/* The choice of the representation by Accept (RFC 9110 12.5.1). */
#include "request.h"

#include "midair/base/text.h"
#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"

/* One representation of the result that can be chosen. */
struct offer {
    struct slice type;
    enum { SHOW_ENVELOPE, SHOW_VALUE, SHOW_FEATURES, SHOW_HANDLER, SHOW_PLAN } as;
    const struct envelope *envelope; /* SHOW_ENVELOPE */
    const struct handler *handler;   /* SHOW_HANDLER */
};

/* The representations offered for this request: the default first, and of the others those that Accept names. */
struct menu {
    struct slice accept;
    struct offer *offers;
    size_t count, most; /* `most`: the largest number of offers for the resource; none is left out */
    bool whatever;      /* the first offer satisfies every type in Accept */
};

/* LISTED_MAX: how many types of Accept an error message repeats. OWN_OFFERS: space for values, features and plans. */
enum { LISTED_MAX = 16, OWN_OFFERS = 8 };

/* The type and the subtype of an element of Accept, without parameters. */
static struct slice essence_of(struct slice text)
{
    return slice_trim(slice_head(text, slice_find(text, ';')));
}

/* Whether Accept names the type literally. A wildcard selects only the default. */
static bool is_named(struct slice accept, struct slice type)
{
    struct slice element, essence = essence_of(type);
    while (field_next(&accept, &element))
        if (slice_eq_nocase(essence_of(element), essence))
            return true;
    return false;
}

/* Adds an offer. Of several with the same type, the first counts. All but the first must be named by Accept. */
static void offer(struct menu *menu, struct offer offer)
{
    for (size_t i = 0; i < menu->count; i++)
        if (slice_eq(menu->offers[i].type, offer.type))
            return;
    if (menu->count && !is_named(menu->accept, offer.type))
        return;
    assert(menu->count < menu->most);
    menu->offers[menu->count++] = offer;
}

static void offer_default(struct menu *menu)
{
    size_t count;
    const struct envelope *json = envelopes(&count);
    offer(menu, (struct offer){json->type, SHOW_ENVELOPE, json, NULL});
}

static void offer_envelopes(struct menu *menu)
{
    size_t count;
    const struct envelope *all = envelopes(&count);
    for (size_t i = 0; i < count; i++) {
        offer(menu, (struct offer){all[i].type, SHOW_ENVELOPE, &all[i], NULL});
        if (all[i].alias)
            offer(menu, (struct offer){slice_of(all[i].alias), SHOW_ENVELOPE, &all[i], NULL});
    }
}

/* A single value can be shown without an envelope. */
static void offer_values(struct menu *menu)
{
    static const struct slice types[] = {SLICE_LITERAL("text/plain"), SLICE_LITERAL("application/octet-stream"),
                                         SLICE_LITERAL("text/xml")};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        offer(menu, (struct offer){types[i], SHOW_VALUE, NULL, NULL});
}

static void offer_plans(struct menu *menu)
{
    static const struct slice types[] = {SLICE_LITERAL("application/vnd.pgrst.plan"),
                                         SLICE_LITERAL("application/vnd.pgrst.plan+text"),
                                         SLICE_LITERAL("application/vnd.pgrst.plan+json")};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
        offer(menu, (struct offer){types[i], SHOW_PLAN, NULL, NULL});
}

static bool reads(const struct request *r)
{
    return request_reads(r) || request_route(r)->kind == ROUTE_FUNCTION;
}

/* Whether the handler can render what the request selects. A handler for the relation's own row type needs all columns;
 * one for another type takes what is selected. */
static bool applies(const struct request *r, const struct handler *handler)
{
    return params_select_all(&r->params.query) ||
           (handler->relation_oid == 0 && reads(r) && !handler_takes_any(handler));
}

/* The handler for that media type, preferring that of the relation itself; NULL when there is none. */
static const struct handler *handler_of(const struct request *r, const struct relation *relation, struct slice media)
{
    for (size_t i = 0; i < relation->shown_as.handler_count; i++)
        if (slice_eq(relation->shown_as.handlers[i]->media, media) && applies(r, relation->shown_as.handlers[i]))
            return relation->shown_as.handlers[i];
    return NULL;
}

static void offer_handlers(const struct request *r, struct menu *menu, const struct relation *relation)
{
    const struct handler *any = handler_of(r, relation, SLICE("*/*"));
    const struct handler *json = handler_of(r, relation, SLICE("application/json"));
    menu->whatever = any;
    if (any)
        offer(menu, (struct offer){SLICE("application/octet-stream"), SHOW_HANDLER, NULL, any});
    else if (json)
        offer(menu, (struct offer){json->media, SHOW_HANDLER, NULL, json});
    else
        offer_default(menu);
    for (size_t i = 0; i < relation->shown_as.handler_count; i++)
        if (applies(r, relation->shown_as.handlers[i]) && !handler_takes_any(relation->shown_as.handlers[i]))
            offer(menu, (struct offer){relation->shown_as.handlers[i]->media, SHOW_HANDLER, NULL,
                                       relation->shown_as.handlers[i]});
}

/* The offers for the result of `function`; NULL: for the rows of the route's relation. */
static struct menu menu_new(const struct request *r, struct slice accept, const struct function *function)
{
    struct menu menu = {.accept = accept};
    const struct relation *relation = function ? function->result : request_route(r)->relation;
    bool value = function && function->shape == RESULT_SCALAR && !function->returns_set;
    envelopes(&menu.most);
    menu.most = 2 * menu.most + OWN_OFFERS + (relation ? relation->shown_as.handler_count : 0);
    menu.offers = ARENA_ARRAY(r->arena, struct offer, menu.most);
    if (value && slice_present(function->media)) {
        menu.whatever = slice_eq(function->media, SLICE("*/*"));
        offer(&menu, (struct offer){menu.whatever ? SLICE("application/octet-stream") : function->media, SHOW_VALUE,
                                    NULL, NULL});
    } else if (relation && relation->shown_as.handler_count && !value) {
        offer_handlers(r, &menu, relation);
    }
    offer_envelopes(&menu);
    if (relation && slice_present(relation->shown_as.feature_maker) && !value)
        offer(&menu, (struct offer){SLICE("application/geo+json"), SHOW_FEATURES, NULL, NULL});
    if (value)
        offer_values(&menu);
    return menu;
}

/* 406 that repeats what Accept asked for, in PostgREST's words. */
static struct err *not_acceptable(const struct request *r, struct slice accept)
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
    if (!r->collect.postgrest)
        err_hint(r->arena, err, "application/json is always available, and text/csv for rows.");
    return err;
}

/* Whether Accept names only PostgREST's own types, which handlers for any type do not render. */
static bool names_only_vendor_types(struct slice accept)
{
    struct slice element, vendor = SLICE("application/vnd.pgrst.");
    size_t count = 0;
    for (; field_next(&accept, &element); count++)
        if (!slice_eq_nocase(slice_head(element, vendor.len), vendor))
            return false;
    return count > 0;
}

/* Whether Accept names no media type at all, as in `Accept: undefined`. RFC 9110 12.5.1 lets a server ignore such a
 * field; PostgREST takes its text for the name of a type that it does not have. */
static bool names_nothing(const struct request *r, struct slice accept)
{
    struct slice element, rest = accept;
    return r->collect.postgrest && field_next(&rest, &element) && !accept_is_readable(r->arena, accept);
}

/* The offer that Accept selects; NULL when there is none. */
static const struct offer *pick(const struct request *r, const struct menu *menu)
{
    if (names_nothing(r, menu->accept))
        return NULL;
    if (menu->whatever && !names_only_vendor_types(menu->accept))
        return &menu->offers[0];
    struct slice *types = ARENA_ARRAY(r->arena, struct slice, menu->count);
    for (size_t i = 0; i < menu->count; i++)
        types[i] = menu->offers[i].type;
    int choice = accept_choose(r->arena, menu->accept, types, menu->count);
    return choice < 0 ? NULL : &menu->offers[choice];
}

/* Whether the response shows rows, which for a write depends on Prefer: return=. */
static bool shows_rows(const struct request *r)
{
    enum prefer_return returned = r->collect.prefer.returned;
    if (reads(r) || returned == RETURN_REPRESENTATION)
        return true;
    return returned == RETURN_UNSET && !r->collect.postgrest && r->collect.method != METHOD_DELETE;
}

/* Describes the representation for the chosen offer. Returns its media type without charset. */
static struct slice show(const struct request *r, const struct offer *chosen, struct representation *out)
{
    switch (chosen->as) {
    case SHOW_ENVELOPE:
        out->envelope = *chosen->envelope;
        return chosen->envelope->type;
    case SHOW_FEATURES:
        out->envelope = (struct envelope){.kind = ENVELOPE_FEATURES, .type = chosen->type};
        out->features = shows_rows(r);
        return chosen->type;
    case SHOW_HANDLER:
        out->envelope = (struct envelope){.kind = ENVELOPE_RENDERED, .type = chosen->type};
        out->handler = shows_rows(r) ? chosen->handler : NULL;
        return chosen->type;
    default:
        out->raw_type = media_with_charset(r->arena, chosen->type);
        return chosen->type;
    }
}

/* The parameters of the element of Accept that names the type. */
static struct slice params_of(struct slice accept, struct slice type)
{
    struct slice element;
    while (field_next(&accept, &element))
        if (slice_eq_nocase(essence_of(element), type))
            return slice_from(element, slice_find(element, ';'));
    return SLICE("");
}

/* Parses options such as "analyze|buffers". Unknown ones are ignored. Returns the known ones in a fixed order, as a
 * parameter of the response's media type. */
static struct slice read_options(struct arena *arena, struct slice text, struct explain *out)
{
    const struct {
        struct slice name;
        bool *wanted;
    } options[] = {{SLICE("analyze"), &out->analyze},
                   {SLICE("verbose"), &out->verbose},
                   {SLICE("settings"), &out->settings},
                   {SLICE("buffers"), &out->buffers},
                   {SLICE("wal"), &out->wal}};
    struct buf known = buf_new(arena, 48);
    for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
        struct slice rest = text, name;
        while (slice_present(rest)) {
            slice_cut(rest, '|', &name, &rest);
            *options[i].wanted = *options[i].wanted || slice_eq_nocase(name, options[i].name);
        }
        if (*options[i].wanted) {
            buf_z(&known, known.len ? "|" : "; options=");
            buf_put(&known, options[i].name);
        }
    }
    return buf_slice(&known);
}

/* Describes the plan (EXPLAIN) as the representation: the parameter `for` names the media type whose plan is shown, and
 * `options` what EXPLAIN is to include. */
static struct err *show_plan(const struct request *r, const struct menu *menu, const struct offer *chosen,
                             const struct function *function, struct representation *out)
{
    struct slice params = params_of(menu->accept, chosen->type), name, value, wanted = SLICE("application/json");
    struct slice options = SLICE("");
    while (accept_param(r->arena, &params, &name, &value) == PARAM_FOUND) {
        if (slice_eq_nocase(name, SLICE("for")))
            wanted = value;
        else if (slice_eq_nocase(name, SLICE("options")))
            options = read_options(r->arena, value, &out->explain);
    }
    struct menu inner = menu_new(r, wanted, function);
    const struct offer *shown = slice_find(wanted, '/') < wanted.len ? pick(r, &inner) : NULL;
    if (!shown)
        return not_acceptable(r, menu->accept);
    struct slice type = show(r, shown, out);
    out->explain.json = slice_ends(chosen->type, SLICE("+json"));
    out->explained = true;
    out->rendered_type = arena_printf(r->arena, "application/vnd.pgrst.plan+%s; for=\"%.*s\"%.*s; charset=utf-8",
                                      out->explain.json ? "json" : "text", SLICE_ARG(type), SLICE_ARG(options));
    return NULL;
}

/* Most clients accept anything or name JSON: then nothing needs to be chosen. */
static bool takes_json(struct slice accept)
{
    return !slice_present(accept) || slice_eq(accept, SLICE("*/*")) || slice_eq(accept, SLICE("application/json"));
}

struct err *media_choose(const struct request *r, const struct function *function, struct representation *out)
{
    size_t count;
    if (!function && !request_route(r)->relation->shown_as.handler_count &&
        takes_json(field_get(r->arena, &r->in->fields, "Accept"))) {
        out->envelope = envelopes(&count)[0];
        return NULL;
    }
    struct menu menu = menu_new(r, field_get(r->arena, &r->in->fields, "Accept"), function);
    if (r->options->plans)
        offer_plans(&menu);
    const struct offer *chosen = pick(r, &menu);
    if (!chosen)
        return not_acceptable(r, menu.accept);
    if (chosen->as == SHOW_PLAN)
        return show_plan(r, &menu, chosen, function, out);
    show(r, chosen, out);
    return NULL;
}

bool media_of_content(const struct request *r, struct media_type *out)
{
    struct slice field = field_get(r->arena, &r->in->fields, "Content-Type");
    *out = (struct media_type){.essence = SLICE("application/json"), .utf8 = true};
    if (!slice_present(field))
        return true;
    return media_type_parse(r->arena, r->collect.postgrest ? essence_of(field) : field, out);
}

/* Whether a tag may be made for a row. A list needs none for rows that do not show theirs, unless it may turn out to be
 * one row that is shown by itself. */
static bool shows_tags(const struct request *r, const struct representation *shown, const struct relation *relation)
{
    bool list = request_reads(r) && request_route(r)->kind == ROUTE_COLLECTION;
    enum envelope_kind kind = shown->envelope.kind;
    if (!list || kind == ENVELOPE_OBJECT)
        return true;
    struct slice member = relation->policy->etag_field;
    return kind != ENVELOPE_CSV && !shown->handler && member.len && !relation_column(relation, member);
}

struct err *media_layout(const struct request *r, const struct representation *shown, struct plan *plan)
{
    const struct relation *relation = plan->relation;
    const struct handler *handler = shown->handler;
    bool item = request_route(r)->kind == ROUTE_ITEM;
    bool whole = handler && (slice_present(handler->row_type) || !reads(r)) && !params_select_all(&r->params.query);
    bool grouped = plan->query.aggregated && (shown->features || (handler && item));
    plan->handler = handler;
    plan->features = shown->features;
    plan->explain = shown->explained ? &shown->explain : NULL;
    if (whole || grouped)
        return not_acceptable(r, field_get(r->arena, &r->in->fields, "Accept"));
    if (shown->features)
        plan->layout = layout_rendered(r->arena, relation, &plan->query, FETCH_FEATURE, NULL);
    else if (handler && !reads(r))
        plan->layout = layout_rendered(r->arena, relation, &plan->query, FETCH_WHOLE, handler);
    else if (handler && item)
        plan->layout = layout_rendered(r->arena, relation, &plan->query, FETCH_HANDLED, handler);
    else if (shows_tags(r, shown, relation))
        plan->layout = layout_new(r->arena, relation, &plan->query);
    else
        plan->layout = layout_untagged(r->arena, relation, &plan->query);
    if (item && reads(r))
        layout_want_clock(plan->layout);
    return NULL;
}
