/* A small catalog made by hand, for tests of what needs a relation and no database. */
#ifndef MIDAIR_TESTS_SHOP_H
#define MIDAIR_TESTS_SHOP_H

#include "midair/catalog/catalog.h"
#include "midair/catalog/policy.h"
#include "midair/http/message.h"

/* orders(id integer, note text, total numeric, data jsonb, tags text[], open boolean, created, modified, version), key
 * (id), stamped. */
enum {
    SHOP_ID,
    SHOP_NOTE,
    SHOP_TOTAL,
    SHOP_DATA,
    SHOP_TAGS,
    SHOP_OPEN,
    SHOP_CREATED,
    SHOP_MODIFIED,
    SHOP_VERSION,
    SHOP_COLUMNS
};

static inline struct column shop_column(const char *name, const char *type, enum type_form form, enum type_canon canon)
{
    struct column column = {.name = slice_of(name), .type = slice_of(type), .form = form, .canon = canon};
    column.can_select = column.can_insert = column.can_update = true;
    return column;
}

static inline struct relation *shop_orders(struct arena *arena)
{
    struct relation *orders = ARENA_NEW(arena, struct relation);
    orders->schema = SLICE("public");
    orders->name = orders->resource = SLICE("orders");
    orders->ident = SLICE("\"public\".\"orders\"");
    orders->columns = ARENA_ARRAY(arena, struct column, SHOP_COLUMNS);
    orders->columns[SHOP_ID] = shop_column("id", "integer", FORM_NUMBER, CANON_INT4);
    orders->columns[SHOP_NOTE] = shop_column("note", "text", FORM_STRING, CANON_TEXT);
    orders->columns[SHOP_TOTAL] = shop_column("total", "numeric", FORM_NUMBER, CANON_NONE);
    orders->columns[SHOP_DATA] = shop_column("data", "jsonb", FORM_JSON, CANON_NONE);
    orders->columns[SHOP_DATA].is_jsonb = true;
    orders->columns[SHOP_TAGS] = shop_column("tags", "text[]", FORM_TO_JSON, CANON_NONE);
    orders->columns[SHOP_TAGS].is_array = true;
    orders->columns[SHOP_OPEN] = shop_column("open", "boolean", FORM_BOOL, CANON_BOOL);
    orders->columns[SHOP_CREATED] = shop_column("created", "timestamp with time zone", FORM_TIMESTAMPTZ, CANON_NONE);
    orders->columns[SHOP_MODIFIED] = shop_column("modified", "timestamp with time zone", FORM_TIMESTAMPTZ, CANON_NONE);
    orders->columns[SHOP_VERSION] = shop_column("version", "bigint", FORM_NUMBER, CANON_INT8);
    orders->column_count = SHOP_COLUMNS;
    orders->by_name = map_new(arena);
    for (size_t i = 0; i < SHOP_COLUMNS; i++)
        map_put(&orders->by_name, orders->columns[i].name, &orders->columns[i]);
    orders->key = (struct key){.name = SLICE("orders_pkey"),
                               .columns = ARENA_ARRAY(arena, int, 1),
                               .column_count = 1,
                               .unique = true,
                               .arbiter = true};
    orders->stamp = (struct stamp){STAMP_VERSION, SHOP_CREATED, SHOP_MODIFIED, SHOP_VERSION, true, false, false, false};
    orders->can_select = orders->can_insert = orders->can_update = orders->can_delete = true;
    orders->policy = ARENA_NEW(arena, struct policy);
    orders->policy->etag_field = SLICE("etag");
    orders->policy->methods = ~0u;
    orders->policy->max_rows = orders->policy->max_affected = 1000;
    return orders;
}

#endif
