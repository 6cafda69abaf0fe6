/* Slices: a pointer and a length. A slice never owns its bytes.
 *
 * Text inside midair is passed as slices. A slice whose `at` is NULL is "absent" (a missing header field, an SQL NULL),
 * which differs from an empty one. NUL-terminated strings are used only in calls to libpq, OpenSSL and the operating
 * system; text_cstr() makes them and refuses text that contains a NUL. */
#ifndef MIDAIR_BASE_SLICE_H
#define MIDAIR_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The smaller of a count and a size. */
static inline size_t size_least(uint64_t a, size_t b)
{
    return a < b ? (size_t)a : b;
}

struct slice {
    const char *at;
    size_t len;
};

/* For printf("%.*s", SLICE_ARG(s)); an absent slice prints as nothing. */
#define SLICE_ARG(s) ((int)(s).len), ((s).at ? (s).at : "")
/* A string literal as a slice; the compiler computes the length. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* The same, for the initialiser of a static object. */
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

/* Equality that ignores ASCII case, for field names, media types and units. */
bool slice_eq_nocase(struct slice a, struct slice b);
/* Compares bytes, as memcmp() does; a prefix sorts before a longer slice. */
int slice_cmp(struct slice a, struct slice b);
bool slice_starts(struct slice s, struct slice prefix);
bool slice_ends(struct slice s, struct slice suffix);
/* The offset of the first `byte`; s.len when there is none. */
size_t slice_find(struct slice s, char byte);
/* The slice without leading and trailing spaces and tabs (OWS of RFC 9110 5.6.3). */
struct slice slice_trim(struct slice s);
/* Cuts at the first `sep`: *head is what precedes it, *tail what follows. False when there is none; *head is then all
 * of `s` and *tail is absent. */
bool slice_cut(struct slice s, char sep, struct slice *head, struct slice *tail);

#endif
