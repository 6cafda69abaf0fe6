/* Routes: the resource that the raw path of a URL names (docs/http.md section 1, RFC 3986).
 *
 * The raw path is first split on '/' and ',', and then each piece is percent-decoded once, so that %2F and %2C
 * inside a key survive. */
#ifndef MIDAIR_PLAN_ROUTE_H
#define MIDAIR_PLAN_ROUTE_H

#include "midair/base/err.h"
#include "midair/http/message.h"
#include "midair/plan/parent_path.h"

enum route_kind {
    ROUTE_SERVER,
    ROUTE_INDEX,
    ROUTE_OPENAPI,
    ROUTE_LIVE,
    ROUTE_READY,
    ROUTE_METRICS,
    ROUTE_BATCH,
    ROUTE_FUNCTION,
    ROUTE_COLLECTION,
    ROUTE_ITEM
};

struct route {
    enum route_kind kind;
    struct slice function;           /* functions: the name */
    const struct relation *relation; /* collections and items */
    struct slice *keys;              /* items: key.column_count values */
    bool keys_exact;                 /* all of `keys` are in PostgreSQL's spelling */
    struct parent_path parent_path;  /* /orders/17 in /orders/17/items; count 0: not nested */
};

/* Finds the resource that `path` names, nested at most `max_depth` levels. `schema` comes from a profile (absent:
 * none): the first name is then looked up in this schema only, and names of children are looked up in it first.
 * `catalog` is NULL until the database has been read; then only midair's own resources are found, and other paths
 * are ERR_UNAVAILABLE. "*" is the server (OPTIONS *). `out` is in the arena. Errors: ERR_BAD_URL, ERR_NO_RESOURCE,
 * ERR_NO_ROW (a key that cannot be a value of its type), ERR_AMBIGUOUS (several foreign keys lead to the children;
 * the error lists the choices). */
struct err *route_find(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice base_path,
                       size_t max_depth, struct slice path, struct route *out) MUST_USE;

/* The methods that a route allows (METHOD_BITs), by privileges, kind of relation and policy; and whether a role with
 * more privileges could use a method. */
unsigned plan_methods(const struct route *route);
bool plan_method_needs_privilege(const struct route *route, enum method method);
/* The same for Allow: without reads that the role lacks privileges for. Such a read is still 403, not 405. */
unsigned plan_shown_methods(const struct route *route);

/* The percent-encoded path of a row: base path, resource, key. In the arena; absent when `keys` is NULL or the key
 * has an empty value. */
struct slice route_item_path(struct arena *arena, struct slice base_path, const struct relation *relation,
                             const struct slice *keys);
/* The percent-encoded path of a collection, in the arena. */
struct slice route_collection_path(struct arena *arena, struct slice base_path, const struct relation *relation);
/* The path of a row's children through a link; `parent` is the row's path. /orders/17/items, or
 * /users/1/messages!sender_id where the name alone would be ambiguous. In the arena. */
struct slice route_children_path(struct arena *arena, struct slice parent, const struct link *link);

#endif
