/* The OpenAPI 3.1 document that describes the served resources, for /_openapi.json and `midair openapi`. */
#ifndef MIDAIR_OPENAPI_OPENAPI_H
#define MIDAIR_OPENAPI_OPENAPI_H

#include "midair/catalog/catalog.h"

struct openapi_options {
    struct slice base_path; /* prefix of every URL; absent or empty: none */
    struct slice profile;   /* the schema to describe; absent: all names that need no profile */
    bool postgrest;         /* dialect = postgrest: Prefer: return has another default */
    bool batches;           /* there is /_batch */
};

/* The document as JSON text in the arena. It contains only what the connected role may do and the policies allow. */
struct slice openapi_document(struct arena *arena, const struct catalog *catalog,
                              const struct openapi_options *options);

/* All documents of a catalog: one for the names that need no profile, and one for each exposed schema. */
struct openapi_set;
/* Makes all documents of a catalog; NULL without a catalog. The caller owns the set and frees it with
 * openapi_set_free(). The set does not refer to the catalog. It is immutable, so any number of threads may read it. */
struct openapi_set *openapi_set_new(const struct catalog *catalog, struct slice base_path, bool postgrest,
                                    bool batches);
/* Frees the set. NULL is allowed. */
void openapi_set_free(struct openapi_set *set);
/* The document of a schema, or of all names that need no profile if `profile` is absent. Borrowed from the set; absent
 * when the schema is not exposed. */
struct slice openapi_set_get(const struct openapi_set *set, struct slice profile);

#endif
