#include "midair/plan/guarded_row.h"

#include "midair/plan/plan.h"
#include "midair/plan/tree_digest.h"

#include <stdlib.h>

enum { TOUCH_DEPTH = 16 };

bool guarded_row_owns(struct arena *arena, const struct relation *relation, const struct slice *keys,
                      const struct tag *tag)
{
    struct state state;
    struct slice text;
    return state_read(arena, tag->opaque, &state, &text) && state.kind == relation->stamp.kind &&
           state_belongs(arena, text, relation, keys);
}

bool guarded_row_wants_parents(struct arena *arena, const struct plan *plan)
{
    const struct tag_list *list = &plan->preconds.if_match;
    if (!plan->parent_path || list->kind != TAGS_LIST)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!plan->keys || !plan->keys_exact || !guarded_row_owns(arena, plan->relation, plan->keys, &list->tags[i]))
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

bool guarded_rows_cover_target(const struct plan *plan, const struct guarded_row *guarded_row)
{
    if (plan->keys && guarded_row->relation == plan->relation &&
        same_keys(guarded_row->relation, guarded_row->keys, plan->keys))
        return true;
    for (size_t i = 0; plan->parent_path && i < plan->parent_path->count; i++) {
        const struct ancestor *ancestor = &plan->parent_path->ancestors[i];
        if (guarded_row->relation == ancestor->relation &&
            same_keys(guarded_row->relation, guarded_row->keys, ancestor->keys))
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
        if (slice_present(tree_digest_of_tag(list->tags[i].opaque)))
            return true;
    return false;
}

/* A lock that is taken in a weaker form first and has to grow later is how deadlocks begin. */
static enum lock_strength lock_for(const struct plan *plan, const struct guarded_row *guarded_row)
{
    if (!guarded_row->relation->can_update && !guarded_row->relation->can_delete)
        return LOCK_NONE; /* PostgreSQL lets nobody lock what he may not write */
    if (covers_tree(guarded_row->role == GUARDED_NAMED ? &guarded_row->preconds.if_match : &plan->preconds.if_match))
        return LOCK_UPDATE;
    return is_touched(guarded_row->relation, plan->relation, 0) ? LOCK_NO_KEY_UPDATE : LOCK_SHARE;
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
    const struct guarded_row *x = a, *y = b;
    return compare(x->relation, x->keys, y->relation, y->keys);
}

static void add_ancestors(struct arena *arena, struct plan *plan)
{
    struct guarded_rows *guarded_rows = &plan->guarded_rows;
    struct guarded_row *items = ARENA_ARRAY(arena, struct guarded_row, guarded_rows->count + plan->parent_path->count);
    for (size_t i = 0; i < guarded_rows->count; i++)
        items[i] = guarded_rows->items[i];
    for (size_t i = 0; i < plan->parent_path->count; i++) {
        const struct ancestor *ancestor = &plan->parent_path->ancestors[i];
        items[guarded_rows->count++] = (struct guarded_row){.role = GUARDED_ANCESTOR,
                                                            .relation = ancestor->relation,
                                                            .keys = ancestor->keys,
                                                            .keys_exact = ancestor->keys_exact,
                                                            .parent_path = parent_path_above(plan->parent_path, i)};
    }
    guarded_rows->items = items;
}

/* Two watches of one row lock it once, in the stronger form. */
static void level_locks(struct guarded_rows *guarded_rows)
{
    for (size_t i = 1; i < guarded_rows->count; i++)
        for (size_t k = i; k-- > 0 && by_order(&guarded_rows->items[k], &guarded_rows->items[i]) == 0;) {
            struct guarded_row *a = &guarded_rows->items[k], *b = &guarded_rows->items[i];
            a->lock = b->lock = a->lock > b->lock ? a->lock : b->lock;
        }
}

void guarded_rows_resolve(struct arena *arena, struct plan *plan, bool reads)
{
    struct guarded_rows *guarded_rows = &plan->guarded_rows;
    if (guarded_row_wants_parents(arena, plan))
        add_ancestors(arena, plan);
    if (guarded_rows->count == 0)
        return;
    for (size_t i = 0; i < guarded_rows->count; i++)
        guarded_rows->items[i].lock = reads ? LOCK_NONE : lock_for(plan, &guarded_rows->items[i]);
    qsort(guarded_rows->items, guarded_rows->count, sizeof(struct guarded_row), by_order);
    level_locks(guarded_rows);
    for (size_t i = 0; i < guarded_rows->count; i++) {
        struct guarded_row *guarded_row = &guarded_rows->items[i];
        guarded_row->after =
            plan->keys && compare(guarded_row->relation, guarded_row->keys, plan->relation, plan->keys) >= 0;
    }
}
