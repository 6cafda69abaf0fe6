/* Names of relations as users write them, and quoting of identifiers for SQL.
 *
 * Unquoted parts are folded to lower case as in SQL; quoted parts ("Mixed"."Ta ble") are taken exactly. All results are
 * in `arena` and end in a NUL byte that their length does not count. */
#ifndef MIDAIR_CATALOG_NAME_H
#define MIDAIR_CATALOG_NAME_H

#include "midair/base/arena.h"

/* One part of a name: `folded` is the identifier that SQL would look up, `exact` is the part as written, without its
 * quotes. */
struct name_part {
    struct slice exact;
    struct slice folded;
};

struct name {
    struct name_part schema; /* absent when the name has one part */
    struct name_part table;
};

/* Reads `table` or `schema.table`, each part quoted or not. Returns false for anything else: an empty part, more than
 * two parts, an unclosed quote, text after a closing quote, a NUL byte. */
bool name_parse(struct arena *arena, struct slice text, struct name *out);
/* Returns the identifier in double quotes, with the quotes inside it doubled. */
struct slice name_quote(struct arena *arena, struct slice identifier);
/* Returns "schema"."table", both quoted. */
struct slice name_ident(struct arena *arena, struct slice schema, struct slice table);
/* Returns the text as an SQL string literal that means the same whatever standard_conforming_strings is. */
struct slice name_literal(struct arena *arena, struct slice text);

#endif
