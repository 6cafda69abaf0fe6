/* Where a head ends, what is none, and chunks: the same in whatever portions the bytes come. */
#include "../../../src/front/reader.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))
#define REQUEST "GET /a HTTP/1.1\r\n"

static const struct {
    const char *label, *bytes;
    enum scan_end end;
    size_t size; /* of a whole head */
} heads[] = {
    {"nothing", "", SCAN_MORE, 0},
    {"a request line", REQUEST, SCAN_MORE, 0},
    {"no field", REQUEST "\r\n", SCAN_WHOLE, 19},
    {"a field", REQUEST "A: b\r\n\r\n", SCAN_WHOLE, 25},
    {"a second request behind it", REQUEST "\r\n" REQUEST, SCAN_WHOLE, 19},
    {"an empty line before it", "\r\n" REQUEST "\r\n", SCAN_WHOLE, 21},
    {"an empty line alone", "\r\n", SCAN_MORE, 0},
    {"CR without its LF", REQUEST "\r", SCAN_MORE, 0},
    {"two empty lines before it", "\r\n\r\n" REQUEST, SCAN_MALFORMED, 0},
    {"LF alone", "\n", SCAN_MALFORMED, 0},
    {"LF before it", "\n" REQUEST "\r\n", SCAN_MALFORMED, 0},
    {"LF after the request line", "GET /a HTTP/1.1\n\r\n", SCAN_MALFORMED, 0},
    {"LF as the empty line", REQUEST "\n", SCAN_MALFORMED, 0},
    {"LF after a field", REQUEST "A: b\n\r\n", SCAN_MALFORMED, 0},
    {"no request", "nonsense\r\n\r\n", SCAN_WHOLE, 12}, /* head_cut() refuses it */
};

/* Scans in portions of `step` bytes. */
static enum scan_end scan(const char *bytes, size_t step, struct head_scan *scan)
{
    enum scan_end end = SCAN_MORE;
    size_t size = strlen(bytes);
    *scan = (struct head_scan){0};
    for (size_t have = 0; have < size && end == SCAN_MORE;) {
        have = have + step < size ? have + step : size;
        end = head_scan(scan, bytes, have);
    }
    return end;
}

Test(reader, finds_the_end_of_a_head)
{
    for (size_t i = 0; i < COUNT(heads); i++) {
        for (size_t step = 1; step <= 32; step++) {
            struct head_scan found;
            cr_expect_eq(scan(heads[i].bytes, step, &found), heads[i].end, "%s, %zu", heads[i].label, step);
            if (heads[i].end == SCAN_WHOLE)
                cr_expect_eq(found.at, heads[i].size, "%s, %zu: %zu", heads[i].label, step, found.at);
        }
    }
}

static const struct {
    const char *label, *bytes;
    bool good;
} cuts[] = {
    {"plain", REQUEST "A: b\r\n\r\n", true},
    {"no field", REQUEST "\r\n", true},
    {"an empty line before it", "\r\n" REQUEST "\r\n", true},
    {"a query", "GET /a?b?c HTTP/1.1\r\n\r\n", true},
    {"an empty value", REQUEST "A:\r\n\r\n", true},
    {"a tab in a value", REQUEST "A: b\tc\r\n\r\n", true},
    {"bytes outside ASCII in a value", REQUEST "A: \xe9\r\n\r\n", true},
    {"a version of another kind", "GET /a HTTP/2.0\r\n\r\n", true}, /* head_other_version() knows */
    {"no target", "GET HTTP/1.1\r\n\r\n", false},
    {"no version", "GET /a\r\n\r\n", false},
    {"another protocol", "GET /a FTP/1.1\r\n\r\n", false},
    {"small letters", "GET /a http/1.1\r\n\r\n", false},
    {"two spaces", "GET  /a HTTP/1.1\r\n\r\n", false},
    {"two spaces before the version", "GET /a  HTTP/1.1\r\n\r\n", false},
    {"a space behind the version", "GET /a HTTP/1.1 \r\n\r\n", false},
    {"a space before the method", " GET /a HTTP/1.1\r\n\r\n", false},
    {"a tab before the method", "\tGET /a HTTP/1.1\r\n\r\n", false},
    {"a form feed before the method", "\fGET /a HTTP/1.1\r\n\r\n", false},
    {"CR in the request line", "GET /a\r HTTP/1.1\r\n\r\n", false},
    {"CR in a value", REQUEST "A: b\rc\r\n\r\n", false},
    {"CR before a name", REQUEST "\rA: b\r\n\r\n", false},
    {"no colon", REQUEST "A b\r\n\r\n", false},
    {"no name", REQUEST ": b\r\n\r\n", false},
    {"an escape in a value", REQUEST "A: \x1b\r\n\r\n", false},
    {"a delete in a value", REQUEST "A: \x7f\r\n\r\n", false},
};

Test(reader, cuts_what_is_a_head_and_nothing_else)
{
    for (size_t i = 0; i < COUNT(cuts); i++) {
        char bytes[256];
        struct head_scan found;
        struct head_raw raw;
        snprintf(bytes, sizeof(bytes), "%s", cuts[i].bytes);
        cr_assert_eq(scan(bytes, 256, &found), SCAN_WHOLE, "%s", cuts[i].label);
        cr_expect_eq(head_cut(bytes, &found, &raw), cuts[i].good, "%s", cuts[i].label);
    }
}

Test(reader, a_nul_is_never_part_of_a_head)
{
    static const char whole[] = REQUEST "A: b\r\n\r\n";
    for (size_t at = 0; at < sizeof(whole) - 1; at++) {
        char bytes[sizeof(whole)];
        struct head_scan found = {0};
        struct head_raw raw;
        memcpy(bytes, whole, sizeof(whole));
        bytes[at] = '\0';
        bool good = head_scan(&found, bytes, sizeof(whole) - 1) == SCAN_WHOLE && head_cut(bytes, &found, &raw);
        cr_expect_not(good, "at %zu", at);
    }
}

/* What was cut lies as head_read() expects it: with nothing lost between the pieces. */
Test(reader, what_was_cut_can_be_read)
{
    static const char *const requests[] = {
        REQUEST "Host: x\r\n\r\n",
        "\r\nPUT /a?b HTTP/1.1\r\nHost:  x \r\nIf-Match: \"1\"\r\nEmpty:\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
    };
    for (size_t i = 0; i < COUNT(requests); i++) {
        struct arena *arena = arena_new(0);
        char bytes[256];
        struct head_scan found;
        struct head_raw raw;
        struct http_request in = {0};
        struct head_framing framing = {0};
        struct head_limits limits = {1000, 1000};
        snprintf(bytes, sizeof(bytes), "%s", requests[i]);
        cr_assert_eq(scan(bytes, 7, &found), SCAN_WHOLE);
        cr_assert(head_cut(bytes, &found, &raw));
        struct err *err = head_read(arena, &raw, &limits, &in, &framing);
        cr_assert_null(err, "%s", requests[i]);
        cr_assert_eq(framing.head_bytes, found.at - found.begin);
        arena_free(arena);
    }
}

static const struct {
    const char *label, *bytes, *content;
    enum chunk_state state;
    size_t left; /* bytes that are not used */
} chunk_rows[] = {
    {"one", "5\r\nhello\r\n0\r\n\r\n", "hello", CHUNK_DONE, 0},
    {"three", "1\r\na\r\n2\r\nbc\r\nA\r\n0123456789\r\n000\r\n\r\n", "abc0123456789", CHUNK_DONE, 0},
    {"none", "0\r\n\r\n", "", CHUNK_DONE, 0},
    {"a request behind them", "1\r\na\r\n0\r\n\r\nGET", "a", CHUNK_DONE, 3},
    {"content that looks like a chunk", "5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n", CHUNK_DONE, 0},
    {"leading zeros", "0000005\r\nhello\r\n0\r\n\r\n", "hello", CHUNK_DONE, 0},
    {"not complete", "5\r\nhel", "hel", CHUNK_DATA, 0},
    {"trailer fields", "1\r\na\r\n0\r\nX: y\r\n\r\n", "a", CHUNK_TRAILER, 7},
    {"an extension", "1;a=b\r\na\r\n0\r\n\r\n", "a", CHUNK_DONE, 0},
    {"an extension of the last one", "1\r\na\r\n0;a\r\n\r\n", "a", CHUNK_DONE, 0},
    {"an extension in quotes", "1;a=\";\t0\"\r\na\r\n0\r\n\r\n", "a", CHUNK_DONE, 0},
    {"white space around extensions", "1\t ; a ; b = c \r\na\r\n0\r\n\r\n", "a", CHUNK_DONE, 0},
    {"an extension that ends with LF", "1;a\na\r\n", "", CHUNK_BROKEN, 3},
    {"CR in an extension", "1;a\rb\r\na\r\n", "", CHUNK_BROKEN, 5},
    {"a control character in an extension", "1;\x01\r\na\r\n", "", CHUNK_BROKEN, 5},
    {"a character behind white space", "1 x\r\na\r\n", "", CHUNK_BROKEN, 5},
    {"an extension of no size", ";a\r\na\r\n", "", CHUNK_BROKEN, 6},
    {"no digits", "\r\na\r\n0\r\n\r\n", "", CHUNK_BROKEN, 9},
    {"no number", "x\r\n", "", CHUNK_BROKEN, 2},
    {"a sign", "+1\r\na\r\n0\r\n\r\n", "", CHUNK_BROKEN, 11},
    {"0x", "0x1\r\na\r\n", "", CHUNK_BROKEN, 6},
    {"a space", " 1\r\na\r\n", "", CHUNK_BROKEN, 6},
    {"a space behind", "1 \r\na\r\n", "", CHUNK_BROKEN, 4},
    {"bare LF", "1\na\n0\n\n", "", CHUNK_BROKEN, 5},
    {"CR CR", "1\r\ra", "", CHUNK_BROKEN, 1},
    {"too much content", "1\r\nab\r\n", "a", CHUNK_BROKEN, 2},
    {"no CR LF behind the content", "1\r\na0\r\n\r\n", "a", CHUNK_BROKEN, 4},
    {"16 digits", "0000000000000001\r\na\r\n", "", CHUNK_BROKEN, 5},
    {"CR without LF at the end", "0\r\n\rX", "", CHUNK_BROKEN, 0},
};

Test(reader, takes_content_out_of_chunks)
{
    for (size_t i = 0; i < COUNT(chunk_rows); i++) {
        struct slice all = slice_of(chunk_rows[i].bytes);
        for (size_t step = 1; step <= 16; step++) {
            for (size_t room = 1; room <= 16; room += 5) {
                struct chunks chunks = {0};
                char content[64] = "";
                size_t got = 0, at = 0;
                while (at < all.len && chunks.state < CHUNK_DONE) {
                    size_t used, most = all.len - at < step ? all.len - at : step;
                    got += chunks_take(&chunks, slice_make(all.at + at, most), &used, content + got, room);
                    at += used;
                }
                const char *label = chunk_rows[i].label;
                cr_expect_eq(chunks.state, chunk_rows[i].state, "%s: %d", label, (int)chunks.state);
                cr_expect(slice_eq(slice_make(content, got), slice_of(chunk_rows[i].content)), "%s: %s", label,
                          content);
                cr_expect_eq(all.len - at, chunk_rows[i].left, "%s: %zu", label, all.len - at);
            }
        }
    }
}
