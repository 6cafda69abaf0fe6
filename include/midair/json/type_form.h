/* The forms in which values of PostgreSQL types are written as JSON. The catalog determines the form of each column,
 * and json_put_column() in json/write.h writes it. */
#ifndef MIDAIR_JSON_TYPE_FORM_H
#define MIDAIR_JSON_TYPE_FORM_H

/* The form of a type, as in PostgreSQL's to_json(). */
enum type_form {
    FORM_STRING, /* quoted text: text, uuid, enums, ranges, intervals, bytea, money, oid, … */
    FORM_NUMBER, /* int2/4/8, float4/8, numeric: unquoted and exact; NaN and infinity quoted */
    FORM_BOOL,
    FORM_DATE,        /* quoted */
    FORM_TIMESTAMP,   /* quoted, ISO 8601 with T */
    FORM_TIMESTAMPTZ, /* quoted, ISO 8601 with T and +00:00: sessions run in UTC */
    FORM_JSON,        /* json, jsonb: copied unchanged */
    FORM_TO_JSON      /* arrays, composites and anything else: selected as to_json(column) */
};

#endif
