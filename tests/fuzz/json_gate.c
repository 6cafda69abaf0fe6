/* LAYER: json */
/* What the gate accepts is written back as something that it accepts again and that means the same. */
#include "../../src/json/number.h"

#include "midair/base/text.h"
#include "midair/json/gate.h"
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

static void check_text(struct slice s)
{
    require(text_is_utf8(s) && (s.len == 0 || memchr(s.at, '\0', s.len) == NULL));
}

/* What the header promises of every tree. */
static void check_tree(const struct json *value, struct slice input)
{
    require(value->raw.at == input.at + value->position && value->position + value->raw.len <= input.len);
    if (value->kind == JSON_NUMBER)
        require(json_is_number(value->text) && slice_eq(value->raw, value->text));
    if (value->kind == JSON_STRING)
        check_text(value->text);
    if (value->kind == JSON_OBJECT)
        require(json_duplicate(value) == value->count);
    for (size_t i = 0; i < value->count; i++) {
        if (value->kind == JSON_ARRAY) {
            check_tree(&value->items[i], input);
            continue;
        }
        check_text(value->members[i].name);
        require(json_member(value, value->members[i].name) == &value->members[i].value);
        check_tree(&value->members[i].value, input);
    }
}

static void check_round_trip(struct arena *arena, const struct json *value)
{
    struct buf buf = buf_new(arena, 64), again = buf_new(arena, 64);
    struct json back;
    json_put_value(&buf, value);
    require(json_parse(arena, buf_slice(&buf), limits, &back) == NULL);
    require(json_equal(value, &back) && json_equal(&back, value));
    require(back.nodes == value->nodes && back.height == value->height && back.weight == value->weight);
    json_put_value(&again, &back);
    require(slice_eq(buf_slice(&buf), buf_slice(&again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct slice input = slice_make((const char *)data, size);
    struct json value;
    struct err *err = json_parse(arena, input, limits, &value);
    if (err) {
        require(err->position <= (long)size && text_is_utf8(err->detail));
    } else {
        require(text_is_utf8(input) && value.height <= limits.depth && value.nodes <= limits.nodes);
        check_tree(&value, input);
        check_round_trip(arena, &value);
    }
    arena_free(arena);
    return 0;
}
