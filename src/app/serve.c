/* `midair serve`: the order in which everything starts, runs and stops. */
#include "boot.h"
#include "commands.h"
#include "embedded.h"
#include "events.h"
#include "limits.h"
#include "live.h"
#include "reread.h"
#include "roles.h"
#include "wakeup.h"

#include "midair/base/clock.h"
#include "midair/base/wait.h"
#include "midair/front/address.h"
#include "midair/front/front.h"
#include "midair/front/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define FIRST_POLL_US INT64_C(1000000)
#define POLL_US INT64_C(30000000)
#define ROLES_US INT64_C(10000000)
#define REREAD_US INT64_C(5000000) /* for reading the catalog again because of requests */

enum { BACKOFF_MIN_MS = 50, BACKOFF_MAX_MS = 800 };

struct server {
    struct config_source source;
    struct embedded *embedded;
    struct db *db;
    struct live *live;
    struct reread *reread;
    struct service service;
    struct front *front;
    struct tls *tls; /* the certificates in use; NULL: none */
    struct network *proxies;
    struct wakeup *wakeup;
    atomic_bool log_requests;
    bool stop;         /* SIGTERM or SIGINT was received */
    bool reload;       /* a reload was requested, or the catalog has not been read yet */
    bool lost;         /* the embedded PostgreSQL cannot be kept running */
    bool refused;      /* the first catalog has errors: the start fails */
    int backoff_ms;    /* milliseconds between attempts to reload */
    int64_t reload_at; /* the earliest time of the next attempt to reload */
    unsigned attempts; /* consecutive failed attempts to read the catalog */
    int64_t began_us;
};

static void apply_config(struct server *server, const struct config *config)
{
    log_set_level((enum log_level)config->server.log_level);
    atomic_store(&server->log_requests, config->server.access_log);
}

/* The setting `listen`, with the port that was chosen where it asked for any (0). */
static struct slice listen_shown(struct arena *arena, struct slice listen, int port)
{
    bool single = slice_find(listen, ',') == listen.len && !slice_starts(listen, SLICE("unix:"));
    size_t end = listen.len;
    while (end > 0 && listen.at[end - 1] != ':')
        end--;
    if (!single)
        return listen;
    return arena_printf(arena, "%.*s:%d", end ? (int)end - 1 : 7, end ? listen.at : "0.0.0.0", port);
}

static void log_ready(const struct server *server, const char *event, const struct snapshot *snapshot)
{
    struct log_line line;
    log_begin(&line, LOG_INFO, event);
    struct arena *arena = arena_new(0);
    if (server->front)
        log_str(&line, "address", listen_shown(arena, snapshot->config->server.listen, front_port(server->front)));
    log_int(&line, "resources", (int64_t)snapshot->catalog->relation_count);
    log_str(&line, "database", snapshot->catalog->database);
    log_str(&line, "user", snapshot->catalog->user);
    log_int(&line, "postgresql", snapshot->catalog->server_version);
    log_ms(&line, "after", clock_now_us() - server->began_us);
    log_end(&line);
    arena_free(arena);
}

/* Reads the configuration again. NULL when it has mistakes. Mistakes, and settings that need a restart, are logged. */
static struct config *reread_config(struct server *server, const struct config *now)
{
    struct mistakes mistakes = mistakes_init(), ignored = mistakes_init();
    struct config *next = config_load(&server->source, &mistakes);
    /* An editor or a copy may leave the file empty for a moment, and for good when the disk is full. */
    if (next && now->file_settings > 0 && next->file_settings == 0) {
        mistakes_add(&mistakes, slice_of(server->source.file), "the file has no settings any more");
        config_free(next);
        next = NULL;
    }
    /* Connections that once ran as a role are not used without one (pg/conn.h). */
    if (next && !next->authenticator != !now->authenticator) {
        mistakes_add(&mistakes, SLICE("[auth]"), "only a restart begins or ends authentication");
        config_free(next);
        next = NULL;
    }
    events_mistakes(&mistakes, LOG_ERROR, "config_mistake");
    if (next) {
        config_keep_fixed(next, now, &ignored);
        events_mistakes(&ignored, LOG_WARN, "config_ignored");
    }
    mistakes_fini(&ignored);
    mistakes_fini(&mistakes);
    return next;
}

/* Makes what was read the current snapshot, which owns both from now on. midair is ready once it has a catalog. */
static void take_over(struct server *server, struct config *config, struct catalog *catalog)
{
    SNAPSHOT_AUTO *old = live_acquire(server->live);
    struct snapshot *next = snapshot_new(config, catalog);
    apply_config(server, config);
    db_schema_read(server->db);
    roles_carry_over(old, next, server->db, clock_now_us() + ROLES_US);
    live_swap(server->live, next);
    boot_warn_if_empty(config, catalog);
    if (old->catalog || server->front)
        log_ready(server, old->catalog ? "reloaded" : "ready", next);
}

/* Reads the certificates. False when they cannot be used, which is logged; without any, *out is NULL. */
static bool read_tls(const struct server_settings *settings, struct tls **out)
{
    struct tls_files files = {
        .certificates = settings->tls_certificates.items,
        .certificate_count = settings->tls_certificates.count,
        .keys = settings->tls_keys.items,
        .key_count = settings->tls_keys.count,
        .client_ca = settings->tls_client_ca,
    };
    *out = NULL;
    if (files.certificate_count == 0)
        return true;
    struct arena *arena = arena_new(0);
    struct err *err = tls_new(arena, &files, out);
    if (err)
        events_failure(LOG_ERROR, "tls_unusable", err);
    arena_free(arena);
    return err == NULL;
}

/* Takes over `tls`. Connections that are open keep the certificates that they began with. */
static void use_tls(struct server *server, struct tls *tls)
{
    if (server->front)
        front_set_tls(server->front, tls);
    tls_release(server->tls);
    server->tls = tls;
}

/* Makes one attempt to read the configuration and the catalog. Everything is checked before anything is changed. When
 * the database cannot be reached, `reload` stays set, and run() tries again. */
static void reload(struct server *server, int64_t patience_us)
{
    SNAPSHOT_AUTO *now = live_acquire(server->live);
    struct config *config = reread_config(server, now->config);
    struct tls *tls = NULL;
    if (config && !read_tls(&config->server, &tls)) {
        config_free(config);
        config = NULL;
    }
    if (!config) {
        server->reload = !now->catalog; /* without a catalog midair has to keep trying */
        if (now->catalog)
            log_message(LOG_ERROR, "reload_refused", "the configuration has mistakes; nothing was changed");
        return;
    }
    struct arena *scratch = arena_new(0);
    struct catalog *catalog = NULL;
    struct wait_watch before = wait_watch((struct wait_watch){.unwanted = wakeup_stops});
    struct err *err = boot_catalog(server->db, scratch, config, SLICE_ABSENT, clock_now_us() + patience_us, &catalog);
    wait_watch(before);
    bool sound = !err && events_findings(&catalog->findings);
    server->attempts = err ? server->attempts + 1 : 0;
    if (err && (server->attempts & (server->attempts - 1)) == 0) /* logged at the 1st, 2nd, 4th, 8th, … failure */
        events_failure(LOG_WARN, "catalog_unread", err);
    server->reload = err != NULL;
    if (sound) {
        use_tls(server, tls);
        take_over(server, config, catalog);
    } else {
        tls_release(tls);
        if (!err && now->catalog)
            log_message(LOG_ERROR, "reload_refused", "the catalog has mistakes; nothing was changed");
        server->refused = !err && !now->catalog;
        catalog_free(catalog);
        config_free(config);
    }
    arena_free(scratch);
}

/* Reads the catalog again for requests that failed, with the configuration as it is. */
static void reread_changed(struct server *server)
{
    SNAPSHOT_AUTO *now = live_acquire(server->live);
    struct arena *scratch = arena_new(0);
    struct catalog *catalog = NULL;
    struct wait_watch before = wait_watch((struct wait_watch){.unwanted = wakeup_stops});
    int64_t deadline = clock_now_us() + REREAD_US;
    struct err *err = NULL;
    if (now->catalog)
        err = boot_changed_catalog(server->db, scratch, now->config, now->catalog->mark, deadline, &catalog);
    wait_watch(before);
    if (err)
        events_failure(LOG_WARN, "catalog_unread", err);
    bool known = catalog && findings_same(&catalog->findings, &now->catalog->findings);
    if (catalog && (known || events_findings(&catalog->findings))) {
        metrics_add(METRIC_CATALOG_REREADS, 1);
        take_over(server, config_share(now->config), catalog);
    } else {
        catalog_free(catalog);
    }
    arena_free(scratch);
}

static void handle(void *context, struct exchange *exchange)
{
    struct server *server = context;
    exchange->log = atomic_load_explicit(&server->log_requests, memory_order_relaxed);
    pipeline_handle(&server->service, exchange);
}

static void fail(void *context, struct exchange *exchange, const struct err *err)
{
    struct server *server = context;
    pipeline_fail(&server->service, exchange, err);
}

/* The networks of the setting proxy_from, which was parsed before. NULL when there are none. */
static struct network *read_networks(const struct slice_list *texts)
{
    struct network *networks = texts->count ? calloc(texts->count, sizeof(*networks)) : NULL;
    for (size_t i = 0; networks && i < texts->count; i++)
        if (!network_read(texts->items[i], &networks[i]))
            networks[i] = (struct network){.family = AF_UNSPEC}; /* belongs to no address */
    return networks;
}

static struct front_options front_options(struct server *server, const struct server_settings *settings)
{
    int threads = (int)settings->threads, connections = (int)settings->connections;
    int limit = settings->front == FRONT_LOOP ? connections : threads, fewer = limit / 4 > 0 ? limit / 4 : 1;
    return (struct front_options){
        .kind = (enum front_choice)settings->front,
        .listen = settings->listen,
        .connections = connections,
        .tls = server->tls,
        .proxies = server->proxies,
        .proxy_count = server->proxies ? settings->proxy_from.count : 0,
        .threads = threads,
        .reserve = FRONT_RESERVE < limit ? FRONT_RESERVE : fewer,
        .keep_alive_timeout_ms = (int)(settings->keep_alive_timeout / 1000),
        .request_timeout_ms = (int)(settings->request_timeout / 1000),
        .body_timeout_ms = (int)(settings->body_timeout / 1000),
        .send_timeout_ms = FRONT_SEND_TIMEOUT_MS,
        .send_pause_ms = FRONT_SEND_PAUSE_MS,
        .max_url = (size_t)settings->max_url,
        .max_header_bytes = (size_t)settings->max_header_bytes,
        .max_body = 0, /* the pipeline passes the limit, which a reload may change */
        .request_memory = (size_t)settings->request_memory,
        .thread_stack = FRONT_THREAD_STACK,
        .access_log = settings->access_log,
        .handle = handle,
        .fail = fail,
        .context = server,
    };
}

static bool start_front(struct server *server)
{
    SNAPSHOT_AUTO *now = live_acquire(server->live);
    const struct server_settings *settings = &now->config->server;
    server->proxies = read_networks(&settings->proxy_from);
    struct front_options options = front_options(server, settings);
    const char *why = "";
    server->front = front_start(&options, &why);
    if (!server->front)
        log_message(LOG_FATAL, "no_listen", "cannot listen on %.*s: %s", SLICE_ARG(settings->listen), why);
    else if (now->catalog)
        log_ready(server, "ready", now);
    else
        log_message(LOG_WARN, "waiting", "listening; the database could not be read yet");
    return server->front != NULL;
}

/* Ends the wait for the embedded server, which can take minutes after a crash, when midair itself is told to stop. */
static bool stop_came(void *context)
{
    struct server *server = context;
    server->stop = server->stop || (wakeup_wait(server->wakeup, 0) & WAKEUP_STOP);
    return server->stop;
}

static bool start_database(struct server *server, struct config *config, const char *embedded_dir)
{
    struct arena *arena = arena_new(0);
    struct slice url = SLICE_ABSENT;
    struct err *err = NULL;
    if (embedded_dir) {
        err = embedded_start(arena, embedded_dir, stop_came, server, &server->embedded);
        if (!err) {
            url = embedded_url(server->embedded);
            log_message(LOG_INFO, "embedded", "%.*s", SLICE_ARG(url));
        } else {
            fprintf(stderr, "midair: %.*s\n", SLICE_ARG(err->detail));
        }
    }
    if (!err) {
        struct db_options options = boot_db_options(config, url);
        server->db = db_open(&options);
        server->service = (struct service){.live = server->live,
                                           .acquire = live_view_acquire,
                                           .release = live_view_release,
                                           .is_outdated = reread_wait,
                                           .reread = server->reread,
                                           .acquire_role = roles_view_acquire,
                                           .release_role = roles_view_release,
                                           .db = server->db};
        wakeup_channel(server->wakeup, &options, config->database.channel);
    }
    arena_free(arena);
    return !err;
}

/* Starts everything after the configuration, in this order. Returns false when the start failed. */
static bool start(struct server *server, struct config *config, const char *embedded_dir)
{
    server->live = live_new(snapshot_new(config, NULL));
    server->reread = reread_new(server->live);
    apply_config(server, config);
    limit_heaps();
    limit_memory(config->server.memory);
    if (!arena_fill_reserve()) {
        log_message(LOG_FATAL, "no_memory",
                    "there is no memory to start with; see ulimit -v and the limits of the unit");
        return false;
    }
    raise_file_limit();
    server->wakeup = wakeup_new();
    if (!read_tls(&config->server, &server->tls))
        return false;
    if (!start_database(server, config, embedded_dir))
        return false;
    reload(server, FIRST_POLL_US);
    if (server->refused)
        return false;
    return start_front(server);
}

/* Starts the embedded PostgreSQL again when it has ended by itself. */
static void revive(struct server *server)
{
    switch (embedded_revive(server->embedded)) {
    case REVIVAL_NEEDLESS:
        break;
    case REVIVAL_DONE:
        log_message(LOG_ERROR, "embedded_died", "PostgreSQL ended by itself and was started again");
        break;
    case REVIVAL_HOPELESS:
        log_message(LOG_FATAL, "embedded_lost",
                    "PostgreSQL keeps ending right after its start; see postgres.log in its directory");
        server->stop = server->lost = true;
        break;
    }
}

static void act(struct server *server, unsigned events)
{
    server->stop = server->stop || (events & WAKEUP_STOP);
    if ((events & WAKEUP_CHILD) && server->embedded && !server->stop)
        revive(server);
    if (events & WAKEUP_RELOAD) {
        server->reload = true;
        server->backoff_ms = 0;
        server->reload_at = 0;
    }
}

/* When there is something to do without an event. */
static int64_t next_task(const struct server *server)
{
    int64_t reread_at = reread_due(server->reread);
    return server->reload ? clock_earlier(server->reload_at, reread_at) : reread_at;
}

static void answer_reread(struct server *server)
{
    if (reread_due(server->reread) > clock_now_us())
        return;
    uint64_t begun = reread_begin(server->reread);
    reread_changed(server);
    reread_end(server->reread, begun);
}

static void run(struct server *server)
{
    while (!server->stop && !server->refused) {
        act(server, wakeup_wait(server->wakeup, clock_left_ms(next_task(server))));
        if (!server->stop)
            answer_reread(server);
        if (!server->reload || server->stop || clock_now_us() < server->reload_at)
            continue;
        reload(server, POLL_US);
        server->backoff_ms = server->backoff_ms ? server->backoff_ms * 2 : BACKOFF_MIN_MS;
        if (server->backoff_ms > BACKOFF_MAX_MS)
            server->backoff_ms = BACKOFF_MAX_MS;
        server->reload_at = clock_now_us() + server->backoff_ms * INT64_C(1000);
    }
}

/* Stops everything in the reverse order of start(). The pool is closed only after the front has stopped, since no
 * request may use the database after that. */
static void stop(struct server *server)
{
    int64_t drain_us = 0;
    if (server->live) {
        SNAPSHOT_AUTO *now = live_acquire(server->live);
        drain_us = now->config->server.drain_timeout;
    }
    bool served = server->front;
    if (served)
        log_message(LOG_INFO, "stopping", "requests in progress may finish");
    if (server->reread)
        reread_close(server->reread);
    if (served && !front_stop(server->front, clock_now_us() + drain_us))
        log_message(LOG_WARN, "drain_cut", "some responses were not sent in time");
    wakeup_free(server->wakeup);
    db_close(server->db);
    reread_free(server->reread);
    live_free(server->live);
    tls_release(server->tls);
    free(server->proxies);
    embedded_stop(server->embedded);
    if (served)
        log_message(LOG_INFO, "stopped", "all connections are closed");
}

int command_serve(const struct arguments *arguments)
{
    struct server server = {.source = command_source(arguments), .reload = true, .began_us = clock_now_us()};
    log_set_fd(STDERR_FILENO);
    server.backoff_ms = BACKOFF_MIN_MS;
    server.reload_at = clock_now_us() + BACKOFF_MIN_MS * INT64_C(1000);
    struct config *config = command_config(arguments);
    if (!config)
        return EXIT_FAILED;
    bool started = start(&server, config, arguments->values[OPTION_EMBEDDED]);
    if (started)
        run(&server);
    bool fine = started && !server.refused;
    stop(&server);
    return !server.lost && (fine || server.stop) ? EXIT_FINE : EXIT_FAILED;
}
