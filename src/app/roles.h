/* The views of roles: for each role of the database that requests act as, the catalog of what it may see, with its
 * OpenAPI documents. They belong to a snapshot, and are read again for the next one.
 *
 * A view has a reference for the table and one for each request that uses it, so a role can be dropped from the table
 * while requests still use its view. The one lock guards the table and the counts; nothing is waited for while it is
 * held. Thread-safe. */
#ifndef MIDAIR_APP_ROLES_H
#define MIDAIR_APP_ROLES_H

#include "live.h"
#include "midair/pg/db.h"

struct roles;

/* A table for at most `most` roles. */
struct roles *roles_new(size_t most);
/* No request may use a view of the table any more. NULL is allowed. */
void roles_free(struct roles *roles);

/* The view of a role, read from the database unless the table has it. Several requests may read the same role at the
 * same time; the first result is kept. The caller releases the view, before the snapshot. */
struct err *roles_acquire(struct snapshot *snapshot, struct db *db, struct slice role, struct arena *arena,
                          int64_t deadline, const struct view **out) MUST_USE;
void roles_release(struct snapshot *snapshot, const struct view *view);

/* The two functions for struct service. `view` is that of a snapshot. */
struct err *roles_view_acquire(struct db *db, const struct view *view, struct slice role, struct arena *arena,
                               int64_t deadline, const struct view **out) MUST_USE;
void roles_view_release(const struct view *view, const struct view *of_role);

/* Reads for `next` the roles that `now` has, so that a reload does not make their next requests wait. A role that
 * cannot be read is left out. */
void roles_carry_over(const struct snapshot *now, struct snapshot *next, struct db *db, int64_t deadline);

#endif
