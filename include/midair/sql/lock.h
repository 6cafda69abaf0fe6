/* From where a statement that locks rows finds them. */
#ifndef MIDAIR_SQL_LOCK_H
#define MIDAIR_SQL_LOCK_H

#include "midair/catalog/catalog.h"

/* LOCK_UPDATE_NOWAIT: an error (55P03) where somebody else holds one of the rows. */
enum lock_strength { LOCK_NONE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE, LOCK_UPDATE_NOWAIT };

enum { LOCK_DEPTH_MAX = 9 };

/* Rows of one relation by their keys: items[row][part]. */
struct lock_keys {
    struct slice **items;
    size_t count;
};

/* One foreign key on the way, and its direction: from the parent down to the child, or up. */
struct lock_step {
    const struct link *link;
    bool down;
};

/* A way to rows: from some of `relation`, over the steps, to those that are meant. No step: these rows themselves. */
struct lock_source {
    const struct relation *relation;
    const struct lock_keys *keys; /* the rows that the way begins at */
    struct slice document; /* or such as a JSON array of objects describes, which are not there yet; absent: no */
    struct lock_step steps[LOCK_DEPTH_MAX];
    size_t depth;
};

/* The relation that a step leads to. */
static inline const struct relation *lock_step_end(const struct lock_step *step)
{
    return step->down ? step->link->child : step->link->parent;
}

#endif
