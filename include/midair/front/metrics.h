/* Metrics: what midair counts about itself, in Prometheus' text format.
 *
 * There is one set of metrics in a process. Counting takes no lock: each thread counts into one of a few shards, and a
 * reading adds these up. A reading is therefore not a view of one moment, but no count is ever lost. The plain counters
 * and gauges are listed in metrics.def. All functions are thread-safe. */
#ifndef MIDAIR_FRONT_METRICS_H
#define MIDAIR_FRONT_METRICS_H

#include "midair/base/buf.h"
#include "midair/http/message.h"

enum metric {
#define METRIC(ident, type, name, help) METRIC_##ident,
#include "midair/front/metrics.def"
#undef METRIC
    METRICS
};

/* The media type of what metrics_write() writes. */
#define METRICS_MEDIA_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* Adds `delta` to a counter, or moves a gauge by it. */
void metrics_add(enum metric metric, int64_t delta);
/* Counts a request that was answered, by method and class of status, and adds its duration to the histogram. */
void metrics_request(enum method method, int status, int64_t duration_us);
/* The current sum of a plain counter or gauge. */
int64_t metrics_read(enum metric metric);
/* Appends all metrics to the buffer. */
void metrics_write(struct buf *to);

#endif
