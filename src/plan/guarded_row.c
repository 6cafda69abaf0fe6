#include "midair/plan/guarded_row.h"

#include "midair/plan/plan.h"

bool guarded_row_owns(struct arena *arena, const struct relation *relation, const struct slice *keys,
                      const struct tag *tag)
{
    struct state state;
    struct slice text;
    return state_read(arena, tag->opaque, &state, &text) && state.kind == relation->stamp.kind &&
           state_belongs(arena, text, relation, keys);
}

/* Whether the ancestors in plan->parent_path must be examined: If-Match has a tag that is not known to be the
 * target's. */
static bool wants_parents(struct arena *arena, const struct plan *plan)
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

bool guarded_row_covers(const struct guarded_row *row, const struct route *route)
{
    if (route->keys && row->relation == route->relation && same_keys(row->relation, row->keys, route->keys))
        return true;
    for (size_t i = 0; i < route->parent_path.count; i++) {
        const struct ancestor *ancestor = &route->parent_path.ancestors[i];
        if (row->relation == ancestor->relation && same_keys(row->relation, row->keys, ancestor->keys))
            return true;
    }
    return false;
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

void guarded_rows_resolve(struct arena *arena, struct plan *plan)
{
    if (wants_parents(arena, plan))
        add_ancestors(arena, plan);
}
