#include "midair/base/log.h"
#include "midair/base/clock.h"
#include "midair/base/err.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static int ends[2];

static int64_t noon(void)
{
    return 1763721280123456;
}

static void setup(void)
{
    cr_assert_eq(pipe2(ends, O_NONBLOCK), 0);
    log_set_fd(ends[1]);
    log_set_level(LOG_INFO);
    clock_fake(NULL, noon);
}

static void teardown(void)
{
    log_set_fd(2);
    clock_fake(NULL, NULL);
    close(ends[0]);
    close(ends[1]);
}

TestSuite(log, .init = setup, .fini = teardown);

/* What came out since the last call. */
static const char *written(void)
{
    static char text[8192];
    ssize_t n = read(ends[0], text, sizeof(text) - 1);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

#define STAMP "ts=2025-11-21T10:34:40.123456Z "

Test(log, a_line_is_an_event_and_pairs)
{
    struct log_line line;
    log_begin(&line, LOG_WARN, "request");
    log_z(&line, "method", "GET");
    log_int(&line, "status", -1);
    log_ms(&line, "took", 1234567);
    log_end(&line);
    cr_expect_str_eq(written(), STAMP "level=warn event=request method=GET status=-1 took=1234.567\n");
}

Test(log, no_value_breaks_out_of_its_line)
{
    static const struct {
        const char *label, *value, *out;
    } rows[] = {
        {"plain", "a-b/c", "k=a-b/c\n"},
        {"empty", "", "k=\"\"\n"},
        {"space", "a b", "k=\"a b\"\n"},
        {"newline", "a\nlevel=fatal", "k=\"a\\x0alevel=fatal\"\n"},
        {"return", "a\rb", "k=\"a\\x0db\"\n"},
        {"quote", "a\"b", "k=\"a\\\"b\"\n"},
        {"backslash", "a\\", "k=\"a\\\\\"\n"},
        {"equals", "a=b", "k=\"a=b\"\n"},
        {"escape sequence", "\x1b[2J", "k=\"\\x1b[2J\"\n"},
        {"DEL", "\x7f", "k=\"\\x7f\"\n"},
        {"UTF-8", "\xC3\xA9", "k=\"\xC3\xA9\"\n"},
        {"not UTF-8", "\xE9!", "k=\"\\xe9!\"\n"},
        {"C1 control", "\xC2\x9B", "k=\"\\xc2\\x9b\"\n"},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct log_line line;
        log_begin(&line, LOG_INFO, "e");
        log_z(&line, "k", rows[i].value);
        log_end(&line);
        cr_expect_str_eq(strstr(written(), "k="), rows[i].out, "%s", rows[i].label);
    }
    struct log_line line;
    log_begin(&line, LOG_INFO, "e");
    log_str(&line, "k", slice_make("\0", 1));
    log_end(&line);
    cr_expect_str_eq(strstr(written(), "k="), "k=\"\\x00\"\n");
}

Test(log, what_does_not_fit_is_cut_and_marked)
{
    static char plain[5000], spaced[5000];
    memset(plain, 'x', sizeof(plain));
    memset(spaced, ' ', sizeof(spaced));
    for (size_t len = 1900; len < 2100; len++) {
        struct log_line line;
        log_begin(&line, LOG_INFO, "e");
        log_str(&line, "k", slice_make(len % 2 ? plain : spaced, len));
        log_z(&line, "last", "a b");
        log_end(&line);
        const char *text = written();
        size_t end = strlen(text);
        cr_assert(end <= sizeof(line.text) && text[end - 1] == '\n', "length %zu", len);
        cr_assert_null(memchr(text, '\n', end - 1));
        bool marked = strcmp(text + end - 10, "cut=true\n") == 0 || strstr(text, " cut=true\n");
        bool whole = strstr(text, " last=\"a b\"\n") != NULL;
        cr_assert_neq(marked, whole, "length %zu", len);
        size_t quotes = 0;
        for (size_t i = 0; i < end; i++)
            quotes += text[i] == '"';
        cr_assert_eq(quotes % 2, 0, "length %zu: %s", len, text + end - 30);
    }
}

Test(log, levels_below_the_lowest_are_dropped)
{
    log_message(LOG_DEBUG, "e", "x");
    cr_expect_str_eq(written(), "");
    cr_expect_not(log_enabled(LOG_DEBUG));
    log_set_level(LOG_DEBUG);
    log_message(LOG_DEBUG, "e", "%d of %d", 1, 2);
    cr_expect_str_eq(written(), STAMP "level=debug event=e msg=\"1 of 2\"\n");
    log_set_level(LOG_FATAL);
    log_message(LOG_ERROR, "e", "x");
    cr_expect_str_eq(written(), "");
}

Test(log, milliseconds_of_less_than_one_and_below_zero)
{
    static const struct {
        int64_t us;
        const char *text;
    } rows[] = {{0, "k=0.000\n"},
                {1, "k=0.001\n"},
                {-1, "k=-0.001\n"},
                {-1500, "k=-1.500\n"},
                {INT64_MIN, "k=-9223372036854775.808\n"}};
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct log_line line;
        log_begin(&line, LOG_INFO, "e");
        log_ms(&line, "k", rows[i].us);
        log_end(&line);
        cr_expect_str_eq(strstr(written(), "k="), rows[i].text);
    }
}

static int64_t now_us;

static int64_t fixed_now(void)
{
    return now_us;
}

Test(clock, what_is_left_is_rounded_up_and_never_negative)
{
    static const struct {
        const char *label;
        int64_t now, deadline;
        int left;
    } rows[] = {
        {"none", 5, CLOCK_NEVER, -1},
        {"now", 5, 5, 0},
        {"over", 5, 4, 0},
        {"long over", INT64_MAX - 1, INT64_MIN, 0},
        {"one microsecond", 5, 6, 1},
        {"a millisecond", 5, 1005, 1},
        {"a little more", 5, 1006, 2},
        {"too much for an int", 0, INT64_MAX - 1, INT_MAX},
    };
    clock_fake(fixed_now, NULL);
    for (size_t i = 0; i < COUNT(rows); i++) {
        now_us = rows[i].now;
        cr_expect_eq(clock_left_ms(rows[i].deadline), rows[i].left, "%s", rows[i].label);
    }
    clock_fake(NULL, NULL);
}

Test(clock, real_clocks_move_forward)
{
    int64_t before = clock_now_us();
    cr_expect_geq(clock_now_us(), before);
    cr_expect_gt(clock_wall_us(), 1700000000000000);
}

Test(err, every_kind_has_a_name_of_its_own)
{
    for (unsigned kind = 0; kind < ERR_KINDS; kind++) {
        cr_expect_gt(strlen(err_name((enum err_kind)kind)), 2);
        for (unsigned other = 0; other < kind; other++)
            cr_expect_str_neq(err_name((enum err_kind)kind), err_name((enum err_kind)other));
    }
}

static struct err *fails(struct arena *arena, bool wanted)
{
    TRY(wanted ? err_at(arena, ERR_BAD_FIELD, 17, "byte %d", 17) : NULL);
    return NULL;
}

Test(err, an_error_keeps_what_the_client_may_know_apart_from_the_note)
{
    struct arena *arena = arena_new(0);
    cr_expect_null(fails(arena, false));
    struct err *err = fails(arena, true);
    cr_assert_not_null(err);
    cr_expect_eq(err->kind, ERR_BAD_FIELD);
    cr_expect_eq(err->position, 17);
    cr_expect(slice_eq(err->detail, SLICE("byte 17")));
    cr_expect_not(slice_present(err->hint) || slice_present(err->note) || slice_present(err->code));
    cr_expect_eq(err_hint(arena, err, "do %s", "this"), err);
    cr_expect_eq(err_note(arena, err, "%s", "secret"), err);
    cr_expect(slice_eq(err->hint, SLICE("do this")) && slice_eq(err->note, SLICE("secret")));
    cr_expect_eq(err_new(arena, ERR_INTERNAL, "%s", "%s")->position, -1);
    arena_free(arena);
}

Test(log, drops_lines_that_nobody_takes_and_says_so_later)
{
    uint64_t before = log_dropped();
    fcntl(ends[1], F_SETPIPE_SZ, 4096);
    for (int i = 0; i < 1000; i++)
        log_message(LOG_INFO, "filling", "%d", i);
    uint64_t missed = log_dropped() - before;
    cr_assert(missed > 0 && missed < 1000);
    written();
    log_message(LOG_INFO, "next", "x");
    char wanted[128];
    snprintf(wanted, sizeof(wanted), STAMP "level=warn event=log_lines_dropped count=%llu\n",
             (unsigned long long)missed);
    const char *text = written();
    cr_expect_eq(strncmp(text, wanted, strlen(wanted)), 0, "%s", text);
    cr_expect_not_null(strstr(text, "event=next msg=x\n"));
    cr_expect_eq(log_dropped() - before, missed);
}
