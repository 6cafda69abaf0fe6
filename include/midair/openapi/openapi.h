/* The OpenAPI 3.1 document of what is served: at /_openapi.json, and by `midair openapi`. */
#ifndef MIDAIR_OPENAPI_OPENAPI_H
#define MIDAIR_OPENAPI_OPENAPI_H

#include "midair/catalog/catalog.h"

struct openapi_options {
    struct slice base_path; /* prefix of every URL; absent or empty: none */
    struct slice profile;   /* the schema that is described; absent: all names that need no profile */
    bool postgrest;         /* dialect = postgrest: changes defaults of Prefer: return */
};

/* The document as JSON text in the arena; only what the connected role may do and the policies allow is in it. */
struct slice openapi_document(struct arena *arena, const struct catalog *catalog,
                              const struct openapi_options *options);

/* All documents that a catalog has: that of names which need no profile, and one for each exposed schema. */
struct openapi_set;
/* Makes them; NULL without a catalog. Owned by the caller: openapi_set_free. Nothing in it refers to the catalog. A set
 * is never changed, so any number of threads may read it. */
struct openapi_set *openapi_set_new(const struct catalog *catalog, struct slice base_path, bool postgrest);
/* NULL is allowed. */
void openapi_set_free(struct openapi_set *set);
/* The document of a schema, or for an absent `profile` of all names that need none. Borrowed from the set; absent when
 * the schema is not exposed. */
struct slice openapi_set_get(const struct openapi_set *set, struct slice profile);

#endif
