/* How much memory requests hold in all, and how much they may hold.
 *
 * Arenas count their blocks here, and pg counts what PostgreSQL sends while it arrives and as long as it is kept. The
 * count says about what the process uses for its requests; libraries' own buffers are not in it. Thread-safe. */
#ifndef MIDAIR_BASE_MEMORY_H
#define MIDAIR_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* The limit in bytes; 0: none, which is the default. Set before threads start. */
void memory_set_limit(size_t bytes);
/* Counts `bytes` as held, whatever the limit; each call has its memory_give(). */
void memory_take(size_t bytes);
void memory_give(size_t bytes);
/* What is held now. */
size_t memory_held(void);
/* Whether more is held than the limit allows: then work that needs much more should not be begun or continued. */
bool memory_is_short(void);

#endif
