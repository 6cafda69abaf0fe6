/* Parking: a thread sleeps on a word of its own until another one changes it (futex(2)).
 *
 * Each waiter has its own word, so a wake-up goes to exactly one thread: no herd, and none is lost, since the
 * kernel compares the word again before it sleeps. */
#ifndef MIDAIR_SRC_PG_FUTEX_H
#define MIDAIR_SRC_PG_FUTEX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Sleeps while *word == expected, at most until `deadline`. False when the deadline passed and the word is the same. */
bool futex_wait(_Atomic uint32_t *word, uint32_t expected, int64_t deadline);
/* Wakes the thread that sleeps on the word. The word may be gone already: then nothing happens. */
void futex_wake(_Atomic uint32_t *word);
/* Sleeps a random time between half of `microseconds` and all of it, but not past `deadline`. */
void backoff_sleep(int64_t microseconds, int64_t deadline);
/* A value between half of `n` and `n`, different for each call. */
int64_t backoff_jitter(int64_t n);

#endif
