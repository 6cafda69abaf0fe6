/* Cascades: the children that PostgreSQL deletes together with a row (docs/http.md section 6, `cascade_delete`).
 *
 * Where cascades are guarded, a DELETE may take children along only if its precondition covers them. They are
 * covered by a tag over the tree, by the row's own tag where every child changes its parent's version (`touch`), or
 * by If-Match: *, which accepts any state. */
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

/* The shortest chains that the precondition does not cover, at most CASCADES_MAX, in the arena. `touch`: the
 * precondition covers the row's version, and with it the children that touch the row. `steps`: the part of the tree
 * that the tag covers. `any`: lists all cascading foreign keys of the row itself, covered or not. */
struct cascades cascade_uncovered(struct arena *arena, const struct relation *relation, bool touch,
                                  const struct tree_digest *steps, bool any);
/* Finds the foreign key of that name and child table, among those that refer to `relation` or to rows that are
 * deleted with its rows; *direct is true in the first case. NULL when there is none. */
const struct link *cascade_find(const struct relation *relation, struct slice schema, struct slice table,
                                struct slice constraint, bool *direct);

#endif
