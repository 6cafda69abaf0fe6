/* The steps before content: what the request says of itself, what it names, whether that is allowed, and on what
 * conditions. */
#include "request.h"

#include "midair/base/clock.h"
#include "midair/catalog/policy.h"
#include "midair/http/field.h"
#include "midair/http/named_tags.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"
#include "midair/plan/call.h"

/* Old front ends can send nothing but POST. A method that cannot be meant is an error, never a POST after all. */
static struct err *override_method(struct request *r)
{
    struct slice wanted = field_get(r->arena, &r->in->fields, "X-HTTP-Method-Override");
    if (!r->options->method_override || r->in->method != METHOD_POST || !slice_present(wanted))
        return NULL;
    r->method = method_of(wanted);
    if (r->method == METHOD_PUT || r->method == METHOD_PATCH || r->method == METHOD_DELETE || r->method == METHOD_POST)
        return NULL;
    return err_new(r->arena, ERR_NOT_IMPLEMENTED, "X-HTTP-Method-Override takes PUT, PATCH or DELETE.");
}

struct err *step_collect(struct request *r)
{
    const struct service_options *options = r->options;
    const struct fields *fields = &r->in->fields;
    r->deadline = r->exchange->started_us + options->statement_timeout_us;
    r->ask.arena = r->arena;
    r->ask.method = r->method;
    r->ask.path = r->in->path;
    r->ask.query = r->in->query;
    r->ask.base_path = options->base_path;
    r->ask.postgrest = options->dialect == DIALECT_POSTGREST;
    r->ask.gzip_min = options->gzip_min;
    r->ask.gzip = accept_codings(r->arena, field_get(r->arena, fields, "Accept-Encoding")).gzip;
    r->ask.origin = field_get(r->arena, fields, "Origin");
    r->ask.origins = options->cors_origins;
    r->ask.origin_count = options->cors_origin_count;
    r->ask.wall_us = clock_wall_us();
    prefer_parse(r->arena, field_get(r->arena, fields, "Prefer"), &r->ask.prefer);
    TRY(override_method(r));
    r->ask.method = r->method;
    return NULL;
}

static struct err *find_route(struct request *r, struct slice schema)
{
    return route_find(r->arena, r->view->catalog, schema, r->options->base_path, r->options->max_depth, r->in->path,
                      &r->route);
}

/* A preflight is about the request that follows, whose profile it does not tell. */
static struct err *find_preflight(struct request *r)
{
    struct err *err = find_route(r, SLICE_ABSENT);
    for (size_t i = 0; err && err->kind == ERR_NO_RESOURCE && i < r->view->catalog->schema_count; i++)
        if (!find_route(r, r->view->catalog->schemas[i].name))
            return NULL;
    return err;
}

struct err *step_route(struct request *r)
{
    TRY(profile_read(r));
    if (r->method == METHOD_OPTIONS && r->ask.profiles && !slice_present(r->schema))
        TRY(find_preflight(r));
    else
        TRY(find_route(r, r->schema));
    r->ask.route = &r->route;
    r->ask.allow = plan_methods(&r->route);
    profile_resolve(r);
    return NULL;
}

static struct err *not_allowed(struct request *r)
{
    bool function = r->route.kind == ROUTE_FUNCTION;
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              function ? "Cannot use the %.*s method on RPC" : "This resource does not allow %.*s.",
                              SLICE_ARG(r->in->method_text));
    if (function)
        err->code = SLICE("PGRST101");
    else
        problem_of(r->arena, err)->message =
            arena_printf(r->arena, "Unsupported HTTP method: %.*s", SLICE_ARG(r->in->method_text));
    problem_of(r->arena, err)->allow = method_list(r->arena, r->ask.allow);
    return err;
}

static const struct {
    const char *type;
    enum content_kind kind;
    unsigned methods;
} media_types[] = {
#define CONTENT(kind, type, methods) {type, CONTENT_##kind, methods},
#include "media_type.def"
#undef CONTENT
};

static struct err *unsupported(struct request *r, const char *why)
{
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "%s", why);
    problem_of(r->arena, err)->accept = r->method == METHOD_PATCH ? respond_accept_patch : respond_accept_post;
    return err;
}

static struct err *no_such_type(struct request *r, struct slice type)
{
    struct err *err = unsupported(r, "The media type of the content is not taken with this method; the header of this "
                                     "answer lists those that are.");
    problem_of(r->arena, err)->message = arena_printf(r->arena, "Content-Type not acceptable: %.*s", SLICE_ARG(type));
    return err;
}

/* Content with a coding is 415, and the answer says which codings would be accepted (RFC 9110 8.4, 15.5.16). A PUT with
 * Content-Range is 400: a part that was stored as if it were the whole would replace the rest (RFC 9110 14.5). */
static struct err *check_whole(struct request *r)
{
    struct slice coding = field_get(r->arena, &r->in->fields, "Content-Encoding");
    if (r->method == METHOD_PUT && field_lines(&r->in->fields, "Content-Range"))
        return err_new(r->arena, ERR_BAD_FIELD, "PUT stores a whole representation, so Content-Range is not accepted.");
    if (r->method == METHOD_GET || r->method == METHOD_HEAD || !coding.len ||
        slice_eq_nocase(coding, SLICE("identity")))
        return NULL;
    struct err *err =
        err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "Content is accepted without a content coding only.");
    problem_of(r->arena, err)->codings = SLICE("identity");
    return err;
}

/* What kind of content a write brings (RFC 9110 8.3; RFC 5789 2.2). */
static struct err *content_type(struct request *r)
{
    struct slice field = field_get(r->arena, &r->in->fields, "Content-Type");
    struct media_type type = {.essence = SLICE("application/json"), .utf8 = true};
    if (slice_present(field) && !media_type_parse(r->arena, field, &type))
        return unsupported(r, "The Content-Type cannot be read.");
    for (size_t i = 0; i < sizeof(media_types) / sizeof(*media_types); i++)
        if (slice_eq(type.essence, slice_of(media_types[i].type)) && (media_types[i].methods & METHOD_BIT(r->method)))
            r->content = media_types[i].kind;
    /* PostgREST takes forms with every write. Elsewhere that is what curl -d says of JSON, and better refused. */
    if (r->content == CONTENT_NONE && r->ask.postgrest &&
        slice_eq(type.essence, SLICE("application/x-www-form-urlencoded")))
        r->content = CONTENT_FORM;
    if (r->content == CONTENT_NONE)
        return no_such_type(r, type.essence);
    if (!type.utf8)
        return unsupported(r, "Content is taken in UTF-8 only.");
    return NULL;
}

/* OPTIONS of a function: what its declarations let it do. */
static struct err *function_methods(struct request *r)
{
    const struct call_ask ask = {.schema = r->schema, .name = r->route.function};
    struct call ignored;
    r->ask.allow = call_methods(r->view->catalog, r->schema, r->route.function);
    return r->ask.allow ? NULL : call_choose(r->arena, r->view->catalog, &ask, &ignored);
}

struct err *step_allow(struct request *r)
{
    if (!(r->ask.allow & METHOD_BIT(r->method)))
        return not_allowed(r);
    if (r->method == METHOD_OPTIONS) {
        if (r->route.kind == ROUTE_FUNCTION)
            TRY(function_methods(r));
        respond_options(&r->ask, &r->in->fields, r->out);
        r->finished = true;
        return NULL;
    }
    TRY(media_choose(r));
    TRY(check_whole(r));
    if (r->route.kind == ROUTE_FUNCTION)
        ; /* its content is looked at when its parameters are known */
    else if (r->method == METHOD_POST || r->method == METHOD_PUT || r->method == METHOD_PATCH)
        TRY(content_type(r));
    if (r->ask.prefer.handling == HANDLING_STRICT && slice_present(r->ask.prefer.invalid)) {
        struct err *err = err_new(r->arena, ERR_BAD_FIELD, "Invalid preferences given with handling=strict");
        err->code = SLICE("PGRST122");
        err->details = arena_printf(r->arena, "Invalid preferences: %.*s", SLICE_ARG(r->ask.prefer.invalid));
        return err;
    }
    return NULL;
}

/* The row that a member of Midair-If-Match names. */
static struct err *named_row(struct request *r, const struct named_tag *named, struct guarded_row *out)
{
    struct route route;
    struct err *err = route_find(r->arena, r->view->catalog, r->schema, r->options->base_path, r->options->max_depth,
                                 named->path, &route);
    if (err && err->kind == ERR_NO_ROW)
        return err_new(r->arena, ERR_PRECONDITION_FAILED, "There is no row %.*s, which Midair-If-Match names.",
                       SLICE_ARG(named->path));
    if (!err && route.kind != ROUTE_ITEM)
        err = err_new(r->arena, ERR_BAD_FIELD, "That is no row.");
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

/* Midair-If-Match (docs/http.md section 6). Reads change nothing that it could guard. */
static struct err *named_rows(struct request *r)
{
    struct named_tags named;
    struct guarded_rows *guarded_rows = &r->plan.guarded_rows;
    if (r->method == METHOD_GET || r->method == METHOD_HEAD)
        return NULL;
    TRY(named_tags_parse(r->arena, field_get(r->arena, &r->in->fields, "Midair-If-Match"), &named));
    guarded_rows->items = ARENA_ARRAY(r->arena, struct guarded_row, named.count);
    for (size_t i = 0; i < named.count; i++) {
        struct guarded_row *guarded_row = &guarded_rows->items[guarded_rows->count++];
        TRY(named_row(r, &named.items[i], guarded_row));
        r->plan.conditional = r->plan.conditional || guarded_rows_cover_target(&r->plan, guarded_row);
    }
    return NULL;
}

/* What makes a write conditional. Tags that rows must not have guard no row of a filter: anything that is no tag of
 * theirs would do. */
static bool guards(const struct request *r, const struct preconds *preconds)
{
    struct preconds counted = *preconds;
    if (r->route.kind == ROUTE_COLLECTION && counted.if_none_match.kind != TAGS_ANY)
        counted.if_none_match.kind = TAGS_ABSENT;
    return preconds_guarding(&counted, r->route.relation->stamp.kind == STAMP_VERSION);
}

struct err *step_conditions(struct request *r)
{
    const struct relation *relation = r->route.relation;
    struct preconds *preconds = &r->plan.preconds;
    TRY(preconds_parse(r->arena, r->method, &r->in->fields, preconds));
    if (!relation)
        return own_resource(r);
    if (relation->policy->weak_tags == WEAK_TAGS_ACCEPT)
        tag_list_trust_weak(&preconds->if_match);
    r->plan.relation = relation;
    r->plan.keys = r->route.keys;
    r->plan.keys_exact = r->route.keys_exact;
    r->plan.parent_path = r->route.parent_path.count ? &r->route.parent_path : NULL;
    r->plan.conditional = guards(r, preconds);
    return named_rows(r);
}
