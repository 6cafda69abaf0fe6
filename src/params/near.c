#include "midair/params/near.h"

size_t near_distance(struct slice a, struct slice b, size_t limit)
{
    size_t row[64];
    if (a.len >= 64 || b.len >= 64)
        return limit;
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a.at[i - 1] == b.at[j - 1] ? 0 : 1);
            if (above + 1 < best)
                best = above + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = above;
            row[j] = best;
        }
    }
    return row[b.len];
}

static bool share_letters(struct slice a, struct slice b)
{
    for (size_t i = 0; i + 1 < a.len; i++)
        for (size_t j = 0; j + 1 < b.len; j++)
            if (a.at[i] == b.at[j] && a.at[i + 1] == b.at[j + 1])
                return true;
    return false;
}

size_t near_likeness(struct slice a, struct slice b)
{
    size_t longer = a.len > b.len ? a.len : b.len;
    size_t distance = near_distance(a, b, longer);
    if (longer == 0 || 2 * distance > longer || !share_letters(a, b))
        return 0;
    return 1000 - 1000 * distance / longer;
}
