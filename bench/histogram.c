#include "histogram.h"

#include <stddef.h>

/* Below 64 µs each microsecond has its own bucket. Above, the six bits after the leading one select the bucket. */
static size_t bucket_of(uint64_t us)
{
    if (us < HISTOGRAM_SUB)
        return (size_t)us;
    unsigned shift = 63u - (unsigned)__builtin_clzll(us) - 6u;
    size_t bucket = ((size_t)shift + 1) * HISTOGRAM_SUB + (size_t)((us >> shift) - HISTOGRAM_SUB);
    return bucket < HISTOGRAM_BUCKETS ? bucket : HISTOGRAM_BUCKETS - 1;
}

/* The largest latency that falls into the bucket. */
static uint64_t upper_edge(size_t bucket)
{
    if (bucket < HISTOGRAM_SUB)
        return bucket;
    unsigned shift = (unsigned)(bucket / HISTOGRAM_SUB) - 1;
    return ((HISTOGRAM_SUB + (uint64_t)(bucket % HISTOGRAM_SUB) + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t us)
{
    h->count[bucket_of(us)]++;
    h->total++;
}

void histogram_merge(struct histogram *h, const struct histogram *from)
{
    h->total += from->total;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        h->count[i] += from->count[i];
}

uint64_t histogram_percentile(const struct histogram *h, double p)
{
    uint64_t seen = 0;
    double wanted = p * (double)h->total;
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->count[i];
        if (seen > 0 && (double)seen >= wanted)
            return upper_edge(i);
    }
    return 0;
}
