/* The live state: one immutable snapshot of configuration and catalog, swapped whole at a reload.
 *
 * A reader takes a reference and keeps the snapshot to the end of its request; the last one who leaves an old snapshot
 * frees it. The current pointer is kept once a stripe, each with a lock of its own, so that readers on different
 * threads rarely meet; a swap goes through all of the stripes. Thread-safe. */
#ifndef MIDAIR_APP_LIVE_H
#define MIDAIR_APP_LIVE_H

#include "midair/app/config.h"
#include "midair/catalog/catalog.h"
#include "midair/request/pipeline.h"

#include <stdatomic.h>

struct snapshot {
    struct view view; /* first: a view is its snapshot */
    struct service_options options;
    struct config *config;
    struct catalog *catalog;     /* NULL until the database was read for the first time */
    struct openapi_set *openapi; /* the documents of that catalog */
    atomic_size_t references;
};

struct live;

/* A snapshot that owns `config`, and `catalog` unless it is NULL, with one reference: that of the caller. */
struct snapshot *snapshot_new(struct config *config, struct catalog *catalog);

/* Owns `first`. live_free drops the current snapshot; references that readers hold stay good. */
struct live *live_new(struct snapshot *first);
void live_free(struct live *live);

/* The current snapshot, never NULL; give it back with snapshot_release. */
struct snapshot *live_acquire(struct live *live);
void snapshot_release(struct snapshot *snapshot);
/* Makes `next` the current one and takes it over. Swaps are made by one thread at a time. */
void live_swap(struct live *live, struct snapshot *next);

void snapshot_leave(struct snapshot **snapshot);
#define SNAPSHOT_AUTO __attribute__((cleanup(snapshot_leave))) struct snapshot

/* The two functions that struct service wants. */
const struct view *live_view_acquire(void *live);
void live_view_release(void *live, const struct view *view);

#endif
