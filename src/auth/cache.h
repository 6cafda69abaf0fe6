/* The cache of verified tokens: from the SHA-256 digest of a token to what it says. Private to auth/.
 *
 * It has a fixed number of places. A token has its place in one set of four, whatever else is cached, so a lookup looks
 * at four digests under the lock of its set. Only verified tokens are kept: those that are refused take no place. */
#ifndef MIDAIR_SRC_AUTH_CACHE_H
#define MIDAIR_SRC_AUTH_CACHE_H

#include "midair/auth/auth.h"
#include "token.h"

struct cache;

/* `capacity`: places, rounded up; 0 makes a cache that keeps nothing. */
struct cache *cache_new(size_t capacity);
void cache_free(struct cache *cache);

enum { CACHE_DIGEST_BYTES = 32 };

struct cache_key {
    unsigned char digest[CACHE_DIGEST_BYTES];
};
struct cache_key cache_key_of(struct slice token);

/* Copies what the token says into the arena. False: it is not cached. */
bool cache_get(struct cache *cache, struct arena *arena, const struct cache_key *key, struct identity *out,
               struct token_times *times);
/* Keeps a verified token, in the place of the one of its set that was used least recently. */
void cache_put(struct cache *cache, const struct cache_key *key, const struct identity *identity,
               const struct token_times *times);
/* Forgets a token. */
void cache_drop(struct cache *cache, const struct cache_key *key);

#endif
