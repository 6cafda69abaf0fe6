#include "flight.h"

#include "calls.h"
#include "flight_settings.h"
#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "received.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* How long a server may take to answer a cancel request, and when it has answered, to end the statement. A server that
 * is alive gets more time, because a connection that is given up takes its statement's outcome with it. */
enum { CANCEL_LIMIT_US = 1000000, CANCELLED_LIMIT_US = 5000000 };
/* After how long without an answer a host is probed, how long a probe may take, and how often a host is probed; how
 * often it is asked whether a lock is waited for. */
enum { PROBE_AFTER_US = 500000, PROBE_LIMIT_US = 1500000, PROBE_EVERY_US = 3000000, BLOCKED_EVERY_US = 250000 };

/* The state of one run. */
struct run {
    struct flight *flight;
    PGconn *pg;
    struct cancel cancel, probe;
    int64_t probe_at;   /* when to look whether the host has fallen silent; CLOCK_NEVER: there is no other one */
    int64_t blocked_at; /* when to ask whether a lock is waited for; CLOCK_NEVER: not at all */
    int64_t limit;      /* the deadline, then the end of the grace period */
    bool configured;    /* settings of the transaction are sent along */
    bool synced;        /* the Sync was handed to libpq */
    bool flushed;       /* libpq handed all of it to the socket */
    bool broken;        /* reading failed: only what is in libpq's buffer is left */
    bool lost;
    const struct flight_call *reading; /* the call whose results are read; NULL: none */
};

static bool has_sqlstate(const PGresult *result)
{
    return PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL;
}

/* Ends the waiting: by a cancel, or when that was of no use, by giving the connection up. */
static void stop_waiting(struct run *run, bool unwanted)
{
    struct flight *flight = run->flight;
    if (flight->cancelled) {
        run->lost = true;
        return;
    }
    flight->cancelled = true;
    flight->unwanted = unwanted;
    run->limit = clock_now_us() + CANCEL_LIMIT_US;
    cancel_begin(&run->cancel, run->pg, &flight->conn->key);
    run->lost = run->cancel.stage == CANCEL_FAILED;
}

/* Where there are other hosts, a server that answers neither the statement nor a probe is given up before the deadline:
 * another one may have taken over. A statement that takes long is not affected, since its server answers the probe. */
static void probe_host(struct run *run)
{
    struct conn *conn = run->flight->conn;
    int64_t now = clock_now_us();
    if (cancel_events(&run->probe)) { /* it had its time */
        cancel_end(&run->probe);
        run->probe.stage = CANCEL_NONE;
        dsn_host_silent(conn->settings->dsn, conn->host);
    }
    if (conn_silent(conn)) {
        run->lost = true;
    } else if (dsn_may_probe(conn->settings->dsn, conn->host, PROBE_EVERY_US)) {
        cancel_begin_probe(&run->probe, run->pg);
        run->probe_at = now + PROBE_LIMIT_US;
    } else {
        run->probe_at = now + PROBE_AFTER_US;
    }
}

/* The rows of one statement, and the statements of one flight, are waited for one after the other, each for as long as
 * lock_timeout says; together they may take too long. */
static void check_locks(struct run *run)
{
    struct flight *flight = run->flight;
    if (!flight->cancelled && flight->is_blocked(flight->context, conn_server_pid(flight->conn))) {
        flight->locked_out = true;
        stop_waiting(run, false);
    }
    run->blocked_at = flight->cancelled ? CLOCK_NEVER : clock_now_us() + BLOCKED_EVERY_US;
}

static void on_late(struct run *run)
{
    int64_t now = clock_now_us();
    if (run->probe_at < run->limit && now >= run->probe_at)
        probe_host(run);
    else if (run->blocked_at < run->limit && now >= run->blocked_at)
        check_locks(run);
    else
        stop_waiting(run, false);
}

static void advance_cancel(struct run *run)
{
    cancel_advance(&run->cancel);
    if (run->cancel.stage == CANCEL_DONE)
        run->limit = clock_now_us() + CANCELLED_LIMIT_US;
}

static void advance(struct run *run, const struct wait_fd *fds)
{
    if (fds[1].ready)
        advance_cancel(run);
    if (fds[2].ready)
        cancel_advance(&run->probe);
    if (run->probe.stage == CANCEL_DONE || run->probe.stage == CANCEL_FAILED) { /* a refusal is an answer, too */
        run->probe.stage = CANCEL_NONE;
        run->probe_at = clock_now_us() + PROBE_EVERY_US;
    }
    run->broken = fds[0].ready & WAIT_READ && !received_read(run->flight);
    if ((run->flight->too_large || run->flight->memory_short) && !run->flight->cancelled)
        stop_waiting(run, false);
    run->lost = run->lost || run->cancel.stage == CANCEL_FAILED;
}

static struct wait_fd wait_of(const struct cancel *cancel)
{
    unsigned events = cancel_events(cancel);
    return (struct wait_fd){.fd = events ? cancel->fd : -1, .events = events};
}

/* Waits once, for the socket, the cancel request and the probe. It reads while writing, or both sides could stand still
 * with full buffers. */
static void wait_once(struct run *run, bool pending)
{
    struct wait_fd fds[] = {{.fd = PQsocket(run->pg), .events = WAIT_READ | (pending ? WAIT_WRITE : 0u)},
                            wait_of(&run->cancel),
                            wait_of(&run->probe)};
    if (fds[0].fd < 0) {
        run->broken = true;
        return;
    }
    switch (wait_fds(fds, 3, clock_earlier(run->limit, clock_earlier(run->probe_at, run->blocked_at)))) {
    case WAIT_READY:
        advance(run, fds);
        break;
    case WAIT_LATE:
        on_late(run);
        break;
    case WAIT_UNWANTED:
        if (!run->flight->cancelled)
            stop_waiting(run, true);
        break;
    case WAIT_FAILED:
        run->lost = true;
        break;
    }
}

/* The next result, or NULL at the end of a command. False, and run->lost, when the connection is lost. */
static bool next_result(struct run *run, PGresult **out)
{
    *out = NULL;
    while (!run->lost) {
        int pending = PQflush(run->pg);
        if (pending == 0 && run->synced)
            run->flushed = true;
        if (!PQisBusy(run->pg)) {
            *out = PQgetResult(run->pg);
            return true;
        }
        if (run->broken)
            run->lost = true;
        else
            wait_once(run, pending > 0);
    }
    return false;
}

static void fail(struct run *run, size_t failed_item, PGresult *error)
{
    struct flight *flight = run->flight;
    if (flight->error) {
        PQclear(error);
        return;
    }
    flight->error = error;
    flight->failed_item = failed_item;
    flight->failed = run->reading ? run->reading->prepared : NULL;
}

/* Takes what a command returned. An error without an SQLSTATE is libpq's own: the connection is lost. */
static void accept_result(struct run *run, size_t item, PGresult **keep, PGresult *result)
{
    switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
        if (keep && !*keep) {
            *keep = result;
            return;
        }
        break;
    case PGRES_PIPELINE_ABORTED:
        break;
    case PGRES_FATAL_ERROR:
        if (has_sqlstate(result)) {
            fail(run, item, result);
            return;
        }
        run->lost = true;
        break;
    default: /* COPY and the like, which no statement of ours asks for, or results out of step */
        run->lost = true;
    }
    PQclear(result);
}

/* Reads the results of one command up to the NULL that ends it. */
static void read_command(struct run *run, size_t item, PGresult **keep)
{
    PGresult *result = NULL;
    bool any = false;
    while (next_result(run, &result)) {
        if (!result) {
            run->lost = run->lost || !any;
            return;
        }
        any = true;
        accept_result(run, item, keep, result);
    }
}

static bool is_fatal(const PGresult *result)
{
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    return severity && strcmp(severity, "ERROR") != 0;
}

/* Reads up to the Sync's result. An error before it is the commit's; but one that ends the session (FATAL) does not say
 * whether the commit came first. */
static void read_sync(struct run *run)
{
    PGresult *result = NULL;
    for (int nothing = 0; nothing < 2 && next_result(run, &result);) {
        if (!result) {
            nothing++;
            continue;
        }
        if (PQresultStatus(result) == PGRES_PIPELINE_SYNC) {
            PQclear(result);
            return;
        }
        if (PQresultStatus(result) == PGRES_FATAL_ERROR && has_sqlstate(result) && !is_fatal(result)) {
            fail(run, run->flight->count, result);
            continue;
        }
        PQclear(result);
        break;
    }
    run->lost = true;
}

/* Reads what the settings returned. Their failure is that of item `index`. */
static void read_settings(struct run *run, size_t index)
{
    PGresult *result = NULL;
    read_command(run, index, &result);
    flight_settings_take(run->flight, result);
    PQclear(result);
}

/* In the order in which it is sent, the settings come before item `index`. */
static bool configures_before(const struct run *run, size_t index)
{
    return run->configured && index == (run->flight->begins ? 1 : 0);
}

static bool send_all(struct run *run)
{
    struct flight *flight = run->flight;
    run->configured = flight_settings_needed(flight);
    prepared_enter_epoch(&flight->conn->prepared, atomic_load(&flight->conn->settings->counters->epoch));
    prepared_next_flight(&flight->conn->prepared);
    for (size_t i = 0; i < flight->count; i++)
        flight->items[i] = (struct flight_item){.statement = flight->items[i].statement};
    for (size_t i = 0; i < flight->count; i++) {
        if (configures_before(run, i) && !flight_settings_send(flight))
            return false;
        if (!calls_send(flight, &flight->items[i]))
            return false;
    }
    if (configures_before(run, flight->count) && !flight_settings_send(flight))
        return false;
    run->synced = true;
    /* How much of it left when this fails is not known: so all of it, to be safe. */
    run->flushed = !PQpipelineSync(run->pg);
    return !run->flushed;
}

/* Reads what a call sent: the preparation, where there was one, and the result. */
static void read_call(struct run *run, size_t item, struct flight_call *call, PGresult **keep)
{
    run->reading = call;
    if (call->preparing) {
        PGresult *made = NULL;
        read_command(run, item, &made);
        call->prepared->ready = made != NULL;
        PQclear(made);
        if (call->prepared->ready)
            COUNT(run->flight->conn->settings->counters, prepared);
    }
    if (!run->lost)
        read_command(run, item, keep);
    run->reading = NULL;
}

static void read_before(struct run *run, size_t index, struct flight_item *item)
{
    size_t count = 0;
    for (const struct statement *at = item->statement->before; at; at = at->before)
        count++;
    for (size_t i = 0; i < count && !run->lost; i++) {
        PGresult *ignored = NULL;
        read_call(run, index, &item->before[i], &ignored);
        /* Neither a result nor an error so far: out of step with the server. */
        run->lost = run->lost || (!ignored && !run->flight->error);
        PQclear(ignored);
    }
}

static void read_all(struct run *run)
{
    struct flight *flight = run->flight;
    for (size_t i = 0; i < flight->count && !run->lost; i++) {
        struct flight_item *item = &flight->items[i];
        if (configures_before(run, i))
            read_settings(run, i);
        if (item->statement->before)
            read_before(run, i, item);
        if (!run->lost)
            read_call(run, i, &item->call, &item->result);
        /* Neither a result nor an error so far: out of step with the server. */
        run->lost = run->lost || (!item->result && !flight->error);
    }
    if (!run->lost && configures_before(run, flight->count))
        read_settings(run, flight->count);
    if (!run->lost)
        read_sync(run);
}

/* DEALLOCATE for what the cache pushed out: a short flight of its own, when no transaction is open. */
static void deallocate(struct run *run)
{
    struct prepared_cache *cache = &run->flight->conn->prepared;
    if (!cache->dropped || PQtransactionStatus(run->pg) != PQTRANS_IDLE)
        return;
    size_t sent = 0;
    for (struct prepared *entry; sent < 64 && (entry = prepared_next_dropped(cache)); sent++) {
        char sql[48];
        snprintf(sql, sizeof sql, "DEALLOCATE %s", entry->name);
        prepared_free(entry);
        run->lost = run->lost || !PQsendQueryParams(run->pg, sql, 0, NULL, NULL, NULL, NULL, 0);
    }
    run->lost = run->lost || !PQpipelineSync(run->pg);
    struct flight spare = {.conn = run->flight->conn, .count = sent};
    struct run side = *run;
    side.flight = &spare;
    side.blocked_at = CLOCK_NEVER;
    for (size_t i = 0; i < sent && !side.lost; i++)
        read_command(&side, i, NULL);
    if (!side.lost)
        read_sync(&side);
    PQclear(spare.error);
    side.flight = run->flight;
    side.lost = side.lost || spare.cancelled;
    side.blocked_at = run->blocked_at;
    side.broken = false;
    run->flight->cancelled = spare.cancelled;
    run->flight->unwanted = spare.unwanted;
    *run = side;
}

/* A statement may end before its cancel request does. A request that is still on its way could stop what the connection
 * runs next, so it is waited for, until run->limit at the latest. PgBouncer 1.18, moreover, ends itself when a client
 * closes such a request before the server does. */
static void await_cancel(struct run *run)
{
    while (!run->lost && cancel_events(&run->cancel)) {
        struct wait_fd fd = wait_of(&run->cancel);
        enum wait_end end = wait_fds(&fd, 1, run->limit);
        if (end == WAIT_READY)
            cancel_advance(&run->cancel);
        else if (end != WAIT_UNWANTED)
            return;
    }
}

/* What the end of the run means. */
static void conclude(struct run *run)
{
    struct flight *flight = run->flight;
    struct conn *conn = flight->conn;
    await_cancel(run);
    bool loose = cancel_events(&run->cancel) != 0;
    cancel_end(&run->cancel);
    cancel_end(&run->probe);
    if (run->lost && loose &&
        conn->settings->dsn->host_count > 1) /* it answered neither the statement nor the cancel */
        dsn_host_silent(conn->settings->dsn, conn->host);
    if (run->lost || PQstatus(run->pg) != CONNECTION_OK)
        COUNT(conn->settings->counters, lost);
    conn->dead = conn->dead || run->lost || loose || PQstatus(run->pg) != CONNECTION_OK;
    flight->unconfirmed = conn->unconfirmed;
    if (flight->error)
        flight->end = FLIGHT_ERROR;
    else if (run->lost)
        flight->end = run->flushed ? FLIGHT_UNKNOWN : FLIGHT_UNSENT;
    else if (flight->unconfirmed)
        flight->end = FLIGHT_UNKNOWN;
}

static int64_t first_probe(const struct flight *flight)
{
    return flight->conn->settings->dsn->host_count > 1 ? clock_now_us() + PROBE_AFTER_US : CLOCK_NEVER;
}

void flight_run(struct flight *flight)
{
    struct run run = {
        .flight = flight, .pg = flight->conn->pg, .limit = flight->deadline, .probe_at = first_probe(flight)};
    assert(flight->conn->mark == CONN_LENT);
    flight->end = FLIGHT_DONE;
    flight->error = NULL;
    flight->failed = NULL;
    flight->failed_item = 0;
    run.blocked_at = flight->locks_until ? flight->locks_until : CLOCK_NEVER;
    flight->cancelled = flight->unwanted = flight->unconfirmed = flight->locked_out = false;
    received_begin(flight);
    flight->conn->unconfirmed = false;
    for (size_t i = 0; i < flight->count; i++)
        flight->items[i].result = NULL;

    deallocate(&run);
    if (!run.lost && send_all(&run))
        read_all(&run);
    else
        run.lost = true;
    calls_resolve(flight);
    conclude(&run);
    received_end(flight);
}

void flight_clear(struct flight *flight)
{
    PQclear(flight->error);
    flight->error = NULL;
    for (size_t i = 0; i < flight->count; i++) {
        PQclear(flight->items[i].result);
        flight->items[i].result = NULL;
    }
}

const char *flight_sqlstate(const struct flight *flight)
{
    const char *code = flight->error ? PQresultErrorField(flight->error, PG_DIAG_SQLSTATE) : NULL;
    return code ? code : "";
}

bool flight_stale(const struct flight *flight)
{
    const char *code = flight_sqlstate(flight);
    if (flight->failed_item >= flight->count)
        return false;
    if (strcmp(code, "26000") == 0 || strcmp(code, "42P05") == 0)
        return flight->conn->settings->prepare;
    /* "cached plan must not change result type" has no code of its own, and its text may be translated. */
    const char *routine = flight->error ? PQresultErrorField(flight->error, PG_DIAG_SOURCE_FUNCTION) : NULL;
    return strcmp(code, "0A000") == 0 && routine && strcmp(routine, "RevalidateCachedQuery") == 0;
}
