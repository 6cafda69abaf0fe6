/* Options of the database handle and declarations of resources, from the configuration. */
#include "boot.h"

#include "midair/base/clock.h"
#include "midair/catalog/read.h"
#include "midair/front/front.h"
#include "midair/request/pipeline.h"

/* With event loops, there is at least one lane for reads for each loop, so that loops do not wait for each other. */
static int read_lanes(const struct config *config)
{
    int lanes = (int)config->database.lanes, loops = front_loops();
    return lanes > 0 && config->server.front == FRONT_LOOP && lanes < loops ? loops : lanes;
}

/* Half of a request's memory is for the results that PostgreSQL sends, half for rendering them. There is a lower limit,
 * so that a few rows of ordinary size are always received and preconditions on them can be evaluated. */
static size_t result_max(const struct config *config)
{
    const size_t least = 4 * 1024 * 1024, half = (size_t)config->server.request_memory / 2;
    return half > least ? half : least;
}

struct db_options boot_db_options(const struct config *config, struct slice url)
{
    const struct database_settings *database = &config->database;
    return (struct db_options){
        .url = slice_present(url) ? url : database->url,
        .pool_size = (int)database->pool_size,
        .read_lanes = read_lanes(config),
        .write_lane = database->lanes > 0,
        .lane_threshold = (int)database->lane_threshold,
        .flight_max = (int)database->flight_max,
        .prepare = database->prepare,
        .prepared_max = (int)database->prepared_max,
        .result_max = result_max(config),
        .connect_timeout_us = database->connect_timeout,
        .pool_timeout_us = database->pool_timeout,
        .statement_timeout_us = database->statement_timeout,
        .lock_timeout_us = database->lock_timeout,
        .flight_lock_timeout_us = database->flight_lock_timeout,
        .log_sql = database->log_sql,
    };
}

static struct slice joined(struct arena *arena, const struct slice_list *list)
{
    if (list->count == 0)
        return SLICE_ABSENT;
    struct buf out = buf_new(arena, 64);
    for (size_t i = 0; i < list->count; i++) {
        if (i)
            BUF_LIT(&out, ",");
        buf_put(&out, list->items[i]);
    }
    return buf_slice(&out);
}

static struct slice unless_empty(struct slice text)
{
    return text.len ? text : SLICE_ABSENT;
}

/* A stamp column that only [resource *] names is used where the table has it. One that the resource's own section names
 * must exist. */
static struct resource_decl declaration(struct arena *arena, const struct config *config,
                                        const struct resource_config *resource)
{
    const struct resource_settings *own = &resource->settings, *all = &config->defaults.settings;
    return (struct resource_decl){
        .name = resource->name,
        .table = unless_empty(own->table),
        .key = joined(arena, &own->key),
        .created = slice_eq(own->created, all->created) ? SLICE_ABSENT : unless_empty(own->created),
        .modified = slice_eq(own->modified, all->modified) ? SLICE_ABSENT : unless_empty(own->modified),
        .version = slice_eq(own->version, all->version) ? SLICE_ABSENT : unless_empty(own->version),
        .policy = config_policy(config, resource),
    };
}

/* What the configuration declares about resources. Allocated in the arena; borrows from the configuration. */
static struct catalog_options declarations_of(struct arena *arena, const struct config *config)
{
    const struct resource_settings *all = &config->defaults.settings;
    struct resource_decl *declared = ARENA_ARRAY(arena, struct resource_decl, config->resource_count + 1);
    for (size_t i = 0; i < config->resource_count; i++)
        declared[i] = declaration(arena, config, &config->resources[i]);
    return (struct catalog_options){
        .view_keys = config->server.dialect == DIALECT_POSTGREST,
        .schemas = config->database.schemas.items,
        .schema_count = config->database.schemas.count,
        .resources = declared,
        .resource_count = config->resource_count,
        .defaults = config_policy(config, &config->defaults),
        .created = unless_empty(all->created),
        .modified = unless_empty(all->modified),
        .version = unless_empty(all->version),
    };
}

/* Where requests act as roles, all connections have settings (db.h). */
static struct err *take_lease(struct db *db, struct arena *arena, const struct config *config, int64_t deadline,
                              struct lease **lease)
{
    return config->authenticator ? db_lease_for_settings(db, arena, false, deadline, lease)
                                 : db_lease(db, arena, deadline, lease);
}

struct err *boot_catalog(struct db *db, struct arena *arena, const struct config *config, struct slice role,
                         int64_t deadline, struct catalog **out)
{
    struct catalog_options options = declarations_of(arena, config);
    options.role = role;
    LEASE_AUTO lease = NULL;
    TRY(take_lease(db, arena, config, deadline, &lease));
    return catalog_read(lease, arena, &options, deadline, out);
}

enum { REREAD_ATTEMPTS = 3 };

/* While DDL is going on, PostgreSQL's own functions may fail for objects that have just been dropped, so the catalog is
 * read several times if need be. */
struct err *boot_changed_catalog(struct db *db, struct arena *arena, const struct config *config, struct slice mark,
                                 int64_t deadline, struct catalog **out)
{
    struct catalog_options options = declarations_of(arena, config);
    LEASE_AUTO lease = NULL;
    struct slice now;
    *out = NULL;
    TRY(take_lease(db, arena, config, deadline, &lease));
    TRY(catalog_mark(lease, arena, deadline, &now));
    if (slice_eq(mark, now))
        return NULL;
    struct err *err = catalog_read(lease, arena, &options, deadline, out);
    for (int i = 1; err && i < REREAD_ATTEMPTS && clock_now_us() < deadline; i++)
        err = catalog_read(lease, arena, &options, deadline, out);
    return err;
}

/* Why nothing is served: usually the tables are in another schema, or the role has no privileges. */
void boot_warn_if_empty(const struct config *config, const struct catalog *catalog)
{
    const struct slice_list *schemas = &config->database.schemas;
    struct arena *arena = arena_new(0);
    struct buf list = buf_new(arena, 64);
    for (size_t i = 0; i < schemas->count; i++)
        buf_printf(&list, "%s%.*s", i ? ", " : "", SLICE_ARG(schemas->items[i]));
    size_t usable = 0;
    for (size_t i = 0; i < catalog->relation_count; i++)
        usable += relation_is_usable(catalog->relations[i]);
    if (catalog->relation_count == 0)
        log_message(
            LOG_WARN, "no_resources",
            "nothing is served: the database \"%.*s\" has no table or view in the schemas %.*s ([database] schemas)",
            SLICE_ARG(catalog->database), SLICE_ARG(buf_slice(&list)));
    else if (usable == 0)
        log_message(
            LOG_WARN, "no_resources",
            "nothing is served: the role \"%.*s\" has no privileges on the tables and views in the schemas %.*s",
            SLICE_ARG(catalog->user), SLICE_ARG(buf_slice(&list)));
    arena_free(arena);
}
