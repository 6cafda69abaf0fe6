/* The small parts below lanes and leases: the cache of prepared statements, the connection string, heat, turns. */
#include "../../../src/pg/backoff.h"
#include "../../../src/pg/breaker.h"
#include "../../../src/pg/dsn.h"
#include "../../../src/pg/prepared.h"
#include "../../../src/pg/semaphore.h"
#include "midair/base/clock.h"
#include "midair/base/map.h"

#include <criterion/criterion.h>
#include <stdio.h>

static int64_t now_us;

static int64_t fake_now(void)
{
    return now_us;
}

static struct statement text_number(int n, char *room, size_t size)
{
    snprintf(room, size, "SELECT %d", n);
    return (struct statement){.text = slice_of(room), .hash = map_hash(slice_of(room))};
}

Test(prepared, the_least_recently_used_goes_first_and_names_never_return)
{
    struct prepared_cache cache;
    prepared_init(&cache, 3);
    char room[32], names[64][24];
    for (int i = 0; i < 40; i++) {
        prepared_next_flight(&cache);
        struct statement st = text_number(i, room, sizeof room);
        cr_assert_null(prepared_find(&cache, &st));
        struct prepared *entry = prepared_add(&cache, &st);
        cr_assert_not_null(entry);
        entry->ready = true;
        snprintf(names[i], sizeof names[i], "%s", entry->name);
        for (int j = 0; j < i; j++)
            cr_assert_str_neq(names[i], names[j]);
        cr_assert_leq(cache.count, 3);
        st = text_number(0, room, sizeof room);
        if (i < 20) /* used again and again: never pushed out */
            cr_assert_not_null(prepared_find(&cache, &st));
    }
    struct statement st = text_number(0, room, sizeof room);
    cr_assert_null(prepared_find(&cache, &st));
    int dropped = 0;
    for (struct prepared *entry; (entry = prepared_next_dropped(&cache)); dropped++)
        prepared_free(entry);
    cr_assert_eq(dropped, 37);
    prepared_fini(&cache);
}

Test(prepared, what_a_flight_uses_stays_until_it_ends)
{
    struct prepared_cache cache;
    prepared_init(&cache, 2);
    char room[32];
    struct statement st = text_number(1, room, sizeof room);
    prepared_add(&cache, &st);
    st = text_number(2, room, sizeof room);
    prepared_add(&cache, &st);
    st = text_number(3, room, sizeof room);
    cr_assert_null(prepared_add(&cache, &st));
    prepared_next_flight(&cache);
    cr_assert_not_null(prepared_add(&cache, &st));
    cr_assert_null(cache.dropped); /* the server never had the one that went */
    prepared_fini(&cache);
}

Test(prepared, equal_hashes_do_not_make_equal_texts)
{
    struct prepared_cache cache;
    prepared_init(&cache, 4);
    struct statement a = {.text = SLICE("SELECT 1"), .hash = 7}, b = {.text = SLICE("SELECT 2"), .hash = 7};
    struct prepared *entry = prepared_add(&cache, &a);
    cr_assert_null(prepared_find(&cache, &b));
    cr_assert_neq(prepared_add(&cache, &b), entry);
    cr_assert_eq(prepared_find(&cache, &a), entry);
    prepared_fini(&cache);
}

Test(prepared, long_texts_and_an_empty_cache_go_without_a_name)
{
    static char text[PREPARED_TEXT_MAX + 2];
    struct prepared_cache cache;
    memset(text, 'x', sizeof text - 1);
    struct statement st = {.text = slice_make(text, PREPARED_TEXT_MAX + 1), .hash = 1};
    prepared_init(&cache, 4);
    cr_assert_null(prepared_add(&cache, &st));
    st.text.len--;
    cr_assert_not_null(prepared_add(&cache, &st));
    prepared_fini(&cache);
    prepared_init(&cache, 0);
    cr_assert_null(prepared_add(&cache, &st));
    prepared_fini(&cache);
}

Test(backoff, it_lasts_longer_for_those_who_come_back_and_then_ends)
{
    static struct backoff backoff;
    clock_fake(fake_now, NULL);
    now_us = 1000;
    cr_assert_not(backoff_is_active(&backoff, 5));
    cr_assert_not(backoff_is_active(&backoff, 0));
    backoff_mark(&backoff, 5, 100, 350);
    cr_assert(backoff_is_active(&backoff, 5));
    cr_assert_not(backoff_is_active(&backoff, 5 + BACKOFF_SLOTS));
    now_us += 100;
    cr_assert_not(backoff_is_active(&backoff, 5));
    backoff_mark(&backoff, 5, 100, 350);
    now_us += 199;
    cr_assert(backoff_is_active(&backoff, 5));
    now_us += 1;
    backoff_mark(&backoff, 5, 100, 350);
    now_us += 349;
    cr_assert(backoff_is_active(&backoff, 5));
    now_us += 1 + 2 * 350;
    backoff_mark(&backoff, 5, 100, 350); /* long ago: it starts anew */
    now_us += 100;
    cr_assert_not(backoff_is_active(&backoff, 5));
    clock_fake(NULL, NULL);
}

Test(breaker, pauses_grow_to_half_a_second_and_one_probes_for_all)
{
    struct breaker breaker;
    breaker_init(&breaker);
    clock_fake(fake_now, NULL);
    log_set_level(LOG_FATAL);
    now_us = 1000;
    int64_t longest = 0;
    for (int i = 0; i < 40; i++) {
        cr_assert(breaker_enter(&breaker));
        breaker_failed(&breaker, "no");
        cr_assert_not(breaker_enter(&breaker));
        int64_t pause = breaker.open_until - now_us;
        longest = pause > longest ? pause : longest;
        now_us = breaker.open_until;
        cr_assert(breaker_enter(&breaker)); /* one probes */
        cr_assert_not(breaker_enter(&breaker));
        now_us = breaker.open_until;
    }
    cr_assert_leq(longest, 500000);
    cr_assert_gt(longest, 200000);
    breaker_succeeded(&breaker);
    cr_assert(breaker_enter(&breaker) && breaker_enter(&breaker));
    clock_fake(NULL, NULL);
    breaker_fini(&breaker);
}

Test(semaphore, permits_are_counted_and_a_deadline_ends_the_wait)
{
    struct semaphore semaphore;
    semaphore_init(&semaphore, 2);
    cr_assert(semaphore_try(&semaphore) && semaphore_try(&semaphore));
    cr_assert_not(semaphore_try(&semaphore));
    cr_assert_not(semaphore_enter(&semaphore, clock_now_us() - 1));
    cr_assert_not(semaphore_enter(&semaphore, clock_now_us() + 1000));
    semaphore_leave(&semaphore);
    cr_assert(semaphore_enter(&semaphore, clock_now_us() + 1000));
    semaphore_leave(&semaphore);
    semaphore_leave(&semaphore);
    cr_assert(semaphore_try(&semaphore) && semaphore_try(&semaphore));
    semaphore_fini(&semaphore);
}

Test(dsn, what_the_string_does_not_say_is_filled_in)
{
    struct dsn dsn;
    struct dsn_params params;
    dsn_init(&dsn, "scripted");
    cr_assert_eq(dsn_attempts(&dsn), 1);
    dsn_params(&dsn, 0, &params);
    bool named = false, utf8 = false;
    for (size_t i = 0; i < params.count; i++) {
        named = named || (strcmp(params.keys[i], "application_name") == 0 && strcmp(params.values[i], "midair") == 0);
        utf8 = utf8 || (strcmp(params.keys[i], "client_encoding") == 0 && strcmp(params.values[i], "UTF8") == 0);
    }
    cr_assert(named && utf8);
    cr_assert_null(params.keys[params.count]);
    dsn_fini(&dsn);
}
