/* Watches: rows besides the target that the preconditions of a request speak of (contract section 6).
 *
 * On a nested route a tag in If-Match may be an ancestor's: "this order is still the one I saw" guards the items below
 * it. Midair-If-Match names any rows. A write that is watched runs in one transaction: the rows are locked, parents
 * before children and then by name and key, the target in its place among them; they are judged, then the write is
 * made.
 */
#ifndef MIDAIR_PLAN_GUARDED_ROW_H
#define MIDAIR_PLAN_GUARDED_ROW_H

#include "midair/http/precond.h"
#include "midair/plan/parent_path.h"

enum lock_strength { LOCK_NONE, LOCK_SHARE, LOCK_NO_KEY_UPDATE, LOCK_UPDATE };

enum watch_role {
    WATCH_ANCESTOR, /* one of the tags in If-Match may be its tag; it must be there in any case */
    WATCH_NAMED     /* its own condition must hold */
};

struct watch {
    enum watch_role role;
    const struct relation *relation;
    const struct slice *keys;
    bool keys_exact;
    struct place place;       /* what stands above it in the path that named it */
    struct preconds preconds; /* WATCH_NAMED: its condition */
    enum lock_strength lock;
    bool after; /* its lock comes after the target's */
};

/* In the order of locking. */
struct watches {
    struct watch *items;
    size_t count;
};

struct plan;

/* Whether a tag in If-Match needs the ancestors of plan->place to be looked at: it is not known to be the target's. */
bool watch_wants_place(struct arena *arena, const struct plan *plan);
/* Completes plan->watches, which holds the named ones: adds the ancestors where they are wanted, chooses the locks and
 * puts all in order. `reads`: the method changes nothing, so nothing is locked. */
void watch_settle(struct arena *arena, struct plan *plan, bool reads);
/* Whether the watch is about the target of the plan or about an ancestor in its path. */
bool watch_covers_target(const struct plan *plan, const struct watch *watch);
/* Whether a tag is one of the row's, of whatever state. */
bool watch_owns(struct arena *arena, const struct relation *relation, const struct slice *keys, const struct tag *tag);

#endif
