/* Functions that /rpc can reach, or that take a row (catalog/relation.h), with what it takes to choose among overloads,
 * to call one and to show its result. */
#ifndef MIDAIR_CATALOG_FUNCTION_H
#define MIDAIR_CATALOG_FUNCTION_H

#include "midair/base/slice.h"

#include <stdint.h>

struct relation;

enum volatility { VOLATILITY_VOLATILE, VOLATILITY_STABLE, VOLATILITY_IMMUTABLE };

/* What ALTER FUNCTION … SET default_transaction_isolation asks for. */
enum isolation { ISOLATION_DEFAULT, ISOLATION_COMMITTED, ISOLATION_REPEATABLE, ISOLATION_SERIALIZABLE };

enum result_shape {
    RESULT_VOID,
    RESULT_SCALAR, /* one value; its relation has one column, named like the function */
    RESULT_ROW     /* a composite type or a domain over one, a table's rows, RETURNS TABLE or OUT parameters */
};

struct parameter {
    struct slice name; /* empty: it has none */
    struct slice type; /* fit for a cast in SQL */
    uint32_t type_oid;
    bool has_default;
};

struct function {
    struct slice schema;
    struct slice name;
    struct slice comment;
    struct slice ident; /* "schema"."name" */
    struct slice media; /* its value is of this media type, in lower case; absent: of none in particular */
    struct parameter *parameters;
    size_t parameter_count;
    bool variadic; /* the last parameter is VARIADIC */
    enum volatility volatility;
    struct slice statement_timeout; /* its own, by ALTER FUNCTION … SET; absent: none */
    enum isolation isolation;
    bool returns_set;
    enum result_shape shape;
    bool unnamed_record;     /* RETURNS record without OUT parameters: a scalar whose members only the call knows */
    uint32_t relation_oid;   /* the table whose rows it returns; 0: none */
    uint32_t argument_oid;   /* the table whose row is the only argument that it needs; 0: none */
    bool returns_one;        /* ROWS 1 */
    struct relation *result; /* the rows as a relation without key and stamps; NULL for RESULT_VOID */
};

/* Type OIDs that a lone parameter without a name may have, by the content that it takes. */
enum { OID_BYTEA = 17, OID_TEXT = 25, OID_JSON = 114, OID_XML = 142, OID_JSONB = 3802 };

/* Whether a request can call it: what must be given has a name, or is the whole content. */
bool function_callable(const struct function *function);
/* Whether it has that name, in that schema (absent: in any). */
bool function_is(const struct function *function, struct slice schema, struct slice name);
/* The parameter of that name; parameter_count when there is none. */
size_t function_parameter(const struct function *function, struct slice name);

#endif
