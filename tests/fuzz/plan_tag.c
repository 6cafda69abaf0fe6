/* LAYER: plan */
/* Row tags: whatever reads as a state writes the very same text again, so no two spellings of a tag mean one state. */
#include "midair/plan/state.h"
#include "midair/plan/tree_digest.h"

#include "midair/base/text.h"

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
    struct slice opaque = slice_make((const char *)data, size), text;
    struct relation relation = {.schema = SLICE("public"), .name = SLICE("orders")};
    relation.key = (struct key){.columns = (int[]){0}, .column_count = 1};
    struct slice keys[] = {SLICE("17")};
    struct state state;
    if (state_read(arena, opaque, &state, &text)) {
        struct buf again = buf_new(arena, 64);
        state_write(&again, &relation, keys, &state);
        size_t stamps = text.len - DIGEST_HEX;
        check(again.len == text.len && slice_eq(slice_head(buf_slice(&again), stamps), slice_head(text, stamps)));
        check(state_belongs(arena, buf_slice(&again), &relation, keys));
        check(state_belongs(arena, text, &relation, keys) == slice_eq(text, buf_slice(&again)));
    }
    struct slice part = tree_digest_of_tag(opaque);
    struct tree_digest *steps;
    if (slice_present(part))
        check(!tree_digest_read(arena, &relation, part, &steps)); /* a relation without foreign keys reaches nothing */
    arena_free(arena);
    return 0;
}
