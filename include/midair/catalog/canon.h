/* Canonical key texts: the one spelling of a value that PostgreSQL prints.
 *
 * A key can arrive in a URL or in JSON in any spelling that PostgreSQL accepts. The entity tag covers the key, so the
 * key must be brought into its canonical spelling before a tag is computed or compared. For types that midair cannot
 * convert itself (CANON_NONE), PostgreSQL does it in the statement. */
#ifndef MIDAIR_CATALOG_CANON_H
#define MIDAIR_CATALOG_CANON_H

#include "midair/catalog/catalog.h"

/* Writes the spelling that PostgreSQL prints for `in`, as a value of the column's type, to *out. Returns false when
 * `in` cannot be a value of that type; the resource then does not exist. It is stricter than PostgreSQL in two places:
 * spaces around a value and a leading '+' are refused. CANON_NONE and CANON_TEXT set *out to `in` itself, which is
 * borrowed; for the other types *out is in `arena` or is a constant. */
bool catalog_canon(struct arena *arena, const struct column *column, struct slice in, struct slice *out);

#endif
