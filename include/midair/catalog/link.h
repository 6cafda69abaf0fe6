/* Links: foreign keys between two relations, and what views make of them. */
#ifndef MIDAIR_CATALOG_LINK_H
#define MIDAIR_CATALOG_LINK_H

#include "midair/base/slice.h"

struct relation;

enum link_action { ACTION_NONE, ACTION_RESTRICT, ACTION_CASCADE, ACTION_SET_NULL, ACTION_SET_DEFAULT };

/* A foreign key: `columns` of `child` refer to `parent_columns` of `parent`, pairwise. `by_view`: what it is worth for
 * a view that shows the columns of one side. Such a link is for reading: the database does not enforce it, so it never
 * touches, has no say in the order of locks, and does not settle that a parent is there. It has an action only between
 * a view that PostgreSQL updates by itself and a table below it: to delete the view's row is to delete the table's. */
struct link {
    struct slice name; /* of the constraint */
    struct relation *child;
    struct relation *parent;
    int *columns;
    int *parent_columns;
    size_t column_count;
    enum link_action on_delete, on_update;
    bool by_view;
    bool child_unique; /* the child's columns are a key of it: one-to-one */
    bool in_key;       /* they are part of its primary key: a junction may be made of two such links */
    bool touch;        /* changes of the child bump the parent's version */
};

#endif
