/* Tokens: the compact form and its signature (RFC 7515 5.2), and the claims that are checked (RFC 7519 4.1). Private to
 * auth/. */
#ifndef MIDAIR_SRC_AUTH_TOKEN_H
#define MIDAIR_SRC_AUTH_TOKEN_H

#include "key.h"
#include "midair/auth/auth.h"
#include "midair/base/err.h"
#include "midair/json/value.h"

/* Bytes of the longest header of a token. */
enum { AUTH_HEADER_MAX = 4096 };

/* An error of a token with PostgREST's code, and the challenge of RFC 6750 3. Never NULL. `message` is static and has
 * no characters that a quoted string would escape, other than apostrophes. */
struct err *token_error(struct arena *arena, const char *code, const char *message);

/* Verifies the token and parses its claims, which are a JSON object. Nothing of the claims is checked. */
struct err *token_verify(struct arena *arena, const struct keys *keys, struct slice token,
                         struct json *claims) MUST_USE;

/* The times of a token in seconds since 1970, rounded down; absent ones hold for ever. */
struct token_times {
    int64_t expires, not_before, issued;
};

/* Reads a NumericDate (RFC 7519 2): any JSON number, rounded down. What is too large for 64 bits becomes the largest or
 * smallest value. */
int64_t token_seconds(struct slice number);
/* Reads exp, nbf and iat. */
struct err *token_times_read(struct arena *arena, const struct json *claims, struct token_times *out) MUST_USE;
/* Checks the times against the clock. */
struct err *token_times_check(struct arena *arena, const struct token_times *times, int64_t now_s,
                              int64_t leeway_s) MUST_USE;
/* Checks that the claim `aud` has the form that RFC 7519 4.1.3 gives, and that it contains `audience` unless that is
 * empty. A token without `aud` is accepted. */
struct err *token_audience_check(struct arena *arena, const struct json *claims, struct slice audience) MUST_USE;

#endif
