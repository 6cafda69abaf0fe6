/* Queries: what the parameters of a request ask of the rows of one relation.
 *
 * query_bind() looks the names of parsed parameters (params/params.h) up in a relation and gives a typed query, or an
 * error that points at the byte. Values never become part of SQL text: they stay slices until they are parameters. */
#ifndef MIDAIR_PARAMS_QUERY_H
#define MIDAIR_PARAMS_QUERY_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"
#include "midair/params/params.h"

struct bound_embed;

#define NO_COLUMN SIZE_MAX

/* Columns of a query are indexes for relation_field(): computed fields are among them. */
struct bound_select {
    struct slice label;
    size_t column; /* NO_COLUMN: count(), or an embed */
    struct json_path path;
    struct slice cast; /* SQL text of a type, from a fixed list or the catalog; absent: none */
    enum aggregate aggregate;
    struct slice aggregate_cast;
    const struct bound_embed *embed;
};

struct bound_filter {
    enum filter_kind kind;
    bool negated;
    size_t column;
    struct json_path path;
    enum query_operator op;
    enum quantifier quantifier;
    struct slice config;             /* of a text search; absent: the database's */
    struct slice value;              /* KEYWORD: in lower case; LIST: an array in PostgreSQL's text format */
    const struct bound_embed *embed; /* FILTER_EMBED: nothing is embedded there */
    struct bound_filter *members;    /* FILTER_AND, FILTER_OR */
    size_t member_count;
};

struct bound_order {
    size_t column; /* of the embed's target when there is one */
    struct json_path path;
    bool descending;
    bool nulls_given, nulls_first;
    const struct bound_embed *embed; /* to one row */
    size_t exposed;                  /* place in embed->exposed */
};

/* One member of a row's object: an item of select=, or one column of a spread embed. */
struct query_output {
    struct slice label;
    const struct bound_select *item;
    size_t inner; /* which output of item->embed->query, when that is spread */
};

struct parent_path; /* plan/parent_path.h */

struct query {
    const struct relation *relation;
    const struct parent_path *parent_path; /* only rows below it; NULL: all */
    bool has_select;                       /* false: all readable columns in their own order */
    struct bound_select *select;
    size_t select_count;
    struct query_output *outputs; /* of `select`, spreads unfolded */
    size_t output_count;
    struct bound_filter *filters; /* all of them hold */
    size_t filter_count;
    struct bound_order *orders;
    size_t order_count;
    bool has_limit;
    int64_t limit, offset;
    struct bound_embed *embeds; /* in the order of select= */
    bool aggregated;            /* an aggregate is among `outputs`: the others are grouped by */
    bool has_aggregate;  /* an aggregate function is called here or in an embed, however deep: the first one's place */
    size_t aggregate_at; /* in the URL */
    bool takes_row;      /* a function is given the rows of this level */
    bool computed;       /* the same here or in an embed, however deep; set in the topmost query */
    bool may_write;      /* as `computed`, and one of these functions is VOLATILE */
};

/* A related resource inside of each row. */
struct bound_embed {
    const struct relation *from;
    const struct computed_link *computed; /* a function takes the row and gives the target's; NULL: a foreign key */
    const struct link *link; /* between the row and the target, or the junction of many-to-many; NULL: computed */
    bool to_children;        /* the row is the link's parent */
    const struct link *far;  /* many-to-many: from the junction to the target; else NULL */
    const struct relation *target;
    struct query *query;                /* of the target's rows */
    struct slice label;                 /* the member's name */
    struct slice name;                  /* by which select= names it: the same without an alias */
    bool inner;                         /* rows without any are left out */
    bool spread;                        /* its members go into the row's own object */
    bool one;                           /* an object or null; else an array */
    bool tested;                        /* a filter asks whether there is any */
    size_t number;                      /* from 1, in the whole query: names in SQL */
    const struct bound_order **exposed; /* columns that the row's order looks at */
    size_t exposed_count;
    struct bound_embed *next;
};

/* Looks every name up, from `relation` on. Related resources are looked for in `schema` first, which a profile names
 * (absent: none does). Errors: ERR_BAD_QUERY with the position and near misses as hint: 42703 no
 * such column, PGRST200 no such relationship, PGRST108 no such embed, and more; ERR_AMBIGUOUS (PGRST201) with the
 * choices; ERR_FORBIDDEN for resources that may not be read. */
struct err *query_bind(struct arena *arena, const struct params *params, struct slice schema,
                       const struct relation *relation, struct query *out) MUST_USE;

/* Checks that each name of columns= or on_conflict= is a column. ERR_BAD_CONTENT (PGRST204) for the first that is not.
 */
struct err *params_check_names(struct arena *arena, const struct relation *relation,
                               const struct names *names) MUST_USE;

/* Whether an item is a column, or a computed field, as it stands. */
bool query_is_field(const struct bound_select *item);
/* The item that an output shows: one of the query's own, or of a spread embed, however deep. */
const struct bound_select *query_shown(const struct query_output *output);
/* Whether rows of the query depend on more than the relation: an inner embed, or a filter that asks for one. */
bool query_restricted_by_embeds(const struct query *query);
/* All that shapes a representation, as one text: for the variant part of its tag. */
void query_describe(struct buf *buf, const struct query *query);

#endif
