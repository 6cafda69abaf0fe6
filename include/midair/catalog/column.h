/* Columns: what midair knows of a column, and how its values are read and written. */
#ifndef MIDAIR_CATALOG_COLUMN_H
#define MIDAIR_CATALOG_COLUMN_H

#include "midair/base/slice.h"
#include "midair/json/type_form.h"

#include <stdint.h>

/* Whether midair can bring a text into the spelling that PostgreSQL prints without asking the database. */
enum type_canon {
    CANON_NONE, /* only the database can: numeric, citext, timestamps, char(n), … */
    CANON_INT2,
    CANON_INT4,
    CANON_INT8,
    CANON_TEXT, /* text and varchar with a deterministic collation: the text is its own canonical form */
    CANON_UUID,
    CANON_BOOL
};

struct column {
    struct slice name;
    struct slice member; /* the JSON member name with the colon: "name": */
    struct slice type;   /* as format_type() prints it, usable in a cast: "character varying(20)" */
    uint32_t type_oid;   /* for a domain, the OID of its base type */
    struct slice equals; /* the type's equality operator; absent: "OPERATOR(pg_catalog.=)" */
    /* The operator does not determine the type of a parameter, so comparisons cast it: composite and reg* types. */
    bool needs_cast;
    /* The attribute names, in order, of a composite type or of the elements of an array of one. */
    struct slice *attributes;
    size_t attribute_count;
    enum type_form form;
    enum type_canon canon;
    bool is_jsonb; /* with FORM_JSON: jsonb, not json */
    bool is_array;
    bool not_null;
    bool has_default;                        /* a DEFAULT, an identity or a serial sequence */
    bool identity_always;                    /* GENERATED ALWAYS AS IDENTITY */
    bool generated;                          /* GENERATED ALWAYS AS (…) STORED: cannot be written */
    bool can_select, can_insert, can_update; /* column privileges of the connected role */
    struct slice default_text;               /* the expression of the default; absent when there is none */
    struct slice comment;
    struct slice
        function;   /* for a computed field: the function "schema"."name" of the row; absent: the column is stored */
    bool may_write; /* for a computed field: the function is VOLATILE */
    struct slice *enum_values; /* labels of an enum type, in their order */
    size_t enum_count;
};

#endif
