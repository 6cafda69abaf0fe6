/* The OpenAPI document: names that are legal in PostgreSQL and not in a URL or a component, and what is not allowed. */
#include "midair/openapi/openapi.h"

#include "../../../src/openapi/parts.h"

#include "midair/catalog/policy.h"
#include "midair/http/message.h"

#include <criterion/criterion.h>

/* A table of two columns: a key and a text. */
static struct relation *make(struct arena *arena, const char *name, const char *key)
{
    static struct policy policy = {.methods = ~0u, .etag_field = {"etag", 4}};
    struct relation *relation = ARENA_NEW(arena, struct relation);
    relation->resource = relation->name = slice_of(name);
    relation->columns = ARENA_ARRAY(arena, struct column, 2);
    relation->column_count = 2;
    relation->by_name = map_new(arena);
    relation->columns[0] = (struct column){.name = slice_of(key),
                                           .type = SLICE("integer"),
                                           .type_oid = 23,
                                           .form = FORM_NUMBER,
                                           .not_null = true,
                                           .can_select = true};
    relation->columns[1] = (struct column){.name = SLICE("t"),
                                           .type = SLICE("character varying(20)"),
                                           .type_oid = 1043,
                                           .form = FORM_STRING,
                                           .can_select = true,
                                           .can_insert = true};
    for (size_t i = 0; i < 2; i++)
        map_put(&relation->by_name, relation->columns[i].name, &relation->columns[i]);
    relation->key.columns = ARENA_ARRAY(arena, int, 1);
    relation->key.column_count = 1;
    relation->stamp = (struct stamp){.kind = STAMP_XMIN, .created = -1, .modified = -1, .version = -1};
    relation->can_select = relation->can_insert = relation->can_update = relation->can_delete = true;
    relation->policy = &policy;
    return relation;
}

static cJSON *document(struct arena *arena, struct relation *relation)
{
    struct catalog catalog = {.relations = &relation, .relation_count = 1};
    struct openapi_options options = {.base_path = SLICE("/api")};
    struct slice text = openapi_document(arena, &catalog, &options);
    cJSON *tree = cJSON_ParseWithLength(text.at, text.len);
    cr_assert(tree, "%.*s", SLICE_ARG(text));
    return tree;
}

static cJSON *at(cJSON *tree, const char *a, const char *b, const char *c)
{
    cJSON *found = cJSON_GetObjectItemCaseSensitive(tree, a);
    found = b ? cJSON_GetObjectItemCaseSensitive(found, b) : found;
    return c ? cJSON_GetObjectItemCaseSensitive(found, c) : found;
}

Test(openapi, names_become_legal_and_stay_apart)
{
    static const struct {
        const char *name, *legal;
    } rows[] = {{"orders", "orders"}, {"order_lines", "order_lines"}, {"a b", "a_20b"},
                {"a_20b", "a_5f20b"}, {"a/{b}", "a_2f_7bb_7d"},       {"_hidden", "_hidden"},
                {"_beef", "_5fbeef"}, {"\xc3\xa9", "_c3_a9"},         {"", ""}};
    struct arena *arena = arena_new(0);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_str_eq(openapi_name(arena, slice_of(rows[i].name)), rows[i].legal);
    arena_free(arena);
}

Test(openapi, odd_names_are_escaped_in_paths_and_templates)
{
    struct arena *arena = arena_new(0);
    cJSON *tree = document(arena, make(arena, "My Orders/x", "the {key}"));
    cr_expect(at(tree, "paths", "/My%20Orders%2Fx", "get"));
    cr_expect(at(tree, "paths", "/My%20Orders%2Fx/{the_20_7bkey_7d}", "patch"));
    cr_expect(at(tree, "components", "schemas", "My_20Orders_2fx"));
    cr_expect_str_eq(cJSON_GetObjectItem(cJSON_GetArrayItem(at(tree, "servers", NULL, NULL), 0), "url")->valuestring,
                     "/api");
    cJSON_Delete(tree);
    arena_free(arena);
}

Test(openapi, only_what_is_allowed_is_in_it)
{
    struct arena *arena = arena_new(0);
    struct relation *relation = make(arena, "t", "id");
    struct policy reads = {.methods = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_DELETE)};
    relation->policy = &reads;
    relation->can_delete = false;
    cJSON *tree = document(arena, relation);
    cr_expect(at(tree, "paths", "/t", "get") && at(tree, "paths", "/t/{id}", "get"));
    cr_expect(!at(tree, "paths", "/t", "post") && !at(tree, "paths", "/t/{id}", "delete"));
    cr_expect(!at(at(tree, "components", "schemas", "t"), "properties", "etag", NULL), "etag_field is empty");
    cJSON_Delete(tree);
    relation->key.column_count = 0;
    tree = document(arena, relation);
    cr_expect(!at(tree, "paths", "/t/{id}", NULL), "no key, no items");
    cJSON_Delete(tree);
    arena_free(arena);
}

Test(openapi, columns_say_their_type_length_and_null)
{
    struct arena *arena = arena_new(0);
    struct relation *relation = make(arena, "t", "id");
    cJSON *text = openapi_column(arena, relation, 1), *key = openapi_column(arena, relation, 0);
    cr_expect_eq(cJSON_GetObjectItem(text, "maxLength")->valueint, 20);
    cr_expect_str_eq(cJSON_GetArrayItem(cJSON_GetObjectItem(text, "type"), 1)->valuestring, "null");
    cr_expect_str_eq(cJSON_GetObjectItem(key, "type")->valuestring, "integer");
    cr_expect_str_eq(cJSON_GetObjectItem(key, "format")->valuestring, "int32");
    cJSON_Delete(text);
    cJSON_Delete(key);
    arena_free(arena);
}

/* What a request shows is made before it comes: the same bytes for all of them. */
Test(openapi, a_set_has_one_document_for_each_schema_and_outlives_the_catalog)
{
    struct arena *arena = arena_new(0);
    struct relation *relations[] = {make(arena, "first", "id"), make(arena, "second", "id")};
    relations[0]->schema = SLICE("a");
    relations[1]->schema = SLICE("b");
    struct exposed schemas[] = {{.name = SLICE("a")}, {.name = SLICE("b")}};
    struct catalog catalog = {
        .relations = relations, .relation_count = 2, .schemas = schemas, .schema_count = 2, .database = SLICE("d")};
    struct openapi_set *set = openapi_set_new(&catalog, SLICE("/api"), false, false);
    arena_free(arena);
    struct slice plain = openapi_set_get(set, SLICE_ABSENT);
    struct slice a = openapi_set_get(set, SLICE("a")), b = openapi_set_get(set, SLICE("b"));
    cr_expect(plain.len && a.len && b.len);
    cr_expect_eq(a.at, openapi_set_get(set, SLICE("a")).at, "made once");
    cr_expect_not(slice_eq(a, b));
    cr_expect_neq(strstr(a.at, "/first"), NULL);
    cr_expect_eq(strstr(a.at, "/second"), NULL);
    cr_expect_not(slice_present(openapi_set_get(set, SLICE("c"))), "not exposed");
    cr_expect_not(slice_present(openapi_set_get(set, SLICE("A"))), "case matters");
    cr_expect_not(slice_present(openapi_set_get(set, SLICE(""))), "an empty name is one, and no schema has it");
    openapi_set_free(set);
    openapi_set_free(NULL);
    cr_expect_null(openapi_set_new(NULL, SLICE(""), false, false), "without a catalog there is nothing to describe");
}
