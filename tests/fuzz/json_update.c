/* LAYER: json */
#include "midair/base/text.h"
#include "midair/json/gate.h"
#include "midair/json/update.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(const struct updates *updates, const struct json *document)
{
    require(updates->count > 0);
    for (size_t i = 0; i < updates->count; i++) {
        const struct update *update = &updates->items[i];
        const struct json *columns = json_member(document, slice_of(update_op_name(update->op)));
        require(json_member(columns, update->column) == update->value);
        for (size_t k = 0; k < i && k < 100; k++)
            require(!slice_eq(updates->items[k].column, update->column));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct json document;
    struct updates updates;
    if (json_parse(arena, slice_make((const char *)data, size), (struct json_limits){.depth = 64}, &document) == NULL) {
        struct err *err = json_update_parse(arena, &document, &updates);
        if (err)
            require(err->kind == ERR_BAD_CONTENT && err->position < (long)size && text_is_utf8(err->detail));
        else
            check(&updates, &document);
    }
    arena_free(arena);
    return 0;
}
