/* JSON Pointer (RFC 6901). */
#ifndef MIDAIR_JSON_POINTER_H
#define MIDAIR_JSON_POINTER_H

#include "midair/base/buf.h"
#include "midair/base/err.h"
#include "midair/json/value.h"

struct json_pointer {
    struct slice text;    /* as written */
    struct slice *tokens; /* with ~0 and ~1 decoded */
    size_t count;         /* 0: the whole document */
};

/* Parses `text` ("" or "/a/b"). Tokens live in `arena` or borrow from `text`. Fails with ERR_BAD_CONTENT;
 * `position` is where the text begins in the content, for the error. */
struct err *json_pointer_parse(struct arena *arena, struct slice text, size_t position,
                               struct json_pointer *out) MUST_USE;

/* An array index: decimal digits without leading zeros. False for anything else, `-` among them. */
bool json_pointer_index(struct slice token, size_t *out);

/* What the token names inside `container`, or NULL. */
const struct json *json_pointer_step(const struct json *container, struct slice token);
/* What the pointer names, or NULL. `-` names nothing: it is the place behind the last element. */
const struct json *json_pointer_get(const struct json *root, const struct json_pointer *pointer);

/* Whether `outer` names a container around what `inner` names (a proper prefix). */
bool json_pointer_contains(const struct json_pointer *outer, const struct json_pointer *inner);

/* Appends "/" and the token with ~ and / encoded. */
void json_pointer_put_token(struct buf *buf, struct slice token);

#endif
