/* The internal interface of introspection: one function for each query, which is in the .sql file of the same name.
 *
 * The functions run in the order of read_all(), since each uses what the earlier ones found. What they add to the facts
 * is in `scratch`, except what the catalog itself keeps. Errors are those of lease_run(). */
#ifndef MIDAIR_SRC_CATALOG_READING_H
#define MIDAIR_SRC_CATALOG_READING_H

#include "assemble.h"

#include "midair/catalog/read.h"

struct reading {
    struct lease *lease;
    struct arena *scratch; /* for errors and temporary data */
    int64_t deadline;
    struct catalog *catalog; /* what the catalog keeps is allocated in its arena */
    struct catalog_facts facts;
    const char *schemas; /* text[] literal of the schemas to read */
    /* text[] literal of schemas that are not exposed but may contain functions of rows, after an empty name
     * (read_functions.sql); NULL: none. */
    const char *path;
    const char *session_path; /* text[] literal of the schemas of the search_path that exist */
    const char *oids;         /* oid[] literal of the relations that were read */
};

struct err *read_relations(struct reading *reading) MUST_USE;
/* Finds the table column that each column of a view shows, possibly through other views. It adds these tables to the
 * facts and to `oids` where they are missing. */
struct err *read_views(struct reading *reading) MUST_USE;
/* Converts the column numbers that read_views() found to indexes. The columns must have been read. */
void read_view_origins(struct reading *reading);
struct err *read_columns(struct reading *reading) MUST_USE;
/* Reads the digest of everything that determines how the rows of each relation are rendered. */
struct err *read_shapes(struct reading *reading) MUST_USE;
struct err *read_keys(struct reading *reading) MUST_USE;
struct err *read_links(struct reading *reading) MUST_USE;
struct err *read_functions(struct reading *reading) MUST_USE;
struct err *read_media(struct reading *reading) MUST_USE;

/* Sets the JSON form of a column by its type_oid. */
void column_set_form(struct column *column);

/* Runs a constant SQL text with one parameter, or none if `value` is NULL. The caller owns *rows. */
struct err *reading_run(struct reading *reading, const char *sql, const char *value, struct rows *rows) MUST_USE;

#endif
