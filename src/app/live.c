#include "live.h"

#include "roles.h"

#include <pthread.h>
#include <stdlib.h>

enum { STRIPES = 16, CACHE_LINE = 64 };

struct stripe {
    _Alignas(CACHE_LINE) pthread_mutex_t lock;
    struct snapshot *current;
};

struct live {
    struct stripe stripes[STRIPES];
};

static void *must(void *at)
{
    if (!at)
        abort();
    return at;
}

/* The part of the configuration that the pipeline needs; borrows from it. */
static struct service_options options_of(const struct config *config)
{
    const struct server_settings *server = &config->server;
    return (struct service_options){
        .base_path = server->base_path,
        .dialect = (enum dialect)server->dialect,
        .tx_end = (enum tx_end)config->database.tx_end,
        .cors_origins = server->cors_origins.items,
        .cors_origin_count = server->cors_origins.count,
        .server_names = server->server_names.items,
        .server_name_count = server->server_names.count,
        .gzip_min = (size_t)server->gzip_min,
        .max_depth = (size_t)server->max_depth,
        .aggregates = server->aggregates,
        .plans = server->plans,
        .method_override = server->method_override,
        .verbose_errors = server->verbose_errors,
        .max_body = (size_t)server->max_body,
        .json_depth = (size_t)server->max_depth_json,
        .json_nodes = (size_t)server->max_nodes_json,
        .statement_timeout_us = config->database.statement_timeout,
        .idempotency = server->idempotency,
        .idempotency_keep_us = server->idempotency_keep,
        .batch_max = (size_t)server->batch_max,
        .batch_timeout_us = server->batch_timeout,
        .parts_max = config->database.pool_size >= 8 ? (int)config->database.pool_size / 4 : 1,
        .log_requests = server->access_log,
        .auth = config->authenticator,
        .pre_request = config->auth.pre_request,
    };
}

struct snapshot *snapshot_new(struct config *config, struct catalog *catalog)
{
    struct snapshot *snapshot = must(calloc(1, sizeof(*snapshot)));
    snapshot->config = config;
    snapshot->catalog = catalog;
    snapshot->options = options_of(config);
    snapshot->openapi =
        openapi_set_new(catalog, snapshot->options.base_path, snapshot->options.dialect == DIALECT_POSTGREST,
                        snapshot->options.batch_max > 0);
    snapshot->roles = roles_new((size_t)config->auth.roles);
    snapshot->view = (struct view){.catalog = catalog, .openapi = snapshot->openapi, .options = &snapshot->options};
    atomic_init(&snapshot->references, 1);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->references, 1, memory_order_acq_rel) != 1)
        return;
    roles_free(snapshot->roles);
    openapi_set_free(snapshot->openapi);
    catalog_free(snapshot->catalog);
    config_free(snapshot->config);
    free(snapshot);
}

void snapshot_leave(struct snapshot **snapshot)
{
    snapshot_release(*snapshot);
    *snapshot = NULL;
}

struct live *live_new(struct snapshot *first)
{
    struct live *live = must(aligned_alloc(CACHE_LINE, sizeof(*live)));
    for (size_t i = 0; i < STRIPES; i++) {
        pthread_mutex_init(&live->stripes[i].lock, NULL);
        live->stripes[i].current = first;
    }
    return live;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    snapshot_release(live->stripes[0].current);
    for (size_t i = 0; i < STRIPES; i++)
        pthread_mutex_destroy(&live->stripes[i].lock);
    free(live);
}

/* The stripe of the calling thread, which is assigned at its first call and does not change. */
static struct stripe *stripe_of_thread(struct live *live)
{
    static atomic_uint threads;
    static _Thread_local unsigned mine;
    if (!mine)
        mine = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) % STRIPES + 1;
    return &live->stripes[mine - 1];
}

/* Reading the pointer and adding the reference happen under the lock of the stripe. live_swap() takes each lock before
 * it drops the reference that `live` holds, so the snapshot cannot be freed between the two. */
struct snapshot *live_acquire(struct live *live)
{
    struct stripe *stripe = stripe_of_thread(live);
    pthread_mutex_lock(&stripe->lock);
    struct snapshot *snapshot = stripe->current;
    atomic_fetch_add_explicit(&snapshot->references, 1, memory_order_relaxed);
    pthread_mutex_unlock(&stripe->lock);
    return snapshot;
}

/* The locks of the stripes are taken one after the other, never two at a time. So for a moment some threads still get
 * the old snapshot, which lives until its last reader has released it. */
void live_swap(struct live *live, struct snapshot *next)
{
    struct snapshot *old = live->stripes[0].current;
    for (size_t i = 0; i < STRIPES; i++) {
        pthread_mutex_lock(&live->stripes[i].lock);
        live->stripes[i].current = next;
        pthread_mutex_unlock(&live->stripes[i].lock);
    }
    snapshot_release(old);
}

const struct view *live_view_acquire(void *live)
{
    return &live_acquire(live)->view;
}

void live_view_release(void *live, const struct view *view)
{
    (void)live;
    snapshot_release((struct snapshot *)(void *)(uintptr_t)view);
}
