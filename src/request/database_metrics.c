#include "midair/front/metrics.h"
#include "midair/pg/db.h"

void metrics_database(struct buf *to, const struct db *db)
{
    struct db_stats stats;
    db_stats(db, &stats);
    const struct {
        const char *name, *type, *help;
        int64_t value;
    } rows[] = {
#define ROW(member, type, help) {#member, type, help, (int64_t)stats.member},
        ROW(flights, "counter", "Flights of lanes: shared round trips.")
            ROW(flight_statements, "counter", "Statements that rode in flights.")
                ROW(flight_retries, "counter", "Statements that ran again because their flight was rolled back.")
                    ROW(flight_failed_items, "counter", "Statements that failed in a flight and ran alone.")
                        ROW(leases, "counter", "Connections lent out.")
                            ROW(lease_waits, "counter", "Requests that waited for a connection.")
                                ROW(lease_timeouts, "counter", "Requests that waited in vain.")
                                    ROW(connects, "counter", "Connections opened.")
                                        ROW(connect_failures, "counter", "Connections that could not be opened.")
                                            ROW(lost, "counter", "Connections that were lost.")
                                                ROW(statements, "counter", "Statements sent.")
                                                    ROW(prepared, "counter", "Statements prepared.")
                                                        ROW(leases_in_use, "gauge", "Connections lent out now.")
                                                            ROW(connections, "gauge", "Connections open now.")
#undef ROW
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        bool counter = rows[i].type[0] == 'c';
        buf_printf(to, "# HELP midair_db_%s%s %s\n# TYPE midair_db_%s%s %s\nmidair_db_%s%s %lld\n", rows[i].name,
                   counter ? "_total" : "", rows[i].help, rows[i].name, counter ? "_total" : "", rows[i].type,
                   rows[i].name, counter ? "_total" : "", (long long)rows[i].value);
    }
}
