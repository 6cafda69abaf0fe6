/* Options of connections for tests that do not read a configuration. Tests change what they are about. */
#ifndef MIDAIR_TESTS_PG_OPTIONS_H
#define MIDAIR_TESTS_PG_OPTIONS_H

#include "midair/pg/db.h"

static inline struct db_options pg_options(struct slice url)
{
    return (struct db_options){
        .url = url,
        .pool_size = 16,
        .read_lanes = 2,
        .write_lane = true,
        .lane_threshold = 12,
        .flight_max = 64,
        .prepare = true,
        .prepared_max = 256,
        .connect_timeout_us = 5000000,
        .pool_timeout_us = 5000000,
        .statement_timeout_us = 30000000,
        .lock_timeout_us = 5000000,
        .flight_lock_timeout_us = 25000,
    };
}

#endif
