/* Rows: the result of a statement, without the types of libpq.
 *
 * Cells borrow from memory that `owner` holds (a PGresult), and rows_free() releases it. Rows are one of the few
 * objects that are not freed with the arena; a variable declared with ROWS_AUTO is released at the end of its scope. */
#ifndef MIDAIR_BASE_ROWS_H
#define MIDAIR_BASE_ROWS_H

#include "midair/base/arena.h"

#include <stdint.h>

struct rows {
    size_t row_count;
    size_t column_count;
    const struct slice *cells; /* row-major; absent: SQL NULL; text format, NUL-terminated */
    int64_t affected;          /* the number of rows in the command tag; 0 where it has none */
    void *owner;
    void (*release)(void *owner);
};

/* A cell, borrowed from the rows. Both indexes must be in range. */
static inline struct slice rows_cell(const struct rows *rows, size_t row, size_t column)
{
    return rows->cells[row * rows->column_count + column];
}

/* The value of a boolean cell, which PostgreSQL prints as t or f. NULL is false. */
bool rows_bool(const struct rows *rows, size_t row, size_t column);
/* The value of a cell that holds an oid or another number below 2^32. NULL is 0. */
uint32_t rows_u32(const struct rows *rows, size_t row, size_t column);

/* Releases the owner, if any, and empties the rows. NULL is allowed. */
void rows_free(struct rows *rows);

#define ROWS_AUTO __attribute__((cleanup(rows_free))) struct rows

#endif
