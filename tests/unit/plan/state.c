/* Row tags: what they cover, and that nothing else passes for one. */
#include "midair/plan/state.h"

#include "shop.h"

#include "midair/http/etag.h"

#include <criterion/criterion.h>

static struct slice tag_of(struct arena *arena, const struct relation *relation, const char *key, struct state state)
{
    struct slice keys[] = {slice_of(key)};
    struct buf buf = buf_new(arena, 64);
    state_write(&buf, relation, keys, &state);
    return buf_slice(&buf);
}

static const struct state version_3 = {.kind = STAMP_VERSION, .version = 3, .moment = 1763721280123456};

Test(state, a_tag_gives_back_the_state_it_was_made_of)
{
    const struct state states[] = {
        version_3,
        {.kind = STAMP_VERSION, .version = INT64_MAX, .moment = 0},
        {.kind = STAMP_VERSION, .version = 1, .moment = -5},
        {.kind = STAMP_XMIN, .xmin = 4294967295, .ctid = SLICE_LITERAL("(4294967295,65535)")},
        {.kind = STAMP_XMIN, .xmin = 3, .ctid = SLICE_LITERAL("(0,1)")},
        {.kind = STAMP_CONTENT, .content = SLICE_LITERAL("d41d8cd98f00b204e9800998ecf8427e")},
    };
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
        struct slice tag = tag_of(arena, orders, "17", states[i]), text;
        struct slice keys[] = {SLICE("17")};
        struct state back;
        cr_assert(state_read(arena, tag, &back, &text), "row %zu: %.*s", i, SLICE_ARG(tag));
        cr_expect(back.kind == states[i].kind && back.version == states[i].version && back.moment == states[i].moment &&
                      back.xmin == states[i].xmin && slice_eq(back.ctid, states[i].ctid) &&
                      slice_eq(back.content, states[i].content),
                  "row %zu: %.*s", i, SLICE_ARG(tag));
        cr_expect(state_belongs(arena, text, orders, keys), "row %zu", i);
    }
    arena_free(arena);
}

Test(state, a_tag_is_valid_for_one_state_of_one_row_of_one_relation)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = shop_orders(arena), *others = shop_orders(arena), *elsewhere = shop_orders(arena);
    others->name = SLICE("order");
    elsewhere->schema = SLICE("publi");
    elsewhere->name = SLICE("corders"); /* the same letters in a row, cut in another place */
    struct slice tag = tag_of(arena, orders, "17", version_3), text = tag_state(tag);
    struct slice own[] = {SLICE("17")}, other[] = {SLICE("1")}, longer[] = {SLICE("171")};
    cr_expect(state_belongs(arena, text, orders, own));
    cr_expect_not(state_belongs(arena, text, orders, other));
    cr_expect_not(state_belongs(arena, text, orders, longer));
    cr_expect_not(state_belongs(arena, text, others, own));
    cr_expect_not(state_belongs(arena, text, elsewhere, own));
    struct state changed = version_3;
    changed.version++;
    cr_expect_not(slice_eq(tag, tag_of(arena, orders, "17", changed)));
    changed = version_3;
    changed.moment++;
    cr_expect_not(slice_eq(tag, tag_of(arena, orders, "17", changed)));
    arena_free(arena);
}

Test(state, parts_of_a_composite_key_do_not_run_together)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = shop_orders(arena);
    orders->key = (struct key){.name = SLICE("k"), .columns = (int[]){SHOP_ID, SHOP_NOTE}, .column_count = 2};
    struct slice a[] = {SLICE("1"), SLICE("23")}, b[] = {SLICE("12"), SLICE("3")};
    struct buf tag = buf_new(arena, 64);
    state_write(&tag, orders, a, &version_3);
    cr_expect(state_belongs(arena, buf_slice(&tag), orders, a));
    cr_expect_not(state_belongs(arena, buf_slice(&tag), orders, b));
    arena_free(arena);
}

Test(state, what_has_not_the_shape_is_no_state)
{
#define DIGEST "00112233445566778899"
    static const char *const rows[] = {
        "",
        ".",
        "1",
        "1.2",
        "1.2.",
        "1.2." DIGEST "0",
        "1.2.0011223344556677889",
        "1.2.0011223344556677889G",
        "1.2.0011223344556677889A",
        "01.2." DIGEST,
        "1.02." DIGEST,
        "+1.2." DIGEST,
        "-1.2." DIGEST,
        " 1.2." DIGEST,
        "1.--2." DIGEST,
        "1.-0." DIGEST,
        "9223372036854775808.2." DIGEST,
        "1.9223372036854775808." DIGEST,
        "1.2.3." DIGEST,
        ".2." DIGEST,
        "1.." DIGEST,
        "1." DIGEST,
        "x." DIGEST,
        "x1." DIGEST,
        "x1.2." DIGEST,
        "x1.2-." DIGEST,
        "x1.-2." DIGEST,
        "x1.2-65536." DIGEST,
        "x4294967296.2-3." DIGEST,
        "x01.2-3." DIGEST,
        "x1.2-3-4." DIGEST,
        "c." DIGEST,
        "c00." DIGEST,
        "cd41d8cd98f00b204e9800998ecf8427." DIGEST,
        "cg41d8cd98f00b204e9800998ecf8427e." DIGEST,
        "y1.2." DIGEST,
        "~",
        "~1.2." DIGEST,
    };
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct state state;
        struct slice text;
        cr_expect_not(state_read(arena, slice_of(rows[i]), &state, &text), "\"%s\" passes", rows[i]);
    }
    arena_free(arena);
}

Test(state, the_variant_is_no_part_of_the_state)
{
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    struct slice tag = tag_of(arena, orders, "17", version_3), text;
    struct state state;
    cr_assert(state_read(arena, arena_printf(arena, "%.*s~s0011223344.g", SLICE_ARG(tag)), &state, &text));
    cr_expect(slice_eq(text, tag));
    arena_free(arena);
}
