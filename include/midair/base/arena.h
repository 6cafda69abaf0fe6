/* Arenas: all memory of one request is allocated from one arena and freed in one step.
 *
 * An arena hands out memory from blocks and takes nothing back until it is reset or freed. It has a soft limit: an
 * allocation that passes the limit still succeeds, but sets a sticky mark. The pipeline checks the mark after each step
 * and turns it into an error. Callers therefore never check for NULL, and a step can exceed the limit only by what the
 * limits on its input allow.
 *
 * The same mark is set when an arena that has a limit grows past ARENA_SMALL while all requests together hold more than
 * they may (base/memory.h), and when the system has no memory left. In the latter case the arena goes on with blocks
 * from a reserve, so that the step can end and the error can be sent. Only an allocation that is larger than a block of
 * the reserve, or an empty reserve, ends the process; PostgreSQL then rolls back open transactions.
 *
 * Under ASan the unused part of each block is poisoned. An arena is not locked: only one thread at a time may use
 * it. */
#ifndef MIDAIR_BASE_ARENA_H
#define MIDAIR_BASE_ARENA_H

#include "midair/base/slice.h"

#include <stdarg.h>

struct arena;

/* A new arena with a soft limit in bytes (0: none). Never NULL. Owned by the caller: arena_free. */
struct arena *arena_new(size_t limit);
/* Frees the arena and everything that it handed out. NULL is allowed. */
void arena_free(struct arena *arena);
/* Invalidates everything that the arena handed out, and clears the mark. The first block is kept for the next
 * request. */
void arena_reset(struct arena *arena);

/* `size` bytes aligned for any type, not cleared. Never NULL. */
void *arena_alloc(struct arena *arena, size_t size);
/* `count` elements of `size` bytes, cleared. A product that overflows ends the process. */
void *arena_zalloc(struct arena *arena, size_t count, size_t size);
/* Grows an allocation of `old` bytes to `size` bytes and returns its new address. It is extended in place when it was
 * the last allocation; otherwise its bytes are copied. A NULL `at` allocates. */
void *arena_grow(struct arena *arena, void *at, size_t old, size_t size);

/* A copy in the arena, with a NUL one byte past its length. An absent slice stays absent. */
struct slice arena_copy(struct arena *arena, struct slice s);
/* Formats text into the arena, with a NUL one byte past its length. */
struct slice arena_printf(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
struct slice arena_vprintf(struct arena *arena, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* Counts memory against the limit that belongs to the same request but is allocated elsewhere, such as a libpq
 * result. */
void arena_account(struct arena *arena, size_t size);
/* Bytes handed out or accounted for since the last reset. */
size_t arena_used(const struct arena *arena);
/* Whether the mark is set: more than the limit has been handed out since the last reset, or arena_was_short(). */
bool arena_overflowed(const struct arena *arena);
/* Whether memory was short when the arena wanted more. */
bool arena_was_short(const struct arena *arena);

/* The size from which an arena with a limit stops growing while memory is short. */
enum { ARENA_SMALL = 1024 * 1024 };

/* Allocates the reserve. Called once, before there are threads; returns false when there is no memory for it. Until
 * then there is none. */
bool arena_fill_reserve(void);
/* Replaces malloc() for the blocks of arenas; NULL restores it. Only for tests. */
void arena_fake_malloc(void *(*fake)(size_t size));

#define ARENA_NEW(arena, type) ((type *)arena_zalloc((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zalloc((arena), (count), sizeof(type)))

#endif
