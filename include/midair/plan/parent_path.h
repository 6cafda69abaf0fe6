/* Parent paths: the ancestors that a nested route names above its target, as /orders/17 in /orders/17/items/5
 * (docs/http.md section 6).
 *
 * Each level is found through a foreign key. The statement that reads or writes the target checks by a condition
 * that it belongs to these ancestors; there is no separate lookup before. */
#ifndef MIDAIR_PLAN_PARENT_PATH_H
#define MIDAIR_PLAN_PARENT_PATH_H

#include "midair/catalog/catalog.h"

struct ancestor {
    const struct relation *relation;
    struct slice *keys; /* see struct route */
    bool keys_exact;
    const struct link *link; /* the foreign key by which the next level refers to this one */
    struct slice *values;    /* values of the link's columns in the child, in its spelling. Absent: the link refers to a
                                column outside the key, so that only the parent row has the value */
};

struct parent_path {
    struct ancestor *ancestors; /* from the top down */
    size_t count;
};

/* The last ancestor: the parent of the target. The path must not be empty. */
const struct ancestor *parent_path_parent(const struct parent_path *parent_path);
/* Whether a row's own columns show that it is a child of `ancestor`: the link is a foreign key on a table without row
 * security and refers to the whole key of the ancestor. */
bool parent_path_resolves(const struct ancestor *ancestor);
/* The value that the path gives to a column of the target's relation; NULL when it gives none. The slice may be
 * absent. */
const struct slice *parent_path_value(const struct parent_path *parent_path, size_t column);
/* The path above the ancestor with that index. It shares the array. */
struct parent_path parent_path_above(const struct parent_path *parent_path, size_t index);

#endif
