/* Foreign keys in a catalog: which are served, which touch the parent, and the family that a report draws. */
#include "world.h"

#include <criterion/criterion.h>

Test(assemble, links_to_what_is_not_served_are_left_out)
{
    struct world world = world_new();
    uint32_t child = add(&world, "a", "child", RELATION_TABLE)->relation->oid;
    uint32_t parent = add(&world, "a", "parent", RELATION_TABLE)->relation->oid;
    uint32_t hidden = add(&world, "a", "_hidden", RELATION_TABLE)->relation->oid;
    const uint32_t parents[] = {parent, hidden, child, 99};
    static int v[] = {1}, id[] = {0};
    for (size_t i = 0; i < 4; i++)
        world.facts.links[world.facts.link_count++] =
            (struct link_facts){.link = {.columns = i == 2 ? id : v, .parent_columns = id, .column_count = 1},
                                .child_oid = child,
                                .parent_oid = parents[i]};
    assemble(&world, NULL, 0);
    cr_expect_eq(world.catalog->link_count, 2);
    cr_expect_eq(served(&world, "child")->parent_count, 2);
    cr_expect_eq(served(&world, "child")->child_count, 1);
    cr_expect_eq(served(&world, "parent")->child_count, 1);
    for (size_t i = 0; i < world.catalog->link_count; i++) {
        const struct link *link = &world.catalog->links[i];
        cr_expect_eq(link->child_unique, link->columns[0] == 0, "a key column makes the child unique");
    }
    world_free(&world);
}

static void link(struct world *world, uint32_t child, uint32_t parent, bool touch, bool broken)
{
    static int columns[] = {1, 0};
    world->facts.links[world->facts.link_count++] = (struct link_facts){.link = {.name = SLICE("fk"),
                                                                                 .columns = columns,
                                                                                 .parent_columns = columns + 1,
                                                                                 .column_count = 1,
                                                                                 .on_delete = ACTION_CASCADE,
                                                                                 .touch = touch},
                                                                        .child_oid = child,
                                                                        .parent_oid = parent,
                                                                        .touch_broken = broken};
}

Test(assemble, touch_counts_where_it_is_whole_and_the_parent_is_stamped)
{
    static const struct {
        const char *label;
        bool stamped, enabled, touch, broken;
        bool touches;
        size_t warnings;
    } rows[] = {{"no touch", true, true, false, false, false, 0},
                {"touch", true, true, true, false, true, 0},
                {"a trigger of it is missing", true, true, false, true, false, 1},
                {"the parent is not stamped", false, false, true, false, false, 1},
                {"the parent's stamp triggers are disabled", true, false, true, false, false, 2}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world world = world_new();
        struct relation_facts *parent = add(&world, "a", "parent", RELATION_TABLE);
        struct relation_facts *child = add(&world, "a", "child", RELATION_TABLE);
        if (rows[i].stamped)
            stamped(parent);
        parent->stamp_insert = parent->stamp_update = rows[i].enabled;
        stamped(child);
        link(&world, child->relation->oid, parent->relation->oid, rows[i].touch, rows[i].broken);
        assemble(&world, NULL, 0);
        cr_expect_eq(world.catalog->links[0].touch, rows[i].touches, "%s", rows[i].label);
        cr_expect_eq(findings_count(&world.catalog->findings, FINDING_WARNING), rows[i].warnings, "%s", rows[i].label);
        world_free(&world);
    }
}

/* The family of these links, each "child parent", with "!" behind it where it touches. */
static struct slice family(struct world *world, const char *const *links)
{
    for (size_t i = 0; i < 4; i++)
        stamped(add(world, "a", (const char *const[]){"a", "b", "c", "d"}[i], RELATION_TABLE));
    for (; *links; links++)
        link(world, (uint32_t)((*links)[0] - 'a' + 1), (uint32_t)((*links)[2] - 'a' + 1), (*links)[3] == '!', false);
    assemble(world, NULL, 0);
    struct buf out = buf_new(world->arena, 256), lines = buf_new(world->arena, 256);
    catalog_report(world->catalog, NULL, &out);
    struct slice rest = buf_slice(&out), line;
    for (bool inside = false; slice_present(rest);) {
        slice_cut(rest, '\n', &line, &rest);
        inside = slice_eq(line, SLICE("family:")) || (inside && line.len > 0);
        size_t colon = slice_find(line, ':');
        if (!inside || slice_eq(line, SLICE("family:")))
            continue;
        buf_put(&lines, slice_head(line, colon));
        buf_z(&lines, slice_starts(slice_from(line, colon), SLICE(": touches")) ? "!|" : "|");
    }
    return buf_slice(&lines);
}

Test(assemble, the_family_is_a_tree_whatever_the_links_are)
{
    static const struct {
        const char *label, *links[6], *lines;
    } rows[] = {
        {"none", {0}, ""},
        {"a chain", {"b a!", "c b"}, "  /a|    /b by v!|      /c by v|"},
        {"two parents", {"c a!", "c b"}, "  /a|    /c by v!|  /b|    /c by v|"},
        {"itself", {"a a!"}, "  /a|    /a by v!|"},
        {"a ring", {"a b!", "b a"}, "  /a|    /b by v|      /a by v!|        (its children|"},
        {"a ring below a root",
         {"b a", "c b!", "b c"},
         "  /a|    /b by v|      /c by v!|        /b by v|          (its children|"},
        {"two ways", {"b a", "c a", "d b", "d c"}, "  /a|    /b by v|      /d by v|    /c by v|      /d by v|"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct world world = world_new();
        struct slice lines = family(&world, rows[i].links);
        cr_expect(slice_eq(lines, slice_of(rows[i].lines)), "%s: %.*s", rows[i].label, SLICE_ARG(lines));
        world_free(&world);
    }
}
