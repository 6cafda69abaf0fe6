/* Functions of a row in a catalog: computed fields and computed relationships, and which names hide which. */
#include "world.h"

#include <criterion/criterion.h>

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
