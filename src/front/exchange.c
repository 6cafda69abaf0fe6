/* An exchange from the end of its head to its end: content, response, and whether the connection continues. */
#include "exchange.h"

#include "wire.h"

#include "midair/base/clock.h"
#include "midair/base/log.h"
#include "midair/base/memory.h"
#include "midair/base/wait.h"
#include "midair/front/metrics.h"
#include "midair/http/field.h"
#include "midair/http/problem.h"

#include <assert.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/socket.h>

enum {
    DRAIN_MAX = 64 * 1024,    /* unread content up to this size is read and discarded to keep the connection */
    LINGER_MAX = 1024 * 1024, /* bytes read and discarded before a refused client is cut off */
    LINGER_US = 1000 * 1000,
    READ_STEP = 16 * 1024,
    LEAST_RATE = 128 * 1024, /* bytes in a second that a client must take of an open answer, on average */
};

/* ---- content ---- */

static int64_t in_ms(int ms)
{
    return clock_now_us() + (int64_t)ms * 1000;
}

static struct err *too_large(struct exchange *exchange, size_t limit)
{
    struct err *err = err_new(exchange->arena, ERR_CONTENT_TOO_LARGE, "The content has more than %zu bytes.", limit);
    return err_hint(exchange->arena, err, "The setting max_body in [server] is this limit.");
}

static struct err *memory_short(struct exchange *exchange)
{
    struct err *err = err_new(exchange->arena, ERR_MEMORY_SHORT, "The memory for requests is in use.");
    err->retry_after = 1;
    return err;
}

/* The error for content that could not be read to its end: `n` is what carrier->read() returned. */
static struct err *ended_early(struct exchange *exchange, int n)
{
    struct transfer *transfer = exchange->transfer;
    bool late = transfer->carrier->end_deadline(transfer) || transfer->evicted || n == 0;
    struct err *err;
    if (late)
        err = err_new(exchange->arena, ERR_REQUEST_TIMEOUT, "The content did not arrive in time.");
    else
        err = err_new(exchange->arena, ERR_BAD_FRAMING, "The content ends early or its chunks are malformed.");
    problem_of(exchange->arena, err)->close = true;
    return err;
}

static struct err *read_sized(struct exchange *exchange)
{
    struct transfer *transfer = exchange->transfer;
    size_t length = (size_t)transfer->framing.length;
    char *at = arena_alloc(exchange->arena, length);
    for (size_t got = 0; got < length;) {
        int n = transfer->carrier->read(transfer, at + got, length - got);
        if (n <= 0)
            return ended_early(exchange, n);
        got += (size_t)n;
    }
    exchange->in.body = slice_make(at, length);
    return NULL;
}

static struct err *read_chunked(struct exchange *exchange, size_t limit)
{
    struct transfer *transfer = exchange->transfer;
    struct buf body = buf_new(exchange->arena, READ_STEP);
    for (;;) {
        size_t room = limit - body.len < READ_STEP ? limit - body.len + 1 : READ_STEP;
        int n = transfer->carrier->read(transfer, buf_reserve(&body, room), room);
        if (n < 0)
            return ended_early(exchange, n);
        if (n == 0)
            break;
        buf_added(&body, (size_t)n);
        if (body.len > limit)
            return too_large(exchange, limit);
    }
    exchange->in.body = buf_slice(&body);
    return NULL;
}

static struct err *read_content(struct exchange *exchange, size_t limit)
{
    struct transfer *transfer = exchange->transfer;
    if (!transfer->framing.chunked && transfer->framing.length > limit)
        return too_large(exchange, limit);
    if (memory_is_short())
        return memory_short(exchange);
    if (transfer->framing.expect_continue) {
        struct slice go_on = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
        transfer->carrier->write(transfer, go_on);
        transfer->framing.expect_continue = false;
    }
    transfer->body = BODY_BROKEN;
    transfer->carrier->set_deadline(transfer, in_ms(transfer->options->body_timeout_ms), SHUT_RD);
    struct err *err = transfer->framing.chunked ? read_chunked(exchange, limit) : read_sized(exchange);
    if (transfer->carrier->end_deadline(transfer))
        transfer->last = true;
    if (!err)
        transfer->body = BODY_READ;
    return err;
}

struct err *exchange_read_body(struct exchange *exchange, size_t limit)
{
    struct transfer *transfer = exchange->transfer;
    if (!transfer || !exchange->in.has_body || transfer->body == BODY_READ)
        return NULL;
    size_t own_limit = transfer->options->max_body;
    if (own_limit && own_limit < limit)
        limit = own_limit;
    if (!transfer->body_error)
        transfer->body_error = read_content(exchange, limit);
    return transfer->body_error;
}

/* Discards content that the handler did not read. Returns true when the next byte on the connection is the start of the
 * next request. */
static bool skip_content(struct transfer *transfer)
{
    char scratch[4096];
    transfer->carrier->set_deadline(transfer, in_ms(transfer->options->body_timeout_ms), SHUT_RD);
    uint64_t left = transfer->framing.length;
    while (left > 0) {
        int n = transfer->carrier->read(transfer, scratch, left < sizeof(scratch) ? (size_t)left : sizeof(scratch));
        if (n <= 0)
            break;
        left -= (uint64_t)n;
    }
    return !transfer->carrier->end_deadline(transfer) && left == 0;
}

/* Whether unread content keeps the connection from being used for another request. */
static bool content_blocks(const struct exchange *exchange)
{
    const struct transfer *transfer = exchange->transfer;
    if (!exchange->in.has_body || transfer->body == BODY_READ)
        return false;
    return transfer->body == BODY_BROKEN || transfer->framing.chunked || transfer->framing.expect_continue ||
           transfer->framing.length > DRAIN_MAX;
}

/* Closing a socket that holds unread data resets the connection, and the client may lose the response. Therefore the
 * sending side is closed first, and what still arrives is read for a moment (RFC 9112 9.6). */
static void linger(struct transfer *transfer)
{
    char scratch[4096];
    int fd = transfer->fd;
    size_t left = LINGER_MAX;
    int64_t deadline = clock_now_us() + LINGER_US;
    if (transfer->carrier->end)
        transfer->carrier->end(transfer);
    if (fd < 0 || shutdown(fd, SHUT_WR) != 0)
        return;
    while (left > 0 && wait_fd(fd, WAIT_READ, deadline) == WAIT_READY) {
        ssize_t n = recv(fd, scratch, sizeof(scratch), MSG_DONTWAIT);
        if (n <= 0)
            break;
        left -= (size_t)n < left ? (size_t)n : left;
    }
}

/* ---- responses ---- */

void labels_init(struct labels *labels, uint64_t seed)
{
    *labels = (struct labels){.date_second = INT64_MIN};
    if (getrandom(&labels->id_state, sizeof(labels->id_state), 0) < 0)
        labels->id_state = (uint64_t)clock_wall_us() ^ (seed << 48);
}

static struct slice date_now(struct labels *labels)
{
    int64_t second = date_of_us(clock_wall_us());
    if (second != labels->date_second && date_write(second, labels->date))
        labels->date_second = second;
    return slice_make(labels->date, DATE_LEN);
}

/* Sets in.id: the client's request id when it is acceptable (head_is_sane_id()), otherwise a new one. */
static void make_id(struct exchange *exchange)
{
    struct slice sent = field_get(exchange->arena, &exchange->in.fields, "X-Request-Id");
    if (head_is_sane_id(sent)) {
        exchange->in.id = sent;
        return;
    }
    uint64_t z = exchange->transfer->labels->id_state += UINT64_C(0x9e3779b97f4a7c15); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    struct buf id = buf_new(exchange->arena, 2 * sizeof(z));
    buf_hex(&id, (const unsigned char *)&z, sizeof(z));
    exchange->in.id = buf_slice(&id);
}

/* Makes exchange->out the response to `err`. */
static void answer_error(struct exchange *exchange, const struct err *err)
{
    const struct front_options *options = exchange->transfer->options;
    exchange->out = (struct http_response){0};
    if (options->fail)
        options->fail(options->context, exchange, err);
    else
        wire_problem(exchange->arena, &exchange->out, err);
    exchange->out.close = exchange->out.close || problem_read(err)->close;
}

static struct wire_facts facts_of(const struct exchange *exchange)
{
    const struct transfer *transfer = exchange->transfer;
    return (struct wire_facts){
        .date = date_now(transfer->labels),
        .id = exchange->in.id,
        .head = exchange->in.method == METHOD_HEAD,
        .close = transfer->last,
        .say_keep = exchange->in.version_minor == 0,
    };
}

/* Sends the response in one write. Returns the bytes sent. A response that could not be sent completely ends the
 * connection. */
static size_t send_answer(struct exchange *exchange)
{
    struct transfer *transfer = exchange->transfer;
    struct wire_facts facts = facts_of(exchange);
    struct slice wire = wire_response(exchange->arena, &exchange->out, &facts);
    transfer->carrier->set_deadline(transfer, in_ms(transfer->options->send_timeout_ms), SHUT_RDWR);
    int sent = transfer->carrier->write(transfer, wire);
    if (transfer->carrier->end_deadline(transfer) || sent < 0 || (size_t)sent != wire.len)
        transfer->last = true;
    metrics_add(METRIC_BYTES_SENT, sent > 0 ? sent : 0);
    return sent > 0 ? (size_t)sent : 0;
}

/* ---- open answers ---- */

bool exchange_may_open(const struct exchange *exchange)
{
    return exchange->transfer && exchange->in.version_minor >= 1 && exchange->in.method == METHOD_GET &&
           !exchange->in.has_body;
}

/* Sends bytes of an open answer; false when the connection did not take all of them in time. */
static bool send_part(struct exchange *exchange, struct slice bytes)
{
    struct transfer *transfer = exchange->transfer;
    if (transfer->open == OPEN_BROKEN)
        return false;
    int64_t earned_us = (int64_t)(transfer->open_bytes / LEAST_RATE) * 1000000;
    int64_t until = clock_earlier(in_ms(transfer->options->send_pause_ms), transfer->open_until + earned_us);
    transfer->carrier->set_deadline(transfer, until, SHUT_RDWR);
    int sent = transfer->carrier->write(transfer, bytes);
    if (transfer->carrier->end_deadline(transfer) || sent < 0 || (size_t)sent != bytes.len)
        transfer->open = OPEN_BROKEN;
    transfer->open_bytes += sent > 0 ? (size_t)sent : 0;
    metrics_add(METRIC_BYTES_SENT, sent > 0 ? sent : 0);
    return transfer->open != OPEN_BROKEN;
}

bool exchange_open(struct exchange *exchange)
{
    struct transfer *transfer = exchange->transfer;
    assert(transfer->open == OPEN_NOT && exchange_may_open(exchange));
    transfer->last = transfer->last || exchange->out.close || !transfer->framing.keep_alive ||
                     transfer->carrier->is_pressed(transfer);
    struct wire_facts facts = facts_of(exchange);
    facts.chunked = true;
    transfer->open = OPEN_SENDING;
    transfer->open_until = in_ms(transfer->options->send_timeout_ms);
    return send_part(exchange, wire_response(exchange->arena, &exchange->out, &facts));
}

bool exchange_write(struct exchange *exchange, struct slice part)
{
    char size[24];
    assert(exchange->transfer->open == OPEN_SENDING || exchange->transfer->open == OPEN_BROKEN);
    if (part.len == 0) /* a chunk of no bytes would be the last one */
        return exchange->transfer->open != OPEN_BROKEN;
    int len = snprintf(size, sizeof(size), "%zx\r\n", part.len);
    return send_part(exchange, slice_make(size, (size_t)len)) && send_part(exchange, part) &&
           send_part(exchange, SLICE("\r\n"));
}

void exchange_end(struct exchange *exchange, bool complete)
{
    struct transfer *transfer = exchange->transfer;
    assert(transfer->open != OPEN_NOT);
    if (complete && send_part(exchange, SLICE("0\r\n\r\n")))
        transfer->open = OPEN_COMPLETE;
    else
        transfer->open = OPEN_BROKEN;
    if (transfer->open == OPEN_COMPLETE)
        return;
    metrics_add(METRIC_ANSWERS_CUT, 1);
    transfer->last = true;
}

/* The access log has one line for each request. It names the path without the query, which may hold values that do not
 * belong in a log. */
static void log_access(const struct http_request *in, int status, size_t bytes, int64_t duration_us)
{
    struct log_line line;
    if (!log_enabled(LOG_INFO))
        return;
    log_begin(&line, LOG_INFO, "request");
    log_str(&line, "method", in->method_text);
    log_str(&line, "path", in->path);
    log_int(&line, "status", status);
    log_int(&line, "bytes", (int64_t)bytes);
    log_ms(&line, "ms", duration_us);
    log_str(&line, "id", in->id);
    log_str(&line, "peer", in->peer);
    log_end(&line);
}

void exchange_finish(struct exchange *exchange)
{
    struct transfer *transfer = exchange->transfer;
    bool blocked = content_blocks(exchange);
    bool unread = exchange->in.has_body && transfer->body == BODY_UNREAD;
    assert(transfer->open != OPEN_SENDING);
    if (exchange->out.status < 200 || exchange->out.status > 599)
        answer_error(exchange, err_new(exchange->arena, ERR_INTERNAL, "The request was not answered."));
    transfer->last = transfer->last || exchange->out.close || blocked || !transfer->framing.keep_alive ||
                     transfer->carrier->is_pressed(transfer);
    size_t bytes = transfer->open == OPEN_NOT ? send_answer(exchange) : transfer->open_bytes;
    int64_t duration = clock_now_us() - exchange->started_us;
    metrics_request(exchange->in.method, exchange->out.status, duration);
    if (exchange->log)
        log_access(&exchange->in, exchange->out.status, bytes, duration);
    if (!transfer->last && unread && !skip_content(transfer))
        transfer->last = true;
    if (transfer->last && (blocked || unread || exchange->out.close))
        linger(transfer);
}

/* ---- requests ---- */

void exchange_begin(struct exchange *exchange, struct arena *arena, struct transfer *transfer, int64_t now)
{
    *exchange = (struct exchange){
        .arena = arena,
        .started_us = now,
        .log = transfer->options->access_log,
        .transfer = transfer,
        .in = {.method = METHOD_UNKNOWN, .path = SLICE(""), .version_minor = 1},
    };
    metrics_add(METRIC_IN_FLIGHT, 1);
}

struct err *exchange_foreign_method(struct arena *arena, const char *method)
{
    struct err *err = err_new(arena, ERR_NOT_IMPLEMENTED, "The method is not known.");
    problem_of(arena, err)->message = arena_printf(arena, "Unsupported HTTP method: %s", method);
    return err;
}

/* OPTIONS * asks about the server as a whole (RFC 9110 9.3.7). */
static void answer_asterisk(struct exchange *exchange)
{
    unsigned methods = 0;
    for (unsigned i = 0; i < METHOD_UNKNOWN; i++)
        if (i != METHOD_TRACE && i != METHOD_CONNECT)
            methods |= METHOD_BIT(i);
    exchange->out.status = 204;
    response_set(&exchange->out, "Allow", method_list(exchange->arena, methods));
}

bool exchange_client_gone(void *transfer)
{
    int fd = ((const struct transfer *)transfer)->fd;
    struct tcp_info info = {0};
    socklen_t len = sizeof(info);
    if (fd < 0 || getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return false;
    return info.tcpi_state == TCP_CLOSE_WAIT || info.tcpi_state == TCP_CLOSE || info.tcpi_state == TCP_LAST_ACK ||
           info.tcpi_state == TCP_CLOSING;
}

void exchange_serve(struct exchange *exchange, struct err *err)
{
    const struct front_options *options = exchange->transfer->options;
    make_id(exchange);
    if (err) {
        metrics_add(METRIC_REFUSED, 1);
        answer_error(exchange, err);
    } else if (exchange->transfer->framing.asterisk) {
        answer_asterisk(exchange);
    } else {
        options->handle(options->context, exchange);
    }
}
