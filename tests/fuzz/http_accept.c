/* LAYER: http */
/* Accept and Accept-Encoding: the answer is one of the offers or none. */
#include "midair/http/negotiate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct slice offers[] = {
        {"application/json", 16}, {"text/csv", 8}, {"application/vnd.pgrst.object+json;nulls=stripped", 48}};
    struct arena *arena = arena_new(0);
    struct slice field = slice_make((const char *)data, size);
    int index = accept_choose(arena, field, offers, 3);
    if (index < -1 || index > 2)
        abort();
    struct codings codings = accept_codings(arena, field);
    if (size == 0 && (codings.gzip || !codings.identity))
        abort();
    arena_free(arena);
    return 0;
}
