#include "midair/auth/auth.h"

#include "cache.h"
#include "claim_path.h"
#include "midair/base/text.h"
#include "midair/http/problem.h"
#include "midair/json/build.h"
#include "midair/json/gate.h"

#include <stdatomic.h>
#include <stdlib.h>

struct auth {
    struct arena *arena; /* of the keys, the path and the names */
    struct keys keys;
    struct claim_path role_claim;
    struct slice audience, anon_role, anon_claims;
    int64_t leeway_s;
    struct cache *cache;
    _Atomic uint64_t hits, misses, refused;
};

static struct slice claims_of_role(struct arena *arena, struct slice role)
{
    struct buf buf = buf_new(arena, 64);
    struct json_out out = json_out_new(&buf);
    json_out_object(&out);
    json_out_member_string(&out, "role", role);
    json_out_end_object(&out);
    return buf_slice(&buf);
}

static const char *fill(struct auth *auth, const struct auth_options *options)
{
    const char *wrong = keys_read(auth->arena, options->secret, options->secret_is_base64, &auth->keys);
    if (wrong)
        return wrong;
    if (!claim_path_parse(auth->arena, arena_copy(auth->arena, options->role_claim), &auth->role_claim))
        return "the role claim is not a path such as .role or .app_metadata.roles[0]";
    auth->audience = arena_copy(auth->arena, options->audience);
    auth->anon_role = arena_copy(auth->arena, options->anon_role);
    auth->anon_claims = claims_of_role(auth->arena, auth->anon_role);
    auth->leeway_s = options->leeway_s;
    auth->cache = cache_new(options->cache_tokens);
    return NULL;
}

const char *auth_new(struct arena *arena, const struct auth_options *options, struct auth **out)
{
    struct auth *auth = calloc(1, sizeof *auth);
    if (!auth)
        abort();
    auth->arena = arena_new(0);
    const char *wrong = fill(auth, options);
    *out = auth;
    if (!wrong)
        return NULL;
    wrong = arena_copy(arena, slice_of(wrong)).at;
    auth_free(auth);
    *out = NULL;
    return wrong;
}

void auth_free(struct auth *auth)
{
    if (!auth)
        return;
    keys_free(&auth->keys);
    cache_free(auth->cache);
    arena_free(auth->arena);
    free(auth);
}

size_t auth_key_count(const struct auth *auth)
{
    return auth->keys.count;
}

struct slice auth_anon_role(const struct auth *auth)
{
    return auth->anon_role;
}

/* The token of the field (RFC 6750 2.1); absent when the scheme is another one. */
static struct slice bearer_token(struct slice field)
{
    struct slice scheme, token;
    if (!slice_present(field))
        return SLICE_ABSENT;
    field = slice_trim(field);
    if (!slice_cut(field, ' ', &scheme, &token))
        token = SLICE("");
    return slice_eq_nocase(scheme, SLICE("Bearer")) ? slice_trim(token) : SLICE_ABSENT;
}

static struct err *token_required(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_UNAUTHORIZED, "Anonymous access is disabled");
    err->code = SLICE("PGRST302");
    return err;
}

static struct err *secret_missing(struct arena *arena)
{
    struct err *err = err_new(arena, ERR_INTERNAL, "Server lacks JWT secret");
    err->code = SLICE("PGRST300");
    return err;
}

/* The role that the claims name, or the anonymous one. PostgreSQL takes "none" for the absence of a role: it would
 * leave the request with the rights of midair's own connection. */
static struct err *role_of(const struct auth *auth, struct arena *arena, const struct json *claims, struct slice *role)
{
    const struct json *value = claim_path_follow(&auth->role_claim, claims);
    *role = auth->anon_role;
    if (value && value->kind != JSON_STRING)
        return token_error(arena, "PGRST303", "The role in the JWT must be a string");
    if (value)
        *role = value->text;
    else if (role->len == 0)
        return token_required(arena);
    if (role->len == 0 || role->len > 63 || slice_eq(*role, SLICE("none")))
        return token_error(arena, "PGRST303", "The role in the JWT cannot be a role");
    return NULL;
}

/* The claims with the role as their member "role", in place of one of that name. */
static struct slice claims_with_role(struct arena *arena, const struct json *claims, struct slice role)
{
    struct buf buf = buf_new(arena, claims->raw.len + role.len + 16);
    struct json_out out = json_out_new(&buf);
    json_out_object(&out);
    for (size_t i = 0; i < claims->count; i++) {
        const struct json_member *member = &claims->members[i];
        if (slice_eq(member->name, SLICE("role")))
            continue;
        json_out_name(&out, member->name);
        json_out_value(&out, &member->value);
    }
    json_out_member_string(&out, "role", role);
    json_out_end_object(&out);
    return buf_slice(&buf);
}

/* Verifies a token that is not in the cache. */
static struct err *verify(struct auth *auth, struct arena *arena, struct slice token, struct identity *out,
                          struct token_times *times)
{
    struct json claims;
    TRY(token_verify(arena, &auth->keys, token, &claims));
    TRY(token_times_read(arena, &claims, times));
    TRY(token_audience_check(arena, &claims, auth->audience));
    TRY(role_of(auth, arena, &claims, &out->role));
    const struct json *sub = json_member(&claims, SLICE("sub"));
    out->sub = sub && sub->kind == JSON_STRING ? sub->text : SLICE_ABSENT;
    out->claims = claims_with_role(arena, &claims, out->role);
    out->authenticated = true;
    return NULL;
}

static struct err *identify(struct auth *auth, struct arena *arena, struct slice token, int64_t now_s,
                            struct identity *out)
{
    struct cache_key key = cache_key_of(token);
    struct token_times times;
    bool cached = cache_get(auth->cache, arena, &key, out, &times);
    atomic_fetch_add_explicit(cached ? &auth->hits : &auth->misses, 1, memory_order_relaxed);
    if (!cached)
        TRY(verify(auth, arena, token, out, &times));
    struct err *err = token_times_check(arena, &times, now_s, auth->leeway_s);
    if (!err && !cached)
        cache_put(auth->cache, &key, out, &times);
    if (err && cached)
        cache_drop(auth->cache, &key);
    return err;
}

struct err *auth_identify(struct auth *auth, struct arena *arena, struct slice authorization, int64_t now_s,
                          struct identity *out)
{
    struct slice token = bearer_token(authorization);
    *out = (struct identity){.role = auth->anon_role, .claims = auth->anon_claims};
    if (!slice_present(token))
        return auth->anon_role.len ? NULL : token_required(arena);
    if (auth->keys.count == 0)
        return secret_missing(arena);
    struct err *err = token.len == 0 ? token_error(arena, "PGRST301", "Empty JWT is sent in Authorization header")
                                     : identify(auth, arena, token, now_s, out);
    if (err)
        atomic_fetch_add_explicit(&auth->refused, 1, memory_order_relaxed);
    return err;
}

struct slice auth_claim(struct arena *arena, struct slice claims, struct slice name)
{
    static const struct json_limits limits = {.depth = 33, .nodes = 4100, .bytes = 0};
    struct json document;
    if (json_parse(arena, claims, limits, &document))
        return SLICE_ABSENT;
    const struct json *value = json_member(&document, name);
    if (!value || value->kind == JSON_NULL)
        return SLICE_ABSENT;
    return value->kind == JSON_STRING ? value->text : value->raw;
}

void auth_stats(const struct auth *auth, struct auth_stats *out)
{
    *out = (struct auth_stats){.hits = atomic_load_explicit(&auth->hits, memory_order_relaxed),
                               .misses = atomic_load_explicit(&auth->misses, memory_order_relaxed),
                               .refused = atomic_load_explicit(&auth->refused, memory_order_relaxed)};
}
