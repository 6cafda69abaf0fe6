/* LAYER: pg */
/* Cancel requests and probes against servers that answer, that are silent, and that are not there. */
#include "../../src/pg/cancel.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "pg_common.h"

#include <libpq-fe.h>

/* A connection with its key. */
struct caller {
    PGconn *pg;
    struct cancel_key key;
};

static struct caller call_server(void)
{
    const char *const keys[] = {"dbname", NULL}, *const values[] = {cluster_url, NULL};
    struct cancel_trace trace;
    struct caller caller = {.pg = PQconnectStartParams(keys, values, 1)};
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    cancel_trace_begin(&trace, caller.pg);
    while (next != PGRES_POLLING_OK) {
        CHECK(next != PGRES_POLLING_FAILED);
        wait_fd(PQsocket(caller.pg), next == PGRES_POLLING_READING ? WAIT_READ : WAIT_WRITE, in_seconds(30));
        next = PQconnectPoll(caller.pg);
    }
    caller.key = cancel_trace_end(&trace, caller.pg);
    CHECK(caller.key.known && caller.key.process == (uint32_t)PQbackendPID(caller.pg));
    return caller;
}

/* The stage that is reached within so many milliseconds. */
static enum cancel_stage follow(struct cancel *cancel, int64_t ms)
{
    int64_t deadline = clock_now_us() + ms * 1000;
    for (unsigned events; (events = cancel_events(cancel));) {
        if (wait_fd(cancel->fd, events, deadline) != WAIT_READY)
            break;
        cancel_advance(cancel);
    }
    enum cancel_stage stage = cancel->stage;
    cancel_end(cancel);
    return stage;
}

static void a_statement_is_cancelled(void)
{
    struct caller caller = call_server();
    struct cancel cancel;
    CHECK(PQsendQuery(caller.pg, "SELECT pg_sleep(100)"));
    usleep(50000); /* or it is cancelled before it begins, which PostgreSQL ignores */
    cancel_begin(&cancel, caller.pg, &caller.key);
    CHECK(follow(&cancel, 10000) == CANCEL_DONE);
    PGresult *result = PQgetResult(caller.pg);
    CHECK(strcmp(PQresultErrorField(result, PG_DIAG_SQLSTATE), "57014") == 0);
    PQclear(result);
    PQfinish(caller.pg);
}

static void a_wrong_secret_cancels_nothing(void)
{
    struct caller caller = call_server();
    struct cancel cancel;
    CHECK(PQsendQuery(caller.pg, "SELECT pg_sleep(0.3)"));
    usleep(50000);
    caller.key.secret++;
    cancel_begin(&cancel, caller.pg, &caller.key);
    CHECK(follow(&cancel, 10000) == CANCEL_DONE);
    PGresult *result = PQgetResult(caller.pg);
    CHECK(PQresultStatus(result) == PGRES_TUPLES_OK);
    PQclear(result);
    PQfinish(caller.pg);
}

static void without_a_key_there_is_no_request(void)
{
    struct caller caller = call_server();
    struct cancel cancel;
    caller.key.known = false;
    cancel_begin(&cancel, caller.pg, &caller.key);
    CHECK(cancel.stage == CANCEL_FAILED && cancel_events(&cancel) == 0);
    cancel_end(&cancel);
    PQfinish(caller.pg);
}

static void a_server_that_is_stopped_answers_neither(void)
{
    struct caller caller = call_server();
    struct cancel cancel, probe;
    cancel_begin_probe(&probe, caller.pg);
    CHECK(follow(&probe, 10000) == CANCEL_DONE);
    kill(cluster_pid, SIGSTOP);
    cancel_begin(&cancel, caller.pg, &caller.key);
    CHECK(follow(&cancel, 100) == CANCEL_SENT);
    cancel_begin_probe(&probe, caller.pg);
    CHECK(follow(&probe, 100) == CANCEL_SENT);
    kill(cluster_pid, SIGCONT);
    cancel_begin_probe(&probe, caller.pg);
    CHECK(follow(&probe, 10000) == CANCEL_DONE);
    PQfinish(caller.pg);
}

static void a_server_that_is_gone_refuses(void)
{
    struct caller caller = call_server();
    struct cancel cancel;
    cluster_down(SIGQUIT);
    cancel_begin(&cancel, caller.pg, &caller.key);
    CHECK(follow(&cancel, 10000) == CANCEL_FAILED);
    PQfinish(caller.pg);
    cluster_up();
}

int main(void)
{
    alarm(120);
    cluster_start();
    a_statement_is_cancelled();
    a_wrong_secret_cancels_nothing();
    without_a_key_there_is_no_request();
    a_server_that_is_stopped_answers_neither();
    a_server_that_is_gone_refuses();
    return 0;
}
