/* The kinds of resources, each a row of functions, and midair's own pages: index, OpenAPI document, health, metrics. */
#include "batch.h"

#include "midair/base/clock.h"
#include "midair/front/health.h"
#include "midair/front/metrics.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/http/problem.h"
#include "midair/openapi/openapi.h"

#include <inttypes.h>

static struct err *usual_methods(const struct request *r, unsigned *out)
{
    *out = plan_methods(request_route(r));
    return NULL;
}

/* The response to OPTIONS on any resource (RFC 9110 9.3.7). */
static struct err *options_respond(const struct request *r, struct http_response *out)
{
    respond_options(request_ask(r), &r->in->fields, out);
    return NULL;
}

static struct err *check_catalog(const struct request *r)
{
    if (r->view->catalog)
        return NULL;
    struct err *err = err_new(r->arena, ERR_UNAVAILABLE, "The database has not been read yet.");
    err->code = SLICE("PGRST002");
    err->retry_after = 1;
    return err;
}

static struct err *openapi_plan(const struct request *r, struct planned *out)
{
    out->openapi = true;
    out->type = SLICE("application/openapi+json; charset=utf-8");
    return check_catalog(r);
}

/* The index is shown as an OpenAPI document to clients that ask for that type. In PostgREST's dialect the root always
 * is that document. */
static struct err *index_plan(const struct request *r, struct planned *out)
{
    static const struct slice json = SLICE_LITERAL("application/json"),
                              document = SLICE_LITERAL("application/openapi+json");
    bool postgrest = r->collect.postgrest;
    const struct slice offers[] = {postgrest ? document : json, postgrest ? json : document};
    int choice = accept_choose(r->arena, field_get(r->arena, &r->in->fields, "Accept"), offers, 2);
    if (choice < 0)
        return err_new(r->arena, ERR_NOT_ACCEPTABLE,
                       "The index is available as application/json or application/openapi+json.");
    out->openapi = postgrest || choice == 1;
    out->type = arena_printf(r->arena, "%.*s; charset=utf-8", SLICE_ARG(offers[choice]));
    return check_catalog(r);
}

static struct err *index_respond(const struct request *r, struct http_response *out)
{
    const struct ask *ask = request_ask(r);
    if (!r->plan.openapi)
        respond_index(ask, r->view->catalog, out);
    else
        /* a copy, since the response is sent after the view was released */
        respond_document(ask, &r->plan.plan.preconds, r->plan.type,
                         arena_copy(r->arena, openapi_set_get(r->view->openapi, r->route.schema)), out);
    return NULL;
}

/* Marks the state of the process as not cacheable. */
static struct err *fresh(const struct request *r, struct http_response *out)
{
    respond_common(request_ask(r), out);
    response_set(out, "Cache-Control", SLICE("no-store"));
    return NULL;
}

static struct err *live_respond(const struct request *r, struct http_response *out)
{
    health_live(out);
    return fresh(r, out);
}

static struct err *ready_execute(const struct request *r, struct executed *out)
{
    int64_t soon = clock_now_us() + 1000000;
    if (r->view->catalog)
        out->unready = db_ping(r->service->db, r->arena, clock_earlier(soon, r->collect.deadline));
    return NULL;
}

static struct err *ready_respond(const struct request *r, struct http_response *out)
{
    const struct err *unready = r->execute.unready;
    struct slice why = unready ? unready->detail : SLICE("The database has not been read yet.");
    health_ready(r->arena, out, r->view->catalog && !unready, why);
    return fresh(r, out);
}

static void put_database_metrics(struct buf *to, const struct db *db)
{
    struct db_stats stats;
    db_stats(db, &stats);
    const struct {
        const char *type, *name, *help;
        int64_t value;
    } rows[] = {
#define DATABASE_METRIC(member, type, name, help) {#type, name, help, (int64_t)stats.member},
#include "database_metric.def"
#undef DATABASE_METRIC
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", rows[i].name, rows[i].help, rows[i].name,
                   rows[i].type, rows[i].name, rows[i].value);
}

static struct err *metrics_respond(const struct request *r, struct http_response *out)
{
    struct buf body = buf_new(r->arena, 8192);
    metrics_write(&body);
    put_database_metrics(&body, r->service->db);
    out->status = 200;
    response_set(out, "Content-Type", SLICE(METRICS_MEDIA_TYPE));
    out->body = buf_slice(&body);
    return fresh(r, out);
}

#define INDEX usual_methods, NULL, index_plan, NULL, index_respond
#define ROWS usual_methods, rows_decode, rows_plan, rows_execute, rows_respond

static const struct kind kinds[] = {
    [ROUTE_SERVER] = {"server", INDEX},
    [ROUTE_INDEX] = {"index", INDEX},
    [ROUTE_OPENAPI] = {"openapi", usual_methods, NULL, openapi_plan, NULL, index_respond},
    [ROUTE_LIVE] = {"live", usual_methods, NULL, NULL, NULL, live_respond},
    [ROUTE_READY] = {"ready", usual_methods, NULL, NULL, ready_execute, ready_respond},
    [ROUTE_METRICS] = {"metrics", usual_methods, NULL, NULL, NULL, metrics_respond},
    [ROUTE_BATCH] = {"batch", batch_methods, batch_decode, NULL, batch_execute, batch_respond},
    [ROUTE_FUNCTION] = {"function", function_methods, function_decode, function_plan, function_execute,
                        function_respond},
    [ROUTE_COLLECTION] = {"collection", ROWS},
    [ROUTE_ITEM] = {"row", ROWS},
};

static const struct kind options = {"options", usual_methods, NULL, NULL, NULL, options_respond};

const struct kind *kind_of(const struct route *route)
{
    assert(route->kind < sizeof(kinds) / sizeof(*kinds) && kinds[route->kind].respond);
    return &kinds[route->kind];
}

const struct kind *request_kind(const struct request *r)
{
    return r->collect.method == METHOD_OPTIONS ? &options : kind_of(request_route(r));
}
