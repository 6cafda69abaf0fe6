/* JSON Patch (RFC 6902): application/json-patch+json.
 *
 * Whether the document is a patch at all (400) is judged apart from whether it fits the current state (422). */
#ifndef MIDAIR_JSON_JSON_PATCH_H
#define MIDAIR_JSON_JSON_PATCH_H

#include "midair/base/err.h"
#include "midair/json/gate.h"
#include "midair/json/pointer.h"

enum json_patch_op {
#define PATCH_OP(name, text, value, from) PATCH_##name,
#include "midair/json/json_patch_op.def"
#undef PATCH_OP
    PATCH_OPS
};

struct json_patch_step {
    enum json_patch_op op;
    struct json_pointer path;
    struct json_pointer from; /* move, copy */
    const struct json *value; /* add, replace, test; borrows from the document */
    size_t position;          /* byte of the content where the operation stands */
};

struct json_patch {
    struct json_patch_step *steps;
    size_t count; /* 0 is a patch that changes nothing */
};

/* Where and why a patch could not be applied. */
struct json_patch_failure {
    size_t index;     /* of the operation, from 0 */
    bool test_failed; /* a `test` did not hold, as opposed to a path that is not there */
};

/* "add" and so on. */
const char *json_patch_op_name(enum json_patch_op op);

/* Reads a parsed document. Fails with ERR_BAD_CONTENT, its position and the number of the operation. Members
 * that RFC 6902 does not define are ignored (its section 4). */
struct err *json_patch_parse(struct arena *arena, const struct json *document, struct json_patch *out) MUST_USE;

/* *out becomes `target` after all steps; it shares parts of target and patch. All or nothing: on an error
 * *out is as before. Fails with ERR_UNPROCESSABLE and the position of the step that does not fit, or whose
 * result would pass `limits`; *failure (NULL is allowed) then says which, and a failed test has the code
 * "test-failed". Work and memory are bounded whatever the patch holds. */
struct err *json_patch_apply(struct arena *arena, const struct json_patch *patch, const struct json *target,
                             struct json_limits limits, struct json *out, struct json_patch_failure *failure) MUST_USE;

#endif
