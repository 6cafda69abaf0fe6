/* What civetweb is given to read: the same in whatever portions the bytes come. */
#include "../../../src/front/inflow.h"

#include "midair/base/slice.h"

#include <criterion/criterion.h>
#include <string.h>

#define GET "GET / HTTP/1.1\r\n"
#define CHUNKED "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct {
    const char *label, *bytes, *read; /* read NULL: the same */
} rows[] = {
    {"nothing to change", GET "A: b\r\n\r\n", NULL},
    {"tabs around a value", GET "A:\tb\t\r\n\r\n", GET "A: b \r\n\r\n"},
    {"tabs in a list", GET "A: b\t,\tc\r\n\r\n", GET "A: b , c\r\n\r\n"},
    {"a value of tabs", GET "A:\t\t\r\n\r\n", GET "A:  \r\n\r\n"},
    {"several fields", GET "A:\tb\r\nC:\td\r\n\r\n", GET "A: b\r\nC: d\r\n\r\n"},
    {"several requests", GET "\r\n" GET "A:\tb\r\n\r\n" GET "A:\tb\r\n\r\n",
     GET "\r\n" GET "A: b\r\n\r\n" GET "A: b\r\n\r\n"},
    {"an empty line first", "\r\n" GET "A:\tb\r\n\r\n", "\r\n" GET "A: b\r\n\r\n"},
    {"in the request line", "GET\t/\tHTTP/1.1\r\nA: b\r\n\r\n", NULL},
    {"at the start of a line", GET "A: b\r\n\tc: d\r\n\r\n", GET "A: b\r\n\tc: d\r\n\r\n"},
    {"before the colon", GET "A\t: b\r\n\r\n", NULL},
    {"in content", "PUT / HTTP/1.1\r\nContent-Length: 3\r\n\r\n\t:\t", NULL},
    {"in content that looks like fields",
     "PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nA: b\r\nA:\tb" GET "A:\tb\r\n\r\n",
     "PUT / HTTP/1.1\r\nContent-Length: 10\r\n\r\nA: b\r\nA:\tb" GET "A: b\r\n\r\n"},
    {"the length behind a tab", "PUT / HTTP/1.1\r\ncontent-length:\t2\t\r\n\r\n\t\t" GET "A:\tb\r\n\r\n",
     "PUT / HTTP/1.1\r\ncontent-length: 2 \r\n\r\n\t\t" GET "A: b\r\n\r\n"},
    {"no content", "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n" GET "A:\tb\r\n\r\n",
     "PUT / HTTP/1.1\r\nContent-Length: 0\r\n\r\n" GET "A: b\r\n\r\n"},
    {"after a repeated length", "PUT / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\nA:\tb\r\n\r\n", NULL},
    {"after a length that is none", "PUT / HTTP/1.1\r\nContent-Length: +1\r\nA:\tb\r\n\r\n", NULL},
    {"after a length beside chunks",
     "PUT / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\nA:\tb\r\n\r\n", NULL},
    {"after another coding", "PUT / HTTP/1.1\r\nTransfer-Encoding: gzip\r\nA:\tb\r\n\r\n1;a\r\n", NULL},
    {"white space behind the coding", "PUT / HTTP/1.1\r\ntransfer-encoding:\tCHUNKED \t\r\n\r\n1;a\r\n",
     "PUT / HTTP/1.1\r\ntransfer-encoding: CHUNKED\r\n\r\n1\r\n"},
    {"white space in the coding", "PUT / HTTP/1.1\r\nTransfer-Encoding: chun ked\r\n\r\n1;a\r\n", NULL},
    {"more behind the coding", "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked , x\r\n\r\n1;a\r\n",
     "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\n\r\n1;a\r\n"},
    {"chunks", CHUNKED "3\r\na;\t\r\n0\r\n\r\n", NULL},
    {"an extension", CHUNKED "3;a=b\r\na;\t\r\n0\r\n\r\n", CHUNKED "3\r\na;\t\r\n0\r\n\r\n"},
    {"extensions everywhere", CHUNKED "3 ; a;b=\"c;d\"\r\nabc\r\n1;x\r\nd\r\n0\t;\ty\r\n\r\n" GET "A:\tb\r\n\r\n",
     CHUNKED "3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n" GET "A: b\r\n\r\n"},
    {"a space without an extension", CHUNKED "3 \r\nabc\r\n0\r\n\r\n", CHUNKED "3!\nabc\r\n0\r\n\r\n"},
    {"a control character in an extension", CHUNKED "3;\x01\r\nabc\r\n", CHUNKED "3!\r\nabc\r\n"},
    {"an extension that ends with LF", CHUNKED "3;a\nabc\r\n", CHUNKED "3!abc\r\n"},
    {"a size that is none", CHUNKED "x;a\r\nabc\r\n", CHUNKED "!;a\r\nabc\r\n"},
    {"trailer fields", CHUNKED "0\r\nA:\tb\r\n\r\n" GET "A:\tb\r\n\r\n", NULL},
};

Test(inflow, is_the_same_in_all_portions)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        size_t len = strlen(rows[i].bytes);
        struct slice wanted = slice_of(rows[i].read ? rows[i].read : rows[i].bytes);
        for (size_t step = 1; step <= len; step++) {
            char bytes[256], read[256];
            size_t got = 0;
            memcpy(bytes, rows[i].bytes, len);
            inflow_open();
            for (size_t at = 0; at < len; at += step) {
                size_t left = inflow_filter(bytes + at, len - at < step ? len - at : step);
                memcpy(read + got, bytes + at, left);
                got += left;
            }
            inflow_pause();
            cr_expect(slice_eq(slice_make(read, got), wanted), "%s, by %zu: %.*s", rows[i].label, step, (int)got, read);
        }
    }
}

Test(inflow, bounds_extensions)
{
    char extension[5000];
    inflow_open();
    char head[] = CHUNKED "1;";
    inflow_filter(head, sizeof(head) - 1);
    memset(extension, 'x', sizeof(extension));
    size_t left = inflow_filter(extension, sizeof(extension));
    inflow_pause();
    cr_expect_eq(left, sizeof(extension) - 4096);
    cr_expect_eq(extension[0], '!');
}
