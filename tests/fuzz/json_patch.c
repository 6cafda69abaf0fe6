/* LAYER: json */
/* Target and JSON Patch, parted by a NUL byte. */
#include "midair/json/json_patch.h"
#include "midair/base/text.h"
#include "midair/json/write.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct json_limits limits = {.depth = 64, .nodes = 10000, .bytes = 1 << 20};

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct slice text_of(struct arena *arena, const struct json *value)
{
    struct buf buf = buf_new(arena, 64);
    json_put_value(&buf, value);
    return buf_slice(&buf);
}

static void check(struct arena *arena, const struct json *target, const struct json_patch *patch)
{
    struct slice before = text_of(arena, target);
    struct json result, back;
    struct json_patch_failure failure;
    struct err *err = json_patch_apply(arena, patch, target, limits, &result, &failure);
    require(slice_eq(before, text_of(arena, target)));
    if (err) {
        require(err->kind == ERR_UNPROCESSABLE && failure.index < patch->count && text_is_utf8(err->detail));
        return;
    }
    require(patch->count == 0 || (result.nodes <= limits.nodes && result.weight <= limits.bytes));
    require(json_parse(arena, text_of(arena, &result), (struct json_limits){.depth = limits.depth}, &back) == NULL);
    require(json_equal(&result, &back));
    require(result.nodes == back.nodes && result.weight == back.weight && result.height == back.height);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice first, second;
    struct json target, document;
    struct json_patch patch;
    slice_cut(slice_make((const char *)data, size), '\0', &first, &second);
    if (json_parse(arena, first, limits, &target) == NULL && json_parse(arena, second, limits, &document) == NULL) {
        struct err *err = json_patch_parse(arena, &document, &patch);
        if (err)
            require(err->kind == ERR_BAD_CONTENT && err->position <= (long)second.len && text_is_utf8(err->detail));
        else
            check(arena, &target, &patch);
    }
    arena_free(arena);
    return 0;
}
