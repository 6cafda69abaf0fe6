/* Canonical key texts: the one spelling of a value that PostgreSQL prints.
 *
 * A key arrives in a URL or in JSON in any spelling; the entity tag covers the key, so the spelling must be
 * settled before a tag is made or compared. Where midair cannot do it (CANON_NONE), PostgreSQL does. */
#ifndef MIDAIR_CATALOG_CANON_H
#define MIDAIR_CATALOG_CANON_H

#include "midair/catalog/catalog.h"

/* Brings `in` into PostgreSQL's spelling for the column's type; false when it cannot be a value of that type,
 * so that the resource does not exist. Stricter than PostgreSQL where it is lenient: no spaces, no '+'.
 * CANON_NONE and CANON_TEXT give `in` itself, borrowed; the others a text in `arena` or borrowed. */
bool catalog_canon(struct arena *arena, const struct column *column, struct slice in, struct slice *out);

#endif
