/* TLS sessions of single connections. */
#ifndef MIDAIR_SRC_FRONT_TLS_H
#define MIDAIR_SRC_FRONT_TLS_H

#include "midair/front/tls.h"

struct ssl_st;

/* A session that will act as a server on the descriptor, which stays the caller's. It borrows `tls`. NULL: no memory.
 * The caller frees it with SSL_free(). */
struct ssl_st *tls_session(struct tls *tls, int fd);

#endif
