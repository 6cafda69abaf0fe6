#include "midair/plan/moment.h"

#include <criterion/criterion.h>

Test(moment, reads_what_postgresql_prints_and_prints_what_it_reads)
{
    static const struct {
        const char *text;
        int64_t moment;
        const char *printed;
    } rows[] = {
        {"1970-01-01 00:00:00+00", 0, "1970-01-01 00:00:00.000000+00"},
        {"1970-01-01 00:00:00.000001+00", 1, "1970-01-01 00:00:00.000001+00"},
        {"1969-12-31 23:59:59.999999+00", -1, "1969-12-31 23:59:59.999999+00"},
        {"2026-11-21 10:34:40.123456+00", 1795257280123456, "2026-11-21 10:34:40.123456+00"},
        {"2026-11-21 10:34:40.1+00", 1795257280100000, "2026-11-21 10:34:40.100000+00"},
        {"2000-02-29 23:59:59+00", 951868799000000, "2000-02-29 23:59:59.000000+00"},
        {"1900-03-01 00:00:00+00", -2203891200000000, "1900-03-01 00:00:00.000000+00"},
        {"0001-01-01 00:00:00+00", -62135596800000000, "0001-01-01 00:00:00.000000+00"},
        {"9999-12-31 23:59:59.999999+00", 253402300799999999, "9999-12-31 23:59:59.999999+00"},
        {"10000-01-01 00:00:00+00", 253402300800000000, "10000-01-01 00:00:00.000000+00"},
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t moment = 42;
        cr_expect(moment_parse(slice_of(rows[i].text), &moment), "%s", rows[i].text);
        cr_expect_eq(moment, rows[i].moment, "%s: %lld", rows[i].text, (long long)moment);
        struct slice printed = moment_print(arena, moment);
        cr_expect(slice_eq(printed, slice_of(rows[i].printed)), "%s: %.*s", rows[i].text, SLICE_ARG(printed));
    }
    arena_free(arena);
}

Test(moment, refuses_what_is_no_moment_in_utc)
{
    static const char *const rows[] = {
        "",
        "infinity",
        "-infinity",
        "0044-03-15 12:00:00+00 BC",
        "2026-11-21T10:34:40+00",
        "2026-11-21 10:34:40",
        "2026-11-21 10:34:40+01",
        "2026-11-21 10:34:40+00:00",
        "2026-11-21 10:34:40.+00",
        "2026-11-21 10:34:40.1234567+00",
        "2026-11-21 10:34+00",
        "26-11-21 10:34:40+00",
        "2026-1-21 10:34:40+00",
        "2026-11-21 10:34:40.12x+00",
        "2026-11-21 1a:34:40+00",
        "1234567-01-01 00:00:00+00",
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        int64_t moment;
        cr_expect_not(moment_parse(slice_of(rows[i]), &moment), "\"%s\" passes", rows[i]);
    }
}
