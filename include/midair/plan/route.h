/* Routes: from the raw path of a URL to what it names (docs/http.md section 1, RFC 3986).
 *
 * The raw path is split on '/' and ',' first and each piece is percent-decoded once, so %2F and %2C inside a key
 * survive. */
#ifndef MIDAIR_PLAN_ROUTE_H
#define MIDAIR_PLAN_ROUTE_H

#include "midair/base/err.h"
#include "midair/plan/parent_path.h"

enum route_kind {
    ROUTE_SERVER,
    ROUTE_INDEX,
    ROUTE_OPENAPI,
    ROUTE_LIVE,
    ROUTE_READY,
    ROUTE_METRICS,
    ROUTE_FUNCTION,
    ROUTE_COLLECTION,
    ROUTE_ITEM
};

struct route {
    enum route_kind kind;
    struct slice function;           /* for functions: the name */
    const struct relation *relation; /* for collections and items */
    struct slice *keys;              /* for items: key.column_count values, in PostgreSQL's spelling where */
    bool keys_exact;                 /* that is known without asking it */
    struct parent_path parent_path;  /* /orders/17 in /orders/17/items: count 0 where nothing stands above */
};

/* Finds what `path` names, at most `max_depth` resources deep. With `schema`, which a profile names, the first name is
 * one of that schema, and those of children are looked for in it first; absent: no profile. `catalog` may be NULL while
 * the database has not been read: then only midair's own names are found and the rest is ERR_UNAVAILABLE. "*" is the
 * whole server (OPTIONS *). Errors: ERR_BAD_URL, ERR_NO_RESOURCE, ERR_NO_ROW (a key that cannot be a value of its
 * type), ERR_AMBIGUOUS (several foreign keys lead to the children; the choices are in its members). */
struct err *route_find(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice base_path,
                       size_t max_depth, struct slice path, struct route *out) MUST_USE;

/* The path of a row: base path, resource, key; percent-encoded. Absent without keys. */
struct slice route_item_path(struct arena *arena, struct slice base_path, const struct relation *relation,
                             const struct slice *keys);
struct slice route_collection_path(struct arena *arena, struct slice base_path, const struct relation *relation);
/* The path of the children of a row through a link, below `parent` (the path of that row): /orders/17/items, or
 * /users/1/messages!sender_id where the name alone would be ambiguous. */
struct slice route_children_path(struct arena *arena, struct slice parent, const struct link *link);

#endif
