#include "base64.h"

/* The six bits of a digit; negative: it is none. */
static int digit_of(char c, bool url)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == (url ? '-' : '+'))
        return 62;
    return c == (url ? '_' : '/') ? 63 : -1;
}

static bool decode(struct arena *arena, struct slice text, bool url, struct slice *out)
{
    unsigned char *to = arena_alloc(arena, text.len / 4 * 3 + 4);
    unsigned bits = 0, held = 0;
    size_t len = 0;
    if (text.len % 4 == 1)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        int digit = digit_of(text.at[i], url);
        if (digit < 0)
            return false;
        bits = (bits << 6 | (unsigned)digit) & 0xffff;
        held += 6;
        if (held >= 8) {
            held -= 8;
            to[len++] = (unsigned char)(bits >> held);
        }
    }
    if (bits & ((1u << held) - 1))
        return false;
    to[len] = 0;
    *out = slice_make((const char *)to, len);
    return true;
}

bool base64url_decode(struct arena *arena, struct slice text, struct slice *out)
{
    return decode(arena, text, true, out);
}

bool base64_decode(struct arena *arena, struct slice text, struct slice *out)
{
    size_t padding = 0;
    while (padding < 2 && text.len && text.at[text.len - 1] == '=') {
        text.len--;
        padding++;
    }
    if (padding && (text.len + padding) % 4)
        return false;
    return decode(arena, text, false, out) || decode(arena, text, true, out);
}
