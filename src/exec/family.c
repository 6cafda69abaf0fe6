/* Families: sets of relations that are joined by touch links, and the order in which rows of several relations are
 * locked.
 *
 * A write of a child locks the child's row before a trigger touches the parent. Along touch links, all transactions can
 * therefore lock in only one order: from the bottom up. Elsewhere parents are locked before children, which is the
 * order of PostgreSQL's own cascades. */
#include "task.h"

enum { FAMILY_MAX = 64 };

struct members {
    const struct relation *items[FAMILY_MAX];
    size_t count;
};

static bool is_touch(const struct link *link)
{
    return link->touch && link->parent != link->child;
}

static void gather(struct members *members, const struct relation *relation)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i] == relation)
            return;
    if (members->count == FAMILY_MAX)
        return;
    members->items[members->count++] = relation;
    for (size_t i = 0; i < relation->parent_count; i++)
        if (is_touch(relation->parents[i]))
            gather(members, relation->parents[i]->parent);
    for (size_t i = 0; i < relation->child_count; i++)
        if (is_touch(relation->children[i]))
            gather(members, relation->children[i]->child);
}

static int by_name(const struct relation *a, const struct relation *b)
{
    int order = slice_cmp(a->resource, b->resource);
    return order ? order : slice_cmp(a->ident, b->ident);
}

static int top_down(const struct relation *a, const struct relation *b)
{
    return a->level != b->level ? (a->level < b->level ? -1 : 1) : by_name(a, b);
}

/* The member whose name orders the family among others: the topmost one. */
static const struct relation *head_of(const struct relation *relation)
{
    struct members members = {0};
    const struct relation *head = relation;
    gather(&members, relation);
    for (size_t i = 0; i < members.count; i++)
        if (top_down(members.items[i], head) < 0)
            head = members.items[i];
    return head;
}

int family_order(const struct relation *a, const struct relation *b)
{
    if (a == b)
        return 0;
    const struct relation *head_a = head_of(a), *head_b = head_of(b);
    if (head_a != head_b)
        return top_down(head_a, head_b);
    return a->level != b->level ? (a->level > b->level ? -1 : 1) : by_name(a, b);
}

bool family_touches(const struct relation *relation)
{
    for (size_t i = 0; i < relation->parent_count; i++)
        if (is_touch(relation->parents[i]))
            return true;
    return false;
}

static const struct relation *tree_above(const struct relation *relation, size_t depth)
{
    const struct relation *found = NULL;
    for (size_t i = 0; !found && depth < LOCK_DEPTH_MAX && i < relation->parent_count; i++) {
        const struct link *link = relation->parents[i];
        if (link->touch && link->parent == relation)
            found = relation;
        else if (link->touch)
            found = tree_above(link->parent, depth + 1);
    }
    return found;
}

const struct relation *family_tree(const struct relation *relation)
{
    return tree_above(relation, 0);
}

bool family_moves(const struct relation *relation, const struct changes *changes)
{
    for (size_t i = 0; i < relation->parent_count; i++) {
        const struct link *link = relation->parents[i];
        for (size_t k = 0; !link->touch && !link->by_view && k < changes->count; k++)
            for (size_t c = 0; c < link->column_count; c++)
                if (changes->items[k].column == (size_t)link->columns[c])
                    return true;
    }
    return false;
}

bool family_is_touched(const struct relation *relation)
{
    for (size_t i = 0; i < relation->child_count; i++)
        if (is_touch(relation->children[i]))
            return true;
    return false;
}

bool family_is_chain(const struct relation *relation)
{
    for (size_t depth = 0; depth < LOCK_DEPTH_MAX; depth++) {
        const struct relation *above = NULL;
        for (size_t i = 0; i < relation->parent_count; i++) {
            const struct link *link = relation->parents[i];
            if (is_touch(link) && above && above != link->parent)
                return false;
            if (is_touch(link))
                above = link->parent;
        }
        if (!above)
            return true;
        relation = above;
    }
    return false;
}

static bool touched_from_below(const struct relation *relation, size_t depth)
{
    for (size_t i = 0; depth < LOCK_DEPTH_MAX && i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        if (link->on_delete != ACTION_CASCADE || link->child == relation)
            continue;
        if (family_touches(link->child) || touched_from_below(link->child, depth + 1))
            return true;
    }
    return false;
}

bool family_cascades(const struct relation *relation)
{
    return touched_from_below(relation, 0);
}

static void climb(const struct relation *relation, struct lock_source *way, family_visit *visit, void *context)
{
    for (size_t i = 0; way->depth < LOCK_DEPTH_MAX && i < relation->parent_count; i++) {
        const struct link *link = relation->parents[i];
        if (!is_touch(link))
            continue;
        way->steps[way->depth++] = (struct lock_step){link, false};
        visit(context, link->parent, way);
        climb(link->parent, way, visit, context);
        way->depth--;
    }
}

void family_climb(const struct lock_source *from, family_visit *visit, void *context)
{
    struct lock_source way = *from;
    climb(way.depth ? lock_step_end(&way.steps[way.depth - 1]) : way.relation, &way, visit, context);
}

static void descend(const struct relation *relation, struct lock_source *way, family_visit *visit, void *context)
{
    for (size_t i = 0; way->depth < LOCK_DEPTH_MAX && i < relation->child_count; i++) {
        const struct link *link = relation->children[i];
        if (link->on_delete != ACTION_CASCADE || link->child == relation)
            continue;
        way->steps[way->depth++] = (struct lock_step){link, true};
        visit(context, link->child, way);
        descend(link->child, way, visit, context);
        way->depth--;
    }
}

void family_descend(const struct lock_source *from, family_visit *visit, void *context)
{
    struct lock_source way = *from;
    descend(way.relation, &way, visit, context);
}
