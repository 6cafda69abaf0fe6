/* Patches that are small and want much: each is stopped early, and sensible ones are not. */
#include "help.h"

#include "midair/json/json_patch.h"

/* A patch of `count` operations made from a format with the operation's number. */
static struct json_patch many(struct arena *arena, const char *(*operation)(size_t), size_t count)
{
    struct buf buf = buf_new(arena, 0);
    struct json_patch patch;
    BUF_LIT(&buf, "[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            BUF_LIT(&buf, ",");
        buf_z(&buf, operation(i));
    }
    BUF_LIT(&buf, "]");
    struct json *document = ARENA_NEW(arena, struct json);
    *document = parse_or_fail(arena, buf_slice(&buf));
    cr_assert_null(json_patch_parse(arena, document, &patch));
    return patch;
}

static const char *copy_to_end(size_t i)
{
    (void)i;
    return "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/-\"}";
}

static const char *copy_into_child(size_t i)
{
    (void)i;
    return "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/a\"}";
}

static const char *copy_string(size_t i)
{
    (void)i;
    return "{\"op\":\"copy\",\"from\":\"/0\",\"path\":\"/-\"}";
}

static const char *add_in_front(size_t i)
{
    (void)i;
    return "{\"op\":\"add\",\"path\":\"/0\",\"value\":0}";
}

static const char *test_whole(size_t i)
{
    return i % 2 ? "{\"op\":\"add\",\"path\":\"/-\",\"value\":0}" : "{\"op\":\"copy\",\"from\":\"\",\"path\":\"\"}";
}

static struct slice long_array(struct arena *arena, size_t count)
{
    struct buf buf = buf_new(arena, 0);
    BUF_LIT(&buf, "[0");
    for (size_t i = 1; i < count; i++)
        BUF_LIT(&buf, ",0");
    BUF_LIT(&buf, "]");
    return buf_slice(&buf);
}

static struct slice long_string(struct arena *arena, size_t len)
{
    char *text = arena_alloc(arena, len);
    memset(text, 'x', len);
    memcpy(text, "[\"", 2);
    memcpy(text + len - 2, "\"]", 2);
    return slice_make(text, len);
}

static void expect_refused(struct arena *arena, const char *label, struct slice text, const struct json_patch *patch,
                           struct json_limits limits)
{
    struct json target = parse_or_fail(arena, text), result;
    struct err *err = json_patch_apply(arena, patch, &target, limits, &result, NULL);
    cr_assert_not_null(err, "%s", label);
    cr_expect_eq(err->kind, ERR_UNPROCESSABLE, "%s", label);
    cr_expect_lt(arena_used(arena), (size_t)1 << 30, "%s: %zu bytes", label, arena_used(arena));
}

Test(json_patch, bombs_are_stopped)
{
    const struct json_limits limits = {.depth = 64, .nodes = 100000, .bytes = 1 << 20};
    struct {
        const char *label;
        const char *(*operation)(size_t);
        size_t count;
        struct slice target;
    } bombs[5];
    struct arena *arena = arena_new(0), *texts = arena_new(0);
    bombs[0].label = "doubling", bombs[0].operation = copy_to_end, bombs[0].count = 64, bombs[0].target = SLICE("[0]");
    bombs[1].label = "deepening", bombs[1].operation = copy_into_child, bombs[1].count = 20000,
    bombs[1].target = SLICE("{\"a\":{}}");
    bombs[2].label = "a long string many times", bombs[2].operation = copy_string, bombs[2].count = 20000,
    bombs[2].target = long_string(texts, 500000);
    bombs[3].label = "insertions in front", bombs[3].operation = add_in_front, bombs[3].count = 50000,
    bombs[3].target = long_array(texts, 50000);
    bombs[4].label = "opened and closed again", bombs[4].operation = test_whole, bombs[4].count = 50000,
    bombs[4].target = long_array(texts, 50000);
    for (size_t i = 0; i < ROWS(bombs); i++) {
        struct json_patch patch = many(arena, bombs[i].operation, bombs[i].count);
        expect_refused(arena, bombs[i].label, bombs[i].target, &patch, limits);
        arena_reset(arena);
    }
    /* Without limits of the caller's too. */
    struct json_patch patch = many(arena, copy_to_end, 64);
    expect_refused(arena, "doubling without limits", SLICE("[0]"), &patch, (struct json_limits){0});
    patch = many(arena, copy_into_child, 20000);
    expect_refused(arena, "deepening without limits", SLICE("{\"a\":{}}"), &patch, (struct json_limits){0});
    arena_free(arena);
    arena_free(texts);
}

Test(json_patch, an_arena_that_is_full_stops_it)
{
    struct arena *texts = arena_new(0), *arena = arena_new(1 << 20);
    struct json target = parse_or_fail(texts, long_array(texts, 50000)), result;
    struct json_patch patch = many(texts, test_whole, 10);
    struct err *err = json_patch_apply(arena, &patch, &target, (struct json_limits){0}, &result, NULL);
    cr_expect_not_null(err);
    arena_free(arena);
    arena_free(texts);
}

Test(json_patch, result_at_the_limit_is_allowed)
{
    struct arena *arena = arena_new(0);
    struct json target = parse_or_fail(arena, SLICE("[[0]]")), result;
    struct json_patch patch = many(arena, copy_string, 2);
    struct err *err =
        json_patch_apply(arena, &patch, &target, (struct json_limits){.nodes = 7, .depth = 2}, &result, NULL);
    cr_assert_null(err);
    EXPECT_TEXT(render(arena, &result), SLICE("[[0],[0],[0]]"), "result");
    cr_expect_eq(result.nodes, 7);
    cr_expect_not_null(json_patch_apply(arena, &patch, &target, (struct json_limits){.nodes = 6}, &result, NULL));
    cr_expect_not_null(json_patch_apply(arena, &patch, &target, (struct json_limits){.depth = 1}, &result, NULL));
    cr_expect_null(
        json_patch_apply(arena, &patch, &target, (struct json_limits){.bytes = result.weight}, &result, NULL));
    cr_expect_not_null(
        json_patch_apply(arena, &patch, &target, (struct json_limits){.bytes = result.weight - 1}, &result, NULL));
    arena_free(arena);
}

Test(json_patch, a_long_sensible_patch_goes_through)
{
    struct arena *arena = arena_new(0);
    struct json target = parse_or_fail(arena, long_array(arena, 1000)), result;
    struct json_patch patch = many(arena, add_in_front, 5000);
    cr_assert_null(json_patch_apply(arena, &patch, &target, (struct json_limits){0}, &result, NULL));
    cr_expect_eq(result.count, 6000);
    arena_free(arena);
}
