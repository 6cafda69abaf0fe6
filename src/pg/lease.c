#include "handle.h"

#include "midair/base/clock.h"
#include "midair/base/map.h"
#include "midair/base/wait.h"
#include "result.h"
#include "xalloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void run_one(struct flight *flight, struct flight_item *item, bool in_transaction)
{
    flight->items = item;
    flight->count = 1;
    flight_run(flight);
    /* The server rolled it back, so it may run again, unless a transaction went down with it. */
    for (int again = 0; again < 2 && !in_transaction && !flight->conn->dead && flight_stale(flight); again++) {
        flight_clear(flight);
        flight_run(flight);
    }
}

static struct err *take_conn(struct lease *lease, struct arena *arena, int64_t deadline)
{
    struct db *db = lease->db;
    assert(!lease->conn);
    if (!pool_permit(&db->pool, lease->use, clock_earlier(deadline, clock_now_us() + db->options.pool_timeout_us)))
        return db_busy(arena);
    lease->conn = pool_take(&db->pool, lease->use, lease->want, deadline);
    return lease->conn ? NULL : db_unreachable(db, arena);
}

static void give_conn(struct lease *lease)
{
    if (lease->conn)
        pool_give(&lease->db->pool, lease->use, lease->conn);
    lease->conn = NULL;
    if (lease->waits)
        row_lock_leave(&lease->db->row_lock);
    lease->waits = false;
}

static struct err *new_lease(struct db *db, struct arena *arena, enum pool_use use, enum pool_want want,
                             int64_t deadline, struct lease **lease)
{
    struct lease *made = xcalloc(1, sizeof *made);
    *made = (struct lease){.mark = LEASE_HELD, .db = db, .use = use, .want = want};
    struct err *err = take_conn(made, arena, deadline);
    if (err)
        lease_release(&made);
    *lease = made;
    return err;
}

struct err *db_lease(struct db *db, struct arena *arena, int64_t deadline, struct lease **lease)
{
    return new_lease(db, arena, POOL_WRITE, WANT_PLAIN, deadline, lease);
}

struct err *db_lease_for_read(struct db *db, struct arena *arena, int64_t deadline, struct lease **lease)
{
    return new_lease(db, arena, POOL_READ, WANT_PLAIN, deadline, lease);
}

struct err *db_lease_for_settings(struct db *db, struct arena *arena, bool reads, int64_t deadline,
                                  struct lease **lease)
{
    return new_lease(db, arena, reads ? POOL_READ : POOL_WRITE, WANT_SETTINGS, deadline, lease);
}

void lease_release(struct lease **lease)
{
    if (!lease || !*lease)
        return;
    assert((*lease)->mark == LEASE_HELD);
    (*lease)->mark = LEASE_RELEASED;
    give_conn(*lease);
    free(*lease);
    *lease = NULL;
}

/* Exchanges the connection for one among those who wait for locked rows. No transaction is open. */
static struct err *become_waiter(struct lease *lease, struct arena *arena, int64_t deadline)
{
    assert(!lease->in_transaction && !lease->waits);
    give_conn(lease);
    lease->blocked = false;
    TRY(row_lock_enter(&lease->db->row_lock, arena, deadline));
    lease->waits = true;
    return take_conn(lease, arena, deadline);
}

/* Outside a transaction a connection that died is exchanged: nothing was on it. */
static struct err *refresh(struct lease *lease, struct arena *arena, int64_t deadline)
{
    assert(lease->mark == LEASE_HELD);
    if (lease->blocked && !lease->in_transaction)
        return become_waiter(lease, arena, deadline);
    if (!lease->conn)
        return db_lost(arena);
    if (conn_alive(lease->conn))
        return NULL;
    if (lease->in_transaction) {
        lease->conn->dead = true;
        return db_lost(arena);
    }
    lease->conn = pool_replace(&lease->db->pool, lease->use, lease->want, lease->conn, deadline);
    return lease->conn ? NULL : db_unreachable(lease->db, arena);
}

/* A row was locked for longer than the short limit: the transaction, or the statement that is one of its own, runs
 * again as one that waits. */
static bool is_blocked(const struct lease *lease, const struct flight *flight)
{
    return !lease->waits && row_lock_worth_waiting(&lease->db->row_lock, flight_sqlstate(flight));
}

/* The error of a flight that did not end well; `risky`: its loss may have followed a commit. */
static struct err *lease_error(const struct lease *lease, struct arena *arena, const struct flight *flight, bool risky)
{
    if (flight->end == FLIGHT_UNKNOWN && risky)
        return db_unknown(arena, flight->unconfirmed);
    if (flight->unwanted)
        return db_gone(arena);
    if (flight->locked_out)
        return row_lock_error(arena);
    if (flight->end != FLIGHT_ERROR && (flight->too_large || flight->memory_short))
        return db_too_large(arena, flight->memory_short);
    if (flight->end != FLIGHT_ERROR)
        return flight->cancelled ? db_late(arena) : db_lost(arena);
    if (flight->too_large || flight->memory_short)
        return db_too_large(arena, flight->memory_short);
    struct err *err = db_error(arena, flight->error);
    if (lease->blocked || (lease->in_transaction && flight_stale(flight))) { /* it works when it runs again */
        err->kind = ERR_CONTENTION;
        err->retry_after = 1;
    }
    return err;
}

/* Runs the flight on the lease's connection. On an error its results are cleared. */
static struct err *fly(struct lease *lease, struct arena *arena, struct flight *flight, bool risky)
{
    COUNT(&lease->db->counters, statements);
    flight->conn = lease->conn;
    if (lease->waits)
        row_lock_limit(lease->db, flight);
    if (flight->count == 1)
        run_one(flight, flight->items, lease->in_transaction);
    else
        flight_run(flight);
    if (flight->end == FLIGHT_DONE)
        return NULL;
    lease->blocked = is_blocked(lease, flight);
    struct err *err = lease_error(lease, arena, flight, risky);
    flight_clear(flight);
    return err;
}

static struct err *run_once(struct lease *lease, struct arena *arena, const struct statement *statement,
                            int64_t deadline, bool risky, struct rows *rows)
{
    struct flight_item item = {.statement = statement};
    struct flight flight = {.items = &item, .count = 1, .deadline = deadline};
    TRY(refresh(lease, arena, deadline));
    TRY(fly(lease, arena, &flight, risky));
    *rows = result_rows(arena, item.result);
    return NULL;
}

static struct err *run(struct lease *lease, struct arena *arena, const struct statement *statement, int64_t deadline,
                       bool risky, struct rows *rows)
{
    struct err *err = run_once(lease, arena, statement, deadline, risky, rows);
    if (lease->blocked && !lease->in_transaction)
        err = run_once(lease, arena, statement, deadline, risky, rows);
    return err;
}

struct err *lease_run(struct lease *lease, struct arena *arena, const struct statement *statement, int64_t deadline,
                      struct rows *rows)
{
    *rows = (struct rows){0};
    int64_t began = clock_now_us();
    bool writes = statement->writes || (statement->before && statement->before->writes);
    struct err *err = run(lease, arena, statement, deadline, writes && !lease->in_transaction, rows);
    db_log(lease->db, statement, "lease", began, err, rows);
    return err;
}

/* Several statements in one round trip; `begins`: the first one is BEGIN. */
static struct err *run_many(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                            size_t count, bool begins, int64_t deadline, struct rows *rows)
{
    struct flight_item items[LEASE_MANY];
    struct flight flight = {.items = items, .count = count, .deadline = deadline, .begins = begins};
    assert(count > 0 && count <= LEASE_MANY);
    for (size_t i = 0; i < count; i++)
        items[i] = (struct flight_item){.statement = statements[i]};
    TRY(refresh(lease, arena, deadline));
    TRY(fly(lease, arena, &flight, false));
    for (size_t i = 0; i < count; i++)
        rows[i] = result_rows(arena, items[i].result);
    return NULL;
}

static struct err *run_logged(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                              size_t count, bool begins, int64_t deadline, struct rows *rows)
{
    int64_t began = clock_now_us();
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct rows){0};
    struct err *err = run_many(lease, arena, statements, count, begins, deadline, rows);
    for (size_t i = 0; i < count; i++)
        db_log(lease->db, statements[i], "lease", began, err, &rows[i]);
    return err;
}

struct err *lease_run_many(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                           size_t count, int64_t deadline, struct rows *rows)
{
    assert(lease->in_transaction);
    return run_logged(lease, arena, statements, count, false, deadline, rows);
}

static struct err *begin(struct lease *lease, struct arena *arena, const char *mode, const struct statement *statement,
                         int64_t deadline)
{
    struct slice text = mode ? arena_printf(arena, "BEGIN %s", mode) : SLICE("BEGIN");
    const struct statement begin = {.text = text, .hash = map_hash(text)};
    const struct statement *const both[] = {&begin, statement};
    struct rows rows[2] = {0};
    assert(!lease->in_transaction);
    struct err *err = run_logged(lease, arena, both, statement ? 2 : 1, true, deadline, rows);
    rows_free(&rows[0]);
    rows_free(&rows[1]);
    lease->in_transaction = !err || statement;
    if (err)
        lease_rollback(lease);
    return err;
}

struct err *lease_begin(struct lease *lease, struct arena *arena, const char *mode, int64_t deadline)
{
    return begin(lease, arena, mode, NULL, deadline);
}

struct err *lease_begin_with(struct lease *lease, struct arena *arena, const char *mode,
                             const struct statement *statement, int64_t deadline)
{
    return begin(lease, arena, mode, statement, deadline);
}

/* The client may have gone, but what it began is brought to its end. */
static struct err *commit(struct lease *lease, struct arena *arena, int64_t deadline, struct rows *rows)
{
    static const struct slice text = {"COMMIT", 6};
    const struct statement statement = {.text = text, .hash = map_hash(text)};
    int64_t began = clock_now_us();
    struct wait_watch watch = wait_watch_none();
    struct err *err = run(lease, arena, &statement, deadline, true, rows);
    wait_watch(watch);
    db_log(lease->db, &statement, "lease", began, err, rows);
    return err;
}

struct err *lease_commit(struct lease *lease, struct arena *arena, int64_t deadline)
{
    ROWS_AUTO rows = {0};
    struct err *err = commit(lease, arena, deadline, &rows);
    lease->in_transaction = false;
    if (err || !rows.owner || strcmp(PQcmdStatus(rows.owner), "ROLLBACK") != 0)
        return err;
    /* COMMIT of a transaction that had failed answers ROLLBACK, without an error. */
    return err_new(arena, ERR_DATABASE, "The transaction had failed and was rolled back.");
}

void lease_rollback(struct lease *lease)
{
    static const struct slice text = {"ROLLBACK", 8};
    struct statement statement = {.text = text, .hash = map_hash(text)};
    struct flight_item item = {.statement = &statement};
    if (!lease || !lease->in_transaction)
        return;
    lease->in_transaction = false;
    if (!lease->conn || lease->conn->dead || PQstatus(lease->conn->pg) != CONNECTION_OK)
        return;
    struct wait_watch watch = wait_watch_none();
    struct flight flight = {.conn = lease->conn, .items = &item, .count = 1, .deadline = clock_now_us() + 1000000};
    flight_run(&flight);
    flight_clear(&flight);
    wait_watch(watch);
}

/* ---- a connection besides the pool, for /_ready and for questions about the others ---- */

enum { ASK_LIMIT_US = 1000000 };

static const struct slice ping_text = {"SELECT 1", 8};

/* Runs a statement on the connection that is kept for this; whether it gave anything is in *rows. */
static struct err *run_apart(struct db *db, struct arena *arena, const struct statement *statement, int64_t deadline,
                             struct rows *rows)
{
    struct flight_item item = {.statement = statement};
    if (!db->ping_conn || !conn_alive(db->ping_conn)) {
        conn_close(db->ping_conn);
        db->ping_conn = open_through_breaker(&db->lease_settings, &db->breaker, deadline);
    }
    if (!db->ping_conn)
        return db_unreachable(db, arena);
    struct flight flight = {.conn = db->ping_conn, .items = &item, .count = 1, .deadline = deadline};
    flight_run(&flight);
    bool fine = flight.end == FLIGHT_DONE;
    if (fine)
        *rows = result_rows(arena, item.result);
    else
        flight_clear(&flight);
    if (!conn_clean(db->ping_conn)) {
        conn_close(db->ping_conn);
        db->ping_conn = NULL;
    }
    return fine ? NULL : db_late(arena);
}

static struct err *run_apart_in_turn(struct db *db, struct arena *arena, const struct statement *statement,
                                     int64_t deadline, struct rows *rows)
{
    if (!semaphore_enter(&db->ping_turn, deadline))
        return db_late(arena);
    struct err *err = run_apart(db, arena, statement, deadline, rows);
    semaphore_leave(&db->ping_turn);
    return err;
}

bool db_is_blocked(void *db, int pid)
{
    static const struct slice text =
        SLICE_LITERAL("SELECT pg_catalog.cardinality(pg_catalog.pg_blocking_pids($1)) > 0");
    char number[16];
    const char *values[] = {number};
    struct statement statement = {.text = text, .hash = map_hash(text), .values = values, .count = 1};
    struct arena *arena = arena_new(0);
    struct rows rows = {0};
    snprintf(number, sizeof number, "%d", pid);
    struct err *err = run_apart_in_turn(db, arena, &statement, clock_now_us() + ASK_LIMIT_US, &rows);
    bool blocked = !err && rows.row_count == 1 && slice_eq(rows_cell(&rows, 0, 0), SLICE("t"));
    rows_free(&rows);
    arena_free(arena);
    return blocked;
}

struct err *db_ping(struct db *db, struct arena *arena, int64_t deadline)
{
    struct statement statement = {.text = ping_text, .hash = map_hash(ping_text)};
    if (!pool_try_permit(&db->pool, POOL_READ)) {
        ROWS_AUTO apart = {0};
        return run_apart_in_turn(db, arena, &statement, deadline, &apart);
    }
    struct lease lease = {.mark = LEASE_HELD, .db = db, .use = POOL_READ};
    lease.conn = pool_take(&db->pool, POOL_READ, WANT_ANY, deadline);
    if (!lease.conn)
        return db_unreachable(db, arena);
    ROWS_AUTO rows = {0};
    struct err *err = lease_run(&lease, arena, &statement, deadline, &rows);
    give_conn(&lease);
    return err;
}
