/* Parts of the OpenAPI document. The functions return trees that the caller hangs into another one. */
#ifndef MIDAIR_RESPOND_OPENAPI_PARTS_H
#define MIDAIR_RESPOND_OPENAPI_PARTS_H

#include "midair/model/catalog.h"

#include <cjson/cJSON.h>

/* A name for components and templates: letters, digits, '-' and '.' as they are, all else as _hex. Injective. */
const char *openapi_name(struct arena *arena, struct slice name);
void openapi_text(cJSON *to, struct arena *arena, const char *name, struct slice text);
cJSON *openapi_ref(struct arena *arena, const char *kind, const char *name);

/* The JSON schema of a column's values, and of a relation's rows. */
cJSON *openapi_column(struct arena *arena, const struct relation *relation, size_t column);
cJSON *openapi_row(struct arena *arena, const struct relation *relation);

/* Methods that the role and the policy allow, as METHOD_BITs. */
unsigned openapi_collection_methods(const struct relation *relation);
unsigned openapi_item_methods(const struct relation *relation);
/* The path item of a collection, of an item. */
cJSON *openapi_collection(struct arena *arena, const struct relation *relation);
cJSON *openapi_item(struct arena *arena, const struct relation *relation);

/* components/parameters, /headers and /responses, which all paths share. */
cJSON *openapi_parameters(void);
cJSON *openapi_headers(void);
cJSON *openapi_responses(void);
cJSON *openapi_problem(void);

#endif
