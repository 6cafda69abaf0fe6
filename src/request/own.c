/* The resources that are midair's own. */
#include "request.h"

#include "midair/base/clock.h"
#include "midair/front/health.h"
#include "midair/front/metrics.h"
#include "midair/http/field.h"
#include "midair/http/negotiate.h"
#include "midair/openapi/openapi.h"

static struct err *not_read_yet(struct request *r)
{
    struct err *err = err_new(r->arena, ERR_UNAVAILABLE, "The database has not been read yet.");
    err->code = SLICE("PGRST002");
    err->retry_after = 1;
    return err;
}

static struct err *openapi(struct request *r, struct slice type)
{
    if (!r->view->catalog)
        return not_read_yet(r);
    struct openapi_options options = {
        .base_path = r->options->base_path, .profile = r->schema, .postgrest = r->ask.postgrest};
    respond_document(&r->ask, &r->plan.preconds, type, openapi_document(r->arena, r->view->catalog, &options), r->out);
    return NULL;
}

/* The OpenAPI document for those who name it; PostgREST's root is nothing else, whatever it is asked as. */
static struct err *index_page(struct request *r)
{
    static const struct slice json = SLICE_LITERAL("application/json"),
                              document = SLICE_LITERAL("application/openapi+json");
    bool postgrest = r->ask.postgrest;
    const struct slice offers[] = {postgrest ? document : json, postgrest ? json : document};
    int choice = accept_choose(r->arena, field_get(r->arena, &r->in->fields, "Accept"), offers, 2);
    if (choice < 0)
        return err_new(r->arena, ERR_NOT_ACCEPTABLE,
                       "The index can be shown as application/json or application/openapi+json.");
    if (postgrest || choice == 1)
        return openapi(r, arena_printf(r->arena, "%.*s; charset=utf-8", SLICE_ARG(offers[choice])));
    if (!r->view->catalog)
        return not_read_yet(r);
    respond_index(&r->ask, r->view->catalog, r->out);
    return NULL;
}

static void ready(struct request *r)
{
    struct err *err = NULL;
    int64_t soon = clock_now_us() + 1000000;
    if (r->view->catalog)
        err = db_ping(r->service->db, r->arena, soon < r->deadline ? soon : r->deadline);
    bool fine = r->view->catalog && !err;
    health_ready(r->arena, r->out, fine, err ? err->detail : SLICE("The database has not been read yet."));
}

static void metrics(struct request *r)
{
    struct buf body = buf_new(r->arena, 8192);
    metrics_write(&body);
    metrics_database(&body, r->service->db);
    r->out->status = 200;
    response_set(r->out, "Content-Type", SLICE(METRICS_MEDIA_TYPE));
    r->out->body = buf_slice(&body);
}

struct err *own_resource(struct request *r)
{
    r->finished = true;
    switch (r->route.kind) {
    case ROUTE_LIVE:
        health_live(r->out);
        break;
    case ROUTE_READY:
        ready(r);
        break;
    case ROUTE_METRICS:
        metrics(r);
        break;
    case ROUTE_OPENAPI:
        return openapi(r, SLICE("application/openapi+json; charset=utf-8"));
    case ROUTE_FUNCTION:
        return calling(r);
    case ROUTE_INDEX:
    case ROUTE_SERVER:
    case ROUTE_COLLECTION:
    case ROUTE_ITEM:
        return index_page(r);
    }
    respond_common(&r->ask, r->out);
    response_set(r->out, "Cache-Control", SLICE("no-store"));
    return NULL;
}
