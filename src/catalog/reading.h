/* Introspection inside: one function a query, in the .sql file of the same name. */
#ifndef MIDAIR_SRC_CATALOG_READING_H
#define MIDAIR_SRC_CATALOG_READING_H

#include "assemble.h"

#include "midair/catalog/read.h"

struct reading {
    struct lease *lease;
    struct arena *scratch; /* for errors and what is not kept */
    int64_t deadline;
    struct catalog *catalog; /* its arena keeps what the catalog needs */
    struct catalog_facts facts;
    const char *schemas; /* text[] literal */
    const char *path; /* the same, of schemas that are not exposed but where functions of rows are found, behind an */
                      /* empty name; NULL: none */
    const char *session_path; /* text[] literal of the schemas in the session's search_path that are there */
    const char *oids;         /* oid[] literal of the relations that were read */
};

struct err *read_relations(struct reading *reading) MUST_USE;
/* Which column of a table each column of a view shows, however many views lie between them. Adds those tables to the
 * facts and to `oids` where they are not there yet. */
struct err *read_views(struct reading *reading) MUST_USE;
/* Turns the column numbers among what it found into indexes, once the columns have been read. */
void read_view_origins(struct reading *reading);
struct err *read_columns(struct reading *reading) MUST_USE;
/* The digest of what decides how rows are shown, of each relation. */
struct err *read_shapes(struct reading *reading) MUST_USE;
struct err *read_keys(struct reading *reading) MUST_USE;
struct err *read_links(struct reading *reading) MUST_USE;
struct err *read_functions(struct reading *reading) MUST_USE;
struct err *read_media(struct reading *reading) MUST_USE;

/* The JSON form of a column by its type_oid. */
void column_set_form(struct column *column);

/* Runs a static SQL text with one parameter. */
struct err *reading_run(struct reading *reading, const char *sql, const char *value, struct rows *rows) MUST_USE;

#endif
