/* JSON numbers as text (RFC 8259 6), recognised and compared without conversion to double. */
#ifndef MIDAIR_JSON_NUMBER_H
#define MIDAIR_JSON_NUMBER_H

#include "midair/base/slice.h"

/* Reads the number at the start of `s`. On success *len is its length. On failure *len is the offset of the first byte
 * that does not fit; s.len when the text ends too early. */
bool json_number_scan(struct slice s, size_t *len);
/* Whether all of `s` is one JSON number. */
bool json_is_number(struct slice s);
/* Whether two JSON numbers have the same mathematical value, such as 1, 1.0 and 10e-1. Both must be well-formed. The
 * result is exact for any number of digits, and the time is linear in them because exponents are not expanded. */
bool json_number_equal(struct slice a, struct slice b);

#endif
