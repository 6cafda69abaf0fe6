/* LAYER: json */
/* The first byte chooses the form, the rest is the column's text: the result is JSON whenever the text is UTF-8
 * without NUL (and, for the forms that pass through, JSON itself). */
#include "midair/base/text.h"
#include "midair/json/gate.h"
#include "midair/json/write.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds)
{
    if (!holds)
        abort();
}

static void check(struct arena *arena, enum type_form form, struct slice text)
{
    struct buf buf = buf_new(arena, 16);
    struct json value;
    json_put_column(&buf, form, text);
    if (form == FORM_JSON || form == FORM_TO_JSON) {
        require(slice_eq(buf_slice(&buf), text));
        return;
    }
    if (!text_is_utf8(text) || (text.len && memchr(text.at, '\0', text.len)))
        return;
    require(json_parse(arena, buf_slice(&buf), (struct json_limits){0}, &value) == NULL);
    if (form == FORM_STRING || form == FORM_DATE)
        require(value.kind == JSON_STRING && slice_eq(value.text, text));
    if (form == FORM_NUMBER)
        require(slice_eq(value.text, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    if (size > 0)
        check(arena, (enum type_form)(data[0] % (FORM_TO_JSON + 1)), slice_make((const char *)data + 1, size - 1));
    arena_free(arena);
    return 0;
}
