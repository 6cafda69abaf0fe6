#include "midair/pg/listen.h"

#include "conn.h"
#include "flight.h"
#include "xalloc.h"

#include "midair/base/clock.h"
#include "midair/base/map.h"
#include "midair/base/wait.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { PAUSE_FIRST_US = 10000, PAUSE_MAX_US = 500000, LISTEN_LIMIT_US = 3000000, AGAIN_US = 10000000 };

struct listener {
    struct dsn dsn;
    struct counters counters;
    struct conn_settings settings;
    char *sql; /* LISTEN "channel" */
    listener_call call;
    void *context;
    int stop_fd;
    pthread_t thread;
    _Atomic bool stopping;
    bool was_connected;
};

/* Sleeps, or returns true at once when it is time to stop. */
static bool stopped_within(const struct listener *listener, int64_t microseconds)
{
    return wait_fd(listener->stop_fd, WAIT_READ, clock_now_us() + microseconds) == WAIT_READY;
}

static bool is_stopping(void *listener)
{
    return atomic_load(&((struct listener *)listener)->stopping);
}

static bool send_listen(struct listener *listener, struct conn *conn)
{
    struct statement statement = {.text = slice_of(listener->sql), .hash = map_hash(slice_of(listener->sql))};
    struct flight_item item = {.statement = &statement};
    struct flight flight = {.conn = conn, .items = &item, .count = 1, .deadline = clock_now_us() + LISTEN_LIMIT_US};
    struct wait_watch before = wait_watch((struct wait_watch){.unwanted = is_stopping, .context = listener});
    flight_run(&flight);
    wait_watch(before);
    bool ok = flight.end == FLIGHT_DONE;
    flight_clear(&flight);
    return ok;
}

static struct conn *connect_and_listen(struct listener *listener)
{
    struct conn_why why;
    struct conn *conn = conn_open(&listener->settings, clock_now_us() + 60000000, listener->stop_fd, &why);
    if (conn && !send_listen(listener, conn)) {
        conn_close(conn);
        conn = NULL;
    }
    return conn;
}

static void deliver(struct listener *listener, struct conn *conn)
{
    PQisBusy(conn->pg); /* has libpq look at what it read */
    for (PGnotify *notify; (notify = PQnotifies(conn->pg));) {
        listener->call(listener->context, slice_of(notify->extra));
        PQfreemem(notify);
    }
}

/* When to find out whether the server is still there. A server that has fallen silent sends nothing; where there are
 * other hosts, one of them may have taken over. */
static int64_t next_check(const struct listener *listener)
{
    return listener->dsn.host_count > 1 ? clock_now_us() + AGAIN_US : CLOCK_NEVER;
}

/* Until the connection ends or it is time to stop: then true. */
static bool listen_on(struct listener *listener, struct conn *conn)
{
    for (;;) {
        deliver(listener, conn);
        struct wait_fd fds[2] = {{.fd = PQsocket(conn->pg), .events = WAIT_READ},
                                 {.fd = listener->stop_fd, .events = WAIT_READ}};
        if (PQstatus(conn->pg) != CONNECTION_OK || fds[0].fd < 0)
            return false;
        enum wait_end end = wait_fds(fds, 2, next_check(listener));
        if (end == WAIT_FAILED || (end == WAIT_LATE && !send_listen(listener, conn)))
            return false;
        if (fds[1].ready)
            return true;
        if (fds[0].ready && !PQconsumeInput(conn->pg)) {
            deliver(listener, conn);
            return false;
        }
    }
}

static void *run(void *context)
{
    struct listener *listener = context;
    int64_t pause = PAUSE_FIRST_US;
    for (bool stop = false; !stop;) {
        struct conn *conn = connect_and_listen(listener);
        if (conn) {
            pause = PAUSE_FIRST_US;
            if (listener->was_connected)
                listener->call(listener->context, SLICE_ABSENT);
            listener->was_connected = true;
            stop = listen_on(listener, conn);
            conn_close(conn);
        }
        stop = stop || stopped_within(listener, wait_jitter(pause));
        pause = 2 * pause < PAUSE_MAX_US ? 2 * pause : PAUSE_MAX_US;
    }
    return NULL;
}

/* LISTEN takes no parameters: the name is quoted here. */
static char *listen_sql(const char *channel)
{
    char *sql = xcalloc(1, 2 * strlen(channel) + sizeof "LISTEN \"\""), *at = sql;
    at += strlen(strcpy(at, "LISTEN \""));
    for (; *channel; channel++) {
        if (*channel == '"')
            *at++ = '"';
        *at++ = *channel;
    }
    *at = '"';
    return sql;
}

static void listener_free(struct listener *listener)
{
    if (listener->stop_fd >= 0)
        close(listener->stop_fd);
    dsn_fini(&listener->dsn);
    free(listener->sql);
    free(listener);
}

struct listener *listener_start(const struct db_options *options, const char *channel, listener_call call,
                                void *context)
{
    struct listener *listener = xcalloc(1, sizeof *listener);
    char *url = xstrndup(options->url.at ? options->url.at : "", options->url.len);
    dsn_init(&listener->dsn, url);
    free(url);
    listener->settings = (struct conn_settings){.dsn = &listener->dsn,
                                                .counters = &listener->counters,
                                                .connect_timeout_us = options->connect_timeout_us,
                                                .statement_timeout_us = options->statement_timeout_us,
                                                .prepare = options->prepare};
    listener->sql = listen_sql(channel);
    listener->call = call;
    listener->context = context;
    listener->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (listener->stop_fd < 0 || pthread_create(&listener->thread, NULL, run, listener) != 0) {
        listener_free(listener);
        return NULL;
    }
    return listener;
}

void listener_stop(struct listener *listener)
{
    if (!listener)
        return;
    uint64_t one = 1;
    atomic_store(&listener->stopping, true);
    while (write(listener->stop_fd, &one, sizeof one) < 0)
        continue;
    pthread_join(listener->thread, NULL);
    listener_free(listener);
}
