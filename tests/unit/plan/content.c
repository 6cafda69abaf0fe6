/* From documents to changes: nothing is lost, nothing of midair's own is written. */
#include "midair/plan/content.h"

#include "midair/json/gate.h"
#include "shop.h"

#include <criterion/criterion.h>

static struct json parse(struct arena *arena, const char *text)
{
    struct json json;
    struct err *err = json_parse(arena, slice_of(text), (struct json_limits){0}, &json);
    cr_assert_null(err, "%s", text);
    return json;
}

/* "column=value column=NULL column=DEFAULT": changes as a text. */
static struct slice text_of(struct arena *arena, const struct relation *relation, const struct changes *changes)
{
    struct buf buf = buf_new(arena, 64);
    for (size_t i = 0; i < changes->count; i++) {
        const struct change *change = &changes->items[i];
        buf_printf(&buf, "%s%.*s=", i ? " " : "", SLICE_ARG(relation->columns[change->column].name));
        if (change->op == CHANGE_DEFAULT)
            buf_z(&buf, "DEFAULT");
        else
            buf_put(&buf, slice_present(change->value) ? change->value : SLICE("NULL"));
    }
    return buf_slice(&buf);
}

static const struct slice key_17[] = {SLICE_LITERAL("17")};

Test(content, merge_patch_becomes_assignments)
{
    static const struct {
        const char *label, *document, *changes;
        bool needs_row;
    } rows[] = {
        {"text", "{\"note\":\"a b\"}", "note=a b", false},
        {"null", "{\"note\":null}", "note=NULL", false},
        {"a number keeps its digits", "{\"total\":9007199254740993.10}", "total=9007199254740993.10", false},
        {"a huge number", "{\"total\":1e400}", "total=1e400", false},
        {"a number for a text", "{\"note\":1.50}", "note=1.50", false},
        {"a boolean", "{\"open\":false}", "open=false", false},
        {"an array column", "{\"tags\":[\"x\", 1]}", "tags={\"tags\":[\"x\", 1]}", false},
        {"json text stays as it is", "{\"data\":[1.0,  2]}", "data=[1.0,  2]", false},
        {"a json string", "{\"data\":\"x\"}", "data=\"x\"", false},
        {"an object into json needs the row", "{\"data\":{\"a\":1}}", "data={\"a\":1}", true},
        {"an object for a text", "{\"note\":{\"a\":1}}", "note={\"a\":1}", false},
        {"stamps are left out", "{\"version\":99,\"created\":null,\"modified\":\"x\",\"note\":\"y\"}", "note=y", false},
        {"the tag is left out", "{\"etag\":\"\\\"x\\\"\",\"note\":\"y\"}", "note=y", false},
        {"the same key", "{\"id\":17,\"note\":\"y\"}", "note=y", false},
        {"the same key as a string", "{\"id\":\"017\",\"note\":\"y\"}", "note=y", false},
        {"another key", "{\"id\":18}", "id=18", false},
        {"nothing", "{}", "", false},
    };
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json document = parse(arena, rows[i].document);
        struct patch patch;
        cr_assert_null(content_merge(arena, orders, key_17, &document, &patch), "%s", rows[i].label);
        struct slice text = text_of(arena, orders, &patch.changes);
        cr_expect(slice_eq(text, slice_of(rows[i].changes)), "%s: %.*s", rows[i].label, SLICE_ARG(text));
        cr_expect_eq(patch.kind == PATCH_MERGE, rows[i].needs_row, "%s", rows[i].label);
    }
    arena_free(arena);
}

Test(content, documents_that_do_not_fit_are_refused)
{
    static const struct {
        const char *label, *document;
        bool merge, replace, insert;
    } rows[] = {
        {"no object", "[]", true, true, true},
        {"a string", "\"x\"", true, true, true},
        {"null", "null", true, true, true},
        {"an unknown column", "{\"nope\":1}", true, true, true},
        {"a column in other case", "{\"Note\":1}", true, true, true},
        {"a name with a NUL's look", "{\"note\\\\u0000\":1}", true, true, true},
        {"another key", "{\"id\":18}", false, true, false},
        {"a key that is none", "{\"id\":[17]}", false, true, false},
    };
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct json document = parse(arena, rows[i].document);
        struct patch patch;
        struct changes changes;
        struct err *merge = content_merge(arena, orders, key_17, &document, &patch);
        struct err *replace = content_replace(arena, orders, key_17, NULL, &document, &changes);
        struct err *insert = content_insert(arena, orders, NULL, NULL, &document, &changes);
        cr_expect_eq(merge && merge->kind == ERR_BAD_CONTENT, rows[i].merge, "merge: %s", rows[i].label);
        cr_expect_eq(replace && replace->kind == ERR_BAD_CONTENT, rows[i].replace, "replace: %s", rows[i].label);
        cr_expect_eq(insert && insert->kind == ERR_BAD_CONTENT, rows[i].insert, "insert: %s", rows[i].label);
    }
    arena_free(arena);
}

Test(content, a_replacement_names_every_writable_column)
{
    struct arena *arena = arena_new(0);
    struct relation *orders = shop_orders(arena);
    orders->columns[SHOP_OPEN].generated = true;
    struct json document = parse(arena, "{\"note\":\"x\",\"open\":true,\"version\":4}");
    struct changes changes;
    cr_assert_null(content_replace(arena, orders, key_17, NULL, &document, &changes));
    struct slice text = text_of(arena, orders, &changes);
    cr_expect(slice_eq(text, SLICE("note=x total=DEFAULT data=DEFAULT tags=DEFAULT")), "%.*s", SLICE_ARG(text));
    arena_free(arena);
}

Test(content, elements_with_the_same_members_share_a_batch)
{
    struct arena *arena = arena_new(0);
    const struct relation *orders = shop_orders(arena);
    struct json array = parse(arena, "[{\"note\":\"a\",\"total\":1},{\"total\":2.50,\"note\":\"b\",\"version\":"
                                     "\"junk\"},{\"note\":\"c\"},{},{},{\"note\":null}]");
    static const char *const documents[] = {"[{\"note\":\"a\",\"total\":1},{\"total\":2.50,\"note\":\"b\"}]",
                                            "[{\"note\":\"c\"}]", "[{},{}]", "[{\"note\":null}]"};
    struct batches batches;
    cr_assert_null(content_batches(arena, orders, NULL, NULL, &array, &batches));
    cr_assert_eq(batches.count, 4);
    for (size_t i = 0; i < batches.count; i++)
        cr_expect(slice_eq(batches.items[i].document, slice_of(documents[i])), "%zu: %.*s", i,
                  SLICE_ARG(batches.items[i].document));
    arena_free(arena);
}
