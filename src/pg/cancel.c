#include "cancel.h"

#include "midair/base/wait.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CANCEL_LEN = 16, CANCEL_CODE = 80877102, PROBE_LEN = 8, PROBE_CODE = 80877103 /* SSLRequest */ };

/* ---- the key ---- */

void cancel_trace_begin(struct cancel_trace *trace, PGconn *pg)
{
    *trace = (struct cancel_trace){0};
    trace->file = open_memstream(&trace->text, &trace->len);
    if (trace->file) {
        PQtrace(pg, trace->file);
        /* Timestamps are made by localtime(), which threads must not share. */
        PQsetTraceFlags(pg, PQTRACE_SUPPRESS_TIMESTAMPS);
    }
}

/* The line "...BackendKeyData\t 4711 -123456789". */
static struct cancel_key key_in(const char *text)
{
    static const char name[] = "BackendKeyData";
    const char *at = text ? strstr(text, name) : NULL;
    long long process = 0, secret = 0;
    if (!at || sscanf(at + sizeof name - 1, "%lld %lld", &process, &secret) != 2)
        return (struct cancel_key){0};
    return (struct cancel_key){.known = true, .process = (uint32_t)process, .secret = (uint32_t)secret};
}

struct cancel_key cancel_trace_end(struct cancel_trace *trace, PGconn *pg)
{
    struct cancel_key key = {0};
    if (!trace->file)
        return key;
    PQuntrace(pg);
    fclose(trace->file);
    int process = PQbackendPID(pg);
    key = key_in(trace->text);
    if (trace->text)
        explicit_bzero(trace->text, trace->len);
    free(trace->text);
    *trace = (struct cancel_trace){0};
    key.known = key.known && key.process == (uint32_t)process; /* the trace's format may change some day */
    return key;
}

/* ---- the request ---- */

static void fail(struct cancel *cancel)
{
    cancel_end(cancel);
    cancel->stage = CANCEL_FAILED;
}

static void send_request(struct cancel *cancel)
{
    size_t len = cancel->probes ? PROBE_LEN : CANCEL_LEN;
    const uint32_t words[] = {htonl((uint32_t)len), htonl(cancel->probes ? PROBE_CODE : CANCEL_CODE),
                              htonl(cancel->key.process), htonl(cancel->key.secret)};
    _Static_assert(sizeof words == CANCEL_LEN, "length, code, process and secret");
    ssize_t n = send(cancel->fd, words, len, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n == (ssize_t)len)
        cancel->stage = CANCEL_SENT;
    else if (n >= 0 || (errno != EAGAIN && errno != EINTR && errno != ENOTCONN))
        fail(cancel);
}

static void begin(struct cancel *cancel, PGconn *pg)
{
    struct sockaddr_storage server;
    socklen_t len = sizeof server;
    cancel->fd = -1;
    cancel->stage = CANCEL_FAILED;
    if (getpeername(PQsocket(pg), (struct sockaddr *)&server, &len) != 0)
        return;
    cancel->fd = socket(server.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (cancel->fd < 0)
        return;
    cancel->stage = CANCEL_CONNECTING;
    if (connect(cancel->fd, (struct sockaddr *)&server, len) == 0)
        send_request(cancel);
    else if (errno != EINPROGRESS)
        fail(cancel);
}

void cancel_begin(struct cancel *cancel, PGconn *pg, const struct cancel_key *key)
{
    *cancel = (struct cancel){.stage = CANCEL_FAILED, .fd = -1, .key = *key};
    if (key->known)
        begin(cancel, pg);
}

void cancel_begin_probe(struct cancel *cancel, PGconn *pg)
{
    *cancel = (struct cancel){.probes = true};
    begin(cancel, pg);
}

unsigned cancel_events(const struct cancel *cancel)
{
    return cancel->stage == CANCEL_CONNECTING ? WAIT_WRITE : cancel->stage == CANCEL_SENT ? WAIT_READ : 0;
}

/* To a cancel request the server sends nothing: it closes. */
static void read_answer(struct cancel *cancel)
{
    char byte;
    ssize_t n = recv(cancel->fd, &byte, 1, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0 && !cancel->probes) {
        fail(cancel); /* no PostgreSQL answers like this */
        return;
    }
    cancel_end(cancel);
    cancel->stage = CANCEL_DONE;
}

void cancel_advance(struct cancel *cancel)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (cancel->stage == CANCEL_SENT) {
        read_answer(cancel);
    } else if (cancel->stage == CANCEL_CONNECTING) {
        if (getsockopt(cancel->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
            fail(cancel);
        else
            send_request(cancel);
    }
}

void cancel_end(struct cancel *cancel)
{
    if (cancel->stage == CANCEL_CONNECTING || cancel->stage == CANCEL_SENT)
        close(cancel->fd);
    cancel->fd = -1;
}
