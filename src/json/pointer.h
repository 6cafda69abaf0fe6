/* JSON Pointer (RFC 6901). */
#ifndef MIDAIR_JSON_POINTER_H
#define MIDAIR_JSON_POINTER_H

#include "midair/base/err.h"
#include "midair/json/value.h"

struct json_pointer {
    struct slice text;    /* as written */
    struct slice *tokens; /* with ~0 and ~1 decoded */
    size_t count;         /* 0: the whole document */
};

/* Parses `text` ("" or "/a/b"), which begins at byte `position` of the content. Tokens live in `arena` or borrow from
 * `text`. ERR_BAD_CONTENT with the position. */
struct err *json_pointer_parse(struct arena *arena, struct slice text, size_t position,
                               struct json_pointer *out) MUST_USE;

/* Reads an array index: decimal digits without leading zeros. False for anything else, including `-`. */
bool json_pointer_index(struct slice token, size_t *out);

/* The child of `container` that the token names, borrowed; NULL when there is none. `-` names the position after the
 * last element, where there is never a value. */
const struct json *json_pointer_step(const struct json *container, struct slice token);

/* Whether `outer` is a proper prefix of `inner`, so that it names a container around it. */
bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner);

#endif
