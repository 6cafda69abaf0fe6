/* Calls of functions: which overload the arguments choose, and what it is given (PostgREST's "Functions as RPC"). */
#ifndef MIDAIR_PLAN_CALL_H
#define MIDAIR_PLAN_CALL_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

enum call_kind {
    CALL_EMPTY,  /* no argument is given */
    CALL_TEXT,   /* each argument in PostgreSQL's text format: from a query */
    CALL_RECORD, /* one JSON object holds all arguments */
    CALL_WHOLE   /* the content is the only argument, which has no name */
};

struct call {
    const struct function *function;
    enum call_kind kind;
    bool *given;           /* by parameter */
    struct slice *values;  /* CALL_TEXT: by parameter */
    struct slice document; /* CALL_RECORD, CALL_WHOLE */
    bool keeps_row;        /* the query gives the whole row to a function */
};

/* What a request says of the function that it means. */
struct call_ask {
    struct slice schema; /* absent: the first schema that has the name */
    struct slice name;
    const struct slice *names; /* of the arguments */
    size_t name_count;
    const struct call_whole *whole; /* what a lone parameter without a name may take; NULL: nothing */
    bool whole_only;                /* the content has no names that could be arguments */
};

/* The types of a lone parameter without a name that a kind of content fits; `types` ends with 0. */
struct call_whole {
    uint32_t types[3];
    const char *name; /* for messages */
};

extern const struct call_whole call_whole_json, call_whole_text, call_whole_xml, call_whole_bytes;

/* Chooses among the functions of that name: all given names must be parameters, and what is not given must have a
 * default; where none fits, one that takes the content as a whole. Errors: PGRST202 (404, with a near miss) and
 * PGRST203 (300). */
struct err *call_choose(struct arena *arena, const struct catalog *catalog, const struct call_ask *ask,
                        struct call *out) MUST_USE;
/* The methods that its overloads take together, as METHOD_BITs: what is VOLATILE is not read. 0: there is none. */
unsigned call_methods(const struct catalog *catalog, struct slice schema, struct slice name);
/* Whether a function of that name is there. */
bool call_known(const struct catalog *catalog, struct slice schema, struct slice name);

#endif
