#include "tree.h"

/* The work of allocating a node, relative to visiting one. */
enum { ALLOCATION = 16, FIRST_CAP = 4 };

/* The weight of the punctuation around a child, computed as in json_of_array() and json_of_object(). */
static size_t around(const struct node *container, struct slice name)
{
    return container->is_object ? name.len + sizeof("\"\":,") - 1 : 1;
}

/* The contribution of a node to the totals. */
static struct measure measure_of(struct tree *tree, const struct node *node)
{
    tree->work++;
    if (node->value)
        return (struct measure){node->value->nodes, node->value->weight, node->value->height};
    struct measure sum = {1, 2, 1};
    for (size_t i = 0; i < node->count; i++) {
        struct measure child = measure_of(tree, &node->edges[i].node);
        sum.nodes += child.nodes;
        sum.weight += child.weight + around(node, node->edges[i].name);
        if (child.height >= sum.height)
            sum.height = child.height + 1;
    }
    return sum;
}

static void account(struct tree *tree, struct measure added, struct measure removed)
{
    tree->total.nodes = tree->total.nodes + added.nodes - removed.nodes;
    tree->total.weight = tree->total.weight + added.weight - removed.weight;
}

void tree_init(struct tree *tree, struct arena *arena, const struct json *value)
{
    *tree = (struct tree){.arena = arena, .root = {.value = value}};
    tree->total = measure_of(tree, &tree->root);
}

static const struct json *close_node(struct tree *tree, struct node *node);

static struct json close_array(struct tree *tree, struct node *node)
{
    struct json *items = ARENA_ARRAY(tree->arena, struct json, node->count);
    for (size_t i = 0; i < node->count; i++)
        items[i] = *close_node(tree, &node->edges[i].node);
    return json_of_array(items, node->count);
}

static struct json close_object(struct tree *tree, struct node *node)
{
    struct json_member *members = ARENA_ARRAY(tree->arena, struct json_member, node->count);
    for (size_t i = 0; i < node->count; i++) {
        members[i].name = node->edges[i].name;
        members[i].value = *close_node(tree, &node->edges[i].node);
    }
    return json_of_object(tree->arena, members, node->count);
}

/* Makes a node and everything below it immutable again. */
static const struct json *close_node(struct tree *tree, struct node *node)
{
    if (!node->value) {
        tree->work += (node->count + 1) * ALLOCATION;
        struct json *value = ARENA_NEW(tree->arena, struct json);
        *value = node->is_object ? close_object(tree, node) : close_array(tree, node);
        *node = (struct node){.value = value};
    }
    return node->value;
}

const struct json *tree_close(struct tree *tree)
{
    return close_node(tree, &tree->root);
}

/* Opens a container. False for a scalar. */
static bool open_node(struct tree *tree, struct node *node)
{
    const struct json *value = node->value;
    if (!value)
        return true;
    if (value->kind != JSON_ARRAY && value->kind != JSON_OBJECT)
        return false;
    tree->work += (value->count + 1) * ALLOCATION;
    *node = (struct node){.count = value->count, .cap = value->count, .is_object = value->kind == JSON_OBJECT};
    node->edges = ARENA_ARRAY(tree->arena, struct edge, node->cap);
    for (size_t i = 0; i < node->count; i++) {
        node->edges[i].name = node->is_object ? value->members[i].name : SLICE_ABSENT;
        node->edges[i].node.value = node->is_object ? &value->members[i].value : &value->items[i];
    }
    return true;
}

/* The index of the child that the token names in an opened container; node->count when there is none. */
static size_t find_edge(struct tree *tree, const struct node *node, struct slice token)
{
    size_t index;
    if (!node->is_object)
        return json_pointer_index(token, &index) && index < node->count ? index : node->count;
    for (index = 0; index < node->count && !slice_eq(node->edges[index].name, token); index++)
        ;
    tree->work += index;
    return index;
}

const struct json *tree_read(struct tree *tree, const struct json_pointer *pointer)
{
    struct node *node = &tree->root;
    size_t i = 0;
    for (; i < pointer->count && !node->value; i++) {
        size_t index = find_edge(tree, node, pointer->tokens[i]);
        if (index == node->count)
            return NULL;
        node = &node->edges[index].node;
    }
    const struct json *value = close_node(tree, node);
    for (; value && i < pointer->count; i++)
        value = json_pointer_step(value, pointer->tokens[i]);
    return value;
}

/* Opens and returns the container of what a pointer (not to the root) names; NULL when there is none. */
static struct node *open_parent(struct tree *tree, const struct json_pointer *pointer)
{
    struct node *node = &tree->root;
    for (size_t i = 0; i + 1 < pointer->count; i++) {
        if (!open_node(tree, node))
            return NULL;
        size_t index = find_edge(tree, node, pointer->tokens[i]);
        if (index == node->count)
            return NULL;
        node = &node->edges[index].node;
    }
    return open_node(tree, node) ? node : NULL;
}

static struct slice last_token(const struct json_pointer *pointer)
{
    return pointer->tokens[pointer->count - 1];
}

/* Replaces *at by `by` and updates the totals. */
static void exchange(struct tree *tree, struct node *at, struct node by)
{
    account(tree, measure_of(tree, &by), measure_of(tree, at));
    *at = by;
}

static void insert_edge(struct tree *tree, struct node *container, size_t index, struct edge edge)
{
    if (container->count == container->cap) {
        size_t cap = container->cap ? 2 * container->cap : FIRST_CAP;
        container->edges = arena_grow(tree->arena, container->edges, container->cap * sizeof(edge), cap * sizeof(edge));
        tree->work += cap * ALLOCATION;
        container->cap = cap;
    }
    size_t behind = container->count - index;
    memmove(container->edges + index + 1, container->edges + index, behind * sizeof(edge));
    container->edges[index] = edge;
    container->count++;
    tree->work += behind;
    struct measure added = measure_of(tree, &edge.node);
    added.weight += around(container, edge.name);
    account(tree, added, (struct measure){0});
}

/* The index at which `add` inserts into an array. False when the token is not an index up to the length of the
 * array. */
static bool insertion_index(const struct node *array, struct slice token, size_t *out)
{
    if (slice_eq(token, SLICE("-"))) {
        *out = array->count;
        return true;
    }
    return json_pointer_index(token, out) && *out <= array->count;
}

bool tree_add(struct tree *tree, const struct json_pointer *pointer, struct node node)
{
    if (pointer->count == 0) {
        exchange(tree, &tree->root, node);
        return true;
    }
    struct node *parent = open_parent(tree, pointer);
    if (!parent)
        return false;
    struct slice token = last_token(pointer);
    size_t index;
    if (!parent->is_object) {
        if (!insertion_index(parent, token, &index))
            return false;
        insert_edge(tree, parent, index, (struct edge){.node = node});
        return true;
    }
    index = find_edge(tree, parent, token);
    if (index < parent->count)
        exchange(tree, &parent->edges[index].node, node);
    else
        insert_edge(tree, parent, index, (struct edge){token, node});
    return true;
}

bool tree_replace(struct tree *tree, const struct json_pointer *pointer, struct node node)
{
    if (pointer->count == 0) {
        exchange(tree, &tree->root, node);
        return true;
    }
    struct node *parent = open_parent(tree, pointer);
    size_t index = parent ? find_edge(tree, parent, last_token(pointer)) : 0;
    if (!parent || index == parent->count)
        return false;
    exchange(tree, &parent->edges[index].node, node);
    return true;
}

bool tree_remove(struct tree *tree, const struct json_pointer *pointer, struct node *out)
{
    struct node *parent = pointer->count ? open_parent(tree, pointer) : NULL;
    size_t index = parent ? find_edge(tree, parent, last_token(pointer)) : 0;
    if (!parent || index == parent->count)
        return false;
    struct edge *edge = &parent->edges[index];
    struct measure removed = measure_of(tree, &edge->node);
    removed.weight += around(parent, edge->name);
    account(tree, (struct measure){0}, removed);
    *out = edge->node;
    size_t behind = parent->count - index - 1;
    memmove(edge, edge + 1, behind * sizeof(*edge));
    parent->count--;
    tree->work += behind;
    return true;
}
