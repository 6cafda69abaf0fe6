/* One request about the orders of plan/shop.h, and the row that PostgreSQL gave back for it. */
#ifndef MIDAIR_TESTS_RESPOND_ORDERS_H
#define MIDAIR_TESTS_RESPOND_ORDERS_H

#include "../plan/shop.h"
#include "midair/respond/respond.h"

#include <criterion/criterion.h>

#define NOW_US INT64_C(1763721290000000) /* 2025-11-21T10:34:50Z, ten seconds after the row's last change */

struct fixture {
    struct arena *arena;
    struct relation *orders;
    struct route route;
    struct plan plan;
    struct ask ask;
    struct rows rows;
    struct slice key;
    struct outcome outcome;
};

/* GET /orders/17 of a row at version 3 whose note is `note`. */
static inline void fixture_init(struct fixture *f, struct slice note)
{
    static const char *const texts[SHOP_COLUMNS] = {
        "17", "", "12.50", "{}", "[]", "t", "2025-11-21 10:34:40.123456+00", "2025-11-21 10:34:40.123456+00", "3"};
    *f = (struct fixture){.arena = arena_new(0), .key = SLICE("17")};
    f->orders = shop_orders(f->arena);
    f->route = (struct route){.kind = ROUTE_ITEM, .relation = f->orders};
    f->plan = (struct plan){.kind = PLAN_READ_ITEM, .relation = f->orders, .keys = &f->key};
    f->plan.layout = layout_for_preconds(f->arena, f->orders);
    struct slice *cells = ARENA_ARRAY(f->arena, struct slice, f->plan.layout->fetch_count);
    for (size_t i = 0; i < f->plan.layout->fetch_count; i++) {
        const struct fetch *fetch = &f->plan.layout->fetches[i];
        cells[i] = fetch->column == SHOP_NOTE ? note : slice_of(texts[fetch->column]);
        if (fetch->kind == FETCH_CLOCK)
            cells[i] = SLICE("1763721290"); /* NOW_US */
    }
    f->rows = (struct rows){.row_count = 1, .column_count = f->plan.layout->fetch_count, .cells = cells};
    f->outcome = (struct outcome){
        .kind = OUTCOME_FOUND, .layout = f->plan.layout, .parts = &f->rows, .part_count = 1, .affected = 1};
    f->ask = (struct ask){
        .arena = f->arena,
        .facts = {.method = METHOD_GET, .path = SLICE("/orders/17"), .base_path = SLICE(""), .wall_us = NOW_US},
        .decisions = {.route = &f->route, .plan = &f->plan, .allow = METHOD_BIT(METHOD_GET) | METHOD_BIT(METHOD_HEAD)}};
}

/* A write of that row by `method`, which came out as `kind`. */
static inline void fixture_write(struct fixture *f, enum method method, enum outcome_kind kind)
{
    f->ask.facts.method = method;
    f->plan.kind = method == METHOD_POST ? PLAN_INSERT : method == METHOD_PUT ? PLAN_REPLACE : PLAN_PATCH;
    f->route.kind = method == METHOD_POST ? ROUTE_COLLECTION : ROUTE_ITEM;
    f->outcome.kind = kind;
}

static inline struct http_response fixture_respond(struct fixture *f)
{
    struct http_response out = {0};
    struct err *err = respond_outcome(&f->ask, &f->outcome, &out);
    if (err)
        respond_failure(&f->ask, err, &out);
    return out;
}

#define EXPECT_FIELD(label, out, name, wanted)                                                                         \
    cr_expect(slice_eq(response_get(&(out), name), slice_of(wanted)), "%s: %s is %.*s", label, name,                   \
              SLICE_ARG(response_get(&(out), name)))
#define EXPECT_NO_FIELD(label, out, name)                                                                              \
    cr_expect_not(slice_present(response_get(&(out), name)), "%s: %s is %.*s", label, name,                            \
                  SLICE_ARG(response_get(&(out), name)))

static inline bool holds(struct slice text, const char *part)
{
    return text.len && memmem(text.at, text.len, part, strlen(part)) != NULL;
}

#endif
