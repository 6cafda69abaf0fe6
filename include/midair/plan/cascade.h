/* Cascades: the children that go with a deleted row (docs/http.md section 6, `cascade_delete`).
 *
 * Where it is guarded, children go only if the precondition of the DELETE covers them: by a tag over the tree, by the
 * row's own tag where every child touches its parent, or by If-Match: *, which says whatever is there. */
#ifndef MIDAIR_PLAN_CASCADE_H
#define MIDAIR_PLAN_CASCADE_H

#include "midair/plan/tree_digest.h"

enum { CASCADE_DEPTH_MAX = 8, CASCADES_MAX = 64 };

/* A chain of foreign keys, each ON DELETE CASCADE, from the deleted row down. */
struct cascade {
    const struct link *links[CASCADE_DEPTH_MAX];
    size_t depth;
};

struct cascades {
    struct cascade *items;
    size_t count;
};

/* The chains that nothing covers. `touch`: the row's version counts, and with it what touches it. `steps`: what a tag
 * over the tree covers besides. `any`: everything that cascades, covered or not. */
struct cascades cascade_uncovered(struct arena *arena, const struct relation *relation, bool touch,
                                  const struct tree_digest *steps, bool any);
/* The foreign key of that name and child, from `relation` or from what goes with its rows; *direct tells which. NULL
 * when there is none. */
const struct link *cascade_find(const struct relation *relation, struct slice schema, struct slice table,
                                struct slice constraint, bool *direct);

#endif
