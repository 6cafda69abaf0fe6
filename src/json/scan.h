/* Scanning strings eight bytes at a time, for the parser and the writer. */
#ifndef MIDAIR_JSON_SCAN_H
#define MIDAIR_JSON_SCAN_H

#include "midair/base/slice.h"

#include <stdint.h>

/* A word with the byte in each of its eight bytes. */
#define SCAN_EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

/* Non-zero when one of the eight bytes is a control byte, a quote or a backslash. */
static inline uint64_t scan_special(uint64_t word)
{
    uint64_t quote = word ^ SCAN_EACH('"');
    uint64_t backslash = word ^ SCAN_EACH('\\');
    return (((word - SCAN_EACH(0x20)) & ~word) | ((quote - SCAN_EACH(1)) & ~quote) |
            ((backslash - SCAN_EACH(1)) & ~backslash)) &
           SCAN_EACH(0x80);
}

static inline bool scan_is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* The number of bytes at the start of `s` that need no escape in a JSON string. With `ascii`, bytes from 0x80 on end
 * the scan too, so that the caller can check their UTF-8. */
static inline size_t scan_plain(struct slice s, bool ascii)
{
    uint64_t high = ascii ? SCAN_EACH(0x80) : 0;
    size_t i = 0;
    for (; s.len - i >= 8; i += 8) {
        uint64_t word;
        memcpy(&word, s.at + i, 8);
        if (scan_special(word) | (word & high))
            break;
    }
    while (i < s.len && !scan_is_special((unsigned char)s.at[i]) && !(ascii && (unsigned char)s.at[i] >= 0x80))
        i++;
    return i;
}

#endif
