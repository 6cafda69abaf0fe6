/* How much memory all requests hold together, and how much they may hold.
 *
 * Arenas count their blocks here. The layer pg counts what PostgreSQL sends, from its arrival until it is released. The
 * sum is close to what the process uses for its requests, without the buffers inside libraries. All functions but
 * memory_set_limit() may be called from any thread. */
#ifndef MIDAIR_BASE_MEMORY_H
#define MIDAIR_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* Sets the limit in bytes; 0, the default, means none. Must be called before threads are started. */
void memory_set_limit(size_t bytes);
/* Counts `bytes` as held, even past the limit. The caller passes the same number to memory_give() when it frees
 * them. */
void memory_take(size_t bytes);
void memory_give(size_t bytes);
/* The bytes that are held now. */
size_t memory_held(void);
/* Whether more is held than the limit allows. Work that needs much more memory should then not be started or
 * continued. */
bool memory_is_short(void);

#endif
