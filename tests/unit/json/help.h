/* What the tests of the json layer share. */
#ifndef TESTS_UNIT_JSON_HELP_H
#define TESTS_UNIT_JSON_HELP_H

#include "midair/base/err.h"
#include "midair/json/gate.h"
#include "midair/json/write.h"

#include <criterion/criterion.h>

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/* A slice of the literal that stops at its end under ASan, unlike the literal itself with its NUL. */
static inline struct slice exact(struct arena *arena, struct slice s)
{
    char *copy = arena_alloc(arena, s.len);
    if (s.len)
        memcpy(copy, s.at, s.len);
    return slice_make(copy, s.len);
}

static inline struct json parse_or_fail(struct arena *arena, struct slice text)
{
    struct json value = {0};
    struct err *err = json_parse(arena, exact(arena, text), (struct json_limits){0}, &value);
    cr_assert_null(err, "%.*s: %.*s", SLICE_ARG(text), SLICE_ARG(err ? err->detail : SLICE_ABSENT));
    return value;
}

static inline struct slice render(struct arena *arena, const struct json *value)
{
    struct buf buf = buf_new(arena, 64);
    json_put_value(&buf, value);
    return buf_slice(&buf);
}

#define EXPECT_TEXT(got, want, label)                                                                                  \
    cr_expect(slice_eq((got), (want)), "%s: got %.*s, want %.*s", (label), SLICE_ARG(got), SLICE_ARG(want))

#endif
