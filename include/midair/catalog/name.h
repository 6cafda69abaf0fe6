/* Names of relations as people write them, and identifiers as SQL wants them.
 *
 * Unquoted parts fold to lower case as in SQL; quoted parts ("Mixed"."Ta ble") are taken as they are. */
#ifndef MIDAIR_CATALOG_NAME_H
#define MIDAIR_CATALOG_NAME_H

#include "midair/base/arena.h"

/* One part of a name. `folded` is what SQL makes of it; `exact` what was written, without the quotes. */
struct name_part {
    struct slice exact;
    struct slice folded;
};

struct name {
    struct name_part schema; /* absent when the name has one part */
    struct name_part table;
};

/* Reads `table`, `schema.table`, each part quoted or not. False when it is no such name: empty parts, more than two,
 * an unclosed quote, text after a quote, a NUL. */
bool name_parse(struct arena *arena, struct slice text, struct name *out);
/* The identifier in double quotes, inner ones doubled. */
struct slice name_quote(struct arena *arena, struct slice identifier);
/* "schema"."table" */
struct slice name_ident(struct arena *arena, struct slice schema, struct slice table);
/* The text as an SQL string literal that does not depend on standard_conforming_strings. */
struct slice name_literal(struct arena *arena, struct slice text);

#endif
