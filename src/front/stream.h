/* The bytes of a connection on an event loop, with or without TLS. No function waits: where a call would block, it says
 * what to wait for. */
#ifndef MIDAIR_SRC_FRONT_STREAM_H
#define MIDAIR_SRC_FRONT_STREAM_H

#include "midair/front/tls.h"

#include <sys/types.h>

struct ssl_st; /* OpenSSL's SSL */

struct stream {
    int fd;
    struct ssl_st *ssl; /* NULL: no TLS */
    struct tls *tls;    /* owned; NULL: no TLS */
    bool broken;        /* TLS has failed: nothing more can be sent, not even the end of the session */
};

/* Puts TLS on a connection that has just been accepted. Takes over one count of `tls`. Returns false when there is no
 * memory; the stream must be closed in any case. */
bool stream_secure(struct stream *stream, struct tls *tls);
/* Receives up to `size` bytes, at least 1. Returns their number; 0 at the end of the stream, or on an error; negative
 * when it must wait for *want, a set of enum wait_events. */
ssize_t stream_recv(struct stream *stream, char *to, size_t size, unsigned *want);
/* Sends at least one byte. Returns how many; 0 when the connection cannot be used any more; negative when it must wait
 * for *want. With TLS the call after that must offer the same bytes again, and may offer more. */
ssize_t stream_send(struct stream *stream, const char *bytes, size_t len, unsigned *want);
/* Tells a TLS peer that nothing more will be sent (RFC 8446 6.1), as far as that is possible without waiting. */
void stream_end(struct stream *stream);
/* Ends the session, and closes the descriptor. */
void stream_close(struct stream *stream);

#endif
