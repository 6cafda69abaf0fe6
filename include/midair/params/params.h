/* Parameters: the query string of a request, parsed once into one struct (docs/query.md).
 *
 * params_parse() is the only reader of the query string. It follows PostgREST's grammar and makes a tree in which
 * each piece knows where it stood in the URL: positions count bytes of the raw query, from 0. All text is
 * percent-decoded, and '+' has become a space. Lists keep the order of the URL. Names of columns and related
 * resources are not looked up here; query_bind() and params_check_names() (params/query.h) do that. */
#ifndef MIDAIR_PARAMS_PARAMS_H
#define MIDAIR_PARAMS_PARAMS_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

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

/* A name or a value, and its position in the raw query. */
struct located {
    struct slice text;
    size_t at;
};

/* One arrow of a JSON path. */
struct json_step {
    struct slice key;
    bool index; /* the key is a whole number: it selects an array element */
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
    struct located hint; /* this and the members below: SELECT_EMBED */
    enum join_kind join;
    bool spread;
    struct ast_select *items;
    struct ast_select *next;
};

enum filter_kind { FILTER_COMPARE, FILTER_AND, FILTER_OR, FILTER_EMBED };

struct ast_filter {
    enum filter_kind kind;
    bool negated;
    struct ast_path embed; /* set on top-level filters only */
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

/* A list of column names without repetitions: columns= or on_conflict=. */
struct names {
    bool given;
    struct slice *items;
    size_t count;
    struct err *empty; /* the error PostgREST reports for a list without names, which here means all columns; NULL: the
                          list has names */
};

/* An argument of the called function. Several arguments may have the same name. */
struct argument {
    struct slice name, value;
};

struct params {
    bool has_select;
    struct ast_select *select;
    struct ast_filter *filters; /* column=op.value, and=(…), or=(…) */
    struct ast_order *orders;
    struct ast_page *pages; /* of embedded resources */
    bool has_limit, has_offset;
    int64_t limit, offset;
    struct names columns, on_conflict; /* of the content of a write */
    struct argument *arguments;
    size_t argument_count;
};

/* Limits of one query: the number of its parts in all, the nesting depth of embeds and and=()/or=(), and the number
 * of embeds. */
enum { QUERY_NODES_MAX = 500, QUERY_DEPTH_MAX = 8, QUERY_EMBEDS_MAX = 32 };

/* A function whose arguments are in the query: GET or HEAD of /rpc/NAME. */
struct params_call {
    const struct catalog *catalog;
    struct slice schema; /* absent: the first schema that has a function of the name */
    struct slice function;
};

/* Parses the raw query into `out`, in the arena; an absent or empty query is valid. `call` is NULL unless the query
 * holds the arguments of a function. Errors: ERR_BAD_QUERY (PGRST100) and ERR_RANGE_NOT_SATISFIABLE (PGRST103), with
 * a position. */
struct err *params_parse(struct arena *arena, struct slice raw, const struct params_call *call,
                         struct params *out) MUST_USE;
/* Whether all columns are shown: select= is missing or is select=*. */
bool params_select_all(const struct params *params);

#endif
