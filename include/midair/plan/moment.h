/* Moments: values of `modified` as microseconds since 1970-01-01T00:00:00Z, converted without loss in both
 * directions.
 *
 * Sessions run in UTC with ISO dates, so PostgreSQL prints "2026-11-21 10:34:40.123456+00". A transaction may run in
 * another time zone (Prefer: timezone=) and then prints another offset. */
#ifndef MIDAIR_PLAN_MOMENT_H
#define MIDAIR_PLAN_MOMENT_H

#include "midair/base/arena.h"

#include <stdint.h>

/* Reads PostgreSQL's text of a timestamptz. False for infinity, years BC and anything malformed. */
bool moment_parse(struct slice text, int64_t *out);
/* A text that PostgreSQL reads as the same moment; in the arena, NUL-terminated. */
struct slice moment_print(struct arena *arena, int64_t moment);

#endif
