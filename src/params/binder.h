/* What the files of the binder share. Private to params/. */
#ifndef MIDAIR_SRC_PARAMS_BINDER_H
#define MIDAIR_SRC_PARAMS_BINDER_H

#include "midair/params/query.h"

struct binder {
    struct arena *arena;
    struct slice schema;      /* whose names come first; absent: none's */
    size_t embeds;            /* so far */
    bool computed, may_write; /* as in struct query */
};

/* The column or computed field of that name, of the rows of one level; 42703 with near misses. */
struct err *bind_column(struct binder *binder, struct query *level, struct located name, size_t *out) MUST_USE;
/* The embed of a query that a name stands for: its label, or else the name that select= has for it, or else its
 * resource. NULL when there is none. */
struct bound_embed *bind_find_embed(const struct query *query, struct slice name);
struct err *bind_no_embed(struct arena *arena, struct located name) MUST_USE;

/* Finds the relationship that an embed of `from` goes along. */
struct err *bind_relationship(struct binder *binder, const struct relation *from, const struct ast_select *item,
                              struct bound_embed *out) MUST_USE;
/* The select list of one level, embeds and their own levels included. */
struct err *bind_items(struct binder *binder, const struct ast_select *items, struct query *out) MUST_USE;
struct err *bind_filter(struct binder *binder, struct query *query, const struct ast_filter *ast,
                        struct bound_filter *out) MUST_USE;
/* The SQL text of a type that a cast names; `column` NULL: none of its own. */
struct err *bind_cast(struct arena *arena, const struct relation *relation, struct located name,
                      struct slice *out) MUST_USE;

#endif
