/* LAYER: http */
/* Lists, parameters, tokens and quoted strings: elements lie in the input one behind the other, and every reader takes
 * something or stops. */
#include "midair/http/field.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void read_params(struct arena *arena, struct slice rest)
{
    struct slice name, value;
    size_t before = rest.len;
    while (field_param(arena, &rest, &name, &value) == PARAM_FOUND) {
        int weight = 0;
        check(rest.len < before && field_is_token(name));
        check(!field_weight(value, &weight) || (weight >= 0 && weight <= 1000));
        before = rest.len;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice rest = slice_make((const char *)data, size), element, name, value;
    const char *end = rest.at;
    while (field_next(&rest, &element)) {
        check(element.len > 0 && element.at >= end && element.at + element.len <= (const char *)data + size);
        end = element.at + element.len;
        if (field_pair(arena, &element, &name, &value))
            read_params(arena, element);
    }
    check(rest.len == 0);
    read_params(arena, slice_make((const char *)data, size));
    arena_free(arena);
    return 0;
}
