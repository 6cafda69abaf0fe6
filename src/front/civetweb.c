/* The front on civetweb, with one thread for each connection. No other file includes civetweb's header. A request
 * arrives by one of three callbacks:
 *
 *     begin_request     an ordinary request
 *     http_error        a request that civetweb refuses; midair writes the response. Targets that civetweb calls
 *                       invalid (an absolute URL without a path) are served.
 *     connection_close  a request that was parsed but has no local path in civetweb's view (OPTIONS *, an absolute URL
 *                       with another port). civetweb would close without a response; the request is served here, as the
 *                       last one of its connection. */
#include "exchange.h"
#include "inflow.h"
#include "listen.h"
#include "midair/base/clock.h"
#include "midair/base/log.h"
#include "midair/base/wait.h"
#include "midair/front/metrics.h"
#include "midair/http/problem.h"
#include "slots.h"

#include <civetweb.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SLACK = 4096 }; /* buffer above the limit, so that a head a little over it is refused by head.c */

struct civetweb;

struct worker {
    struct civetweb *front;
    struct slot *slot;
    struct arena *arena; /* created at the first request */
    const char *buffer;  /* start of civetweb's buffer; NULL before the worker's first request */
    uint64_t consumed;   /* approximate number of bytes that requests of this connection have used */
    bool served;         /* a request of this connection was served */
    bool refused;        /* civetweb refused the last one */
    struct labels labels;
};

struct civetweb {
    struct front base;
    struct front_options options;
    struct mg_context *context;
    struct slots slots;
    struct worker *workers;
    _Atomic int worker_count;
    int port;
    int listener;
};

/* An exchange on one of civetweb's connections. */
struct call {
    struct transfer transfer;
    struct mg_connection *conn;
    struct worker *worker;
};

/* ---- bytes ---- */

static struct call *call_of(const struct transfer *transfer)
{
    return (struct call *)transfer; /* the transfer is the first member of struct call */
}

static int carry_read(struct transfer *transfer, char *to, size_t size)
{
    inflow_resume();
    int got = mg_read(call_of(transfer)->conn, to, size);
    inflow_pause();
    return got;
}

static int carry_write(struct transfer *transfer, struct slice bytes)
{
    return mg_write(call_of(transfer)->conn, bytes.at, bytes.len);
}

static void carry_set_deadline(struct transfer *transfer, int64_t deadline, int how)
{
    slot_deadline(call_of(transfer)->worker->slot, deadline, how);
}

static bool carry_end_deadline(struct transfer *transfer)
{
    return slot_struck(call_of(transfer)->worker->slot);
}

static bool carry_is_pressed(const struct transfer *transfer)
{
    return slots_pressed(&call_of(transfer)->worker->front->slots);
}

static const struct carrier carrier = {
    .read = carry_read,
    .write = carry_write,
    .set_deadline = carry_set_deadline,
    .end_deadline = carry_end_deadline,
    .is_pressed = carry_is_pressed,
};

/* ---- requests ---- */

/* civetweb knows the addresses when it announces a connection, but exposes them only from the first request on. A
 * connection without a request must be identified too, so that it can be evicted. Therefore the offset of the addresses
 * within the connection's structure is remembered once it is known. */
static _Atomic size_t info_offset;

static void find_fd(struct worker *worker, const struct mg_request_info *info)
{
    slots_find_fd(&worker->front->slots, worker->slot, info->remote_addr, info->remote_port, info->server_port);
}

static void begin_exchange(struct exchange *exchange, struct call *call)
{
    struct worker *worker = call->worker;
    const struct mg_request_info *info = mg_get_request_info(call->conn);
    int64_t now = clock_now_us();
    inflow_pause();
    if (!atomic_load_explicit(&info_offset, memory_order_relaxed))
        atomic_store(&info_offset, (size_t)((const char *)info - (const char *)call->conn));
    find_fd(worker, info);
    if (!worker->arena)
        worker->arena = arena_new(worker->front->options.request_memory);
    call->transfer.options = &worker->front->options;
    call->transfer.carrier = &carrier;
    call->transfer.labels = &worker->labels;
    call->transfer.fd = worker->slot->fd;
    call->transfer.evicted = !slot_begin(worker->slot, now);
    call->transfer.last = call->transfer.last || call->transfer.evicted;
    exchange_begin(exchange, worker->arena, &call->transfer, now);
    exchange->in.peer = slice_of(info->remote_addr);
}

static void end_exchange(struct exchange *exchange)
{
    struct call *call = call_of(exchange->transfer);
    struct worker *worker = call->worker;
    exchange_finish(exchange);
    worker->served = true;
    worker->consumed += call->transfer.framing.head_bytes;
    worker->consumed += call->transfer.framing.chunked ? exchange->in.body.len : call->transfer.framing.length;
    if (call->transfer.last)
        mg_disable_keep_alive(call->conn);
    else
        slot_idle(worker->slot, clock_now_us());
    metrics_add(METRIC_IN_FLIGHT, -1);
    arena_reset(worker->arena);
    inflow_resume();
}

/* Finds the start of civetweb's buffer. civetweb skips white space before the method without telling how much, but the
 * skipped bytes are still there. The buffer is a block of its own from malloc(), and the byte before it is the most
 * significant byte of the block's size, which is never white space. That byte belongs to the allocator, so
 * AddressSanitizer must not check this function. */
__attribute__((no_sanitize("address"))) static const char *buffer_start(const char *method)
{
    const char *at = method;
    while (at[-1] == ' ' || (at[-1] >= '\t' && at[-1] <= '\r'))
        at--;
    return at;
}

/* Collects civetweb's pieces of the request. `cut`: it has cut the target at the '?'. */
static void locate(const struct mg_connection *conn, struct worker *worker, bool cut, struct head_raw *raw)
{
    const struct mg_request_info *info = mg_get_request_info(conn);
    raw->method = info->request_method;
    raw->target = info->request_uri;
    raw->query = cut ? info->query_string : NULL;
    raw->version = info->http_version;
    raw->count = info->num_headers > 0 ? (size_t)info->num_headers : 0;
    for (size_t i = 0; i < raw->count; i++)
        raw->lines[i] = (struct head_line){info->http_headers[i].name, info->http_headers[i].value};
    raw->buffer = worker->buffer = buffer_start(raw->method);
    raw->size = worker->front->options.max_header_bytes + SLACK;
}

/* Calls the handler such that its waits end soon after the client has closed the connection. */
static void serve_watched(struct exchange *exchange, struct err *err)
{
    struct wait_watch before = wait_watch(
        (struct wait_watch){.unwanted = exchange_client_gone, .context = exchange->transfer, .serves = true});
    exchange_serve(exchange, err);
    wait_watch(before);
}

static void serve(struct mg_connection *conn, bool routed)
{
    struct worker *worker = mg_get_thread_pointer(conn);
    const struct front_options *options = &worker->front->options;
    struct head_limits limits = {options->max_url, options->max_header_bytes};
    struct call call = {.transfer = {.last = !routed}, .conn = conn, .worker = worker};
    struct exchange exchange;
    struct head_raw raw;
    begin_exchange(&exchange, &call);
    locate(conn, worker, routed, &raw);
    struct err *err = head_read(exchange.arena, &raw, &limits, &exchange.in, &call.transfer.framing);
    serve_watched(&exchange, err);
    end_exchange(&exchange);
}

/* ---- requests that civetweb refuses ---- */

/* Whether the request did not arrive in time, as opposed to being malformed. */
static bool is_overdue(const struct worker *worker)
{
    const struct front_options *options = &worker->front->options;
    int limit_ms = worker->served ? options->keep_alive_timeout_ms : options->request_timeout_ms;
    int64_t waited = clock_now_us() - atomic_load(&worker->slot->since);
    return atomic_load(&worker->slot->state) == SLOT_EVICTED || waited >= (int64_t)limit_ms * 1000;
}

/* Whether more bytes arrived than civetweb's buffer holds, which civetweb does not report. */
static bool is_flood(const struct worker *worker)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (getsockopt(worker->slot->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return false;
    return info.tcpi_bytes_received >= worker->consumed + worker->front->options.max_header_bytes + SLACK;
}

static bool is_long_target(const struct worker *worker)
{
    return worker->buffer && !memchr(worker->buffer, '\n', worker->front->options.max_url + 32);
}

/* Whether civetweb does not know the method, which it checks after the version. */
static bool is_foreign_method(const struct mg_request_info *info)
{
    if (!info->request_method || !info->http_version)
        return false;
    enum method method = method_of(slice_of(info->request_method));
    return method == METHOD_UNKNOWN || method == METHOD_TRACE;
}

static struct err *why_refused(struct exchange *exchange, int status)
{
    struct arena *arena = exchange->arena;
    const struct worker *worker = call_of(exchange->transfer)->worker;
    const struct mg_request_info *info = mg_get_request_info(call_of(exchange->transfer)->conn);
    if (status == 505)
        return err_new(arena, ERR_VERSION_NOT_SUPPORTED, "HTTP/1.1 and HTTP/1.0 are supported.");
    if (status == 411)
        return err_new(arena, ERR_BAD_FRAMING, "Content-Length is not a number.");
    if (is_foreign_method(info))
        return exchange_foreign_method(arena, info->request_method);
    if (exchange->transfer->evicted || exchange->transfer->last)
        return err_new(arena, ERR_REQUEST_TIMEOUT, "The header did not arrive in time.");
    if (!is_flood(worker))
        return err_new(arena, ERR_BAD_FRAMING, "The header of the request cannot be parsed.");
    if (is_long_target(worker))
        return err_new(arena, ERR_URL_TOO_LONG, "The URL has more than %zu bytes.", worker->front->options.max_url);
    return err_new(arena, ERR_FIELDS_TOO_LARGE, "The header has more than %zu bytes.",
                   worker->front->options.max_header_bytes);
}

static void refuse(struct mg_connection *conn, int status)
{
    struct worker *worker = mg_get_thread_pointer(conn);
    const struct mg_request_info *info = mg_get_request_info(conn);
    struct call call = {.transfer = {.last = is_overdue(worker)}, .conn = conn, .worker = worker};
    struct exchange exchange;
    begin_exchange(&exchange, &call);
    if (info->http_version)
        exchange.in.method_text = slice_of(info->request_method);
    exchange.in.method = method_of(exchange.in.method_text);
    struct err *err = why_refused(&exchange, status);
    problem_of(exchange.arena, err)->close = true;
    serve_watched(&exchange, err);
    end_exchange(&exchange);
}

/* ---- civetweb's callbacks ---- */

static void *on_thread(const struct mg_context *context, int type)
{
    struct civetweb *front = mg_get_user_data(context);
    if (type != 1) /* not a worker thread */
        return NULL;
    int index = atomic_fetch_add(&front->worker_count, 1);
    struct worker *worker = &front->workers[index];
    *worker = (struct worker){.front = front, .slot = &front->slots.all[index]};
    labels_init(&worker->labels, (uint64_t)index);
    return worker;
}

static void on_thread_end(const struct mg_context *context, int type, void *argument)
{
    struct worker *worker = argument;
    (void)context;
    (void)type;
    if (!worker)
        return;
    arena_free(worker->arena);
    worker->arena = NULL;
}

static int on_connection(const struct mg_connection *conn, void **data)
{
    struct worker *worker = mg_get_thread_pointer(conn);
    size_t offset = atomic_load_explicit(&info_offset, memory_order_relaxed);
    worker->consumed = 0;
    worker->served = false;
    worker->refused = false;
    (void)data;
    inflow_open();
    slots_open(&worker->front->slots, worker->slot);
    if (offset)
        find_fd(worker, (const struct mg_request_info *)((const char *)conn + offset));
    return 0;
}

static int on_request(struct mg_connection *conn)
{
    serve(conn, true);
    return 200; /* any value: the request was handled */
}

static int on_error(struct mg_connection *conn, int status, const char *message)
{
    struct worker *worker = mg_get_thread_pointer(conn);
    worker->refused = true;
    if (strcmp(message, "Invalid URI") == 0)
        serve(conn, false);
    else
        refuse(conn, status);
    return 0;
}

static void on_close(const struct mg_connection *conn)
{
    struct worker *worker = mg_get_thread_pointer(conn);
    const struct mg_request_info *info = mg_get_request_info(conn);
    bool parsed = info && info->request_uri && info->http_version;
    if (parsed && !info->local_uri && !worker->refused)
        serve((struct mg_connection *)conn, false);
    slots_close(&worker->front->slots, worker->slot);
}

static _Thread_local char complaint[256]; /* the first error message of civetweb while it starts */
static _Thread_local bool starting;

static int on_log(const struct mg_connection *conn, const char *message)
{
    (void)conn;
    if (!starting)
        log_message(LOG_WARN, "civetweb", "%s", message);
    else if (!complaint[0])
        snprintf(complaint, sizeof(complaint), "%s", message);
    return 1;
}

/* civetweb's threads inherit the default stack size of the process. */
static struct mg_context *start_with_stack(struct mg_init_data *init, struct mg_error_data *error, size_t stack)
{
    pthread_attr_t before, attributes;
    pthread_getattr_default_np(&before);
    pthread_getattr_default_np(&attributes);
    if (stack && pthread_attr_setstacksize(&attributes, stack) == 0)
        pthread_setattr_default_np(&attributes);
    struct mg_context *context = mg_start2(init, error);
    pthread_setattr_default_np(&before);
    pthread_attr_destroy(&attributes);
    pthread_attr_destroy(&before);
    return context;
}

static struct mg_context *start_civetweb(struct civetweb *front, const char *listen)
{
    const struct front_options *options = &front->options;
    char threads[16], size[16], keep[16], request[16];
    snprintf(threads, sizeof(threads), "%d", options->threads);
    snprintf(size, sizeof(size), "%zu", options->max_header_bytes + SLACK);
    snprintf(keep, sizeof(keep), "%d", options->keep_alive_timeout_ms);
    snprintf(request, sizeof(request), "%d", options->request_timeout_ms);
    const char *settings[] = {"listening_ports",
                              listen,
                              "num_threads",
                              threads,
                              "max_request_size",
                              size,
                              "enable_keep_alive",
                              "yes",
                              "keep_alive_timeout_ms",
                              keep,
                              "request_timeout_ms",
                              request,
                              "tcp_nodelay",
                              "1",
                              "decode_url",
                              "no",
                              "decode_query_string",
                              "no",
                              "enable_auth_domain_check",
                              "no",
                              "enable_directory_listing",
                              "no",
                              "connection_queue",
                              "512",
                              "listen_backlog",
                              "1024",
                              NULL};
    struct mg_callbacks callbacks = {
        .begin_request = on_request,
        .http_error = on_error,
        .init_connection = on_connection,
        .connection_close = on_close,
        .init_thread = on_thread,
        .exit_thread = on_thread_end,
        .log_message = on_log,
    };
    struct mg_init_data init = {.callbacks = &callbacks, .user_data = front, .configuration_options = settings};
    struct mg_error_data error = {.text = complaint, .text_buffer_size = 0};
    mg_init_library(0);
    struct mg_context *context = start_with_stack(&init, &error, options->thread_stack);
    if (!context)
        mg_exit_library();
    return context;
}

static struct civetweb *civetweb_new(const struct front_options *options)
{
    struct civetweb *front = calloc(1, sizeof(*front));
    if (!front)
        return NULL;
    front->base.kind = &front_civetweb;
    front->options = *options;
    if (front->options.threads < 2)
        front->options.threads = 2;
    int most = front->options.threads - 1;
    if (front->options.reserve < 1)
        front->options.reserve = 1;
    if (front->options.reserve > most)
        front->options.reserve = most;
    front->workers = calloc((size_t)front->options.threads, sizeof(*front->workers));
    if (front->workers && slots_init(&front->slots, front->options.threads, front->options.reserve))
        return front;
    free(front->workers);
    free(front);
    return NULL;
}

static void civetweb_free(struct civetweb *front)
{
    slots_fini(&front->slots);
    free(front->workers);
    free(front);
}

static struct front *start(const struct front_options *options, const char **why)
{
    char listen[LISTEN_TEXT];
    struct mg_server_port port;
    complaint[0] = '\0';
    *why = "the address is neither IPv4:port nor a port";
    if (!listen_text(options->listen, listen))
        return NULL;
    *why = "out of memory or threads";
    struct civetweb *front = civetweb_new(options);
    if (!front)
        return NULL;
    starting = true;
    front->context = start_civetweb(front, listen);
    starting = false;
    if (!front->context) {
        civetweb_free(front);
        *why = listen_reason(complaint);
        return NULL;
    }
    if (mg_get_server_ports(front->context, 1, &port) == 1)
        front->port = port.port;
    front->listener = listen_find(front->port);
    return &front->base;
}

static int port_of(const struct front *base)
{
    return ((const struct civetweb *)base)->port;
}

static bool stop(struct front *base, int64_t deadline)
{
    struct civetweb *front = (struct civetweb *)base;
    int wake = listen_end(front->listener);
    slots_drain(&front->slots);
    wait_requests_end_by(deadline);
    int left = slots_wait(&front->slots, deadline);
    listen_wake(wake);
    mg_stop(front->context);
    wait_requests_end_by(CLOCK_NEVER);
    mg_exit_library();
    civetweb_free(front);
    return left == 0;
}

const struct front_kind front_civetweb = {.name = "civetweb", .start = start, .port = port_of, .stop = stop};
