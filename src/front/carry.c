/* The carrier of the front on event loops: it moves the bytes of a connection without blocking. Where a call would
 * block, the coroutine (strand) that serves the request is suspended. */
#include "client.h"

#include "midair/base/clock.h"

static struct server *server_of(const struct transfer *transfer)
{
    return (struct server *)transfer; /* `base` is the first member of struct server */
}

/* Waits until the socket is ready, the transfer's deadline passes, or `pause_ms` (0: none) are over. Returns false when
 * it was too late. */
static bool await(struct server *server, unsigned events, int pause_ms)
{
    int64_t until = pause_ms ? clock_now_us() + (int64_t)pause_ms * 1000 : CLOCK_NEVER;
    bool pause = until < server->deadline;
    enum wait_end end = wait_fd(server->client->stream.fd, events, pause ? until : server->deadline);
    server->late = server->late || (end == WAIT_LATE && !pause);
    return end == WAIT_READY || end == WAIT_UNWANTED;
}

/* The bytes in the inbox that were received after the head and have not been used. */
static struct slice rest(const struct server *server)
{
    return slice_make(server->client->inbox + server->used, server->client->have - server->used);
}

/* Receives bytes. Returns 0 when the pause was too long, and a negative number at the end of the stream, on an error,
 * or when the deadline has passed. */
static ssize_t receive(struct server *server, char *to, size_t size)
{
    unsigned want;
    for (;;) {
        ssize_t n = stream_recv(&server->client->stream, to, size, &want);
        if (n > 0)
            return n;
        if (n == 0)
            return -1;
        if (!await(server, want, server->transfer.options->request_timeout_ms))
            return server->late ? -1 : 0;
    }
}

static int read_sized(struct server *server, char *to, size_t size)
{
    struct slice left = slice_head(rest(server), size);
    if (left.len == 0)
        return (int)receive(server, to, size);
    memcpy(to, left.at, left.len);
    server->used += left.len;
    return (int)left.len;
}

/* Receives again, into the space of the inbox behind the head. All that was there has been used. */
static ssize_t refill(struct server *server)
{
    struct client *client = server->client;
    server->used = client->have = server->head;
    ssize_t n = receive(server, client->inbox + client->have, client->size - client->have);
    if (n > 0)
        client->have += (size_t)n;
    server->late = server->late || n == 0;
    return n;
}

static int read_chunked(struct server *server, char *to, size_t size)
{
    for (;;) {
        size_t used;
        size_t got = chunks_take(&server->chunks, rest(server), &used, to, size);
        server->used += used;
        if (got > 0)
            return (int)got;
        if (server->chunks.state == CHUNK_TRAILER)
            server->transfer.last = true;
        if (server->chunks.state >= CHUNK_DONE)
            return server->chunks.state == CHUNK_BROKEN ? -1 : 0;
        ssize_t n = refill(server);
        if (n <= 0)
            return -1;
    }
}

static int carry_read(struct transfer *transfer, char *to, size_t size)
{
    struct server *server = server_of(transfer);
    size_t most = size < (1u << 30) ? size : (1u << 30);
    return transfer->framing.chunked ? read_chunked(server, to, most) : read_sized(server, to, most);
}

static int carry_write(struct transfer *transfer, struct slice bytes)
{
    struct server *server = server_of(transfer);
    size_t sent = 0;
    unsigned want;
    while (sent < bytes.len) {
        ssize_t n = stream_send(&server->client->stream, bytes.at + sent, bytes.len - sent, &want);
        if (n > 0)
            sent += (size_t)n;
        else if (n == 0 || !await(server, want, 0))
            break;
    }
    return sent > INT32_MAX ? INT32_MAX : (int)sent;
}

static void carry_set_deadline(struct transfer *transfer, int64_t deadline, int how)
{
    struct server *server = server_of(transfer);
    (void)how;
    server->deadline = deadline;
    server->late = false;
}

static bool carry_end_deadline(struct transfer *transfer)
{
    struct server *server = server_of(transfer);
    bool late = server->late;
    server->deadline = CLOCK_NEVER;
    server->late = false;
    return late;
}

static void carry_end(struct transfer *transfer)
{
    stream_end(&server_of(transfer)->client->stream);
}

static bool carry_is_pressed(const struct transfer *transfer)
{
    const struct worker *worker = server_of(transfer)->client->worker;
    return worker->draining || worker->open > worker->mark;
}

const struct carrier loop_carrier = {
    .read = carry_read,
    .write = carry_write,
    .set_deadline = carry_set_deadline,
    .end_deadline = carry_end_deadline,
    .end = carry_end,
    .is_pressed = carry_is_pressed,
};
