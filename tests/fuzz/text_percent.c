/* LAYER: base */
/* Percent decoding: what comes out is UTF-8 without NUL, and encoded it decodes to the same. The other strict readers
 * of text see the same bytes. */
#include "midair/base/text.h"

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
    struct slice s = slice_make((const char *)data, size), plain, again;
    if (text_percent_decode(arena, s, &plain)) {
        check(text_is_utf8(plain) && plain.len <= size && slice_find(plain, '\0') == plain.len);
        check(text_percent_decode(arena, text_percent_encode(arena, plain, "/"), &again) && slice_eq(again, plain));
    }
    int64_t number;
    if (text_i64(s, &number))
        check(size <= 20 || data[0] == '0' || data[1] == '0');
    arena_free(arena);
    return 0;
}
