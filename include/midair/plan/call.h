/* Calls of functions: which overload the arguments choose, and what it is given (PostgREST's "Functions as RPC"). */
#ifndef MIDAIR_PLAN_CALL_H
#define MIDAIR_PLAN_CALL_H

#include "midair/base/err.h"
#include "midair/model/catalog.h"

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
};

/* Type OIDs that a lone parameter without a name may have, by the content that it takes. */
enum { OID_BYTEA = 17, OID_TEXT = 25, OID_JSON = 114, OID_XML = 142, OID_JSONB = 3802 };

/* Chooses among the functions of that name: all given names must be parameters, and what is not given must have a
 * default. `schema` absent: the first schema that has the name. `whole` are the types of a lone parameter without a
 * name that the content could be, ended by 0; NULL: none. Errors: PGRST202 (404, with a near miss) and PGRST203 (300).
 */
struct err *call_choose(struct arena *arena, const struct catalog *catalog, struct slice schema, struct slice name,
                        const struct slice *names, size_t name_count, const uint32_t *whole, struct call *out) MUST_USE;
/* Whether a function of that name is there; a parameter of that name in any of its overloads. */
bool call_known(const struct catalog *catalog, struct slice schema, struct slice name);
bool call_takes(const struct catalog *catalog, struct slice schema, struct slice name, struct slice parameter);

#endif
