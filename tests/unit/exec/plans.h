/* Plans about the orders of plan/shop.h, and a scripted PostgreSQL that answers them. */
#ifndef MIDAIR_TESTS_EXEC_PLANS_H
#define MIDAIR_TESTS_EXEC_PLANS_H

#include "../../fake/libpq.h"
#include "../../pg_options.h"
#include "../plan/shop.h"
#include "midair/base/clock.h"
#include "midair/exec/execute.h"
#include "midair/json/gate.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* What the script's row, row1 and row2 are: order 17 in these versions. */
enum { VERSION_SEEN = 3, VERSION_LATER = 4, VERSION_LAST = 5 };

enum { WITHIN_US = 5000000, BRIEFLY_US = 60000 };

struct stage {
    struct arena *arena;
    struct relation *orders;
    struct slice key[1];
    struct plan plan;
    struct db *db;
    struct exec exec;
    struct outcome out;
};

/* The cells of order 17, for the plain layout. */
static inline const char *const *stage_cells(struct arena *arena, const struct relation *orders, int version)
{
    static const char *const texts[SHOP_COLUMNS] = {
        "17", "a note", "12.50", "{}", "[]", "t", "2025-11-21 10:34:40+00", "2025-11-21 10:34:40+00", NULL};
    const struct layout *layout = layout_new(arena, orders, NULL);
    const char **cells = ARENA_ARRAY(arena, const char *, layout->fetch_count + 1);
    for (size_t i = 0; i < layout->fetch_count; i++) {
        const char *text = texts[layout->fetches[i].column];
        cells[i] = text ? text : arena_printf(arena, "%d", version).at;
    }
    return cells;
}

/* The tag of order 17 in a version. */
static inline struct slice stage_tag(struct arena *arena, const struct relation *orders, int version)
{
    const struct layout *layout = layout_new(arena, orders, NULL);
    const char *const *texts = stage_cells(arena, orders, version);
    struct slice *cells = ARENA_ARRAY(arena, struct slice, layout->fetch_count);
    for (size_t i = 0; i < layout->fetch_count; i++)
        cells[i] = slice_of(texts[i]);
    const struct rows rows = {.row_count = 1, .column_count = layout->fetch_count, .cells = cells};
    return layout_tag(arena, layout, &rows, 0);
}

static inline void stage_init(struct stage *s, struct fake script)
{
    log_set_level(LOG_FATAL);
    *s = (struct stage){.arena = arena_new(0), .key = {SLICE("17")}};
    s->orders = shop_orders(s->arena);
    for (int i = 0; i < 3; i++)
        script.cells[i] = stage_cells(s->arena, s->orders, VERSION_SEEN + i);
    fake_reset(script);
    struct db_options options = pg_options(SLICE("scripted"));
    options.pool_size = 2;
    options.lane_threshold = 1000; /* a lone request takes a lease: what it sends is the same */
    options.connect_timeout_us = 30000;
    s->db = db_open(&options);
    s->exec = (struct exec){.db = s->db, .arena = s->arena, .deadline = clock_now_us() + WITHIN_US};
    s->plan = (struct plan){.relation = s->orders, .layout = layout_new(s->arena, s->orders, NULL)};
}

static inline void stage_free(struct stage *s, const char *label)
{
    outcome_release(&s->out);
    db_close(s->db);
    arena_free(s->arena);
    cr_expect_eq(fake.results, 0, "%s: %d results are not cleared", label, fake.results);
    cr_expect_eq(fake.open, 0, "%s: %d connections are open", label, fake.open);
}

static inline struct json stage_json(struct stage *s, const char *text)
{
    const struct json_limits limits = {.depth = 10, .nodes = 100, .bytes = 10000};
    struct json json;
    struct err *err = json_parse(s->arena, slice_of(text), limits, &json);
    cr_assert_null(err, "%s", text);
    return json;
}

static inline void stage_item(struct stage *s, enum plan_kind kind, bool conditional)
{
    s->plan.kind = kind;
    s->plan.keys = s->key;
    s->plan.keys_exact = true;
    if (conditional) {
        struct tag *tag = ARENA_NEW(s->arena, struct tag);
        tag->opaque = stage_tag(s->arena, s->orders, VERSION_SEEN);
        s->plan.preconds.if_match = (struct tag_list){TAGS_LIST, tag, 1};
        s->plan.conditional = true;
    }
    s->plan.guard = guard_make(s->arena, &s->plan.preconds, s->orders, s->key, true);
}

#endif
