#include "midair/plan/cascade.h"

struct search {
    bool any;
    struct cascades *found;
    struct cascade chain; /* from the deleted row down to the current relation */
};

static const struct tree_digest *step_over(const struct tree_digest *steps, const struct link *link)
{
    for (; steps; steps = steps->next)
        if (steps->down && steps->link == link)
            return steps;
    return NULL;
}

static void add(struct search *search)
{
    if (search->found->count < CASCADES_MAX)
        search->found->items[search->found->count++] = search->chain;
}

/* Adds the uncovered chains below `relation`. `touch`: the versions of its rows are covered. Below a chain that is
 * not covered, none is added: its own rows already prevent the DELETE. */
static void find_below(struct search *search, const struct relation *relation, bool touch,
                       const struct tree_digest *steps)
{
    for (size_t i = 0; i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        if (link->on_delete != ACTION_CASCADE || search->chain.depth == CASCADE_DEPTH_MAX)
            continue;
        const struct tree_digest *step = step_over(steps, link);
        bool covered = !search->any && (step || (touch && link->touch));
        search->chain.links[search->chain.depth++] = link;
        if (!covered)
            add(search);
        else if (link->child != relation || step) /* a self-reference with touch is covered on all levels */
            find_below(search, link->child, true, step ? step->first : NULL);
        search->chain.depth--;
    }
}

struct cascades cascade_uncovered(struct arena *arena, const struct relation *relation, bool touch,
                                  const struct tree_digest *steps, bool any)
{
    struct cascades found = {.items = ARENA_ARRAY(arena, struct cascade, CASCADES_MAX)};
    struct search search = {.any = any, .found = &found};
    find_below(&search, relation, touch, steps);
    return found;
}

static const struct link *find(const struct relation *relation, struct slice schema, struct slice table,
                               struct slice constraint, size_t depth)
{
    for (size_t i = 0; i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        if (slice_eq(link->name, constraint) && slice_eq(link->child->name, table) &&
            slice_eq(link->child->schema, schema))
            return link;
    }
    for (size_t i = 0; i < relation->child_count && depth < CASCADE_DEPTH_MAX; i++) {
        const struct link *link = relation->children[i];
        const struct link *found = link->on_delete == ACTION_CASCADE && link->child != relation
                                       ? find(link->child, schema, table, constraint, depth + 1)
                                       : NULL;
        if (found)
            return found;
    }
    return NULL;
}

const struct link *cascade_find(const struct relation *relation, struct slice schema, struct slice table,
                                struct slice constraint, bool *direct)
{
    const struct link *link = find(relation, schema, table, constraint, 0);
    *direct = link && link->parent == relation;
    return link;
}
