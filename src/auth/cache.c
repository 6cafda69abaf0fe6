#include "cache.h"

#include <openssl/sha.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 4 };

/* role, claims and sub one after the other in `text`. */
struct entry {
    struct cache_key key;
    struct token_times times;
    uint64_t used;
    char *text; /* owned; NULL: the place is free */
    size_t role, claims, sub;
    bool has_sub;
};

struct set {
    pthread_mutex_t lock;
    uint64_t clock;
    struct entry entries[WAYS];
};

struct cache {
    struct set *sets;
    size_t count; /* a power of two, or 0 */
};

static void *must(void *at)
{
    if (!at)
        abort();
    return at;
}

struct cache *cache_new(size_t capacity)
{
    struct cache *cache = must(calloc(1, sizeof *cache));
    size_t count = 1;
    while (count * WAYS < capacity)
        count *= 2;
    cache->count = capacity ? count : 0;
    cache->sets = cache->count ? must(calloc(cache->count, sizeof *cache->sets)) : NULL;
    for (size_t i = 0; i < cache->count; i++)
        pthread_mutex_init(&cache->sets[i].lock, NULL);
    return cache;
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < cache->count; i++) {
        for (size_t j = 0; j < WAYS; j++)
            free(cache->sets[i].entries[j].text);
        pthread_mutex_destroy(&cache->sets[i].lock);
    }
    free(cache->sets);
    free(cache);
}

struct cache_key cache_key_of(struct slice token)
{
    struct cache_key key;
    SHA256((const unsigned char *)token.at, token.len, key.digest);
    return key;
}

static struct set *set_of(struct cache *cache, const struct cache_key *key)
{
    uint64_t hash;
    memcpy(&hash, key->digest, sizeof hash);
    return &cache->sets[hash & (cache->count - 1)];
}

/* The token's entry; NULL: none. The lock of the set is held. */
static struct entry *find(struct set *set, const struct cache_key *key)
{
    for (size_t i = 0; i < WAYS; i++)
        if (set->entries[i].text && memcmp(&set->entries[i].key, key, sizeof *key) == 0)
            return &set->entries[i];
    return NULL;
}

static struct slice part(struct arena *arena, const struct entry *entry, size_t at, size_t len)
{
    return arena_copy(arena, slice_make(entry->text + at, len));
}

bool cache_get(struct cache *cache, struct arena *arena, const struct cache_key *key, struct identity *out,
               struct token_times *times)
{
    if (!cache->count)
        return false;
    struct set *set = set_of(cache, key);
    pthread_mutex_lock(&set->lock);
    struct entry *entry = find(set, key);
    if (entry) {
        entry->used = ++set->clock;
        *times = entry->times;
        *out = (struct identity){.role = part(arena, entry, 0, entry->role),
                                 .claims = part(arena, entry, entry->role, entry->claims),
                                 .authenticated = true,
                                 .cached = true};
        if (entry->has_sub)
            out->sub = part(arena, entry, entry->role + entry->claims, entry->sub);
    }
    pthread_mutex_unlock(&set->lock);
    return entry != NULL;
}

static char *join(const struct identity *identity)
{
    const struct slice parts[] = {identity->role, identity->claims, identity->sub};
    char *text = must(malloc(parts[0].len + parts[1].len + parts[2].len + 1)), *at = text;
    for (size_t i = 0; i < 3; i++) {
        if (parts[i].len)
            memcpy(at, parts[i].at, parts[i].len);
        at += parts[i].len;
    }
    return text;
}

void cache_put(struct cache *cache, const struct cache_key *key, const struct identity *identity,
               const struct token_times *times)
{
    if (!cache->count)
        return;
    struct set *set = set_of(cache, key);
    char *text = join(identity), *old = NULL;
    pthread_mutex_lock(&set->lock);
    struct entry *entry = find(set, key);
    for (size_t i = 0; !entry && i < WAYS; i++)
        entry = set->entries[i].text ? NULL : &set->entries[i];
    if (!entry) {
        entry = &set->entries[0];
        for (size_t i = 1; i < WAYS; i++)
            entry = set->entries[i].used < entry->used ? &set->entries[i] : entry;
    }
    old = entry->text;
    *entry = (struct entry){.key = *key,
                            .times = *times,
                            .used = ++set->clock,
                            .text = text,
                            .role = identity->role.len,
                            .claims = identity->claims.len,
                            .sub = identity->sub.len,
                            .has_sub = slice_present(identity->sub)};
    pthread_mutex_unlock(&set->lock);
    free(old);
}

void cache_drop(struct cache *cache, const struct cache_key *key)
{
    if (!cache->count)
        return;
    struct set *set = set_of(cache, key);
    pthread_mutex_lock(&set->lock);
    struct entry *entry = find(set, key);
    char *text = entry ? entry->text : NULL;
    if (entry)
        entry->text = NULL;
    pthread_mutex_unlock(&set->lock);
    free(text);
}
