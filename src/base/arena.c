#include "midair/base/arena.h"

#include "midair/base/memory.h"

#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define MIDAIR_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MIDAIR_ASAN 1
#endif
#endif
#ifdef MIDAIR_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(at, size) ASAN_POISON_MEMORY_REGION(at, size)
#define UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#endif

enum { ALIGN = 16, FIRST_BLOCK = 8 * 1024, LARGEST_BLOCK = 1024 * 1024 };
enum { RESERVE_BLOCKS = 64, RESERVE_BLOCK = 64 * 1024 };

struct block {
    struct block *next; /* the block that was filled before this one */
    size_t size;
    size_t used;
    size_t reserved; /* whether it belongs to the reserve; a size_t, so that `data` is aligned to ALIGN */
    char data[];
};

struct arena {
    struct block *top;
    size_t limit;
    size_t handed_out;
    bool overflowed, was_short;
};

/* Blocks for when the system has no memory left. */
static struct {
    pthread_mutex_t lock;
    struct block *free;
} reserve = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *(*allocate)(size_t size) = malloc;

void arena_fake_malloc(void *(*fake)(size_t size))
{
    allocate = fake ? fake : malloc;
}

static void out_of_memory(size_t size)
{
    fprintf(stderr, "level=fatal event=out_of_memory wanted=%zu\n", size);
    abort();
}

static void reserve_give(struct block *block)
{
    pthread_mutex_lock(&reserve.lock);
    block->next = reserve.free;
    reserve.free = block;
    pthread_mutex_unlock(&reserve.lock);
}

static struct block *reserve_take(size_t size)
{
    pthread_mutex_lock(&reserve.lock);
    struct block *block = size <= RESERVE_BLOCK ? reserve.free : NULL;
    if (block)
        reserve.free = block->next;
    pthread_mutex_unlock(&reserve.lock);
    if (!block)
        out_of_memory(size);
    *block = (struct block){.size = RESERVE_BLOCK, .reserved = true};
    return block;
}

bool arena_fill_reserve(void)
{
    for (int i = 0; i < RESERVE_BLOCKS; i++) {
        struct block *block = malloc(sizeof(*block) + RESERVE_BLOCK);
        if (!block)
            return false;
        reserve_give(block);
    }
    return true;
}

/* A block of `wished` bytes, or at least of `size` when there is no memory for that. */
static struct block *block_new(size_t wished, size_t size, struct block *next)
{
    struct block *block = allocate(sizeof(*block) + wished);
    if (block)
        *block = (struct block){.size = wished};
    else
        block = reserve_take(size);
    block->next = next;
    memory_take(block->size);
    POISON(block->data, block->size);
    return block;
}

struct arena *arena_new(size_t limit)
{
    struct arena *arena = malloc(sizeof(*arena));
    if (!arena)
        out_of_memory(sizeof(*arena));
    *arena = (struct arena){.top = block_new(FIRST_BLOCK, FIRST_BLOCK, NULL), .limit = limit};
    arena->overflowed = arena->was_short = arena->top->reserved;
    return arena;
}

static void block_free(struct block *block)
{
    UNPOISON(block->data, block->size);
    memory_give(block->size);
    if (block->reserved)
        reserve_give(block);
    else
        free(block);
}

/* Frees all blocks except the first, and returns that one. */
static struct block *free_to_first(struct block *block)
{
    while (block->next) {
        struct block *older = block->next;
        block_free(block);
        block = older;
    }
    return block;
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    block_free(free_to_first(arena->top));
    free(arena);
}

void arena_reset(struct arena *arena)
{
    arena->top = free_to_first(arena->top);
    arena->top->used = 0;
    POISON(arena->top->data, arena->top->size);
    arena->handed_out = 0;
    arena->overflowed = arena->was_short = false;
}

static size_t round_up(size_t size)
{
    /* Real sizes are far below this. The check keeps sums with the size of a block's header from overflowing. */
    if (size > SIZE_MAX / 4)
        out_of_memory(size);
    return (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
}

static void count(struct arena *arena, size_t size)
{
    arena->handed_out += size;
    if (arena->limit && arena->handed_out > arena->limit)
        arena->overflowed = true;
}

/* Adds a block with room for `want` bytes. */
static struct block *grow(struct arena *arena, size_t want)
{
    size_t next = arena->top->size < LARGEST_BLOCK ? arena->top->size * 2 : LARGEST_BLOCK;
    arena->top = block_new(next > want ? next : want, want, arena->top);
    bool too_much = arena->limit && arena->handed_out + want > ARENA_SMALL && memory_is_short();
    if (too_much || arena->top->reserved)
        arena->overflowed = arena->was_short = true;
    return arena->top;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    size_t want = round_up(size ? size : 1);
    struct block *top = arena->top;
    if (top->size - top->used < want)
        top = grow(arena, want);
    void *at = top->data + top->used;
    top->used += want;
    count(arena, want);
    UNPOISON(at, size ? size : 1);
    return at;
}

void *arena_zalloc(struct arena *arena, size_t n, size_t size)
{
    size_t total;
    if (__builtin_mul_overflow(n, size, &total))
        out_of_memory(SIZE_MAX);
    return memset(arena_alloc(arena, total), 0, total);
}

void *arena_grow(struct arena *arena, void *at, size_t old, size_t size)
{
    if (size <= old)
        return at;
    struct block *top = arena->top;
    size_t had = round_up(old ? old : 1);
    size_t want = round_up(size);
    if (at && (char *)at + had == top->data + top->used && top->size - top->used >= want - had) {
        top->used += want - had;
        count(arena, want - had);
        UNPOISON(at, size);
        return at;
    }
    void *moved = arena_alloc(arena, size);
    if (at && old)
        memcpy(moved, at, old);
    return moved;
}

struct slice arena_copy(struct arena *arena, struct slice s)
{
    if (!slice_present(s))
        return s;
    char *copy = arena_alloc(arena, s.len + 1);
    if (s.len)
        memcpy(copy, s.at, s.len);
    copy[s.len] = '\0';
    return slice_make(copy, s.len);
}

struct slice arena_vprintf(struct arena *arena, const char *format, va_list args)
{
    char brief[256]; /* Most texts fit, and are then formatted only once. */
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(brief, sizeof(brief), format, args);
    if (len < 0)
        brief[len = 0] = '\0';
    char *text = arena_alloc(arena, (size_t)len + 1);
    if ((size_t)len < sizeof(brief))
        memcpy(text, brief, (size_t)len + 1);
    else
        vsnprintf(text, (size_t)len + 1, format, again);
    va_end(again);
    return slice_make(text, (size_t)len);
}

struct slice arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct slice text = arena_vprintf(arena, format, args);
    va_end(args);
    return text;
}

void arena_account(struct arena *arena, size_t size)
{
    count(arena, size);
}

size_t arena_used(const struct arena *arena)
{
    return arena->handed_out;
}

bool arena_overflowed(const struct arena *arena)
{
    return arena->overflowed;
}

bool arena_was_short(const struct arena *arena)
{
    return arena->was_short;
}
