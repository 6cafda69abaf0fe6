/* A tree that can be changed, over one that cannot: what JSON Patch works on.
 *
 * A node shows an immutable value until something below it must change; then it is opened, one level at a
 * time. So a patch costs what it touches and not the size of the document. Every step of work and every
 * allocation is charged, and the totals of the result are kept up to date, so that a hostile patch (copies
 * of copies, many insertions at the front of a long array) is stopped early. */
#ifndef MIDAIR_JSON_TREE_H
#define MIDAIR_JSON_TREE_H

#include "midair/json/pointer.h"
#include "midair/json/value.h"

struct edge;

struct node {
    const struct json *value; /* the whole subtree as it is; NULL: opened, see below */
    struct edge *edges;
    size_t count, cap;
    bool is_object;
};

struct edge {
    struct slice name; /* of a member; absent in an array */
    struct node node;
};

/* What a subtree adds to the totals. */
struct measure {
    size_t nodes, weight, height;
};

struct tree {
    struct arena *arena;
    struct node root;
    struct measure total; /* its height is not kept */
    size_t work;          /* charged so far */
};

/* A tree that shows `value`, which must outlive it. */
void tree_init(struct tree *tree, struct arena *arena, const struct json *value);
/* The value at `pointer`, made immutable if it was opened; NULL when there is none. */
const struct json *tree_read(struct tree *tree, const struct json_pointer *pointer);
struct measure tree_measure(struct tree *tree, const struct node *node);

/* Puts `node` where `add` puts it (RFC 6902 4.1): over a member, before an element, at the end for `-`. False
 * when there is no such place. */
bool tree_add(struct tree *tree, const struct json_pointer *pointer, struct node node);
/* Puts `node` in the place of what is there; false when nothing is. */
bool tree_replace(struct tree *tree, const struct json_pointer *pointer, struct node node);
/* Takes out what is there, into *out; false when nothing is, and for the root. */
bool tree_remove(struct tree *tree, const struct json_pointer *pointer, struct node *out);

/* The whole as an immutable value. */
const struct json *tree_close(struct tree *tree);

#endif
