/* JSON Merge Patch (RFC 7396). */
#ifndef MIDAIR_JSON_MERGE_PATCH_H
#define MIDAIR_JSON_MERGE_PATCH_H

#include "midair/json/value.h"

/* Applies `patch` to `target` and returns the result; a NULL target is treated as an absent value. Never fails. Members
 * that the patch does not name keep their order and their exact text; new members follow in the order of the patch. The
 * result lives in `arena`, shares parts of both trees, and is not deeper than the deeper of them. */
struct json json_merge_patch(struct arena *arena, const struct json *target, const struct json *patch);

#endif
