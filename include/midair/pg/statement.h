/* Statements: SQL text with numbered parameters. The layer sql/ is the only place where SQL text is made.
 *
 * The text depends on the shape of a request alone, never on its values: values are parameters, in
 * PostgreSQL's text format. So equal shapes give equal texts, and prepared statements are reused. */
#ifndef MIDAIR_PG_STATEMENT_H
#define MIDAIR_PG_STATEMENT_H

#include "midair/base/arena.h"
#include "midair/base/buf.h"

#include <stdint.h>

enum { STATEMENT_PARAMS_MAX = 1600, STATEMENT_BEFORE_MAX = 2 };

struct statement {
    struct slice text;   /* NUL-terminated one byte past its length */
    uint64_t hash;       /* map_hash(text) */
    const char **values; /* NUL-terminated; NULL is SQL NULL */
    size_t count;
    bool writes; /* changes data: never sent twice unless the server says it rolled back */
    bool sets;   /* makes settings of the transaction. PostgreSQL keeps them for the session, as empty texts */
    /* Runs before this one, in the same transaction and the same round trip; its rows are not returned. It may itself
     * have such a statement, up to STATEMENT_BEFORE_MAX of them. NULL: none. */
    const struct statement *before;
    bool by_value; /* which plan is good depends on the values: it is planned for each run, and not prepared */
};

#endif
