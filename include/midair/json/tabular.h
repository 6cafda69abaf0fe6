/* Rows from other formats than JSON: text/csv (RFC 4180) and application/x-www-form-urlencoded, as JSON values whose
 * members are strings or null. Both work in one pass; limits are those of the gate. */
#ifndef MIDAIR_JSON_TABULAR_H
#define MIDAIR_JSON_TABULAR_H

#include "midair/json/gate.h"

/* A header line with the names, then one line a row: an array of objects. The text NULL, quoted or not, is null, as
 * PostgREST reads it. ERR_BAD_JSON with the byte position, code PGRST102. */
struct err *csv_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

/* name=value pairs: one object. */
struct err *form_parse(struct arena *arena, struct slice text, struct json_limits limits, struct json *out) MUST_USE;

#endif
