#include "tls.h"

#include "midair/base/text.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { SESSIONS = 2000, SESSION_SECONDS = 4 * 60 * 60 };

/* Mozilla's intermediate configuration, version 5.7. TLS 1.3 has its own list in OpenSSL, all of which is accepted. */
static const char ciphers[] = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
                              "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
                              "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
static const char groups[] = "X25519:P-256:P-384";

struct tls {
    _Atomic int owners;
    size_t count;
    SSL_CTX *contexts[]; /* one for each certificate */
};

/* ---- what is negotiated ---- */

/* SNI: switches the session to the first certificate that is valid for the host. */
static int on_server_name(SSL *ssl, int *alert, void *argument)
{
    const struct tls *tls = argument;
    const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    (void)alert;
    for (size_t i = 0; name && i < tls->count; i++) {
        X509 *certificate = SSL_CTX_get0_certificate(tls->contexts[i]);
        if (X509_check_host(certificate, name, strlen(name), 0, NULL) == 1) {
            SSL_set_SSL_CTX(ssl, tls->contexts[i]);
            break;
        }
    }
    return SSL_TLSEXT_ERR_OK;
}

/* ALPN: http/1.1, or an alert when the client offers only others (RFC 7301 3.2). */
static int on_protocols(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in,
                        unsigned in_len, void *argument)
{
    static const struct slice known = SLICE_LITERAL("http/1.1");
    (void)ssl;
    (void)argument;
    for (unsigned at = 0; at < in_len && in[at] < in_len - at; at += 1u + in[at]) {
        if (slice_eq(slice_make((const char *)in + at + 1, in[at]), known)) {
            *out = in + at + 1;
            *len = in[at];
            return SSL_TLSEXT_ERR_OK;
        }
    }
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* ---- contexts ---- */

/* Without this callback, OpenSSL would ask for the password of an encrypted key on the terminal. */
static int no_password(char *to, int size, int writing, void *argument)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)argument;
    return -1;
}

/* Sessions are resumed from a cache on the server: with tickets, a key that is never changed would protect all
 * sessions. A client that ends without a word is no error: the framing of HTTP tells whether its message was whole. */
static SSL_CTX *context_new(void)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (!context)
        return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                                     SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context,
                     SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_default_passwd_cb(context, no_password);
    SSL_CTX_set_alpn_select_cb(context, on_protocols, NULL);
    SSL_CTX_sess_set_cache_size(context, SESSIONS);
    SSL_CTX_set_timeout(context, SESSION_SECONDS);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 && SSL_CTX_set_cipher_list(context, ciphers) == 1 &&
        SSL_CTX_set1_groups_list(context, groups) == 1 && SSL_CTX_set_dh_auto(context, 1) == 1 &&
        SSL_CTX_set_session_id_context(context, (const unsigned char *)"midair", 6) == 1)
        return context;
    SSL_CTX_free(context);
    return NULL;
}

/* Makes the error for a file, from OpenSSL's first error. */
static struct err *complain(struct arena *arena, struct slice file, const char *what)
{
    unsigned long code = ERR_peek_error();
    const char *why = code ? ERR_reason_error_string(code) : NULL;
    struct err *err =
        err_new(arena, ERR_INTERNAL, "%.*s: %s%s%s", SLICE_ARG(file), what, why ? ": " : "", why ? why : "");
    ERR_clear_error();
    return err;
}

static struct err *use_client_ca(struct arena *arena, SSL_CTX *context, struct slice file)
{
    const char *path = text_cstr(arena, file);
    STACK_OF(X509_NAME) *names = SSL_load_client_CA_file(path);
    if (!names || SSL_CTX_load_verify_file(context, path) != 1) {
        sk_X509_NAME_pop_free(names, X509_NAME_free);
        return complain(arena, file, "the certificates of the clients' issuers cannot be read");
    }
    SSL_CTX_set_client_CA_list(context, names);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    return NULL;
}

static struct err *use_files(struct arena *arena, SSL_CTX *context, const struct tls_files *files, size_t number)
{
    struct slice certificate = files->certificates[number];
    struct slice key = files->key_count ? files->keys[number] : certificate;
    ERR_clear_error();
    if (SSL_CTX_use_certificate_chain_file(context, text_cstr(arena, certificate)) != 1)
        return complain(arena, certificate, "the certificate cannot be read");
    if (SSL_CTX_use_PrivateKey_file(context, text_cstr(arena, key), SSL_FILETYPE_PEM) != 1)
        return complain(arena, key, "the private key cannot be read, or does not belong to the certificate");
    if (SSL_CTX_check_private_key(context) != 1)
        return complain(arena, key, "the private key does not belong to the certificate");
    return files->client_ca.len ? use_client_ca(arena, context, files->client_ca) : NULL;
}

struct err *tls_new(struct arena *arena, const struct tls_files *files, struct tls **out)
{
    size_t count = files->certificate_count;
    if (count == 0)
        return err_new(arena, ERR_INTERNAL, "no certificate is given");
    if (files->key_count && files->key_count != count)
        return err_new(arena, ERR_INTERNAL, "there are %zu certificates and %zu private keys", count, files->key_count);
    struct tls *tls = calloc(1, sizeof(*tls) + count * sizeof(*tls->contexts));
    struct err *err = NULL;
    if (!tls)
        return err_new(arena, ERR_INTERNAL, "out of memory");
    atomic_init(&tls->owners, 1);
    for (; tls->count < count && !err; tls->count++) {
        SSL_CTX *context = context_new();
        tls->contexts[tls->count] = context;
        err = context ? use_files(arena, context, files, tls->count) : complain(arena, SLICE("TLS"), "OpenSSL refuses");
    }
    if (err) {
        tls_release(tls);
        return err;
    }
    SSL_CTX_set_tlsext_servername_callback(tls->contexts[0], on_server_name);
    SSL_CTX_set_tlsext_servername_arg(tls->contexts[0], tls);
    *out = tls;
    return NULL;
}

struct tls *tls_acquire(struct tls *tls)
{
    if (tls)
        atomic_fetch_add(&tls->owners, 1);
    return tls;
}

void tls_release(struct tls *tls)
{
    if (!tls || atomic_fetch_sub(&tls->owners, 1) != 1)
        return;
    for (size_t i = 0; i < tls->count; i++)
        SSL_CTX_free(tls->contexts[i]);
    free(tls);
}

struct ssl_st *tls_session(struct tls *tls, int fd)
{
    SSL *ssl = SSL_new(tls->contexts[0]);
    if (ssl && SSL_set_fd(ssl, fd) == 1) {
        SSL_set_accept_state(ssl);
        return ssl;
    }
    SSL_free(ssl);
    return NULL;
}
