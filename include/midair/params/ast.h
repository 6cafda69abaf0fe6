/* The parsed query: PostgREST's grammar as a tree that knows where in the URL each piece stood.
 *
 * Positions count bytes of the raw query, from 0. Names are not looked up yet: that is query_bind(). All text is
 * percent-decoded. Lists are in the order of the URL. */
#ifndef MIDAIR_PARAMS_AST_H
#define MIDAIR_PARAMS_AST_H

#include "midair/base/err.h"

#include <stdint.h>

enum query_operator {
#define OPERATOR(kind, name, sql, takes) OPERATOR_##kind,
#include "midair/params/operator.def"
#undef OPERATOR
    OPERATORS
};

enum aggregate { AGGREGATE_NONE, AGGREGATE_COUNT, AGGREGATE_SUM, AGGREGATE_AVG, AGGREGATE_MIN, AGGREGATE_MAX };
enum quantifier { QUANTIFIER_NONE, QUANTIFIER_ANY, QUANTIFIER_ALL };
enum join_kind { JOIN_UNSET, JOIN_LEFT, JOIN_INNER };

/* A name or a value together with its place in the raw query. */
struct located {
    struct slice text;
    size_t at;
};

/* One arrow of a JSON path. */
struct json_step {
    struct slice key;
    bool index; /* the key is a whole number: an array's element */
};

/* `->a->0->>b` behind a column. */
struct json_path {
    struct json_step *steps;
    size_t count;
    bool as_text; /* the last arrow is ->> */
};

/* The embedded resources that a parameter belongs to: `a.b.` in `a.b.column=eq.1`. */
struct ast_path {
    struct located *names;
    size_t count;
};

enum select_kind { SELECT_STAR, SELECT_COLUMN, SELECT_EMBED };

struct ast_select {
    enum select_kind kind;
    struct located label;  /* the name it is shown under; absent: the usual one */
    struct located column; /* or the embedded resource; absent in count() */
    struct json_path path;
    struct located cast;
    enum aggregate aggregate;
    struct located aggregate_cast;
    struct located hint; /* of an embed, as the following */
    enum join_kind join;
    bool spread;
    struct ast_select *items;
    struct ast_select *next;
};

enum filter_kind { FILTER_COMPARE, FILTER_AND, FILTER_OR, FILTER_EMBED };

struct ast_filter {
    enum filter_kind kind;
    bool negated;
    struct ast_path embed; /* for whole parameters */
    struct located column;
    struct json_path path;
    enum query_operator op;
    enum quantifier quantifier;
    struct located config; /* of a text search */
    struct located value;
    struct slice *list; /* LIST operators */
    size_t list_count;
    struct ast_filter *members; /* FILTER_AND, FILTER_OR */
    struct ast_filter *next;
};

struct ast_order {
    struct ast_path embed;
    struct located related; /* order=related(column): by a column of an embedded row */
    struct located column;
    struct json_path path;
    bool descending;
    bool nulls_given, nulls_first;
    struct ast_order *next;
};

/* limit= or offset= of an embedded resource. */
struct ast_page {
    struct ast_path embed;
    bool offset;
    int64_t value;
    struct ast_page *next;
};

struct ast_query {
    bool has_select;
    struct ast_select *select;
    struct ast_filter *filters;
    struct ast_order *orders;
    struct ast_page *pages;
    bool has_limit, has_offset;
    int64_t limit, offset;
};

/* Bounds of one query: its parts in all, and how deep embeds and and=()/or=() may nest. */
enum { QUERY_NODES_MAX = 500, QUERY_DEPTH_MAX = 8, QUERY_EMBEDS_MAX = 32 };

/* Parses the raw query (absent or empty is fine). Errors: ERR_BAD_QUERY with a position. */
struct err *query_parse(struct arena *arena, struct slice raw, struct ast_query *out) MUST_USE;

#endif
