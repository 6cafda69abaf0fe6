/* Functions that can be called under /rpc or that compute something from a row (catalog/relation.h), with what is
 * needed to choose among overloads, to call one and to render its result. */
#ifndef MIDAIR_CATALOG_FUNCTION_H
#define MIDAIR_CATALOG_FUNCTION_H

#include "midair/base/slice.h"

#include <stdint.h>

struct relation;

enum volatility { VOLATILITY_VOLATILE, VOLATILITY_STABLE, VOLATILITY_IMMUTABLE };

/* The value of ALTER FUNCTION … SET default_transaction_isolation. */
enum isolation { ISOLATION_DEFAULT, ISOLATION_COMMITTED, ISOLATION_REPEATABLE, ISOLATION_SERIALIZABLE };

enum result_shape {
    RESULT_VOID,
    RESULT_SCALAR, /* one value; its relation has one column, named like the function */
    RESULT_ROW     /* a composite type or a domain over one, the rows of a table, RETURNS TABLE or OUT parameters */
};

struct parameter {
    struct slice name; /* empty: the parameter has no name */
    struct slice type; /* usable in a cast */
    uint32_t type_oid;
    bool has_default;
};

struct function {
    struct slice schema;
    struct slice name;
    struct slice comment;
    struct slice ident; /* "schema"."name" */
    struct slice media; /* the media type of its value, in lower case; absent: no particular one */
    struct parameter *parameters;
    size_t parameter_count;
    bool variadic; /* the last parameter is VARIADIC */
    enum volatility volatility;
    struct slice statement_timeout; /* set by ALTER FUNCTION … SET; absent: none */
    enum isolation isolation;
    bool returns_set;
    enum result_shape shape;
    /* RETURNS record without OUT parameters: a scalar whose members are known only when it is called. */
    bool unnamed_record;
    uint32_t relation_oid;   /* the table whose rows it returns; 0: none */
    uint32_t argument_oid;   /* the table whose row is the only required argument; 0: none */
    bool returns_one;        /* declared with ROWS 1 */
    struct relation *result; /* the result as a relation without key and stamps; NULL for RESULT_VOID */
};

/* Type OIDs of a single unnamed parameter that receives the whole request content. */
enum { OID_BYTEA = 17, OID_TEXT = 25, OID_JSON = 114, OID_XML = 142, OID_JSONB = 3802 };

/* Returns whether the function has that name and, unless `schema` is absent, is in that schema. */
bool function_is(const struct function *function, struct slice schema, struct slice name);
/* Returns the index of the parameter of that name, or parameter_count when there is none. */
size_t function_parameter(const struct function *function, struct slice name);

#endif
