/* Paths into claims, as PostgREST's jwt-role-claim-key has them:
 *
 *     .role    .postgrest.roles[1]    ."https://example.org/role".key    .roles[?(@ == "author")]
 *
 * A key consists of letters, digits, '_', '$' and '@', or is quoted. A filter selects the first string of an array for
 * which the comparison holds: ==, !=, ^== (begins with), ==^ (ends with) and *== (contains); it ends the path. Private
 * to auth/. */
#ifndef MIDAIR_SRC_AUTH_CLAIM_PATH_H
#define MIDAIR_SRC_AUTH_CLAIM_PATH_H

#include "midair/json/value.h"

enum claim_step_kind { CLAIM_KEY, CLAIM_INDEX, CLAIM_EQUAL, CLAIM_UNEQUAL, CLAIM_BEGINS, CLAIM_ENDS, CLAIM_CONTAINS };

struct claim_step {
    enum claim_step_kind kind;
    struct slice text; /* the key, or the right side of a comparison */
    uint64_t index;
};

enum { CLAIM_STEPS_MAX = 16 };

struct claim_path {
    struct claim_step steps[CLAIM_STEPS_MAX];
    size_t count;
};

/* Parses a path; slices are copied into the arena. False when it is none. */
bool claim_path_parse(struct arena *arena, struct slice text, struct claim_path *out);
/* What the path leads to; NULL: nothing. */
const struct json *claim_path_follow(const struct claim_path *path, const struct json *claims);

#endif
