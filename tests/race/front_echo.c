/* LAYER: front */
/* The front by itself, with a handler that says what it was given.
 *
 *     race_front_echo                      clients and a stop in the middle, in one process; for ThreadSanitizer
 *     race_front_echo serve NAME=VALUE…    serves until standard input ends; prints its port first. For
 * tests/wire/test_rfc9112_*.py, test_listen.py, test_tls.py and test_proxy_protocol.py */
#include "midair/base/clock.h"
#include "midair/base/log.h"
#include "midair/base/wait.h"
#include "midair/front/address.h"
#include "midair/front/front.h"
#include "midair/front/health.h"
#include "midair/front/metrics.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"

#include <arpa/inet.h>
#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static _Atomic int writes; /* requests that would have changed something */

static void fail_with(struct exchange *exchange, const struct err *err)
{
    exchange->out.status = problem_kind_status(err->kind);
    exchange->out.close = problem_read(err)->close;
    exchange->out.body = slice_of(err_name(err->kind));
}

static void put_fields(struct buf *to, const struct exchange *exchange)
{
    const struct http_request *in = &exchange->in;
    buf_printf(to, "method=%.*s\npath=%.*s\nquery=%.*s\nbody=%zu\n", SLICE_ARG(in->method_text), SLICE_ARG(in->path),
               SLICE_ARG(in->query), in->body.len);
    for (size_t i = 0; i < in->fields.count; i++)
        buf_printf(to, "%.*s: %.*s\n", SLICE_ARG(in->fields.items[i].name), SLICE_ARG(in->fields.items[i].value));
    buf_printf(to, "peer=%.*s\n", SLICE_ARG(in->peer));
    BUF_LIT(to, "content=");
    buf_put(to, in->body);
}

static bool is_path(const struct exchange *exchange, const char *path)
{
    return slice_eq(exchange->in.path, slice_of(path));
}

/* Paths that do something of their own. */
static bool special(struct exchange *exchange)
{
    struct buf to = buf_new(exchange->arena, 4096);
    if (is_path(exchange, "/_metrics"))
        metrics_write(&to);
    else if (is_path(exchange, "/204"))
        exchange->out.status = 204;
    else if (is_path(exchange, "/304"))
        exchange->out.status = 304;
    else if (is_path(exchange, "/silent"))
        exchange->out.status = 0;
    else if (is_path(exchange, "/writes"))
        buf_printf(&to, "%d", atomic_load(&writes));
    else if (is_path(exchange, "/slow"))
        wait_until(clock_now_us() + 600 * 1000);
    else if (is_path(exchange, "/large"))
        memset(buf_reserve(&to, 8 << 20), 'x', 8 << 20), buf_added(&to, 8 << 20);
    else if (!is_path(exchange, "/unread"))
        return false;
    exchange->out.body = buf_slice(&to);
    return true;
}

static void handle(void *context, struct exchange *exchange)
{
    (void)context;
    exchange->out.status = 200;
    response_set(&exchange->out, "Content-Type", SLICE("text/plain"));
    if (special(exchange))
        return;
    struct err *err = exchange_read_body(exchange, 100000);
    if (err) {
        fail_with(exchange, err);
        return;
    }
    if (exchange->in.method == METHOD_PUT && field_lines(&exchange->in.fields, "If-Match") == 0)
        atomic_fetch_add(&writes, 1);
    struct buf to = buf_new(exchange->arena, 1024);
    put_fields(&to, exchange);
    exchange->out.body = buf_slice(&to);
}

/* ---- in one process ---- */

enum { CLIENTS = 24, ROUNDS = 60 };

static _Atomic int answers, ended;

static int connect_to(int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

/* Requests on one connection until it ends; true when at least one was answered. */
static bool talk(int fd, const char *request)
{
    char reply[4096];
    bool any = false;
    for (int i = 0; i < 4; i++) {
        if (send(fd, request, strlen(request), MSG_NOSIGNAL) < 0)
            return any;
        ssize_t n = recv(fd, reply, sizeof(reply) - 1, 0);
        if (n <= 0)
            return any;
        reply[n] = '\0';
        if (strncmp(reply, "HTTP/1.1 200 ", 13) == 0)
            atomic_fetch_add(&answers, 1);
        any = true;
    }
    return any;
}

static void *client(void *argument)
{
    static const char *const requests[] = {
        "GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n",
        "PUT /a HTTP/1.1\r\nHost: x\r\nIf-Match: \"1\"\r\nContent-Length: 5\r\n\r\nhello",
        "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        "GET /_metrics HTTP/1.1\r\nHost: x\r\n\r\n",
    };
    int port = *(const int *)argument;
    for (int i = 0; i < ROUNDS; i++) {
        int fd = connect_to(port);
        if (fd < 0)
            break;
        talk(fd, requests[i % 4]);
        close(fd);
    }
    atomic_fetch_add(&ended, 1);
    return NULL;
}

static int race(struct front_options *options, enum front_choice kind)
{
    const char *why;
    options->kind = kind;
    atomic_store(&answers, 0);
    atomic_store(&ended, 0);
    pthread_t threads[CLIENTS];
    options->threads = 16;
    options->reserve = 4;
    struct front *front = front_start(options, &why);
    if (!front) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    int port = front_port(front);
    for (int i = 0; i < CLIENTS; i++)
        pthread_create(&threads[i], NULL, client, &port);
    while (atomic_load(&answers) < CLIENTS * ROUNDS && atomic_load(&ended) < CLIENTS)
        usleep(1000);
    bool clean = front_stop(front, clock_now_us() + 20 * 1000 * 1000);
    for (int i = 0; i < CLIENTS; i++)
        pthread_join(threads[i], NULL);
    printf("%d answers, %s\n", atomic_load(&answers), clean ? "drained" : "cut");
    bool resolved = metrics_read(METRIC_CONNECTIONS_OPEN) == 0 && metrics_read(METRIC_IN_FLIGHT) == 0;
    return clean && resolved && atomic_load(&answers) >= CLIENTS * ROUNDS / 2 ? 0 : 1;
}

/* ---- as a server ---- */

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"loops", offsetof(struct front_options, loops)},
    {"threads", offsetof(struct front_options, threads)},
    {"reserve", offsetof(struct front_options, reserve)},
    {"keep_alive", offsetof(struct front_options, keep_alive_timeout_ms)},
    {"request", offsetof(struct front_options, request_timeout_ms)},
    {"body", offsetof(struct front_options, body_timeout_ms)},
    {"connections", offsetof(struct front_options, connections)},
    {"send", offsetof(struct front_options, send_timeout_ms)},
};

static struct tls_files files;
static struct network proxies[8];

/* cert=FILE, key=FILE, ca=FILE and proxy=NETWORK; each may come several times. True when the setting is one of them. */
static bool set_trust(struct front_options *options, const char *setting)
{
    static struct slice certificates[4], keys[4];
    if (strncmp(setting, "cert=", 5) == 0)
        certificates[files.certificate_count++] = slice_of(setting + 5);
    else if (strncmp(setting, "key=", 4) == 0)
        keys[files.key_count++] = slice_of(setting + 4);
    else if (strncmp(setting, "ca=", 3) == 0)
        files.client_ca = slice_of(setting + 3);
    else if (strncmp(setting, "proxy=", 6) == 0)
        assert(network_read(slice_of(setting + 6), &proxies[options->proxy_count++]));
    else
        return false;
    files.certificates = certificates;
    files.keys = keys;
    options->proxies = proxies;
    return true;
}

static void set(struct front_options *options, const char *setting)
{
    if (set_trust(options, setting))
        return;
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
        size_t len = strlen(numbers[i].name);
        if (strncmp(setting, numbers[i].name, len) == 0 && setting[len] == '=') {
            *(int *)((char *)options + numbers[i].offset) = atoi(setting + len + 1);
            return;
        }
    }
    if (strcmp(setting, "front=loop") == 0)
        options->kind = FRONT_LOOP;
    else if (strcmp(setting, "front=civetweb") == 0)
        options->kind = FRONT_CIVETWEB;
    else if (strcmp(setting, "log=on") == 0)
        options->access_log = true;
    else
        options->listen = slice_of(setting);
}

/* Reads the certificates; NULL when there are none, or when they cannot be used. */
static struct tls *read_tls(void)
{
    struct arena *arena = arena_new(0);
    struct tls *tls = NULL;
    struct err *err = files.certificate_count ? tls_new(arena, &files, &tls) : NULL;
    if (err)
        fprintf(stderr, "%.*s\n", SLICE_ARG(err->detail));
    arena_free(arena);
    return tls;
}

/* Each line of standard input makes it read the certificates again, and say so. */
static int serve(struct front_options *options)
{
    const char *why;
    char line[64];
    options->tls = read_tls();
    struct front *front = front_start(options, &why);
    tls_release(options->tls);
    if (!front) {
        fprintf(stderr, "%s\n", why);
        return 1;
    }
    printf("%d\n", front_port(front));
    fflush(stdout);
    while (fgets(line, sizeof(line), stdin)) {
        struct tls *next = read_tls();
        if (next)
            front_set_tls(front, next);
        tls_release(next);
        puts(next ? "again" : "kept");
        fflush(stdout);
    }
    return front_stop(front, clock_now_us() + 5 * 1000 * 1000) ? 0 : 3;
}

int main(int argc, char **argv)
{
    struct front_options options = {
        .threads = 576,
        .reserve = FRONT_RESERVE,
        .keep_alive_timeout_ms = 60 * 1000,
        .request_timeout_ms = 10 * 1000,
        .body_timeout_ms = 30 * 1000,
        .send_timeout_ms = FRONT_SEND_TIMEOUT_MS,
        .max_url = 8 * 1024,
        .max_header_bytes = 16 * 1024,
        .max_body = 1024 * 1024,
        .request_memory = 64 * 1024 * 1024,
        .thread_stack = FRONT_THREAD_STACK,
    };
    signal(SIGPIPE, SIG_IGN);
    options.listen = SLICE("127.0.0.1:0");
    options.handle = handle;
    if (argc < 2)
        return race(&options, FRONT_CIVETWEB) | race(&options, FRONT_LOOP);
    for (int i = 2; i < argc; i++)
        set(&options, argv[i]);
    return serve(&options);
}
