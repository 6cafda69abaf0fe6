/* LAYER: json */
/* Target and patch, parted by a NUL byte. */
#include "midair/json/gate.h"
#include "midair/json/merge_patch.h"
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

/* No null is left of the patch in what it changed. */
static void check_result(const struct json *result, const struct json *patch)
{
    if (patch->kind != JSON_OBJECT) {
        require(json_equal(result, patch));
        return;
    }
    require(result->kind == JSON_OBJECT && json_duplicate(result) == result->count);
    for (size_t i = 0; i < patch->count; i++) {
        const struct json *member = json_member(result, patch->members[i].name);
        require((member != NULL) == (patch->members[i].value.kind != JSON_NULL));
        if (member)
            check_result(member, &patch->members[i].value);
    }
}

static void check(struct arena *arena, const struct json *target, const struct json *patch)
{
    struct json result = json_merge_patch(arena, target, patch);
    struct json again = json_merge_patch(arena, &result, patch);
    struct buf buf = buf_new(arena, 64);
    struct json back;
    check_result(&result, patch);
    require(json_equal(&result, &again));
    json_put_value(&buf, &result);
    require(json_parse(arena, buf_slice(&buf), (struct json_limits){0}, &back) == NULL && json_equal(&result, &back));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice first, second;
    struct json target, patch;
    slice_cut(slice_make((const char *)data, size), '\0', &first, &second);
    if (json_parse(arena, first, limits, &target) == NULL) {
        check(arena, NULL, &target);
        if (json_parse(arena, second, limits, &patch) == NULL)
            check(arena, &target, &patch);
    }
    arena_free(arena);
    return 0;
}
