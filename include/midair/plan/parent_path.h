/* Parent paths: the ancestors that a nested route names above its target, /orders/17 in /orders/17/items/5
 * (docs/http.md section 6).
 *
 * What lies below one is found through foreign keys. That a row belongs there is a condition in the statement that
 * reads or writes it; nothing is looked up before. */
#ifndef MIDAIR_PLAN_PARENT_PATH_H
#define MIDAIR_PLAN_PARENT_PATH_H

#include "midair/catalog/catalog.h"

struct ancestor {
    const struct relation *relation;
    struct slice *keys; /* as in struct route */
    bool keys_exact;
    const struct link *link; /* by which the next level down refers to this one */
    struct slice *values;    /* of the link's columns in the child, in its spelling; absent: only the row knows, since
                                the link refers to a column that is not in the key */
};

struct parent_path {
    struct ancestor *ancestors; /* from the top down */
    size_t count;
};

/* The nearest ancestor: the parent of what lies below the path. */
const struct ancestor *parent_path_parent(const struct parent_path *parent_path);
/* Whether the columns of the child alone say that it lies below `ancestor`: the link is a foreign key that refers to
 * all of its key. */
bool parent_path_resolves(const struct ancestor *ancestor);
/* The value that the path gives to a column of the rows below it: NULL when it gives none. */
const struct slice *parent_path_value(const struct parent_path *parent_path, size_t column);
/* The path of the ancestor with that index: what stands above it. */
struct parent_path parent_path_above(const struct parent_path *parent_path, size_t index);

#endif
