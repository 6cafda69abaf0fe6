#include "handle.h"
#include "result.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/http/problem.h"

#include <string.h>

enum {
    COLLISIONS_MAX = 5, /* 40001 and 40P01 in a row */
    LOSSES_MAX = 2,     /* connections lost under something that may run again */
    COLLISION_NAP_US = 2000,
    FAILING_FIRST_US = 250000,
    FAILING_MOST_US = 4000000,
    LOCKED_US = 1000000
};

/* One call of db_point. */
struct point {
    struct db *db;
    struct arena *arena;
    const struct statement *statement;
    uint64_t keys;
    int64_t deadline;
    struct rows *rows;
    const char *door; /* for the log */
    bool writes;
    bool avoid_lanes;
    bool waits; /* it has its place among those who wait for locked rows */
    int collisions, losses;
};

static enum pool_use use_of(const struct point *point)
{
    return point->writes ? POOL_WRITE : POOL_READ;
}

/* ---- on a lease ---- */

static struct err *run_as_waiter(struct point *point);

/* The error of a flight whose end is not the server's word. */
static struct err *connection_error(const struct point *point, const struct flight *flight, bool safe, bool late)
{
    if (!safe)
        return db_unknown(point->arena, flight->unconfirmed);
    if (flight->too_large || flight->memory_short)
        return db_too_large(point->arena, flight->memory_short);
    return flight->unwanted ? db_gone(point->arena) : late ? db_late(point->arena) : db_lost(point->arena);
}

/* The error that the server gave. It may keep statements like this one away from the lanes for a while. */
static struct err *server_error(struct point *point, const struct flight *flight)
{
    if (flight->unwanted)
        return db_gone(point->arena);
    if (flight->locked_out)
        return row_lock_error(point->arena);
    if (flight->too_large || flight->memory_short)
        return db_too_large(point->arena, flight->memory_short);
    struct err *err = db_error(point->arena, flight->error);
    if (strcmp(flight_sqlstate(flight), "55P03") == 0)
        backoff_mark(&point->db->locked, point->keys, LOCKED_US, LOCKED_US);
    else if (problem_kind_status(err->kind) < 500)
        backoff_mark(&point->db->failing, point->statement->hash, FAILING_FIRST_US, FAILING_MOST_US);
    return err;
}

/* Whether the attempt may be made again; if not, *err is what it ended with. */
static bool may_retry_lease(struct point *point, const struct flight *flight, struct err **err)
{
    const char *code = flight_sqlstate(flight);
    bool lost = flight->end != FLIGHT_ERROR || sqlstate_is_connection_loss(code);
    bool safe = flight->end != FLIGHT_UNKNOWN || !point->writes;
    bool late = clock_now_us() >= point->deadline, large = flight->too_large || flight->memory_short;
    bool over = late || large || flight->unwanted || flight->locked_out;
    if (lost && safe && !over && point->losses++ < LOSSES_MAX)
        return true;
    if (flight->end != FLIGHT_ERROR) {
        *err = connection_error(point, flight, safe, late);
        return false;
    }
    bool collided = strcmp(code, "40001") == 0 || strcmp(code, "40P01") == 0;
    if (collided && !over && point->collisions++ < COLLISIONS_MAX) {
        wait_backoff((int64_t)COLLISION_NAP_US << point->collisions, point->deadline);
        return true;
    }
    *err = server_error(point, flight);
    return false;
}

/* Runs it on a lease whose permit is held; gives the permit back. Where the row is locked, *blocked is set and the
 * statement is to run again. */
static struct err *run_with_permit(struct point *point, bool *blocked)
{
    struct db *db = point->db;
    enum pool_use use = use_of(point);
    struct err *err = NULL;
    point->door = "lease";
    enum pool_want want = point->statement->before ? WANT_SETTINGS : WANT_PLAIN;
    struct conn *conn = pool_take(&db->pool, use, want, point->deadline);
    while (conn) {
        struct flight_item item = {.statement = point->statement};
        struct flight flight = {.conn = conn, .deadline = point->deadline};
        if (point->waits)
            row_lock_limit(db, &flight);
        run_one(&flight, &item, false);
        if (flight.end == FLIGHT_DONE) {
            pool_give(&db->pool, use, conn);
            *point->rows = result_rows(point->arena, item.result);
            return NULL;
        }
        *blocked = !point->waits && row_lock_worth_waiting(&db->row_lock, flight_sqlstate(&flight));
        bool again = !*blocked && may_retry_lease(point, &flight, &err);
        flight_clear(&flight);
        if (!again) {
            pool_give(&db->pool, use, conn);
            return err;
        }
        if (!conn_clean(conn))
            conn = pool_replace(&db->pool, use, want, conn, point->deadline);
    }
    return db_unreachable(db, point->arena);
}

static struct err *run_permitted(struct point *point)
{
    bool blocked = false;
    struct err *err = run_with_permit(point, &blocked);
    return blocked ? run_as_waiter(point) : err;
}

static struct err *run_on_lease(struct point *point)
{
    int64_t limit = clock_now_us() + point->db->options.pool_timeout_us;
    if (!pool_permit(&point->db->pool, use_of(point), clock_earlier(point->deadline, limit)))
        return db_busy(point->arena);
    return run_permitted(point);
}

/* As one of those who wait for locked rows. */
static struct err *run_as_waiter(struct point *point)
{
    struct db *db = point->db;
    TRY(row_lock_enter(&db->row_lock, point->arena, point->deadline));
    point->waits = true;
    struct err *err = run_on_lease(point);
    row_lock_leave(&db->row_lock);
    return err;
}

/* ---- on a lane ---- */

/* An event loop has a lane of its own. Threads take an idle lane, or one after the other. */
static struct lane *pick_read_lane(struct db *db)
{
    int loop = wait_loop_number();
    if (loop >= 0)
        return &db->read_lanes[loop % db->read_lane_count];
    for (int i = 0; i < db->read_lane_count; i++) {
        if (!atomic_load_explicit(&db->read_lanes[i].busy, memory_order_relaxed))
            return &db->read_lanes[i];
    }
    unsigned n = atomic_fetch_add_explicit(&db->next_lane, 1, memory_order_relaxed);
    return &db->read_lanes[n % (unsigned)db->read_lane_count];
}

static struct lane *pick_lane(struct point *point)
{
    struct db *db = point->db;
    if (point->avoid_lanes || backoff_is_active(&db->failing, point->statement->hash))
        return NULL;
    if (point->writes)
        return db->options.write_lane ? &db->write_lane : NULL;
    return db->read_lane_count > 0 ? pick_read_lane(db) : NULL;
}

static struct err *resolve_failed(struct point *point, struct job *job)
{
    struct err *err = db_error(point->arena, job->result);
    PQclear(job->result);
    return err;
}

static struct err *run_on_lane(struct point *point, struct lane *lane)
{
    struct job job = {.statement = point->statement, .keys = point->keys, .deadline = point->deadline};
    point->door = "lane";
    lane_ride(lane, &job);
    switch (job.end) {
    case JOB_ROWS:
        *point->rows = result_rows(point->arena, job.result);
        return NULL;
    case JOB_FAILED:
        return resolve_failed(point, &job);
    case JOB_ALONE:
        return run_on_lease(point);
    case JOB_LOCKED:
        return point->db->row_lock.patient ? run_as_waiter(point) : run_on_lease(point);
    case JOB_EXPIRED:
        return db_late(point->arena);
    case JOB_DOWN:
        return db_unreachable(point->db, point->arena);
    case JOB_UNCONFIRMED:
        return db_unknown(point->arena, true);
    case JOB_UNKNOWN:
        break;
    }
    return db_unknown(point->arena, false);
}

/* ---- the choice ---- */

static struct err *choose(struct point *point, int in_flight)
{
    struct db *db = point->db;
    /* Its row was locked a moment ago. */
    if (point->writes && db->row_lock.patient && backoff_is_active(&db->locked, point->keys))
        return run_as_waiter(point);
    struct lane *lane = pick_lane(point);
    if (!lane)
        return run_on_lease(point);
    if (in_flight < db->options.lane_threshold && pool_try_permit(&db->pool, use_of(point)))
        return run_permitted(point);
    return run_on_lane(point, lane);
}

struct err *db_point(struct db *db, struct arena *arena, const struct statement *statement, uint64_t keys,
                     unsigned flags, int64_t deadline, struct rows *rows)
{
    *rows = (struct rows){0};
    int64_t began = db->options.log_sql ? clock_now_us() : 0;
    struct point point = {.db = db,
                          .arena = arena,
                          .statement = statement,
                          .keys = keys,
                          .deadline = deadline,
                          .rows = rows,
                          .door = "none",
                          .writes = (flags & POINT_WRITE) != 0 || statement->writes,
                          .avoid_lanes = (flags & POINT_ALONE) != 0};
    /* What runs before may be a function of the database's owner, which may write, and make settings that another
     * request in the same transaction must not see. */
    if (statement->before && statement->before->writes)
        point.writes = point.avoid_lanes = true;
    COUNT(&db->counters, statements);
    int in_flight = atomic_fetch_add_explicit(&db->in_flight, 1, memory_order_relaxed);
    struct err *err = clock_now_us() >= deadline ? db_late(arena) : choose(&point, in_flight);
    atomic_fetch_sub_explicit(&db->in_flight, 1, memory_order_relaxed);
    db_log(db, statement, point.door, began, err, rows);
    return err;
}
