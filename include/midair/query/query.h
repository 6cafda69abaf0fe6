/* Queries: what the query part of a URL asks for, in PostgREST's grammar.
 *
 * Two stages. query_parse() turns text into a tree that knows where in the URL each piece stood; query_bind() looks the
 * names up in a relation and gives a typed query, or an error that points at the byte. Positions count bytes of the raw
 * query, from 0. Values never become part of SQL text: they stay slices until they are parameters. */
#ifndef MIDAIR_QUERY_QUERY_H
#define MIDAIR_QUERY_QUERY_H

#include "midair/base/err.h"
#include "midair/model/catalog.h"

enum query_operator {
#define OPERATOR(kind, name, sql) OPERATOR_##kind,
#include "midair/query/operator.def"
#undef OPERATOR
    OPERATORS
};

/* A name or a value together with its place in the raw query. */
struct located {
    struct slice text;
    size_t at;
};

struct ast_select {
    struct located label; /* the name it is shown under; absent: the column's own */
    struct located column;
    struct ast_select *next;
};

struct ast_filter {
    struct located column;
    enum query_operator op;
    bool negated;
    struct located value;
    struct ast_filter *next;
};

struct ast_order {
    struct located column;
    bool descending;
    bool nulls_given, nulls_first;
    struct ast_order *next;
};

/* A parsed query; lists are in the order of the URL. */
struct ast_query {
    bool has_select;
    bool select_all; /* `*` stands somewhere in select= */
    struct ast_select *select;
    struct ast_filter *filters;
    struct ast_order *orders;
    bool has_limit, has_offset;
    int64_t limit, offset;
};

enum { QUERY_NODES_MAX = 500 };

/* Parses the raw query (absent or empty is fine). Errors: ERR_BAD_QUERY with a position. */
struct err *query_parse(struct arena *arena, struct slice raw, struct ast_query *out) MUST_USE;

struct bound_select {
    struct slice label;
    size_t column;
};

struct bound_filter {
    size_t column;
    enum query_operator op;
    bool negated;
    struct slice value; /* IS: the keyword, in lower case */
};

struct bound_order {
    size_t column;
    bool descending;
    bool nulls_given, nulls_first;
};

struct place; /* plan/place.h */

struct query {
    const struct place *place; /* only rows below it; NULL: all */
    bool has_select; /* false: all readable columns in their own order */
    struct bound_select *select;
    size_t select_count;
    struct bound_filter *filters;
    size_t filter_count;
    struct bound_order *orders;
    size_t order_count;
    bool has_limit;
    int64_t limit, offset;
};

/* Looks every name up in `relation`. Errors: ERR_BAD_QUERY, code 42703, with the position and near misses as hint. */
struct err *query_bind(struct arena *arena, const struct ast_query *ast, const struct relation *relation,
                       struct query *out) MUST_USE;

#endif
