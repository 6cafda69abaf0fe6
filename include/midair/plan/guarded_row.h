/* Guarded rows: rows other than the target that the preconditions of a request name (docs/http.md section 6).
 *
 * On a nested route, a tag in If-Match may belong to an ancestor: the tag of an order then guards its items.
 * Midair-If-Match names arbitrary rows. A write with guarded rows runs in one transaction: first these rows and the
 * target are locked in one global order (src/exec/locks.c), then the preconditions are evaluated, then the write is
 * made. */
#ifndef MIDAIR_PLAN_GUARDED_ROW_H
#define MIDAIR_PLAN_GUARDED_ROW_H

#include "midair/http/precond.h"
#include "midair/plan/parent_path.h"

enum guarded_row_role {
    GUARDED_ANCESTOR, /* an ancestor: it must exist, and a tag in If-Match may be its tag */
    GUARDED_NAMED     /* named by Midair-If-Match: its own condition must hold */
};

struct guarded_row {
    enum guarded_row_role role;
    const struct relation *relation;
    const struct slice *keys;
    bool keys_exact;
    struct parent_path parent_path; /* its ancestors in the path that named it */
    struct preconds preconds;       /* GUARDED_NAMED only */
};

struct guarded_rows {
    struct guarded_row *items;
    size_t count;
};

struct plan;
struct route;

/* Adds the ancestors to plan->guarded_rows, which holds the named rows, if If-Match has a tag that is not known to be
 * the target's. The new list is in the arena. */
void guarded_rows_resolve(struct arena *arena, struct plan *plan);
/* Whether the row is the target of the route or one of its ancestors. */
bool guarded_row_covers(const struct guarded_row *row, const struct route *route);
/* Whether a tag belongs to this row, in any state of it. */
bool guarded_row_owns(struct arena *arena, const struct relation *relation, const struct slice *keys,
                      const struct tag *tag);

#endif
