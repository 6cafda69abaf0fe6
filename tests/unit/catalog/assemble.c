/* Catalogs from facts that are written by hand: what no database is needed for. */
#include "midair/catalog/assemble.h"

#include "midair/catalog/policy.h"
#include "midair/catalog/report.h"

#include <criterion/criterion.h>

enum { T_INT = 23, T_BIGINT = 20, T_TEXT = 25, T_TSTZ = 1184, T_TS = 1114 };

struct world {
    struct arena *arena;
    struct catalog *catalog;
    struct catalog_facts facts;
};

static struct world world_new(void)
{
    struct world world = {.arena = arena_new(0)};
    struct arena *own = arena_new(0);
    world.catalog = ARENA_NEW(own, struct catalog);
    world.catalog->arena = own;
    world.catalog->findings = findings_new(own);
    world.facts.relations = ARENA_ARRAY(world.arena, struct relation_facts, 8);
    world.facts.links = ARENA_ARRAY(world.arena, struct link_facts, 8);
    return world;
}

static void world_free(struct world *world)
{
    catalog_free(world->catalog);
    arena_free(world->arena);
}

/* A relation with the columns id, v, created, modified, version; its key is id unless it is a view. */
static struct relation_facts *add(struct world *world, const char *schema, const char *name, enum relation_kind kind)
{
    static const struct {
        const char *name;
        uint32_t type;
    } shape[] = {{"id", T_INT}, {"v", T_TEXT}, {"created", T_TSTZ}, {"modified", T_TSTZ}, {"version", T_BIGINT}};
    struct relation_facts *facts = &world->facts.relations[world->facts.relation_count++];
    struct arena *arena = world->catalog->arena;
    struct relation *relation = facts->relation = ARENA_NEW(arena, struct relation);
    *relation = (struct relation){.schema = slice_of(schema), .name = slice_of(name), .kind = kind};
    relation->oid = (uint32_t)world->facts.relation_count;
    relation->can_select = relation->can_insert = relation->can_update = relation->can_delete = true;
    relation->column_count = sizeof(shape) / sizeof(shape[0]);
    relation->columns = ARENA_ARRAY(arena, struct column, relation->column_count);
    for (size_t i = 0; i < relation->column_count; i++)
        relation->columns[i] = (struct column){.name = slice_of(shape[i].name),
                                               .type_oid = shape[i].type,
                                               .not_null = true,
                                               .can_select = true,
                                               .can_insert = true,
                                               .can_update = true};
    if (kind == RELATION_TABLE)
        facts->primary = (struct key){.columns = ARENA_ARRAY(arena, int, 1), .column_count = 1};
    return facts;
}

static void stamped(struct relation_facts *facts)
{
    facts->created = SLICE("created");
    facts->modified = SLICE("modified");
    facts->version = SLICE("version");
    facts->stamp_insert = facts->stamp_update = true;
}

static void assemble(struct world *world, const struct resource_decl *decls, size_t count)
{
    static const struct slice schemas[] = {{"a", 1}, {"b", 1}};
    struct introspect_options options = {
        .schemas = schemas, .schema_count = 2, .resources = decls, .resource_count = count};
    catalog_assemble(world->catalog, &world->facts, &options);
}

static const struct relation *served(const struct world *world, const char *name)
{
    return catalog_resource(world->catalog, slice_of(name));
}

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
    {"a version that cannot be written", 4, true, false, 1}, {"a modified that cannot be written", 3, true, false, 1},
    {"a version out of reach", 4, false, false, 2},          {"a created that cannot be written", 2, true, false, 0},
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
    bool key, base_stamped, one_base, reads_version, updates_enabled;
    enum stamp_kind kind;
    bool by_base;
} views[] = {
    {"over a stamped table", true, true, true, true, true, STAMP_VERSION, true},
    {"without a key", false, true, true, true, true, STAMP_NONE, false},
    {"over a table that is not stamped", true, false, true, true, true, STAMP_CONTENT, false},
    {"of several tables", true, true, false, true, true, STAMP_CONTENT, false},
    {"that makes up its version", true, true, true, false, true, STAMP_CONTENT, false},
    {"over a table whose trigger is disabled", true, true, true, true, false, STAMP_CONTENT, false},
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
        struct resource_decl decl = {.name = SLICE("v"), .key = SLICE("id")};
        assemble(&world, &decl, views[i].key ? 1 : 0);
        const struct relation *relation = served(&world, "v");
        cr_expect_eq(relation->stamp.kind, views[i].kind, "%s", views[i].label);
        cr_expect_eq(relation->stamp.by_base, views[i].by_base, "%s", views[i].label);
        cr_expect_eq(relation->can_update, views[i].key, "%s", views[i].label);
        world_free(&world);
    }
}

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

/* A function with these facts; a scalar has the type integer. */
static void add_function(struct world *world, struct function function)
{
    struct arena *arena = world->catalog->arena;
    size_t size = world->catalog->function_count * sizeof(function);
    if (function.shape != RESULT_VOID) {
        function.result = ARENA_NEW(arena, struct relation);
        function.result->columns = ARENA_ARRAY(arena, struct column, 1);
        function.result->columns[0] = (struct column){.name = function.name, .type = SLICE("integer")};
        function.result->column_count = 1;
    }
    world->catalog->functions = arena_grow(arena, world->catalog->functions, size, size + sizeof(function));
    world->catalog->functions[world->catalog->function_count++] = function;
}

Test(assemble, functions_of_a_row_are_fields_and_relationships)
{
    enum { X = 1, Y = 2, HIDDEN = 99 };
    static const struct {
        struct function function;
        bool field, link, one;
    } rows[] = {
        {{.name = SLICE_LITERAL("value"), .shape = RESULT_SCALAR, .argument_oid = X}, true, false, false},
        {{.name = SLICE_LITERAL("nothing"), .shape = RESULT_VOID, .argument_oid = X}, false, false, false},
        {{.name = SLICE_LITERAL("values"), .shape = RESULT_SCALAR, .argument_oid = X, .returns_set = true},
         false,
         false,
         false},
        {{.name = SLICE_LITERAL("other"), .shape = RESULT_SCALAR, .argument_oid = Y}, false, false, false},
        {{.name = SLICE_LITERAL("none"), .shape = RESULT_SCALAR}, false, false, false},
        {{.name = SLICE_LITERAL("row"), .shape = RESULT_ROW, .argument_oid = X, .relation_oid = Y}, true, true, true},
        {{.name = SLICE_LITERAL("rows"),
          .shape = RESULT_ROW,
          .argument_oid = X,
          .relation_oid = Y,
          .returns_set = true},
         false,
         true,
         false},
        {{.name = SLICE_LITERAL("rows1"),
          .shape = RESULT_ROW,
          .argument_oid = X,
          .relation_oid = Y,
          .returns_set = true,
          .returns_one = true},
         false,
         true,
         true},
        {{.name = SLICE_LITERAL("unserved"), .shape = RESULT_ROW, .argument_oid = X, .relation_oid = HIDDEN},
         true,
         false,
         false},
        {{.name = SLICE_LITERAL("made_up"), .shape = RESULT_ROW, .argument_oid = X, .returns_set = true},
         false,
         false,
         false},
    };
    struct world world = world_new();
    add(&world, "a", "x", RELATION_TABLE);
    add(&world, "a", "y", RELATION_TABLE);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct function function = rows[i].function;
        function.schema = SLICE("a");
        add_function(&world, function);
    }
    assemble(&world, NULL, 0);
    const struct relation *x = served(&world, "x");
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct slice name = rows[i].function.name;
        size_t field = relation_find_field(x, name);
        const struct computed_link *link = relation_computed_link(x, name);
        cr_expect_eq(field != SIZE_MAX, rows[i].field, "%.*s", SLICE_ARG(name));
        cr_expect_eq(link != NULL, rows[i].link, "%.*s", SLICE_ARG(name));
        if (field != SIZE_MAX)
            cr_expect(field >= x->column_count && slice_present(relation_field(x, field)->function));
        if (link)
            cr_expect(link->one == rows[i].one && link->target == served(&world, "y"), "%.*s", SLICE_ARG(name));
        cr_expect_null(relation_column(x, name), "%.*s", SLICE_ARG(name));
    }
    world_free(&world);
}

Test(assemble, a_column_hides_a_function_and_a_function_beside_the_relation_others)
{
    struct world world = world_new();
    add(&world, "b", "x", RELATION_TABLE);
    static const char *const names[] = {"v", "twice", "far"};
    for (size_t i = 0; i < 3; i++) {
        struct function function = {.name = slice_of(names[i]), .shape = RESULT_SCALAR, .argument_oid = 1};
        function.schema = SLICE("a");
        add_function(&world, function);
        function.schema = SLICE("b");
        if (i < 2)
            add_function(&world, function);
    }
    assemble(&world, NULL, 0);
    const struct relation *x = served(&world, "x");
    cr_expect_eq(relation_find_field(x, SLICE("v")), 1);
    cr_expect_eq(x->computed.field_count, 2);
    cr_expect(slice_eq(relation_field(x, relation_find_field(x, SLICE("twice")))->function, SLICE("\"b\".\"twice\"")));
    cr_expect(slice_eq(relation_field(x, relation_find_field(x, SLICE("far")))->function, SLICE("\"a\".\"far\"")));
    world_free(&world);
}
