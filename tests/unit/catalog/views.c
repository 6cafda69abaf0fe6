/* Foreign keys as views show them, from facts that are written by hand. */
#include "../../../src/catalog/assemble.h"
#include "midair/base/buf.h"
#include "midair/catalog/policy.h"

#include <criterion/criterion.h>

/* children(a, b, x) refers to parents(a, b) by (a, b): tables 1 and 2, both with the primary key (a, b). */
enum { CHILDREN = 1, PARENTS = 2, COLUMNS = 5 };

struct world {
    struct arena *arena;
    struct catalog *catalog;
    struct catalog_facts facts;
};

/* What the columns of a view show, as "1a 2b -": table and column. */
struct shape {
    const char *name, *columns;
};

static struct relation_facts *add(struct world *world, const char *name, enum relation_kind kind)
{
    static const char *const names[COLUMNS] = {"a", "b", "c", "d", "e"};
    struct relation_facts *facts = &world->facts.relations[world->facts.relation_count++];
    struct relation *relation = facts->relation = ARENA_NEW(world->arena, struct relation);
    *relation = (struct relation){.kind = kind, .oid = (uint32_t)world->facts.relation_count, .column_count = COLUMNS};
    if (name) {
        relation->schema = SLICE("s");
        relation->name = slice_of(name);
    }
    relation->columns = ARENA_ARRAY(world->arena, struct column, COLUMNS);
    for (size_t i = 0; i < COLUMNS; i++)
        relation->columns[i] = (struct column){.name = slice_of(names[i]), .can_select = true};
    return facts;
}

static void add_table(struct world *world, const char *name)
{
    struct relation_facts *facts = add(world, name, RELATION_TABLE);
    facts->primary = (struct key){.columns = ARENA_ARRAY(world->arena, int, 2), .column_count = 2, .arbiter = true};
    facts->primary.columns[1] = 1;
}

static void add_view(struct world *world, const struct shape *shape)
{
    struct relation_facts *view = add(world, shape->name, RELATION_VIEW);
    view->relation->simple = true;
    view->origins = ARENA_ARRAY(world->arena, struct origin, COLUMNS);
    view->origin_count = COLUMNS;
    struct slice rest = slice_of(shape->columns), shown;
    for (size_t i = 0; i < COLUMNS && slice_present(rest); i++) {
        slice_cut(rest, ' ', &shown, &rest);
        if (shown.len == 2)
            view->origins[i] = (struct origin){(uint32_t)(shown.at[0] - '0'), shown.at[1] - 'a'};
    }
}

static struct world world_new(bool children_served, bool parents_served)
{
    struct world world = {.arena = arena_new(0)};
    struct arena *own = arena_new(0);
    world.catalog = ARENA_NEW(own, struct catalog);
    world.catalog->arena = own;
    world.catalog->findings = findings_new(own);
    world.facts.relations = ARENA_ARRAY(world.arena, struct relation_facts, 8);
    world.facts.links = ARENA_NEW(world.arena, struct link_facts);
    add_table(&world, children_served ? "children" : NULL);
    add_table(&world, parents_served ? "parents" : NULL);
    struct link_facts *link = &world.facts.links[world.facts.link_count++];
    *link = (struct link_facts){.child_oid = CHILDREN, .parent_oid = PARENTS};
    link->link = (struct link){.name = SLICE("fk"), .column_count = 2, .on_delete = ACTION_CASCADE, .touch = true};
    link->link.columns = ARENA_ARRAY(world.arena, int, 2);
    link->link.parent_columns = ARENA_ARRAY(world.arena, int, 2);
    link->link.columns[1] = link->link.parent_columns[1] = 1;
    return world;
}

static void assemble(struct world *world, bool view_keys)
{
    static const struct slice schema = {"s", 1};
    struct catalog_options options = {.schemas = &schema, .schema_count = 1, .view_keys = view_keys};
    catalog_assemble(world->catalog, &world->facts, &options);
}

static void world_free(struct world *world)
{
    catalog_free(world->catalog);
    arena_free(world->arena);
}

/* "v(a,b)>parents(a,b) …": the links that views have, in their order. */
static struct slice listed(struct world *world)
{
    struct buf out = buf_new(world->arena, 256);
    for (size_t i = 0; i < world->catalog->link_count; i++) {
        const struct link *link = &world->catalog->links[i];
        if (!link->by_view)
            continue;
        /* Who deletes the row of a view that PostgreSQL updates by itself deletes the children of its table. */
        bool acts = link->parent->kind == RELATION_VIEW && link->child->kind == RELATION_TABLE;
        cr_expect_eq(link->on_delete, acts ? ACTION_CASCADE : ACTION_NONE, "action %d", (int)link->on_delete);
        cr_expect_not(link->touch);
        buf_put(&out, link->child->resource);
        for (size_t k = 0; k < 2; k++)
            buf_printf(&out, "%c%.*s", k ? ',' : '(', SLICE_ARG(link->child->columns[link->columns[k]].name));
        buf_printf(&out, ")>%.*s", SLICE_ARG(link->parent->resource));
        for (size_t k = 0; k < 2; k++)
            buf_printf(&out, "%c%.*s", k ? ',' : '(', SLICE_ARG(link->parent->columns[link->parent_columns[k]].name));
        buf_printf(&out, ")%s%s ", link->in_key ? "k" : "", link->child_unique ? "u" : "");
    }
    return buf_slice(&out);
}

static const struct {
    const char *label;
    bool children_served, parents_served;
    struct shape views[2];
    const char *links;
} rows[] = {
    {"a view of the child", true, true, {{"v", "1a 1b"}}, "v(a,b)>parents(a,b)ku "},
    {"a view of the parent", true, true, {{"v", "2a 2b"}}, "children(a,b)>v(a,b)ku "},
    {"under other names", true, true, {{"v", "- 1b - 1a"}}, "v(d,b)>parents(a,b)ku "},
    {"a part of the key", true, true, {{"v", "1a"}}, ""},
    {"the other part twice", true, true, {{"v", "1b 1b"}}, ""},
    {"columns beside the key", true, true, {{"v", "1c 1d 1e"}}, ""},
    {"nothing but expressions", true, true, {{"v", ""}}, ""},
    {"columns of a table that is not known", true, true, {{"v", "9a 9b"}}, ""},
    {"both sides in one view",
     true,
     true,
     {{"v", "1a 1b 2a 2b"}},
     "children(a,b)>v(c,d)ku v(a,b)>parents(a,b)ku v(a,b)>v(c,d)ku "},
    {"a view on each side",
     true,
     true,
     {{"v", "1a 1b"}, {"w", "2a 2b"}},
     "children(a,b)>w(a,b)ku v(a,b)>parents(a,b)ku v(a,b)>w(a,b)ku "},
    {"tables that are not served", false, false, {{"v", "1a 1b"}, {"w", "2a 2b"}}, "v(a,b)>w(a,b)ku "},
    {"a parent that is not served", true, false, {{"v", "1a 1b"}}, ""},
    {"a column twice", true, true, {{"v", "1a 1a 1b"}}, "v(a,c)>parents(a,b)ku v(b,c)>parents(a,b)u "},
    {"each column twice",
     true,
     true,
     {{"v", "2a 2a 2b 2b"}},
     "children(a,b)>v(a,c)ku children(a,b)>v(a,d)ku children(a,b)>v(b,c)ku children(a,b)>v(b,d)ku "},
};

Test(views, have_the_foreign_keys_of_their_tables)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world world = world_new(rows[i].children_served, rows[i].parents_served);
        for (size_t k = 0; k < 2 && rows[i].views[k].name; k++)
            add_view(&world, &rows[i].views[k]);
        assemble(&world, false);
        struct slice links = listed(&world);
        cr_expect(slice_eq(links, slice_of(rows[i].links)), "%s: %.*s", rows[i].label, SLICE_ARG(links));
        world_free(&world);
    }
}

static const struct {
    const char *label, *columns;
    bool view_keys, simple, rewritten;
    size_t key;
} keys[] = {
    {"the whole key", "1a 1b", true, true, false, 2},
    {"under other names", "1c 1b 1a", true, true, false, 2},
    {"where nobody asks for it", "1a 1b", false, true, false, 0},
    {"a part of it", "1a 1c", true, true, false, 0},
    {"none of it", "1c", true, true, false, 0},
    {"a view that PostgreSQL does not update", "1a 1b", true, false, false, 0},
    {"a view with triggers of its own", "1a 1b", true, true, true, 0},
    {"no columns of tables", "", true, true, false, 0},
};

Test(views, have_the_key_of_their_table_where_each_row_is_one_of_it)
{
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct world world = world_new(true, true);
        add_view(&world, &(struct shape){"v", keys[i].columns});
        struct relation *view = world.facts.relations[2].relation;
        view->simple = keys[i].simple;
        view->rewritten = keys[i].rewritten;
        view->can_update = true;
        assemble(&world, keys[i].view_keys);
        cr_expect_eq(view->key.column_count, keys[i].key, "%s: %zu", keys[i].label, view->key.column_count);
        cr_expect_eq(view->can_update, keys[i].view_keys, "%s: writes", keys[i].label);
        world_free(&world);
    }
}

Test(views, have_no_say_in_the_order_of_locks)
{
    struct world world = world_new(true, true);
    add_view(&world, &(struct shape){"v", "2a 2b 1a 1b"});
    assemble(&world, false);
    const struct relation *children = catalog_resource(world.catalog, SLICE("children"));
    const struct relation *parents = catalog_resource(world.catalog, SLICE("parents"));
    cr_expect(parents->level == 0 && children->level == 1, "%zu %zu", parents->level, children->level);
    world_free(&world);
}
