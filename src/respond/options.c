#include "parts.h"

#include "midair/http/field.h"

const struct slice respond_accept_patch = SLICE_LITERAL(
    "application/merge-patch+json, application/json-patch+json, application/vnd.midair.update+json, application/json");
const struct slice respond_accept_post = SLICE_LITERAL("application/json");

#define REQUEST_FIELDS                                                                                                 \
    "Accept, Accept-Profile, Authorization, Content-Profile, Content-Type, If-Match, If-Modified-Since, "              \
    "If-None-Match, If-Unmodified-Since, Midair-If-Match, Prefer, Range, Range-Unit, X-HTTP-Method-Override, "         \
    "X-Request-Id"

/* A preflight cannot name a profile, so it is about every resource of the name, and PostgREST allows whatever may come:
 * the method itself is judged later. */
static struct slice preflight_methods(const struct ask *ask)
{
    unsigned all = METHOD_BIT(METHOD_TRACE) - 1;
    return method_list(ask->arena, ask->profiles || ask->postgrest ? all : ask->allow);
}

/* PostgREST's clients send fields of their own (apikey, X-Client-Info), and it allows whatever is asked for. */
static struct slice preflight_fields(const struct ask *ask, const struct fields *fields)
{
    struct slice asked = field_get(ask->arena, fields, "Access-Control-Request-Headers"), name;
    struct buf list = buf_new(ask->arena, 512);
    BUF_LIT(&list, REQUEST_FIELDS);
    while (ask->postgrest && field_next(&asked, &name)) {
        if (!field_is_token(name) || field_lists(SLICE(REQUEST_FIELDS), name))
            continue;
        BUF_LIT(&list, ", ");
        buf_put(&list, name);
    }
    return buf_slice(&list);
}

/* Allow in PostgREST's own order. */
static struct slice postgrest_methods(struct arena *arena, unsigned set)
{
    static const enum method order[] = {METHOD_OPTIONS, METHOD_GET,   METHOD_HEAD,  METHOD_POST,
                                        METHOD_PUT,     METHOD_PATCH, METHOD_DELETE};
    struct buf list = buf_new(arena, 64);
    for (size_t i = 0; i < sizeof(order) / sizeof(*order); i++)
        if (set & METHOD_BIT(order[i])) {
            buf_z(&list, list.len ? "," : "");
            buf_z(&list, method_name(order[i]));
        }
    return buf_slice(&list);
}

void respond_options(const struct ask *ask, const struct fields *fields, struct http_response *out)
{
    out->status = ask->postgrest ? 200 : 204;
    respond_common(ask, out);
    response_set(out, "Allow",
                 ask->postgrest ? postgrest_methods(ask->arena, ask->allow) : method_list(ask->arena, ask->allow));
    if (ask->allow & METHOD_BIT(METHOD_PATCH))
        response_set(out, "Accept-Patch", respond_accept_patch);
    if (ask->allow & METHOD_BIT(METHOD_POST))
        response_set(out, "Accept-Post", respond_accept_post);
    bool preflight = slice_present(field_get(ask->arena, fields, "Access-Control-Request-Method"));
    if (preflight && slice_present(response_get(out, "Access-Control-Allow-Origin"))) {
        response_set(out, "Access-Control-Allow-Methods", preflight_methods(ask));
        response_set(out, "Access-Control-Allow-Headers", preflight_fields(ask, fields));
        response_set(out, "Access-Control-Max-Age", SLICE("86400"));
    }
}
