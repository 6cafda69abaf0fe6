/* The step `collect`: what the fields say by themselves. */
#include "request.h"

#include "midair/base/clock.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"

/* Old front ends can send nothing but POST. A method that cannot be meant is an error, never a POST after all. */
static struct err *override_method(const struct request *r, enum method *method)
{
    struct slice wanted = field_get(r->arena, &r->in->fields, "X-HTTP-Method-Override");
    if (!r->options->method_override || r->in->method != METHOD_POST || !slice_present(wanted))
        return NULL;
    enum method found = method_of(wanted);
    if (found != METHOD_PUT && found != METHOD_PATCH && found != METHOD_DELETE && found != METHOD_POST)
        return err_new(r->arena, ERR_NOT_IMPLEMENTED, "X-HTTP-Method-Override takes PUT, PATCH or DELETE.");
    *method = found;
    return NULL;
}

struct err *step_collect(const struct request *r, struct facts *out)
{
    const struct fields *fields = &r->in->fields;
    assert(r->arena && r->view && r->options);
    out->method = r->in->method;
    out->deadline = r->exchange->started_us + r->options->statement_timeout_us;
    out->wall_us = clock_wall_us();
    out->postgrest = r->options->dialect == DIALECT_POSTGREST;
    out->profiles = r->view->catalog && r->view->catalog->schema_count > 1;
    out->gzip = accept_codings(r->arena, field_get(r->arena, fields, "Accept-Encoding")).gzip;
    out->origin = field_get(r->arena, fields, "Origin");
    prefer_parse(r->arena, field_get(r->arena, fields, "Prefer"), &out->prefer);
    return override_method(r, &out->method);
}
