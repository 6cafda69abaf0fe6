/* The life of a connection on an event loop.
 *
 *     FRESH -> BUSY <-> IDLE -> closed
 *
 * advance() is called whenever there may be progress: bytes have arrived, a request has ended,
 * or the connection is evicted. It receives until the head is complete and then starts a strand with run(), which
 * serves this one request and calls advance() again, since the next request may already be in the inbox. While the
 * client is BUSY, only its strand receives from the socket; events are noted in the client and looked at afterwards. */
#include "client.h"

#include "midair/base/clock.h"
#include "midair/front/metrics.h"
#include "midair/http/problem.h"
#include "proxy.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

enum {
    INBOX_FIRST = 4096,
    INBOX_SLACK = 4096, /* above the limit of a head, so that a head a little over the limit is refused by head.c */
    INBOX_ROOM = 2048,  /* space behind a head, for chunks */
    SPARE_MAX = 64,
    TICK_US = 100 * 1000,
    GRACE_US = 1000 * 1000, /* for the first request, while there are too many connections */
};

static void advance(struct client *client);

/* ---- lists ---- */

static struct client_list *list_of(struct client *client)
{
    switch (client->state) {
    case CLIENT_FRESH:
        return &client->worker->fresh;
    case CLIENT_IDLE:
        return &client->worker->idle;
    case CLIENT_BUSY:
        break;
    }
    return &client->worker->busy;
}

static void leave_list(struct client *client)
{
    struct client_list *list = list_of(client);
    if (client->before)
        client->before->next = client->next;
    else
        list->first = client->next;
    if (client->next)
        client->next->before = client->before;
    else
        list->last = client->before;
}

static void enter_list(struct client *client, enum client_state state)
{
    client->state = state;
    struct client_list *list = list_of(client);
    client->next = NULL;
    client->before = list->last;
    if (list->last)
        list->last->next = client;
    else
        list->first = client;
    list->last = client;
}

/* ---- connections ---- */

static void client_close(struct client *client)
{
    struct worker *worker = client->worker;
    leave_list(client);
    timers_cancel(&worker->loop.timers, &client->timer.timer);
    loop_forget(&worker->loop, client->stream.fd);
    stream_close(&client->stream);
    free(client->inbox);
    free(client);
    worker->open--;
    metrics_add(METRIC_CONNECTIONS_OPEN, -1);
    loop_front_left(worker);
}

/* Starts the time limit for the head of the next request. A timer that is due earlier stays as it is, since it is set
 * again when it fires; so most requests do not move their timer. */
static void await_head(struct client *client, int timeout_ms)
{
    client->since = clock_now_us();
    client->deadline = client->since + (int64_t)timeout_ms * 1000;
    if (!client->timer.timer.place || client->timer.timer.at > client->deadline)
        loop_timer_set(&client->worker->loop, &client->timer, client->deadline);
}

/* A TLS handshake may have to wait until it can send. */
static bool watch(struct client *client)
{
    return loop_watch(&client->worker->loop, client->stream.fd, &client->source, client->stream.ssl != NULL);
}

static void client_ready(struct loop_source *source, unsigned events)
{
    struct client *client = (struct client *)source;
    client->readable = true;
    client->gone = client->gone || (events & LOOP_ENDED);
    if (client->state != CLIENT_BUSY)
        advance(client);
}

/* ---- serving ---- */

static struct server *server_take(struct worker *worker)
{
    struct server *server = worker->spare;
    if (server) {
        worker->spare = server->next;
        worker->spare_count--;
        return server;
    }
    server = calloc(1, sizeof(*server));
    if (server)
        server->arena = arena_new(worker->options->request_memory);
    return server;
}

static void server_free(struct server *server)
{
    arena_free(server->arena);
    free(server);
}

static void server_give(struct worker *worker, struct server *server)
{
    arena_reset(server->arena);
    if (worker->spare_count >= SPARE_MAX) {
        server_free(server);
        return;
    }
    server->next = worker->spare;
    worker->spare = server;
    worker->spare_count++;
}

static bool is_gone(void *context)
{
    const struct client *client = context;
    return client->gone;
}

static struct err *refuse(struct exchange *exchange, enum refusal refusal)
{
    struct arena *arena = exchange->arena;
    const struct server *server = (const struct server *)exchange->transfer;
    const struct front_options *options = exchange->transfer->options;
    const struct client *client = server->client;
    size_t looked = client->have < options->max_url + 32 ? client->have : options->max_url + 32;
    if (refusal == REFUSED_LATE)
        return err_new(arena, ERR_REQUEST_TIMEOUT, "The header did not arrive in time.");
    if (refusal == REFUSED_MALFORMED)
        return err_new(arena, ERR_BAD_FRAMING, "The header of the request cannot be parsed.");
    if (!memchr(client->inbox, '\n', looked))
        return err_new(arena, ERR_URL_TOO_LONG, "The URL has more than %zu bytes.", options->max_url);
    return err_new(arena, ERR_FIELDS_TOO_LARGE, "The header has more than %zu bytes.", options->max_header_bytes);
}

static struct err *read_head(struct exchange *exchange)
{
    struct server *server = (struct server *)exchange->transfer;
    struct client *client = server->client;
    const struct front_options *options = exchange->transfer->options;
    struct head_limits limits = {options->max_url, options->max_header_bytes};
    struct head_raw raw;
    bool whole = head_cut(client->inbox, &client->scan, &raw);
    if (raw.version)
        exchange->in.method_text = slice_of(raw.method);
    exchange->in.method = method_of(exchange->in.method_text);
    if (head_other_version(&raw))
        return err_new(exchange->arena, ERR_VERSION_NOT_SUPPORTED, "HTTP/1.1 and HTTP/1.0 are supported.");
    if (!whole)
        return refuse(exchange, REFUSED_MALFORMED);
    return head_read(exchange->arena, &raw, &limits, &exchange->in, &exchange->transfer->framing);
}

/* Serves one request: from the end of its head to the end of its response. */
static void serve(struct server *server)
{
    struct client *client = server->client;
    struct exchange exchange;
    exchange_begin(&exchange, server->arena, &server->transfer, clock_now_us());
    exchange.in.peer = slice_of(client->peer);
    struct err *err = server->refusal ? refuse(&exchange, server->refusal) : read_head(&exchange);
    if (err)
        problem_of(exchange.arena, err)->close = true;
    if (server->transfer.framing.asterisk)
        server->transfer.last = true;
    wait_watch((struct wait_watch){.unwanted = is_gone, .context = client, .serves = true});
    exchange_serve(&exchange, err);
    wait_watch((struct wait_watch){.serves = true});
    exchange_finish(&exchange);
    metrics_add(METRIC_IN_FLIGHT, -1);
}

/* Moves the bytes that were received after the request to the start of the inbox: they begin the next request. */
static void keep_rest(struct client *client, size_t used)
{
    client->have -= used;
    if (client->have > 0)
        memmove(client->inbox, client->inbox + used, client->have);
    client->scan = (struct head_scan){0};
}

/* The strand of one request. It owns the client until the client is closed or enters another state. */
static void run(void *argument)
{
    struct server *server = argument;
    struct client *client = server->client;
    struct worker *worker = client->worker;
    serve(server);
    bool last = server->transfer.last;
    size_t used = server->used;
    server_give(worker, server);
    if (last) {
        client_close(client);
        return;
    }
    keep_rest(client, used);
    client->served = true;
    leave_list(client);
    enter_list(client, CLIENT_IDLE);
    await_head(client, worker->options->keep_alive_timeout_ms);
    if (loop_watch_lost(&worker->loop, client->stream.fd))
        watch(client);
    advance(client);
}

/* Starts the strand that serves the request, or that refuses it. When there is no memory for one, the connection is
 * closed. */
static void start(struct client *client, enum refusal refusal)
{
    struct worker *worker = client->worker;
    struct server *server = server_take(worker);
    if (!server) {
        client_close(client);
        return;
    }
    *server = (struct server){
        .transfer = {.options = worker->options,
                     .carrier = &loop_carrier,
                     .labels = &worker->labels,
                     .fd = client->stream.fd,
                     .last = refusal != REFUSED_NOT || client->evicted,
                     .evicted = client->evicted},
        .client = client,
        .arena = server->arena,
        .head = client->scan.at,
        .used = client->scan.at,
        .deadline = CLOCK_NEVER,
        .refusal = refusal,
    };
    if (!loop_start(&worker->loop, run, server)) {
        server_give(worker, server);
        client_close(client);
        return;
    }
    leave_list(client);
    enter_list(client, CLIENT_BUSY);
}

/* ---- heads ---- */

/* Makes the inbox larger. The scan of a head keeps offsets and not pointers, so the inbox may move. */
static bool grow(struct client *client, size_t size)
{
    char *grown = realloc(client->inbox, size);
    if (!grown)
        return false;
    client->inbox = grown;
    client->size = size;
    return true;
}

/* Receives once. A read that returns less than was asked for has emptied the socket. A TLS record can be shorter, so
 * with TLS only a read that would block says so. */
static void receive(struct client *client, size_t most)
{
    unsigned want;
    if (client->have == client->size) {
        size_t size = client->size ? client->size * 2 : INBOX_FIRST;
        if (!grow(client, size < most ? size : most))
            client->ended = true;
    }
    size_t space = client->size - client->have;
    ssize_t n = client->ended ? 0 : stream_recv(&client->stream, client->inbox + client->have, space, &want);
    client->ended = n == 0;
    client->readable = n > 0 && ((size_t)n == space || client->stream.ssl);
    client->have += n > 0 ? (size_t)n : 0;
}

/* Receives the PROXY header, and not a byte more, since TLS may begin after it. Returns true when it is complete;
 * otherwise it waits for the rest, or closes the connection. */
static bool proxy_passed(struct client *client)
{
    struct sockaddr_storage peer;
    size_t need = PROXY_FIXED;
    enum proxy_end end = proxy_read(slice_make(client->inbox, client->have), &need, &peer);
    while (end == PROXY_MORE && client->readable && (client->size >= need || grow(client, need))) {
        ssize_t n = recv(client->stream.fd, client->inbox + client->have, need - client->have, 0);
        client->ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        client->readable = n > 0 || (n < 0 && errno == EINTR);
        client->have += n > 0 ? (size_t)n : 0;
        end = proxy_read(slice_make(client->inbox, client->have), &need, &peer);
    }
    if (end == PROXY_MORE && client->size >= need && !client->ended && !client->evicted)
        return false;
    if (end == PROXY_MORE || end == PROXY_BROKEN) {
        client_close(client);
        return false;
    }
    if (end == PROXY_FROM)
        address_text(&peer, client->peer);
    client->have = 0;
    client->proxied = false;
    return true;
}

/* Continues as far as the received bytes allow: serves the next request, waits for more of it, or closes. */
static void advance(struct client *client)
{
    size_t most = client->worker->options->max_header_bytes + INBOX_SLACK;
    if (client->proxied && !proxy_passed(client))
        return;
    enum scan_end end = head_scan(&client->scan, client->inbox, client->have);
    while (end == SCAN_MORE && client->readable && client->have < most) {
        receive(client, most);
        end = head_scan(&client->scan, client->inbox, client->have);
    }
    if (end == SCAN_WHOLE && client->size - client->scan.at < INBOX_ROOM && !grow(client, client->scan.at + INBOX_ROOM))
        client_close(client);
    else if (end == SCAN_WHOLE)
        start(client, REFUSED_NOT);
    else if (end == SCAN_MALFORMED)
        start(client, REFUSED_MALFORMED);
    else if (client->have >= most)
        start(client, REFUSED_TOO_LARGE);
    else if (client->ended || (client->evicted && client->have == 0))
        client_close(client);
    else if (client->evicted)
        start(client, REFUSED_LATE);
    else if (client->have == 0) {
        free(client->inbox);
        client->inbox = NULL;
        client->size = 0;
    }
}

/* Called at the deadline of a head. A request that has begun is answered with 408; otherwise the connection is
 * closed. */
static void client_due(struct loop_timer *timer)
{
    struct client *client = (struct client *)((char *)timer - offsetof(struct client, timer));
    if (client->state == CLIENT_BUSY)
        return; /* the timer is set again when the connection becomes idle */
    if (client->deadline > clock_now_us())
        loop_timer_set(&client->worker->loop, timer, client->deadline);
    else if (client->have > 0 && !client->proxied)
        start(client, REFUSED_LATE);
    else
        client_close(client);
}

void client_enter(struct client *client)
{
    struct worker *worker = client->worker;
    client->source.ready = client_ready;
    client->timer.due = client_due;
    worker->open++;
    metrics_add(METRIC_CONNECTIONS, 1);
    metrics_add(METRIC_CONNECTIONS_OPEN, 1);
    enter_list(client, CLIENT_FRESH);
    await_head(client, worker->options->request_timeout_ms);
    if (!watch(client)) {
        client_close(client);
        return;
    }
    worker_evict(worker);
}

/* ---- workers ---- */

static void evict(struct client *client)
{
    client->evicted = true;
    client->readable = true;
    metrics_add(METRIC_CONNECTIONS_EVICTED, 1);
    advance(client);
}

/* Chooses the connection to evict: the one that has been idle longest, otherwise one that has sent no request for too
 * long. NULL when there is neither. */
static struct client *next_to_go(struct worker *worker)
{
    struct client *fresh = worker->fresh.first;
    if (worker->idle.first)
        return worker->idle.first;
    return fresh && fresh->since < clock_now_us() - GRACE_US ? fresh : NULL;
}

void worker_evict(struct worker *worker)
{
    int mark = worker->draining ? 0 : worker->mark;
    while (worker->open > mark) {
        struct client *client = next_to_go(worker);
        if (!client)
            break;
        evict(client);
    }
    if (worker->open > mark && !worker->tick.timer.place)
        loop_timer_set(&worker->loop, &worker->tick, clock_now_us() + TICK_US);
}

void worker_drain(struct worker *worker)
{
    worker->draining = true;
    worker_evict(worker);
}

static void close_all(struct client_list *list)
{
    while (list->first)
        client_close(list->first);
}

void worker_cut(struct worker *worker)
{
    close_all(&worker->fresh);
    close_all(&worker->idle);
    for (struct client *client = worker->busy.first; client; client = client->next) {
        client->gone = true;
        shutdown(client->stream.fd, SHUT_RDWR);
    }
}

void worker_fini(struct worker *worker)
{
    assert(worker->open == 0);
    for (struct server *server; (server = worker->spare);) {
        worker->spare = server->next;
        server_free(server);
    }
    loop_fini(&worker->loop);
}
