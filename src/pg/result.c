#include "result.h"

#include "midair/base/memory.h"
#include "midair/base/text.h"

#include <malloc.h>

enum { LARGE_RESULT = 8 * 1024 * 1024 };

/* A large result is given back to the system: malloc would keep most of it for a request that may never come. */
static void release(void *owner)
{
    size_t size = PQresultMemorySize(owner);
    PQclear(owner);
    memory_give(size);
    if (size >= LARGE_RESULT)
        malloc_trim(0);
}

static int64_t affected(PGresult *result)
{
    int64_t n = 0;
    return text_i64(slice_of(PQcmdTuples(result)), &n) ? n : 0;
}

struct rows result_rows(struct arena *arena, PGresult *result)
{
    size_t size = PQresultMemorySize(result);
    memory_take(size);
    arena_account(arena, size);
    size_t row_count = (size_t)PQntuples(result), column_count = (size_t)PQnfields(result);
    struct slice *cells = arena_zalloc(arena, row_count * column_count + 1, sizeof *cells);
    for (size_t row = 0; row < row_count; row++) {
        for (size_t column = 0; column < column_count; column++) {
            int r = (int)row, c = (int)column, length = PQgetlength(result, r, c);
            if (length > 0 || !PQgetisnull(result, r, c)) /* NULL has no length */
                cells[row * column_count + column] = slice_make(PQgetvalue(result, r, c), (size_t)length);
        }
    }
    return (struct rows){.row_count = row_count,
                         .column_count = column_count,
                         .cells = cells,
                         .affected = affected(result),
                         .owner = result,
                         .release = release};
}
