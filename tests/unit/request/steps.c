/* The steps up to `plan`, which need neither a connection nor a client: what each request becomes, or which step
 * refuses it with what. */
#include "../../../src/request/request.h"
#include "../plan/shop.h"

#include <criterion/criterion.h>

#define COUNT(rows) (sizeof(rows) / sizeof(*(rows)))
#define NONE PLAN_NONE
#define FINE ERR_KINDS

struct world {
    struct arena *arena;
    struct relation *orders;
    struct catalog catalog;
    struct service_options options;
    struct view view;
    struct exchange exchange;
    struct request request;
};

static void world_init(struct world *w, bool postgrest)
{
    static struct function functions[2];
    *w = (struct world){.arena = arena_new(0)};
    w->orders = shop_orders(w->arena);
    functions[0] = (struct function){.schema = SLICE("public"),
                                     .name = SLICE("reads"),
                                     .shape = RESULT_SCALAR,
                                     .volatility = VOLATILITY_STABLE,
                                     .result = w->orders};
    functions[1] = (struct function){.schema = SLICE("public"),
                                     .name = SLICE("writes"),
                                     .shape = RESULT_SCALAR,
                                     .volatility = VOLATILITY_VOLATILE,
                                     .result = w->orders};
    w->catalog = (struct catalog){.arena = w->arena,
                                  .by_resource = map_new(w->arena),
                                  .schemas = ARENA_NEW(w->arena, struct exposed),
                                  .schema_count = 1,
                                  .functions = functions,
                                  .function_count = 2,
                                  .user = SLICE("midair"),
                                  .search_first = SLICE("public")};
    w->catalog.schemas[0].name = SLICE("public");
    map_put(&w->catalog.by_resource, w->orders->resource, w->orders);
    w->options = (struct service_options){.dialect = postgrest ? DIALECT_POSTGREST : DIALECT_MIDAIR,
                                          .base_path = SLICE(""),
                                          .max_body = 10000,
                                          .json_depth = 20,
                                          .json_nodes = 1000,
                                          .max_depth = 4,
                                          .statement_timeout_us = 1000000};
    w->view = (struct view){.catalog = &w->catalog, .options = &w->options};
}

/* `fields`: "Name: value\n" and so on. */
static void read_fields(struct world *w, struct slice text)
{
    struct fields *fields = &w->exchange.in.fields;
    struct slice line, name, value;
    fields->items = ARENA_ARRAY(w->arena, struct field, 8);
    while (text.len) {
        slice_cut(text, '\n', &line, &text);
        slice_cut(line, ':', &name, &value);
        fields->items[fields->count++] = (struct field){name, slice_trim(value)};
    }
}

/* Runs the steps up to `plan`; the name of the one that refuses, or NULL. */
static const char *run(struct request *r, struct err **err)
{
    if ((*err = step_collect(r, &r->collect)))
        return "collect";
    if ((*err = step_route(r, &r->route)))
        return "route";
    if ((*err = step_params(r, &r->params)))
        return "params";
    if ((*err = step_allow(r, &r->allow)))
        return "allow";
    if ((*err = step_conditions(r, &r->conditions)))
        return "conditions";
    if ((*err = step_decode(r, &r->decode)))
        return "decode";
    return (*err = step_plan(r, &r->plan)) ? "plan" : NULL;
}

struct row {
    const char *label, *method, *path, *query, *fields, *content;
    const char *step;   /* that refuses it; NULL: none */
    enum err_kind kind; /* FINE: it becomes a plan */
    enum plan_kind plan;
};

#define ANY "If-Match: *\n"
#define OLD "If-Match: \"old\"\n"

static const struct row rows[] = {
    {"a row", "GET", "/orders/17", "", "", NULL, NULL, FINE, PLAN_READ_ITEM},
    {"a list", "GET", "/orders", "note=eq.a&order=id", "", NULL, NULL, FINE, PLAN_READ_LIST},
    {"a function", "GET", "/rpc/reads", "", "", NULL, NULL, FINE, PLAN_CALL},
    {"a function that writes", "POST", "/rpc/writes", "", "", "{}", NULL, FINE, PLAN_CALL},
    {"the index", "GET", "/", "", "", NULL, NULL, FINE, NONE},
    {"the index, whatever its query", "GET", "/", "select=(", "", NULL, NULL, FINE, NONE},
    {"health", "GET", "/_live", "", "", NULL, NULL, FINE, NONE},
    {"OPTIONS, whatever its query", "OPTIONS", "/orders", "x", "", NULL, NULL, FINE, NONE},
    {"one new row", "POST", "/orders", "", "", "{\"note\":\"a\"}", NULL, FINE, PLAN_INSERT},
    {"new rows", "POST", "/orders", "", "", "[{\"note\":\"a\"}]", NULL, FINE, PLAN_INSERT_MANY},
    {"an upsert", "POST", "/orders", "", "Prefer: resolution=merge-duplicates\n" ANY, "[{\"id\":1}]", NULL, FINE,
     PLAN_UPSERT},
    {"an upsert by tags", "POST", "/orders", "", "Prefer: resolution=merge-duplicates\n", "[{\"id\":1,\"etag\":\"x\"}]",
     "plan", ERR_BAD_FIELD, NONE},
    {"a replacement", "PUT", "/orders/17", "", ANY, "{}", NULL, FINE, PLAN_REPLACE},
    {"a replacement by filter", "PUT", "/orders", "id=eq.17", ANY, "{}", NULL, FINE, PLAN_REPLACE},
    {"an array", "PUT", "/orders", "", "", "[{\"id\":1}]", NULL, FINE, PLAN_BULK},
    {"a patch", "PATCH", "/orders/17", "", ANY, "{\"note\":\"b\"}", NULL, FINE, PLAN_PATCH},
    {"a patch by filter", "PATCH", "/orders", "id=eq.17", ANY, "{\"note\":\"b\"}", NULL, FINE, PLAN_PATCH_LIST},
    {"a patch of an array", "PATCH", "/orders", "", "", "[{\"id\":1}]", NULL, FINE, PLAN_BULK},
    {"a deletion", "DELETE", "/orders/17", "", ANY, NULL, NULL, FINE, PLAN_DELETE},
    {"a deletion by filter", "DELETE", "/orders", "id=eq.17", ANY, NULL, NULL, FINE, PLAN_DELETE_LIST},
    {"broken content under a tag", "PATCH", "/orders/17", "", OLD, "{", NULL, FINE, PLAN_PROBE},
    {"a column that is none under a tag", "PUT", "/orders/17", "", OLD, "{\"nope\":1}", NULL, FINE, PLAN_PROBE},
    {"tags that the row must not have", "PATCH", "/orders/17", "", "If-None-Match: \"x\"\n", "{", NULL, FINE,
     PLAN_PROBE},
    {"the same by filter", "DELETE", "/orders", "id=eq.17", "If-None-Match: \"x\"\n", NULL, NULL, FINE, PLAN_PROBE},

    {"an override of nothing", "BREW", "/orders", "", "", NULL, "allow", ERR_METHOD_NOT_ALLOWED, NONE},
    {"no such table", "GET", "/nope", "select=(", "", NULL, "route", ERR_NO_RESOURCE, NONE},
    {"a key that can be none", "GET", "/orders/x", "", "", NULL, "route", ERR_NO_ROW, NONE},
    {"a schema that is not exposed", "GET", "/orders", "", "Accept-Profile: secret\n", NULL, "route",
     ERR_NOT_ACCEPTABLE, NONE},
    {"a query that cannot be parsed", "GET", "/orders", "id=17", "", NULL, "params", ERR_BAD_QUERY, NONE},
    {"the same before the method is looked at", "BREW", "/orders", "id=17", "", NULL, "params", ERR_BAD_QUERY, NONE},
    {"columns= that are none", "POST", "/orders", "columns=nope", "", "{}", "params", ERR_BAD_CONTENT, NONE},
    {"PUT by another filter", "PUT", "/orders", "id=eq.1&note=eq.a", ANY, "{}", "params", ERR_METHOD_NOT_ALLOWED, NONE},
    {"no such method of a row", "POST", "/orders/17", "", "", "{}", "allow", ERR_METHOD_NOT_ALLOWED, NONE},
    {"nothing that Accept takes", "GET", "/orders", "", "Accept: image/png\n", NULL, "allow", ERR_NOT_ACCEPTABLE, NONE},
    {"content of another type", "PATCH", "/orders/17", "", ANY "Content-Type: text/csv\n", "a", "allow",
     ERR_UNSUPPORTED_MEDIA_TYPE, NONE},
    {"a condition that cannot be read", "PATCH", "/orders/17", "", "If-Match: x\n", "{}", "conditions", ERR_BAD_FIELD,
     NONE},
    {"a condition of a POST", "POST", "/orders", "", OLD, "{", "conditions", ERR_PRECONDITION_FAILED, NONE},
    {"a condition of a function", "POST", "/rpc/writes", "", OLD, "{", "conditions", ERR_PRECONDITION_FAILED, NONE},
    {"no condition", "PATCH", "/orders/17", "", "", "{", "decode", ERR_PRECONDITION_REQUIRED, NONE},
    {"no condition of a filter", "DELETE", "/orders", "", "", NULL, "decode", ERR_PRECONDITION_REQUIRED, NONE},
    {"broken content", "POST", "/orders", "", "", "{", "decode", ERR_BAD_JSON, NONE},
    {"no content", "POST", "/orders", "", "", "", "decode", ERR_BAD_JSON, NONE},
    {"a column that is none", "GET", "/orders", "nope=eq.1", "", NULL, "plan", ERR_BAD_QUERY, NONE},
    {"a filter of a row", "GET", "/orders/17", "note=eq.a", "", NULL, "plan", ERR_BAD_QUERY, NONE},
    {"a limit of a write", "DELETE", "/orders", "limit=1", ANY, NULL, "plan", ERR_BAD_QUERY, NONE},
    {"a member that is none", "POST", "/orders", "", "", "{\"nope\":1}", "plan", ERR_BAD_CONTENT, NONE},
    {"no such function", "POST", "/rpc/nope", "", "", "{}", "plan", ERR_NO_RESOURCE, NONE},
    {"GET of a function that writes", "GET", "/rpc/writes", "", "", NULL, "plan", ERR_METHOD_NOT_ALLOWED, NONE},
};

static void check(const struct row *row)
{
    struct world w;
    struct err *err;
    world_init(&w, false);
    w.exchange.arena = w.arena;
    w.exchange.in = (struct http_request){.method = method_of(slice_of(row->method)),
                                          .method_text = slice_of(row->method),
                                          .path = slice_of(row->path),
                                          .query = *row->query ? slice_of(row->query) : SLICE_ABSENT,
                                          .body = row->content ? slice_of(row->content) : SLICE(""),
                                          .has_body = row->content != NULL};
    read_fields(&w, slice_of(row->fields));
    struct request *r = &w.request;
    *r = (struct request){.exchange = &w.exchange,
                          .arena = w.arena,
                          .in = &w.exchange.in,
                          .out = &w.exchange.out,
                          .view = &w.view,
                          .options = &w.options};
    const char *step = run(r, &err);
    if (row->step) {
        cr_expect(step && strcmp(step, row->step) == 0, "%s: %s", row->label, step ? step : "nothing refuses it");
        cr_expect(err && err->kind == row->kind, "%s: %s", row->label, err ? err->detail.at : "no error");
    } else {
        cr_expect_null(step, "%s: %s", row->label, step);
        cr_expect_eq(r->plan.plan.kind, row->plan, "%s: plan %d", row->label, (int)r->plan.plan.kind);
    }
    arena_free(w.arena);
}

Test(steps, each_request_becomes_a_plan_or_is_refused_by_one_step)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        check(&rows[i]);
}

static size_t calls_left;

static void *failing(size_t size)
{
    return calls_left ? (calls_left--, malloc(size)) : NULL;
}

Test(steps, each_request_ends_in_the_same_way_wherever_malloc_fails)
{
    cr_assert(arena_fill_reserve());
    for (size_t n = 0; n < 6; n++)
        for (size_t i = 0; i < COUNT(rows); i++) {
            calls_left = n;
            arena_fake_malloc(failing);
            check(&rows[i]);
            arena_fake_malloc(NULL);
        }
}
