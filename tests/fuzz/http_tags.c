/* LAYER: http */
/* If-Match and If-None-Match: whatever parses shows only bytes of the field that may be in a tag, and quoted again it
 * reads as the same tags. */
#include "midair/base/buf.h"
#include "midair/http/etag.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void check_same(struct arena *arena, const struct tag_list *list)
{
    struct buf field = buf_new(arena, 0);
    for (size_t i = 0; i < list->count; i++) {
        struct slice opaque = list->tags[i].opaque;
        check(slice_find(opaque, '"') == opaque.len && slice_find(opaque, ' ') == opaque.len);
        if (list->tags[i].weak)
            BUF_LIT(&field, "W/");
        buf_put(&field, tag_quote(arena, opaque));
        BUF_LIT(&field, ",");
    }
    struct tag_list again;
    check(tag_list_parse(arena, buf_slice(&field), &again) == NULL && again.count == list->count);
    for (size_t i = 0; i < list->count; i++) {
        check(again.tags[i].weak == list->tags[i].weak);
        check(tag_equal_weak(&again.tags[i], &list->tags[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice field = slice_make((const char *)data, size);
    struct tag_list list;
    struct err *err = tag_list_parse(arena, field, &list);
    if (err) {
        check(err->kind == ERR_BAD_FIELD && err->position >= 0 && (size_t)err->position <= size);
    } else if (list.kind == TAGS_LIST) {
        check(list.count <= TAGS_MAX);
        check_same(arena, &list);
    }
    arena_free(arena);
    return 0;
}
