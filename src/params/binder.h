/* Declarations shared by the files of the binder (bind*.c). Private to params/.
 *
 * The binder walks the parsed parameters once. A level is one `struct query`: the request's own, or the query of an
 * embed. */
#ifndef MIDAIR_SRC_PARAMS_BINDER_H
#define MIDAIR_SRC_PARAMS_BINDER_H

#include "midair/params/query.h"

struct binder {
    struct arena *arena;
    struct slice schema;      /* searched first for related resources; absent: no profile */
    size_t embeds;            /* number of embeds bound so far */
    bool computed, may_write; /* as in struct query */
};

/* Finds the column or computed field of that name in the rows of one level. Error: 42703, with a near miss as hint. */
struct err *bind_column(struct binder *binder, struct query *level, struct located name, size_t *out) MUST_USE;
/* The embed of a query that a name means: the first whose label matches, else the first whose name in select=
 * matches, else the first whose resource matches. NULL when there is none. */
struct bound_embed *bind_find_embed(const struct query *query, struct slice name);

/* Finds the relationship by which an embed leads from `from` to its target, and sets the members of `out` that
 * describe it. Errors: PGRST200 and PGRST201. */
struct err *bind_relationship(struct binder *binder, const struct relation *from, const struct ast_select *item,
                              struct bound_embed *out) MUST_USE;
/* Binds the select list of one level, and recursively the lists of its embeds. */
struct err *bind_items(struct binder *binder, const struct ast_select *items, struct query *out) MUST_USE;
/* Binds one filter and its members, if it is and=() or or=(). */
struct err *bind_filter(struct binder *binder, struct query *query, const struct ast_filter *ast,
                        struct bound_filter *out) MUST_USE;

#endif
