/* Maps from text to pointers, for catalogs and caches.
 *
 * A map is filled once or under a lock. Any number of threads may read it while no thread writes. Keys are borrowed and
 * must outlive the map. */
#ifndef MIDAIR_BASE_MAP_H
#define MIDAIR_BASE_MAP_H

#include "midair/base/arena.h"

#include <stdint.h>

struct map_slot {
    struct slice key; /* absent: the slot is free */
    void *value;
};

struct map {
    struct arena *arena;
    struct map_slot *slots;
    size_t cap; /* a power of two, or 0 */
    size_t count;
};

/* A 64-bit hash of the bytes. It depends on the machine's byte order, so it must not leave the process. */
uint64_t map_hash(struct slice key);
/* An empty map whose slots live in `arena`. */
struct map map_new(struct arena *arena);
/* The value of a key, or NULL. */
void *map_get(const struct map *map, struct slice key);
/* Sets the value of a key, which must not be NULL. Returns the value that it replaces, or NULL. */
void *map_put(struct map *map, struct slice key, void *value);

#endif
