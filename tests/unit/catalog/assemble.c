/* Catalogs from facts that are written by hand: names, keys, stamps, privileges and views. */
#include "world.h"

#include <criterion/criterion.h>

Test(assemble, the_first_schema_of_the_list_wins_a_name)
{
    struct world world = world_new();
    add(&world, "b", "t", RELATION_TABLE);
    add(&world, "a", "t", RELATION_TABLE);
    assemble(&world, NULL, 0);
    cr_assert_eq(world.catalog->relation_count, 2);
    cr_expect(slice_eq(served(&world, "t")->ident, SLICE("\"a\".\"t\"")));
    cr_expect_eq(findings_count(&world.catalog->findings, FINDING_NOTICE), 1);
    world_free(&world);
}

/* The identifier that a name stands for in a request with that profile, or "". */
static const char *profiled(const struct world *world, const char *schema, const char *name)
{
    const struct relation *relation =
        catalog_profile(world->catalog, schema ? slice_of(schema) : SLICE_ABSENT, slice_of(name));
    return relation ? arena_copy(world->arena, relation->ident).at : "";
}

Test(assemble, a_profile_makes_the_names_of_its_schema_count)
{
    static const struct {
        const char *label, *schema, *name, *ident;
    } rows[] = {
        {"the first schema without a profile", NULL, "t", "\"a\".\"t\""},
        {"the same with its profile", "a", "t", "\"a\".\"t\""},
        {"one that hides behind it", "b", "t", "\"b\".\"t\""},
        {"a name of another schema", "a", "only", ""},
        {"a name of the schema alone", "b", "only", "\"b\".\"only\""},
        {"an alias", "b", "other", "\"b\".\"u\""},
        {"the table's own name beside the alias", "b", "u", "\"b\".\"u\""},
        {"which does not count without a profile", NULL, "u", "\"a\".\"u\""},
        {"an alias of a schema that is not exposed", "b", "far", ""},
        {"and without a profile", NULL, "far", "\"c\".\"t\""},
        {"an alias takes the name of a table of its schema", "b", "taken", "\"b\".\"v\""},
        {"a schema that is not exposed", "c", "t", ""},
        {"no schema at all", "", "t", ""},
        {"letters in another case", "B", "t", ""},
    };
    struct world world = world_new();
    static const char *const tables[][2] = {{"b", "t"}, {"a", "t"},     {"b", "only"}, {"b", "u"},
                                            {"a", "u"}, {"b", "taken"}, {"b", "v"},    {"c", "t"}};
    for (size_t i = 0; i < 8; i++)
        add(&world, tables[i][0], tables[i][1], RELATION_TABLE);
    struct resource_decl decls[] = {{.name = SLICE("other"), .table = SLICE("b.u")},
                                    {.name = SLICE("far"), .table = SLICE("c.t")},
                                    {.name = SLICE("taken"), .table = SLICE("b.v")}};
    assemble(&world, decls, 3);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(profiled(&world, rows[i].schema, rows[i].name), rows[i].ident, "%s", rows[i].label);
    cr_expect_eq(findings_count(&world.catalog->findings, FINDING_ERROR), 0);
    world_free(&world);
}

Test(assemble, a_name_of_midairs_own_is_none_in_a_profile_either)
{
    struct world world = world_new();
    add(&world, "b", "_own", RELATION_TABLE);
    struct resource_decl decl = {.name = SLICE("owned"), .table = SLICE("b._own")};
    assemble(&world, &decl, 1);
    cr_expect_str_eq(profiled(&world, "b", "owned"), "\"b\".\"_own\"");
    cr_expect_str_eq(profiled(&world, "b", "_own"), "");
    world_free(&world);
}

Test(assemble, findings_of_a_hidden_table_name_the_table)
{
    struct world world = world_new();
    add(&world, "a", "t", RELATION_TABLE);
    add(&world, "b", "t", RELATION_VIEW);
    assemble(&world, NULL, 0);
    size_t named = 0;
    for (size_t i = 0; i < world.catalog->findings.count; i++)
        named += slice_eq(world.catalog->findings.list[i].resource, SLICE("\"b\".\"t\""));
    cr_expect_eq(named, 2, "hidden, and a view without a key");
    world_free(&world);
}

Test(assemble, a_schema_that_is_not_exposed_is_served_by_declaration_alone)
{
    struct world world = world_new();
    add(&world, "c", "t", RELATION_TABLE);
    add(&world, "c", "u", RELATION_TABLE);
    struct resource_decl decl = {.name = SLICE("x"), .table = SLICE("c.t")};
    assemble(&world, &decl, 1);
    cr_assert_eq(world.catalog->relation_count, 1);
    cr_expect(served(&world, "x"));
    world_free(&world);
}

Test(assemble, sql_folding_comes_before_the_exact_name)
{
    struct world world = world_new();
    add(&world, "a", "Orders", RELATION_TABLE);
    add(&world, "a", "orders", RELATION_TABLE);
    add(&world, "a", "Items", RELATION_TABLE);
    struct resource_decl decls[] = {{.name = SLICE("x"), .table = SLICE("Orders")},
                                    {.name = SLICE("y"), .table = SLICE("Items")},
                                    {.name = SLICE("Orders")}};
    assemble(&world, decls, 3);
    cr_expect(slice_eq(served(&world, "x")->name, SLICE("orders")));
    cr_expect(slice_eq(served(&world, "y")->name, SLICE("Items")));
    cr_expect(slice_eq(served(&world, "Orders")->name, SLICE("Orders")));
    world_free(&world);
}

Test(assemble, names_that_are_midairs_own_are_not_served)
{
    struct world world = world_new();
    add(&world, "a", "_t", RELATION_TABLE);
    add(&world, "a", "rpc", RELATION_TABLE);
    struct resource_decl decls[] = {{.name = SLICE("_u"), .table = SLICE("_t")},
                                    {.name = SLICE(""), .table = SLICE("rpc")}};
    assemble(&world, decls, 2);
    cr_expect_eq(world.catalog->relation_count, 0);
    cr_expect_eq(findings_count(&world.catalog->findings, FINDING_ERROR), 2);
    world_free(&world);
}

Test(assemble, a_precondition_is_demanded_where_there_are_stamps)
{
    struct world world = world_new();
    stamped(add(&world, "a", "stamped", RELATION_TABLE));
    stamped(add(&world, "a", "lenient", RELATION_TABLE));
    add(&world, "a", "plain", RELATION_TABLE);
    struct resource_decl lenient = {.name = SLICE("lenient"),
                                    .policy = {.if_match = IF_MATCH_OPTIONAL, .if_match_set = true}};
    assemble(&world, &lenient, 1);
    cr_expect_eq(served(&world, "stamped")->policy->if_match, IF_MATCH_REQUIRED);
    cr_expect_eq(served(&world, "lenient")->policy->if_match, IF_MATCH_OPTIONAL);
    cr_expect_eq(served(&world, "plain")->policy->if_match, IF_MATCH_OPTIONAL);
    cr_expect_eq(served(&world, "plain")->stamp.kind, STAMP_XMIN);
    world_free(&world);
}

Test(assemble, only_the_columns_of_the_stamp_are_stamps)
{
    struct world world = world_new();
    stamped(add(&world, "a", "t", RELATION_TABLE));
    add(&world, "a", "u", RELATION_TABLE);
    assemble(&world, NULL, 0);
    const bool expected[] = {false, false, true, true, true};
    for (size_t i = 0; i < 5; i++) {
        cr_expect_eq(relation_is_stamp(served(&world, "t"), i), expected[i]);
        cr_expect_not(relation_is_stamp(served(&world, "u"), i));
        cr_expect_eq(relation_is_key(served(&world, "t"), i), i == 0);
    }
    cr_expect_null(relation_column(served(&world, "t"), SLICE("V")));
    world_free(&world);
}

Test(assemble, a_stamp_column_of_the_wrong_type_is_an_error)
{
    struct world world = world_new();
    struct relation_facts *facts = add(&world, "a", "t", RELATION_TABLE);
    stamped(facts);
    facts->relation->columns[3].type_oid = T_TS;
    assemble(&world, NULL, 0);
    cr_expect_eq(served(&world, "t")->stamp.kind, STAMP_XMIN);
    cr_expect_eq(findings_count(&world.catalog->findings, FINDING_ERROR), 1);
    world_free(&world);
}

static const struct {
    const char *label;
    int column;
    bool can_select, can_update;
    size_t warnings;
} privileges[] = {
    {"a key that cannot be read", 0, false, true, 1},        {"a key that cannot be written", 0, true, false, 0},
    {"a version that cannot be written", 4, true, false, 0}, {"a modified that cannot be written", 3, true, false, 0},
    {"a version out of reach", 4, false, false, 1},          {"a created that cannot be written", 2, true, false, 0},
    {"another column out of reach", 1, false, false, 0},
};

Test(assemble, privileges_that_midair_needs_are_missed_at_once)
{
    for (size_t i = 0; i < sizeof(privileges) / sizeof(privileges[0]); i++) {
        struct world world = world_new();
        struct relation_facts *facts = add(&world, "a", "t", RELATION_TABLE);
        stamped(facts);
        facts->relation->columns[privileges[i].column].can_select = privileges[i].can_select;
        facts->relation->columns[privileges[i].column].can_update = privileges[i].can_update;
        assemble(&world, NULL, 0);
        cr_expect_eq(findings_count(&world.catalog->findings, FINDING_WARNING), privileges[i].warnings, "%s",
                     privileges[i].label);
        world_free(&world);
    }
}

static const struct {
    const char *label;
    bool key, base_stamped, one_base, reads_version, updates_enabled, other_key;
    enum stamp_kind kind;
    bool by_base;
} views[] = {
    {"over a stamped table", true, true, true, true, true, false, STAMP_VERSION, true},
    {"without a key", false, true, true, true, true, false, STAMP_NONE, false},
    {"over a table that is not stamped", true, false, true, true, true, false, STAMP_CONTENT, false},
    {"of several tables", true, true, false, true, true, false, STAMP_CONTENT, false},
    {"that makes up its version", true, true, true, false, true, false, STAMP_CONTENT, false},
    {"over a table whose trigger is disabled", true, true, true, true, false, false, STAMP_CONTENT, false},
    {"whose key is no key of the table", true, true, true, true, true, true, STAMP_CONTENT, false},
};

Test(assemble, a_view_takes_the_stamps_of_its_base_only_where_that_is_safe)
{
    static const struct slice read[] = {{"modified", 8}, {"version", 7}};
    for (size_t i = 0; i < sizeof(views) / sizeof(views[0]); i++) {
        struct world world = world_new();
        struct relation_facts *view = add(&world, "a", "v", RELATION_VIEW);
        struct relation_facts *base = add(&world, "a", "t", RELATION_TABLE);
        if (views[i].base_stamped)
            stamped(base);
        base->stamp_update = base->stamp_update && views[i].updates_enabled;
        view->base_oid = views[i].one_base ? base->relation->oid : 0;
        view->base_columns = read;
        view->base_column_count = views[i].reads_version ? 2 : 1;
        view->relation->simple = views[i].one_base;
        view->origins = ARENA_ARRAY(world.arena, struct origin, view->relation->column_count);
        for (size_t c = 0; c < view->relation->column_count; c++)
            view->origins[c] = (struct origin){views[i].other_key && c == 0 ? 0 : base->relation->oid, (int)c};
        struct resource_decl decl = {.name = SLICE("v"), .key = SLICE("id")};
        assemble(&world, &decl, views[i].key ? 1 : 0);
        const struct relation *relation = served(&world, "v");
        cr_expect_eq(relation->stamp.kind, views[i].kind, "%s", views[i].label);
        cr_expect_eq(relation->stamp.by_base, views[i].by_base, "%s", views[i].label);
        cr_expect_eq(relation->can_update, views[i].key, "%s", views[i].label);
        world_free(&world);
    }
}

Test(assemble, nothing_at_all_is_a_catalog_too)
{
    struct world world = world_new();
    assemble(&world, NULL, 0);
    cr_expect_eq(world.catalog->relation_count, 0);
    cr_expect_null(served(&world, "t"));
    struct buf out = buf_new(world.arena, 64);
    catalog_report(world.catalog, NULL, &out);
    cr_expect(slice_ends(buf_slice(&out), SLICE("0 resources, 0 errors, 0 warnings, 0 notices\n")));
    world_free(&world);
}
