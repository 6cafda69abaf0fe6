/* The step `allow`: decides which methods the resource takes, which media types its content may have (RFC 9110 8.3) and
 * its response can have (12.5.1), and whether strict handling accepts the preferences (RFC 7240 2). */
#include "request.h"

#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"

static struct err *not_allowed(const struct request *r, unsigned methods)
{
    bool function = request_route(r)->kind == ROUTE_FUNCTION;
    struct err *err = err_new(r->arena, ERR_METHOD_NOT_ALLOWED,
                              function ? "Cannot use the %.*s method on RPC" : "This resource does not allow %.*s.",
                              SLICE_ARG(r->in->method_text));
    if (function)
        err->code = SLICE("PGRST101");
    else
        problem_of(r->arena, err)->message =
            arena_printf(r->arena, "Unsupported HTTP method: %.*s", SLICE_ARG(r->in->method_text));
    problem_of(r->arena, err)->allow = method_list(r->arena, methods);
    return err;
}

static const char *privileges_of(enum method method)
{
    switch (method) {
    case METHOD_POST:
        return "INSERT";
    case METHOD_PUT:
        return "INSERT and UPDATE";
    case METHOD_DELETE:
        return "DELETE";
    default:
        return "UPDATE";
    }
}

/* The resource has the method, but the database role lacks the privilege for it. */
static struct err *no_privilege(const struct request *r)
{
    const struct relation *relation = request_route(r)->relation;
    bool view = relation->kind == RELATION_VIEW || relation->kind == RELATION_MATVIEW;
    struct err *err = err_new(r->arena, ERR_FORBIDDEN, "permission denied for %s %.*s", view ? "view" : "table",
                              SLICE_ARG(relation->name));
    err->code = SLICE("42501");
    if (!r->collect.postgrest)
        err_hint(r->arena, err, "%s needs the privilege %s, which midair's database role does not have.",
                 method_name(r->collect.method), privileges_of(r->collect.method));
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

static struct err *unsupported(const struct request *r, const char *why)
{
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "%s", why);
    problem_of(r->arena, err)->accept = r->collect.method == METHOD_PATCH ? respond_accept_patch : respond_accept_post;
    return err;
}

static struct err *no_such_type(const struct request *r, struct slice type)
{
    struct err *err = unsupported(r, "The media type of the content is not supported with this method; the header of "
                                     "this response lists those that are.");
    if (slice_eq(type, SLICE("application/x-www-form-urlencoded")))
        err_hint(r->arena, err, RESPOND_JSON_HINT);
    problem_of(r->arena, err)->message = arena_printf(r->arena, "Content-Type not acceptable: %.*s", SLICE_ARG(type));
    return err;
}

/* Content with a coding is 415, and the response lists the codings that are accepted (RFC 9110 8.4, 15.5.16). A PUT
 * with Content-Range is 400: if a part were stored as the whole, the rest would be lost (RFC 9110 14.5). */
static struct err *check_whole(const struct request *r)
{
    struct slice coding = field_get(r->arena, &r->in->fields, "Content-Encoding");
    if (r->collect.method == METHOD_PUT && field_lines(&r->in->fields, "Content-Range"))
        return err_new(r->arena, ERR_BAD_FIELD, "PUT stores a whole representation, so Content-Range is not accepted.");
    if (request_reads(r) || !coding.len || slice_eq_nocase(coding, SLICE("identity")))
        return NULL;
    struct err *err = err_new(r->arena, ERR_UNSUPPORTED_MEDIA_TYPE, "Content with a content coding is not supported.");
    problem_of(r->arena, err)->codings = SLICE("identity");
    return err;
}

/* The kind of content of a write of rows (RFC 9110 8.3; RFC 5789 2.2). */
static struct err *content_type(const struct request *r, enum content_kind *out)
{
    struct media_type type;
    if (!media_of_content(r, &type))
        return unsupported(r, "The Content-Type cannot be parsed.");
    for (size_t i = 0; i < sizeof(media_types) / sizeof(*media_types); i++)
        if (slice_eq(type.essence, slice_of(media_types[i].type)) &&
            (media_types[i].methods & METHOD_BIT(r->collect.method)))
            *out = media_types[i].kind;
    /* PostgREST accepts forms for every write. In midair's own dialect a form is refused, because `curl -d` sends JSON
     * under this type by default. */
    if (*out == CONTENT_NONE && r->collect.postgrest &&
        slice_eq(type.essence, SLICE("application/x-www-form-urlencoded")))
        *out = CONTENT_FORM;
    if (*out == CONTENT_NONE)
        return no_such_type(r, type.essence);
    return type.utf8 ? NULL : unsupported(r, "The content must be in UTF-8.");
}

static struct err *check_preferences(const struct request *r)
{
    const struct prefer *prefer = &r->collect.prefer;
    if (prefer->handling != HANDLING_STRICT || !slice_present(prefer->invalid))
        return NULL;
    struct err *err = err_new(r->arena, ERR_BAD_FIELD, "Invalid preferences given with handling=strict");
    err->code = SLICE("PGRST122");
    err->details = arena_printf(r->arena, "Invalid preferences: %.*s", SLICE_ARG(prefer->invalid));
    return err;
}

struct err *step_allow(const struct request *r, struct allowance *out)
{
    const struct route *route = request_route(r);
    enum method method = r->collect.method;
    assert(r->route.found &&
           (route->relation != NULL) == (route->kind == ROUTE_COLLECTION || route->kind == ROUTE_ITEM));
    TRY(kind_of(route)->methods(r, &out->methods));
    if (!(out->methods & METHOD_BIT(method)) && plan_method_needs_privilege(route, method))
        return no_privilege(r);
    if (!(out->methods & METHOD_BIT(method)))
        return not_allowed(r, out->methods);
    if (method == METHOD_OPTIONS)
        return NULL;
    if (route->relation)
        TRY(media_choose(r, NULL, &out->shown));
    TRY(check_whole(r));
    if (route->relation && (method == METHOD_POST || method == METHOD_PUT || method == METHOD_PATCH))
        TRY(content_type(r, &out->content));
    return check_preferences(r);
}
