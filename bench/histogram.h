/* A histogram of latencies: constant memory, about 1.6 % resolution, any percentile afterwards. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stdint.h>

/* 64 buckets for each power of two, up to 2^31 microseconds. */
enum { HISTOGRAM_SUB = 64, HISTOGRAM_BUCKETS = 27 * HISTOGRAM_SUB };

struct histogram {
    uint64_t total;
    uint64_t count[HISTOGRAM_BUCKETS];
};

/* Counts one latency in microseconds. One that is too long for the scale goes into the last bucket. */
void histogram_add(struct histogram *h, uint64_t us);

/* Adds all counts of `from`. */
void histogram_merge(struct histogram *h, const struct histogram *from);

/* The latency in microseconds that the share `p` (0 to 1) of all latencies did not exceed; 0 if none was counted. */
uint64_t histogram_percentile(const struct histogram *h, double p);

#endif
