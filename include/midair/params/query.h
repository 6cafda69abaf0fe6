/* Queries: the parameters of a request, bound to the columns and relationships of one relation.
 *
 * query_bind() looks the names of parsed parameters (params/params.h) up and makes a typed query, or an error with
 * the position of the wrong name. Values never become part of SQL text: they stay slices until they are statement
 * parameters. */
#ifndef MIDAIR_PARAMS_QUERY_H
#define MIDAIR_PARAMS_QUERY_H

#include "midair/base/buf.h"
#include "midair/catalog/catalog.h"
#include "midair/params/params.h"

struct bound_embed;

#define NO_COLUMN SIZE_MAX

/* Columns of a query are indexes for relation_field(), so they include computed fields. */
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
    const struct bound_embed *embed; /* FILTER_EMBED: true for rows without embedded rows */
    struct bound_filter *members;    /* FILTER_AND, FILTER_OR */
    size_t member_count;
};

struct bound_order {
    size_t column; /* of the embed's target when there is one */
    struct json_path path;
    bool descending;
    bool nulls_given, nulls_first;
    const struct bound_embed *embed; /* a column of this embed, which shows one row; NULL: own column */
    size_t exposed;                  /* index in embed->exposed */
};

/* One member of a row's object: an item of select=, or one column of a spread embed. */
struct query_output {
    struct slice label;
    const struct bound_select *item;
    size_t inner; /* index in item->embed->query->outputs when the embed is spread */
};

struct parent_path; /* plan/parent_path.h */

struct query {
    const struct relation *relation;
    const struct parent_path *parent_path; /* only rows below it; NULL: all */
    bool has_select;                       /* false: all readable columns in their own order */
    struct bound_select *select;
    size_t select_count;
    struct query_output *outputs; /* members of the shown object: `select`, with spread embeds unfolded */
    size_t output_count;
    struct bound_filter *filters; /* joined with AND */
    size_t filter_count;
    struct bound_order *orders;
    size_t order_count;
    bool has_limit;
    int64_t limit, offset;
    struct bound_embed *embeds; /* in the order of select= */
    bool aggregated;            /* an aggregate is among `outputs`, and the other outputs are grouped by */
    bool has_aggregate;         /* an aggregate function is called here or in an embed of any depth */
    size_t aggregate_at;        /* position in the URL of the first one */
    bool takes_row;             /* a function takes rows of this level as its argument */
    bool computed;              /* the same for this query and all its embeds; set in the topmost query only */
    bool may_write;             /* like `computed`, and one of these functions is VOLATILE */
};

/* A related resource that is shown inside each row. */
struct bound_embed {
    const struct relation *from;
    const struct computed_link *computed; /* a function from the row to the target's rows; NULL: a foreign key */
    const struct link *link; /* between the row and the target, or the junction of many-to-many; NULL: computed */
    bool to_children;        /* the row is the link's parent */
    const struct link *far;  /* many-to-many: from the junction to the target; else NULL */
    const struct relation *target;
    struct query *query;                /* of the target's rows */
    struct slice label;                 /* the member's name */
    struct slice name;                  /* the name in select=, without an alias */
    bool inner;                         /* !inner: rows without embedded rows are left out */
    bool spread;                        /* its members go into the row's own object */
    bool one;                           /* shown as an object or null, else as an array */
    bool tested;                        /* a filter tests whether there are embedded rows */
    size_t number;                      /* from 1, unique in the whole query: makes the SQL aliases */
    const struct bound_order **exposed; /* columns that the outer rows are ordered by */
    size_t exposed_count;
    struct bound_embed *next;
};

/* Looks up every name, beginning at `relation`. Related resources are searched first in `schema`, the schema that a
 * profile names (absent: no profile). `out` is in the arena and borrows from `params` and the catalog. Errors:
 * ERR_BAD_QUERY with the position and near misses as hint: 42703 no such column, PGRST200 no such relationship,
 * PGRST108 no such embed, and more; ERR_AMBIGUOUS (PGRST201) with the choices; ERR_FORBIDDEN for resources that the
 * role may not read. */
struct err *query_bind(struct arena *arena, const struct params *params, struct slice schema,
                       const struct relation *relation, struct query *out) MUST_USE;

/* Checks that each name of columns= or on_conflict= is a column. Error: ERR_BAD_CONTENT (PGRST204) for the first
 * that is not. */
struct err *params_check_names(struct arena *arena, const struct relation *relation,
                               const struct names *names) MUST_USE;

/* Whether an item is a column or computed field without JSON path, cast or aggregate. */
bool query_is_field(const struct bound_select *item);
/* The item that an output shows: an item of the query itself, or of a spread embed of any depth. Never NULL. */
const struct bound_select *query_shown(const struct query_output *output);
/* Whether the set of rows depends on other relations: there is an inner embed, or a filter on the presence of
 * embedded rows. */
bool query_restricted_by_embeds(const struct query *query);
/* Appends a text that is different for queries that show different things; it becomes the variant part of a tag. */
void query_describe(struct buf *buf, const struct query *query);

#endif
