#include "../../../src/auth/claim_path.h"
#include "midair/auth/auth.h"
#include "midair/json/gate.h"
#include "sign.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/rsa.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define NOW 1800000000

enum { RSA_KEY, RSA_OTHER, EC256, EC384, EC521, ED25519, ED448, KEYS };

static EVP_PKEY *keys[KEYS];

static void make_keys(void)
{
    keys[RSA_KEY] = EVP_RSA_gen(2048);
    keys[RSA_OTHER] = EVP_RSA_gen(2048);
    keys[EC256] = EVP_EC_gen("P-256");
    keys[EC384] = EVP_EC_gen("P-384");
    keys[EC521] = EVP_EC_gen("P-521");
    keys[ED25519] = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    keys[ED448] = EVP_PKEY_Q_keygen(NULL, NULL, "ED448");
}

static void free_keys(void)
{
    for (size_t i = 0; i < KEYS; i++)
        EVP_PKEY_free(keys[i]);
}

TestSuite(keys, .init = make_keys, .fini = free_keys);

static struct slice said(struct arena *arena, struct slice secret, struct slice token)
{
    struct auth_options options = {.secret = secret, .role_claim = SLICE(".role"), .anon_role = SLICE("anon")};
    struct auth *auth = NULL;
    struct identity identity;
    const char *wrong = auth_new(arena, &options, &auth);
    if (wrong)
        return slice_of(wrong);
    struct err *err = auth_identify(auth, arena, arena_printf(arena, "Bearer %.*s", SLICE_ARG(token)), NOW, &identity);
    struct slice result = err ? err->code : identity.role;
    auth_free(auth);
    return result;
}

Test(keys, each_algorithm_verifies_with_its_key_only)
{
    static const struct {
        const char *algorithm;
        int key;
    } rows[] = {{"RS256", RSA_KEY}, {"RS384", RSA_KEY}, {"RS512", RSA_KEY}, {"PS256", RSA_KEY},
                {"PS384", RSA_KEY}, {"PS512", RSA_KEY}, {"ES256", EC256},   {"ES384", EC384},
                {"ES512", EC521},   {"EdDSA", ED25519}, {"EdDSA", ED448}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        char header[64];
        snprintf(header, sizeof header, "{\"alg\":\"%s\"}", rows[i].algorithm);
        struct slice token = sign_private(arena, rows[i].algorithm, keys[rows[i].key], header, "{\"role\":\"w\"}");
        for (int key = 0; key < KEYS; key++) {
            struct slice result = said(arena, sign_jwk(arena, keys[key], ""), token);
            cr_expect(slice_eq(result, key == rows[i].key ? SLICE("w") : SLICE("PGRST301")), "%s with key %d: %.*s",
                      rows[i].algorithm, key, SLICE_ARG(result));
        }
        arena_free(arena);
    }
}

/* The attack of CVE-2015-9235: the public key of an RSA pair as the secret of an HMAC. */
Test(keys, a_public_key_is_no_secret)
{
    struct arena *arena = arena_new(0);
    struct slice jwk = sign_jwk(arena, keys[RSA_KEY], "");
    struct slice token = sign_hmac(arena, "SHA256", jwk, "{\"alg\":\"HS256\"}", "{\"role\":\"w\"}");
    struct slice result = said(arena, jwk, token);
    cr_expect(slice_eq(result, SLICE("PGRST301")), "%.*s", SLICE_ARG(result));
    arena_free(arena);
}

Test(keys, a_key_limits_what_it_verifies)
{
    static const struct {
        const char *label, *more, *header, *expected;
    } rows[] = {
        {"nothing said", "", "{\"alg\":\"RS256\"}", "w"},
        {"alg is the token's", "\"alg\":\"RS256\",", "{\"alg\":\"RS256\"}", "w"},
        {"alg is another", "\"alg\":\"RS512\",", "{\"alg\":\"RS256\"}", "PGRST301"},
        {"alg is of the other padding", "\"alg\":\"PS256\",", "{\"alg\":\"RS256\"}", "PGRST301"},
        {"for signatures", "\"use\":\"sig\",", "{\"alg\":\"RS256\"}", "w"},
        {"for encryption", "\"use\":\"enc\",", "{\"alg\":\"RS256\"}", "there is no key that verifies signatures"},
        {"may verify", "\"key_ops\":[\"sign\",\"verify\"],", "{\"alg\":\"RS256\"}", "w"},
        {"may not verify", "\"key_ops\":[\"sign\"],", "{\"alg\":\"RS256\"}",
         "there is no key that verifies signatures"},
        {"kid is the token's", "\"kid\":\"a\",", "{\"alg\":\"RS256\",\"kid\":\"a\"}", "w"},
        {"kid is another", "\"kid\":\"b\",", "{\"alg\":\"RS256\",\"kid\":\"a\"}", "PGRST301"},
        {"kid is only the token's", "", "{\"alg\":\"RS256\",\"kid\":\"a\"}", "PGRST301"},
        {"kid is only the key's", "\"kid\":\"a\",", "{\"alg\":\"RS256\"}", "w"},
        {"kid is a number", "\"kid\":\"1\",", "{\"alg\":\"RS256\",\"kid\":1}", "PGRST301"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct slice token = sign_private(arena, "RS256", keys[RSA_KEY], rows[i].header, "{\"role\":\"w\"}");
        struct slice result = said(arena, sign_jwk(arena, keys[RSA_KEY], rows[i].more), token);
        cr_expect(slice_eq(result, slice_of(rows[i].expected)), "%s: %.*s", rows[i].label, SLICE_ARG(result));
        arena_free(arena);
    }
}

Test(keys, a_set_is_searched)
{
    struct arena *arena = arena_new(0);
    struct slice secret = SLICE("0123456789abcdef0123456789abcdef");
    struct slice set = arena_printf(arena, "{\"keys\":[{\"kty\":\"quantum\"},%.*s,%.*s,%.*s]}",
                                    SLICE_ARG(sign_jwk(arena, keys[RSA_OTHER], "\"kid\":\"old\",")),
                                    SLICE_ARG(sign_jwk(arena, keys[RSA_KEY], "\"kid\":\"new\",")),
                                    SLICE_ARG(sign_oct(arena, secret, "\"kid\":\"s\",")));
    static const char *const fine[] = {"{\"alg\":\"RS256\"}", "{\"alg\":\"RS256\",\"kid\":\"new\"}"};
    for (size_t i = 0; i < COUNT(fine); i++) {
        struct slice token = sign_private(arena, "RS256", keys[RSA_KEY], fine[i], "{\"role\":\"w\"}");
        cr_expect(slice_eq(said(arena, set, token), SLICE("w")), "%s", fine[i]);
    }
    struct slice other = sign_private(arena, "RS256", keys[RSA_KEY], "{\"alg\":\"RS256\",\"kid\":\"old\"}", "{}");
    cr_expect(slice_eq(said(arena, set, other), SLICE("PGRST301")));
    struct slice mac = sign_hmac(arena, "SHA256", secret, "{\"alg\":\"HS256\",\"kid\":\"s\"}", "{\"role\":\"w\"}");
    cr_expect(slice_eq(said(arena, set, mac), SLICE("w")));
    arena_free(arena);
}

Test(keys, secrets_that_cannot_be_used)
{
    static const struct {
        const char *label, *secret;
        bool base64;
        const char *wrong; /* NULL: it can be used */
    } rows[] = {
        {"32 bytes", "0123456789abcdef0123456789abcdef", false, NULL},
        {"31 bytes", "0123456789abcdef0123456789abcde", false, "a secret has at least 32 bytes"},
        {"base64", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=", true, NULL},
        {"base64 without padding", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY", true, NULL},
        {"base64url", "____________________________________________", true, NULL},
        {"base64, too short", "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ==", true, "a secret has at least 32 bytes"},
        {"not base64", "0123456789abcdef0123456789abcde!", true, "is not base64"},
        {"both alphabets", "+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_+_", true, "is not base64"},
        {"padding in the middle", "MDEy=zQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYx", true, "is not base64"},
        {"not JSON", "{\"kty\":", false, "begins as a JSON Web Key does, but is not JSON"},
        {"no kty", "{}", false, "a key has a kty"},
        {"keys that are none", "{\"keys\":1}", false, "keys is not an array"},
        {"no key", "{\"keys\":[]}", false, "there is no key that verifies signatures"},
        {"a key that is no object", "{\"keys\":[1]}", false, "a key is a JSON object"},
        {"an oct key without k", "{\"kty\":\"oct\"}", false, "an oct key has k in base64url"},
        {"a short oct key", "{\"kty\":\"oct\",\"k\":\"AAAA\"}", false, "a secret has at least 32 bytes"},
        {"an RSA key without n", "{\"kty\":\"RSA\",\"e\":\"AQAB\"}", false, "an RSA key has n and e in base64url"},
        {"a small RSA key", "{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}", false,
         "an RSA key has fewer than 2048 bits"},
        {"a curve that midair does not have", "{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"AA\",\"y\":\"AA\"}", false,
         "the curve of an EC key is P-256, P-384 or P-521"},
        {"a short point", "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}", false,
         "an EC key has x and y in base64url, as long as its curve says"},
        {"a point off its curve",
         "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
         "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}",
         false, "an EC key is not a point of its curve"},
        {"a short Edwards key", "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AA\"}", false,
         "an OKP key cannot be used"},
        {"a key for another purpose", "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"AA\"}", false,
         "the curve of an OKP key is Ed25519 or Ed448"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct auth_options options = {
            .secret = slice_of(rows[i].secret), .secret_is_base64 = rows[i].base64, .role_claim = SLICE(".role")};
        struct auth *auth = NULL;
        const char *wrong = auth_new(arena, &options, &auth);
        cr_expect((wrong == NULL) == (rows[i].wrong == NULL) && (!wrong || strcmp(wrong, rows[i].wrong) == 0), "%s: %s",
                  rows[i].label, wrong ? wrong : "accepted");
        auth_free(auth);
        arena_free(arena);
    }
}

Test(claim_path, leads_to_a_value_or_to_nothing)
{
    static const char claims[] = "{\"role\":\"w\",\"postgrest\":{\"roles\":[\"other\",\"author\"]},\"n\":[1,\"x\"],"
                                 "\"https://example.org/role\":{\"key\":\"k\"},\"a$_@9\":\"odd\",\"q\\\"\":\"quoted\"}";
    static const struct {
        const char *path, *expected; /* "" leads to nothing; NULL: it is no path */
    } rows[] = {
        {".role", "w"},
        {".postgrest.roles[1]", "author"},
        {".postgrest.roles[2]", ""},
        {".postgrest.roles[18446744073709551616]", NULL},
        {".postgrest.roles[-1]", NULL},
        {".postgrest.roles[]", NULL},
        {".postgrest.roles[1", NULL},
        {".postgrest.roles[1]x", NULL},
        {".postgrest.roles.x", ""},
        {".role[0]", ""},
        {".role.x", ""},
        {".\"https://example.org/role\".key", "k"},
        {".\"q\\\"\"", "quoted"},
        {".\"open", NULL},
        {".a$_@9", "odd"},
        {".a-b", NULL},
        {".postgrest.roles[?(@ == \"author\")]", "author"},
        {".postgrest.roles[?(@ == \"autho\")]", ""},
        {".postgrest.roles[?(@ != \"other\")]", "author"},
        {".postgrest.roles[?(@ ^== \"aut\")]", "author"},
        {".postgrest.roles[?(@ ==^ \"hor\")]", "author"},
        {".postgrest.roles[?(@ *== \"utho\")]", "author"},
        {".postgrest.roles[?(@ *== \"\")]", "other"},
        {".postgrest.roles[?(@==\"author\")]", "author"},
        {".postgrest.roles[?(@ == \"author\")].x", NULL},
        {".postgrest.roles[?(@ ~ \"author\")]", NULL},
        {".postgrest.roles[?(@ == author)]", NULL},
        {".postgrest.roles[?(@ == \"author\"]", NULL},
        {".n[?(@ != \"y\")]", "x"},
        {".role[?(@ == \"w\")]", ""},
        {"role", NULL},
        {".", NULL},
        {"..role", NULL},
        {"", NULL},
        {"$.role", NULL},
        {".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", ""},
        {".a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a.a", NULL},
    };
    static const struct json_limits limits = {.depth = 8};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena *arena = arena_new(0);
        struct json document;
        struct claim_path path;
        cr_assert_null(json_parse(arena, slice_of(claims), limits, &document));
        bool parsed = claim_path_parse(arena, slice_of(rows[i].path), &path);
        cr_expect_eq(parsed, rows[i].expected != NULL, "%s", rows[i].path);
        const struct json *found = parsed ? claim_path_follow(&path, &document) : NULL;
        if (parsed && rows[i].expected)
            cr_expect(slice_eq(found ? found->text : SLICE(""), slice_of(rows[i].expected)), "%s", rows[i].path);
        arena_free(arena);
    }
}
