/* JSON Merge Patch (RFC 7396). */
#ifndef MIDAIR_JSON_MERGE_PATCH_H
#define MIDAIR_JSON_MERGE_PATCH_H

#include "midair/json/value.h"

/* `target` after `patch`; a NULL target is an absent one. Never fails. Members that the patch does not name
 * keep their place and their exact text; new ones follow in the patch's order. The result lives in `arena`,
 * shares parts of both trees, and is no deeper than the deeper of them. */
struct json json_merge_patch(struct arena *arena, const struct json *target, const struct json *patch);

#endif
