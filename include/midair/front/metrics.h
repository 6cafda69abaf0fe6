/* Metrics: what midair counts about itself, in Prometheus' text format.
 *
 * One set a process. Counting takes no lock: threads count into a few shards, and reading adds these up, so a reading
 * is not one moment, but no count is ever lost. Rows of plain counters and gauges are in metrics.def. */
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

/* Adds to a counter, or moves a gauge by `delta`. */
void metrics_add(enum metric metric, int64_t delta);
/* A request was answered: counts it by method and class of status, and its duration in microseconds. */
void metrics_request(enum method method, int status, int64_t duration_us);
/* The current sum of a plain counter or gauge. */
int64_t metrics_read(enum metric metric);
/* Writes all of them. */
void metrics_write(struct buf *to);
/* Writes the database's figures (db/db.h) in the same format. */
struct db;
void metrics_database(struct buf *to, const struct db *db);

#endif
