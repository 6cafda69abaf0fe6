/* Links: foreign keys between two relations, and the relationships that views inherit from them. */
#ifndef MIDAIR_CATALOG_LINK_H
#define MIDAIR_CATALOG_LINK_H

#include "midair/base/slice.h"

struct relation;

enum link_action { ACTION_NONE, ACTION_RESTRICT, ACTION_CASCADE, ACTION_SET_NULL, ACTION_SET_DEFAULT };

/* A foreign key: `columns` of `child` refer to `parent_columns` of `parent`, pairwise, as column indexes.
 *
 * With `by_view` set, at least one side is a view that shows the columns of a table's foreign key. Such a link is used
 * for reading only. The database does not enforce it, so it never touches, does not affect the order of locks, and does
 * not prove that a parent exists. It has a delete action only when the parent is an automatically updatable view and
 * the child is a table: deleting a row of the view deletes the table's row, and the database then applies the action of
 * the foreign key. */
struct link {
    struct slice name; /* of the constraint */
    struct relation *child;
    struct relation *parent;
    int *columns;
    int *parent_columns;
    size_t column_count;
    enum link_action on_delete, on_update;
    bool by_view;
    bool child_unique; /* the child's columns contain a key of the child: one-to-one */
    /* the columns are part of the child's primary key, so two such links can make the child a junction table */
    bool in_key;
    bool touch; /* changes of the child increment the parent's version */
};

#endif
