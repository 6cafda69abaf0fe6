/* What introspection reads, one function a query (the .sql files of the same names). */
#ifndef MIDAIR_CATALOG_READING_H
#define MIDAIR_CATALOG_READING_H

#include "midair/catalog/assemble.h"
#include "midair/pg/db.h"

struct reading {
    struct lease *lease;
    struct arena *scratch; /* for errors and what is not kept */
    int64_t deadline;
    struct catalog *catalog; /* its arena keeps what the catalog needs */
    struct catalog_facts facts;
    const char *schemas; /* text[] literal */
    const char *path; /* the same, of schemas that are not exposed but where functions of rows are found, behind an */
                      /* empty name; NULL: none */
    const char *oids; /* oid[] literal of the relations that were read */
};

/* The statement of a static SQL text with one parameter; NULL: without. */
struct statement introspect_statement(struct arena *arena, const char *sql, const char *value);
/* A text[] as PostgreSQL prints it, one dimension, without NULLs: the elements, copied. */
struct slice *introspect_array(struct arena *arena, struct slice text, size_t *count);

struct err *introspect_relations(struct reading *reading) MUST_USE;
/* Which column of a table each column of a view shows, however many views lie between them. Adds those tables to the
 * facts and to `oids` where they are not there yet. */
struct err *introspect_views(struct reading *reading) MUST_USE;
/* Turns the column numbers among what it found into indexes, once the columns have been read. */
void introspect_origins(struct reading *reading);
struct err *introspect_columns(struct reading *reading) MUST_USE;
struct err *introspect_keys(struct reading *reading) MUST_USE;
struct err *introspect_links(struct reading *reading) MUST_USE;
struct err *introspect_functions(struct reading *reading) MUST_USE;
struct err *introspect_media(struct reading *reading) MUST_USE;

/* The JSON form of a column by its type_oid. */
void introspect_known_type(struct column *column);

/* Cells of a row: booleans print as t and f, NULL is false; numbers are 0 where they are NULL. */
bool cell_bool(const struct rows *rows, size_t row, size_t column);
uint32_t cell_oid(const struct rows *rows, size_t row, size_t column);
/* Runs a static SQL text with one parameter. */
struct err *introspect_ask(struct reading *reading, const char *sql, const char *value, struct rows *rows) MUST_USE;

#endif
