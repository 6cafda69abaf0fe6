/* The JSON parser: one strict pass over a document (RFC 8259), before any other code reads it.
 *
 * It refuses what other parsers accept and what PostgreSQL cannot store: invalid UTF-8, a byte order mark, unescaped
 * control bytes, lone surrogates, U+0000, leading zeros, NaN and Infinity, duplicate member names, and bytes after the
 * value. Time and memory are linear in the size of the input, whatever it contains; only sorting the names of large
 * objects takes n log n. */
#ifndef MIDAIR_JSON_GATE_H
#define MIDAIR_JSON_GATE_H

#include "midair/base/err.h"
#include "midair/json/value.h"

/* Limits on a document; 0 means no limit. The depth never exceeds JSON_DEPTH_MAX. */
struct json_limits {
    size_t depth; /* nested containers: 1 allows [1] */
    size_t nodes; /* values, containers included */
    size_t bytes;
};

/* Parses all of `text` into *out. The tree lives in `arena` and borrows from `text`, which must live as long.
 * ERR_BAD_JSON with the byte position, or ERR_CONTENT_TOO_LARGE above limits.bytes. */
struct err *json_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

#endif
