/* Writing JSON, as PostgreSQL 15 writes it.
 *
 * Rows come from the database as text columns and are encoded here, byte for byte as row_to_json() would
 * have done it: that is several times cheaper for the server, and clients see no difference. */
#ifndef MIDAIR_JSON_WRITE_H
#define MIDAIR_JSON_WRITE_H

#include "midair/base/buf.h"
#include "midair/json/type_form.h"
#include "midair/json/value.h"

/* A string in quotes, escaped as escape_json() does: \b \f \n \r \t \" \\, other control bytes as \u00xx,
 * everything else as it is. `text` is UTF-8. */
void json_put_string(struct buf *buf, struct slice text);

/* A tree without white space; numbers as they were written. (To keep a document's own layout, put its
 * raw slice.) */
void json_put_value(struct buf *buf, const struct json *value);

/* One column's text output, as sessions with UTC, DateStyle ISO and hex bytea print it, the way
 * row_to_json() prints the column. An absent `text` is SQL NULL. */
void json_put_column(struct buf *buf, enum type_form form, struct slice text);

#endif
