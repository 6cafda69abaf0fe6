/* HTTP dates (RFC 9110 5.6.7). Seconds since 1970-01-01T00:00:00Z, years 0 to 9999. */
#ifndef MIDAIR_HTTP_DATE_H
#define MIDAIR_HTTP_DATE_H

#include "midair/base/arena.h"

#include <stdint.h>

enum { DATE_LEN = 29 };

/* Reads IMF-fixdate, RFC 850 and asctime dates, strictly and with case. The name of the day must be one
 * but need not be the right one. A two-digit year is the last such year that is at most 50 years ahead.
 * False leaves *seconds alone: a field with such a date is ignored. */
bool date_parse(struct slice s, int64_t *seconds);
/* Writes an IMF-fixdate of DATE_LEN bytes and a NUL. False when the year is outside 0 to 9999. */
bool date_write(int64_t seconds, char out[DATE_LEN + 1]);
/* The same in the arena; absent when the year is out of range. */
struct slice date_text(struct arena *arena, int64_t seconds);
/* Microseconds cut to whole seconds, downwards before 1970 too. */
int64_t date_of_us(int64_t microseconds);

#endif
