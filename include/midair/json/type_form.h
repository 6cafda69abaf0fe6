/* How the values of a PostgreSQL type are written as JSON. The catalog decides the form of a column, json/write.h
 * follows it. */
#ifndef MIDAIR_JSON_TYPE_FORM_H
#define MIDAIR_JSON_TYPE_FORM_H

/* How a value of a type is written as JSON, following PostgreSQL's own to_json(): see json/write.h. */
enum type_form {
    FORM_STRING, /* quoted text: text, uuid, enums, ranges, intervals, bytea, money, oid, … */
    FORM_NUMBER, /* int2/4/8, float4/8, numeric: unquoted and exact; NaN and infinity quoted */
    FORM_BOOL,
    FORM_DATE,        /* quoted */
    FORM_TIMESTAMP,   /* quoted, ISO 8601 with T */
    FORM_TIMESTAMPTZ, /* quoted, ISO 8601 with T and +00:00: sessions run in UTC */
    FORM_JSON,        /* json, jsonb: passes through */
    FORM_TO_JSON      /* arrays, composites and anything else: selected as to_json(column) */
};

#endif
