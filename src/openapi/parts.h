/* Functions that make parts of the OpenAPI document. Each returned cJSON tree is owned by the caller, which adds it to
 * another tree. */
#ifndef MIDAIR_SRC_OPENAPI_PARTS_H
#define MIDAIR_SRC_OPENAPI_PARTS_H

#include "midair/openapi/openapi.h"

#include <cjson/cJSON.h>

/* A name for components and templates, in the arena: letters, digits, '-' and '.' are kept, all other bytes become
 * _hex. Different names give different results. */
const char *openapi_name(struct arena *arena, struct slice name);
/* Adds a member with a copy of `text`. Adds nothing when `text` is absent or contains a NUL byte. */
void openapi_text(cJSON *to, struct arena *arena, const char *name, struct slice text);
/* {"$ref": "#/components/KIND/NAME"} */
cJSON *openapi_ref(struct arena *arena, const char *kind, const char *name);

/* Adds the first line of a comment as `summary` and the other lines as `description`. Without a comment, adds
 * `summary`. */
void openapi_comment(cJSON *to, struct arena *arena, struct slice comment, const char *summary);
/* Adds references to components under "parameters"; `words` has their names. Without a `relation` (NULL), filters are
 * those that any rows have. */
void openapi_add_parameters(cJSON *to, struct arena *arena, const struct relation *relation, const char *words);
/* {"type": "array", "items": item} */
cJSON *openapi_array_of(cJSON *item);
/* content[type].schema = schema */
void openapi_add_media(cJSON *content, const char *type, cJSON *schema);

/* The JSON schemas of the values of a column, of the rows of a relation, and of the values of a type. */
cJSON *openapi_column(struct arena *arena, const struct relation *relation, size_t column);
cJSON *openapi_row(struct arena *arena, const struct relation *relation);
cJSON *openapi_type(uint32_t oid, struct slice type);
/* The parameter that describes the filters of a relation's rows. */
cJSON *openapi_filter(struct arena *arena, const struct relation *relation);

/* The methods that the role and the policy allow, as a set of METHOD_BITs. */
unsigned openapi_collection_methods(const struct relation *relation);
unsigned openapi_item_methods(const struct relation *relation);
/* The path items of a collection and of an item. With `above`, they are the path items of the children of a row and of
 * one child, where `above` is the foreign key; NULL: they are not below another row. */
cJSON *openapi_collection(struct arena *arena, const struct relation *relation, const struct link *above);
cJSON *openapi_item(struct arena *arena, const struct relation *relation, const struct link *above);
/* The template of a relation's key, such as "{order_id},{line}". With `above`, names begin with the name of the
 * relation, for a row that has others below it. */
const char *openapi_key_template(struct arena *arena, const struct relation *relation, bool above);
/* The path item of a function. `overloads` have the same name and schema and are adjacent in the catalog. */
cJSON *openapi_function(struct arena *arena, const struct catalog *catalog, const struct function *overloads,
                        size_t count, const struct openapi_options *options);
/* The path item of /_batch. */
cJSON *openapi_batch(struct arena *arena);
/* Whether a relation is part of the document. */
bool openapi_shows(const struct relation *relation, const struct openapi_options *options);

/* components/parameters, /headers and /responses, which all paths share. */
cJSON *openapi_parameters(void);
/* Adds the parameters that select the schema, for a catalog that exposes several. */
void openapi_add_profiles(cJSON *to, struct arena *arena, const struct catalog *catalog);
cJSON *openapi_headers(void);
cJSON *openapi_responses(void);
cJSON *openapi_problem(void);

#endif
