/* The origins of a view's columns, read from its rule (pg_rewrite.ev_action).
 *
 * PostgreSQL stores a query as a tree of nodes in text form: {KIND :field value …}, with lists in parentheses, and a
 * backslash before each character of a name that would end a token. Each entry of the query's target list says which
 * column of which relation it shows, seen through subqueries, joins and WITH, but not through other views. The fields
 * are found by their names and their depth of nesting, which are the same in PostgreSQL 13 to 17. A text in any other
 * format yields no entries. */
#ifndef MIDAIR_SRC_CATALOG_VIEW_TARGETS_H
#define MIDAIR_SRC_CATALOG_VIEW_TARGETS_H

#include "midair/base/arena.h"

#include <stdint.h>

struct view_target {
    int number;     /* of the view's column, from 1 */
    uint32_t table; /* OID of a table or a view; 0: the column shows something else */
    int column;     /* its number (attnum) in `table` */
};

/* Returns the entries of the outermost target list in their order, allocated in `arena`. *count is 0 if there are
 * none. */
struct view_target *view_targets(struct arena *arena, struct slice rule, size_t *count);

#endif
