/* Stamping: DDL that makes a table managed, and takes it back (docs/stamps.md).
 *
 * A plan is a list of SQL commands; the dry run prints exactly what the other run executes. */
#ifndef MIDAIR_STAMPING_STAMP_H
#define MIDAIR_STAMPING_STAMP_H

#include "midair/base/buf.h"
#include "midair/pg/db.h"

/* Names of the stamp columns. Absent: those that the table is already stamped with, else created, modified, version. */
struct stamp_columns {
    struct slice created;
    struct slice modified;
    struct slice version;
};

struct stamp_request {
    const struct slice *tables; /* "table" or "schema.table", parts may be quoted */
    size_t table_count;
    const struct slice *schemas; /* where names without a schema are looked for, in order; none: the search_path */
    size_t schema_count;
    struct stamp_columns columns;
    const struct slice *touches; /* "child.column" or "schema.child.column", or a constraint's name as the last part */
    size_t touch_count;
    bool dry_run; /* write the script, change nothing */
};

/* Reads "created=aangemaakt,modified=gewijzigd,version=versie", any part of it, into *out. Names are taken exactly.
 * ERR_BAD_REQUEST on anything else. The names borrow from `text`. */
struct err *stamp_columns_parse(struct arena *arena, struct slice text, struct stamp_columns *out) MUST_USE;

/* Stamps (or unstamps) all the tables in one transaction, which it opens on the lease: all or none. What is already so
 * is left alone. `out` receives the script when dry_run is set, else one line a table; an empty script means that
 * there is nothing to do. A touch makes the triggers by which changes of a child bump its parent, which is stamped
 * before or in the same run; unstamping either of them takes the triggers back. Errors: ERR_BAD_REQUEST for a table or
 * column that cannot be stamped, with a hint on what to do; what lease_run gives for what the server refuses (no
 * ownership, a view that depends on a column). */
struct err *stamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                      struct buf *out) MUST_USE;
struct err *unstamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                        struct buf *out) MUST_USE;

#endif
