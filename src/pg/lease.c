#include "handle.h"

#include "midair/base/clock.h"
#include "midair/base/map.h"
#include "result.h"
#include "xalloc.h"

#include <assert.h>
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

struct err *db_lease(struct db *db, struct arena *arena, int64_t deadline, struct lease **lease)
{
    *lease = NULL;
    if (!pool_permit(&db->pool, clock_earlier(deadline, clock_now_us() + db->options.pool_timeout_us)))
        return db_busy(arena);
    struct conn *conn = pool_take(&db->pool, deadline);
    if (!conn)
        return breaker_error(&db->breaker, arena);
    struct lease *made = xcalloc(1, sizeof *made);
    made->db = db;
    made->conn = conn;
    *lease = made;
    return NULL;
}

void lease_release(struct lease **lease)
{
    if (!lease || !*lease)
        return;
    if ((*lease)->conn)
        pool_give(&(*lease)->db->pool, (*lease)->conn);
    free(*lease);
    *lease = NULL;
}

/* Outside a transaction a connection that died is exchanged: nothing was on it. */
static struct err *refresh(struct lease *lease, struct arena *arena, int64_t deadline)
{
    if (!lease->conn)
        return db_lost(arena);
    if (conn_alive(lease->conn))
        return NULL;
    if (lease->in_transaction) {
        lease->conn->dead = true;
        return db_lost(arena);
    }
    lease->conn = pool_replace(&lease->db->pool, lease->conn, deadline);
    return lease->conn ? NULL : breaker_error(&lease->db->breaker, arena);
}

/* The error of a flight that did not end well; `risky`: its loss may have followed a commit. */
static struct err *lease_error(const struct lease *lease, struct arena *arena, const struct flight *flight, bool risky)
{
    if (flight->end == FLIGHT_ERROR) {
        struct err *err = db_error(arena, flight->error);
        if (lease->in_transaction && flight_stale(flight)) { /* it works when the transaction runs again */
            err->kind = ERR_CONTENTION;
            err->retry_after = 1;
        }
        return err;
    }
    if (flight->end == FLIGHT_UNKNOWN && risky)
        return db_unknown(arena);
    return flight->cancelled ? db_late(arena) : db_lost(arena);
}

static struct err *run(struct lease *lease, struct arena *arena, const struct statement *statement, int64_t deadline,
                       bool risky, struct rows *rows)
{
    TRY(refresh(lease, arena, deadline));
    struct flight_item item = {.statement = statement};
    struct flight flight = {.conn = lease->conn, .deadline = deadline};
    COUNT(&lease->db->counters, statements);
    run_one(&flight, &item, lease->in_transaction);
    if (flight.end == FLIGHT_DONE) {
        *rows = result_rows(arena, item.result);
        return NULL;
    }
    struct err *err = lease_error(lease, arena, &flight, risky);
    flight_clear(&flight);
    return err;
}

struct err *lease_run(struct lease *lease, struct arena *arena, const struct statement *statement, int64_t deadline,
                      struct rows *rows)
{
    *rows = (struct rows){0};
    int64_t began = clock_now_us();
    struct err *err = run(lease, arena, statement, deadline, statement->writes && !lease->in_transaction, rows);
    db_log(lease->db, statement, "lease", began, err, rows);
    return err;
}

static struct err *run_many(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                            size_t count, int64_t deadline, struct rows *rows)
{
    struct flight_item items[LEASE_MANY];
    struct flight flight = {.conn = lease->conn, .items = items, .count = count, .deadline = deadline};
    for (size_t i = 0; i < count; i++)
        items[i] = (struct flight_item){.statement = statements[i]};
    COUNT(&lease->db->counters, statements);
    flight_run(&flight);
    if (flight.end != FLIGHT_DONE) {
        struct err *err = lease_error(lease, arena, &flight, false);
        flight_clear(&flight);
        return err;
    }
    for (size_t i = 0; i < count; i++)
        rows[i] = result_rows(arena, items[i].result);
    return NULL;
}

static struct err *run_logged(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                              size_t count, int64_t deadline, struct rows *rows)
{
    int64_t began = clock_now_us();
    for (size_t i = 0; i < count; i++)
        rows[i] = (struct rows){0};
    struct err *err = refresh(lease, arena, deadline);
    if (!err)
        err = run_many(lease, arena, statements, count, deadline, rows);
    for (size_t i = 0; i < count; i++)
        db_log(lease->db, statements[i], "lease", began, err, &rows[i]);
    return err;
}

struct err *lease_run_many(struct lease *lease, struct arena *arena, const struct statement *const *statements,
                           size_t count, int64_t deadline, struct rows *rows)
{
    assert(lease->in_transaction && count <= LEASE_MANY);
    return run_logged(lease, arena, statements, count, deadline, rows);
}

/* A command of our own, without parameters and rows. */
static struct err *command(struct lease *lease, struct arena *arena, struct slice text, int64_t deadline, bool risky,
                           bool *rolled_back)
{
    struct statement statement = {.text = text, .hash = map_hash(text)};
    ROWS_AUTO rows = {0};
    int64_t began = clock_now_us();
    struct err *err = run(lease, arena, &statement, deadline, risky, &rows);
    db_log(lease->db, &statement, "lease", began, err, &rows);
    if (!err && rolled_back)
        *rolled_back = rows.owner && strcmp(PQcmdStatus(rows.owner), "ROLLBACK") == 0;
    return err;
}

struct err *lease_begin(struct lease *lease, struct arena *arena, const char *mode, int64_t deadline)
{
    struct slice text = mode ? arena_printf(arena, "BEGIN %s", mode) : SLICE("BEGIN");
    TRY(command(lease, arena, text, deadline, false, NULL));
    lease->in_transaction = true;
    return NULL;
}

struct err *lease_begin_with(struct lease *lease, struct arena *arena, const char *mode,
                             const struct statement *statement, int64_t deadline)
{
    struct slice text = mode ? arena_printf(arena, "BEGIN %s", mode) : SLICE("BEGIN");
    const struct statement begin = {.text = text, .hash = map_hash(text)};
    const struct statement *const both[] = {&begin, statement};
    struct rows rows[2];
    struct err *err = run_logged(lease, arena, both, 2, deadline, rows);
    lease->in_transaction = true;
    rows_free(&rows[0]);
    rows_free(&rows[1]);
    if (err)
        lease_rollback(lease);
    return err;
}

struct err *lease_commit(struct lease *lease, struct arena *arena, int64_t deadline)
{
    bool rolled_back = false;
    struct err *err = command(lease, arena, SLICE("COMMIT"), deadline, true, &rolled_back);
    lease->in_transaction = false;
    if (err || !rolled_back)
        return err;
    /* COMMIT of a transaction that had failed answers ROLLBACK, without an error. */
    return err_new(arena, ERR_DATABASE, "The transaction had failed and was rolled back.");
}

void lease_rollback(struct lease *lease)
{
    static const struct slice text = {"ROLLBACK", 8};
    struct statement statement = {.text = text, .hash = map_hash(text)};
    struct flight_item item = {.statement = &statement};
    if (!lease || !lease->in_transaction || !lease->conn)
        return;
    lease->in_transaction = false;
    if (lease->conn->dead || PQstatus(lease->conn->pg) != CONNECTION_OK)
        return;
    struct flight flight = {.conn = lease->conn, .items = &item, .count = 1, .deadline = clock_now_us() + 1000000};
    flight_run(&flight);
    flight_clear(&flight);
}

struct err *db_ping(struct db *db, struct arena *arena, int64_t deadline)
{
    static const struct slice text = {"SELECT 1", 8};
    struct statement statement = {.text = text, .hash = map_hash(text)};
    LEASE_AUTO lease = NULL;
    TRY(db_lease(db, arena, deadline, &lease));
    ROWS_AUTO rows = {0};
    return lease_run(lease, arena, &statement, deadline, &rows);
}
