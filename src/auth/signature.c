#include "signature.h"

#include <assert.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

enum scheme { SCHEME_HMAC, SCHEME_RSA, SCHEME_RSA_PSS, SCHEME_ECDSA, SCHEME_EDDSA };

struct algorithm {
    const char *name;
    enum scheme scheme;
    const char *digest; /* NULL: the scheme has its own */
    size_t size;
};

static const struct algorithm algorithms[] = {
#define ALGORITHM(name, scheme, digest, size) {#name, SCHEME_##scheme, digest, size},
#include "algorithm.def"
#undef ALGORITHM
};

const struct algorithm *algorithm_find(struct slice name)
{
    for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++)
        if (slice_eq(name, slice_of(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

bool key_suits(const struct key *key, const struct algorithm *algorithm)
{
    static const enum key_family families[] = {[SCHEME_HMAC] = KEY_SECRET,
                                               [SCHEME_RSA] = KEY_RSA,
                                               [SCHEME_RSA_PSS] = KEY_RSA,
                                               [SCHEME_ECDSA] = KEY_EC,
                                               [SCHEME_EDDSA] = KEY_EDWARDS};
    if (key->family != families[algorithm->scheme] || key->size != algorithm->size)
        return false;
    return !slice_present(key->algorithm) || slice_eq(key->algorithm, slice_of(algorithm->name));
}

static bool hmac_holds(const struct key *key, const struct algorithm *algorithm, struct slice text, struct slice mac)
{
    unsigned char expected[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    const EVP_MD *digest = EVP_get_digestbyname(algorithm->digest);
    if (!HMAC(digest, key->secret.at, (int)key->secret.len, (const unsigned char *)text.at, text.len, expected, &len))
        return false;
    return mac.len == len && CRYPTO_memcmp(mac.at, expected, len) == 0;
}

/* The signature of a token is r and s, each as long as the curve says (RFC 7518 3.4); OpenSSL takes them in DER. */
static bool ecdsa_in_der(struct arena *arena, size_t size, struct slice *signature)
{
    if (signature->len != 2 * size)
        return false;
    const unsigned char *at = (const unsigned char *)signature->at;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(at, (int)size, NULL), *s = BN_bin2bn(at + size, (int)size, NULL);
    ECDSA_SIG_set0(pair, r, s);
    unsigned char *der = NULL;
    int len = i2d_ECDSA_SIG(pair, &der);
    if (len > 0)
        *signature = arena_copy(arena, slice_make((const char *)der, (size_t)len));
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    return len > 0;
}

/* PSS with MGF1 of the same digest, and a salt as long as it (RFC 7518 3.5). */
static bool set_padding(EVP_PKEY_CTX *context, enum scheme scheme)
{
    if (scheme == SCHEME_RSA)
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) > 0;
    if (scheme != SCHEME_RSA_PSS)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0;
}

static bool public_holds(const struct key *key, const struct algorithm *algorithm, struct slice text,
                         struct slice signature)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *owned = NULL; /* by `context` */
    const EVP_MD *digest = algorithm->digest ? EVP_get_digestbyname(algorithm->digest) : NULL;
    bool holds = EVP_DigestVerifyInit(context, &owned, digest, NULL, key->pkey) > 0 &&
                 set_padding(owned, algorithm->scheme) &&
                 EVP_DigestVerify(context, (const unsigned char *)signature.at, signature.len,
                                  (const unsigned char *)text.at, text.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return holds;
}

bool signature_holds(struct arena *arena, const struct key *key, const struct algorithm *algorithm,
                     struct slice signed_text, struct slice signature)
{
    assert(key_suits(key, algorithm));
    if (signature.len == 0)
        return false;
    if (algorithm->scheme == SCHEME_HMAC)
        return hmac_holds(key, algorithm, signed_text, signature);
    if (algorithm->scheme == SCHEME_ECDSA && !ecdsa_in_der(arena, algorithm->size, &signature))
        return false;
    return public_holds(key, algorithm, signed_text, signature);
}
