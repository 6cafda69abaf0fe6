#include "sign.h"

#include <assert.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <string.h>

struct slice sign_encode(struct arena *arena, struct slice bytes)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char *to = arena_alloc(arena, bytes.len * 2 + 4);
    unsigned held = 0, bits = 0;
    size_t len = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        held = held << 8 | (unsigned char)bytes.at[i];
        for (bits += 8; bits >= 6; bits -= 6)
            to[len++] = digits[held >> (bits - 6) & 63];
    }
    if (bits)
        to[len++] = digits[held << (6 - bits) & 63];
    return slice_make(to, len);
}

struct slice sign_input(struct arena *arena, const char *header, const char *claims)
{
    return arena_printf(arena, "%.*s.%.*s", SLICE_ARG(sign_encode(arena, slice_of(header))),
                        SLICE_ARG(sign_encode(arena, slice_of(claims))));
}

static struct slice joined(struct arena *arena, struct slice input, struct slice signature)
{
    return arena_printf(arena, "%.*s.%.*s", SLICE_ARG(input), SLICE_ARG(sign_encode(arena, signature)));
}

struct slice sign_hmac(struct arena *arena, const char *digest, struct slice secret, const char *header,
                       const char *claims)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned len;
    struct slice input = sign_input(arena, header, claims);
    HMAC(EVP_get_digestbyname(digest), secret.at, (int)secret.len, (const unsigned char *)input.at, input.len, mac,
         &len);
    return joined(arena, input, slice_make((const char *)mac, len));
}

/* r and s, each as long as the curve says */
static struct slice raw_ecdsa(struct arena *arena, struct slice der, int size)
{
    const unsigned char *at = (const unsigned char *)der.at;
    ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &at, (long)der.len);
    unsigned char *raw = arena_alloc(arena, 2 * (size_t)size);
    BN_bn2binpad(ECDSA_SIG_get0_r(pair), raw, size);
    BN_bn2binpad(ECDSA_SIG_get0_s(pair), raw + size, size);
    ECDSA_SIG_free(pair);
    return slice_make((const char *)raw, 2 * (size_t)size);
}

struct slice sign_private(struct arena *arena, const char *algorithm, EVP_PKEY *key, const char *header,
                          const char *claims)
{
    struct slice input = sign_input(arena, header, claims);
    char digest[8] = "SHA";
    memcpy(digest + 3, algorithm + 2, 4);
    bool edwards = algorithm[0] == 'E' && algorithm[1] == 'd';
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *owned;
    EVP_DigestSignInit(context, &owned, edwards ? NULL : EVP_get_digestbyname(digest), NULL, key);
    if (algorithm[0] == 'P') {
        EVP_PKEY_CTX_set_rsa_padding(owned, RSA_PKCS1_PSS_PADDING);
        EVP_PKEY_CTX_set_rsa_pss_saltlen(owned, RSA_PSS_SALTLEN_DIGEST);
    }
    size_t len = 1024;
    unsigned char *signature = arena_alloc(arena, len);
    int fine = EVP_DigestSign(context, signature, &len, (const unsigned char *)input.at, input.len);
    assert(fine == 1);
    EVP_MD_CTX_free(context);
    struct slice made = slice_make((const char *)signature, len);
    if (algorithm[0] == 'E' && !edwards)
        made = raw_ecdsa(arena, made, (EVP_PKEY_get_bits(key) + 7) / 8);
    return joined(arena, input, made);
}

static struct slice number(struct arena *arena, EVP_PKEY *key, const char *name, int size)
{
    BIGNUM *n = NULL;
    EVP_PKEY_get_bn_param(key, name, &n);
    int len = size ? size : BN_num_bytes(n);
    unsigned char *bytes = arena_alloc(arena, (size_t)len + 1);
    BN_bn2binpad(n, bytes, len);
    BN_free(n);
    return sign_encode(arena, slice_make((const char *)bytes, (size_t)len));
}

struct slice sign_jwk(struct arena *arena, EVP_PKEY *key, const char *more)
{
    if (EVP_PKEY_is_a(key, "RSA"))
        return arena_printf(arena, "{%s\"kty\":\"RSA\",\"n\":\"%.*s\",\"e\":\"%.*s\"}", more,
                            SLICE_ARG(number(arena, key, OSSL_PKEY_PARAM_RSA_N, 0)),
                            SLICE_ARG(number(arena, key, OSSL_PKEY_PARAM_RSA_E, 0)));
    int bits = EVP_PKEY_get_bits(key), size = (bits + 7) / 8;
    if (EVP_PKEY_is_a(key, "EC"))
        return arena_printf(arena, "{%s\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%.*s\",\"y\":\"%.*s\"}", more, bits,
                            SLICE_ARG(number(arena, key, OSSL_PKEY_PARAM_EC_PUB_X, size)),
                            SLICE_ARG(number(arena, key, OSSL_PKEY_PARAM_EC_PUB_Y, size)));
    unsigned char raw[64];
    size_t len = sizeof raw;
    EVP_PKEY_get_raw_public_key(key, raw, &len);
    return arena_printf(arena, "{%s\"kty\":\"OKP\",\"crv\":\"%s\",\"x\":\"%.*s\"}", more,
                        len == 32 ? "Ed25519" : "Ed448",
                        SLICE_ARG(sign_encode(arena, slice_make((const char *)raw, len))));
}

struct slice sign_oct(struct arena *arena, struct slice secret, const char *more)
{
    return arena_printf(arena, "{%s\"kty\":\"oct\",\"k\":\"%.*s\"}", more, SLICE_ARG(sign_encode(arena, secret)));
}
