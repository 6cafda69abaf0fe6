/* Introspection: the catalog as PostgreSQL (13 and later) describes it to the connected role. */
#ifndef MIDAIR_CATALOG_READ_H
#define MIDAIR_CATALOG_READ_H

#include "midair/catalog/catalog.h"
#include "midair/catalog/declare.h"
#include "midair/pg/db.h"

/* A statement of a static SQL text with these parameters, in text format; NULL among them is SQL NULL. The texts are
 * borrowed. */
struct statement catalog_statement(struct arena *arena, const char *sql, const char *const *values, size_t count);

/* Reads the catalog through the lease in one REPEATABLE READ READ ONLY transaction of its own (none may be open).
 * `scratch` holds what is needed on the way and the error. On success *out is owned by the caller: catalog_free.
 * Mistakes in the declarations are no error of this function: they are in (*out)->findings, and the caller refuses
 * a catalog that has findings of level error. Errors: those of lease_run. */
struct err *catalog_read(struct lease *lease, struct arena *scratch, const struct catalog_options *options,
                         int64_t deadline, struct catalog **out) MUST_USE;

#endif
