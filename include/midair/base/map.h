/* Maps from text to pointers, for catalogs and caches. Built once or under a lock; reading is safe from
 * many threads while nobody writes. Keys are borrowed: they must outlive the map. */
#ifndef MIDAIR_BASE_MAP_H
#define MIDAIR_BASE_MAP_H

#include "midair/base/arena.h"

#include <stdint.h>

struct map_slot {
    struct slice key; /* absent: free */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t count;
};

/* 64-bit hash of the bytes, eight at a time. Not the same on machines of another byte order: it stays in the process.
 */
uint64_t map_hash(struct slice key);
/* An empty map whose slots live in `arena`. */
struct map map_new(struct arena *arena);
/* The value, or NULL. */
void *map_get(const struct map *map, struct slice key);
/* Sets the value; returns the one it replaced, or NULL. `value` is not NULL. */
void *map_put(struct map *map, struct slice key, void *value);

#endif
