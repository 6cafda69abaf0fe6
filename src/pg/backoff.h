/* Backoff: which hashes (of statement texts, or of keys) failed a short while ago and are treated differently for a
 * while.
 *
 * It is a small table without locks. Two hashes in the same slot replace each other, and a race may lose a mark. Both
 * cost speed only: whatever the table says, statements give the same results. */
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

/* Marks a hash for `first_us`, or for twice as long as the last time, up to `most_us`, when that was not long ago. */
void backoff_mark(struct backoff *backoff, uint64_t hash, int64_t first_us, int64_t most_us);
/* True while a mark lasts. */
bool backoff_is_active(const struct backoff *backoff, uint64_t hash);

#endif
