/* Values of keys: from a JSON value in the content to the text that PostgreSQL reads. */
#ifndef MIDAIR_SRC_PLAN_KEY_TEXT_H
#define MIDAIR_SRC_PLAN_KEY_TEXT_H

#include "midair/catalog/column.h"
#include "midair/json/value.h"

/* The text of a value that content gives for a column of a key, in the spelling of the type where midair knows that
 * (catalog/canon.h). False when it cannot be a value of the type. The text is in the arena or borrowed. */
bool key_text(struct arena *arena, const struct column *column, const struct json *value, struct slice *out);
/* The JSON text of a value: as it stood in the request where it did. */
struct slice key_json_text(struct arena *arena, const struct json *value);

#endif
