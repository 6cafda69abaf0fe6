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

#endif
