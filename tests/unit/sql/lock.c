/* Locks of several rows: one statement a relation, each row once, in the order of the keys. */
#include "../params/family.h"
#include "midair/sql/sql.h"

#include <criterion/criterion.h>
#include <string.h>

enum { KEYS, PARENTS, CHILDREN, NEW_ROWS };

static struct lock_source source_of(struct arena *arena, const struct relation *orders, int kind)
{
    const struct link *link = orders->children[0];
    struct lock_keys *keys = ARENA_NEW(arena, struct lock_keys);
    keys->items = ARENA_ARRAY(arena, struct slice *, 2);
    for (size_t i = 0; i < 2; i++) {
        keys->items[i] = ARENA_ARRAY(arena, struct slice, 1);
        keys->items[i][0] = i ? SLICE("9") : SLICE("10");
    }
    keys->count = 2;
    switch (kind) {
    case KEYS:
        return (struct lock_source){.relation = orders, .keys = keys};
    case PARENTS:
        return (struct lock_source){.relation = link->child, .keys = keys, .steps = {{link, false}}, .depth = 1};
    case CHILDREN:
        return (struct lock_source){.relation = orders, .keys = keys, .steps = {{link, true}}, .depth = 1};
    default:
        return (struct lock_source){
            .relation = link->child, .document = SLICE("[{\"order_id\":9}]"), .steps = {{link, false}}, .depth = 1};
    }
}

static const struct {
    const char *label;
    int kinds[2];
    size_t count;
    bool of_items;
    enum lock_strength lock;
    const char *parts[5]; /* in their order */
    enum lock_wait wait;
} rows[] = {
    {"rows by key",
     {KEYS},
     1,
     false,
     LOCK_NO_KEY_UPDATE,
     {"SELECT 1 FROM \"public\".\"orders\" AS t JOIN (SELECT DISTINCT t.\"id\" FROM", "$1", "ORDER BY t.\"id\"",
      " FOR NO KEY UPDATE OF t"},
     LOCK_WAIT},
    {"parents",
     {PARENTS},
     1,
     false,
     LOCK_NO_KEY_UPDATE,
     {"SELECT DISTINCT s1.\"id\" FROM \"public\".\"items\" AS t JOIN \"public\".\"orders\" AS s1 ON t.\"order_id\"",
      "s1.\"id\"", "ORDER BY t.\"id\" FOR NO KEY UPDATE OF t"},
     LOCK_WAIT},
    {"children",
     {CHILDREN},
     1,
     true,
     LOCK_UPDATE,
     {"SELECT 1 FROM \"public\".\"items\" AS t JOIN (SELECT DISTINCT s1.\"id\" FROM \"public\".\"orders\" AS t JOIN "
      "\"public\".\"items\" AS s1 ON s1.\"order_id\"",
      "ORDER BY t.\"id\" FOR UPDATE OF t"},
     LOCK_WAIT},
    {"children, at once", {CHILDREN}, 1, true, LOCK_UPDATE, {" FOR UPDATE OF t NOWAIT"}, LOCK_NOWAIT},
    {"parents of new rows",
     {NEW_ROWS},
     1,
     false,
     LOCK_NO_KEY_UPDATE,
     {"json_populate_recordset(NULL::\"public\".\"items\", $1", "AS t JOIN \"public\".\"orders\" AS s1"},
     LOCK_WAIT},
    {"two ways to one row lock it once",
     {PARENTS, KEYS},
     2,
     false,
     LOCK_SHARE,
     {"SELECT DISTINCT s1.\"id\"", " UNION SELECT t.\"id\" FROM \"public\".\"orders\" AS t", " FOR SHARE OF t"},
     LOCK_WAIT},
    {"a look", {KEYS}, 1, false, LOCK_NONE, {"ORDER BY t.\"id\""}, LOCK_WAIT},
};

Test(sql_lock, each_way_to_rows)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct arena *arena = arena_new(0);
        const struct relation *orders = family_orders(arena, 1);
        struct lock_source sources[2];
        for (size_t k = 0; k < rows[i].count; k++)
            sources[k] = source_of(arena, orders, rows[i].kinds[k]);
        const struct relation *locked = rows[i].of_items ? orders->children[0]->child : orders;
        const struct statement *statement =
            sql_lock_rows(arena, locked, sources, rows[i].count, rows[i].lock, rows[i].wait);
        const char *at = statement->text.at;
        for (size_t k = 0; at && k < 5 && rows[i].parts[k]; k++)
            at = strstr(at, rows[i].parts[k]);
        cr_expect(at, "%s: %s", rows[i].label, statement->text.at);
        cr_expect_not(statement->writes, "%s", rows[i].label);
        cr_expect(rows[i].lock != LOCK_NONE || !strstr(statement->text.at, " FOR "), "%s", rows[i].label);
        arena_free(arena);
    }
}
