/* Ranges of rows: Range, Range-Unit and Content-Range with the unit "items" (RFC 9110 14; PostgREST writes them without
 * a unit). Positions count from 0 and both ends belong to the range. */
#ifndef MIDAIR_HTTP_RANGE_H
#define MIDAIR_HTTP_RANGE_H

#include "midair/base/arena.h"

#include <stdint.h>

struct row_range {
    int64_t offset;
    bool has_limit;
    int64_t limit; /* at least 1; 0 without a limit */
};

/* RANGE_NONE: absent, of another unit, or of a form that we may ignore (14.2): the whole collection.
 * RANGE_BAD: the last position lies before the first: 416. */
enum range_result { RANGE_NONE, RANGE_FOUND, RANGE_BAD };

/* Reads "items=0-9", "items=10-", "0-9" or "10-". A bare range needs a `unit` (the field Range-Unit) that is absent or
 * "items". Positions past 2^63-1 count as that. Several ranges and suffix ranges are ignored. */
enum range_result range_parse(struct slice range, struct slice unit, struct row_range *out);

/* The value of Content-Range for `count` rows from `offset` on: "0-9/100", "0-9/" and a star when `total` is -1 (not
 * known), a star and "/0" when there are no rows. In the arena. */
struct slice content_range(struct arena *arena, int64_t offset, int64_t count, int64_t total);

#endif
