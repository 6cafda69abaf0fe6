/* Slices: a pointer and a length that never own what they show.
 *
 * Text inside midair travels as slices. A slice whose `at` is NULL is "absent" (a missing header, an
 * SQL NULL), which is not the same as an empty one. NUL-terminated strings exist only at the edges
 * (libpq, OpenSSL, the operating system) and are made by text_cstr(), which refuses inner NULs. */
#ifndef MIDAIR_BASE_SLICE_H
#define MIDAIR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct slice {
    const char *at;
    size_t len;
};

/* For printf("%.*s", SLICE_ARG(s)); an absent slice prints as nothing. */
#define SLICE_ARG(s) ((int)(s).len), ((s).at ? (s).at : "")
/* A string literal as a slice, without counting at run time. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* The same as the initialiser of a static object. */
#define SLICE_LITERAL(literal)                                                                                         \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }
#define SLICE_ABSENT ((struct slice){NULL, 0})

static inline struct slice slice_of(const char *z)
{
    return z ? (struct slice){z, strlen(z)} : SLICE_ABSENT;
}

static inline struct slice slice_make(const char *at, size_t len)
{
    return (struct slice){at, len};
}

static inline bool slice_present(struct slice s)
{
    return s.at != NULL;
}

static inline bool slice_eq(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.at, b.at, a.len) == 0);
}

/* The rest of `s` from byte `n` on; empty when `n` is past the end. Absent stays absent. */
static inline struct slice slice_from(struct slice s, size_t n)
{
    if (n > s.len)
        n = s.len;
    return n ? slice_make(s.at + n, s.len - n) : s;
}

/* At most the first `n` bytes. */
static inline struct slice slice_head(struct slice s, size_t n)
{
    return slice_make(s.at, n < s.len ? n : s.len);
}

/* Equality without regard to ASCII case: field names, media types, units. */
bool slice_eq_nocase(struct slice a, struct slice b);
/* Byte order; a prefix sorts first. */
int slice_cmp(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
/* Offset of the first `byte`, or s.len. */
size_t slice_find(struct slice s, char byte);
/* Without leading and trailing spaces and tabs (OWS of RFC 9110 5.6.3). */
struct slice slice_trim(struct slice s);
/* Cuts at the first `sep`: head before it, tail after it. False when there is none: then head is all
 * of `s` and tail is absent. */
bool slice_cut(struct slice s, char sep, struct slice *head, struct slice *tail);

#endif
