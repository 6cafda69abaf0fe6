#include "backoff.h"

#include "midair/base/clock.h"

#define RELAXED memory_order_relaxed

void backoff_mark(struct backoff *backoff, uint64_t hash, int64_t first_us, int64_t most_us)
{
    int64_t now = clock_now_us(), lasts = first_us;
    size_t slot = hash % BACKOFF_SLOTS;
    int64_t until = atomic_load_explicit(&backoff->slots[slot].until, RELAXED);
    int64_t last = atomic_load_explicit(&backoff->slots[slot].lasts, RELAXED);
    bool same = atomic_load_explicit(&backoff->slots[slot].hash, RELAXED) == hash;
    /* Not long ago: within twice the time that the last mark lasted, after its end. */
    if (same && last > 0 && now < until + 2 * last)
        lasts = now < until ? last : (2 * last < most_us ? 2 * last : most_us);
    atomic_store_explicit(&backoff->slots[slot].hash, hash, RELAXED);
    atomic_store_explicit(&backoff->slots[slot].lasts, lasts, RELAXED);
    atomic_store_explicit(&backoff->slots[slot].until, now + lasts, RELAXED);
}

bool backoff_is_active(const struct backoff *backoff, uint64_t hash)
{
    size_t slot = hash % BACKOFF_SLOTS;
    int64_t until = atomic_load_explicit(&backoff->slots[slot].until, RELAXED);
    return until != 0 && atomic_load_explicit(&backoff->slots[slot].hash, RELAXED) == hash && clock_now_us() < until;
}
