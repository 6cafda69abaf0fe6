#include "midair/base/arena.h"

#include "midair/base/buf.h"
#include "midair/base/memory.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <stdint.h>

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(arena, .init = setup, .fini = teardown);
TestSuite(buf, .init = setup, .fini = teardown);

Test(arena, hands_out_memory_aligned_for_any_type)
{
    for (size_t size = 0; size < 100; size++)
        cr_expect_eq((uintptr_t)arena_alloc(arena, size) % 16, 0, "size %zu", size);
}

Test(arena, never_hands_out_the_same_bytes_twice)
{
    char *first = memset(arena_alloc(arena, 100), 'a', 100);
    char *second = memset(arena_alloc(arena, 100), 'b', 100);
    for (int i = 0; i < 100; i++)
        cr_assert(first[i] == 'a' && second[i] == 'b');
}

Test(arena, serves_sizes_around_and_beyond_a_block)
{
    static const size_t sizes[] = {8191, 8192, 8193, 1 << 20, (1 << 20) + 1, 5 << 20, 1};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        char *at = arena_alloc(arena, sizes[i]);
        memset(at, 'x', sizes[i]);
        cr_expect_eq(at[sizes[i] - 1], 'x', "size %zu", sizes[i]);
    }
}

Test(arena, zalloc_clears_what_was_used_before)
{
    memset(arena_alloc(arena, 1000), 0xFF, 1000);
    arena_reset(arena);
    const char *at = arena_zalloc(arena, 10, 100);
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(at[i], 0);
}

Test(arena, a_product_that_overflows_ends_the_process, .signal = SIGABRT)
{
    arena_zalloc(arena, SIZE_MAX / 2, 3);
}

Test(arena, a_size_near_the_end_of_the_address_space_ends_the_process, .signal = SIGABRT)
{
    arena_alloc(arena, SIZE_MAX - 20);
}

Test(arena, marks_the_overflow_but_still_serves)
{
    struct arena *small = arena_new(64);
    arena_alloc(small, 64);
    cr_expect_not(arena_overflowed(small), "at the limit");
    memset(arena_alloc(small, 1), 'x', 1);
    cr_expect(arena_overflowed(small), "one past it");
    arena_alloc(small, 1);
    cr_expect(arena_overflowed(small), "it stays");
    arena_reset(small);
    cr_expect_not(arena_overflowed(small), "until the reset");
    cr_expect_eq(arena_used(small), 0);
    arena_free(small);
}

Test(arena, growing_the_last_allocation_stays_in_place)
{
    char *at = arena_alloc(arena, 10);
    memcpy(at, "0123456789", 10);
    char *grown = arena_grow(arena, at, 10, 1000);
    cr_expect_eq(grown, at);
    cr_expect_eq(memcmp(grown, "0123456789", 10), 0);
    memset(grown, 'x', 1000);
}

Test(arena, growing_an_older_allocation_moves_it_with_its_content)
{
    char *at = arena_alloc(arena, 10);
    memcpy(at, "0123456789", 10);
    char *behind = arena_alloc(arena, 1);
    *behind = 'b';
    char *grown = arena_grow(arena, at, 10, 1000);
    cr_expect_neq(grown, at);
    cr_expect_eq(memcmp(grown, "0123456789", 10), 0);
    memset(grown, 'x', 1000);
    cr_expect_eq(*behind, 'b');
}

Test(arena, growing_past_the_block_moves)
{
    char *at = memset(arena_alloc(arena, 8000), 'a', 8000);
    char *grown = arena_grow(arena, at, 8000, 100000);
    cr_expect_eq(grown[7999], 'a');
    memset(grown, 'x', 100000);
}

Test(arena, growing_to_less_changes_nothing)
{
    char *at = arena_alloc(arena, 10);
    cr_expect_eq(arena_grow(arena, at, 10, 5), at);
    cr_expect_null(arena_grow(arena, NULL, 0, 0));
}

Test(arena, a_reset_after_many_blocks_serves_again)
{
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 50; i++)
            memset(arena_alloc(arena, 10000), round, 10000);
        arena_reset(arena);
    }
    cr_expect_eq(arena_used(arena), 0);
}

Test(arena, copies_end_in_a_nul_and_absent_stays_absent)
{
    struct slice copy = arena_copy(arena, slice_make("abcdef", 3));
    cr_expect(slice_eq(copy, SLICE("abc")));
    cr_expect_eq(copy.at[3], '\0');
    cr_expect_not(slice_present(arena_copy(arena, SLICE_ABSENT)));
    cr_expect(slice_present(arena_copy(arena, SLICE(""))));
}

Test(arena, printf_measures_its_result)
{
    struct slice text = arena_printf(arena, "%s-%d", "x", 17);
    cr_expect(slice_eq(text, SLICE("x-17")));
    cr_expect_eq(text.at[text.len], '\0');
    cr_expect_eq(arena_printf(arena, "%20000d", 1).len, 20000);
}

Test(arena, printf_of_every_length)
{
    char wanted[600];
    memset(wanted, 'x', sizeof(wanted));
    for (size_t len = 0; len < sizeof(wanted); len++) {
        struct slice text = arena_printf(arena, "%.*s", (int)len, wanted);
        cr_expect(slice_eq(text, slice_make(wanted, len)) && text.at[len] == '\0', "%zu bytes", len);
    }
}

Test(arena, freeing_nothing_is_allowed)
{
    arena_free(NULL);
}

Test(buf, grows_over_many_writes)
{
    struct buf buf = buf_new(arena, 0);
    for (int i = 0; i < 10000; i++)
        buf_byte(&buf, (char)('a' + i % 26));
    cr_expect_eq(buf.len, 10000);
    cr_expect_eq(buf_slice(&buf).at[9999], 'a' + 9999 % 26);
}

Test(buf, an_empty_one_shows_an_empty_slice)
{
    struct buf buf = buf_new(arena, 0);
    cr_expect(slice_present(buf_slice(&buf)));
    cr_expect_eq(buf_slice(&buf).len, 0);
    cr_expect_not_null(buf_reserve(&buf, 0));
    buf_hex(&buf, (const unsigned char *)"", 0);
}

Test(buf, two_buffers_in_one_arena_do_not_mix)
{
    struct buf a = buf_new(arena, 1), b = buf_new(arena, 1);
    for (int i = 0; i < 1000; i++) {
        buf_byte(&a, 'a');
        buf_byte(&b, 'b');
    }
    cr_expect_null(memchr(a.at, 'b', a.len));
    cr_expect_null(memchr(b.at, 'a', b.len));
}

Test(buf, numbers_at_the_ends_of_their_ranges)
{
    static const struct {
        int64_t n;
        const char *text;
    } rows[] = {{0, "0"}, {-1, "-1"}, {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf buf = buf_new(arena, 0);
        buf_i64(&buf, rows[i].n);
        cr_expect(slice_eq(buf_slice(&buf), slice_of(rows[i].text)), "%s", rows[i].text);
    }
    struct buf buf = buf_new(arena, 0);
    buf_u64(&buf, UINT64_MAX);
    cr_expect(slice_eq(buf_slice(&buf), SLICE("18446744073709551615")));
}

Test(buf, digits_are_filled_up_with_zeros_and_never_cut)
{
    static const struct {
        uint64_t n;
        size_t width;
        const char *text;
    } rows[] = {
        {0, 0, "0"},
        {0, 1, "0"},
        {7, 3, "007"},
        {99, 2, "99"},
        {12345, 3, "12345"},
        {UINT64_MAX, 20, "18446744073709551615"},
        {1, 1000, "00000000000000000001"}, /* no number has more than 20 */
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf buf = buf_new(arena, 0);
        buf_digits(&buf, rows[i].n, rows[i].width);
        cr_expect(slice_eq(buf_slice(&buf), slice_of(rows[i].text)), "%s", rows[i].text);
    }
}

Test(buf, one_over_storage_moves_into_the_arena_when_that_is_full)
{
    for (size_t len = 0; len < 40; len++) {
        char storage[16], wanted[40];
        struct buf buf = buf_over(arena, storage, sizeof(storage));
        for (size_t i = 0; i < len; i++) {
            wanted[i] = (char)('a' + i % 26);
            buf_byte(&buf, wanted[i]);
        }
        cr_expect(slice_eq(buf_slice(&buf), slice_make(wanted, len)), "%zu bytes", len);
        cr_expect_eq(buf.at == storage, len <= sizeof(storage), "%zu bytes", len);
    }
}

Test(buf, hex_is_lower_case)
{
    struct buf buf = buf_new(arena, 0);
    buf_hex(&buf, (const unsigned char *)"\x00\xAB\xff", 3);
    cr_expect(slice_eq(buf_slice(&buf), SLICE("00abff")));
}

Test(buf, printf_longer_than_the_buffer)
{
    struct buf buf = buf_new(arena, 8);
    BUF_LIT(&buf, "<");
    buf_printf(&buf, "%5000d", 7);
    BUF_LIT(&buf, ">");
    cr_expect_eq(buf.len, 5002);
    cr_expect_eq(buf.at[5000], '7');
    cr_expect_eq(buf.at[5001], '>');
}

/* malloc() that fails from the n-th call on. */
static size_t calls_left;
static bool has_failed;

static void *failing(size_t size)
{
    has_failed = has_failed || calls_left == 0;
    return calls_left ? (calls_left--, malloc(size)) : NULL;
}

Test(arena, goes_on_from_the_reserve_when_malloc_fails_at_any_call)
{
    cr_assert(arena_fill_reserve());
    for (size_t n = 0; n < 8; n++) {
        for (int again = 0; again < 100;
             again++) { /* far more often than the reserve would last without being refilled */
            calls_left = n;
            has_failed = false;
            arena_fake_malloc(failing);
            struct arena *poor = arena_new(0);
            char *all[24];
            for (size_t i = 0; i < 24; i++)
                all[i] = memset(arena_alloc(poor, 16000), (int)i, 16000);
            arena_fake_malloc(NULL);
            for (size_t i = 0; i < 24; i++)
                cr_assert(all[i][0] == (char)i && all[i][15999] == (char)i, "call %zu, allocation %zu", n, i);
            cr_expect(arena_was_short(poor) == has_failed && arena_overflowed(poor) == has_failed, "call %zu", n);
            arena_reset(poor);
            cr_expect_not(arena_was_short(poor));
            arena_free(poor);
        }
    }
}

Test(arena, ends_the_process_where_the_reserve_cannot_help, .signal = SIGABRT)
{
    cr_assert(arena_fill_reserve());
    arena_fake_malloc(failing);
    arena_alloc(arena, 1000000);
}

Test(arena, with_a_limit_does_not_grow_while_memory_is_short)
{
    struct arena *request = arena_new(64 << 20), *other = arena_new(0);
    memory_set_limit(memory_held() + (8 << 20));
    arena_alloc(request, 4 << 20);
    cr_expect_not(arena_overflowed(request), "below the limit");
    arena_alloc(other, 8 << 20);
    cr_expect_not(arena_overflowed(other), "an arena without a limit is not of a request");
    arena_alloc(request, 100);
    arena_alloc(request, 2 << 20);
    cr_expect(arena_overflowed(request) && arena_was_short(request));
    struct arena *small = arena_new(64 << 20);
    arena_alloc(small, 100000);
    cr_expect_not(arena_overflowed(small), "small requests go on");
    memory_set_limit(0);
    arena_free(small);
    arena_free(other);
    arena_free(request);
}
