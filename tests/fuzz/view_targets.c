/* LAYER: catalog */
/* Trees of nodes as PostgreSQL prints them, whole or broken: nothing is read beyond them, and no entry comes from
 * nowhere. */
#include "../../src/catalog/view_targets.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice open = {"({QUERY :targetList (", 21};
    struct arena *arena = arena_new(0);
    size_t count;
    struct view_target *targets = view_targets(arena, slice_make((const char *)data, size), &count);
    if (count > size || (count && !targets))
        abort();
    struct slice inside = arena_printf(arena, "%.*s%.*s", SLICE_ARG(open), (int)size, (const char *)data);
    view_targets(arena, arena_copy(arena, inside), &count);
    if (count > size)
        abort();
    arena_free(arena);
    return 0;
}
