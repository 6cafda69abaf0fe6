/* Introspection: reads the catalog as PostgreSQL (13 and later) describes it to the connected role. */
#ifndef MIDAIR_CATALOG_READ_H
#define MIDAIR_CATALOG_READ_H

#include "midair/catalog/catalog.h"
#include "midair/catalog/declare.h"
#include "midair/pg/db.h"

/* Returns a statement with this constant SQL text and these parameters in text format; a NULL among them is SQL NULL.
 * `sql` and the parameter texts are borrowed; the array of pointers is copied to `arena`. */
struct statement catalog_statement(struct arena *arena, const char *sql, const char *const *values, size_t count);

/* Reads the catalog through the lease in a REPEATABLE READ READ ONLY transaction of its own; no transaction may be open
 * on the lease. `deadline` is a value of clock_now_us(). `scratch` holds temporary data and the error. On success the
 * caller owns *out and releases it with catalog_free().
 *
 * Mistakes in the declarations are not errors of this function: they are in (*out)->findings, and the caller must
 * refuse a catalog that has findings of level FINDING_ERROR. Errors are those of lease_run(). */
struct err *catalog_read(struct lease *lease, struct arena *scratch, const struct catalog_options *options,
                         int64_t deadline, struct catalog **out) MUST_USE;

/* Reads the mark of the database: a text that is different from catalog->mark if the database has changed since the
 * catalog was read, in a way that may change the catalog. It costs much less than reading the catalog. *mark is copied
 * to `arena`. Errors are those of lease_run(). */
struct err *catalog_mark(struct lease *lease, struct arena *arena, int64_t deadline, struct slice *mark) MUST_USE;

#endif
