/* Tree digests: the part of a tag that covers the embedded rows of a representation (docs/http.md section 6).
 *
 * The tag of a representation with embeds is
 *
 *     <row>~t<digest>e<shape>.s<projection>
 *
 * The shape names the foreign keys that lead from row to row. Each step has ten characters: its depth, 'd' (down to
 * children) or 'u' (up to a parent), and eight hexadecimal digits of the SHA-1 of the constraint. The digest covers
 * key and stamps of every row on these steps. So the server can tell from the tag alone which rows its holder saw,
 * and check exactly those. Filters, order and limits of an embed are not part of the shape: the tag covers all rows
 * that the foreign key leads to, never fewer than were shown.
 *
 * A step is left out if its children change their parent's version (`touch`), on all levels up to the row itself:
 * the row's own version covers it. */
#ifndef MIDAIR_PLAN_TREE_DIGEST_H
#define MIDAIR_PLAN_TREE_DIGEST_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"
#include "midair/params/query.h"

enum { TREE_STEPS_MAX = 32, TREE_DEPTH_MAX = 9, TREE_STEP_CHARS = 10 };

/* One step, and the steps that continue from its rows. Siblings are sorted by their ten characters and unique. */
struct tree_digest {
    const struct link *link;
    bool down;                       /* from the link's parent to its children */
    const struct relation *relation; /* the relation that the step leads to */
    struct tree_digest *first;       /* first of the steps that continue from there */
    struct tree_digest *next;
};

/* Returns the step over `link` in the list `*steps`; adds it in order if it is missing. */
struct tree_digest *tree_digest_step(struct arena *arena, struct tree_digest **steps, const struct link *link,
                                     bool down);
/* Removes the steps that the root's own version covers. */
void tree_digest_prune(struct tree_digest **steps);
/* The pruned steps to the embeds of a query, in the arena. NULL: the row's own version covers them all. Filters,
 * order and limits of embeds are ignored. */
struct tree_digest *tree_digest_of_query(struct arena *arena, const struct query *query);
/* The number of all steps in the tree; 0 for NULL. */
size_t tree_digest_count(const struct tree_digest *steps);

/* The tree part of a tag: 't', the digest, 'e', the shape. `content` is the result of sql_tree_digest_content(). In
 * the arena; empty for NULL steps. */
struct slice tree_digest_text(struct arena *arena, const struct tree_digest *steps, struct slice content);
/* The tree part of an opaque tag, not checked for its form; absent when there is none. */
struct slice tree_digest_of_tag(struct slice opaque);
/* Reads the steps of a tree part, beginning at `root`. False when it is malformed or names a foreign key that no
 * longer exists: then it is unknown which rows its holder saw. */
bool tree_digest_read(struct arena *arena, const struct relation *root, struct slice part, struct tree_digest **steps);

#endif
