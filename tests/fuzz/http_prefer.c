/* LAYER: http */
/* Prefer: what was read, written as Preference-Applied, reads as the same. Ranges of rows come from the same bytes. */
#include "midair/http/prefer.h"
#include "midair/http/range.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice field = slice_make((const char *)data, size);
    struct prefer prefer, again;
    prefer_parse(arena, field, &prefer);
    struct slice applied = prefer_applied(arena, &prefer);
    prefer_parse(arena, applied, &again);
    check(!slice_present(again.invalid));
    check(slice_eq(prefer_applied(arena, &again), applied));

    struct row_range range;
    if (range_parse(field, SLICE_ABSENT, &range) == RANGE_FOUND)
        check(range.offset >= 0 && (range.has_limit ? range.limit > 0 : range.limit == 0));
    arena_free(arena);
    return 0;
}
