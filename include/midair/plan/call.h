/* Calls of functions: the choice of an overload by the given arguments, and the form in which it gets them
 * (PostgREST's "Functions as RPC"). */
#ifndef MIDAIR_PLAN_CALL_H
#define MIDAIR_PLAN_CALL_H

#include "midair/base/err.h"
#include "midair/catalog/catalog.h"

enum call_kind {
    CALL_EMPTY,  /* no argument is given */
    CALL_TEXT,   /* arguments from a query string, in PostgreSQL's text format */
    CALL_RECORD, /* one JSON object holds all arguments */
    CALL_WHOLE   /* the content is the value of the only parameter, which has no name */
};

struct call {
    const struct function *function;
    enum call_kind kind;
    bool *given;           /* one per parameter of the function */
    struct slice *values;  /* CALL_TEXT: one per parameter */
    struct slice document; /* CALL_RECORD, CALL_WHOLE */
    bool keeps_row;        /* a computed field or a handler takes whole result rows */
};

/* What a request says about the function: the input of call_choose(). */
struct call_ask {
    struct slice schema; /* absent: the first schema that has a function of the name */
    struct slice name;
    const struct slice *names; /* names of the given arguments */
    size_t name_count;
    const struct call_whole *whole; /* types that a single unnamed parameter may have; NULL: none */
    bool whole_only;                /* the content has no members that could be arguments */
};

/* The types of a single unnamed parameter that can take a certain kind of content; `types` ends with 0. */
struct call_whole {
    uint32_t types[3];
    const char *name; /* for messages */
};

extern const struct call_whole call_whole_json, call_whole_text, call_whole_xml, call_whole_bytes;

/* Chooses the overload: each given name must be one of its parameters, and each parameter that is not given must
 * have a default. If none fits, an overload with a single unnamed parameter takes the content as a whole. `out` is
 * in the arena; the caller fills in its values. Errors: PGRST202 (404, with a near miss as hint) and PGRST203 (300). */
struct err *call_choose(struct arena *arena, const struct catalog *catalog, const struct call_ask *ask,
                        struct call *out) MUST_USE;
/* The methods that the overloads allow together, as METHOD_BITs; a VOLATILE function does not allow GET. 0: there is
 * no such function. */
unsigned call_methods(const struct catalog *catalog, struct slice schema, struct slice name);

#endif
