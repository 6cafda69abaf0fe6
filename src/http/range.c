#include "midair/http/range.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"

static bool all_digits(struct slice s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] < '0' || s.at[i] > '9')
            return false;
    return s.len > 0;
}

static bool position(struct slice s, int64_t *out)
{
    if (!all_digits(s))
        return false;
    if (!text_i64(s, out))
        *out = INT64_MAX;
    return true;
}

static bool is_items(struct slice unit)
{
    return slice_eq_nocase(slice_trim(unit), SLICE("items"));
}

enum range_result range_parse(struct slice range, struct slice unit, struct row_range *out)
{
    struct slice head, tail, first, last;
    int64_t from, to = INT64_MAX;
    *out = (struct row_range){.offset = 0};
    if (slice_cut(range, '=', &head, &tail)) {
        if (!is_items(head))
            return RANGE_NONE;
        range = tail;
    } else if (slice_present(unit) && !is_items(unit)) {
        return RANGE_NONE;
    }
    if (!slice_cut(slice_trim(range), '-', &first, &last) || !position(first, &from))
        return RANGE_NONE;
    if (last.len && !position(last, &to))
        return RANGE_NONE;
    if (to < from)
        return RANGE_BAD;
    out->offset = from;
    out->has_limit = to < INT64_MAX;
    out->limit = out->has_limit ? to - from + 1 : 0;
    return RANGE_FOUND;
}

struct slice content_range(struct arena *arena, int64_t offset, int64_t count, int64_t total)
{
    struct buf text = buf_new(arena, 64);
    int64_t last;
    if (count <= 0 || __builtin_add_overflow(offset, count - 1, &last)) {
        BUF_LIT(&text, "*");
    } else {
        buf_i64(&text, offset);
        BUF_LIT(&text, "-");
        buf_i64(&text, last);
    }
    BUF_LIT(&text, "/");
    if (total < 0)
        BUF_LIT(&text, "*");
    else
        buf_i64(&text, total);
    return buf_slice(&text);
}
