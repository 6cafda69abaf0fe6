#include "midair/base/rows.h"

#include "midair/base/text.h"

bool rows_bool(const struct rows *rows, size_t row, size_t column)
{
    return slice_eq(rows_cell(rows, row, column), SLICE("t"));
}

uint32_t rows_u32(const struct rows *rows, size_t row, size_t column)
{
    uint64_t value = 0;
    return text_u64(rows_cell(rows, row, column), &value) && value <= UINT32_MAX ? (uint32_t)value : 0;
}

void rows_free(struct rows *rows)
{
    if (!rows)
        return;
    if (rows->owner && rows->release)
        rows->release(rows->owner);
    *rows = (struct rows){0};
}
