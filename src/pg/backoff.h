/* Heat: which hashes (statement texts, keys) misbehaved a short while ago.
 *
 * A small table without locks. Two hashes in one slot push each other out and a race may lose a mark: both only
 * cost speed, never correctness. */
#ifndef MIDAIR_SRC_PG_BACKOFF_H
#define MIDAIR_SRC_PG_BACKOFF_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BACKOFF_SLOTS = 512 };

struct backoff {
    struct {
        _Atomic uint64_t hash;
        _Atomic int64_t until;
        _Atomic int64_t lasts; /* of the last mark, in microseconds */
    } slots[BACKOFF_SLOTS];
};

/* Marks a hash for `first_us`; for twice as long as the last time, up to `most_us`, when it was marked lately. */
void backoff_mark(struct backoff *backoff, uint64_t hash, int64_t first_us, int64_t most_us);
bool backoff_is_active(const struct backoff *backoff, uint64_t hash);

#endif
