#include "midair/base/buf.h"

#include <stdio.h>

struct buf buf_new(struct arena *arena, size_t expect)
{
    struct buf buf = {.arena = arena};
    if (expect)
        buf.at = arena_alloc(arena, buf.cap = expect);
    return buf;
}

struct buf buf_over(struct arena *arena, char *storage, size_t size)
{
    return (struct buf){.arena = arena, .at = storage, .cap = size};
}

char *buf_reserve(struct buf *buf, size_t n)
{
    if (!buf->at || buf->cap - buf->len < n) {
        size_t cap = buf->cap < 32 ? 64 : 2 * buf->cap, needed;
        if (__builtin_add_overflow(buf->len, n, &needed))
            needed = SIZE_MAX; /* more than the arena can hand out: it ends the process */
        if (cap < needed)
            cap = needed;
        buf->at = arena_grow(buf->arena, buf->at, buf->cap, cap);
        buf->cap = cap;
    }
    return buf->at + buf->len;
}

void buf_z(struct buf *buf, const char *z)
{
    buf_put(buf, slice_of(z));
}

void buf_digits(struct buf *buf, uint64_t n, size_t width)
{
    char digits[20];
    size_t at = sizeof(digits);
    do
        digits[--at] = (char)('0' + n % 10);
    while (n /= 10);
    while (at > 0 && sizeof(digits) - at < width)
        digits[--at] = '0';
    buf_put(buf, slice_make(digits + at, sizeof(digits) - at));
}

void buf_u64(struct buf *buf, uint64_t n)
{
    buf_digits(buf, n, 1);
}

void buf_i64(struct buf *buf, int64_t n)
{
    if (n < 0)
        buf_byte(buf, '-');
    buf_u64(buf, n < 0 ? 0 - (uint64_t)n : (uint64_t)n);
}

void buf_hex(struct buf *buf, const unsigned char *bytes, size_t n)
{
    static const char digit[] = "0123456789abcdef";
    char *to = buf_reserve(buf, 2 * n);
    for (size_t i = 0; i < n; i++) {
        to[2 * i] = digit[bytes[i] >> 4];
        to[2 * i + 1] = digit[bytes[i] & 15];
    }
    buf_added(buf, 2 * n);
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (len > 0) {
        /* vsnprintf() also writes a NUL, which is not part of the text. */
        vsnprintf(buf_reserve(buf, (size_t)len + 1), (size_t)len + 1, format, again);
        buf_added(buf, (size_t)len);
    }
    va_end(again);
}
