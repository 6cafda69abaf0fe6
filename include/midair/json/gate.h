/* The gate: one strict pass over a document (RFC 8259), before anything else looks at it.
 *
 * It refuses what other parsers let through and what PostgreSQL cannot store: invalid UTF-8, a byte
 * order mark, raw control bytes, lone surrogates, U+0000, leading zeros, NaN and Infinity, duplicate
 * member names, bytes after the value. Work and memory grow linearly with the input (sorting the names
 * of large objects aside), whatever it holds. */
#ifndef MIDAIR_JSON_GATE_H
#define MIDAIR_JSON_GATE_H

#include "midair/base/err.h"
#include "midair/json/value.h"

/* What a document may be at most; 0: no limit of its own. Depth never passes JSON_DEPTH_MAX. */
struct json_limits {
    size_t depth; /* levels of containers: 1 allows [1] */
    size_t nodes; /* values, containers included */
    size_t bytes;
};

/* Parses all of `text` into *out. The tree lives in `arena` and borrows from `text`. Fails with
 * ERR_BAD_JSON and the byte position, or with ERR_CONTENT_TOO_LARGE above limits.bytes. */
struct err *json_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

#endif
