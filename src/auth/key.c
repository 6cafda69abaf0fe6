#include "key.h"

#include "base64.h"
#include "midair/auth/auth.h"
#include "midair/json/gate.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <string.h>

enum { RSA_BITS_MIN = 2048 }; /* RFC 7518 3.3 */

static const struct {
    const char *name, *group;
    size_t size;
} curves[] = {{"P-256", "P-256", 32}, {"P-384", "P-384", 48}, {"P-521", "P-521", 66}};

static struct slice text_member(const struct json *jwk, const char *name)
{
    const struct json *value = json_member(jwk, slice_of(name));
    return value && value->kind == JSON_STRING ? value->text : SLICE_ABSENT;
}

/* The bytes of a member in base64url; false when it is missing or malformed. */
static bool bytes_member(struct arena *arena, const struct json *jwk, const char *name, struct slice *out)
{
    struct slice text = text_member(jwk, name);
    return slice_present(text) && base64url_decode(arena, text, out) && out->len > 0;
}

static EVP_PKEY *from_params(const char *type, OSSL_PARAM_BLD *builder)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(builder);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *pkey = NULL;
    if (!params || !context || EVP_PKEY_fromdata_init(context) <= 0 ||
        EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, params) <= 0)
        pkey = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    return pkey;
}

static const char *read_rsa(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct slice n, e;
    if (!bytes_member(arena, jwk, "n", &n) || !bytes_member(arena, jwk, "e", &e))
        return "an RSA key has n and e in base64url";
    BIGNUM *modulus = BN_bin2bn((const unsigned char *)n.at, (int)n.len, NULL);
    BIGNUM *exponent = BN_bin2bn((const unsigned char *)e.at, (int)e.len, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, modulus) &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, exponent))
        key->pkey = from_params("RSA", builder);
    OSSL_PARAM_BLD_free(builder);
    BN_free(modulus);
    BN_free(exponent);
    if (!key->pkey)
        return "an RSA key cannot be used";
    return EVP_PKEY_get_bits(key->pkey) >= RSA_BITS_MIN ? NULL : "an RSA key has fewer than 2048 bits";
}

static const char *read_ec(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct slice x, y, curve = text_member(jwk, "crv");
    const char *group = NULL;
    for (size_t i = 0; i < sizeof(curves) / sizeof(*curves); i++)
        if (slice_eq(curve, slice_of(curves[i].name))) {
            group = curves[i].group;
            key->size = curves[i].size;
        }
    if (!group)
        return "the curve of an EC key is P-256, P-384 or P-521";
    if (!bytes_member(arena, jwk, "x", &x) || !bytes_member(arena, jwk, "y", &y) || x.len != key->size ||
        y.len != key->size)
        return "an EC key has x and y in base64url, as long as its curve says";
    unsigned char *point = arena_alloc(arena, 1 + 2 * key->size);
    point[0] = 4; /* uncompressed */
    memcpy(point + 1, x.at, x.len);
    memcpy(point + 1 + x.len, y.at, y.len);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    if (OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, group, 0) &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * key->size))
        key->pkey = from_params("EC", builder);
    OSSL_PARAM_BLD_free(builder);
    return key->pkey ? NULL : "an EC key is not a point of its curve";
}

static const char *read_edwards(struct arena *arena, const struct json *jwk, struct key *key)
{
    struct slice x, curve = text_member(jwk, "crv");
    int type = slice_eq(curve, SLICE("Ed25519")) ? EVP_PKEY_ED25519
               : slice_eq(curve, SLICE("Ed448")) ? EVP_PKEY_ED448
                                                 : 0;
    if (!type)
        return "the curve of an OKP key is Ed25519 or Ed448";
    if (!bytes_member(arena, jwk, "x", &x))
        return "an OKP key has x in base64url";
    key->pkey = EVP_PKEY_new_raw_public_key(type, NULL, (const unsigned char *)x.at, x.len);
    return key->pkey ? NULL : "an OKP key cannot be used";
}

static const char *too_short(struct slice secret)
{
    return secret.len < AUTH_SECRET_MIN ? "a secret has at least 32 bytes" : NULL;
}

static const char *read_secret(struct arena *arena, const struct json *jwk, struct key *key)
{
    if (!bytes_member(arena, jwk, "k", &key->secret))
        return "an oct key has k in base64url";
    return too_short(key->secret);
}

static const struct {
    const char *type;
    enum key_family family;
    const char *(*read)(struct arena *arena, const struct json *jwk, struct key *key);
} types[] = {{"oct", KEY_SECRET, read_secret},
             {"RSA", KEY_RSA, read_rsa},
             {"EC", KEY_EC, read_ec},
             {"OKP", KEY_EDWARDS, read_edwards}};

/* Whether a key is meant for signatures (RFC 7517 4.2, 4.3). */
static bool is_for_signatures(const struct json *jwk)
{
    struct slice use = text_member(jwk, "use");
    const struct json *operations = json_member(jwk, SLICE("key_ops"));
    if (slice_present(use) && !slice_eq(use, SLICE("sig")))
        return false;
    if (!operations || operations->kind != JSON_ARRAY)
        return true;
    for (size_t i = 0; i < operations->count; i++)
        if (operations->items[i].kind == JSON_STRING && slice_eq(operations->items[i].text, SLICE("verify")))
            return true;
    return false;
}

/* Reads one JWK. *usable is false for a key that is not for this. */
static const char *read_key(struct arena *arena, const struct json *jwk, struct key *key, bool *usable)
{
    *usable = false;
    if (jwk->kind != JSON_OBJECT)
        return "a key is a JSON object";
    if (!is_for_signatures(jwk))
        return NULL;
    struct slice type = text_member(jwk, "kty"), id = text_member(jwk, "kid"), algorithm = text_member(jwk, "alg");
    *key = (struct key){.id = arena_copy(arena, id), .algorithm = arena_copy(arena, algorithm)};
    for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
        if (!slice_eq(type, slice_of(types[i].type)))
            continue;
        *usable = true;
        key->family = types[i].family;
        return types[i].read(arena, jwk, key);
    }
    return slice_present(type) ? NULL : "a key has a kty";
}

static const char *read_set(struct arena *arena, const struct json *items, size_t count, struct keys *out)
{
    if (count > KEYS_MAX)
        return "there are more than 64 keys";
    for (size_t i = 0; i < count; i++) {
        bool usable;
        struct key *key = &out->items[out->count];
        const char *wrong = read_key(arena, &items[i], key, &usable);
        out->count += usable; /* even when it is wrong: keys_free() frees what it holds */
        if (wrong)
            return wrong;
    }
    return out->count ? NULL : "there is no key that verifies signatures";
}

static const char *read_json(struct arena *arena, struct slice text, struct keys *out)
{
    static const struct json_limits limits = {.depth = 16, .nodes = 10000, .bytes = 1 << 20};
    struct json document;
    if (json_parse(arena, text, limits, &document))
        return "begins as a JSON Web Key does, but is not JSON";
    const struct json *set = json_member(&document, SLICE("keys"));
    if (!set)
        return read_set(arena, &document, 1, out);
    return set->kind == JSON_ARRAY ? read_set(arena, set->items, set->count, out) : "keys is not an array";
}

const char *keys_read(struct arena *arena, struct slice text, bool base64, struct keys *out)
{
    *out = (struct keys){.items = ARENA_ARRAY(arena, struct key, KEYS_MAX)};
    if (text.len == 0)
        return NULL;
    if (text.at[0] == '{')
        return read_json(arena, text, out);
    struct key *key = &out->items[0];
    *key = (struct key){.family = KEY_SECRET, .secret = arena_copy(arena, text), .nameless = true};
    if (base64 && !base64_decode(arena, text, &key->secret))
        return "is not base64";
    out->count = 1;
    return too_short(key->secret);
}

void keys_free(struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++)
        EVP_PKEY_free(keys->items[i].pkey);
    keys->count = 0;
}
