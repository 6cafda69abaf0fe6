/* From a configuration to a database handle and a catalog. Shared by the commands. */
#ifndef MIDAIR_APP_BOOT_H
#define MIDAIR_APP_BOOT_H

#include "config.h"

#include "midair/catalog/catalog.h"
#include "midair/catalog/declare.h"
#include "midair/pg/db.h"

/* The options of the database handle. `url` is that of the embedded server, or absent for that of the configuration. */
struct db_options boot_db_options(const struct config *config, struct slice url);

/* Reads the catalog as a role sees it (absent: that of the connection), whose policies borrow from `config`. The
 * catalog's findings may include errors, which the caller must check. On success the caller owns *out: catalog_free().
 */
struct err *boot_catalog(struct db *db, struct arena *arena, const struct config *config, struct slice role,
                         int64_t deadline, struct catalog **out) MUST_USE;

/* The same, unless `mark` is the mark of the database (catalog_mark()): then *out is NULL, without an error. */
struct err *boot_changed_catalog(struct db *db, struct arena *arena, const struct config *config, struct slice mark,
                                 int64_t deadline, struct catalog **out) MUST_USE;

/* Logs a warning that says why, if nothing of the catalog can be served: usually the tables are in another schema, or
 * the role has no privileges. */
void boot_warn_if_empty(const struct config *config, const struct catalog *catalog);

#endif
