#include "midair/http/prefer.h"
#include "midair/http/range.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static struct arena *arena;

static void setup(void)
{
    arena = arena_new(0);
}

static void teardown(void)
{
    arena_free(arena);
}

TestSuite(prefer, .init = setup, .fini = teardown);
TestSuite(range, .init = setup, .fini = teardown);

/* What was read shows as what would be applied, and what was refused. */
Test(prefer, reads_what_it_knows_and_reports_the_rest)
{
    static const struct {
        const char *field, *read, *invalid;
    } rows[] = {
        {"", "", ""},
        {"return=minimal", "return=minimal", ""},
        {"return=representation", "return=representation", ""},
        {"return=headers-only", "return=headers-only", ""},
        {"count=exact, return=minimal", "return=minimal, count=exact", ""},
        {"count=planned", "count=planned", ""},
        {"count=estimated", "count=estimated", ""},
        {"resolution=merge-duplicates", "resolution=merge-duplicates", ""},
        {"resolution=ignore-duplicates, missing=default", "resolution=ignore-duplicates, missing=default", ""},
        {"missing=null", "missing=null", ""},
        {"tx=rollback, handling=strict, max-affected=10", "tx=rollback, handling=strict, max-affected=10", ""},
        {"tx=commit, handling=lenient", "tx=commit, handling=lenient", ""},
        {"max-affected=0", "max-affected=0", ""},
        {"max-affected=9223372036854775807", "max-affected=9223372036854775807", ""},
        {"Return=MINIMAL", "return=minimal", ""},
        {"return=\"minimal\"", "return=minimal", ""},
        {"return = minimal", "return=minimal", ""},
        {"return=minimal; foo=\"a, b\"; bar", "return=minimal", ""},
        {"wait=10, return=minimal", "return=minimal", ""},
        {",, return=minimal ,", "return=minimal", ""},
        {"timezone=Europe/Brussels", "timezone=Europe/Brussels", ""},
        {"timezone=UTC; x=1, count=exact", "count=exact, timezone=UTC", ""},
        {"TimeZone=\"Europe/Paris\"", "timezone=Europe/Paris", ""},
        {"timezone=<+0530>-5:30", "timezone=<+0530>-5:30", ""},
        {"timezone=a123456789b123456789c123456789d123456789e123456789f123456789123",
         "timezone=a123456789b123456789c123456789d123456789e123456789f123456789123", ""},
        {"handling=strict, max-affected=1, timezone=Etc/GMT+5", "handling=strict, timezone=Etc/GMT+5, max-affected=1",
         ""},
        /* the first one counts */
        {"timezone=UTC, timezone=Asia/Tokyo", "timezone=UTC", ""},
        {"return=minimal, return=representation", "return=minimal", ""},
        {"return=minimal, return=junk", "return=minimal", ""},
        {"return=junk, return=minimal", "", "return=junk"},
        {"max-affected=1, max-affected=2", "max-affected=1", ""},
        /* unknown and wrong ones */
        {"respond-async", "", "respond-async"},
        {"foo, bar=\"a, b\"", "", "foo, bar=\"a, b\""},
        {"return", "", "return"},
        {"return=", "", "return="},
        {"return=\"\"", "", "return=\"\""},
        {"return=min", "", "return=min"},
        {"return=minimally", "", "return=minimally"},
        {"returns=minimal", "", "returns=minimal"},
        {"return==minimal", "", "return==minimal"},
        {"=minimal", "", "=minimal"},
        {"return minimal", "", "return minimal"},
        {"return=minimal count=exact", "", "return=minimal count=exact"},
        {"return=\"minimal", "", "return=\"minimal"},
        {"return=minimal; =x", "", "return=minimal; =x"},
        {"count=return", "", "count=return"},
        {"return=exact", "", "return=exact"},
        {"max-affected", "", "max-affected"},
        {"max-affected=-1", "", "max-affected=-1"},
        {"max-affected=+1", "", "max-affected=+1"},
        {"max-affected=1.5", "", "max-affected=1.5"},
        {"max-affected=ten", "", "max-affected=ten"},
        {"max-affected=9223372036854775808", "", "max-affected=9223372036854775808"},
        {"wait=soon", "", "wait=soon"},
        {"timezone", "", "timezone"},
        {"timezone=", "", "timezone="},
        {"timezone=Europe Brussels", "", "timezone=Europe Brussels"},
        {"timezone=x' y", "", "timezone=x' y"},
        {"timezone=\"x", "", "timezone=\"x"},
        {"timezone=a123456789b123456789c123456789d123456789e123456789f1234567891234", "",
         "timezone=a123456789b123456789c123456789d123456789e123456789f1234567891234"},
        {"tx=abort, return=minimal", "return=minimal", "tx=abort"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct prefer prefer;
        prefer_parse(arena, slice_of(rows[i].field), &prefer);
        struct slice read = prefer_applied(arena, &prefer);
        cr_expect(slice_eq(read, slice_of(rows[i].read)), "%s read as %.*s", rows[i].field, SLICE_ARG(read));
        cr_expect(slice_eq(prefer.invalid, slice_of(rows[i].invalid)), "%s refused %.*s", rows[i].field,
                  SLICE_ARG(prefer.invalid));
        cr_expect_eq(slice_present(read), rows[i].read[0] != '\0', "%s", rows[i].field);
        cr_expect_eq(slice_present(prefer.invalid), rows[i].invalid[0] != '\0', "%s", rows[i].field);
    }
    struct prefer prefer;
    prefer_parse(arena, SLICE_ABSENT, &prefer);
    cr_expect_not(slice_present(prefer_applied(arena, &prefer)));
}

Test(prefer, each_value_has_its_own_name)
{
    struct prefer prefer;
    prefer_parse(arena,
                 SLICE("resolution=merge-duplicates, missing=default, return=headers-only, count=planned, tx=rollback, "
                       "handling=lenient, max-affected=5"),
                 &prefer);
    cr_expect_eq(prefer.resolution, RESOLUTION_MERGE);
    cr_expect_eq(prefer.missing, MISSING_DEFAULT);
    cr_expect_eq(prefer.returned, RETURN_HEADERS_ONLY);
    cr_expect_eq(prefer.count, COUNT_PLANNED);
    cr_expect_eq(prefer.tx, TX_ROLLBACK);
    cr_expect_eq(prefer.handling, HANDLING_LENIENT);
    cr_expect(prefer.has_max_affected && prefer.max_affected == 5);
}

Test(range, reads_both_ways_of_writing_it)
{
    static const struct {
        const char *range, *unit;
        enum range_result result;
        int64_t offset, limit; /* limit -1: none */
    } rows[] = {
        {"items=0-9", NULL, RANGE_FOUND, 0, 10},
        {"Items=10-19", NULL, RANGE_FOUND, 10, 10},
        {"0-9", NULL, RANGE_FOUND, 0, 10},
        {"0-9", "items", RANGE_FOUND, 0, 10},
        {"5-5", " Items ", RANGE_FOUND, 5, 1},
        {"10-", "items", RANGE_FOUND, 10, -1},
        {"items=10-", NULL, RANGE_FOUND, 10, -1},
        {"items= 1-2 ", NULL, RANGE_FOUND, 1, 2},
        {"items=0-9", "bytes", RANGE_FOUND, 0, 10},
        {"0-9223372036854775806", NULL, RANGE_FOUND, 0, INT64_MAX},
        {"0-9223372036854775807", NULL, RANGE_FOUND, 0, -1},
        {"0-99999999999999999999", NULL, RANGE_FOUND, 0, -1},
        {"99999999999999999999-", NULL, RANGE_FOUND, INT64_MAX, -1},
        {"9-0", NULL, RANGE_BAD, 0, 0},
        {"items=1-0", NULL, RANGE_BAD, 0, 0},
        {"99999999999999999999-0", NULL, RANGE_BAD, 0, 0},
        {"", NULL, RANGE_NONE, 0, 0},
        {"-", NULL, RANGE_NONE, 0, 0},
        {"-5", NULL, RANGE_NONE, 0, 0},
        {"items=-5", NULL, RANGE_NONE, 0, 0},
        {"5", NULL, RANGE_NONE, 0, 0},
        {"items=", NULL, RANGE_NONE, 0, 0},
        {"bytes=0-9", NULL, RANGE_NONE, 0, 0},
        {"bytes=0-9", "items", RANGE_NONE, 0, 0},
        {"0-9", "bytes", RANGE_NONE, 0, 0},
        {"0-9", "", RANGE_NONE, 0, 0},
        {"=0-9", NULL, RANGE_NONE, 0, 0},
        {"items=0-9,20-29", NULL, RANGE_NONE, 0, 0},
        {"0-9-10", NULL, RANGE_NONE, 0, 0},
        {"--1", NULL, RANGE_NONE, 0, 0},
        {"+1-2", NULL, RANGE_NONE, 0, 0},
        {"1 - 2", NULL, RANGE_NONE, 0, 0},
        {"a-b", NULL, RANGE_NONE, 0, 0},
        {"0x1-2", NULL, RANGE_NONE, 0, 0},
        {"items=items=0-1", NULL, RANGE_NONE, 0, 0},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row_range range;
        enum range_result got = range_parse(slice_of(rows[i].range), slice_of(rows[i].unit), &range);
        cr_expect_eq(got, rows[i].result, "%s, unit %s", rows[i].range, rows[i].unit);
        if (got != RANGE_FOUND)
            continue;
        cr_expect_eq(range.offset, rows[i].offset, "%s", rows[i].range);
        cr_expect_eq(range.has_limit ? range.limit : -1, rows[i].limit, "%s", rows[i].range);
    }
    struct row_range range;
    cr_expect_eq(range_parse(SLICE_ABSENT, SLICE("items"), &range), RANGE_NONE);
}

Test(range, content_range_says_what_was_sent_of_what)
{
    static const struct {
        int64_t offset, count, total;
        const char *text;
    } rows[] = {
        {0, 10, 100, "0-9/100"},   {0, 0, 0, "*/0"},
        {0, 10, -1, "0-9/*"},      {90, 10, 100, "90-99/100"},
        {5, 1, 6, "5-5/6"},        {0, 0, -1, "*/*"},
        {100, 0, 100, "*/100"},    {0, -1, 5, "*/5"},
        {INT64_MAX, 2, -1, "*/*"}, {INT64_MAX, 1, -1, "9223372036854775807-9223372036854775807/*"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct slice text = content_range(arena, rows[i].offset, rows[i].count, rows[i].total);
        cr_expect(slice_eq(text, slice_of(rows[i].text)), "%s: %.*s", rows[i].text, SLICE_ARG(text));
    }
}
