/* The shop with relatives: items(id, order_id -> orders, product, price), customers are left out. For tests of embeds.
 */
#ifndef MIDAIR_TESTS_PARAMS_FAMILY_H
#define MIDAIR_TESTS_PARAMS_FAMILY_H

#include "../plan/shop.h"

enum { FAMILY_ID, FAMILY_ORDER, FAMILY_PRODUCT, FAMILY_COLUMNS };

static inline struct relation *family_items(struct arena *arena)
{
    struct relation *items = ARENA_NEW(arena, struct relation);
    items->schema = SLICE("public");
    items->name = items->resource = SLICE("items");
    items->ident = SLICE("\"public\".\"items\"");
    items->columns = ARENA_ARRAY(arena, struct column, FAMILY_COLUMNS);
    items->columns[FAMILY_ID] = shop_column("id", "integer", FORM_NUMBER, CANON_INT4);
    items->columns[FAMILY_ORDER] = shop_column("order_id", "integer", FORM_NUMBER, CANON_INT4);
    items->columns[FAMILY_PRODUCT] = shop_column("product", "text", FORM_STRING, CANON_TEXT);
    items->column_count = FAMILY_COLUMNS;
    items->by_name = map_new(arena);
    for (size_t i = 0; i < FAMILY_COLUMNS; i++)
        map_put(&items->by_name, items->columns[i].name, &items->columns[i]);
    items->key = (struct key){.name = SLICE("items_pkey"), .columns = ARENA_ARRAY(arena, int, 1), .column_count = 1};
    items->can_select = true;
    items->policy = ARENA_NEW(arena, struct policy);
    items->policy->max_rows = 1000;
    return items;
}

/* orders, with `links` foreign keys from items to it. */
static inline struct relation *family_orders(struct arena *arena, size_t links)
{
    static const char *const names[] = {"items_order_id_fkey", "items_second_fkey"};
    struct relation *orders = shop_orders(arena), *items = family_items(arena);
    orders->children = ARENA_ARRAY(arena, struct link *, links);
    items->parents = ARENA_ARRAY(arena, struct link *, links);
    for (size_t i = 0; i < links; i++) {
        struct link *link = ARENA_NEW(arena, struct link);
        *link = (struct link){.name = slice_of(names[i]), .child = items, .parent = orders, .column_count = 1};
        link->columns = ARENA_ARRAY(arena, int, 1);
        link->parent_columns = ARENA_ARRAY(arena, int, 1);
        link->columns[0] = FAMILY_ORDER;
        orders->children[orders->child_count++] = link;
        items->parents[items->parent_count++] = link;
    }
    return orders;
}

enum { FAMILY_LABEL = SHOP_COLUMNS, FAMILY_FRESH };

/* Functions of an order: the fields label (text) and fresh (boolean, VOLATILE), and its items as `best` (many), `top`
 * (ROWS 1) and `only` (no set). */
static inline void family_compute(struct arena *arena, struct relation *orders)
{
    static const char *const names[] = {"best", "top", "only"};
    const struct relation *items = orders->children[0]->child;
    orders->computed.fields = ARENA_ARRAY(arena, struct column, 2);
    orders->computed.field_count = 2;
    orders->computed.fields[0] = shop_column("label", "text", FORM_STRING, CANON_NONE);
    orders->computed.fields[0].function = SLICE("\"public\".\"label\"");
    orders->computed.fields[1] = shop_column("fresh", "boolean", FORM_BOOL, CANON_NONE);
    orders->computed.fields[1].function = SLICE("\"public\".\"fresh\"");
    orders->computed.fields[1].may_write = true;
    orders->computed.links = ARENA_ARRAY(arena, struct computed_link, 3);
    orders->computed.link_count = 3;
    for (size_t i = 0; i < 3; i++)
        orders->computed.links[i] = (struct computed_link){.name = slice_of(names[i]),
                                                           .ident = arena_printf(arena, "\"public\".\"%s\"", names[i]),
                                                           .target = items,
                                                           .returns_set = i<2, .one = i> 0};
}

#endif
