/* Rows: what a statement gave back, free of libpq's types.
 *
 * Cells borrow from memory that `owner` holds (a PGresult); rows_free() gives it back. It is one of the
 * four things that need a release; see ROWS_AUTO. */
#ifndef MIDAIR_BASE_ROWS_H
#define MIDAIR_BASE_ROWS_H

#include "midair/base/arena.h"

#include <stdint.h>

struct rows {
    size_t row_count;
    size_t column_count;
    const struct slice *cells; /* row-major; absent: SQL NULL; text format, NUL-terminated */
    int64_t affected;          /* what the command tag counts; 0 where it counts nothing */
    void *owner;
    void (*release)(void *owner);
};

static inline struct slice rows_cell(const struct rows *rows, size_t row, size_t column)
{
    return rows->cells[row * rows->column_count + column];
}

/* A boolean cell: PostgreSQL prints t and f. NULL is false. */
bool rows_bool(const struct rows *rows, size_t row, size_t column);
/* A cell that holds an oid or another number below 2^32; NULL is 0. */
uint32_t rows_u32(const struct rows *rows, size_t row, size_t column);

/* Releases the owner, if any, and empties the rows. NULL is allowed. */
void rows_free(struct rows *rows);

#define ROWS_AUTO __attribute__((cleanup(rows_free))) struct rows

#endif
