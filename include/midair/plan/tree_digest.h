/* Tree digests: the rows that a representation with embeds shows besides its own, and the part of its tag that covers
 * them (docs/http.md section 6).
 *
 * The tag of such a representation is
 *
 *     <row>~t<digest>e<shape>.s<projection>
 *
 * where the shape names the foreign keys that lead from row to row, ten characters a step: its depth, 'd' for down to
 * children or 'u' for up to a parent, and eight hexadecimal digits of the SHA-1 of the constraint. The digest covers
 * key and stamps of every row reached. So the server can tell from the tag alone what its holder saw, and check exactly
 * that. Filters, order and limits of an embed are not part of the shape: the tag then covers all rows that the foreign
 * key reaches, more than was shown and never less.
 *
 * A step whose children touch their parent, all the way up to the row itself, is left out: the row's own version covers
 * it. */
#ifndef MIDAIR_PLAN_TREE_DIGEST_H
#define MIDAIR_PLAN_TREE_DIGEST_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"
#include "midair/params/query.h"

enum { TREE_STEPS_MAX = 32, TREE_DEPTH_MAX = 9, TREE_STEP_CHARS = 10 };

/* One step and those that follow from its rows. Siblings are in the order of their ten characters, and no two are the
 * same. */
struct tree_digest {
    const struct link *link;
    bool down;                       /* from the link's parent to its child */
    const struct relation *relation; /* whose rows the step reaches */
    struct tree_digest *first;       /* steps from there */
    struct tree_digest *next;
};

/* The step over `link` among `*steps`; made and put in its place when it is not there yet. */
struct tree_digest *tree_digest_step(struct arena *arena, struct tree_digest **steps, const struct link *link,
                                     bool down);
/* Takes out what the root's own version covers. */
void tree_digest_prune(struct tree_digest **steps);
/* The steps over which a query's embeds are reached, pruned; NULL: the row's own version covers them. A filter, order
 * or limit of an embed does not count. */
struct tree_digest *tree_digest_of_query(struct arena *arena, const struct query *query);
/* Number of steps; 0 for NULL. */
size_t tree_digest_count(const struct tree_digest *steps);

/* The tree part of a tag: 't', the digest, 'e', the shape. `content` is what the database says of the rows (sql/sql.h).
 * Empty for NULL. */
struct slice tree_digest_text(struct arena *arena, const struct tree_digest *steps, struct slice content);
/* The tree part of an opaque tag, well-formed or not; absent when it has none. */
struct slice tree_digest_of_tag(struct slice opaque);
/* The steps that a tree part names, from `root` on. False when it is malformed or names a foreign key that is not
 * there: then what its holder saw cannot be told any more. */
bool tree_digest_read(struct arena *arena, const struct relation *root, struct slice part, struct tree_digest **steps);
/* Whether a step over this link starts at the root. */
bool tree_digest_covers(const struct tree_digest *steps, const struct link *link, bool down);

#endif
