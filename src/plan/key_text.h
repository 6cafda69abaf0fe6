/* Values of keys: converts a JSON value in the content to PostgreSQL's text format. */
#ifndef MIDAIR_SRC_PLAN_KEY_TEXT_H
#define MIDAIR_SRC_PLAN_KEY_TEXT_H

#include "midair/catalog/column.h"
#include "midair/json/value.h"

/* Sets *out to the text of the value that the content gives for a key column, in the canonical spelling if midair
 * knows that of the type (catalog/canon.h). The text is in the arena or borrowed. False when it cannot be a value of
 * the type. */
bool key_text(struct arena *arena, const struct column *column, const struct json *value, struct slice *out);
/* The JSON text of a value, as it stood in the request if it came from there. */
struct slice key_json_text(struct arena *arena, const struct json *value);

#endif
