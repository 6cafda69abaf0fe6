/* Makes keys and tokens for the tests of auth/. */
#ifndef MIDAIR_TESTS_AUTH_SIGN_H
#define MIDAIR_TESTS_AUTH_SIGN_H

#include "midair/base/arena.h"

#include <openssl/evp.h>

/* base64url without padding */
struct slice sign_encode(struct arena *arena, struct slice bytes);
/* "header.claims" in base64url */
struct slice sign_input(struct arena *arena, const char *header, const char *claims);
/* A token with HMAC of that digest. */
struct slice sign_hmac(struct arena *arena, const char *digest, struct slice secret, const char *header,
                       const char *claims);
/* A token signed by a private key; the scheme follows from the first two letters of `algorithm`. */
struct slice sign_private(struct arena *arena, const char *algorithm, EVP_PKEY *key, const char *header,
                          const char *claims);
/* The public part of a key as a JWK with further members `more`, such as "\"kid\":\"a\",". */
struct slice sign_jwk(struct arena *arena, EVP_PKEY *key, const char *more);
/* An oct JWK. */
struct slice sign_oct(struct arena *arena, struct slice secret, const char *more);

#endif
