/* HTTP dates (RFC 9110 5.6.7). Dates are seconds since 1970-01-01T00:00:00Z in the years 0 to 9999. */
#ifndef MIDAIR_HTTP_DATE_H
#define MIDAIR_HTTP_DATE_H

#include "midair/base/arena.h"

#include <stdint.h>

enum { DATE_LEN = 29 };

/* Reads an IMF-fixdate, RFC 850 or asctime date, strictly and case-sensitively. The name of the day must be valid but
 * need not match the date. A two-digit year is placed at most 50 years in the future. False leaves *seconds unchanged;
 * the caller then ignores the field. */
bool date_parse(struct slice s, int64_t *seconds);
/* Writes an IMF-fixdate of DATE_LEN bytes and a NUL. False when the year is not in 0 to 9999. */
bool date_write(int64_t seconds, char out[DATE_LEN + 1]);
/* The same in the arena; absent when the year is not in 0 to 9999. */
struct slice date_text(struct arena *arena, int64_t seconds);
/* Microseconds rounded down to whole seconds, also before 1970. */
int64_t date_of_us(int64_t microseconds);

#endif
