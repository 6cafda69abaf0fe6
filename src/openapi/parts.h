/* Parts of the OpenAPI document. The functions return trees that the caller hangs into another one. */
#ifndef MIDAIR_SRC_OPENAPI_PARTS_H
#define MIDAIR_SRC_OPENAPI_PARTS_H

#include "midair/openapi/openapi.h"

#include <cjson/cJSON.h>

/* A name for components and templates: letters, digits, '-' and '.' as they are, all else as _hex. Injective. */
const char *openapi_name(struct arena *arena, struct slice name);
void openapi_text(cJSON *to, struct arena *arena, const char *name, struct slice text);
cJSON *openapi_ref(struct arena *arena, const char *kind, const char *name);

/* The first line of a comment as `summary` and the following as `description`; `summary` otherwise. */
void openapi_comment(cJSON *to, struct arena *arena, struct slice comment, const char *summary);
/* A list of components under "parameters"; words are their names. `relation` may be NULL: its filters are those that
 * any rows have. */
void openapi_add_parameters(cJSON *to, struct arena *arena, const struct relation *relation, const char *words);
/* {"type": "array", "items": item} */
cJSON *openapi_array_of(cJSON *item);
/* content[type].schema = schema */
void openapi_add_media(cJSON *content, const char *type, cJSON *schema);

/* The JSON schema of a column's values, of a relation's rows, and of a type's values. */
cJSON *openapi_column(struct arena *arena, const struct relation *relation, size_t column);
cJSON *openapi_row(struct arena *arena, const struct relation *relation);
cJSON *openapi_type(uint32_t oid, struct slice type);
/* The parameter that stands for the filters of a relation's rows. */
cJSON *openapi_filter(struct arena *arena, const struct relation *relation);

/* Methods that the role and the policy allow, as METHOD_BITs. */
unsigned openapi_collection_methods(const struct relation *relation);
unsigned openapi_item_methods(const struct relation *relation);
/* The path item of a collection, of an item; of the children of a row and of one of them, where `above` leads there
 * (NULL: it lies below no other row). */
cJSON *openapi_collection(struct arena *arena, const struct relation *relation, const struct link *above);
cJSON *openapi_item(struct arena *arena, const struct relation *relation, const struct link *above);
/* The template of the key of `relation`: "{order_id},{line}"; that of a row above it begins with its name. */
const char *openapi_key_template(struct arena *arena, const struct relation *relation, bool above);
/* The path item of a function: `overloads` of one name and schema stand behind each other. `shown` tells whether the
 * rows of a relation have a schema of their own in the document. */
cJSON *openapi_function(struct arena *arena, const struct catalog *catalog, const struct function *overloads,
                        size_t count, const struct openapi_options *options);
/* Whether a relation is part of the document. */
bool openapi_shows(const struct relation *relation, const struct openapi_options *options);

/* components/parameters, /headers and /responses, which all paths share. */
cJSON *openapi_parameters(void);
/* Those that choose the schema, for a catalog that exposes several. */
void openapi_add_profiles(cJSON *to, struct arena *arena, const struct catalog *catalog);
cJSON *openapi_headers(void);
cJSON *openapi_responses(void);
cJSON *openapi_problem(void);

#endif
