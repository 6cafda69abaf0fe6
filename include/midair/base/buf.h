/* Buffers: text that is appended to and grows inside an arena. Writing never fails: like the arena, a buffer ends the
 * process when the system has no memory left. */
#ifndef MIDAIR_BASE_BUF_H
#define MIDAIR_BASE_BUF_H

#include "midair/base/arena.h"

#include <stdint.h>

struct buf {
    struct arena *arena;
    char *at;
    size_t len;
    size_t cap;
};

/* An empty buffer in `arena` with room for `expect` bytes. Nothing has to be released. */
struct buf buf_new(struct arena *arena, size_t expect);
/* An empty buffer that starts in the caller's `storage` of `size` bytes and moves into `arena` when that is full.
 * `storage` must live as long as the buffer. */
struct buf buf_over(struct arena *arena, char *storage, size_t size);
/* Returns space for `n` more bytes behind the text. The caller reports the bytes that it wrote with buf_added(). */
char *buf_reserve(struct buf *buf, size_t n);
static inline void buf_added(struct buf *buf, size_t n)
{
    buf->len += n;
}

static inline void buf_put(struct buf *buf, struct slice s)
{
    if (s.len == 0)
        return;
    memcpy(buf->cap - buf->len >= s.len ? buf->at + buf->len : buf_reserve(buf, s.len), s.at, s.len);
    buf->len += s.len;
}

static inline void buf_byte(struct buf *buf, char c)
{
    buf_put(buf, slice_make(&c, 1));
}

#define BUF_LIT(buf, literal) buf_put((buf), SLICE(literal))

/* Each appends one value: a NUL-terminated string, or a number in decimal digits without padding. */
void buf_z(struct buf *buf, const char *z);
void buf_u64(struct buf *buf, uint64_t n);
void buf_i64(struct buf *buf, int64_t n);
/* Decimal digits, padded with zeros to at least `width`. */
void buf_digits(struct buf *buf, uint64_t n, size_t width);
/* Lower-case hexadecimal digits, two for each byte. */
void buf_hex(struct buf *buf, const unsigned char *bytes, size_t n);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The text written so far. It borrows from the buffer and is valid until the next write. */
static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_make(buf->at ? buf->at : "", buf->len);
}

#endif
