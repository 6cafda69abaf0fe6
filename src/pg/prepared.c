#include "prepared.h"

#include "xalloc.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void prepared_init(struct prepared_cache *cache, int max)
{
    *cache = (struct prepared_cache){.max = max > 0 ? (size_t)max : 0, .flight = 1};
    size_t buckets = 16;
    while (buckets < cache->max)
        buckets *= 2;
    cache->mask = buckets - 1;
    cache->buckets = xcalloc(buckets, sizeof *cache->buckets);
}

void prepared_free(struct prepared *entry)
{
    if (!entry)
        return;
    free(entry->text);
    free(entry);
}

void prepared_fini(struct prepared_cache *cache)
{
    while (cache->newest)
        prepared_forget(cache, cache->newest, false);
    for (struct prepared *entry; (entry = prepared_next_dropped(cache));)
        prepared_free(entry);
    free(cache->buckets);
    cache->buckets = NULL;
}

void prepared_next_flight(struct prepared_cache *cache)
{
    cache->flight++;
}

void prepared_enter_epoch(struct prepared_cache *cache, uint64_t epoch)
{
    while (cache->epoch != epoch && cache->newest)
        prepared_forget(cache, cache->newest, cache->newest->ready);
    cache->epoch = epoch;
}

static void age_unlink(struct prepared_cache *cache, struct prepared *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        cache->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        cache->oldest = entry->newer;
}

static void age_push(struct prepared_cache *cache, struct prepared *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest)
        cache->newest->newer = entry;
    else
        cache->oldest = entry;
    cache->newest = entry;
    entry->flight = cache->flight;
}

struct prepared *prepared_find(struct prepared_cache *cache, const struct statement *statement)
{
    struct prepared *entry = cache->buckets[statement->hash & cache->mask];
    while (entry && (entry->hash != statement->hash || !slice_eq(slice_make(entry->text, entry->len), statement->text)))
        entry = entry->chain;
    if (entry) {
        age_unlink(cache, entry);
        age_push(cache, entry);
    }
    return entry;
}

void prepared_forget(struct prepared_cache *cache, struct prepared *entry, bool on_server)
{
    struct prepared **at = &cache->buckets[entry->hash & cache->mask];
    while (*at != entry)
        at = &(*at)->chain;
    *at = entry->chain;
    age_unlink(cache, entry);
    cache->count--;
    if (on_server) {
        entry->chain = cache->dropped;
        cache->dropped = entry;
    } else {
        prepared_free(entry);
    }
}

struct prepared *prepared_add(struct prepared_cache *cache, const struct statement *statement)
{
    if (statement->text.len > PREPARED_TEXT_MAX || cache->max == 0)
        return NULL;
    if (cache->count >= cache->max) {
        if (cache->oldest->flight == cache->flight)
            return NULL;
        prepared_forget(cache, cache->oldest, cache->oldest->ready);
    }
    struct prepared *entry = xcalloc(1, sizeof *entry);
    entry->hash = statement->hash;
    entry->text = xcalloc(1, statement->text.len + 1);
    memcpy(entry->text, statement->text.at, statement->text.len);
    entry->len = statement->text.len;
    snprintf(entry->name, sizeof entry->name, "m%llu", (unsigned long long)++cache->names);
    struct prepared **bucket = &cache->buckets[entry->hash & cache->mask];
    entry->chain = *bucket;
    *bucket = entry;
    age_push(cache, entry);
    cache->count++;
    return entry;
}

struct prepared *prepared_next_dropped(struct prepared_cache *cache)
{
    struct prepared *entry = cache->dropped;
    if (entry)
        cache->dropped = entry->chain;
    return entry;
}
