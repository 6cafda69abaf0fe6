/* LAYER: auth */
/* The parts of a verified token: claims of any form, and keys and paths that an administrator wrote. */
#include "../../src/auth/claim_path.h"
#include "../../src/auth/key.h"
#include "../../src/auth/token.h"
#include "midair/json/gate.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first line is a path, the rest claims or keys. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct json_limits limits = {.depth = 32, .nodes = 1000};
    struct arena *arena = arena_new(0);
    struct slice line, rest = SLICE_ABSENT;
    struct claim_path path;
    struct json claims;
    struct token_times times;
    struct keys keys;
    slice_cut(slice_make((const char *)data, size), '\n', &line, &rest);
    bool parsed = claim_path_parse(arena, line, &path);
    if (!json_parse(arena, rest, limits, &claims)) {
        if (parsed)
            (void)claim_path_follow(&path, &claims);
        struct err *err = token_times_read(arena, &claims, &times);
        err = err ? err : token_times_check(arena, &times, 1800000000, 30);
        err = err ? err : token_audience_check(arena, &claims, SLICE("a"));
        (void)err;
    }
    (void)keys_read(arena, rest, size % 2, &keys);
    keys_free(&keys);
    arena_free(arena);
    return 0;
}
