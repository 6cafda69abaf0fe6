#include "handle.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "xalloc.h"

#include <stdlib.h>
#include <string.h>

/* PgBouncer refuses `options` and forgets a SET, but it tracks these two when they come in the startup packet; libpq
 * takes them from the environment alone. */
static void set_environment(void)
{
    static const char *const wanted[][2] = {{"PGTZ", "UTC"}, {"PGDATESTYLE", "ISO, YMD"}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const char *now = getenv(wanted[i][0]);
        if (!now || strcmp(now, wanted[i][1]) != 0)
            setenv(wanted[i][0], wanted[i][1], 1);
    }
}

static void resolve_options(struct db *db)
{
    struct db_options *o = &db->options;
    if (!o->prepare) {
        set_environment();
        o->read_lanes = 0;
        o->write_lane = false;
    }
    db->read_lane_count = o->read_lanes < 0 ? 0 : o->read_lanes > DB_READ_LANES_MAX ? DB_READ_LANES_MAX : o->read_lanes;
    if (slice_present(o->role_setup) && o->role_setup.len > 0)
        db->role_setup = xstrndup(o->role_setup.at, o->role_setup.len);
    db->lease_settings = (struct conn_settings){.dsn = &db->dsn,
                                                .counters = &db->counters,
                                                .connect_timeout_us = o->connect_timeout_us,
                                                .statement_timeout_us = o->statement_timeout_us,
                                                .lock_timeout_us = db->row_lock.short_us,
                                                .prepare = o->prepare,
                                                .prepared_max = o->prepared_max,
                                                .result_max = o->result_max,
                                                .role_setup = db->role_setup};
    db->lane_settings = db->lease_settings;
    db->lane_settings.lock_timeout_us = o->flight_lock_timeout_us;
}

struct db *db_open(const struct db_options *options)
{
    struct db *db = xcalloc(1, sizeof *db);
    db->options = *options;
    char *url = xstrndup(options->url.at ? options->url.at : "", options->url.len);
    dsn_init(&db->dsn, url);
    free(url);
    unsigned size = options->pool_size > 0 ? (unsigned)options->pool_size : 1;
    row_lock_init(&db->row_lock, options->flight_lock_timeout_us, options->lock_timeout_us, size);
    resolve_options(db);
    breaker_init(&db->breaker);
    pool_init(&db->pool, &db->lease_settings, &db->breaker, options->pool_size);
    semaphore_init(&db->ping_turn, 1);
    for (int i = 0; i < DB_READ_LANES_MAX; i++)
        lane_init(&db->read_lanes[i], &db->lane_settings, &db->breaker, false, options->flight_max);
    lane_init(&db->write_lane, &db->lane_settings, &db->breaker, true, options->flight_max);
    struct lane *lanes[DB_READ_LANES_MAX + 1] = {&db->write_lane};
    for (int i = 0; i < DB_READ_LANES_MAX; i++)
        lanes[i + 1] = &db->read_lanes[i];
    for (int i = 0; i <= DB_READ_LANES_MAX; i++) {
        lanes[i]->failing = &db->failing;
        lanes[i]->locked = &db->locked;
    }
    return db;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    for (int i = 0; i < DB_READ_LANES_MAX; i++)
        lane_fini(&db->read_lanes[i]);
    lane_fini(&db->write_lane);
    pool_fini(&db->pool);
    conn_close(db->ping_conn);
    semaphore_fini(&db->ping_turn);
    row_lock_fini(&db->row_lock);
    breaker_fini(&db->breaker);
    dsn_fini(&db->dsn);
    free(db->role_setup);
    free(db);
}

void db_schema_read(struct db *db)
{
    atomic_fetch_add(&db->counters.epoch, 1);
}

struct err *db_busy(struct arena *arena)
{
    if (wait_unwanted())
        return db_gone(arena);
    struct err *err = err_new(arena, ERR_BUSY, "All database connections are busy.");
    err->retry_after = 1;
    return err;
}

struct err *db_too_large(struct arena *arena, bool memory_short)
{
    struct err *err;
    if (!memory_short)
        return err_new(arena, ERR_CONTENT_TOO_LARGE,
                       "The result needs more memory than a request may use; nothing was changed.");
    err = err_new(arena, ERR_MEMORY_SHORT, "The memory for requests is in use; nothing was changed.");
    err->retry_after = 1;
    return err;
}

struct err *db_gone(struct arena *arena)
{
    return err_new(arena, ERR_CLIENT_GONE, "The client closed the connection; its statement was cancelled.");
}

struct err *db_unreachable(struct db *db, struct arena *arena)
{
    return wait_unwanted() ? db_gone(arena) : breaker_error(&db->breaker, arena);
}

struct err *db_late(struct arena *arena)
{
    if (wait_unwanted())
        return db_gone(arena);
    return err_new(arena, ERR_TIMEOUT, "The database did not answer in time; nothing was changed.");
}

struct err *db_unknown(struct arena *arena, bool unconfirmed)
{
    if (unconfirmed)
        return err_new(arena, ERR_OUTCOME_UNKNOWN,
                       "The change was made, but the standby did not confirm it in time: it may be lost when the "
                       "standby takes over. Read the resource before trying again.");
    return err_new(arena, ERR_OUTCOME_UNKNOWN,
                   "The connection to the database was lost while the change was under way. It may have been made: "
                   "read the resource before trying again.");
}

struct err *db_lost(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_UNAVAILABLE, "The connection to the database was lost; nothing was changed.");
    err->retry_after = 1;
    return err;
}

bool db_may_retry(const struct err *err)
{
    return err && err->kind == ERR_CONTENTION;
}

void db_log(const struct db *db, const struct statement *statement, const char *door, int64_t began,
            const struct err *err, const struct rows *rows)
{
    if (!db->options.log_sql)
        return;
    struct log_line line;
    log_begin(&line, LOG_INFO, "sql");
    log_ms(&line, "ms", clock_now_us() - began);
    log_z(&line, "door", door);
    if (err)
        log_z(&line, "error", err_name(err->kind));
    else
        log_int(&line, "rows", rows ? (int64_t)rows->row_count : 0);
    log_str(&line, "text", statement->text);
    log_end(&line);
}

void db_stats(const struct db *db, struct db_stats *out)
{
    const struct counters *c = &db->counters;
#define READ(which) out->which = atomic_load_explicit(&c->which, memory_order_relaxed)
    READ(flights);
    READ(flight_statements);
    READ(flight_retries);
    READ(flight_failed_items);
    READ(leases);
    READ(lease_waits);
    READ(lease_timeouts);
    READ(connects);
    READ(connect_failures);
    READ(lost);
    READ(statements);
    READ(prepared);
    READ(leases_in_use);
    READ(connections);
#undef READ
}
