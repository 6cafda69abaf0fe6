/* Writing JSON as PostgreSQL 15 does.
 *
 * Rows are read from the database as text columns and encoded here, byte for byte as row_to_json() does it. This takes
 * several times less time in the database server, and clients see no difference. */
#ifndef MIDAIR_JSON_WRITE_H
#define MIDAIR_JSON_WRITE_H

#include "midair/base/buf.h"
#include "midair/json/type_form.h"
#include "midair/json/value.h"

/* Writes a string in quotes with the escapes of escape_json(): \b \f \n \r \t \" \\, other control bytes as \u00xx,
 * everything else unchanged. `text` must be UTF-8. */
void json_put_string(struct buf *buf, struct slice text);

/* Writes a tree without white space; numbers are written as they were read. To keep the layout of a document, write its
 * raw slice instead. */
void json_put_value(struct buf *buf, const struct json *value);

/* Writes the value of a column as row_to_json() does. `text` is the text output of a session with UTC, DateStyle ISO
 * and hex bytea. An absent `text` is SQL NULL. */
void json_put_column(struct buf *buf, enum type_form form, struct slice text);

#endif
