/* Buffers: a writer that grows inside an arena.
 *
 * A buffer may have a limit; a write that would pass it sets a sticky failure and writes nothing, as
 * do all writes after it. So a writer runs to its end and the caller looks once, at buf_failed(). */
#ifndef MIDAIR_BASE_BUF_H
#define MIDAIR_BASE_BUF_H

#include "midair/base/arena.h"

#include <stdint.h>

struct buf {
    struct arena *arena;
    char *at;
    size_t len;
    size_t cap;
    size_t limit; /* 0: none */
    bool failed;
};

/* An empty buffer in `arena` that expects about `expect` bytes. Needs no release. */
struct buf buf_new(struct arena *arena, size_t expect);
/* An empty buffer that begins in `storage` of the caller's and moves into `arena` when that is full. */
struct buf buf_over(struct arena *arena, char *storage, size_t size);
/* Room for `n` more bytes without growing; NULL after a failure. Call buf_added with what was used. */
char *buf_reserve(struct buf *buf, size_t n);
static inline void buf_added(struct buf *buf, size_t n)
{
    buf->len += n;
}

void buf_put_slow(struct buf *buf, const char *at, size_t len);

static inline void buf_put(struct buf *buf, struct slice s)
{
    if (s.len == 0)
        return;
    if (!buf->failed && buf->cap - buf->len >= s.len && !buf->limit) {
        memcpy(buf->at + buf->len, s.at, s.len);
        buf->len += s.len;
    } else {
        buf_put_slow(buf, s.at, s.len);
    }
}

static inline void buf_byte(struct buf *buf, char c)
{
    buf_put(buf, slice_make(&c, 1));
}

#define BUF_LIT(buf, literal) buf_put((buf), SLICE(literal))

void buf_z(struct buf *buf, const char *z);
void buf_u64(struct buf *buf, uint64_t n);
void buf_i64(struct buf *buf, int64_t n);
/* `width` digits at least, with zeros in front. */
void buf_digits(struct buf *buf, uint64_t n, size_t width);
/* Lower-case hexadecimal digits, two a byte. */
void buf_hex(struct buf *buf, const unsigned char *bytes, size_t n);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was written so far; borrows from the arena, valid until the next write. */
static inline struct slice buf_slice(const struct buf *buf)
{
    return slice_make(buf->at ? buf->at : "", buf->len);
}

static inline bool buf_failed(const struct buf *buf)
{
    return buf->failed;
}

#endif
