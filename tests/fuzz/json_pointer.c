/* LAYER: json */
/* A pointer and a document, parted by a NUL byte. */
#include "../../src/json/pointer.h"

#include "midair/base/buf.h"
#include "midair/json/gate.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

/* The tokens, encoded again as RFC 6901 3 says, are the pointer. */
static void check_text(struct arena *arena, const struct json_pointer *pointer)
{
    struct buf buf = buf_new(arena, 64);
    for (size_t i = 0; i < pointer->count; i++) {
        buf_byte(&buf, '/');
        for (size_t k = 0; k < pointer->tokens[i].len; k++) {
            char c = pointer->tokens[i].at[k];
            buf_put(&buf, c == '~' ? SLICE("~0") : c == '/' ? SLICE("~1") : slice_make(&c, 1));
        }
    }
    require(slice_eq(buf_slice(&buf), pointer->text));
}

/* The value that the pointer names, or NULL. */
static const struct json *find(const struct json *root, const struct json_pointer *pointer)
{
    for (size_t i = 0; root && i < pointer->count; i++)
        root = json_pointer_step(root, pointer->tokens[i]);
    return root;
}

static void check_prefix(const struct json *root, const struct json_pointer *pointer)
{
    struct json_pointer parent = *pointer;
    if (pointer->count == 0)
        return;
    parent.count--;
    require(json_pointer_contains(&parent, pointer) && !json_pointer_contains(pointer, &parent));
    if (find(root, pointer))
        require(find(root, &parent) != NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice first, second;
    struct json root;
    struct json_pointer pointer;
    slice_cut(slice_make((const char *)data, size), '\0', &first, &second);
    if (json_pointer_parse(arena, first, 0, &pointer) == NULL) {
        check_text(arena, &pointer);
        if (json_parse(arena, second, (struct json_limits){.depth = 64}, &root) == NULL)
            check_prefix(&root, &pointer);
    }
    arena_free(arena);
    return 0;
}
