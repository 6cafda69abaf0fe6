/* Text: conversions of whole inputs, which refuse what they do not understand, and encodings. */
#ifndef MIDAIR_BASE_TEXT_H
#define MIDAIR_BASE_TEXT_H

#include "midair/base/arena.h"

#include <stdint.h>

/* Reads decimal digits without sign, space or overflow. False leaves *out unchanged. */
bool text_u64(struct slice s, uint64_t *out);
/* Reads an optional '-' and decimal digits. False leaves *out unchanged. */
bool text_i64(struct slice s, int64_t *out);
/* Reads 2 * n hexadecimal digits of either case into exactly `n` bytes. False leaves `out` unchanged. */
bool text_unhex(struct slice s, unsigned char *out, size_t n);
/* Decodes percent escapes once (RFC 3986 2.1); *out is NUL-terminated in the arena. False for a malformed escape, for
 * %00, and when the result is not UTF-8. */
bool text_percent_decode(struct arena *arena, struct slice s, struct slice *out);
/* The same for queries and forms (application/x-www-form-urlencoded), where '+' also stands for a space. With `places`
 * (may be NULL), *places receives an array of out->len + 1 offsets: the offset in `s` from which each byte of the
 * result, and its end, was decoded. The result and the array live in the arena. */
bool text_form_decode(struct arena *arena, struct slice s, struct slice *out, const uint32_t **places);
/* Percent-encodes all bytes except unreserved characters (RFC 3986 2.3) and those in `also`. The result lives in the
 * arena. */
struct slice text_percent_encode(struct arena *arena, struct slice s, const char *also);
/* Whether `s` is well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
bool text_is_utf8(struct slice s);
/* The length in bytes of the well-formed UTF-8 sequence at the start of `s`; 0 when there is none. */
size_t text_utf8_len(struct slice s);
/* A NUL-terminated copy in the arena; NULL when `s` contains a NUL byte. */
char *text_cstr(struct arena *arena, struct slice s);
/* An array of texts as PostgreSQL reads it, {"a","b"}, NUL-terminated in the arena. */
struct slice text_array(struct arena *arena, const struct slice *items, size_t count);
/* The elements of an array as PostgreSQL prints it, which must have one dimension and no NULLs. They are NUL-terminated
 * copies in the arena. An absent text has no elements. */
struct slice *text_array_read(struct arena *arena, struct slice text, size_t *count);
/* The Levenshtein distance of two names, ignoring ASCII case. Names longer than TEXT_DISTANCE_BYTES are not compared:
 * the result is then the length of the longer name, the largest distance that is possible. */
enum { TEXT_DISTANCE_BYTES = 64 };
size_t text_distance(struct slice a, struct slice b);

#endif
