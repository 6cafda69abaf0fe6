/* LAYER: json */
/* CSV and forms: what is read can be written as JSON, and the gate takes that. */
#include "midair/json/tabular.h"
#include "midair/json/write.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(struct arena *arena, const struct json *value)
{
    struct json_limits none = {0};
    struct buf buf = buf_new(arena, 64);
    struct json back;
    json_put_value(&buf, value);
    if (json_parse(arena, buf_slice(&buf), none, &back) || !json_equal(value, &back))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {.nodes = 10000, .bytes = 1 << 20};
    struct arena *arena = arena_new(0);
    struct slice text = slice_make((const char *)data, size);
    struct json value;
    if (!csv_parse(arena, text, limits, &value))
        check(arena, &value);
    if (!form_parse(arena, text, limits, &value))
        check(arena, &value);
    arena_free(arena);
    return 0;
}
