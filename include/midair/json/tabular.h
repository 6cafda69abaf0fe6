/* Parsers for rows in other formats than JSON: text/csv (RFC 4180) and application/x-www-form-urlencoded. The results
 * are JSON values whose members are strings or null. Both parsers read the input once and have the limits of
 * json_parse(). Results live in `arena` and may borrow from `text`. */
#ifndef MIDAIR_JSON_TABULAR_H
#define MIDAIR_JSON_TABULAR_H

#include "midair/json/gate.h"

/* Reads a header line with names and then a line for each row, as an array of objects. The text NULL, quoted or not, is
 * read as null, as in PostgREST. ERR_BAD_CSV with the byte position and the code PGRST102. */
struct err *csv_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

/* Reads name=value pairs as one object. */
struct err *form_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

#endif
