#include "stream.h"

#include "midair/base/log.h"
#include "midair/base/wait.h"
#include "midair/front/metrics.h"
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { RECORD_MAX = 1 << 30 };

bool stream_secure(struct stream *stream, struct tls *tls)
{
    stream->tls = tls;
    stream->ssl = tls_session(tls, stream->fd);
    return stream->ssl != NULL;
}

/* Translates the result of an SSL call. OpenSSL keeps its errors in a queue for each thread, which is empty before each
 * call, so that errors of other connections are not taken for this one's. */
static ssize_t outcome(struct stream *stream, int result, unsigned *want)
{
    bool early = !SSL_is_init_finished(stream->ssl);
    switch (SSL_get_error(stream->ssl, result)) {
    case SSL_ERROR_WANT_READ:
        *want = WAIT_READ;
        return -1;
    case SSL_ERROR_WANT_WRITE:
        *want = WAIT_WRITE;
        return -1;
    case SSL_ERROR_ZERO_RETURN:
        return 0;
    default:
        break;
    }
    unsigned long why = ERR_peek_error();
    if (early) {
        metrics_add(METRIC_TLS_FAILED, 1);
        log_message(LOG_DEBUG, "tls_failed", "a TLS handshake failed: %s",
                    why ? ERR_reason_error_string(why) : "the connection ended");
    }
    ERR_clear_error();
    stream->broken = true;
    return 0;
}

static int least(size_t size)
{
    return size < RECORD_MAX ? (int)size : RECORD_MAX;
}

ssize_t stream_recv(struct stream *stream, char *to, size_t size, unsigned *want)
{
    ssize_t n;
    if (stream->ssl) {
        if (stream->broken)
            return 0;
        ERR_clear_error();
        int got = SSL_read(stream->ssl, to, least(size));
        return got > 0 ? got : outcome(stream, got, want);
    }
    do
        n = recv(stream->fd, to, size, 0);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN)
        return 0;
    *want = WAIT_READ;
    return n;
}

ssize_t stream_send(struct stream *stream, const char *bytes, size_t len, unsigned *want)
{
    ssize_t n;
    if (stream->ssl) {
        if (stream->broken)
            return 0;
        ERR_clear_error();
        int sent = SSL_write(stream->ssl, bytes, least(len));
        return sent > 0 ? sent : outcome(stream, sent, want);
    }
    do
        n = send(stream->fd, bytes, len, MSG_NOSIGNAL);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN)
        return 0;
    *want = WAIT_WRITE;
    return n;
}

void stream_end(struct stream *stream)
{
    if (!stream->ssl || stream->broken || !SSL_is_init_finished(stream->ssl))
        return;
    if (SSL_get_shutdown(stream->ssl) & SSL_SENT_SHUTDOWN)
        return;
    ERR_clear_error();
    SSL_shutdown(stream->ssl);
    ERR_clear_error();
}

void stream_close(struct stream *stream)
{
    stream_end(stream);
    SSL_free(stream->ssl);
    tls_release(stream->tls);
    close(stream->fd);
}
