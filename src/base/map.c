#include "midair/base/map.h"

static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
    return hash ^ hash >> 32;
}

uint64_t map_hash(struct slice key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ key.len, word;
    size_t i = 0;
    for (; key.len - i >= sizeof(word); i += sizeof(word)) {
        memcpy(&word, key.at + i, sizeof(word));
        hash = mix(hash, word);
    }
    for (word = 0; i < key.len; i++)
        word = word << 8 | (unsigned char)key.at[i];
    return mix(mix(hash, word), 0);
}

struct map map_new(struct arena *arena)
{
    return (struct map){.arena = arena};
}

/* The slot of a key, or the free slot where it belongs. Open addressing with linear probing; grow() keeps at least half
 * of the slots free, so that the loop ends. */
static struct map_slot *find(const struct map *map, struct slice key)
{
    size_t at = (size_t)map_hash(key) & (map->cap - 1);
    while (slice_present(map->slots[at].key) && !slice_eq(map->slots[at].key, key))
        at = (at + 1) & (map->cap - 1);
    return &map->slots[at];
}

void *map_get(const struct map *map, struct slice key)
{
    return map->cap ? find(map, key)->value : NULL;
}

static void grow(struct map *map)
{
    struct map old = *map;
    map->cap = old.cap ? old.cap * 2 : 16;
    map->slots = ARENA_ARRAY(map->arena, struct map_slot, map->cap);
    for (size_t i = 0; i < old.cap; i++)
        if (slice_present(old.slots[i].key))
            *find(map, old.slots[i].key) = old.slots[i];
}

void *map_put(struct map *map, struct slice key, void *value)
{
    if (map->count * 2 >= map->cap)
        grow(map);
    struct map_slot *slot = find(map, key);
    void *before = slot->value;
    if (!slice_present(slot->key)) {
        slot->key = key;
        map->count++;
    }
    slot->value = value;
    return before;
}
