#include "midair/base/rows.h"

void rows_free(struct rows *rows)
{
    if (!rows)
        return;
    if (rows->owner && rows->release)
        rows->release(rows->owner);
    *rows = (struct rows){0};
}
