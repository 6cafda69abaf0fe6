#include "midair/plan/guarded_row.h"

#include "midair/plan/plan.h"
#include "midair/plan/tree_digest.h"

#include <stdlib.h>

enum { TOUCH_DEPTH = 16 };

bool watch_owns(struct arena *arena, const struct relation *relation, const struct slice *keys, const struct tag *tag)
{
    struct state state;
    struct slice text;
    return state_read(arena, tag->opaque, &state, &text) && state.kind == relation->stamp.kind &&
           state_belongs(arena, text, relation, keys);
}

bool watch_wants_place(struct arena *arena, const struct plan *plan)
{
    const struct tag_list *list = &plan->preconds.if_match;
    if (!plan->place || list->kind != TAGS_LIST)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!plan->keys || !plan->keys_exact || !watch_owns(arena, plan->relation, plan->keys, &list->tags[i]))
            return true;
    return false;
}

static bool same_keys(const struct relation *relation, const struct slice *a, const struct slice *b)
{
    for (size_t i = 0; i < relation->key.column_count; i++)
        if (!slice_eq(a[i], b[i]))
            return false;
    return true;
}

bool watch_covers_target(const struct plan *plan, const struct watch *watch)
{
    if (plan->keys && watch->relation == plan->relation && same_keys(watch->relation, watch->keys, plan->keys))
        return true;
    for (size_t i = 0; plan->place && i < plan->place->count; i++) {
        const struct ancestor *ancestor = &plan->place->ancestors[i];
        if (watch->relation == ancestor->relation && same_keys(watch->relation, watch->keys, ancestor->keys))
            return true;
    }
    return false;
}

/* Whether writes of `child` bump rows of `relation`, be it over several levels. */
static bool is_touched(const struct relation *relation, const struct relation *child, size_t depth)
{
    for (size_t i = 0; depth < TOUCH_DEPTH && i < child->parent_count; i++) {
        const struct link *link = child->parents[i];
        if (link->touch && (link->parent == relation || is_touched(relation, link->parent, depth + 1)))
            return true;
    }
    return false;
}

static bool covers_tree(const struct tag_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (slice_present(reach_of_tag(list->tags[i].opaque)))
            return true;
    return false;
}

/* A lock that is taken in a weaker form first and has to grow later is how deadlocks begin. */
static enum lock_strength lock_for(const struct plan *plan, const struct watch *watch)
{
    if (!watch->relation->can_update && !watch->relation->can_delete)
        return LOCK_NONE; /* PostgreSQL lets nobody lock what he may not write */
    if (covers_tree(watch->role == WATCH_NAMED ? &watch->preconds.if_match : &plan->preconds.if_match))
        return LOCK_UPDATE;
    return is_touched(watch->relation, plan->relation, 0) ? LOCK_NO_KEY_UPDATE : LOCK_SHARE;
}

static int compare(const struct relation *a, const struct slice *a_keys, const struct relation *b,
                   const struct slice *b_keys)
{
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    int order = slice_cmp(a->resource, b->resource);
    order = order ? order : slice_cmp(a->ident, b->ident);
    for (size_t i = 0; order == 0 && i < a->key.column_count; i++)
        order = slice_cmp(a_keys[i], b_keys[i]);
    return order;
}

static int by_order(const void *a, const void *b)
{
    const struct watch *x = a, *y = b;
    return compare(x->relation, x->keys, y->relation, y->keys);
}

static void add_ancestors(struct arena *arena, struct plan *plan)
{
    struct watches *watches = &plan->watches;
    struct watch *items = ARENA_ARRAY(arena, struct watch, watches->count + plan->place->count);
    for (size_t i = 0; i < watches->count; i++)
        items[i] = watches->items[i];
    for (size_t i = 0; i < plan->place->count; i++) {
        const struct ancestor *ancestor = &plan->place->ancestors[i];
        items[watches->count++] = (struct watch){.role = WATCH_ANCESTOR,
                                                 .relation = ancestor->relation,
                                                 .keys = ancestor->keys,
                                                 .keys_exact = ancestor->keys_exact,
                                                 .place = place_above(plan->place, i)};
    }
    watches->items = items;
}

/* Two watches of one row lock it once, in the stronger form. */
static void level_locks(struct watches *watches)
{
    for (size_t i = 1; i < watches->count; i++)
        for (size_t k = i; k-- > 0 && by_order(&watches->items[k], &watches->items[i]) == 0;) {
            struct watch *a = &watches->items[k], *b = &watches->items[i];
            a->lock = b->lock = a->lock > b->lock ? a->lock : b->lock;
        }
}

void watch_settle(struct arena *arena, struct plan *plan, bool reads)
{
    struct watches *watches = &plan->watches;
    if (watch_wants_place(arena, plan))
        add_ancestors(arena, plan);
    if (watches->count == 0)
        return;
    for (size_t i = 0; i < watches->count; i++)
        watches->items[i].lock = reads ? LOCK_NONE : lock_for(plan, &watches->items[i]);
    qsort(watches->items, watches->count, sizeof(struct watch), by_order);
    level_locks(watches);
    for (size_t i = 0; i < watches->count; i++) {
        struct watch *watch = &watches->items[i];
        watch->after = plan->keys && compare(watch->relation, watch->keys, plan->relation, plan->keys) >= 0;
    }
}
