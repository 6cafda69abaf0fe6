/* Columns: what midair knows of one, and how its values travel. */
#ifndef MIDAIR_CATALOG_COLUMN_H
#define MIDAIR_CATALOG_COLUMN_H

#include "midair/base/slice.h"
#include "midair/json/type_form.h"

#include <stdint.h>

/* Whether a text can be brought into the one spelling that PostgreSQL prints, without asking it. */
enum type_canon {
    CANON_NONE, /* only the database knows: numeric, citext, timestamps, char(n), … */
    CANON_INT2,
    CANON_INT4,
    CANON_INT8,
    CANON_TEXT, /* text, varchar under a deterministic collation: the text itself */
    CANON_UUID,
    CANON_BOOL
};

struct column {
    struct slice name;
    struct slice member;      /* how it begins in JSON: "name": */
    struct slice type;        /* as format_type() prints it, fit for a cast in SQL: "character varying(20)" */
    uint32_t type_oid;        /* of the base type when the column's type is a domain */
    struct slice equals;      /* the type's equality: "OPERATOR(pg_catalog.=)"; absent: that one */
    bool needs_cast;          /* the operator does not tell a parameter's type: rows, and types that are oids inside */
    struct slice *attributes; /* of a composite type, or of an array of one: the names of its attributes, in order */
    size_t attribute_count;
    enum type_form form;
    enum type_canon canon;
    bool is_jsonb; /* form JSON: jsonb rather than json */
    bool is_array;
    bool not_null;
    bool has_default;                        /* a DEFAULT, an identity or a serial sequence */
    bool identity_always;                    /* GENERATED ALWAYS AS IDENTITY */
    bool generated;                          /* GENERATED ALWAYS AS (…) STORED: never written */
    bool can_select, can_insert, can_update; /* column privileges of the connected role */
    struct slice default_text;               /* the default's expression; absent when there is none */
    struct slice comment;
    struct slice
        function;   /* of a computed field: "schema"."name", which takes the row; absent: a column that is stored */
    bool may_write; /* of a computed field: the function is VOLATILE */
    struct slice *enum_values; /* labels of an enum type */
    size_t enum_count;
};

#endif
