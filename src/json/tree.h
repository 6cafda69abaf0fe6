/* A mutable tree over an immutable value, on which JSON Patch works.
 *
 * A node refers to an immutable value until something below it must change. Then the node is opened: one level becomes
 * an array of edges to child nodes. The cost of a patch therefore depends on what it changes and not on the size of the
 * document. Each step of work and each allocation is added to `work`, and the totals of the result are kept up to date,
 * so that a hostile patch (copies of copies, many insertions at the front of a long array) can be stopped early. */
#ifndef MIDAIR_JSON_TREE_H
#define MIDAIR_JSON_TREE_H

#include "pointer.h"

#include "midair/json/value.h"

struct edge;

struct node {
    const struct json *value; /* the whole unchanged subtree; NULL: the node is opened and `edges` are valid */
    struct edge *edges;
    size_t count, cap;
    bool is_object;
};

struct edge {
    struct slice name; /* name of a member; absent in an array */
    struct node node;
};

/* What a subtree contributes to the totals. */
struct measure {
    size_t nodes, weight, height;
};

struct tree {
    struct arena *arena;
    struct node root;
    struct measure total; /* except the height, which is not kept up to date */
    size_t work;          /* sum of the work so far */
};

/* Initialises a tree over `value`, which must outlive it. */
void tree_init(struct tree *tree, struct arena *arena, const struct json *value);
/* The value at `pointer`; opened nodes in it become immutable again. NULL when there is none. */
const struct json *tree_read(struct tree *tree, const struct json_pointer *pointer);

/* Puts `node` where the operation `add` puts it (RFC 6902 4.1): in place of a member, before an element, or at the end
 * for `-`. False when the container or the index does not exist. */
bool tree_add(struct tree *tree, const struct json_pointer *pointer, struct node node);
/* Replaces the value at `pointer`. False when there is none. */
bool tree_replace(struct tree *tree, const struct json_pointer *pointer, struct node node);
/* Moves the value at `pointer` out of the tree into *out. False when there is none, and for the root. */
bool tree_remove(struct tree *tree, const struct json_pointer *pointer, struct node *out);

/* The whole tree as an immutable value. */
const struct json *tree_close(struct tree *tree);

#endif
