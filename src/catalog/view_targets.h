/* What a view's columns are made of, read from its rule (pg_rewrite.ev_action).
 *
 * PostgreSQL keeps a query as a tree of nodes in text: {KIND :field value …}, lists in parentheses, and a backslash
 * before each character of a name that would end a token. Each entry of the query's target list says which column of
 * which relation it shows, seen through subqueries, joins and WITH, but not through other views. The fields are found
 * by their names and by how deep they stand, which PostgreSQL 13 to 17 have in common; a text that is none of theirs
 * yields nothing. */
#ifndef MIDAIR_SRC_CATALOG_VIEW_TARGETS_H
#define MIDAIR_SRC_CATALOG_VIEW_TARGETS_H

#include "midair/base/arena.h"

#include <stdint.h>

struct view_target {
    int number;     /* of the view's column */
    uint32_t table; /* a table or a view; 0: the column shows something else */
    int column;     /* its number there */
};

/* The entries of the outermost target list, in its order; *count is 0 where there are none. */
struct view_target *view_targets(struct arena *arena, struct slice rule, size_t *count);

#endif
