/* Sources of a locking statement: the rows to lock, given by their keys or by foreign keys that lead to them. */
#ifndef MIDAIR_SQL_LOCK_H
#define MIDAIR_SQL_LOCK_H

#include "midair/catalog/catalog.h"

enum lock_strength { LOCK_NONE, LOCK_KEY_SHARE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE };

/* Whether a lock waits for other transactions that hold one of the rows, or fails with 55P03. */
enum lock_wait { LOCK_WAIT, LOCK_NOWAIT };

enum { LOCK_DEPTH_MAX = 9 };

/* Rows of one relation by their keys: items[row][part]. */
struct lock_keys {
    struct slice **items;
    size_t count;
};

/* One foreign key on the path, and its direction: down from parent to child, or up. */
struct lock_step {
    const struct link *link;
    bool down;
};

/* A path to the rows to lock: from rows of `relation` over the steps. Without steps it is these rows themselves. */
struct lock_source {
    const struct relation *relation;
    const struct lock_keys *keys; /* the rows that the path begins at */
    struct slice document;        /* instead of keys: rows to be inserted, a JSON array; absent: use `keys` */
    struct lock_step steps[LOCK_DEPTH_MAX];
    size_t depth;
};

/* The relation that a step leads to. */
static inline const struct relation *lock_step_end(const struct lock_step *step)
{
    return step->down ? step->link->child : step->link->parent;
}

#endif
