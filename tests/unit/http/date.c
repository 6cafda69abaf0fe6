#include "midair/http/date.h"
#include "midair/base/clock.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int64_t now_seconds = 1763721280; /* Fri, 21 Nov 2025 10:34:40 GMT */

static int64_t wall(void)
{
    return now_seconds * 1000000 + 999999;
}

static void setup(void)
{
    clock_fake(NULL, wall);
}

static void teardown(void)
{
    clock_fake(NULL, NULL);
}

TestSuite(date, .init = setup, .fini = teardown);

Test(date, reads_the_three_forms)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {
        {"Sun, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Sunday, 06-Nov-94 08:49:37 GMT", 784111777},
        {"Sun Nov  6 08:49:37 1994", 784111777},
        {"Sun Nov 16 08:49:37 1994", 784975777},
        {"Thu, 01 Jan 1970 00:00:00 GMT", 0},
        {"Wed, 31 Dec 1969 23:59:59 GMT", -1},
        {"Fri, 31 Dec 9999 23:59:59 GMT", 253402300799},
        {"Sat, 01 Jan 0000 00:00:00 GMT", -62167219200},
        {"Tue, 19 Jan 2038 03:14:08 GMT", 2147483648},
        {"Tue, 29 Feb 2000 12:00:00 GMT", 951825600},
        {"Thu, 29 Feb 2024 00:00:00 GMT", 1709164800},
        {"Sat, 31 Dec 2016 23:59:60 GMT", 1483228800},
        {"Mon, 06 Nov 1994 08:49:37 GMT", 784111777},
        {"Monday, 06-Nov-94 08:49:37 GMT", 784111777},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = 77;
        cr_expect(date_parse(slice_of(rows[i].text), &seconds), "%s", rows[i].text);
        cr_expect_eq(seconds, rows[i].seconds, "%s: %lld", rows[i].text, (long long)seconds);
    }
}

Test(date, refuses_everything_else)
{
    static const char *const rows[] = {
        "",
        " ",
        "0",
        "-1",
        "junk",
        "784111777",
        "1994-11-06T08:49:37Z",
        "Sun, 06 Nov 1994",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov 1994 08:49:37 ",
        "Sun, 06 Nov 1994 08:49:37 UTC",
        "Sun, 06 Nov 1994 08:49:37 gmt",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 +0000",
        "Sun, 06 Nov 1994 08:49:37 GMT+1",
        "Sun, 06 Nov 1994 08:49:37 GMT ",
        " Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun,06 Nov 1994 08:49:37 GMT",
        "Sun, 06  Nov 1994 08:49:37 GMT",
        "Sun, 06-Nov-1994 08:49:37 GMT",
        "Sun, 06-Nov-94 08:49:37 GMT",
        "Sunday, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-1994 08:49:37 GMT",
        "Sunday Nov  6 08:49:37 1994",
        "sun, 06 Nov 1994 08:49:37 GMT",
        "SUN, 06 Nov 1994 08:49:37 GMT",
        "Xyz, 06 Nov 1994 08:49:37 GMT",
        ", 06 Nov 1994 08:49:37 GMT",
        "06 Nov 1994 08:49:37 GMT",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 06 Nvo 1994 08:49:37 GMT",
        "Sun, 06 11 1994 08:49:37 GMT",
        "Sun, 06 November 1994 08:49:37 GMT",
        "Sun, 00 Nov 1994 08:49:37 GMT",
        "Sun, 31 Nov 1994 08:49:37 GMT",
        "Sun, 32 Jan 1994 08:49:37 GMT",
        "Sun, 99 Jan 1994 08:49:37 GMT",
        "Tue, 29 Feb 2023 00:00:00 GMT",
        "Mon, 29 Feb 1900 00:00:00 GMT",
        "Mon, 30 Feb 2024 00:00:00 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sun, 06 Nov 19941 08:49:37 GMT",
        "Sun, 06 Nov -994 08:49:37 GMT",
        "Sun, 06 Nov +994 08:49:37 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 25:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:60 GMT",
        "Sun, 06 Nov 1994 23:59:61 GMT",
        "Sun, 06 Nov 1994 8:49:37 GMT",
        "Sun, 06 Nov 1994 08.49.37 GMT",
        "Sun, 06 Nov 1994 08:49:3x GMT",
        "Sun, 06 Nov 1994 -8:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37.5 GMT",
        "Sun, 0x Nov 1994 08:49:37 GMT",
        "Sun Nov 6 08:49:37 1994",
        "Sun Nov 06 08:49:37 94",
        "Sun Nov  6 08:49:37 1994 GMT",
        "Sun Nov   6 08:49:37 1994",
        "Sun Nov  0 08:49:37 1994",
        "Sun Nov  16 08:49:37 1994",
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t seconds = 77;
        cr_expect_not(date_parse(slice_of(rows[i]), &seconds), "%s", rows[i]);
        cr_expect_eq(seconds, 77, "%s", rows[i]);
    }
    int64_t seconds;
    cr_expect_not(date_parse(slice_make("Sun, 06 Nov 1994 08:49:37 GMT\0", 30), &seconds), "NUL behind");
    cr_expect_not(date_parse(SLICE_ABSENT, &seconds));
}

Test(date, no_prefix_of_a_date_is_a_date)
{
    static const char *const rows[] = {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov  6 08:49:37 1994"};
    int64_t seconds;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (size_t n = 0; n < strlen(rows[i]); n++)
            cr_expect_not(date_parse(slice_make(rows[i], n), &seconds), "%.*s", (int)n, rows[i]);
}

/* RFC 9110 5.6.7: what appears to be more than 50 years in the future lies in the past. */
Test(date, a_year_of_two_digits_is_at_most_fifty_years_ahead)
{
    static const struct {
        const char *label;
        int64_t now;
        const char *text, *same;
    } rows[] = {
        {"now", 1763721280, "Friday, 21-Nov-25 10:34:40 GMT", "Fri, 21 Nov 2025 10:34:40 GMT"},
        {"soon", 1763721280, "Friday, 21-Nov-30 10:34:40 GMT", "Thu, 21 Nov 2030 10:34:40 GMT"},
        {"50 years", 1763721280, "Friday, 21-Nov-75 10:34:40 GMT", "Thu, 21 Nov 2075 10:34:40 GMT"},
        {"50 years and a second", 1763721280, "Friday, 21-Nov-75 10:34:41 GMT", "Fri, 21 Nov 1975 10:34:41 GMT"},
        {"last century", 1763721280, "Friday, 31-Dec-99 23:59:59 GMT", "Fri, 31 Dec 1999 23:59:59 GMT"},
        {"next century", 3786912000, "Friday, 01-Jan-10 00:00:00 GMT", "Wed, 01 Jan 2110 00:00:00 GMT"},
        {"leap day this century", 1763721280, "Friday, 29-Feb-00 00:00:00 GMT", "Tue, 29 Feb 2000 00:00:00 GMT"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        int64_t got = 0, wanted = 1;
        now_seconds = rows[i].now;
        cr_expect(date_parse(slice_of(rows[i].text), &got), "%s", rows[i].label);
        cr_expect(date_parse(slice_of(rows[i].same), &wanted), "%s", rows[i].label);
        cr_expect_eq(got, wanted, "%s: %lld", rows[i].label, (long long)(got - wanted));
    }
    int64_t seconds;
    now_seconds = 1763721280;
    cr_expect_not(date_parse(SLICE("Friday, 29-Feb-23 00:00:00 GMT"), &seconds), "2023 has no such day");
}

Test(date, writes_what_it_reads)
{
    char text[DATE_LEN + 1];
    /* Steps of a prime number of seconds touch every month, weekday and hour. */
    for (int64_t seconds = -62167219200; seconds <= 253402300799; seconds += 86399 * 97) {
        int64_t back = seconds + 1;
        cr_assert(date_write(seconds, text));
        cr_assert_eq(strlen(text), DATE_LEN);
        cr_assert(date_parse(slice_of(text), &back), "%s", text);
        cr_assert_eq(back, seconds, "%s", text);
    }
}

Test(date, writes_the_right_day_of_the_week)
{
    static const struct {
        int64_t seconds;
        const char *text;
    } rows[] = {
        {0, "Thu, 01 Jan 1970 00:00:00 GMT"},
        {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
        {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
        {951825600, "Tue, 29 Feb 2000 12:00:00 GMT"},
        {253402300799, "Fri, 31 Dec 9999 23:59:59 GMT"},
        {-62167219200, "Sat, 01 Jan 0000 00:00:00 GMT"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect(slice_eq(date_text(arena, rows[i].seconds), slice_of(rows[i].text)), "%s", rows[i].text);
    arena_free(arena);
}

Test(date, years_outside_four_digits_are_not_written)
{
    static const int64_t rows[] = {253402300800, -62167219201, INT64_MAX, INT64_MIN, INT64_MAX / 1000000};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_not(slice_present(date_text(arena, rows[i])), "%lld", (long long)rows[i]);
    arena_free(arena);
}

Test(date, parts_of_a_second_are_cut_downwards)
{
    static const int64_t rows[][2] = {{0, 0},
                                      {999999, 0},
                                      {1000000, 1},
                                      {-1, -1},
                                      {-1000000, -1},
                                      {-1000001, -2},
                                      {INT64_MIN, -9223372036855},
                                      {INT64_MAX, 9223372036854}};
    for (size_t i = 0; i < COUNT(rows); i++)
        cr_expect_eq(date_of_us(rows[i][0]), rows[i][1], "%lld", (long long)rows[i][0]);
}
