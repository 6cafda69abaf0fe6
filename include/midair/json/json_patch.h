/* JSON Patch (RFC 6902): application/json-patch+json.
 *
 * Parsing and application are separate steps: a document that is not a patch is answered with 400, and a patch that
 * cannot be applied to the current state with 422. */
#ifndef MIDAIR_JSON_JSON_PATCH_H
#define MIDAIR_JSON_JSON_PATCH_H

#include "midair/base/err.h"
#include "midair/json/gate.h"
#include "midair/json/value.h"

struct json_patch_step; /* one operation */

struct json_patch {
    struct json_patch_step *steps;
    size_t count; /* 0: the patch changes nothing */
};

/* The operation that could not be applied, and why. */
struct json_patch_failure {
    size_t index;     /* index of the operation, from 0 */
    bool test_failed; /* true: a `test` operation failed; false: a path does not exist or a limit was exceeded */
};

/* Reads a patch from a parsed document, from which *out borrows. ERR_BAD_CONTENT with the position; its text has the
 * index of the operation. Members that RFC 6902 does not define are ignored (RFC 6902 4). */
struct err *json_patch_parse(struct arena *arena, const struct json *document, struct json_patch *out) MUST_USE;

/* Applies all operations to `target`, in order, and stores the result in *out. The result lives in `arena` and shares
 * parts of `target` and `patch`. On an error *out is unchanged. ERR_UNPROCESSABLE, with the position of the operation
 * that cannot be applied or whose result exceeds `limits`; *failure (NULL is allowed) identifies it, and a failed test
 * has the code "test-failed". Time and memory are bounded whatever the patch contains. */
struct err *json_patch_apply(struct arena *arena, const struct json_patch *patch, const struct json *target,
                             struct json_limits limits, struct json *out, struct json_patch_failure *failure) MUST_USE;

#endif
