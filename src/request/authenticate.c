/* The step `authenticate`: verifies the bearer token (RFC 6750), and decides as which role of the database the request
 * runs. It comes before everything that depends on what that role may see. */
#include "request.h"

#include "midair/http/field.h"

/* Requests that run without credentials, since their senders have none: probes, and the preflights of browsers (Fetch
 * 3.2.5). Neither shows anything of the database. */
static bool needs_none(const struct request *r)
{
    struct slice path = slice_from(r->in->path, r->options->base_path.len);
    if (r->collect.method == METHOD_OPTIONS)
        return slice_present(field_get(r->arena, &r->in->fields, "Access-Control-Request-Method"));
    return slice_eq(path, SLICE("/_live")) || slice_eq(path, SLICE("/_ready"));
}

struct err *step_authenticate(const struct request *r, struct authentication *out)
{
    if (!r->options->auth || needs_none(r))
        return NULL;
    if (field_lines(&r->in->fields, "Authorization") > 1)
        return err_new(r->arena, ERR_BAD_FIELD, "Authorization comes more than once.");
    struct slice field = field_get(r->arena, &r->in->fields, "Authorization");
    TRY(auth_identify(r->options->auth, r->arena, field, r->collect.wall_us / 1000000, &out->identity));
    out->acts = true;
    if (!r->view->catalog)
        return NULL;
    return r->service->acquire_role(r->service->db, r->whole, out->identity.role, r->arena, r->collect.deadline,
                                    &out->view);
}
