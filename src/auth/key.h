/* Keys that verify tokens: a secret text, JSON Web Keys and sets of them (RFC 7517, RFC 7518 6, RFC 8037 2). Private to
 * auth/. */
#ifndef MIDAIR_SRC_AUTH_KEY_H
#define MIDAIR_SRC_AUTH_KEY_H

#include "midair/base/arena.h"

#include <openssl/evp.h>

/* What a key can verify. A key of one family is never used for another. */
enum key_family { KEY_SECRET, KEY_RSA, KEY_EC, KEY_EDWARDS };

struct key {
    enum key_family family;
    struct slice id;        /* `kid`; absent: it has none */
    struct slice algorithm; /* `alg`: the only one that may be used; absent: all that suit the key */
    struct slice secret;    /* KEY_SECRET */
    EVP_PKEY *pkey;         /* the others; owned */
    size_t size;            /* KEY_EC: bytes of one coordinate */
    bool nameless;          /* made from a text, which has no `kid`: it is tried whatever `kid` a token has */
};

struct keys {
    struct key *items;
    size_t count;
};

enum { KEYS_MAX = 64 };

/* Makes the keys of a setting: a JWK or JWKS when the text begins with '{', otherwise a secret. Keys of a set whose
 * type or use is not that of a verifying key are left out (RFC 7517 5). Returns NULL, or what is wrong, which contains
 * nothing of the text. Slices live in the arena; keys_free() frees the rest. */
const char *keys_read(struct arena *arena, struct slice text, bool base64, struct keys *out);
void keys_free(struct keys *keys);

#endif
