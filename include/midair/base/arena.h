/* Arenas: all memory of one request, freed in one step.
 *
 * An arena hands out memory from blocks and takes nothing back until it is reset or freed. It has a
 * soft limit: an allocation past it still succeeds, but sets a sticky mark which the pipeline looks
 * at after each step and turns into an error. So no caller has to check for NULL, and a step can
 * overshoot by no more than what the limits on its input allow. When the system itself has no memory
 * left the process ends: nothing useful can be done then, and PostgreSQL rolls back what was open.
 *
 * Under ASan the unused part of each block is poisoned. An arena belongs to one thread at a time. */
#ifndef MIDAIR_BASE_ARENA_H
#define MIDAIR_BASE_ARENA_H

#include "midair/base/slice.h"

#include <stdarg.h>

struct arena;

/* A new arena with a soft limit in bytes (0: none). Never NULL. Owned by the caller: arena_free. */
struct arena *arena_new(size_t limit);
/* Frees the arena and all it handed out. NULL is allowed. */
void arena_free(struct arena *arena);
/* Forgets all it handed out and clears the mark; keeps the first block for the next request. */
void arena_reset(struct arena *arena);

/* `size` bytes aligned for any type, not cleared. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` elements of `size` bytes, cleared. A product that overflows ends the process. */
void *arena_zalloc(struct arena *arena, size_t count, size_t size);
/* Grows an allocation of `old` bytes to `size` bytes; in place when it was the last one. */
void *arena_grow(struct arena *arena, void *at, size_t old, size_t size);

/* Copies. The result is also NUL-terminated one byte past its length. Absent stays absent. */
struct slice arena_copy(struct arena *arena, struct slice s);
/* printf into the arena; NUL-terminated one byte past the length. */
struct slice arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct slice arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Counts memory that belongs to the same request but lies elsewhere, such as a result of libpq's, against the limit. */
void arena_account(struct arena *arena, size_t size);
/* Bytes handed out or accounted for since the last reset. */
size_t arena_used(const struct arena *arena);
/* True once more than the limit was handed out; stays so until the reset. */
bool arena_overflowed(const struct arena *arena);

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zalloc((arena), (count), sizeof(type)))

#endif
