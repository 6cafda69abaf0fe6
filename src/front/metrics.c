/* The counters in their shards, and their output in Prometheus' text format. */
#include "midair/front/metrics.h"

#include "midair/base/log.h"

#include <inttypes.h>
#include <stdatomic.h>

enum { SHARDS = 8, CLASSES = 5, METHODS = METHOD_UNKNOWN + 1 };

/* Upper bounds of the histogram's buckets in microseconds, and as Prometheus prints them in seconds. */
#define BUCKETS(X)                                                                                                     \
    X(250, "0.00025")                                                                                                  \
    X(500, "0.0005")                                                                                                   \
    X(1000, "0.001")                                                                                                   \
    X(2500, "0.0025")                                                                                                  \
    X(5000, "0.005")                                                                                                   \
    X(10000, "0.01")                                                                                                   \
    X(25000, "0.025")                                                                                                  \
    X(50000, "0.05")                                                                                                   \
    X(100000, "0.1")                                                                                                   \
    X(250000, "0.25")                                                                                                  \
    X(1000000, "1")                                                                                                    \
    X(5000000, "5")                                                                                                    \
    X(30000000, "30")

static const struct {
    int64_t bound;
    const char *label;
} buckets[] = {
#define X(bound, label) {bound, label},
    BUCKETS(X)
#undef X
};
enum { BUCKET_COUNT = sizeof(buckets) / sizeof(*buckets) };

static const struct {
    const char *type, *name, *help;
} rows[METRICS] = {
#define METRIC(ident, type, name, help) {#type, name, help},
#include "midair/front/metrics.def"
#undef METRIC
};

struct shard {
    _Alignas(64) _Atomic int64_t plain[METRICS];
    _Atomic int64_t requests[METHODS][CLASSES];
    _Atomic int64_t durations[BUCKET_COUNT + 1]; /* the last one: above all bounds */
    _Atomic int64_t duration_sum;                /* microseconds */
};

static struct shard shards[SHARDS];
static _Atomic unsigned next_shard;

static struct shard *own_shard(void)
{
    static _Thread_local struct shard *own;
    if (!own)
        own = &shards[atomic_fetch_add(&next_shard, 1) % SHARDS];
    return own;
}

static void add(_Atomic int64_t *to, int64_t delta)
{
    atomic_fetch_add_explicit(to, delta, memory_order_relaxed);
}

static int64_t at(const _Atomic int64_t *from)
{
    return atomic_load_explicit(from, memory_order_relaxed);
}

void metrics_add(enum metric metric, int64_t delta)
{
    add(&own_shard()->plain[metric], delta);
}

void metrics_request(enum method method, int status, int64_t duration_us)
{
    struct shard *shard = own_shard();
    int class = status < 100 || status > 599 ? 4 : status / 100 - 1;
    size_t bucket = 0;
    while (bucket < BUCKET_COUNT && duration_us > buckets[bucket].bound)
        bucket++;
    add(&shard->requests[method][class], 1);
    add(&shard->durations[bucket], 1);
    add(&shard->duration_sum, duration_us);
}

int64_t metrics_read(enum metric metric)
{
    int64_t sum = 0;
    for (int i = 0; i < SHARDS; i++)
        sum += at(&shards[i].plain[metric]);
    return sum;
}

static void write_head(struct buf *to, const char *name, const char *type, const char *help)
{
    buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void write_requests(struct buf *to)
{
    write_head(to, "midair_requests_total", "counter", "Requests answered, by method and class of status.");
    for (int method = 0; method < METHODS; method++) {
        for (int class = 0; class < CLASSES; class ++) {
            int64_t sum = 0;
            for (int i = 0; i < SHARDS; i++)
                sum += at(&shards[i].requests[method][class]);
            if (sum == 0)
                continue;
            const char *name = method < METHOD_UNKNOWN ? method_name((enum method)method) : "other";
            buf_printf(to, "midair_requests_total{method=\"%s\",status=\"%dxx\"} %" PRId64 "\n", name, class + 1, sum);
        }
    }
}

static void write_durations(struct buf *to)
{
    static const char *const name = "midair_request_duration_seconds";
    int64_t count = 0, sum = 0;
    write_head(to, name, "histogram", "Time from a request's complete header to the end of its response.");
    for (size_t bucket = 0; bucket <= BUCKET_COUNT; bucket++) {
        for (int i = 0; i < SHARDS; i++)
            count += at(&shards[i].durations[bucket]);
        const char *label = bucket < BUCKET_COUNT ? buckets[bucket].label : "+Inf";
        buf_printf(to, "%s_bucket{le=\"%s\"} %" PRId64 "\n", name, label, count);
    }
    for (int i = 0; i < SHARDS; i++)
        sum += at(&shards[i].duration_sum);
    buf_printf(to, "%s_sum %" PRId64 ".%06" PRId64 "\n", name, sum / 1000000, sum % 1000000);
    buf_printf(to, "%s_count %" PRId64 "\n", name, count);
}

void metrics_write(struct buf *to)
{
    for (int row = 0; row < METRICS; row++) {
        write_head(to, rows[row].name, rows[row].type, rows[row].help);
        buf_printf(to, "%s %" PRId64 "\n", rows[row].name, metrics_read((enum metric)row));
    }
    write_head(to, "midair_log_lines_dropped_total", "counter", "Lines of the log that nobody took in time.");
    buf_printf(to, "midair_log_lines_dropped_total %" PRIu64 "\n", log_dropped());
    write_requests(to);
    write_durations(to);
}
