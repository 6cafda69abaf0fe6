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
/* The error PGRST108. Never NULL. */
struct err *bind_no_embed(struct arena *arena, struct located name) MUST_USE;

/* Finds the relationship by which an embed leads from `from` to its target, and sets the members of `out` that
 * describe it. Errors: PGRST200 and PGRST201. */
struct err *bind_relationship(struct binder *binder, const struct relation *from, const struct ast_select *item,
                              struct bound_embed *out) MUST_USE;
/* Binds the select list of one level, and recursively the lists of its embeds. */
struct err *bind_items(struct binder *binder, const struct ast_select *items, struct query *out) MUST_USE;
/* Binds one filter and its members, if it is and=() or or=(). */
struct err *bind_filter(struct binder *binder, struct query *query, const struct ast_filter *ast,
                        struct bound_filter *out) MUST_USE;
/* The SQL text of the type that a cast names: one of type.def, or the type of a column of the relation. The error
 * has the cast's position. */
struct err *bind_cast(struct arena *arena, const struct relation *relation, struct located name,
                      struct slice *out) MUST_USE;

#endif
