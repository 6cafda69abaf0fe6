#include "midair/base/memory.h"

#include <assert.h>
#include <stdatomic.h>

static atomic_size_t held;
static size_t limit;

void memory_set_limit(size_t bytes)
{
    limit = bytes;
}

void memory_take(size_t bytes)
{
    atomic_fetch_add_explicit(&held, bytes, memory_order_relaxed);
}

void memory_give(size_t bytes)
{
    size_t before = atomic_fetch_sub_explicit(&held, bytes, memory_order_relaxed);
    assert(before >= bytes);
    (void)before;
}

size_t memory_held(void)
{
    return atomic_load_explicit(&held, memory_order_relaxed);
}

bool memory_is_short(void)
{
    return limit && memory_held() > limit;
}
