/* The operations of a parsed JSON Patch, for its parser and for its application. */
#ifndef MIDAIR_JSON_JSON_PATCH_STEP_H
#define MIDAIR_JSON_JSON_PATCH_STEP_H

#include "pointer.h"

#include "midair/json/json_patch.h"

enum json_patch_op {
#define PATCH_OP(name, text, value, from) PATCH_##name,
#include "json_patch_op.def"
#undef PATCH_OP
    PATCH_OPS
};

struct json_patch_step {
    enum json_patch_op op;
    struct json_pointer path;
    struct json_pointer from; /* move, copy */
    const struct json *value; /* add, replace, test; borrows from the document */
    size_t position;          /* byte of the content where the operation begins */
};

/* The name of an operation, such as "add". Static. */
const char *json_patch_op_name(enum json_patch_op op);

#endif
