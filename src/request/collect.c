/* The step `collect`: reads what the header fields say by themselves, without knowledge of the resource. */
#include "idempotency.h"

#include "midair/base/clock.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/origin.h"

/* Some clients can send only GET and POST. An unknown or unsuitable method in the field is an error: the request must
 * not be executed as a POST instead. */
static struct err *override_method(const struct request *r, enum method *method)
{
    struct slice wanted = field_get(r->arena, &r->in->fields, "X-HTTP-Method-Override");
    if (!r->options->method_override || r->in->method != METHOD_POST || !slice_present(wanted))
        return NULL;
    enum method found = method_of(wanted);
    if (found != METHOD_PUT && found != METHOD_PATCH && found != METHOD_DELETE && found != METHOD_POST)
        return err_new(r->arena, ERR_NOT_IMPLEMENTED, "X-HTTP-Method-Override can name PUT, PATCH or DELETE.");
    *method = found;
    return NULL;
}

/* Whether the server answers for this host. The front has checked that Host is well-formed and occurs once, or is
 * absent in HTTP/1.0. */
static struct err *check_host(const struct request *r, struct slice host)
{
    if (!slice_present(host) || host_is_served(host, r->options->server_names, r->options->server_name_count))
        return NULL;
    struct err *err = err_new(r->arena, ERR_MISDIRECTED, "This server does not serve the host %.*s.", SLICE_ARG(host));
    return err_hint(r->arena, err, "server_names in the configuration lists the names of the server.");
}

static bool is_allowed_origin(const struct service_options *options, struct slice origin)
{
    for (size_t i = 0; i < options->cors_origin_count; i++)
        if (slice_eq(options->cors_origins[i], SLICE("*")) || slice_eq(options->cors_origins[i], origin))
            return true;
    return false;
}

/* Browsers send some writes to other origins without a preflight. Where the allowed origins are configured, writes by
 * pages of others are refused: such a page could not read the response, but the write would be done. */
static struct err *check_origin(const struct request *r, const struct facts *facts, struct slice host)
{
    bool safe = facts->method == METHOD_GET || facts->method == METHOD_HEAD || facts->method == METHOD_OPTIONS;
    if (safe || r->options->cors_origin_count == 0 || !slice_present(facts->origin) ||
        is_allowed_origin(r->options, facts->origin) || origin_is_host(facts->origin, host))
        return NULL;
    return err_new(r->arena, ERR_FORBIDDEN, "Pages of this origin may not write to this server.");
}

struct err *step_collect(const struct request *r, struct facts *out)
{
    const struct fields *fields = &r->in->fields;
    assert(r->arena && r->view && r->options);
    out->method = r->in->method;
    out->path = r->in->path;
    out->query = r->in->query;
    out->base_path = r->options->base_path;
    out->gzip_min = r->options->gzip_min;
    out->origins = r->options->cors_origins;
    out->origin_count = r->options->cors_origin_count;
    out->deadline = r->exchange->started_us + r->options->statement_timeout_us;
    out->wall_us = clock_wall_us();
    out->postgrest = r->options->dialect == DIALECT_POSTGREST;
    out->verbose = r->options->verbose_errors;
    out->profiles = r->view->catalog && r->view->catalog->schema_count > 1;
    out->credentials = r->options->auth != NULL;
    out->gzip = accept_codings(r->arena, field_get(r->arena, fields, "Accept-Encoding")).gzip;
    out->origin = field_get(r->arena, fields, "Origin");
    prefer_parse(r->arena, field_get(r->arena, fields, "Prefer"), &out->prefer);
    struct slice host = field_get(r->arena, fields, "Host");
    TRY(override_method(r, &out->method));
    TRY(check_host(r, host));
    TRY(idempotency_read(r, out->method, &out->idempotency_key));
    if (slice_present(out->idempotency_key))
        out->gzip = false; /* a repetition may come from a client that does not accept it */
    return check_origin(r, out, host);
}
