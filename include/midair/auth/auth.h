/* Authentication: a bearer token (RFC 6750) becomes an identity, the role and the claims with which a request runs.
 *
 * Tokens are JSON Web Tokens in compact form (RFC 7519, RFC 7515), accepted as PostgREST 13 accepts them. OpenSSL
 * verifies the signatures, and midair's own strict parser reads the JSON: the packaged JWT libraries bring a second
 * JSON parser that accepts duplicate members, and convert numbers to double.
 *
 * The key decides which algorithms may be used, never the token: an RSA key is not used for HMAC, a curve has one
 * algorithm, and a key that names its algorithm accepts no other (RFC 8725 3.1). */
#ifndef MIDAIR_AUTH_AUTH_H
#define MIDAIR_AUTH_AUTH_H

#include "midair/base/err.h"

/* Bytes of the longest token that is looked at. */
enum { AUTH_TOKEN_MAX = 8192, AUTH_SECRET_MIN = 32 };

struct auth_options {
    struct slice secret;     /* a text, a JWK, or a JWKS (RFC 7517); empty: no token is accepted */
    bool secret_is_base64;   /* the text is base64 or base64url of the secret's bytes */
    struct slice audience;   /* that tokens must name, if they name any; empty: any */
    struct slice role_claim; /* path to the role in the claims (claim_path.h) */
    struct slice anon_role;  /* of requests without a token, and of tokens without a role; empty: they are refused */
    int64_t leeway_s;        /* by which the clocks of issuers may differ from ours */
    size_t cache_tokens;     /* verified tokens that are kept; 0: none */
};

/* Keys, rules and the cache of verified tokens. Thread-safe. */
struct auth;

/* Checks the options and makes the keys. Returns NULL on success, otherwise what is wrong: a phrase in the arena that
 * contains nothing of the secret. What is kept is copied. The caller owns *out: auth_free(). */
const char *auth_new(struct arena *arena, const struct auth_options *options, struct auth **out) MUST_USE;
/* NULL is allowed. */
void auth_free(struct auth *auth);
/* The number of keys, and whether requests without a token are served. */
size_t auth_key_count(const struct auth *auth);
struct slice auth_anon_role(const struct auth *auth);

/* The database role and the claims with which a request runs. In the arena of the request. */
struct identity {
    struct slice role;   /* of the database */
    struct slice claims; /* JSON object with the verified claims and the member "role" */
    struct slice sub;    /* the claim `sub`, when it is a string; absent: none */
    bool authenticated;  /* by a token; false: the anonymous role, without a token */
    bool cached;         /* the token was in the cache */
};

/* The identity of a request with this Authorization field (absent: it has none). Other schemes than Bearer are ignored.
 * `now_s` is the time in seconds since 1970.
 *
 * Errors: ERR_UNAUTHORIZED with the challenge for WWW-Authenticate (RFC 6750 3) and the code PGRST301 (the token cannot
 * be verified), PGRST302 (anonymous requests are not served) or PGRST303 (a claim does not hold); ERR_INTERNAL with
 * PGRST300 for a token where no secret is configured. */
struct err *auth_identify(struct auth *auth, struct arena *arena, struct slice authorization, int64_t now_s,
                          struct identity *out) MUST_USE;

/* The value of the claim of that name in `claims` (the JSON of an identity), as text: a string without its quotes, and
 * otherwise its JSON. Absent: there is none, or it is null. */
struct slice auth_claim(struct arena *arena, struct slice claims, struct slice name);

/* The cache of verified tokens. */
struct auth_stats {
    uint64_t hits, misses, refused;
};
void auth_stats(const struct auth *auth, struct auth_stats *out);

#endif
