#include "conn.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "xalloc.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How long a host may take at first, where there are others. */
enum { QUICK_US = 1000000 };

/* How an attempt to connect ended. */
enum attempt { ATTEMPT_OK, ATTEMPT_FAILED, ATTEMPT_TIMEOUT, ATTEMPT_STOPPED };

/* A commit that waits for its standby (synchronous_standby_names) and is cancelled is not rolled back: it stands on the
 * primary alone, and all that says so is this warning. Other notices are not of interest. */
static void on_notice(void *context, const PGresult *result)
{
    struct conn *conn = context;
    const char *routine = PQresultErrorField(result, PG_DIAG_SOURCE_FUNCTION);
    if (routine && strcmp(routine, "SyncRepWaitForLSN") == 0)
        conn->unconfirmed = true;
}

static void ignore_notice(void *context, const PGresult *result)
{
    (void)context;
    (void)result;
}

static void say(struct conn_why *why, const char *text)
{
    snprintf(why->text, sizeof why->text, "%s", text);
    size_t len = strlen(why->text);
    while (len > 0 && why->text[len - 1] == '\n')
        why->text[--len] = '\0';
}

/* Waits for the socket or for `stop_fd`. */
static enum attempt wait_for(PGconn *pg, unsigned events, int64_t deadline, int stop_fd)
{
    struct wait_fd fds[2] = {{.fd = PQsocket(pg), .events = events}, {.fd = stop_fd, .events = WAIT_READ}};
    if (fds[0].fd < 0)
        return ATTEMPT_FAILED;
    enum wait_end end = wait_fds(fds, 2, deadline);
    if (end == WAIT_UNWANTED || fds[1].ready)
        return ATTEMPT_STOPPED;
    return end == WAIT_READY ? ATTEMPT_OK : end == WAIT_LATE ? ATTEMPT_TIMEOUT : ATTEMPT_FAILED;
}

static enum attempt handshake(PGconn *pg, int64_t deadline, int stop_fd)
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    if (PQstatus(pg) == CONNECTION_BAD)
        return ATTEMPT_FAILED;
    for (;;) {
        enum attempt waited = wait_for(pg, next == PGRES_POLLING_WRITING ? WAIT_WRITE : WAIT_READ, deadline, stop_fd);
        if (waited != ATTEMPT_OK)
            return waited;
        next = PQconnectPoll(pg);
        if (next == PGRES_POLLING_OK)
            return ATTEMPT_OK;
        if (next == PGRES_POLLING_FAILED)
            return ATTEMPT_FAILED;
    }
}

int64_t conn_ms(int64_t microseconds)
{
    return microseconds <= 0 ? 0 : (microseconds + 999) / 1000;
}

int64_t conn_idle_timeout(const struct conn_settings *settings)
{
    return settings->statement_timeout_us > 10000000 ? settings->statement_timeout_us : 10000000;
}

/* Runs SQL of several statements, before pipeline mode begins. */
static enum attempt run_setup(PGconn *pg, const char *sql, int64_t deadline, int stop_fd)
{
    if (!PQsendQuery(pg, sql))
        return ATTEMPT_FAILED;
    enum attempt ended = ATTEMPT_OK;
    for (;;) {
        int pending = PQflush(pg);
        while (PQisBusy(pg)) {
            enum attempt waited = wait_for(pg, WAIT_READ | (pending > 0 ? WAIT_WRITE : 0u), deadline, stop_fd);
            if (waited != ATTEMPT_OK)
                return waited;
            if (!PQconsumeInput(pg))
                return ATTEMPT_FAILED;
            pending = PQflush(pg);
        }
        PGresult *result = PQgetResult(pg);
        if (!result)
            return ended;
        ExecStatusType status = PQresultStatus(result);
        if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
            ended = ATTEMPT_FAILED;
        PQclear(result);
        if (PQstatus(pg) == CONNECTION_BAD)
            return ATTEMPT_FAILED;
    }
}

/* Lets a session look for a deadlock after a tenth of a second instead of a whole one. midair takes its own locks in
 * one order, but other writers need not. The transaction that PostgreSQL ends is run again, so its client notices only
 * this wait. Where the role may not set it (GRANT SET ON PARAMETER deadlock_timeout, PostgreSQL 15), the server's own
 * value holds. */
static void find_deadlocks_soon(PGconn *pg, int64_t deadline, int stop_fd)
{
    enum attempt ignored =
        run_setup(pg,
                  PQserverVersion(pg) >= 150000
                      ? "SELECT pg_catalog.set_config('deadlock_timeout', '100ms', false) "
                        "WHERE pg_catalog.has_parameter_privilege('deadlock_timeout', 'SET')"
                      : "SELECT pg_catalog.set_config('deadlock_timeout', '100ms', false) FROM pg_catalog.pg_roles "
                        "WHERE rolname = CURRENT_USER AND rolsuper",
                  deadline, stop_fd);
    (void)ignored; /* a connection that broke shows at its next use */
}

/* What values look like must not depend on how the server is configured. search_path stays as it is: operators and
 * functions of extensions are found by it. Nothing is compiled: the planner thinks nested embeds dear, and compiling
 * them takes seconds where the rows take milliseconds. */
static enum attempt set_session(PGconn *pg, const struct conn_settings *settings, int64_t deadline, int stop_fd)
{
    char sql[640];
    snprintf(sql, sizeof sql,
             "SET TimeZone = 'UTC'; SET DateStyle = 'ISO, YMD'; SET IntervalStyle = 'postgres'; "
             "SET extra_float_digits = 1; SET bytea_output = 'hex'; SET standard_conforming_strings = on; "
             "SET xmloption = 'content'; SET jit = off; SET statement_timeout = %lld; SET lock_timeout = %lld; "
             "SET idle_in_transaction_session_timeout = %lld",
             (long long)conn_ms(settings->statement_timeout_us), (long long)conn_ms(settings->lock_timeout_us),
             (long long)conn_ms(conn_idle_timeout(settings)));
    enum attempt ended = run_setup(pg, sql, deadline, stop_fd);
    if (ended == ATTEMPT_OK)
        find_deadlocks_soon(pg, deadline, stop_fd);
    if (ended == ATTEMPT_OK && settings->role_setup)
        ended = run_setup(pg, settings->role_setup, deadline, stop_fd);
    return ended;
}

struct beginning {
    struct dsn_params params;
    PGconn *pg;
};

static void begin(void *argument)
{
    struct beginning *beginning = argument;
    beginning->pg = PQconnectStartParams(beginning->params.keys, beginning->params.values, 0);
}

/* libpq looks up the host's address and reads files here, which may block. */
static PGconn *begin_host(const struct conn_settings *settings, size_t number)
{
    struct beginning beginning = {.pg = NULL};
    dsn_params(settings->dsn, number, &beginning.params);
    wait_call(begin, &beginning);
    return beginning.pg;
}

/* A connection to one host, set up. On failure *pg is NULL. */
static enum attempt attempt_host(const struct conn_settings *settings, size_t number, int64_t deadline, int stop_fd,
                                 PGconn **pg, struct cancel_key *key, struct conn_why *why)
{
    struct cancel_trace trace;
    *pg = begin_host(settings, number);
    if (!*pg) {
        say(why, "out of memory");
        return ATTEMPT_FAILED;
    }
    PQsetNoticeReceiver(*pg, ignore_notice, NULL);
    cancel_trace_begin(&trace, *pg);
    enum attempt ended = handshake(*pg, deadline, stop_fd);
    *key = cancel_trace_end(&trace, *pg);
    bool connected = ended == ATTEMPT_OK;
    if (connected && settings->prepare)
        ended = set_session(*pg, settings, deadline, stop_fd);
    if (ended == ATTEMPT_OK && (PQsetnonblocking(*pg, 1) != 0 || !PQenterPipelineMode(*pg)))
        ended = ATTEMPT_FAILED;
    if (ended == ATTEMPT_OK)
        return ended;
    /* libpq puts no time limit, so it has no message for it either. */
    say(why, ended == ATTEMPT_FAILED    ? PQerrorMessage(*pg)
             : ended == ATTEMPT_TIMEOUT ? "the server did not answer the connection attempt in time"
                                        : "stopped");
    PQfinish(*pg);
    *pg = NULL;
    return ended;
}

static struct conn *new_conn(const struct conn_settings *settings, const struct conn *made)
{
    struct conn *conn = xcalloc(1, sizeof *conn);
    *conn = *made;
    conn->mark = CONN_LENT;
    conn->settings = settings;
    PQsetNoticeReceiver(conn->pg, on_notice, conn);
    prepared_init(&conn->prepared, settings->prepare ? settings->prepared_max : 0);
    COUNT(settings->counters, connects);
    COUNT(settings->counters, connections);
    return conn;
}

/* One connection attempt to each host, the last good one first. A host that has not answered within `patience_us` is
 * given up, and *late is set. NULL: none could be had. */
static struct conn *try_hosts(const struct conn_settings *settings, int64_t patience_us, int64_t deadline, int stop_fd,
                              bool *late, struct conn_why *why)
{
    struct dsn *dsn = settings->dsn;
    size_t attempts = dsn->options ? dsn_attempts(dsn) : 0, first = atomic_load(&dsn->first);
    for (size_t i = 0; i < attempts && (i == 0 || clock_now_us() < deadline); i++) {
        size_t attempt = i / dsn->host_count * dsn->host_count + (first + i) % dsn->host_count;
        struct conn made = {.host = dsn_host(dsn, attempt)};
        made.silences = atomic_load(&dsn->silences[made.host]);
        int64_t limit = clock_earlier(deadline, clock_now_us() + patience_us);
        enum attempt ended = attempt_host(settings, attempt, limit, stop_fd, &made.pg, &made.key, why);
        if (ended == ATTEMPT_OK) {
            dsn_host_good(dsn, made.host);
            return new_conn(settings, &made);
        }
        if (ended == ATTEMPT_STOPPED)
            return NULL;
        if (ended == ATTEMPT_TIMEOUT) {
            *late = true;
            dsn_host_late(dsn, made.host);
        }
    }
    return NULL;
}

struct conn *conn_open(const struct conn_settings *settings, int64_t deadline, int stop_fd, struct conn_why *why)
{
    int64_t patience_us = settings->connect_timeout_us;
    bool several = settings->dsn->host_count > 1 && patience_us > QUICK_US, late = false, ignored;
    say(why, "the connection string cannot be parsed");
    /* Where there are several hosts, one that is silent must not hold up the one that would answer. */
    struct conn *conn = try_hosts(settings, several ? QUICK_US : patience_us, deadline, stop_fd, &late, why);
    if (!conn && several && late && clock_now_us() < deadline && !wait_unwanted())
        conn = try_hosts(settings, patience_us, deadline, stop_fd, &ignored, why);
    if (!conn)
        COUNT(settings->counters, connect_failures);
    return conn;
}

void conn_close(struct conn *conn)
{
    if (!conn)
        return;
    assert(conn->mark == CONN_LENT || conn->mark == CONN_IDLE);
    conn->mark = CONN_CLOSED;
    COUNT_DOWN(conn->settings->counters, connections);
    prepared_fini(&conn->prepared);
    PQfinish(conn->pg);
    free(conn);
}

int conn_server_pid(const struct conn *conn)
{
    return conn->settings->prepare ? PQbackendPID(conn->pg) : conn->server_pid;
}

bool conn_silent(const struct conn *conn)
{
    return conn->silences != atomic_load(&conn->settings->dsn->silences[conn->host]);
}

bool conn_alive(struct conn *conn)
{
    if (conn->dead || conn_silent(conn) || PQstatus(conn->pg) != CONNECTION_OK)
        return false;
    int fd = PQsocket(conn->pg);
    if (fd < 0)
        return false;
    if (wait_fd(fd, WAIT_READ, 0) != WAIT_READY)
        return true;
    /* Something came without being asked for: a notice, a changed setting, or the end. */
    if (!PQconsumeInput(conn->pg))
        return false;
    PQisBusy(conn->pg); /* has libpq look at what it read */
    if (PQstatus(conn->pg) != CONNECTION_OK)
        return false;
    /* A farewell message and the end of the stream can come apart. */
    return wait_fd(fd, WAIT_READ, 0) != WAIT_READY || PQconsumeInput(conn->pg);
}

/* A function or a trigger may have SET what values look like, for longer than its transaction. The server tells when
 * that changes, so to look costs no round trip. */
static bool shows_as_ever(PGconn *pg)
{
    static const char *const settings[][2] = {
        {"TimeZone", "UTC"}, {"DateStyle", "ISO, YMD"}, {"IntervalStyle", "postgres"}, {"client_encoding", "UTF8"}};
    for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
        const char *value = PQparameterStatus(pg, settings[i][0]);
        if (!value || strcmp(value, settings[i][1]) != 0)
            return false;
    }
    return true;
}

bool conn_clean(const struct conn *conn)
{
    return !conn->dead && PQstatus(conn->pg) == CONNECTION_OK && PQtransactionStatus(conn->pg) == PQTRANS_IDLE &&
           (!conn->settings->prepare || shows_as_ever(conn->pg));
}
