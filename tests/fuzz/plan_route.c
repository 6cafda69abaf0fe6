/* LAYER: plan */
/* Paths of URLs: a path that names a row is written again as a path that names the same row. */
#include "midair/catalog/catalog.h"
#include "midair/catalog/policy.h"
#include "midair/plan/route.h"

#include "midair/base/text.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds)
{
    if (!holds)
        abort();
}

/* Two foreign keys from the notes to themselves: paths can be nested, and have a choice. */
static void add_links(struct arena *arena, struct relation *relation)
{
    struct link *links = ARENA_ARRAY(arena, struct link, 2);
    relation->children = ARENA_ARRAY(arena, struct link *, 2);
    relation->child_count = 2;
    for (size_t i = 0; i < 2; i++) {
        links[i] = (struct link){.name = i ? SLICE("two") : SLICE("one"),
                                 .child = relation,
                                 .parent = relation,
                                 .columns = relation->key.columns,
                                 .parent_columns = relation->key.columns,
                                 .column_count = 2 - i};
        relation->children[i] = &links[i];
    }
}

/* notes(a text, b integer), key (a, b) */
static struct catalog *notes(struct arena *arena)
{
    struct catalog *catalog = ARENA_NEW(arena, struct catalog);
    struct relation *relation = ARENA_NEW(arena, struct relation);
    struct column *columns = ARENA_ARRAY(arena, struct column, 2);
    columns[0] = (struct column){.name = SLICE("a"), .form = FORM_STRING, .canon = CANON_TEXT, .can_select = true};
    columns[1] = (struct column){.name = SLICE("b"), .form = FORM_NUMBER, .canon = CANON_INT4, .can_select = true};
    *relation = (struct relation){.resource = SLICE("notes"),
                                  .name = SLICE("notes"),
                                  .schema = SLICE("s"),
                                  .columns = columns,
                                  .column_count = 2};
    relation->key = (struct key){.columns = ARENA_ARRAY(arena, int, 2), .column_count = 2};
    relation->key.columns[1] = 1;
    add_links(arena, relation);
    relation->policy = ARENA_NEW(arena, struct policy);
    catalog->arena = arena;
    catalog->relations = ARENA_ARRAY(arena, struct relation *, 1);
    catalog->relations[0] = relation;
    catalog->relation_count = 1;
    catalog->by_resource = map_new(arena);
    map_put(&catalog->by_resource, relation->resource, relation);
    catalog->schemas = ARENA_ARRAY(arena, struct exposed, 1);
    catalog->schema_count = 1;
    catalog->schemas[0] = (struct exposed){.name = SLICE("s"), .by_resource = map_new(arena)};
    map_put(&catalog->schemas[0].by_resource, relation->resource, relation);
    return catalog;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new(0);
    struct catalog *catalog = notes(arena);
    struct slice path = arena_printf(arena, "/%.*s", (int)size, (const char *)data);
    struct route route, again;
    struct slice schema = size % 2 ? SLICE("s") : SLICE_ABSENT;
    struct err *err = route_find(arena, catalog, schema, SLICE(""), 4, path, &route);
    if (!err && route.kind == ROUTE_ITEM) {
        struct slice written = route_item_path(arena, SLICE(""), route.relation, route.keys);
        check(text_is_utf8(route.keys[0]) && memchr(route.keys[0].at, '\0', route.keys[0].len) == NULL);
        if (route.keys[0].len) { /* an empty first part cannot be told from none */
            check(!route_find(arena, catalog, schema, SLICE(""), 1, written, &again) && again.kind == ROUTE_ITEM);
            check(slice_eq(again.keys[0], route.keys[0]) && slice_eq(again.keys[1], route.keys[1]));
        }
    }
    arena_free(arena);
    return 0;
}
