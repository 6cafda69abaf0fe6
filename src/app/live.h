/* The live state: one immutable snapshot of configuration and catalog, which a reload replaces as a whole.
 *
 * A reader takes a reference and keeps the snapshot to the end of its request. The release of the last reference to an
 * old snapshot frees it. The pointer to the current snapshot exists once in each stripe, and each stripe has a lock of
 * its own, so that readers on different threads rarely contend; a swap takes the locks of all stripes, one after the
 * other. Thread-safe. */
#ifndef MIDAIR_APP_LIVE_H
#define MIDAIR_APP_LIVE_H

#include "config.h"

#include "midair/catalog/catalog.h"
#include "midair/request/pipeline.h"

#include <stdatomic.h>

struct roles;

struct snapshot {
    struct view view; /* first member, so that a view can be converted to its snapshot */
    struct service_options options;
    struct config *config;
    struct catalog *catalog;     /* owned; NULL until the database has been read for the first time */
    struct openapi_set *openapi; /* owned; the OpenAPI documents of `catalog` */
    struct roles *roles;         /* owned; the same for roles of the database (roles.h) */
    atomic_size_t references;
};

struct live;

/* Creates a snapshot that owns `config` and `catalog` (which may be NULL), with one reference, which the caller
 * owns. */
struct snapshot *snapshot_new(struct config *config, struct catalog *catalog);

/* Takes `first` over. live_free() releases the current snapshot; references that readers hold stay valid. */
struct live *live_new(struct snapshot *first);
/* Must be called when no other thread uses `live` any more. */
void live_free(struct live *live);

/* Returns the current snapshot, never NULL. The caller releases it with snapshot_release(). */
struct snapshot *live_acquire(struct live *live);
/* Gives one reference back; the last one frees the snapshot with its configuration and catalog. */
void snapshot_release(struct snapshot *snapshot);
/* Makes `next` the current snapshot and takes it over. Only one thread may swap at a time. */
void live_swap(struct live *live, struct snapshot *next);

/* Releases *snapshot; called when a variable that is declared with SNAPSHOT_AUTO leaves its scope. */
void snapshot_leave(struct snapshot **snapshot);
#define SNAPSHOT_AUTO __attribute__((cleanup(snapshot_leave))) struct snapshot

/* Two functions for struct service; those for roles are in app/roles.h. */
const struct view *live_view_acquire(void *live);
void live_view_release(void *live, const struct view *view);

#endif
