/* Stamping: the DDL that adds version stamps to a table, and the DDL that removes them (docs/stamps.md).
 *
 * A plan is a list of SQL commands. A dry run prints exactly the commands that the real run would execute. */
#ifndef MIDAIR_STAMPING_STAMP_H
#define MIDAIR_STAMPING_STAMP_H

#include "midair/base/buf.h"
#include "midair/pg/db.h"

/* Names of the stamp columns. An absent name means the column that the table is already stamped with, or else created,
 * modified, version. */
struct stamp_columns {
    struct slice created;
    struct slice modified;
    struct slice version;
};

struct stamp_request {
    const struct slice *tables; /* "table" or "schema.table", parts may be quoted */
    size_t table_count;
    const struct slice *schemas; /* searched in order for names without a schema; none: the search_path */
    size_t schema_count;
    struct stamp_columns columns;
    /* Each is "child.column" or "schema.child.column"; the name of a foreign key constraint can replace the column. */
    const struct slice *touches;
    size_t touch_count;
    struct slice channel; /* on which midair is told to read the catalog again; empty: it is not */
    bool watch_ddl;       /* create (or drop) the event trigger that tells midair of DDL */
    bool dry_run;         /* write the script and change nothing */
};

/* Reads "created=aangemaakt,modified=gewijzigd,version=versie", or some of its parts, into *out. Names are taken
 * exactly and borrow from `text`. Returns ERR_BAD_REQUEST for anything else. */
struct err *stamp_columns_parse(struct arena *arena, struct slice text, struct stamp_columns *out) MUST_USE;

/* Stamps (or unstamps) all tables of the request in one transaction, which the function opens on the lease; either all
 * of them are changed or none. Tables that are already in the wanted state are left alone. `deadline` is a value of
 * clock_now_us().
 *
 * `out` receives the SQL script when dry_run is set, else one line per table. An empty script means that nothing needs
 * to be done.
 *
 * A touch creates the triggers by which changes of a child increment the version of its parent. The parent must be
 * stamped already or in the same run. Unstamping the child or the parent drops these triggers.
 *
 * Errors: ERR_BAD_REQUEST with a hint for a table or column that cannot be stamped; the errors of lease_run() for what
 * the server refuses (the role is not the owner, a view depends on a column). */
struct err *stamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                      struct buf *out) MUST_USE;
struct err *unstamp_run(struct lease *lease, struct arena *arena, const struct stamp_request *request, int64_t deadline,
                        struct buf *out) MUST_USE;

#endif
