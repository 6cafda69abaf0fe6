/* What a tag says of the rows besides its own: written, read back, and pruned where touch makes it needless. */
#include "midair/plan/tree_digest.h"

#include "shop.h"

#include <criterion/criterion.h>

/* customers <- orders <- items -> products */
struct shop {
    struct relation *customers, *orders, *items, *products;
    struct link orders_customer, items_order, items_product;
};

static void join(struct arena *arena, struct link *link, const char *name, struct relation *child,
                 struct relation *parent)
{
    *link = (struct link){.name = slice_of(name), .child = child, .parent = parent};
    child->parents =
        arena_grow(arena, child->parents, child->parent_count * sizeof(link), (child->parent_count + 1) * sizeof(link));
    child->parents[child->parent_count++] = link;
    parent->children = arena_grow(arena, parent->children, parent->child_count * sizeof(link),
                                  (parent->child_count + 1) * sizeof(link));
    parent->children[parent->child_count++] = link;
}

static struct shop *shop_new(struct arena *arena)
{
    struct shop *shop = ARENA_NEW(arena, struct shop);
    struct relation **all[] = {&shop->customers, &shop->orders, &shop->items, &shop->products};
    const char *idents[] = {"\"public\".\"customers\"", "\"public\".\"orders\"", "\"public\".\"items\"",
                            "\"public\".\"products\""};
    for (size_t i = 0; i < 4; i++) {
        *all[i] = shop_orders(arena);
        (*all[i])->ident = slice_of(idents[i]);
    }
    join(arena, &shop->orders_customer, "orders_customer_id_fkey", shop->orders, shop->customers);
    join(arena, &shop->items_order, "items_order_id_fkey", shop->items, shop->orders);
    join(arena, &shop->items_product, "items_product_id_fkey", shop->items, shop->products);
    return shop;
}

/* An order with its customer, and its items with their products. */
static struct tree_digest *full(struct arena *arena, struct shop *shop)
{
    struct tree_digest *steps = NULL;
    struct tree_digest *items = tree_digest_step(arena, &steps, &shop->items_order, true);
    tree_digest_step(arena, &steps, &shop->orders_customer, false);
    tree_digest_step(arena, &items->first, &shop->items_product, false);
    return steps;
}

/* Whether the first level of `steps` has a step over this link in this direction. */
static bool covers(const struct tree_digest *steps, const struct link *link, bool down)
{
    for (; steps; steps = steps->next)
        if (steps->link == link && steps->down == down)
            return true;
    return false;
}

Test(tree_digest, a_tag_gives_back_the_steps_it_was_made_of)
{
    struct arena *arena = arena_new(0);
    struct shop *shop = shop_new(arena);
    struct tree_digest *steps = full(arena, shop), *back = NULL;
    struct slice part = tree_digest_text(arena, steps, SLICE("content"));
    struct slice opaque = arena_printf(arena, "1.2.00112233445566778899~%.*s.s0011223344.g", SLICE_ARG(part));
    cr_expect(slice_eq(tree_digest_of_tag(opaque), part), "%.*s", SLICE_ARG(opaque));
    cr_assert(tree_digest_read(arena, shop->orders, part, &back));
    cr_expect_eq(tree_digest_count(back), 3);
    cr_expect(covers(back, &shop->items_order, true));
    cr_expect(covers(back, &shop->orders_customer, false));
    cr_expect_not(covers(back, &shop->items_product, false));
    cr_expect(slice_eq(tree_digest_text(arena, back, SLICE("content")), part));
    cr_expect_not(slice_eq(tree_digest_text(arena, back, SLICE("other content")), part));
    arena_free(arena);
}

Test(tree_digest, the_order_of_embeds_does_not_matter)
{
    struct arena *arena = arena_new(0);
    struct shop *shop = shop_new(arena);
    struct tree_digest *a = NULL, *b = NULL;
    tree_digest_step(arena, &a, &shop->items_order, true);
    tree_digest_step(arena, &a, &shop->orders_customer, false);
    tree_digest_step(arena, &b, &shop->orders_customer, false);
    tree_digest_step(arena, &b, &shop->items_order, true);
    tree_digest_step(arena, &b, &shop->items_order, true);
    cr_expect(slice_eq(tree_digest_text(arena, a, SLICE("x")), tree_digest_text(arena, b, SLICE("x"))));
    arena_free(arena);
}

Test(tree_digest, touch_prunes_what_the_version_covers)
{
    static const struct {
        const char *label;
        bool items_touch, products_too;
        size_t left;
    } rows[] = {
        {"no touch", false, false, 1},
        {"touched children", true, false, 0},
        {"touched children with a parent of theirs", true, true, 2},
        {"children with a parent of theirs", false, true, 2},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        struct shop *shop = shop_new(arena);
        struct tree_digest *steps = NULL;
        shop->items_order.touch = rows[i].items_touch;
        struct tree_digest *items = tree_digest_step(arena, &steps, &shop->items_order, true);
        if (rows[i].products_too)
            tree_digest_step(arena, &items->first, &shop->items_product, false);
        tree_digest_prune(&steps);
        cr_expect_eq(tree_digest_count(steps), rows[i].left, "%s", rows[i].label);
        arena_free(arena);
    }
}

Test(tree_digest, what_cannot_be_followed_is_refused)
{
    struct arena *arena = arena_new(0);
    struct shop *shop = shop_new(arena);
    struct slice good = tree_digest_text(arena, full(arena, shop), SLICE("content"));
    struct tree_digest *steps;
    cr_assert(tree_digest_read(arena, shop->orders, good, &steps));
    cr_expect_not(tree_digest_read(arena, shop->products, good, &steps), "from another relation");
    for (size_t len = 0; len < good.len; len++)
        if ((good.len - len) % TREE_STEP_CHARS)
            cr_expect_not(slice_present(tree_digest_of_tag(slice_head(good, len))) &&
                              tree_digest_read(arena, shop->orders, slice_head(good, len), &steps),
                          "cut at %zu", len);
    for (size_t i = 22; i < good.len; i++) {
        struct slice bent = arena_copy(arena, good);
        ((char *)bent.at)[i] = bent.at[i] == 'z' ? 'y' : 'z';
        cr_expect_not(tree_digest_read(arena, shop->orders, bent, &steps), "byte %zu", i);
    }
    cr_expect_not(tree_digest_read(arena, shop->orders, slice_head(good, 22), &steps), "no steps");
    cr_expect_not(tree_digest_read(arena, shop->orders, SLICE("t"), &steps), "nothing");
    cr_expect_not(tree_digest_read(arena, shop->orders, SLICE(""), &steps), "empty");
    struct buf many = buf_new(arena, 512);
    buf_put(&many, slice_head(good, 22));
    for (int i = 0; i < TREE_STEPS_MAX + 1; i++)
        buf_put(&many, slice_make(good.at + 22, TREE_STEP_CHARS));
    cr_expect_not(tree_digest_read(arena, shop->orders, buf_slice(&many), &steps), "too many steps");
    arena_free(arena);
}

Test(tree_digest, other_variants_are_no_trees)
{
    static const char *const rows[] = {"1.2.00112233445566778899", "1.2.00112233445566778899~g",
                                       "1.2.00112233445566778899~s0011223344",

                                       "1.2.00112233445566778899~s00.t00112233445566778899e1d00112233", ""};
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        cr_expect_not(slice_present(tree_digest_of_tag(slice_of(rows[i]))), "%s", rows[i]);
}
