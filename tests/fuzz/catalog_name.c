/* LAYER: catalog */
/* Names of relations as people write them, and keys in any spelling: what is quoted reads back, what is canonical stays
 * as it is. */
#include "midair/catalog/canon.h"
#include "midair/catalog/name.h"

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
    struct slice text = slice_make((const char *)data, size);
    struct name name, again;
    if (name_parse(arena, text, &name)) {
        check(name.table.exact.len > 0);
        struct slice quoted = name_quote(arena, name.table.exact);
        check(name_parse(arena, quoted, &again) && slice_eq(again.table.exact, name.table.exact));
    }
    for (int canon = CANON_NONE; canon <= CANON_BOOL; canon++) {
        struct column column = {.canon = (enum type_canon)canon};
        struct slice once, twice;
        if (catalog_canon(arena, &column, text, &once))
            check(catalog_canon(arena, &column, once, &twice) && slice_eq(once, twice));
    }
    arena_free(arena);
    return 0;
}
