#include "midair/json/value.h"

#include "number.h"

#include <stdlib.h>

/* Objects with up to this many members are searched linearly; larger ones have a sorted index. */
enum { SEARCH_MAX = 8 };

const char *json_kind_name(enum json_kind kind)
{
    static const char *const names[] = {"null",     "a boolean", "a boolean", "a number",
                                        "a string", "an array",  "an object"};
    return names[kind];
}

/* Any total order is sufficient for the index. Lengths are compared first, since that is cheap. */
static int compare_names(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return a.len < b.len ? -1 : 1;
    return a.len ? memcmp(a.at, b.at, a.len) : 0;
}

static size_t search_order(const struct json *object, struct slice name)
{
    size_t low = 0, high = object->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(object->members[object->order[middle]].name, name);
        if (order == 0)
            return object->order[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return object->count;
}

/* The index of the member of that name; object->count when there is none. */
static size_t member_index(const struct json *object, struct slice name)
{
    if (object->order)
        return search_order(object, name);
    for (size_t i = 0; i < object->count; i++)
        if (slice_eq(object->members[i].name, name))
            return i;
    return object->count;
}

const struct json *json_member(const struct json *object, struct slice name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    size_t i = member_index(object, name);
    return i < object->count ? &object->members[i].value : NULL;
}

static bool equal_items(const struct json *a, const struct json *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!json_equal(&a->items[i], &b->items[i]))
            return false;
    return true;
}

static bool equal_members(const struct json *a, const struct json *b)
{
    for (size_t i = 0; i < a->count; i++) {
        const struct json *other = json_member(b, a->members[i].name);
        if (!other || !json_equal(&a->members[i].value, other))
            return false;
    }
    return true;
}

bool json_equal(const struct json *a, const struct json *b)
{
    if (a == b)
        return true;
    if (a->kind != b->kind || a->count != b->count || a->nodes != b->nodes)
        return false;
    switch (a->kind) {
    case JSON_NUMBER:
        return json_number_equal(a->text, b->text);
    case JSON_STRING:
        return slice_eq(a->text, b->text);
    case JSON_ARRAY:
        return equal_items(a, b);
    case JSON_OBJECT:
        return equal_members(a, b);
    default:
        return true;
    }
}

static uint32_t add_capped(uint32_t a, size_t b)
{
    return b > UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

static struct json scalar(enum json_kind kind, struct slice text, size_t weight)
{
    return (struct json){.kind = kind, .nodes = 1, .weight = add_capped(0, weight), .text = text};
}

struct json json_of_null(void)
{
    return scalar(JSON_NULL, SLICE_ABSENT, sizeof("null") - 1);
}

struct json json_of_bool(bool value)
{
    return scalar(value ? JSON_TRUE : JSON_FALSE, SLICE_ABSENT, value ? sizeof("true") - 1 : sizeof("false") - 1);
}

struct json json_of_number(struct slice text)
{
    return scalar(JSON_NUMBER, text, text.len);
}

struct json json_of_string(struct slice text)
{
    return scalar(JSON_STRING, text, text.len + 2);
}

/* Adds a child to the sums of its container; `around` is the weight of punctuation and name. */
static void adopt(struct json *container, const struct json *child, size_t around)
{
    if (child->height >= container->height)
        container->height = child->height + 1;
    container->nodes = add_capped(container->nodes, child->nodes);
    container->weight = add_capped(add_capped(container->weight, child->weight), around);
}

struct json json_of_array(struct json *items, size_t count)
{
    struct json array = {.kind = JSON_ARRAY, .height = 1, .nodes = 1, .weight = 2, .items = items, .count = count};
    for (size_t i = 0; i < count; i++)
        adopt(&array, &items[i], 1);
    return array;
}

static int by_name(const void *a, const void *b, void *context)
{
    const struct json_member *members = context;
    uint32_t i = *(const uint32_t *)a, k = *(const uint32_t *)b;
    int order = compare_names(members[i].name, members[k].name);
    return order ? order : (i > k) - (i < k);
}

static const uint32_t *sorted(struct arena *arena, struct json_member *members, size_t count)
{
    if (count <= SEARCH_MAX)
        return NULL;
    uint32_t *order = arena_alloc(arena, count * sizeof(*order));
    for (size_t i = 0; i < count; i++)
        order[i] = (uint32_t)i;
    qsort_r(order, count, sizeof(*order), by_name, members);
    return order;
}

struct json json_of_object(struct arena *arena, struct json_member *members, size_t count)
{
    struct json object = {
        .kind = JSON_OBJECT, .height = 1, .nodes = 1, .weight = 2, .members = members, .count = count};
    for (size_t i = 0; i < count; i++)
        adopt(&object, &members[i].value, members[i].name.len + sizeof("\"\":,") - 1);
    object.order = sorted(arena, members, count);
    return object;
}

size_t json_duplicate(const struct json *object)
{
    size_t first = object->count;
    if (!object->order) {
        for (size_t i = 1; i < object->count; i++)
            for (size_t k = 0; k < i; k++)
                if (slice_eq(object->members[i].name, object->members[k].name))
                    return i;
        return first;
    }
    for (size_t i = 1; i < object->count; i++) {
        size_t later = object->order[i]; /* equal names are in the order of the input */
        if (later < first && slice_eq(object->members[later].name, object->members[object->order[i - 1]].name))
            first = later;
    }
    return first;
}
