#include "roles.h"

#include "boot.h"

#include "midair/base/map.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

struct role_view {
    struct view view; /* first member, so that a view can be converted */
    struct arena *arena;
    struct slice role;
    uint64_t hash;
    struct catalog *catalog;
    struct openapi_set *openapi;
    size_t references;
    uint64_t used; /* value of roles->clock at the last use */
};

struct roles {
    pthread_mutex_t lock;
    struct role_view **items;
    size_t count, most;
    uint64_t clock;
};

static void *must(void *at)
{
    if (!at)
        abort();
    return at;
}

struct roles *roles_new(size_t most)
{
    struct roles *roles = must(calloc(1, sizeof *roles));
    roles->most = most ? most : 1;
    roles->items = must(calloc(roles->most, sizeof(struct role_view *)));
    pthread_mutex_init(&roles->lock, NULL);
    return roles;
}

static void free_view(struct role_view *view)
{
    if (!view)
        return;
    openapi_set_free(view->openapi);
    catalog_free(view->catalog);
    arena_free(view->arena);
}

void roles_free(struct roles *roles)
{
    if (!roles)
        return;
    for (size_t i = 0; i < roles->count; i++) {
        assert(roles->items[i]->references == 1);
        free_view(roles->items[i]);
    }
    pthread_mutex_destroy(&roles->lock);
    free(roles->items);
    free(roles);
}

/* The index of the role; roles->count: it is not in the table. The lock is held. */
static size_t find(const struct roles *roles, struct slice role, uint64_t hash)
{
    for (size_t i = 0; i < roles->count; i++)
        if (roles->items[i]->hash == hash && slice_eq(roles->items[i]->role, role))
            return i;
    return roles->count;
}

/* Takes a reference to the view of a role in the table; NULL: it is not there. The lock is held. */
static struct role_view *use(struct roles *roles, struct slice role, uint64_t hash)
{
    size_t at = find(roles, role, hash);
    if (at == roles->count)
        return NULL;
    roles->items[at]->references++;
    roles->items[at]->used = ++roles->clock;
    return roles->items[at];
}

/* Drops a reference. Returns the view when it was the last one, and the caller frees it. The lock is held. */
static struct role_view *drop(struct role_view *view)
{
    return --view->references == 0 ? view : NULL;
}

/* Puts a view into the table, in place of the one that was used least recently when the table is full. Returns a view
 * that the caller frees, or NULL. The lock is held. */
static struct role_view *put(struct roles *roles, struct role_view *view)
{
    struct role_view *freed = NULL;
    size_t at = roles->count;
    if (at == roles->most) {
        at = 0;
        for (size_t i = 1; i < roles->count; i++)
            at = roles->items[i]->used < roles->items[at]->used ? i : at;
        freed = drop(roles->items[at]);
    } else {
        roles->count++;
    }
    view->references++;
    view->used = ++roles->clock;
    roles->items[at] = view;
    return freed;
}

static struct err *read_role(const struct snapshot *snapshot, struct db *db, struct slice role, struct arena *scratch,
                             int64_t deadline, struct role_view **out)
{
    struct catalog *catalog = NULL;
    TRY(boot_catalog(db, scratch, snapshot->config, role, deadline, &catalog));
    struct arena *arena = arena_new(0);
    struct role_view *view = ARENA_NEW(arena, struct role_view);
    const struct service_options *options = &snapshot->options;
    view->arena = arena;
    view->role = arena_copy(arena, role);
    view->hash = map_hash(role);
    view->catalog = catalog;
    view->openapi =
        openapi_set_new(catalog, options->base_path, options->dialect == DIALECT_POSTGREST, options->batch_max > 0);
    view->view = (struct view){.catalog = catalog, .openapi = view->openapi, .options = options};
    *out = view;
    return NULL;
}

/* Adds a view that was just read, with a reference for the caller. Where another request was faster, its view is
 * used. */
static struct role_view *add(struct roles *roles, struct role_view *made)
{
    struct role_view *freed = made;
    pthread_mutex_lock(&roles->lock);
    struct role_view *view = use(roles, made->role, made->hash);
    if (!view) {
        view = made;
        view->references = 1;
        freed = put(roles, view);
    }
    pthread_mutex_unlock(&roles->lock);
    free_view(freed);
    return view;
}

struct err *roles_acquire(struct snapshot *snapshot, struct db *db, struct slice role, struct arena *arena,
                          int64_t deadline, const struct view **out)
{
    struct roles *roles = snapshot->roles;
    pthread_mutex_lock(&roles->lock);
    struct role_view *view = use(roles, role, map_hash(role));
    pthread_mutex_unlock(&roles->lock);
    if (!view) {
        TRY(read_role(snapshot, db, role, arena, deadline, &view));
        view = add(roles, view);
    }
    *out = &view->view;
    return NULL;
}

void roles_release(struct snapshot *snapshot, const struct view *view)
{
    struct roles *roles = snapshot->roles;
    pthread_mutex_lock(&roles->lock);
    struct role_view *freed = drop((struct role_view *)(void *)(uintptr_t)view);
    pthread_mutex_unlock(&roles->lock);
    free_view(freed);
}

static struct snapshot *snapshot_of(const struct view *view)
{
    return (struct snapshot *)(void *)(uintptr_t)view;
}

struct err *roles_view_acquire(struct db *db, const struct view *view, struct slice role, struct arena *arena,
                               int64_t deadline, const struct view **out)
{
    return roles_acquire(snapshot_of(view), db, role, arena, deadline, out);
}

void roles_view_release(const struct view *view, const struct view *of_role)
{
    roles_release(snapshot_of(view), of_role);
}

/* Copies the names of all roles of the table. */
static struct slice *names_of(struct roles *roles, struct arena *arena, size_t *count)
{
    pthread_mutex_lock(&roles->lock);
    struct slice *names = ARENA_ARRAY(arena, struct slice, roles->count + 1);
    *count = roles->count;
    for (size_t i = 0; i < roles->count; i++)
        names[i] = arena_copy(arena, roles->items[i]->role);
    pthread_mutex_unlock(&roles->lock);
    return names;
}

void roles_carry_over(const struct snapshot *now, struct snapshot *next, struct db *db, int64_t deadline)
{
    struct arena *scratch = arena_new(0);
    size_t count = 0;
    struct slice *names = names_of(now->roles, scratch, &count);
    for (size_t i = 0; i < count && i < next->roles->most; i++) {
        const struct view *view = NULL;
        if (!roles_acquire(next, db, names[i], scratch, deadline, &view))
            roles_release(next, view);
    }
    arena_free(scratch);
}
