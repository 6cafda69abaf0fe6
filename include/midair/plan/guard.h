/* Guards: the preconditions of a write as conditions on the row, for the WHERE of the one statement that
 * checks and writes (RFC 9110 13.1; docs/http.md section 4). */
#ifndef MIDAIR_PLAN_GUARD_H
#define MIDAIR_PLAN_GUARD_H

#include "midair/http/precond.h"
#include "midair/plan/parent_path.h"
#include "midair/plan/state.h"

struct guard {
    const struct parent_path *parent_path; /* the row must lie below it; NULL: anywhere */
    bool must_be_absent;                   /* If-None-Match: * */
    bool must_exist;                       /* If-Match in any form: a missing row fails the precondition */
    bool listed; /* If-Match with tags: the row must be in one of `any_of` (none: it can never hold) */
    struct state *any_of;
    size_t any_count;
    struct state *none_of; /* If-None-Match with tags */
    size_t none_count;
    bool has_unmodified_since;
    int64_t unmodified_since; /* seconds since 1970 */
    bool unresolved; /* one statement cannot tell: the key's spelling is known to PostgreSQL alone, so whose tags these
                       are shows with the row only; or a tag covers other rows too (plan/tree_digest.h). Judge under a
                       row lock
                     */
};

/* The guard that `preconds` put on the row `keys` of `relation`. Tags of other resources are left out here. */
struct guard guard_make(struct arena *arena, const struct preconds *preconds, const struct relation *relation,
                        const struct slice *keys, bool keys_exact);
/* Whether the guard asks anything of the row. */
bool guard_empty(const struct guard *guard);
/* Whether no row can satisfy it: no statement needs to be sent. */
bool guard_hopeless(const struct guard *guard);

#endif
