/* Guarded rows: rows besides the target that the preconditions of a request speak of (docs/http.md section 6).
 *
 * On a nested route a tag in If-Match may be an ancestor's: "this order is still the one I saw" guards the items below
 * it. Midair-If-Match names any rows. A write with guarded rows runs in one transaction: they and the target are locked
 * in one order (src/exec/locks.c), then they are judged, then the write is made. */
#ifndef MIDAIR_PLAN_GUARDED_ROW_H
#define MIDAIR_PLAN_GUARDED_ROW_H

#include "midair/http/precond.h"
#include "midair/plan/parent_path.h"

enum guarded_row_role {
    GUARDED_ANCESTOR, /* one of the tags in If-Match may be its tag; it must be there in any case */
    GUARDED_NAMED     /* its own condition must hold */
};

struct guarded_row {
    enum guarded_row_role role;
    const struct relation *relation;
    const struct slice *keys;
    bool keys_exact;
    struct parent_path parent_path; /* what stands above it in the path that named it */
    struct preconds preconds;       /* GUARDED_NAMED: its condition */
};

struct guarded_rows {
    struct guarded_row *items;
    size_t count;
};

struct plan;
struct route;

/* Whether a tag in If-Match needs the ancestors in plan->parent_path to be looked at: it is not known to be the
 * target's. */
bool guarded_row_wants_parents(struct arena *arena, const struct plan *plan);
/* Completes plan->guarded_rows, which holds the named ones: adds the ancestors where they are wanted. */
void guarded_rows_resolve(struct arena *arena, struct plan *plan);
/* Whether the row is the one that the route names, or an ancestor in its path. */
bool guarded_row_covers(const struct guarded_row *row, const struct route *route);
/* Whether a tag is one of the row's, of whatever state. */
bool guarded_row_owns(struct arena *arena, const struct relation *relation, const struct slice *keys,
                      const struct tag *tag);

#endif
