/* The PROXY protocol, version 2: a header before the first byte of a connection, in which a load balancer tells from
 * which address the client connected to it (haproxy's doc/proxy-protocol.txt). */
#ifndef MIDAIR_SRC_FRONT_PROXY_H
#define MIDAIR_SRC_FRONT_PROXY_H

#include "midair/base/slice.h"

#include <sys/socket.h>

enum { PROXY_FIXED = 16, PROXY_MAX = 4096 };

enum proxy_end {
    PROXY_MORE,  /* *need bytes are needed in all */
    PROXY_LOCAL, /* the header is complete; the connection is the load balancer's own (a health check), or its client
                    has no IP address */
    PROXY_FROM,  /* the header is complete; *peer is the client's address */
    PROXY_BROKEN /* this is no such header, or it is larger than PROXY_MAX */
};

/* Reads the header from its first bytes. The header has ended after *need bytes, and nothing after it may be passed
 * in, so receive no more than *need asks for. *need is PROXY_FIXED at first. */
enum proxy_end proxy_read(struct slice bytes, size_t *need, struct sockaddr_storage *peer);

#endif
