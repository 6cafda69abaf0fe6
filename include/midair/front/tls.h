/* TLS 1.2 and 1.3 for the front on event loops (RFC 8446, RFC 5246), by OpenSSL: certificates and what is negotiated.
 *
 * The defaults are those of Mozilla's "intermediate" configuration. A client that names a host (SNI, RFC 6066 3) gets
 * the first certificate that is valid for it, otherwise the first of all. ALPN (RFC 7301) offers http/1.1 and refuses
 * clients that can speak other protocols only.
 *
 * A struct tls never changes. A reload makes a new one (front_set_tls()); connections keep theirs to their end. */
#ifndef MIDAIR_FRONT_TLS_H
#define MIDAIR_FRONT_TLS_H

#include "midair/base/err.h"

struct tls;

/* Names of files in PEM form. */
struct tls_files {
    const struct slice *certificates; /* each with a certificate, and those that lead to its issuer */
    size_t certificate_count;         /* at least 1 */
    const struct slice *keys;         /* the private keys of the certificates, in the same order */
    size_t key_count;                 /* as many, or 0: each key is in the file of its certificate */
    struct slice client_ca;           /* issuers of the certificates that clients must have; empty: clients need none */
};

/* Reads the files and checks that each key belongs to its certificate. The caller owns *out and ends it with
 * tls_release(). Error: ERR_INTERNAL, whose detail names the file. */
struct err *tls_new(struct arena *arena, const struct tls_files *files, struct tls **out) MUST_USE;
/* Counts one more owner, and returns `tls`. NULL is allowed. */
struct tls *tls_acquire(struct tls *tls);
/* Counts one owner less; the last one frees. NULL is allowed. */
void tls_release(struct tls *tls);

#endif
