/* LAYER: http */
/* Midair-If-Match: what parses has paths that begin with a slash and hold no byte that ends them, and written again it
 * reads as the same. */
#include "midair/base/buf.h"
#include "midair/http/named_tags.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

static void put(struct buf *field, const struct named_tag *named)
{
    buf_byte(field, '<');
    buf_put(field, named->path);
    BUF_LIT(field, ">");
    if (named->tags.kind == TAGS_ANY)
        buf_byte(field, '*');
    else if (named->tags.tags[0].weak)
        BUF_LIT(field, "W/");
    if (named->tags.kind == TAGS_LIST)
        buf_put(field, tag_quote(field->arena, named->tags.tags[0].opaque));
    buf_byte(field, ',');
}

static void check_same(struct arena *arena, const struct named_tags *found)
{
    struct buf field = buf_new(arena, 0);
    struct named_tags again;
    for (size_t i = 0; i < found->count; i++) {
        check(found->items[i].path.at[0] == '/' && slice_find(found->items[i].path, '>') == found->items[i].path.len);
        put(&field, &found->items[i]);
    }
    check(named_tags_parse(arena, buf_slice(&field), &again) == NULL && again.count == found->count);
    for (size_t i = 0; i < found->count; i++) {
        check(slice_eq(again.items[i].path, found->items[i].path));
        check(again.items[i].tags.kind == found->items[i].tags.kind);
        if (again.items[i].tags.kind == TAGS_LIST)
            check(slice_eq(again.items[i].tags.tags[0].opaque, found->items[i].tags.tags[0].opaque));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct named_tags found;
    struct err *err = named_tags_parse(arena, slice_make((const char *)data, size), &found);
    if (err)
        check(err->position >= 0 && (size_t)err->position <= size);
    else
        check_same(arena, &found);
    arena_free(arena);
    return 0;
}
