/* Moments: `modified` in microseconds since 1970-01-01T00:00:00Z, exact in both directions.
 *
 * Sessions run in UTC with ISO dates, so PostgreSQL prints "2026-11-21 10:34:40.123456+00"; transactions may run in
 * another time zone (Prefer: timezone=) and print another offset. */
#ifndef MIDAIR_PLAN_MOMENT_H
#define MIDAIR_PLAN_MOMENT_H

#include "midair/base/arena.h"

#include <stdint.h>

/* Reads PostgreSQL's text of a timestamptz. False for infinity, dates before Christ and anything else. */
bool moment_parse(struct slice text, int64_t *out);
/* The text that PostgreSQL reads back as the same moment; NUL-terminated. */
struct slice moment_print(struct arena *arena, int64_t moment);

#endif
