#include "midair/front/metrics.h"
#include "midair/pg/db.h"

#include <inttypes.h>

void metrics_database(struct buf *to, const struct db *db)
{
    struct db_stats stats;
    db_stats(db, &stats);
    const struct {
        const char *type, *name, *help;
        int64_t value;
    } rows[] = {
#define DATABASE_METRIC(member, type, name, help) {#type, name, help, (int64_t)stats.member},
#include "database_metric.def"
#undef DATABASE_METRIC
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        buf_printf(to, "# HELP %s %s\n# TYPE %s %s\n%s %" PRId64 "\n", rows[i].name, rows[i].help, rows[i].name,
                   rows[i].type, rows[i].name, rows[i].value);
}
