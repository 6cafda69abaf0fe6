/* What a view's columns are made of, read from trees as PostgreSQL prints them. */
#include "../../../src/catalog/view_targets.h"

#include "midair/base/buf.h"

#include <criterion/criterion.h>

/* An entry of a target list. */
#define ENTRY(number, table, column, junk)                                                                             \
    "{TARGETENTRY :expr {VAR :varno 1 :varattno 1} :resno " number " :resname x :ressortgroupref 0 :resorigtbl " table \
    " :resorigcol " column " :resjunk " junk "}"
#define QUERY(before, list) "({QUERY :commandType 1 " before ":targetList " list " :override 0})"

static const struct {
    const char *label, *rule, *targets;
} rows[] = {
    {"two columns of one table",
     QUERY("", "(" ENTRY("1", "16385", "2", "false") " " ENTRY("2", "16385", "1", "false") ")"),
     "1=16385.2 2=16385.1 "},
    {"an expression", QUERY("", "(" ENTRY("1", "0", "0", "false") ")"), "1=0.0 "},
    {"what is there for ORDER BY alone", QUERY("", "(" ENTRY("1", "7", "1", "false") ENTRY("2", "7", "3", "true") ")"),
     "1=7.1 "},
    {"entries of a subquery before it",
     QUERY(":rtable ({RTE :subquery {QUERY :targetList (" ENTRY("1", "9", "9", "false") ")}}) ",
           "(" ENTRY("1", "7", "1", "false") ")"),
     "1=7.1 "},
    {"entries inside of an entry",
     "({QUERY :targetList ({TARGETENTRY :expr {SUBLINK :subselect {QUERY :targetList (" ENTRY(
         "5", "9", "9", "false") ")}} :resno 1 :resorigtbl 0 :resorigcol 0 :resjunk false})})",
     "1=0.0 "},
    {"names that are full of brackets",
     "({QUERY :targetList ({TARGETENTRY :resno 1 :resname \\}\\)\\ :resorigtbl\\ 5\\( :resorigtbl 7 :resorigcol 2 "
     ":resjunk false})})",
     "1=7.2 "},
    {"a second query in the list", QUERY("", "(" ENTRY("1", "7", "1", "false") ")") " {QUERY :targetList ()}",
     "1=7.1 "},
    {"no list", "({QUERY :commandType 1})", ""},
    {"an empty list", QUERY("", "<>"), ""},
    {"a list that holds nothing", QUERY("", "()"), ""},
    {"a list that is not closed", "({QUERY :targetList (" ENTRY("1", "7", "1", "false"), "1=7.1 "},
    {"an entry that is not closed", "({QUERY :targetList ({TARGETENTRY :resno 1 :resorigtbl 7", ""},
    {"a field without a value", "({QUERY :targetList ({TARGETENTRY :resno} {TARGETENTRY :resno 2 :resorigtbl",
     "0=0.0 "},
    {"a number that is too large", QUERY("", "(" ENTRY("1", "99999999999", "1", "false") ")"), "1=0.1 "},
    {"a number that is none", QUERY("", "(" ENTRY("one", "-7", "1", "false") ")"), "0=0.1 "},
    {"a list too high up", "(:targetList ({TARGETENTRY :resno 1}))", ""},
    {"brackets that close first", ")}({QUERY :targetList ({TARGETENTRY :resno 1})})", ""},
    {"a backslash at the end", "({QUERY :targetList ({TARGETENTRY :resno 1 :resname \\", ""},
    {"JSON", "[{\"targetList\": [1]}]", ""},
    {"nothing", "", ""},
};

Test(view_targets, entries_are_found_by_name_and_depth)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct arena *arena = arena_new(0);
        size_t count;
        struct view_target *targets = view_targets(arena, slice_of(rows[i].rule), &count);
        struct buf out = buf_new(arena, 64);
        for (size_t k = 0; k < count; k++)
            buf_printf(&out, "%d=%u.%d ", targets[k].number, targets[k].table, targets[k].column);
        buf_byte(&out, '\0');
        cr_expect_str_eq(out.at, rows[i].targets, "%s: %s", rows[i].label, out.at);
        arena_free(arena);
    }
}

Test(view_targets, as_many_entries_as_a_view_can_have)
{
    enum { MOST = 1664 };
    struct arena *arena = arena_new(0);
    struct buf rule = buf_new(arena, 4096);
    buf_z(&rule, "({QUERY :targetList (");
    for (int i = 1; i <= MOST; i++)
        buf_printf(&rule, "{TARGETENTRY :resno %d :resorigtbl 20000 :resorigcol %d :resjunk false} ", i, i + 1);
    buf_z(&rule, ")})");
    size_t count;
    struct view_target *targets = view_targets(arena, buf_slice(&rule), &count);
    cr_assert_eq(count, MOST);
    cr_expect_eq(targets[MOST - 1].column, MOST + 1);
    arena_free(arena);
}
