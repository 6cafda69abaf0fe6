/* LAYER: http */
/* Content-Type: the essence is two tokens in lower case. */
#include "midair/http/field.h"
#include "midair/http/negotiate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct media_type type;
    if (media_type_parse(arena, slice_make((const char *)data, size), &type)) {
        struct slice head, tail;
        if (!slice_cut(type.essence, '/', &head, &tail) || !field_is_token(head) || !field_is_token(tail))
            abort();
        for (size_t i = 0; i < type.essence.len; i++)
            if (type.essence.at[i] >= 'A' && type.essence.at[i] <= 'Z')
                abort();
        if (!slice_present(type.charset) && !type.utf8)
            abort();
    }
    arena_free(arena);
    return 0;
}
