/* Excerpts of names in messages, cut to a readable length between characters. */
#ifndef MIDAIR_JSON_EXCERPT_H
#define MIDAIR_JSON_EXCERPT_H

#include "midair/base/slice.h"

enum { EXCERPT_MAX = 80 };

/* At most EXCERPT_MAX bytes of `s`, which is UTF-8. */
static inline struct slice excerpt(struct slice s)
{
    size_t len = s.len < EXCERPT_MAX ? s.len : EXCERPT_MAX;
    while (len && len < s.len && ((unsigned char)s.at[len] & 0xC0) == 0x80)
        len--;
    return slice_head(s, len);
}

#endif
