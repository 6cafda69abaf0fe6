/* Key texts in any spelling, and the one that PostgreSQL prints. */
#include "midair/catalog/canon.h"

#include <criterion/criterion.h>

struct canon_row {
    enum type_canon canon;
    const char *in;
    const char *out; /* NULL: it cannot be a value of the type */
};

#define UUID "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"

static const struct canon_row rows[] = {
    {CANON_INT4, "17", "17"},
    {CANON_INT4, "0017", "17"},
    {CANON_INT4, "-0", "0"},
    {CANON_INT4, "-017", "-17"},
    {CANON_INT4, "2147483647", "2147483647"},
    {CANON_INT4, "-2147483648", "-2147483648"},
    {CANON_INT4, "2147483648", NULL},
    {CANON_INT4, "-2147483649", NULL},
    {CANON_INT4, "", NULL},
    {CANON_INT4, "-", NULL},
    {CANON_INT4, "+1", NULL},
    {CANON_INT4, "--1", NULL},
    {CANON_INT4, " 1", NULL},
    {CANON_INT4, "1 ", NULL},
    {CANON_INT4, "1e3", NULL},
    {CANON_INT4, "0x10", NULL},
    {CANON_INT4, "1.0", NULL},
    {CANON_INT4, "1_000", NULL},
    {CANON_INT4, "\xd9\xa1", NULL}, /* a digit, but not an ASCII one */
    {CANON_INT2, "32767", "32767"},
    {CANON_INT2, "32768", NULL},
    {CANON_INT2, "-32769", NULL},
    {CANON_INT8, "9223372036854775807", "9223372036854775807"},
    {CANON_INT8, "-9223372036854775808", "-9223372036854775808"},
    {CANON_INT8, "9223372036854775808", NULL},
    {CANON_INT8, "00000000000000000000000000000000000001", "1"},
    {CANON_INT8, "99999999999999999999999999999999999999", NULL},
    {CANON_UUID, UUID, UUID},
    {CANON_UUID, "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", UUID},
    {CANON_UUID, "{" UUID "}", UUID},
    {CANON_UUID, "a0eebc999c0b4ef8bb6d6bb9bd380a11", UUID},
    {CANON_UUID, "a0ee-bc99-9c0b-4ef8-bb6d-6bb9-bd38-0a11", UUID},
    {CANON_UUID, "{a0eebc99-9c0b4ef8-bb6d6bb9-bd380a11}", UUID},
    {CANON_UUID, "", NULL},
    {CANON_UUID, "{}", NULL},
    {CANON_UUID, "{" UUID, NULL},
    {CANON_UUID, UUID "}", NULL},
    {CANON_UUID, UUID "-", NULL},
    {CANON_UUID, "-" UUID, NULL},
    {CANON_UUID, UUID "0", NULL},
    {CANON_UUID, "a0-eebc999c0b4ef8bb6d6bb9bd380a11", NULL},
    {CANON_UUID, "a0ee--bc999c0b4ef8bb6d6bb9bd380a11", NULL},
    {CANON_UUID, "a0eebc999c0b4ef8bb6d6bb9bd380a1", NULL},
    {CANON_UUID, "g0eebc999c0b4ef8bb6d6bb9bd380a11", NULL},
    {CANON_BOOL, "true", "t"},
    {CANON_BOOL, "TRU", "t"},
    {CANON_BOOL, "1", "t"},
    {CANON_BOOL, "on", "t"},
    {CANON_BOOL, "y", "t"},
    {CANON_BOOL, "f", "f"},
    {CANON_BOOL, "of", "f"},
    {CANON_BOOL, "NO", "f"},
    {CANON_BOOL, "0", "f"},
    {CANON_BOOL, "o", NULL},
    {CANON_BOOL, "", NULL},
    {CANON_BOOL, "2", NULL},
    {CANON_BOOL, "truee", NULL},
    {CANON_BOOL, "00", NULL},
    {CANON_TEXT, "", ""},
    {CANON_TEXT, " 007 ", " 007 "},
    {CANON_TEXT, "caf\xc3\xa9", "caf\xc3\xa9"},
    {CANON_TEXT, "\xff", NULL},
    {CANON_NONE, "01.50", "01.50"},
    {CANON_NONE, "\xc0\xaf", NULL},
};

Test(canon, spellings_become_the_one_that_postgresql_prints)
{
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct column column = {.canon = rows[i].canon};
        struct slice out = SLICE_ABSENT;
        bool good = catalog_canon(arena, &column, slice_of(rows[i].in), &out);
        cr_expect_eq(good, rows[i].out != NULL, "canon %d of '%s'", rows[i].canon, rows[i].in);
        if (good && rows[i].out)
            cr_expect(slice_eq(out, slice_of(rows[i].out)), "canon %d of '%s' is '%.*s'", rows[i].canon, rows[i].in,
                      SLICE_ARG(out));
    }
    arena_free(arena);
}

Test(canon, a_nul_or_nothing_is_no_value_of_any_type)
{
    struct arena *arena = arena_new(0);
    for (int canon = CANON_NONE; canon <= CANON_BOOL; canon++) {
        struct column column = {.canon = (enum type_canon)canon};
        struct slice out;
        cr_expect_not(catalog_canon(arena, &column, slice_make("1\0", 2), &out));
        cr_expect_not(catalog_canon(arena, &column, SLICE_ABSENT, &out));
    }
    arena_free(arena);
}
