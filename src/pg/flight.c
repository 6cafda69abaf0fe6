#include "flight.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"

#include <stdio.h>
#include <string.h>

/* What a cancelled statement may still take to come back. */
enum { CANCEL_GRACE_US = 500000 };

/* The state of one run. */
struct run {
    struct flight *flight;
    PGconn *pg;
    int64_t limit; /* the deadline, then the end of the grace */
    bool synced;   /* the Sync was handed to libpq */
    bool flushed;  /* libpq handed all of it to the socket */
    bool broken;   /* reading failed: only what is in libpq's buffer is left */
    bool lost;
};

static bool has_sqlstate(const PGresult *result)
{
    return PQresultErrorField(result, PG_DIAG_SQLSTATE) != NULL;
}

struct cancelling {
    PGcancel *handle;
    bool sent;
};

static void send_cancel(void *argument)
{
    struct cancelling *cancelling = argument;
    char ignored[256];
    cancelling->sent = cancelling->handle && PQcancel(cancelling->handle, ignored, sizeof ignored);
}

static void cancel(struct run *run)
{
    struct cancelling cancelling = {.handle = PQgetCancel(run->pg)};
    run->flight->cancelled = true;
    run->limit = clock_now_us() + CANCEL_GRACE_US;
    wait_call(send_cancel, &cancelling); /* libpq connects and waits */
    if (!cancelling.sent)
        run->lost = true; /* the server cannot be reached for a cancel: waiting on is of no use */
    PQfreeCancel(cancelling.handle);
}

/* Waits for the socket once. Reading while writing: else both sides could stand with full buffers. */
static void wait_once(struct run *run, bool pending)
{
    struct wait_fd fd = {.fd = PQsocket(run->pg), .events = WAIT_READ | (pending ? WAIT_WRITE : 0u)};
    if (fd.fd < 0) {
        run->broken = true;
        return;
    }
    switch (wait_fds(&fd, 1, run->limit)) {
    case WAIT_READY:
        run->broken = fd.ready & WAIT_READ && !PQconsumeInput(run->pg);
        break;
    case WAIT_LATE:
    case WAIT_UNWANTED:
        if (run->flight->cancelled)
            run->lost = true;
        else
            cancel(run);
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

/* Reads up to the Sync's result. An error before it is the commit's; but a farewell (FATAL) does not say whether the
 * commit came first. */
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

static bool send_item(struct flight *flight, struct flight_item *item)
{
    const struct statement *st = item->statement;
    struct conn *conn = flight->conn;
    int count = (int)st->count;
    const char *const *values = (const char *const *)st->values;
    item->result = NULL;
    item->preparing = false;
    bool kept = conn->settings->prepare && !st->by_value;
    item->prepared = kept ? prepared_find(&conn->prepared, st) : NULL;
    if (!item->prepared && kept) {
        item->prepared = prepared_add(&conn->prepared, st);
        item->preparing = item->prepared != NULL;
    }
    if (!item->prepared)
        return PQsendQueryParams(conn->pg, st->text.at, count, NULL, values, NULL, NULL, 0);
    if (item->preparing && !PQsendPrepare(conn->pg, item->prepared->name, item->prepared->text, 0, NULL))
        return false;
    return PQsendQueryPrepared(conn->pg, item->prepared->name, count, values, NULL, NULL, 0);
}

static bool send_all(struct run *run)
{
    struct flight *flight = run->flight;
    prepared_enter_epoch(&flight->conn->prepared, atomic_load(&flight->conn->settings->counters->epoch));
    prepared_next_flight(&flight->conn->prepared);
    for (size_t i = 0; i < flight->count; i++)
        flight->items[i] = (struct flight_item){.statement = flight->items[i].statement};
    for (size_t i = 0; i < flight->count; i++) {
        if (!send_item(flight, &flight->items[i]))
            return false;
    }
    run->synced = true;
    /* How much of it left when this fails is not known: so all of it, to be safe. */
    run->flushed = !PQpipelineSync(run->pg);
    return !run->flushed;
}

static void read_all(struct run *run)
{
    struct flight *flight = run->flight;
    for (size_t i = 0; i < flight->count && !run->lost; i++) {
        struct flight_item *item = &flight->items[i];
        if (item->preparing) {
            PGresult *made = NULL;
            read_command(run, i, &made);
            item->prepared->ready = made != NULL;
            PQclear(made);
            if (item->prepared->ready)
                COUNT(flight->conn->settings->counters, prepared);
        }
        if (!run->lost)
            read_command(run, i, &item->result);
        /* Neither a result nor an error so far: out of step with the server. */
        run->lost = run->lost || (!item->result && !flight->error);
    }
    if (!run->lost)
        read_sync(run);
}

/* Entries that the server never made are forgotten, and one that it says is stale. */
static void resolve_prepared(struct flight *flight)
{
    struct prepared_cache *cache = &flight->conn->prepared;
    struct prepared *stale = flight_stale(flight) ? flight->items[flight->failed_item].prepared : NULL;
    if (stale && stale->ready) {
        /* 26000: the server does not have it any more. */
        prepared_forget(cache, stale, strcmp(flight_sqlstate(flight), "26000") != 0);
        for (size_t i = 0; i < flight->count; i++) {
            if (flight->items[i].prepared == stale)
                flight->items[i].prepared = NULL;
        }
    }
    for (size_t i = 0; i < flight->count; i++) {
        struct flight_item *item = &flight->items[i];
        if (item->preparing && item->prepared && !item->prepared->ready)
            prepared_forget(cache, item->prepared, false);
    }
    for (size_t i = 0; i < flight->count; i++)
        flight->items[i].prepared = NULL;
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
    struct run side = {.flight = &spare, .pg = run->pg, .limit = run->limit, .lost = run->lost};
    for (size_t i = 0; i < sent && !side.lost; i++)
        read_command(&side, i, NULL);
    if (!side.lost)
        read_sync(&side);
    PQclear(spare.error);
    run->lost = side.lost;
}

void flight_run(struct flight *flight)
{
    struct run run = {.flight = flight, .pg = flight->conn->pg, .limit = flight->deadline};
    flight->end = FLIGHT_DONE;
    flight->error = NULL;
    flight->failed_item = 0;
    flight->cancelled = false;
    for (size_t i = 0; i < flight->count; i++)
        flight->items[i].result = NULL;

    deallocate(&run);
    if (!run.lost && send_all(&run))
        read_all(&run);
    else
        run.lost = true;
    resolve_prepared(flight);
    if (run.lost || PQstatus(run.pg) != CONNECTION_OK) {
        flight->conn->dead = true;
        COUNT(flight->conn->settings->counters, lost);
    }
    if (flight->error)
        flight->end = FLIGHT_ERROR;
    else if (run.lost)
        flight->end = run.flushed ? FLIGHT_UNKNOWN : FLIGHT_UNSENT;
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
