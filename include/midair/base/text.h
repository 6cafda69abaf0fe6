/* Text: strict conversions that refuse what they do not understand, whole inputs only. */
#ifndef MIDAIR_BASE_TEXT_H
#define MIDAIR_BASE_TEXT_H

#include "midair/base/arena.h"

#include <stdint.h>

/* Decimal digits alone, no sign, no space, no overflow. False leaves *out alone. */
bool text_u64(struct slice s, uint64_t *out);
/* An optional '-' and decimal digits. */
bool text_i64(struct slice s, int64_t *out);
/* Lower- or upper-case hexadecimal into exactly `n` bytes. */
bool text_unhex(struct slice s, unsigned char *out, size_t n);
/* Percent-decodes once (RFC 3986 2.1). False on a bad escape, on %00 and when the result is not UTF-8. */
bool text_percent_decode(struct arena *arena, struct slice s, struct slice *out);
/* The same for queries and forms (application/x-www-form-urlencoded), where '+' stands for a space as well. With
 * `places` (may be NULL), *places receives an array of out->len + 1 offsets: where in `s` each byte of the result, and
 * its end, came from. The result and the array live in the arena. */
bool text_form_decode(struct arena *arena, struct slice s, struct slice *out, const uint32_t **places);
/* Percent-encodes all but unreserved characters (RFC 3986 2.3) and those in `also`. */
struct slice text_percent_encode(struct arena *arena, struct slice s, const char *also);
/* Well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(struct slice s);
/* Length in bytes of the well-formed UTF-8 sequence at the start of `s`; 0 when there is none. */
size_t text_utf8_len(struct slice s);
/* NUL-terminated copy in the arena; NULL when `s` holds a NUL byte. */
char *text_cstr(struct arena *arena, struct slice s);
/* {"a","b"}: an array of texts as PostgreSQL reads it, NUL-terminated. */
struct slice text_array(struct arena *arena, const struct slice *items, size_t count);
/* The elements of an array as PostgreSQL prints it, with one dimension and without NULLs: copies in the arena, each
 * NUL-terminated. An absent text has no elements. */
struct slice *text_array_read(struct arena *arena, struct slice text, size_t *count);
/* Levenshtein distance of two names, without regard to the case of ASCII letters. Names over TEXT_DISTANCE_BYTES are
 * not compared: the result is the length of the longer one, which no two names exceed. */
enum { TEXT_DISTANCE_BYTES = 64 };
size_t text_distance(struct slice a, struct slice b);

#endif
