/* Declarations: what the configuration says of resources, before the database was looked at. */
#ifndef MIDAIR_CATALOG_DECLARE_H
#define MIDAIR_CATALOG_DECLARE_H

#include "midair/catalog/policy.h"

/* One [resource NAME]. Absent slices take the default that stands beside them. */
struct resource_decl {
    struct slice name;    /* in URLs */
    struct slice table;   /* "schema.table" or "table", parts may be quoted; absent: the name, exactly */
    struct slice key;     /* comma-separated columns; absent: the primary key */
    struct slice created; /* stamp columns, for statement stamping and for views; absent: those of the options */
    struct slice modified;
    struct slice version;
    struct policy policy;
};

struct catalog_options {
    const struct slice *schemas; /* exposed, the first one wins where names are equal; at least one */
    size_t schema_count;
    const struct resource_decl *resources;
    size_t resource_count;
    struct policy defaults;                  /* of relations that no declaration names */
    struct slice created, modified, version; /* stamp columns to look for; absent: created, modified, version */
    bool view_keys; /* as in PostgREST: views that PostgreSQL updates by itself have the key of their table, where none
                       is */
                    /* configured, and a view without a key may be written */
};

#endif
