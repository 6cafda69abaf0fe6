#include "midair/catalog/canon.h"

#include "midair/base/buf.h"
#include "midair/base/text.h"

enum { UUID_BYTES = 16 };

/* Accepts `-?[0-9]+` within the range. Leading zeros and the sign of "-0" are removed. */
static bool canon_integer(struct arena *arena, struct slice in, int64_t min, int64_t max, struct slice *out)
{
    int64_t value;
    if (!text_i64(in, &value) || value < min || value > max)
        return false;
    struct buf text = buf_new(arena, 24);
    buf_i64(&text, value);
    *out = buf_slice(&text);
    return true;
}

/* Accepts what uuid_in() accepts: optional braces, an optional hyphen after every four digits, digits of either
 * case. */
static bool canon_uuid(struct arena *arena, struct slice in, struct slice *out)
{
    if (in.len >= 2 && in.at[0] == '{') {
        if (in.at[in.len - 1] != '}')
            return false;
        in = slice_make(in.at + 1, in.len - 2);
    }
    unsigned char bytes[UUID_BYTES];
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (in.len < 2 || !text_unhex(slice_head(in, 2), &bytes[i], 1))
            return false;
        in = slice_from(in, 2);
        if (in.len > 0 && in.at[0] == '-' && i % 2 == 1 && i < UUID_BYTES - 1)
            in = slice_from(in, 1);
    }
    if (in.len > 0)
        return false;
    static const char digits[] = "0123456789abcdef";
    char *at = arena_alloc(arena, 37);
    size_t len = 0;
    for (size_t i = 0; i < UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            at[len++] = '-';
        at[len++] = digits[bytes[i] >> 4];
        at[len++] = digits[bytes[i] & 15];
    }
    at[len] = '\0';
    *out = slice_make(at, len);
    return true;
}

/* Accepts what boolin() accepts: 1, 0, or an unambiguous prefix of true, false, yes, no, on, off, in either case. */
static bool canon_bool(struct slice in, struct slice *out)
{
    static const struct {
        struct slice word;
        size_t shortest;
        bool value;
    } words[] = {
        {{"true", 4}, 1, true}, {{"false", 5}, 1, false}, {{"yes", 3}, 1, true}, {{"no", 2}, 1, false},
        {{"on", 2}, 2, true},   {{"off", 3}, 2, false},   {{"1", 1}, 1, true},   {{"0", 1}, 1, false},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (in.len < words[i].shortest || in.len > words[i].word.len)
            continue;
        if (slice_eq_nocase(in, slice_head(words[i].word, in.len))) {
            *out = words[i].value ? SLICE("t") : SLICE("f");
            return true;
        }
    }
    return false;
}

bool catalog_canon(struct arena *arena, const struct column *column, struct slice in, struct slice *out)
{
    if (!slice_present(in) || memchr(in.at, '\0', in.len))
        return false;
    switch (column->canon) {
    case CANON_INT2:
        return canon_integer(arena, in, INT16_MIN, INT16_MAX, out);
    case CANON_INT4:
        return canon_integer(arena, in, INT32_MIN, INT32_MAX, out);
    case CANON_INT8:
        return canon_integer(arena, in, INT64_MIN, INT64_MAX, out);
    case CANON_UUID:
        return canon_uuid(arena, in, out);
    case CANON_BOOL:
        return canon_bool(in, out);
    case CANON_TEXT:
    case CANON_NONE:
        break;
    }
    if (!text_is_utf8(in))
        return false;
    *out = in;
    return true;
}
