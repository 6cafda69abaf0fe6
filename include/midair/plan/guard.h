/* Guards: the preconditions of a write as conditions on the row, which become part of the WHERE clause of the
 * statement that writes it. So check and write are atomic (RFC 9110 13.1; docs/http.md section 4). */
#ifndef MIDAIR_PLAN_GUARD_H
#define MIDAIR_PLAN_GUARD_H

#include "midair/http/precond.h"
#include "midair/plan/parent_path.h"
#include "midair/plan/state.h"

struct guard {
    const struct parent_path *parent_path; /* ancestors of the row; NULL: not a nested route */
    bool must_be_absent;                   /* If-None-Match: * */
    bool must_exist;                       /* If-Match in any form: a missing row fails the precondition */
    bool listed;                           /* If-Match with tags: the row's state must be in `any_of` */
    struct state *any_of;
    size_t any_count;
    struct state *none_of; /* If-None-Match with tags: states that must not be the row's */
    size_t none_count;
    bool has_unmodified_since;
    int64_t unmodified_since; /* seconds since 1970 */
    bool unresolved; /* one statement cannot decide the guard, so it is evaluated under a row lock: only PostgreSQL
                        knows the spelling of the key, so the row must be read before its tags are recognised; or a tag
                        covers other rows as well (plan/tree_digest.h) */
};

/* Makes the guard that `preconds` put on the row `keys` of `relation`. Tags of other resources are ignored. The
 * states are in the arena; parent_path is left NULL. */
struct guard guard_make(struct arena *arena, const struct preconds *preconds, const struct relation *relation,
                        const struct slice *keys, bool keys_exact);
/* Whether the guard has no condition. */
bool guard_empty(const struct guard *guard);
/* Whether no row can satisfy the guard, so that no statement needs to be sent. */
bool guard_hopeless(const struct guard *guard);

#endif
