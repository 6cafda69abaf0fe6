/* Ranges of rows: Range, Range-Unit and Content-Range with the unit "items" (RFC 9110 14), also without a unit as in
 * PostgREST. Positions count from 0, and both ends belong to the range. */
#ifndef MIDAIR_HTTP_RANGE_H
#define MIDAIR_HTTP_RANGE_H

#include "midair/base/arena.h"

#include <stdint.h>

struct row_range {
    int64_t offset;
    bool has_limit;
    int64_t limit; /* at least 1; 0 without a limit */
};

/* RANGE_NONE: the field is absent, has another unit, or has a form that may be ignored (RFC 9110 14.2); the whole
 * collection is meant. RANGE_BAD: the last position precedes the first, which is 416. */
enum range_result { RANGE_NONE, RANGE_FOUND, RANGE_BAD };

/* Reads "items=0-9", "items=10-", "0-9" or "10-". Without a unit in `range`, `unit` (the field Range-Unit) must be
 * absent or "items". Positions above 2^63-1 are read as that number. Several ranges and suffix ranges give
 * RANGE_NONE. */
enum range_result range_parse(struct slice range, struct slice unit, struct row_range *out);

/* The value of Content-Range for `count` rows from `offset` on, in the arena: "0-9/100"; "0-9/" and a star when `total`
 * is -1 (not known); a star instead of the positions when there are no rows. */
struct slice content_range(struct arena *arena, int64_t offset, int64_t count, int64_t total);

#endif
